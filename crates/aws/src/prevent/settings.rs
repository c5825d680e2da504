//! Settings of accounts that controls ask for: what a value must look like, and which of two is the stricter.
//!
//! What a tenant's own manifest says is nearer than what a control asks, so it is kept, but only where it is at least as strict:
//! a weaker one is a mistake of one of the two, and told at its place.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
};

use polity_model::{
    Diagnostic, Map, Value,
    organization::{NativeSection, Organization},
    shape::{Field, Shape},
    units::Seconds,
    written::{Content, Written},
};

use super::{lower::Asked, words::tell};
use crate::kinds;

/// Gives every tenant the settings that its controls ask for. Answers which controls ask which of them.
pub(crate) fn apply(
    organization: &mut Organization,
    all: &[Asked],
    wrong: &mut Vec<Diagnostic>,
) -> BTreeMap<(String, String), BTreeSet<String>> {
    let fields = fields();
    let mut wanted: BTreeMap<(&str, &str), (Value, Vec<&Asked>)> = BTreeMap::new();
    for asked in all {
        let Some(field) = fields.iter().find(|field| field.name == asked.name) else { continue };
        let Some(found) = value(&field.shape, &asked.value, &asked.name, wrong) else { continue };
        match wanted.entry((&asked.tenant, &asked.name)) {
            Entry::Vacant(slot) => drop(slot.insert((found, vec![asked]))),
            Entry::Occupied(mut slot) => {
                let (known, by) = slot.get_mut();
                match both(&asked.name, known, &found) {
                    Ok(stricter) => *known = stricter,
                    Err(field) => contradict(&field, asked, by, wrong),
                }
                by.push(asked);
            }
        }
    }
    let mut settled = BTreeMap::new();
    for ((tenant, name), (value, by)) in wanted {
        if let Some(value) = beside(organization, tenant, name, value, &by, wrong) {
            write(organization, tenant, name, value, &by);
        }
        let controls = by.iter().map(|asked| asked.control.clone()).collect();
        settled.insert((tenant.to_owned(), name.to_owned()), controls);
    }
    settled
}

fn contradict(field: &str, asked: &Asked, by: &[&Asked], wrong: &mut Vec<Diagnostic>) {
    let Some(first) = by.first() else { return };
    let message = format!(
        "`{}` and `{}` ask for different values of `{field}` in the setting `{}` of the tenant `{}`",
        first.control, asked.control, asked.name, asked.tenant
    );
    let diagnostic = Diagnostic::error("contradiction", &asked.origin, message);
    wrong.push(
        diagnostic.related(&first.origin, "the other one").help("attach one of them, or give both the same parameters"),
    );
}

/// What a tenant's setting becomes beside what the manifest says itself; nothing where that is weaker.
fn beside(
    organization: &Organization,
    tenant: &str,
    name: &str,
    value: Value,
    by: &[&Asked],
    wrong: &mut Vec<Diagnostic>,
) -> Option<Value> {
    let tenant = organization.tenants.get(tenant)?;
    let settings = organization.settings_of(tenant);
    let Some((own, origin)) = settings.get(name) else { return Some(value) };
    match keep(name, own, &value) {
        Ok(kept) => Some(kept),
        Err(field) => {
            let of = if field == name { String::new() } else { format!(" in `{field}`") };
            let asked = by.first()?;
            let message = format!(
                "the setting `{name}` is weaker{of} than the control `{}` asks of `{}`",
                asked.control, tenant.name
            );
            let diagnostic =
                Diagnostic::error("weaker-setting", origin, message).related(&asked.origin, "asked for here");
            wrong
                .push(diagnostic.help(
                    "remove the setting, which the control makes itself, or write an exemption from the control",
                ));
            None
        }
    }
}

fn write(organization: &mut Organization, tenant: &str, name: &str, value: Value, by: &[&Asked]) {
    let (Some(tenant), Some(asked)) = (organization.tenants.get_mut(tenant), by.first()) else { return };
    let section = tenant
        .settings
        .entry(kinds::TYPE.to_owned())
        .or_insert_with(|| NativeSection { value: Value::Map(Map::new()), origin: asked.origin.clone() });
    if let Value::Map(entries) = &mut section.value {
        entries.insert(name.to_owned(), value);
    }
}

/// Settings that controls can ask for, with their shapes.
pub(crate) fn fields() -> Vec<Field> {
    kinds::member_settings_fields()
}

/// The canonical value of what is written for a setting. A parameter that is left open is taken as it is.
pub(crate) fn value(shape: &Shape, written: &Written, name: &str, wrong: &mut Vec<Diagnostic>) -> Option<Value> {
    if written.text().is_some_and(|text| text.contains("${params.")) {
        return Some(written.value());
    }
    let found = canonical(shape, written);
    if found.is_none() {
        let help = format!("write {}", called(shape));
        tell(wrong, "wrong-type", &written.origin, format!("the setting `{name}` cannot have this value"), help);
    }
    found
}

fn canonical(shape: &Shape, written: &Written) -> Option<Value> {
    if written.text().is_some_and(|text| text.contains("${params.")) {
        return Some(written.value());
    }
    match (shape, &written.content) {
        (Shape::Bool, Content::Bool(value)) => Some(Value::Bool(*value)),
        (Shape::Int { min, max }, Content::Int(number)) => (min..=max).contains(&number).then_some(Value::Int(*number)),
        (Shape::OneOf(words), Content::Text(text)) => words.contains(&text.as_str()).then(|| Value::text(text)),
        (Shape::Duration, Content::Text(text)) => text.parse::<Seconds>().ok().map(|seconds| Value::Int(seconds.0)),
        (Shape::Text | Shape::Region | Shape::Name | Shape::Pattern { .. }, Content::Text(text)) => {
            Some(Value::text(text))
        }
        (Shape::List(item) | Shape::Set(item), Content::List(items)) => {
            let mut items = items.iter().map(|one| canonical(item, one)).collect::<Option<Vec<_>>>()?;
            if matches!(shape, Shape::Set(_)) {
                items.sort();
                items.dedup();
            }
            Some(Value::List(items))
        }
        (Shape::Record(fields), Content::Map(entries)) => {
            let one = |entry: &polity_model::written::Entry| {
                let field = fields.iter().find(|field| field.name == entry.key)?;
                Some((entry.key.clone(), canonical(&field.shape, &entry.value)?))
            };
            Some(Value::Map(entries.iter().map(one).collect::<Option<Map>>()?))
        }
        (Shape::Either(shapes), _) => shapes.iter().find_map(|shape| canonical(shape, written)),
        _ => None,
    }
}

fn called(shape: &Shape) -> String {
    match shape {
        Shape::Bool => "`true` or `false`".to_owned(),
        Shape::Int { min, max } => format!("a number from {min} to {max}"),
        Shape::OneOf(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
        Shape::Duration => "a length of time such as `90d`".to_owned(),
        Shape::List(_) | Shape::Set(_) => "a list".to_owned(),
        Shape::Record(fields) => {
            let names: Vec<String> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
            format!("a mapping with {}", names.join(", "))
        }
        Shape::Either(shapes) => shapes.iter().map(called).collect::<Vec<_>>().join(", or "),
        _ => "a text".to_owned(),
    }
}

/// Words from the weakest to the strictest.
const WORDS: &[&[&str]] =
    &[&["unblocked", "block-new-sharing", "block-all-sharing"], &["optional", "required"], &["enabled", "disabled"]];

/// Numbers of which the lesser is the stricter.
const LESS: &[&str] = &["max_age", "hop_limit"];
/// What has no stricter side: equal or not.
const NEITHER: &[&str] = &["allow_change", "hard_expiry", "instance_tags"];

/// Which of two values is the stricter; `None` where neither says all that the other does.
fn order(name: &str, one: &Value, other: &Value) -> Option<Ordering> {
    if one == other {
        return Some(Ordering::Equal);
    }
    if NEITHER.contains(&name) {
        return None;
    }
    match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        (Value::Int(one), Value::Int(other)) if LESS.contains(&name) => Some(other.cmp(one)),
        (Value::Int(one), Value::Int(other)) => Some(one.cmp(other)),
        (Value::Text(one), Value::Text(other)) => WORDS.iter().find_map(|words| {
            let place = |text: &str| words.iter().position(|word| *word == text);
            Some(place(one)?.cmp(&place(other)?))
        }),
        _ => None,
    }
}

/// The setting where one place has `own` and a control asks for `asked`: the field that is weaker than asked is the error.
pub(crate) fn keep(name: &str, own: &Value, asked: &Value) -> Result<Value, String> {
    let (own, asked) = (spread(name, own, asked), spread(name, asked, own));
    if let (Value::Map(own), Value::Map(asked)) = (&own, &asked) {
        let mut all = own.clone();
        for (field, asked) in asked {
            let kept = match own.get(field) {
                Some(own) => keep(field, own, asked).map_err(|_| field.clone())?,
                None => asked.clone(),
            };
            all.insert(field.clone(), kept);
        }
        return Ok(Value::Map(all));
    }
    match order(name, &own, &asked) {
        Some(Ordering::Equal | Ordering::Greater) => Ok(own),
        _ => Err(name.to_owned()),
    }
}

/// What two controls ask for together: the stricter of both, field by field.
pub(crate) fn both(name: &str, one: &Value, other: &Value) -> Result<Value, String> {
    let (one, other) = (spread(name, one, other), spread(name, other, one));
    if let (Value::Map(one), Value::Map(other)) = (&one, &other) {
        let mut all = one.clone();
        for (field, value) in other {
            let value = match one.get(field) {
                Some(one) => both(field, one, value)?,
                None => value.clone(),
            };
            all.insert(field.clone(), value);
        }
        return Ok(Value::Map(all));
    }
    match order(name, &one, &other) {
        Some(Ordering::Less) => Ok(other),
        Some(_) => Ok(one),
        None => Err(name.to_owned()),
    }
}

/// A setting's short form in full, where the other side is written in full: `true` for all four switches, `required` for tokens.
fn spread(name: &str, value: &Value, beside: &Value) -> Value {
    if !matches!((value, beside), (Value::Map(_), _) | (_, Value::Map(_))) {
        return value.clone();
    }
    const SWITCHES: [&str; 4] =
        ["block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"];
    let switches = |on: &dyn Fn(&str) -> bool| {
        Value::Map(SWITCHES.iter().map(|name| ((*name).to_owned(), Value::Bool(on(name)))).collect())
    };
    match (name, value) {
        ("s3_public_access_block", Value::Bool(on)) => switches(&|_| *on),
        // A switch that such a record does not name is off.
        ("s3_public_access_block", record) => {
            switches(&|name| record.get(name).and_then(Value::as_bool).unwrap_or(false))
        }
        ("imds", Value::Text(_)) => Value::Map(Map::from([("tokens".to_owned(), value.clone())])),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn value(json: &Json) -> Value {
        Value::from_json(json)
    }

    #[test]
    fn a_setting_of_ones_own_is_kept_unless_it_is_weaker() {
        for (name, own, asked, expected) in [
            ("ebs_encryption", json!(true), json!(true), Ok(json!(true))),
            ("ebs_encryption", json!(false), json!(true), Err("ebs_encryption")),
            (
                "imds",
                json!({"tokens": "required", "hop_limit": 1}),
                json!("required"),
                Ok(json!({"tokens": "required", "hop_limit": 1})),
            ),
            ("imds", json!("required"), json!({"hop_limit": 1}), Ok(json!({"tokens": "required", "hop_limit": 1}))),
            ("imds", json!("optional"), json!("required"), Err("imds")),
            (
                "password_policy",
                json!({"minimum_length": 20}),
                json!({"minimum_length": 14, "max_age": 90}),
                Ok(json!({"minimum_length": 20, "max_age": 90})),
            ),
            ("password_policy", json!({"max_age": 365}), json!({"max_age": 90}), Err("max_age")),
            (
                "snapshot_public_access",
                json!("block-all-sharing"),
                json!("block-new-sharing"),
                Ok(json!("block-all-sharing")),
            ),
            ("s3_public_access_block", json!({"block_public_acls": true}), json!(true), Err("block_public_policy")),
            ("account_alias", json!("one"), json!("other"), Err("account_alias")),
        ] {
            let kept = keep(name, &value(&own), &value(&asked)).map(|kept| kept.to_json());
            assert_eq!(kept, expected.map_err(str::to_owned), "{name}: {own} beside {asked}");
        }
    }

    #[test]
    fn of_two_controls_the_stricter_counts() {
        let both =
            |name: &str, one: Json, other: Json| both(name, &value(&one), &value(&other)).map(|value| value.to_json());
        assert_eq!(both("imds", json!("optional"), json!("required")), Ok(json!("required")));
        let merged =
            both("password_policy", json!({"minimum_length": 8, "max_age": 90}), json!({"minimum_length": 14}));
        assert_eq!(merged, Ok(json!({"minimum_length": 14, "max_age": 90})));
        assert_eq!(both("regions_opt_in", json!(["a"]), json!(["b"])), Err("regions_opt_in".to_owned()));
    }
}
