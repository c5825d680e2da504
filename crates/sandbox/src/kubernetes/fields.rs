//! Who owns which field, as `metadata.managedFields` tells it, and what a server-side apply makes of that.
//!
//! Fields are known by their paths down to what is no mapping: a list is owned whole, as RBAC's rules and subjects are.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A field: the keys on the way to it.
type Field = Vec<String>;

/// What one manager owns by one kind of write.
#[derive(Clone, Debug, PartialEq)]
struct Owned {
    manager: String,
    /// By server-side apply, or by any other write.
    applies: bool,
    fields: BTreeSet<Field>,
    time: String,
}

/// Fields that every object has and that nobody owns.
fn is_nobodys(field: &[String]) -> bool {
    let words: Vec<&str> = field.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["apiVersion" | "kind"] | ["status", ..] => true,
        ["metadata", name, ..] => !matches!(*name, "labels" | "annotations" | "finalizers" | "ownerReferences"),
        _ => false,
    }
}

/// The fields of an object.
fn fields(object: &Value) -> BTreeSet<Field> {
    let mut found = BTreeSet::new();
    collect(object, &mut Vec::new(), &mut found);
    found.retain(|field| !is_nobodys(field));
    found
}

fn collect(value: &Value, way: &mut Field, found: &mut BTreeSet<Field>) {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                way.push(key.clone());
                collect(value, way, found);
                way.pop();
            }
        }
        _ if way.is_empty() => {}
        _ => {
            found.insert(way.clone());
        }
    }
}

fn at<'v>(object: &'v Value, field: &[String]) -> Option<&'v Value> {
    field.iter().try_fold(object, |value, key| value.get(key))
}

/// Whether something else stands there than is applied. A mapping without entries asks for no more than a mapping.
fn differs(live: &Value, applied: &Value, field: &[String]) -> bool {
    let (is, asked) = (at(live, field), at(applied, field));
    let only_a_mapping = asked.and_then(Value::as_object).is_some_and(Map::is_empty);
    is != asked && !(only_a_mapping && is.is_some_and(Value::is_object))
}

/// Puts a value where it belongs; mappings on the way are made.
fn put(object: &mut Value, field: &[String], value: Value) {
    let Some((key, rest)) = field.split_first() else {
        *object = value;
        return;
    };
    if !object.is_object() {
        *object = json!({});
    }
    if let Some(entries) = object.as_object_mut() {
        put(entries.entry(key.clone()).or_insert(Value::Null), rest, value);
    }
}

/// Takes a field out, and the mappings that are empty then.
fn take(object: &mut Value, field: &[String]) {
    let (Some((key, rest)), Some(entries)) = (field.split_first(), object.as_object_mut()) else { return };
    if rest.is_empty() {
        entries.remove(key);
    } else if let Some(inner) = entries.get_mut(key) {
        take(inner, rest);
        if inner.as_object().is_some_and(Map::is_empty) {
            entries.remove(key);
        }
    }
}

/// `.metadata.labels.team`, as messages write it.
fn written(field: &[String]) -> String {
    field.iter().map(|key| format!(".{key}")).collect()
}

/// Brings an object to hold what is applied. Refused: manager and path of each field that somebody else owns with another value.
pub(super) fn apply(
    live: &Value,
    applied: &Value,
    manager: &str,
    force: bool,
    now: Timestamp,
) -> Result<Value, Vec<(String, String)>> {
    let mut owners = owners(live);
    let asked = fields(applied);
    let mut conflicts = Vec::new();
    for owner in owners.iter().filter(|owner| !(owner.manager == manager && owner.applies)) {
        for field in asked.intersection(&owner.fields).filter(|field| differs(live, applied, field)) {
            conflicts.push((owner.manager.clone(), field.clone()));
        }
    }
    if !conflicts.is_empty() && !force {
        return Err(conflicts.into_iter().map(|(manager, field)| (manager, written(&field))).collect());
    }
    for (loser, field) in &conflicts {
        for owner in owners.iter_mut().filter(|owner| owner.manager == *loser) {
            owner.fields.remove(field);
        }
    }
    let mut merged = live.clone();
    let before = owners.iter().position(|owner| owner.manager == manager && owner.applies);
    let before = before.map(|at| owners.remove(at));
    for field in before.iter().flat_map(|owner| &owner.fields).filter(|field| !asked.contains(*field)) {
        let holds_others = at(&merged, field).and_then(Value::as_object).is_some_and(|inner| !inner.is_empty());
        if !holds_others && !owners.iter().any(|owner| owner.fields.contains(field)) {
            take(&mut merged, field);
        }
    }
    for field in asked.iter().filter(|field| differs(live, applied, field)) {
        put(&mut merged, field, at(applied, field).cloned().unwrap_or_default());
    }
    let time = match &before {
        Some(owner) if owner.fields == asked && same(live, &merged) => owner.time.clone(),
        _ => moment(now),
    };
    owners.push(Owned { manager: manager.to_owned(), applies: true, fields: asked, time });
    own(&mut merged, owners);
    Ok(merged)
}

/// What a write other than an apply changed belongs to whoever wrote it, and to nobody else any more.
pub(super) fn written_by(before: &Value, mut after: Value, manager: &str, now: Timestamp) -> Value {
    let (was, is) = (fields(before), fields(&after));
    let changed: BTreeSet<Field> = is.into_iter().filter(|field| at(before, field) != at(&after, field)).collect();
    let gone: BTreeSet<Field> = was.into_iter().filter(|field| at(&after, field).is_none()).collect();
    let mut owners = owners(before);
    if changed.is_empty() && gone.is_empty() {
        own(&mut after, owners);
        return after;
    }
    for owner in &mut owners {
        owner.fields.retain(|field| !changed.contains(field) && !gone.contains(field));
    }
    match owners.iter_mut().find(|owner| owner.manager == manager && !owner.applies) {
        Some(owner) => {
            owner.fields.extend(changed);
            owner.time = moment(now);
        }
        None => {
            owners.push(Owned { manager: manager.to_owned(), applies: false, fields: changed, time: moment(now) });
        }
    }
    own(&mut after, owners);
    after
}

/// Whether two objects hold the same, whoever owns it.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    let bare = |object: &Value| {
        let mut object = object.clone();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
            metadata.remove("resourceVersion");
        }
        object
    };
    bare(one) == bare(other)
}

/// A moment as objects write it: without fractions.
pub(super) fn moment(now: Timestamp) -> String {
    Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

fn owners(object: &Value) -> Vec<Owned> {
    let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten();
    let text = |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    entries
        .map(|entry| {
            let mut fields = BTreeSet::new();
            decode(entry.get("fieldsV1").unwrap_or(&Value::Null), &mut Vec::new(), &mut fields);
            let applies = entry.get("operation").and_then(Value::as_str) == Some("Apply");
            Owned { manager: text(entry, "manager"), applies, fields, time: text(entry, "time") }
        })
        .collect()
}

fn own(object: &mut Value, mut owners: Vec<Owned>) {
    owners.retain(|owner| !owner.fields.is_empty());
    owners.sort_by(|one, other| (&one.time, &one.manager).cmp(&(&other.time, &other.manager)));
    let version = object.get("apiVersion").cloned().unwrap_or_default();
    let entry = |owner: &Owned| {
        let mut fields = json!({});
        for field in &owner.fields {
            let keys: Vec<String> = field.iter().map(|key| format!("f:{key}")).collect();
            put(&mut fields, &keys, json!({}));
        }
        json!({
            "manager": owner.manager, "operation": if owner.applies { "Apply" } else { "Update" }, "apiVersion": version,
            "time": owner.time, "fieldsType": "FieldsV1", "fieldsV1": fields,
        })
    };
    let entries: Vec<Value> = owners.iter().map(entry).collect();
    put(object, &["metadata".to_owned(), "managedFields".to_owned()], Value::Array(entries));
}

fn decode(value: &Value, way: &mut Field, found: &mut BTreeSet<Field>) {
    let Some(entries) = value.as_object() else { return };
    if entries.is_empty() && !way.is_empty() {
        found.insert(way.clone());
    }
    for (key, inner) in entries {
        way.push(key.strip_prefix("f:").unwrap_or(key).to_owned());
        decode(inner, way, found);
        way.pop();
    }
}
