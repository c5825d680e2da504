//! Tags of budgets.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{found, no_budget, seen};
use crate::aws::{
    input::{Input, invalid},
    refusal::Refusal,
    service::{Answer, Turn},
};

const TAGS_MOST: usize = 200;

pub(super) fn list_tags_for_resource(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = budget(turn, input)?;
    let tags = &seen(turn, &turn.caller.account, name)?.tags;
    let shown: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(json!({"ResourceTags": shown}))
}

pub(super) fn tag_resource(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = budget(turn, input)?;
    let new = read(input, "ResourceTags")?;
    let account = turn.caller.account.clone();
    let budget = found(turn, &account, name)?;
    let mut all = budget.tags.clone();
    all.extend(new);
    if all.len() > TAGS_MOST {
        let message = format!("A budget has {TAGS_MOST} tags at most.");
        return Err(Refusal::new("ServiceQuotaExceededException", message));
    }
    budget.tags = all;
    Ok(json!({}))
}

pub(super) fn untag_resource(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = budget(turn, input)?;
    let account = turn.caller.account.clone();
    let budget = found(turn, &account, name)?;
    for key in input.list("ResourceTagKeys").filter_map(Value::as_str) {
        budget.tags.remove(key);
    }
    Ok(json!({}))
}

/// Tags that a call lists.
pub(super) fn read(input: &Input<'_>, name: &str) -> Result<BTreeMap<String, String>, Refusal> {
    let mut tags = BTreeMap::new();
    for tag in input.list(name).map(Input::new) {
        let (key, value) = (tag.sized("Key", 1, 128)?, tag.sized("Value", 0, 256)?);
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("tags whose keys begin with aws: are AWS's own"));
        }
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(invalid(format!("the tag {key} is there twice")));
        }
    }
    if tags.len() > TAGS_MOST {
        return Err(invalid(format!("{name} has {TAGS_MOST} members at most")));
    }
    Ok(tags)
}

/// The name out of `arn:aws:budgets::<account>:budget/<name>`.
fn budget<'a>(turn: &Turn<'_>, input: &Input<'a>) -> Result<&'a str, Refusal> {
    let arn = input.sized("ResourceARN", 1, 1011)?;
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, _, account, rest) = (parts.next(), parts.next(), parts.next(), parts.next());
    let name = rest.and_then(|rest| rest.strip_prefix("budget/"));
    match (service, name) {
        (Some("budgets"), Some(name)) if account == Some(turn.caller.account.as_str()) => Ok(name),
        (Some("budgets"), Some(name)) => Err(no_budget(name)),
        _ => Err(invalid(format!("{arn} is not the ARN of a budget"))),
    }
}
