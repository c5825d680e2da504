//! Members of a request, and the errors AWS Organizations answers when they do not fit: one code, many reasons.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::kinds::{self, Kind};
use crate::aws::{
    input::Input,
    paging::{Pages, page},
    refusal::Refusal,
    service::{Answer, Turn},
};

/// A member that does not fit.
pub(super) fn invalid(reason: &str, message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidInputException", message).with("Reason", reason)
}

/// A rule or a quota that would be broken.
pub(super) fn violation(reason: &str, message: impl Into<String>) -> Refusal {
    Refusal::new("ConstraintViolationException", message).with("Reason", reason)
}

/// A text that must be there and have so many characters.
pub(super) fn text<'a>(input: &Input<'a>, name: &str, least: usize, most: usize) -> Result<&'a str, Refusal> {
    let text = input
        .text(name)
        .ok_or_else(|| invalid("INPUT_REQUIRED", format!("You must provide a value for the parameter {name}.")))?;
    let length = text.chars().count();
    if length < least {
        let message = format!("You provided a value for {name} that is shorter than {least} characters.");
        return Err(invalid("MIN_LENGTH_EXCEEDED", message));
    }
    if length > most {
        let message = format!("You provided a value for {name} that is longer than {most} characters.");
        return Err(invalid("MAX_LENGTH_EXCEEDED", message));
    }
    Ok(text)
}

/// A text that may be absent.
pub(super) fn maybe_text<'a>(
    input: &Input<'a>,
    name: &str,
    least: usize,
    most: usize,
) -> Result<Option<&'a str>, Refusal> {
    input.get(name).map(|_| text(input, name, least, most)).transpose()
}

/// An identifier that must be there and look like one.
pub(super) fn id<'a>(input: &Input<'a>, name: &str, looks: fn(&str) -> bool) -> Result<&'a str, Refusal> {
    let id = text(input, name, 0, 2048)?;
    if looks(id) {
        return Ok(id);
    }
    let message = format!("You provided a value for {name} that does not match the required pattern.");
    Err(invalid("INVALID_PATTERN", message))
}

/// A policy type.
pub(super) fn kind(input: &Input<'_>, name: &str) -> Result<&'static Kind, Refusal> {
    let wanted = text(input, name, 0, 64)?;
    kinds::find(wanted).ok_or_else(|| invalid("INVALID_ENUM_POLICY_TYPE", "You specified an invalid policy type."))
}

/// A text out of a closed set.
pub(super) fn one_of<'a>(input: &Input<'a>, name: &str, allowed: &[&str]) -> Result<&'a str, Refusal> {
    let wanted = text(input, name, 0, 64)?;
    if allowed.contains(&wanted) {
        return Ok(wanted);
    }
    Err(invalid("INVALID_ENUM", format!("You specified an invalid value for {name}: one of {}.", allowed.join(", "))))
}

/// Tags, each key once.
pub(super) fn tags(input: &Input<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let mut found = BTreeMap::new();
    for tag in input.list("Tags") {
        let tag = Input::new(tag);
        let (key, value) = (text(&tag, "Key", 1, 128)?, text(&tag, "Value", 0, 256)?);
        check_key(key)?;
        check_tag_text(value)?;
        if found.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(invalid("DUPLICATE_TAG_KEY", "Your request includes duplicate tag keys."));
        }
    }
    if found.len() > TAGS_MOST {
        return Err(too_many_tags());
    }
    Ok(found)
}

/// Tags on one resource at most.
pub(super) const TAGS_MOST: usize = 50;

/// The error beyond that.
pub(super) fn too_many_tags() -> Refusal {
    violation(
        "MAX_TAG_LIMIT_EXCEEDED",
        format!("You have exceeded the number of tags allowed on this resource: {TAGS_MOST}."),
    )
}

/// Whether a tag key is one that users may set.
pub(super) fn check_key(key: &str) -> Result<(), Refusal> {
    if key.to_ascii_lowercase().starts_with("aws:") {
        let message = "You specified a tag key that is reserved for AWS: it begins with aws:.";
        return Err(invalid("INVALID_SYSTEM_TAGS_PARAMETER", message));
    }
    check_tag_text(key)
}

fn check_tag_text(text: &str) -> Result<(), Refusal> {
    let fits = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    if text.chars().all(fits) {
        return Ok(());
    }
    Err(invalid("INVALID_PATTERN", "You provided a tag that does not match the required pattern."))
}

/// Twelve digits.
pub(super) fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// The id of a root.
pub(super) fn is_root(id: &str) -> bool {
    id.strip_prefix("r-").is_some_and(|rest| small(rest, 4, 32))
}

/// The id of a unit.
pub(super) fn is_unit(id: &str) -> bool {
    let parts = id.strip_prefix("ou-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(root, own)| small(root, 4, 32) && small(own, 8, 32))
}

/// The id of a root or a unit.
pub(super) fn is_parent(id: &str) -> bool {
    is_root(id) || is_unit(id)
}

/// The id of a unit or an account.
pub(super) fn is_child(id: &str) -> bool {
    is_account(id) || is_unit(id)
}

/// The id of something that policies can be attached to.
pub(super) fn is_target(id: &str) -> bool {
    is_parent(id) || is_account(id)
}

/// The id of a policy.
pub(super) fn is_policy(id: &str) -> bool {
    id.strip_prefix("p-").is_some_and(|rest| word(rest, 8, 128))
}

/// The id of something that tags can be attached to.
pub(super) fn is_taggable(id: &str) -> bool {
    is_target(id) || is_policy(id) || id.strip_prefix("rp-").is_some_and(|rest| word(rest, 4, 128))
}

/// The id of a handshake.
pub(super) fn is_handshake(id: &str) -> bool {
    id.strip_prefix("h-").is_some_and(|rest| small(rest, 8, 32))
}

/// The id of a request to create an account.
pub(super) fn is_creation(id: &str) -> bool {
    id.strip_prefix("car-").is_some_and(|rest| small(rest, 8, 32))
}

/// The name by which a service is trusted.
pub(super) fn is_principal(text: &str) -> bool {
    !text.is_empty() && text.len() <= 128 && text.chars().all(|c| c.is_alphanumeric() || "_+=,.@-".contains(c))
}

/// An e-mail address, as far as AWS looks.
pub(super) fn is_email(text: &str) -> bool {
    let plain = !text.chars().any(char::is_whitespace) && text.matches('@').count() == 1;
    let domain =
        text.split_once('@').filter(|(name, _)| !name.is_empty()).and_then(|(_, domain)| domain.rsplit_once('.'));
    plain
        && (6..=64).contains(&text.chars().count())
        && domain.is_some_and(|(host, top)| !host.is_empty() && !top.is_empty())
}

fn small(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn word(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// An answer with one more member.
pub(super) fn with(mut answer: Value, name: &str, member: impl Into<Value>) -> Value {
    if let Some(members) = answer.as_object_mut() {
        members.insert(name.to_owned(), member.into());
    }
    answer
}

/// A moment as AWS Organizations writes it: seconds, with their thousandths.
pub(super) fn moment(at: Timestamp) -> Value {
    let thousandths = at.as_millisecond();
    if thousandths % 1000 == 0 {
        return json!(thousandths / 1000);
    }
    let text = format!("{}.{:03}", thousandths.div_euclid(1000), thousandths.rem_euclid(1000));
    text.parse::<f64>().map_or(Value::Null, |seconds| json!(seconds))
}

const PAGES: Pages =
    Pages { token: "NextToken", max: "MaxResults", usual: 20, most: 20, error: "InvalidInputException" };

/// One page of a list.
pub(super) fn paged<T>(
    turn: &Turn<'_>,
    key: &str,
    items: impl ExactSizeIterator<Item = T>,
    render: impl Fn(T) -> Value,
) -> Answer {
    let asked = Input::new(&turn.call.input).number(PAGES.max);
    if asked.is_some_and(|asked| asked < 1) {
        return Err(invalid("MIN_VALUE_EXCEEDED", "You provided a value for MaxResults that is smaller than 1."));
    }
    if asked.is_some_and(|asked| asked > 20) {
        return Err(invalid("MAX_VALUE_EXCEEDED", "You provided a value for MaxResults that is greater than 20."));
    }
    page(turn, PAGES, key, items, render).map_err(|refusal| refusal.with("Reason", "INVALID_NEXT_TOKEN"))
}
