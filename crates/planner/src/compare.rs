//! When two values are the same, what may be shown of them, and whether a change only adds.

use std::collections::BTreeSet;

use polity_model::{
    Map, Secret, Value,
    schema::{Absent, Attribute, Change, Compare, Schema},
};

/// Whether two values are the same for this comparison. Nothing, empty text, an empty list and an empty map are one.
pub(crate) fn same(compare: Compare, one: &Value, other: &Value) -> bool {
    if is_empty(one) && is_empty(other) {
        return true;
    }
    match compare {
        Compare::Exact => one == other,
        Compare::Secret => open_secret(one) == open_secret(other),
        Compare::CaseInsensitive => lower(one) == lower(other),
        Compare::Set => match (one.as_list(), other.as_list()) {
            (Some(one), Some(other)) => one.iter().collect::<BTreeSet<_>>() == other.iter().collect::<BTreeSet<_>>(),
            _ => one == other,
        },
        Compare::Document => one == other || document(one) == document(other),
    }
}

/// Nothing, or nothing within.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        _ => false,
    }
}

fn open_secret(value: &Value) -> Option<&str> {
    if let Value::Secret(secret) = value { Some(secret.expose()) } else { value.as_text() }
}

fn lower(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(text.to_lowercase()),
        Value::List(items) => Value::List(items.iter().map(lower).collect()),
        other => other.clone(),
    }
}

/// A document as data: JSON text is read, and `1.0` is `1`.
pub(crate) fn document(value: &Value) -> Value {
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    match value {
        Value::Text(text) => match read(text) {
            Some(json) if json.is_object() || json.is_array() => plain(Value::from_json(&json)),
            _ => value.clone(),
        },
        other => plain(other.clone()),
    }
}

fn plain(value: Value) -> Value {
    match value {
        Value::Decimal(digits) => match digits.strip_suffix(".0").and_then(|whole| whole.parse().ok()) {
            Some(whole) => Value::Int(whole),
            None => Value::Decimal(digits),
        },
        Value::List(items) => Value::List(items.into_iter().map(plain).collect()),
        Value::Map(entries) => Value::Map(entries.into_iter().map(|(name, item)| (name, plain(item))).collect()),
        other => other,
    }
}

/// What the manifest asks for in one attribute of something that is there: `None` where it asks for nothing.
pub(crate) fn asked<'v>(attribute: &Attribute, desired: &'v Map) -> Option<&'v Value> {
    const NOTHING: &Value = &Value::Null;
    if attribute.change == Change::ReadOnly {
        return None;
    }
    match (desired.get(attribute.name), attribute.absent) {
        (Some(value), _) => Some(value),
        (None, Absent::Empty) => Some(NOTHING),
        (None, Absent::Keep) => None,
    }
}

/// These attributes as they may be shown and kept: what is secret by its schema is in custody.
pub(crate) fn guarded(schema: &Schema, attributes: &Map) -> Map {
    let guard = |(name, value): (&String, &Value)| {
        let secret = schema.attribute(name).is_some_and(|attribute| attribute.compare == Compare::Secret);
        (name.clone(), if secret { custody(value) } else { value.clone() })
    };
    attributes.iter().map(guard).collect()
}

/// A value in custody, unless it is nothing or not known yet.
pub(crate) fn custody(value: &Value) -> Value {
    match value {
        Value::Null | Value::Secret(_) | Value::Reference(_) => value.clone(),
        Value::Text(text) => Value::Secret(Secret::new(text.as_str())),
        other => Value::Secret(Secret::new(other.to_json().to_string())),
    }
}

/// Whether a restricting document keeps everything it had: lists only gained items, and names were only added near
/// its top. Within an item any change counts, and so does an item that allows: both can open something.
pub(crate) fn only_adds(before: &Value, after: &Value) -> bool {
    only_adds_at(&document(before), &document(after), 0)
}

fn only_adds_at(before: &Value, after: &Value, depth: u8) -> bool {
    match (before, after) {
        (Value::Map(before), Value::Map(after)) => {
            let kept = before.iter().all(|(name, old)| {
                after.get(name).is_some_and(|new| old == new || (depth < 4 && only_adds_at(old, new, depth + 1)))
            });
            let effect = |entries: &Map| entries.keys().any(|name| name.eq_ignore_ascii_case("effect"));
            let grown = after.len() > before.len();
            kept && !(grown && (depth > 1 || effect(after))) && !after.values().any(|new| allows(new, before))
        }
        (Value::List(before), Value::List(after)) => {
            before.iter().all(|old| after.contains(old))
                && !after.iter().any(|new| !before.contains(new) && is_allowing(new))
        }
        _ => before == after || is_empty(before),
    }
}

fn allows(new: &Value, before: &Map) -> bool {
    is_allowing(new) && !before.values().any(|old| old == new)
}

fn is_allowing(value: &Value) -> bool {
    has_effect(value, "allow")
}

fn has_effect(value: &Value, effect: &str) -> bool {
    value.as_map().is_some_and(|entries| {
        entries.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("effect") && value.as_text().is_some_and(|text| text.eq_ignore_ascii_case(effect))
        })
    })
}

/// Whether a permitting document keeps all that it permitted: no part of it went or changed, and no new one denies.
pub(crate) fn only_permits(before: &Value, after: &Value) -> bool {
    let (before, after) = (document(before), document(after));
    let (before, after) = (parts(&before), parts(&after));
    before.iter().all(|part| after.contains(part))
        && !after.iter().any(|part| !before.contains(part) && has_effect(part.1, "deny"))
}

/// What a document consists of: each item of its lists, and each name beside them.
fn parts(document: &Value) -> Vec<(&str, &Value)> {
    let Some(entries) = document.as_map() else {
        return if is_empty(document) { Vec::new() } else { vec![("", document)] };
    };
    let mut parts = Vec::new();
    for (name, value) in entries {
        match value.as_list() {
            Some(items) => parts.extend(items.iter().map(|item| (name.as_str(), item))),
            None => parts.push((name.as_str(), value)),
        }
    }
    parts
}

/// Whether a document or list has nothing in it, but perhaps words about itself.
pub(crate) fn is_hollow(value: &Value) -> bool {
    let holds = |value: &Value| matches!(value, Value::List(_) | Value::Map(_));
    let value = document(value);
    let within =
        |entries: &Map| entries.values().any(holds) && entries.values().all(|value| !holds(value) || is_empty(value));
    is_empty(&value) || value.as_map().is_some_and(within)
}

/// The items that a set had and would not have any more.
pub(crate) fn lost_items<'v>(before: &'v Value, after: &Value) -> Vec<&'v Value> {
    let had = before.as_list().unwrap_or_else(|| if is_empty(before) { &[] } else { std::slice::from_ref(before) });
    had.iter().filter(|item| *item != after && !after.as_list().is_some_and(|kept| kept.contains(item))).collect()
}

/// Whether a set has items that it did not have.
pub(crate) fn gains_items(before: &Value, after: &Value) -> bool {
    match (before.as_list(), after.as_list()) {
        (_, None) => !is_empty(after) && before != after,
        (None, Some(after)) => !after.is_empty(),
        (Some(before), Some(after)) => after.iter().any(|item| !before.contains(item)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        Value::from_json(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn a_document_is_compared_as_data() {
        assert!(same(Compare::Document, &Value::text(r#"{"b": 1.0, "a": [1]}"#), &json(r#"{"a": [1], "b": 1}"#)));
        assert!(!same(Compare::Document, &json(r#"{"a": [1, 2]}"#), &json(r#"{"a": [2, 1]}"#)));
        assert!(!same(Compare::Document, &Value::text("not json"), &Value::text("not json either")));
    }

    #[test]
    fn sets_and_case_and_emptiness() {
        assert!(same(Compare::Set, &json(r#"["a", "b"]"#), &json(r#"["b", "a", "a"]"#)));
        assert!(!same(Compare::Exact, &json(r#"["a", "b"]"#), &json(r#"["b", "a"]"#)));
        assert!(same(Compare::CaseInsensitive, &"Ada@Acme.example".into(), &"ada@acme.example".into()));
        assert!(same(Compare::Exact, &Value::Null, &json("{}")));
        assert!(!same(Compare::Exact, &Value::Null, &Value::Bool(false)));
        assert!(!same(Compare::Exact, &Value::Null, &Value::Int(0)));
    }

    #[test]
    fn a_document_that_permits_keeps_what_it_permitted() {
        let (none, one) = (Value::Null, json(r#"{"Statement": {"Effect": "Allow", "Action": "a"}}"#));
        let two = json(r#"{"Statement": [{"Effect": "Allow", "Action": "b"}, {"Effect": "Allow", "Action": "a"}]}"#);
        let denies = json(r#"{"Statement": [{"Effect": "Deny", "Action": "b"}, {"Effect": "Allow", "Action": "a"}]}"#);
        let bound = json(r#"{"Statement": {"Effect": "Allow", "Action": "a", "Condition": {"x": "y"}}}"#);
        assert!(only_permits(&none, &one) && only_permits(&one, &two) && only_permits(&denies, &denies));
        for (before, after) in [(&one, &none), (&two, &one), (&one, &denies), (&none, &denies), (&one, &bound)] {
            assert!(!only_permits(before, after), "{before:?} {after:?}");
        }
        let hollow = json(r#"{"Version": "1", "Statement": []}"#);
        assert!(is_hollow(&none) && is_hollow(&hollow) && !is_hollow(&one) && !is_hollow(&json(r#"["a"]"#)));
    }

    #[test]
    fn a_guardrail_that_only_gains_statements_is_not_loosened() {
        let one = json(r#"{"Statement": [{"Effect": "Deny", "Action": "a"}]}"#);
        let two = json(r#"{"Statement": [{"Effect": "Deny", "Action": "a"}, {"Effect": "Deny", "Action": "b"}]}"#);
        assert!(only_adds(&one, &two));
        assert!(!only_adds(&two, &one));
        let loosened = json(r#"{"Statement": [{"Effect": "Deny", "Action": "a", "Condition": {"x": "y"}}]}"#);
        assert!(!only_adds(&one, &loosened));
        let opened = json(r#"{"Statement": [{"Effect": "Deny", "Action": "a"}, {"Effect": "Allow", "Action": "*"}]}"#);
        assert!(!only_adds(&one, &opened));
        let alone = json(r#"{"Statement": {"Effect": "Deny", "Action": "a"}}"#);
        let loosened = json(r#"{"Statement": {"Effect": "Deny", "Action": "a", "Condition": {"x": "y"}}}"#);
        assert!(!only_adds(&alone, &loosened));
        assert!(only_adds(&json(r#"{"tags": {"a": {"x": 1}}}"#), &json(r#"{"tags": {"a": {"x": 1}, "b": {"x": 1}}}"#)));
    }
}
