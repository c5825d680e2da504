//! The organization's resource policy: what the management account lets members do with the organization.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    access::{Who, admit},
    organization::{arn, need_all_features},
    shape::{self, invalid},
};
use crate::aws::{
    input::Input,
    refusal::Refusal,
    service::{Answer, Turn},
};

/// Greatest resource policy, in characters.
const SIZE_MOST: usize = 40_000;

/// The resource policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ResourcePolicy {
    pub(super) id: String,
    pub(super) arn: String,
    content: String,
}

impl ResourcePolicy {
    fn render(&self) -> Value {
        json!({"ResourcePolicy": {"ResourcePolicySummary": {"Id": self.id, "Arn": self.arn}, "Content": self.content}})
    }

    /// Whether it lets an account call an operation. Statements with conditions let nobody, for the sandbox evaluates
    /// none; a statement that denies without one is heard.
    pub(super) fn allows(&self, account: &str, operation: &str) -> bool {
        let document: Value = serde_json::from_str(&self.content).unwrap_or_default();
        let matching = |effect: &str| {
            statements(&document).any(|statement| {
                statement.get("Effect").is_some_and(|given| given == effect)
                    && statement.get("Condition").is_none()
                    && principals(statement).any(|principal| names(principal, account))
                    && words(statement.get("Action")).any(|action| covers(action, operation))
            })
        };
        matching("Allow") && !matching("Deny")
    }
}

fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    let statements = document.get("Statement");
    let one = statements.filter(|statements| statements.is_object());
    one.into_iter().chain(statements.and_then(Value::as_array).into_iter().flatten())
}

fn principals(statement: &Value) -> impl Iterator<Item = &str> {
    let principal = statement.get("Principal");
    words(principal).chain(words(principal.and_then(|principal| principal.get("AWS"))))
}

fn words(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let one = value.and_then(Value::as_str);
    one.into_iter().chain(value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str))
}

fn names(principal: &str, account: &str) -> bool {
    principal == "*" || principal == account || principal.split(':').nth(4) == Some(account)
}

fn covers(action: &str, operation: &str) -> bool {
    let name = action.strip_prefix("organizations:").unwrap_or_default();
    name.strip_suffix('*').map_or(name == operation, |prefix| operation.starts_with(prefix))
}

/// `PutResourcePolicy`.
pub(super) fn put(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let content = shape::text(input, "Content", 1, SIZE_MOST)?;
    let tags = shape::tags(input)?;
    need_all_features(turn)?;
    check(content)?;
    let known = turn.world.organizations.resource_policy.as_ref().map(|policy| policy.id.clone());
    let id = known.unwrap_or_else(|| format!("rp-{}", turn.world.ids.lower(10)));
    let arn = arn(turn.world, "resourcepolicy", &id);
    let policy = ResourcePolicy { id: id.clone(), arn, content: content.to_owned() };
    let shown = policy.render();
    super::tags::add(turn.world, &id, &tags)?;
    turn.world.organizations_mut().resource_policy = Some(policy);
    Ok(shown)
}

fn check(content: &str) -> Result<(), Refusal> {
    let malformed = |what: &str| {
        invalid("INVALID_RESOURCE_POLICY_JSON", format!("The provided resource policy is not valid: {what}."))
    };
    let document: Value = serde_json::from_str(content).map_err(|error| malformed(&error.to_string()))?;
    if statements(&document).next().is_none() {
        return Err(malformed("it has no Statement"));
    }
    for statement in statements(&document) {
        if !statement.get("Effect").is_some_and(|effect| effect == "Allow" || effect == "Deny") {
            return Err(malformed("the Effect of a statement is `Allow` or `Deny`"));
        }
        let mut named = principals(statement).peekable();
        if named.peek().is_none() || !named.all(is_principal) {
            return Err(invalid("INVALID_PRINCIPAL", "You specified an invalid principal element in the policy."));
        }
        let mut actions = words(statement.get("Action")).peekable();
        if actions.peek().is_none() || !actions.all(|action| action.starts_with("organizations:")) {
            let message = "You specified an action that is not supported in a resource policy.";
            return Err(invalid("UNSUPPORTED_ACTION_IN_RESOURCE_POLICY", message));
        }
    }
    Ok(())
}

fn is_principal(principal: &str) -> bool {
    principal == "*" || shape::is_account(principal) || principal.split(':').nth(4).is_some_and(shape::is_account)
}

/// `DescribeResourcePolicy`.
pub(super) fn describe(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    turn.world.organizations.resource_policy.as_ref().map(ResourcePolicy::render).ok_or_else(not_found)
}

/// `DeleteResourcePolicy`.
pub(super) fn delete(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let organizations = turn.world.organizations_mut();
    let policy = organizations.resource_policy.take().ok_or_else(not_found)?;
    organizations.tags.remove(&policy.id);
    Ok(json!({}))
}

fn not_found() -> Refusal {
    Refusal::new("ResourcePolicyNotFoundException", "We can't find a resource policy of the organization.")
}
