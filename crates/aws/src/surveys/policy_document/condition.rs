//! Conditions of a statement, as far as they say who the caller is.

use std::{collections::BTreeSet, net::IpAddr};

use serde_json::Value as Json;

use super::{list, principal};

/// One condition: an operator, a key, values of which one must fit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    /// In lower case.
    pub(crate) operator: String,
    /// In lower case.
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

/// Keys that say who calls, or from where, so that nobody else can.
const TELLING: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:username",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "sns:endpoint",
];

/// Operators that hold only where the key is there and has such a value.
const HOLDING: &[&str] = &["arnequals", "arnlike", "ipaddress", "stringequals", "stringequalsignorecase", "stringlike"];

/// The conditions of a statement.
pub(super) fn read(written: Option<&Json>) -> Result<Vec<Condition>, String> {
    let Some(written) = written.filter(|written| !written.is_null()) else { return Ok(Vec::new()) };
    let Some(operators) = written.as_object() else { return Err("the conditions are no mapping".to_owned()) };
    let mut conditions = Vec::new();
    for (operator, keys) in operators {
        let Some(keys) = keys.as_object() else { return Err(format!("the condition `{operator}` is no mapping")) };
        for (key, values) in keys {
            let (operator, key) = (operator.to_lowercase(), key.to_lowercase());
            conditions.push(Condition { operator, key, values: list(values)? });
        }
    }
    Ok(conditions)
}

impl Condition {
    /// Whether it is this operator on this key, and this holds for every value.
    pub(super) fn is(&self, operator: &str, key: &str, value: impl Fn(&str) -> bool) -> bool {
        self.operator == operator && self.key == key && self.values.iter().all(|text| value(text))
    }

    /// Whether it holds only where the key is there and has one of the values.
    pub(super) fn holds(&self) -> bool {
        let operator = self.operator.strip_prefix("foranyvalue:").unwrap_or(&self.operator);
        HOLDING.contains(&operator)
    }

    /// Whether only certain callers fit. Values with wildcards or variables can be anybody's.
    fn pins(&self) -> bool {
        self.holds()
            && TELLING.contains(&self.key.as_str())
            && !self.values.is_empty()
            && self.values.iter().all(|value| pins(&self.key, value))
    }

    /// Accounts and organizations that it names.
    fn named(&self) -> impl Iterator<Item = String> {
        self.values.iter().filter_map(|value| {
            let organization = value.starts_with("o-").then(|| value.split('/').next()).flatten();
            organization.or_else(|| principal::account(value)).map(str::to_owned)
        })
    }
}

/// Whether one value of a key stands for certain callers only.
fn pins(key: &str, value: &str) -> bool {
    if value.contains("${") || value.is_empty() {
        return false;
    }
    if key == "aws:sourceip" {
        return narrow(value);
    }
    match value.split_once(':') {
        // The account of an ARN must be there, or, where there is none, the resource.
        Some(("arn", _)) => {
            let parts: Vec<&str> = value.splitn(6, ':').collect();
            let wild = |place: usize| parts.get(place).is_none_or(|part| part.contains(['*', '?']));
            let account = parts.get(4).copied().unwrap_or_default();
            let resource = parts.get(5).copied().unwrap_or_default();
            if account.is_empty() { !resource.starts_with(['*', '?']) && !resource.is_empty() } else { !wild(4) }
        }
        _ => !value.starts_with(['*', '?']),
    }
}

/// Whether a range of addresses is that of somebody: as AWS sees it, /8 or narrower, /32 or narrower in IPv6.
fn narrow(range: &str) -> bool {
    let (address, length) = range.split_once('/').map_or((range, None), |(address, length)| (address, Some(length)));
    let length = length.map(str::parse::<u8>);
    match (address.parse::<IpAddr>(), length) {
        (Ok(_), None) => true,
        (Ok(IpAddr::V4(_)), Some(Ok(length))) => length >= 8,
        (Ok(IpAddr::V6(_)), Some(Ok(length))) => length >= 32,
        _ => false,
    }
}

/// The accounts and organizations to which conditions pin the callers down; nothing where they pin down nobody. A network
/// or a user names no account, and still is not anybody.
pub(super) fn pinned(conditions: &[Condition]) -> Option<BTreeSet<String>> {
    let pinning: Vec<&Condition> = conditions.iter().filter(|condition| condition.pins()).collect();
    (!pinning.is_empty()).then(|| pinning.into_iter().flat_map(Condition::named).collect())
}
