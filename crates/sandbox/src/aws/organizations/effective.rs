//! What management policies come to for one account: inherited from the root down, merged by their operators.
//!
//! On each level all `@@assign` are done first (where several policies assign, the one that was attached first wins), then
//! all `@@append`, then all `@@remove`. What a level allows its children holds for all levels below, and is never
//! widened again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    access::{Who, admit, denied},
    accounts::{not_found, not_supported, render},
    kinds::Kind,
    shape::{self, invalid, moment, paged, with},
    state::Organizations,
    tags::no_target,
};
use crate::aws::{
    input::Input,
    refusal::Refusal,
    service::{Answer, Turn},
};

/// `DescribeEffectivePolicy`.
pub(super) fn describe(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Member)?;
    let kind = management_kind(input)?;
    let target = shape::maybe_text(input, "TargetId", 0, 2048)?.unwrap_or(&turn.caller.account);
    if !shape::is_target(target) {
        let message = "You specified a policy target ID that doesn't match the required pattern.";
        return Err(invalid("INVALID_PATTERN_TARGET_ID", message));
    }
    if target != turn.caller.account {
        admit(turn, Who::Reader)?;
    }
    if !shape::is_account(target) {
        return Err(not_supported());
    }
    let organizations = &turn.world.organizations;
    if organizations.account(target).is_none() {
        return Err(if organizations.is_management(&turn.caller.account) { no_target() } else { denied() });
    }
    let changed = organizations.organization.as_ref().and_then(|known| known.enabled.get(kind.name));
    let changed = changed.ok_or_else(not_enabled)?;
    let content = effective(organizations, kind, target);
    if content.as_object().is_some_and(|members| members.is_empty()) {
        return Err(none_in_force());
    }
    Ok(json!({"EffectivePolicy": {
        "PolicyContent": content.to_string(),
        "LastUpdatedTimestamp": moment(*changed),
        "TargetId": target,
        "PolicyType": kind.name,
    }}))
}

/// `ListAccountsWithInvalidEffectivePolicy`: documents are checked when they come in, so there are none.
pub(super) fn list_invalid(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let kind = management_kind(input)?;
    is_enabled(turn, kind)?;
    let answer = paged(turn, "Accounts", std::iter::empty::<()>(), |()| Value::Null)?;
    Ok(with(answer, "PolicyType", kind.name))
}

/// `ListEffectivePolicyValidationErrors`.
pub(super) fn list_errors(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let kind = management_kind(input)?;
    let account = shape::id(input, "AccountId", shape::is_account).map_err(|_| not_supported())?;
    let organizations = &turn.world.organizations;
    let path = organizations.account(account).map(|account| render(organizations, account));
    let path = path.as_ref().and_then(|account| account.pointer("/Paths/0")).ok_or_else(not_found)?;
    is_enabled(turn, kind)?;
    let answer = paged(turn, "EffectivePolicyValidationErrors", std::iter::empty::<()>(), |()| Value::Null)?;
    let answer = with(with(answer, "AccountId", account), "PolicyType", kind.name);
    Ok(with(with(answer, "Path", path.clone()), "EvaluationTimestamp", moment(turn.now)))
}

fn management_kind(input: &Input<'_>) -> Result<&'static Kind, Refusal> {
    let kind = shape::kind(input, "PolicyType")?;
    if kind.authorizes() {
        return Err(invalid("INVALID_ENUM_POLICY_TYPE", "You specified an invalid policy type."));
    }
    Ok(kind)
}

fn is_enabled(turn: &Turn<'_>, kind: &Kind) -> Result<(), Refusal> {
    let organization = turn.world.organizations.organization.as_ref();
    if organization.is_some_and(|organization| organization.enabled.contains_key(kind.name)) {
        return Ok(());
    }
    Err(not_enabled())
}

fn not_enabled() -> Refusal {
    let message = "The specified policy type is not enabled. Enable it on the root and then retry.";
    Refusal::new("EffectivePolicyNotFoundException", message)
}

fn none_in_force() -> Refusal {
    let message =
        "The account has no effective policy of this type: nothing of it is attached to the account or above.";
    Refusal::new("EffectivePolicyNotFoundException", message)
}

fn effective(organizations: &Organizations, kind: &Kind, account: &str) -> Value {
    let mut merged = Node::default();
    for target in organizations.lineage(account) {
        let level: Vec<Value> = organizations
            .attached_to(&target)
            .filter(|policy| policy.kind == kind.name)
            .filter_map(|policy| serde_json::from_str(&policy.content).ok())
            .map(|document| if kind.name == "TAG_POLICY" { tag_document(document) } else { document })
            .collect();
        merged.level(&level.iter().collect::<Vec<_>>());
    }
    let mut value = merged.value().unwrap_or_else(|| json!({}));
    if kind.name == "TAG_POLICY" {
        complete_tags(&mut value);
    }
    value
}

/// Tag keys are one key however they are written, and all values are texts.
fn tag_document(mut document: Value) -> Value {
    let Some(Value::Object(tags)) = document.get_mut("tags") else { return document };
    let rules = std::mem::take(tags);
    for (name, mut rule) in rules {
        as_texts(&mut rule);
        tags.insert(if name.starts_with("@@") { name } else { name.to_lowercase() }, rule);
    }
    document
}

fn as_texts(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(as_texts),
        Value::Array(items) => items.iter_mut().for_each(as_texts),
        Value::String(_) => {}
        other => *other = Value::String(other.to_string()),
    }
}

/// Each rule says its key, and any value where it says none.
fn complete_tags(value: &mut Value) {
    let rules = value.get_mut("tags").and_then(Value::as_object_mut);
    for (key, rule) in rules.into_iter().flatten() {
        let Some(rule) = rule.as_object_mut() else { continue };
        rule.entry("tag_key").or_insert_with(|| key.clone().into());
        rule.entry("tag_value").or_insert_with(|| json!(["*"]));
    }
}

const OPERATORS: [&str; 3] = ["@@assign", "@@append", "@@remove"];

/// One place in the merged document.
#[derive(Default)]
struct Node {
    value: Option<Value>,
    members: BTreeMap<String, Node>,
    /// Operators that children may use here; all while nobody says otherwise.
    allowed: Option<BTreeSet<String>>,
    /// Whether any policy mentions it.
    there: bool,
    /// Whether any policy operates on its value.
    operated: bool,
}

impl Node {
    /// Merges the documents of one level, as they stand at this place.
    fn level(&mut self, documents: &[&Value]) {
        let objects: Vec<&Map<String, Value>> = documents.iter().filter_map(|document| document.as_object()).collect();
        let given = |name| objects.iter().filter_map(|object| object.get(name)).collect::<Vec<_>>();
        let may = |name| self.allowed.as_ref().is_none_or(|allowed| allowed.contains(name));
        let [assigned, appended, removed] = OPERATORS.map(given);
        let [may_assign, may_append, may_remove] = OPERATORS.map(may);
        // A value without an operator is assigned.
        let plain = documents.iter().find(|document| !document.is_object()).copied();
        self.there |= !documents.is_empty();
        self.operated |= [&assigned, &appended, &removed].iter().any(|values| !values.is_empty());
        if let (Some(value), true) = (assigned.first().copied().or(plain), may_assign) {
            self.value = Some(value.clone());
        }
        appended.iter().filter(|_| may_append).for_each(|more| self.append(more));
        removed.iter().filter(|_| may_remove).for_each(|less| self.remove(less));
        self.descend(&objects, may_assign || may_append);
        for control in objects.iter().filter_map(|object| object.get("@@operators_allowed_for_child_policies")) {
            self.restrict(control);
        }
    }

    /// Goes on below. A place that children may not change gets no new members either.
    fn descend(&mut self, objects: &[&Map<String, Value>], may_grow: bool) {
        let names: BTreeSet<&String> = objects.iter().flat_map(|object| object.keys()).collect();
        for name in names.into_iter().filter(|name| !name.starts_with("@@")) {
            if may_grow || self.members.contains_key(name) {
                let inner: Vec<&Value> = objects.iter().filter_map(|object| object.get(name)).collect();
                self.members.entry(name.clone()).or_default().level(&inner);
            }
        }
    }

    fn append(&mut self, more: &Value) {
        let held = self.value.get_or_insert_with(|| json!([]));
        let (Some(held), Some(more)) = (held.as_array_mut(), more.as_array()) else { return };
        for item in more {
            if !held.contains(item) {
                held.push(item.clone());
            }
        }
    }

    fn remove(&mut self, less: &Value) {
        let held = self.value.as_mut().and_then(Value::as_array_mut);
        if let (Some(held), Some(less)) = (held, less.as_array()) {
            held.retain(|item| !less.contains(item));
        }
    }

    fn restrict(&mut self, control: &Value) {
        let names: BTreeSet<String> =
            control.as_array().into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
        if names.contains("@@all") {
            return;
        }
        match &mut self.allowed {
            Some(allowed) => allowed.retain(|name| names.contains(name)),
            None => self.allowed = Some(names),
        }
    }

    /// The place without operators; nothing where only removals were.
    fn value(&self) -> Option<Value> {
        if let Some(value) = &self.value {
            return Some(value.clone());
        }
        let members: Map<String, Value> =
            self.members.iter().filter_map(|(name, node)| Some((name.clone(), node.value()?))).collect();
        (self.there && !self.operated).then_some(Value::Object(members))
    }
}
