//! Limit ranges: what a container gets that does not say what it needs. Where cores or memory are limited by a quota, the
//! server refuses pods that are silent about them, unless a limit range speaks for them.

use polity_model::{
    Map, Value,
    organization::Organization,
    resource::{Desired, Scope},
    schema::{Attribute, Effect, Nature, Schema},
    shape::{Field, Shape},
};
use polity_provider::{Ask, Error};
use serde_json::{Value as Json, json};

use super::object::{self, ALTERED, AS_MADE, Form, ObjectKind, json_after};
use crate::{
    operations::{LIMIT_RANGES, Resource},
    quantity::canonical,
};

/// Name of the kind.
pub(crate) const KIND: &str = "limit-range";
/// Its field in the `settings` of a manifest.
const FIELD: &str = "containers";
/// Name of the object in each namespace.
const NAME: &str = "polity";
/// Attributes, and what Kubernetes calls them.
const PARTS: [(&str, &str); 4] =
    [("requests", "defaultRequest"), ("limits", "default"), ("min", "min"), ("max", "max")];

/// The kind.
pub(crate) fn kind() -> ObjectKind<LimitRange> {
    let attributes = vec![
        object::namespace_attribute(),
        Attribute::new("requests", "what a container asks for that is silent").empties(),
        Attribute::new("limits", "what a container may use that is silent").empties(),
        Attribute::new("min", "least that a container may ask for").empties(),
        Attribute::new("max", "most that a container may use").empties(),
        Attribute::new("shape", "`as made`, or `altered` where somebody added bounds of another sort"),
        object::takes_over_attribute(),
    ];
    ObjectKind(LimitRange {
        schema: object::schema(KIND, "limit range", Nature::Definition, Effect::Neutral, attributes),
    })
}

/// Its field in `settings`.
pub(crate) fn field() -> Field {
    let amounts = || {
        Shape::Record(vec![
            Field::new("cpu", Shape::Cores, "computing power"),
            Field::new("memory", Shape::Size, "memory"),
        ])
    };
    let parts = vec![
        Field::new("requests", amounts(), "what a container asks for that does not say it"),
        Field::new("limits", amounts(), "what a container may use that does not say it"),
        Field::new("min", amounts(), "least that a container may ask for"),
        Field::new("max", amounts(), "most that a container may use"),
    ];
    Field::new(FIELD, Shape::Record(parts), "defaults and bounds of each container in the namespace")
}

pub(crate) struct LimitRange {
    schema: Schema,
}

impl Form for LimitRange {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resource(&self) -> &'static Resource {
        &LIMIT_RANGES
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let mut wanted = Vec::new();
        for tenant in object::tenants(organization, scope) {
            let settings = organization.settings_of(tenant);
            let Some((written, origin)) = settings.get(FIELD) else { continue };
            let mut desired = object::in_tenant(organization, scope, tenant, KIND, NAME, str::to_owned);
            desired.origins = vec![(*origin).clone()];
            let amounts = |field: &str| -> Map {
                let amounts = written.get(field).and_then(Value::as_map).cloned().unwrap_or_default();
                let amounts = amounts.iter().filter_map(|(name, amount)| {
                    let unit = if name == "cpu" { "m" } else { "Mi" };
                    Some((name.clone(), Value::Text(canonical(name, &format!("{}{unit}", amount.as_int()?)))))
                });
                amounts.collect()
            };
            let (min, max) = (amounts("min"), amounts("max"));
            // What is silent the server fills in like this, and shows as if it had been written.
            let limits = filled(amounts("limits"), [&max]);
            let requests = filled(amounts("requests"), [&limits, &min]);
            let parts = [("requests", requests), ("limits", limits), ("min", min), ("max", max)];
            desired.attributes.extend(parts.map(|(name, part)| (name.to_owned(), Value::Map(part))));
            desired.attributes.insert("shape".to_owned(), AS_MADE.into());
            wanted.push(desired);
        }
        wanted
    }

    fn held(&self, range: &Json) -> Map {
        let limits = range.pointer("/spec/limits").and_then(Json::as_array).into_iter().flatten();
        let containers: Vec<&Json> =
            limits.filter(|limit| limit.get("type").and_then(Json::as_str) == Some("Container")).collect();
        let part = |native: &str| -> Map {
            let amounts = containers.iter().filter_map(|limit| limit.get(native)?.as_object()).flatten();
            let amounts = amounts
                .filter_map(|(name, amount)| Some((name.clone(), Value::Text(canonical(name, amount.as_str()?)))));
            amounts.collect()
        };
        let mut held: Map =
            PARTS.iter().map(|(attribute, native)| ((*attribute).to_owned(), Value::Map(part(native)))).collect();
        held.insert("shape".to_owned(), if is_plain(range) { AS_MADE.into() } else { ALTERED.into() });
        held
    }

    fn whole(&self) -> Option<&'static str> {
        Some("spec")
    }

    fn name(&self, _ask: &Ask<'_>) -> Result<String, Error> {
        Ok(NAME.to_owned())
    }

    fn body(&self, ask: &Ask<'_>) -> Result<Json, Error> {
        let mut limit = json!({"type": "Container"});
        for (attribute, native) in PARTS {
            let amounts = json_after(ask, attribute);
            if let Some(limit) =
                limit.as_object_mut().filter(|_| amounts.as_object().is_some_and(|map| !map.is_empty()))
            {
                limit.insert(native.to_owned(), amounts);
            }
        }
        Ok(json!({"spec": {"limits": [limit]}}))
    }
}

/// Whether there is one entry, about containers, of the parts that we write.
fn is_plain(range: &Json) -> bool {
    let entries = range.pointer("/spec/limits").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let ours = |name: &String| name == "type" || PARTS.iter().any(|(_, native)| native == name);
    let [entry] = entries else { return false };
    entry.get("type").and_then(Json::as_str) == Some("Container")
        && entry.as_object().is_some_and(|all| all.keys().all(ours))
}

/// These amounts; where one is missing, the first that has it.
fn filled<const N: usize>(mut amounts: Map, from: [&Map; N]) -> Map {
    for (name, amount) in from.into_iter().flatten() {
        amounts.entry(name.clone()).or_insert_with(|| amount.clone());
    }
    amounts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_another_sort_are_seen() {
        let plain = json!({"type": "Container", "max": {"cpu": "1"}});
        let range = |limits: Json| json!({"spec": {"limits": limits}});
        assert!(is_plain(&range(json!([plain]))));
        assert!(!is_plain(&range(json!([plain, {"type": "Pod", "max": {"cpu": "1m"}}]))));
        assert!(!is_plain(&range(json!([{"type": "Container", "maxLimitRequestRatio": {"cpu": "1"}}]))));
    }
}
