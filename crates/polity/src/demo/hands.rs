//! What somebody does at the console on a bad day: five calls of AWS's own interface, made in their name.

use polity_sandbox::scenario::{Hand, HandCall};
use serde_json::{Value, json};

/// Who does it.
const BY: &str = "mallory";

/// One thing that somebody does.
pub(crate) struct Deed {
    /// In words.
    pub(crate) words: &'static str,
    /// As a call.
    pub(crate) hand: Hand,
}

/// All of them.
pub(crate) fn deeds() -> Vec<Deed> {
    vec![
        deed(
            "detaches the guardrail that keeps workloads in their regions",
            call(
                "organizations",
                "DetachPolicy",
                json!({"PolicyId": "${policy:allowed-regions}", "TargetId": "${ou:Workloads}"}),
            ),
        ),
        deed(
            "makes a developer administrator of the account that takes the money",
            call(
                "sso-admin",
                "CreateAccountAssignment",
                json!({
                    "InstanceArn": "${instance}", "PermissionSetArn": "${permission_set:Administrator}",
                    "PrincipalType": "USER", "PrincipalId": "${user:alan@acme.example}",
                    "TargetType": "AWS_ACCOUNT", "TargetId": "${account:checkout-prod}",
                }),
            ),
        ),
        deed(
            "moves an account to where fewer guardrails hold",
            call(
                "organizations",
                "MoveAccount",
                json!({
                    "AccountId": "${account:search-prod}", "SourceParentId": "${ou:Workloads/Production}",
                    "DestinationParentId": "${ou:Core}",
                }),
            ),
        ),
        deed(
            "lets everybody who may look also change everything",
            call(
                "sso-admin",
                "AttachManagedPolicyToPermissionSet",
                json!({
                    "InstanceArn": "${instance}", "PermissionSetArn": "${permission_set:Viewer}",
                    "ManagedPolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
                }),
            ),
        ),
        deed(
            "takes the lock on public access off the storage of the shop",
            HandCall {
                account: Some("${account:storefront-prod}".to_owned()),
                ..call("s3-control", "DeletePublicAccessBlock", json!({"AccountId": "${account:storefront-prod}"}))
            },
        ),
    ]
}

fn deed(words: &'static str, call: HandCall) -> Deed {
    Deed { words, hand: Hand { by: BY.to_owned(), call } }
}

fn call(service: &str, operation: &str, input: Value) -> HandCall {
    HandCall { service: service.to_owned(), operation: operation.to_owned(), input, account: None, region: None }
}

/// The call as AWS's own command line takes it, with names where it wants ids: `<account:search-prod>`.
pub(crate) fn command_line(hand: &Hand) -> String {
    let service = if hand.call.service == "s3-control" { "s3control" } else { &hand.call.service };
    let mut line = format!("aws {service} {}", kebab(&hand.call.operation));
    for (member, value) in hand.call.input.as_object().into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        let name = text.strip_prefix("${").and_then(|text| text.strip_suffix('}')).map(|name| format!("<{name}>"));
        line.push_str(&format!(" --{} {}", kebab(member), name.unwrap_or_else(|| text.to_owned())));
    }
    line
}

/// `DetachPolicy` as `detach-policy`.
fn kebab(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_read_as_somebody_would_type_them() {
        let lines: Vec<String> = deeds().iter().map(|deed| command_line(&deed.hand)).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
