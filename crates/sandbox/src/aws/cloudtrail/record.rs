//! One event, as CloudTrail writes it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    aws::{service::Answer, wire::Caller},
    cloud::Call,
    ids::Ids,
};

/// Parameters longer than that are left out, as CloudTrail does.
const LONGEST: usize = 100_000;

/// What stands in place of what nobody is to read.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// A call that changed something, or was refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) number: u64,
    pub(super) at: Timestamp,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) source: String,
    pub(super) name: String,
    pub(super) access_key: String,
    arn: String,
    user_id: String,
    /// JSON as text: a tenth of what a tree would take.
    request: String,
    response: String,
    /// Code and message.
    error: Option<(String, String)>,
    /// Type and name of what was changed.
    pub(super) resources: BTreeSet<(String, String)>,
}

impl Event {
    pub(super) fn of(number: u64, call: &Call, caller: &Caller, at: Timestamp, answer: &Answer) -> Self {
        let mut resources = BTreeSet::new();
        collect(call.service, &call.input, &mut resources);
        if let Ok(answer) = answer {
            collect(call.service, answer, &mut resources);
        }
        let (source, name, global) = names(call.service, &call.operation);
        Self {
            number,
            at,
            account: caller.account.clone(),
            region: if global { "us-east-1".to_owned() } else { call.region.clone() },
            source,
            name,
            access_key: caller.access_key.clone(),
            arn: caller.arn.clone(),
            user_id: caller.user_id.clone(),
            request: written(call.service, &call.input),
            response: answer.as_ref().map(|answer| written(call.service, answer)).unwrap_or_default(),
            error: answer.as_ref().err().map(|refusal| (refusal.code.clone(), refusal.message.clone())),
            resources,
        }
    }

    pub(super) fn id(&self) -> String {
        Ids::new(self.number).uuid()
    }

    /// The user, or the session of a role.
    pub(super) fn username(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or(&self.arn)
    }

    /// As one item of a lookup.
    pub(super) fn render(&self) -> Value {
        let resources: Vec<Value> =
            self.resources.iter().map(|(kind, name)| json!({"ResourceType": kind, "ResourceName": name})).collect();
        json!({
            "EventId": self.id(),
            "EventName": self.name,
            "ReadOnly": "false",
            "AccessKeyId": self.access_key,
            "EventTime": self.at.as_second(),
            "EventSource": self.source,
            "Username": self.username(),
            "Resources": resources,
            "CloudTrailEvent": self.whole().to_string(),
        })
    }

    fn whole(&self) -> Value {
        let mut whole = json!({
            "eventVersion": "1.09",
            "userIdentity": self.identity(),
            "eventTime": self.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "eventSource": self.source,
            "eventName": self.name,
            "awsRegion": self.region,
            "requestParameters": serde_json::from_str::<Value>(&self.request).unwrap_or_default(),
            "responseElements": serde_json::from_str::<Value>(&self.response).unwrap_or_default(),
            "eventID": self.id(),
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": self.account,
            "eventCategory": "Management",
        });
        if let (Some(members), Some((code, message))) = (whole.as_object_mut(), &self.error) {
            members.insert("errorCode".to_owned(), code.as_str().into());
            members.insert("errorMessage".to_owned(), message.as_str().into());
        }
        whole
    }

    fn identity(&self) -> Value {
        let mut identity = json!({
            "type": "IAMUser",
            "principalId": self.user_id,
            "arn": self.arn,
            "accountId": self.account,
            "accessKeyId": self.access_key,
        });
        let role = self.arn.split(":assumed-role/").nth(1).and_then(|rest| rest.split('/').next());
        let Some(members) = identity.as_object_mut() else { return identity };
        match role {
            None => members.insert("userName".to_owned(), self.username().into()),
            Some(role) => {
                members.insert("type".to_owned(), "AssumedRole".into());
                let issuer = json!({
                    "type": "Role",
                    "principalId": self.user_id.split(':').next(),
                    "accountId": self.account,
                    "userName": role,
                });
                members.insert("sessionContext".to_owned(), json!({"sessionIssuer": issuer}))
            }
        };
        identity
    }
}

/// Event source and name of an operation, and whether its events are all in one region.
fn names(service: &str, operation: &str) -> (String, String, bool) {
    let (source, global) = match service {
        "account" | "budgets" | "iam" | "organizations" => (service, true),
        "s3-control" => ("s3", false),
        "sso-admin" => ("sso", false),
        other => (other, false),
    };
    let name = match (service, operation) {
        ("s3-control", "PutPublicAccessBlock") => "PutAccountPublicAccessBlock",
        ("s3-control", "DeletePublicAccessBlock") => "DeleteAccountPublicAccessBlock",
        (_, operation) => operation,
    };
    (format!("{source}.amazonaws.com"), name.to_owned(), global)
}

/// Parameters as CloudTrail writes them: small first letters, and nothing that is a secret.
fn written(service: &str, value: &Value) -> String {
    let text = shown(service, value).to_string();
    // An answer that says nothing is none.
    if text == "{}" {
        return String::new();
    }
    if text.len() > LONGEST { json!({"omitted": true}).to_string() } else { text }
}

fn shown(service: &str, value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            // The query protocols carry these beside the parameters.
            let members = members.iter().filter(|(name, _)| *name != "Action" && *name != "Version");
            let shown = members.map(|(name, inner)| {
                let inner = if is_secret(service, name) { Value::from(HIDDEN) } else { shown(service, inner) };
                (lower_first(name), inner)
            });
            Value::Object(shown.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|item| shown(service, item)).collect(),
        other => other.clone(),
    }
}

/// Passwords and codes of any service; persons in the directory; names and addresses of accounts.
fn is_secret(service: &str, name: &str) -> bool {
    match name {
        "Otp" | "Password" | "SecretAccessKey" | "SessionToken" => true,
        "DisplayName" | "Emails" | "Name" | "PhoneNumbers" | "Addresses" | "UserName" => service == "identitystore",
        "AccountName" | "Email" => service == "organizations",
        "PrimaryEmail" => service == "account",
        _ => false,
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// What a call speaks of, found by the names of its members.
fn collect(service: &str, value: &Value, found: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                match inner.as_str().map(|text| (kind(service, name, text, members), text)) {
                    Some((Some(kind), text)) => {
                        found.insert((kind.to_owned(), text.to_owned()));
                    }
                    Some((None, _)) => {}
                    None => collect(service, inner, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(service, item, found)),
        _ => {}
    }
}

fn kind(service: &str, name: &str, text: &str, beside: &Map<String, Value>) -> Option<&'static str> {
    match (service, name) {
        ("iam", "RoleName") => Some("AWS::IAM::Role"),
        ("iam", "PolicyArn") => Some("AWS::IAM::Policy"),
        ("budgets", "BudgetName") => Some("AWS::Budgets::Budget"),
        ("identitystore", "GroupId") => Some("AWS::IdentityStore::Group"),
        ("identitystore", "UserId") => Some("AWS::IdentityStore::User"),
        ("identitystore", "MembershipId") => Some("AWS::IdentityStore::GroupMembership"),
        ("sso-admin", "PermissionSetArn") => Some("AWS::SSO::PermissionSet"),
        ("sso-admin", "PrincipalId") => match beside.get("PrincipalType").and_then(Value::as_str) {
            Some("GROUP") => Some("AWS::IdentityStore::Group"),
            _ => Some("AWS::IdentityStore::User"),
        },
        ("organizations" | "sso-admin" | "account", name) if name == "Id" || name.ends_with("Id") => by_form(text),
        _ => None,
    }
}

/// Ids of an organization say by themselves what they belong to.
fn by_form(id: &str) -> Option<&'static str> {
    if id.len() == 12 && id.chars().all(|letter| letter.is_ascii_digit()) {
        return Some("AWS::Organizations::Account");
    }
    match id.split_once('-')?.0 {
        "p" => Some("AWS::Organizations::Policy"),
        "ou" => Some("AWS::Organizations::OrganizationalUnit"),
        "r" => Some("AWS::Organizations::Root"),
        _ => None,
    }
}
