//! What the members of a request must look like, and how it is said that they do not.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::aws::{
    input::{Input, misfit},
    refusal::Refusal,
    service::Turn,
};

/// A text of such a length, all of whose form is as it must be.
pub(in crate::aws) fn formed<'a>(
    input: &Input<'a>,
    name: &str,
    length: RangeInclusive<usize>,
    fits: impl Fn(&str) -> bool,
) -> Result<&'a str, Refusal> {
    let text = input.sized(name, *length.start(), *length.end())?;
    if fits(text) { Ok(text) } else { Err(misformed(name, text)) }
}

/// The same for a text that may be left out.
pub(in crate::aws) fn formed_if_there<'a>(
    input: &Input<'a>,
    name: &str,
    length: RangeInclusive<usize>,
    fits: impl Fn(&str) -> bool,
) -> Result<Option<&'a str>, Refusal> {
    input.maybe(name, |input| formed(input, name, length, fits))
}

/// The error for a text of the wrong form.
fn misformed(name: &str, text: &str) -> Refusal {
    misfit(name, text, "Member must satisfy regular expression pattern")
}

/// A member that must be there, whatever it is.
pub(super) fn present(input: &Input<'_>, name: &str) -> Result<(), Refusal> {
    inner(input, name).map(|_| ())
}

/// A member that holds members and must be there.
pub(in crate::aws) fn inner<'a>(input: &Input<'a>, name: &str) -> Result<Input<'a>, Refusal> {
    match input.inner(name) {
        Some(inner) => Ok(inner),
        None => Err(misfit(name, "null", "Member must not be null")),
    }
}

/// `[\w+=,.@-]`, as names in IAM are made of.
pub(super) fn is_name(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter))
}

/// Letters of ISO 8859-1 and white space, as IAM documents are made of.
pub(super) fn is_latin(text: &str) -> bool {
    text.chars().all(|letter| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{ff}'))
}

/// The same without the control characters in the middle, as descriptions are made of.
pub(super) fn is_plain(text: &str) -> bool {
    is_latin(text) && !text.chars().any(|letter| ('\u{7f}'..='\u{a0}').contains(&letter))
}

/// What tags are made of.
pub(super) fn is_tag(text: &str) -> bool {
    text.chars().all(|letter| letter.is_alphanumeric() || letter.is_whitespace() || "_.:/=+-@".contains(letter))
}

/// An address that somebody is sent to after signing in.
pub(super) fn is_relay_state(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || "&$@#\\/%?=~-_'\"|!:,.;*+[] (){}".contains(letter))
}

/// Twelve digits.
pub(super) fn account<'a>(input: &Input<'a>, name: &str) -> Result<&'a str, Refusal> {
    formed(input, name, 12..=12, |text| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A UUID.
pub(super) fn uuid<'a>(input: &Input<'a>, name: &str) -> Result<&'a str, Refusal> {
    formed(input, name, 36..=36, is_uuid)
}

/// The id of a user, a group or a membership.
pub(in crate::aws) fn resource_id<'a>(input: &Input<'a>, name: &str) -> Result<&'a str, Refusal> {
    formed(input, name, 1..=47, is_resource_id)
}

/// A UUID, perhaps after the ten digits of its store.
pub(in crate::aws) fn is_resource_id(text: &str) -> bool {
    match text.split_once('-') {
        Some((store, rest)) if store.len() == 10 => is_hex(store) && is_uuid(rest),
        _ => is_uuid(text),
    }
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.split('-').all(is_hex)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `arn:aws:sso:::instance/ssoins-0123456789abcdef`
pub(super) fn instance_arn<'a>(input: &Input<'a>, name: &str) -> Result<&'a str, Refusal> {
    formed(input, name, 10..=1224, |text| {
        sso(text).and_then(|rest| rest.strip_prefix("instance/")).is_some_and(is_instance)
    })
}

/// `arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef`
pub(super) fn set_arn<'a>(input: &Input<'a>, name: &str) -> Result<&'a str, Refusal> {
    formed(input, name, 10..=1224, is_set_arn)
}

/// What tags can be put on here: the instance, or a permission set.
pub(super) fn taggable_arn<'a>(input: &Input<'a>, name: &str) -> Result<&'a str, Refusal> {
    formed(input, name, 10..=2048, |text| {
        is_set_arn(text) || sso(text).and_then(|rest| rest.strip_prefix("instance/")).is_some_and(is_instance)
    })
}

fn is_set_arn(text: &str) -> bool {
    let parts = sso(text).and_then(|rest| rest.strip_prefix("permissionSet/")).and_then(|rest| rest.split_once('/'));
    parts.is_some_and(|(instance, set)| is_instance(instance) && set.strip_prefix("ps-").is_some_and(is_id))
}

fn sso(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:aws")?
        .split_once(":sso:::")
        .filter(|(partition, _)| is_partition(partition))
        .map(|(_, rest)| rest)
}

/// What may follow `aws` in the name of a partition.
fn is_partition(rest: &str) -> bool {
    rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn is_instance(text: &str) -> bool {
    text.strip_prefix("sso").unwrap_or(text).strip_prefix("ins-").is_some_and(is_id)
}

fn is_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-./".contains(&byte))
}

/// `arn:aws:iam::aws:policy/job-function/ViewOnlyAccess`: policies of accounts are not managed by AWS.
pub(super) fn managed_policy<'a>(input: &Input<'a>, name: &str) -> Result<&'a str, Refusal> {
    formed(input, name, 20..=2048, |text| {
        let parts = text.strip_prefix("arn:aws").and_then(|rest| rest.split_once(":iam::aws:policy/"));
        parts.is_some_and(|(partition, path)| is_partition(partition) && path.split('/').all(is_path_step))
    })
}

/// `/`, or steps with a `/` before and after each.
pub(super) fn is_path(text: &str) -> bool {
    let inner = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/').or(rest.is_empty().then_some("")));
    inner.is_some_and(|inner| text == "/" || inner.split('/').all(is_path_step))
}

fn is_path_step(step: &str) -> bool {
    !step.is_empty() && is_name(step)
}

/// How timestamps are written: seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of our age are exact in a float")]
pub(in crate::aws) fn epoch(moment: Timestamp) -> Value {
    json!(moment.as_millisecond() as f64 / 1000.0)
}

/// Somebody may not do this.
pub(in crate::aws) fn denied(turn: &Turn<'_>) -> Refusal {
    let prefix = if turn.call.service == "identitystore" { "identitystore" } else { "sso" };
    let message = format!("User: {} is not authorized to perform: {prefix}:{}", turn.caller.arn, turn.call.operation);
    Refusal::new("AccessDeniedException", message)
}

/// Something is not there.
pub(super) fn missing(message: impl Into<String>) -> Refusal {
    Refusal::new("ResourceNotFoundException", message)
}

/// Something is in the way.
pub(super) fn conflict(message: impl Into<String>) -> Refusal {
    Refusal::new("ConflictException", message)
}

/// There would be too many.
pub(in crate::aws) fn quota(message: impl Into<String>) -> Refusal {
    Refusal::new("ServiceQuotaExceededException", message)
}
