//! Validating admission policies: guardrails in CEL, which the server asks before it takes an object.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    Address, Map, Value,
    organization::{Guardrail, LifeState, Organization},
    resource::{Desired, Scope},
    schema::{Attribute, Change, Compare, Effect, Nature, Schema},
    shape::{Field, Shape},
};
use polity_provider::{Ask, Error};
use serde_json::{Value as Json, json};

use super::object::{self, ALTERED, AS_MADE, Form, ObjectKind, json_after};
use crate::{
    client::text,
    names::{self, TYPE},
    operations::{ADMISSION_POLICIES, Resource},
};

/// Name of the kind.
pub(crate) const KIND: &str = "admission-policy";

/// The kind.
pub(crate) fn kind() -> ObjectKind<AdmissionPolicy> {
    let attributes = vec![
        Attribute::new("name", "name that it is born with").change(Change::ReadOnly),
        Attribute::new("on", "operations on resources that it is asked about").compare(Compare::Set),
        Attribute::new("validations", "what must hold, and what is said where it does not").compare(Compare::Document),
        Attribute::new("failure_policy", "what an expression that cannot be worked out comes to: `Fail` or `Ignore`"),
        Attribute::new("shape", "`as made`, or `altered` where somebody added conditions of their own"),
        object::takes_over_attribute(),
    ];
    ObjectKind(AdmissionPolicy {
        schema: object::schema(KIND, "admission policy", Nature::Definition, Effect::Restricts, attributes),
    })
}

/// Fields of the section in a `guardrail`.
pub(crate) fn fields() -> Vec<Field> {
    let words = || Shape::Set(Box::new(Shape::Text));
    let resource = Shape::Record(vec![
        Field::new("api_groups", words(), "API groups; the core group unless written"),
        Field::new("api_versions", words(), "versions; all of them unless written"),
        Field::required("resources", words(), "resources, such as `pods`"),
        Field::new(
            "operations",
            Shape::Set(Box::new(Shape::OneOf(&["create", "update", "delete", "connect"]))),
            "what is judged; `create` and `update` unless written",
        ),
    ]);
    let validation = Shape::Record(vec![
        Field::required("expression", Shape::Text, "what must hold, in CEL, as Kubernetes defines it"),
        Field::new("message", Shape::Text, "what is said where it does not"),
    ]);
    vec![
        Field::required("resources", Shape::List(Box::new(resource)), "what is judged"),
        Field::required("validations", Shape::List(Box::new(validation)), "what must hold"),
        Field::new(
            "failure_policy",
            Shape::OneOf(&["fail", "ignore"]),
            "what an expression that cannot be worked out comes to; `fail` unless written",
        ),
        Field::new(
            "actions",
            Shape::Set(Box::new(Shape::OneOf(&["deny", "warn", "audit"]))),
            "what becomes of what does not hold; `deny` unless written",
        ),
    ]
}

pub(crate) struct AdmissionPolicy {
    schema: Schema,
}

/// Address of a guardrail's policy.
pub(crate) fn address(platform: &str, guardrail: &str) -> Address {
    Address::new(platform, KIND, guardrail)
}

/// The section of a guardrail for our platforms, unless its end is asked for.
pub(crate) fn section(guardrail: &Guardrail) -> Option<&Value> {
    let alive = guardrail.state == LifeState::Active;
    guardrail.native.get(TYPE).filter(|_| alive).map(|section| &section.value)
}

/// The native name of a guardrail's policy.
pub(crate) fn name_of(guardrail: &Guardrail) -> String {
    names::dns_label(guardrail.title.as_ref().unwrap_or(&guardrail.name))
}

impl Form for AdmissionPolicy {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resource(&self) -> &'static Resource {
        &ADMISSION_POLICIES
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        if names::platform(organization, &scope.platform).is_none() {
            return Vec::new();
        }
        let mode = organization.mode_at(&scope.platform, None);
        let desired = |guardrail: &Guardrail| {
            let section = section(guardrail)?;
            let mut desired = Desired::new(address(&scope.platform, &guardrail.name), &scope.name, &guardrail.origin);
            let name = name_of(guardrail);
            desired.keys = vec![object::key(None, &name)];
            desired.renamed_from = guardrail.renamed_from.iter().map(|old| address(&scope.platform, old)).collect();
            let failure = if word(section, "failure_policy") == Some("ignore") { "Ignore" } else { "Fail" };
            desired.attributes = Map::from([
                ("name".to_owned(), name.into()),
                ("on".to_owned(), asked_on(section)),
                ("validations".to_owned(), section.get("validations").cloned().unwrap_or_default()),
                ("failure_policy".to_owned(), failure.into()),
                ("shape".to_owned(), AS_MADE.into()),
            ]);
            object::with_mode(&mut desired, mode);
            Some(desired)
        };
        organization.guardrail_documents.values().filter_map(desired).collect()
    }

    fn held(&self, policy: &Json) -> Map {
        let spec = policy.get("spec").unwrap_or(&Json::Null);
        let part = |name: &str, of: &Json| of.get(name).and_then(Json::as_str).map(Value::text);
        let validations = spec.get("validations").and_then(Json::as_array).into_iter().flatten().map(|validation| {
            let parts = ["expression", "message"].into_iter();
            Value::Map(parts.filter_map(|name| Some((name.to_owned(), part(name, validation)?))).collect())
        });
        Map::from([
            ("validations".to_owned(), Value::List(validations.collect())),
            ("on".to_owned(), held_on(spec)),
            ("failure_policy".to_owned(), part("failurePolicy", spec).unwrap_or_else(|| "Fail".into())),
            ("shape".to_owned(), if is_plain(spec) { AS_MADE.into() } else { ALTERED.into() }),
        ])
    }

    fn whole(&self) -> Option<&'static str> {
        Some("spec")
    }

    fn name(&self, ask: &Ask<'_>) -> Result<String, Error> {
        ask.text("name").map(str::to_owned)
    }

    fn body(&self, ask: &Ask<'_>) -> Result<Json, Error> {
        Ok(json!({"spec": {
            "failurePolicy": json_after(ask, "failure_policy"),
            // What the server fills in is said, so that it is ours.
            "matchConstraints": {
                "matchPolicy": "Equivalent",
                "namespaceSelector": {},
                "objectSelector": {},
                "resourceRules": rules_on(ask.after("on").unwrap_or(&Value::Null)),
            },
            "validations": json_after(ask, "validations"),
        }}))
    }
}

fn word<'v>(section: &'v Value, name: &str) -> Option<&'v str> {
    section.get(name).and_then(Value::as_text)
}

fn words(rule: &Value, name: &str, unless: &[&str]) -> Vec<String> {
    let found: Vec<String> = rule
        .get(name)
        .and_then(Value::as_list)
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_text)
        .map(str::to_owned)
        .collect();
    if found.is_empty() { unless.iter().map(|word| (*word).to_owned()).collect() } else { found }
}

/// One line for each operation on each resource: `CREATE apps/v1 deployments`.
fn asked_on(section: &Value) -> Value {
    let mut lines = BTreeSet::new();
    for rule in section.get("resources").and_then(Value::as_list).unwrap_or_default() {
        for operation in words(rule, "operations", &["create", "update"]) {
            for group in words(rule, "api_groups", &[""]) {
                for version in words(rule, "api_versions", &["*"]) {
                    let resources = words(rule, "resources", &[]);
                    lines.extend(resources.iter().map(|resource| line(&operation, &group, &version, resource)));
                }
            }
        }
    }
    lines.into_iter().collect::<Vec<_>>().into()
}

fn line(operation: &str, group: &str, version: &str, resource: &str) -> String {
    format!("{} {group}/{version} {resource}", operation.to_uppercase())
}

fn held_on(spec: &Json) -> Value {
    let texts = |rule: &Json, name: &str| -> Vec<String> {
        let items = rule.get(name).and_then(Json::as_array).into_iter().flatten();
        items.filter_map(Json::as_str).map(str::to_owned).collect()
    };
    let mut lines = BTreeSet::new();
    for rule in spec.pointer("/matchConstraints/resourceRules").and_then(Json::as_array).into_iter().flatten() {
        for operation in texts(rule, "operations") {
            for group in texts(rule, "apiGroups") {
                for version in texts(rule, "apiVersions") {
                    lines.extend(
                        texts(rule, "resources").iter().map(|resource| line(&operation, &group, &version, resource)),
                    );
                }
            }
        }
    }
    lines.into_iter().collect::<Vec<_>>().into()
}

/// Native rules for these lines: resources of one group and version with the same operations share one.
fn rules_on(lines: &Value) -> Json {
    let mut on: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for line in lines.as_list().unwrap_or_default().iter().filter_map(Value::as_text) {
        let mut parts = line.splitn(3, ' ');
        if let (Some(operation), Some(group), Some(resource)) = (parts.next(), parts.next(), parts.next()) {
            on.entry((group, resource)).or_default().insert(operation);
        }
    }
    let mut rules: BTreeMap<(&str, BTreeSet<&str>), BTreeSet<&str>> = BTreeMap::new();
    for ((group, resource), operations) in on {
        rules.entry((group, operations)).or_default().insert(resource);
    }
    let rule = |((group, operations), resources): ((&str, BTreeSet<&str>), BTreeSet<&str>)| {
        let (group, version) = group.split_once('/').unwrap_or((group, "*"));
        json!({"apiGroups": [group], "apiVersions": [version], "operations": operations, "resources": resources, "scope": "*"})
    };
    Json::Array(rules.into_iter().map(rule).collect())
}

/// Whether nothing but what we write stands in a policy.
fn is_plain(spec: &Json) -> bool {
    let empty = |value: Option<&Json>| {
        value.is_none_or(|value| match value {
            Json::Array(items) => items.is_empty(),
            Json::Object(members) => members.is_empty(),
            other => other.is_null(),
        })
    };
    let ours = ["failurePolicy", "matchConstraints", "validations"];
    let members = spec.as_object().into_iter().flatten();
    let constraints = spec.get("matchConstraints").unwrap_or(&Json::Null);
    let mut rules = constraints.get("resourceRules").and_then(Json::as_array).into_iter().flatten();
    // A rule for some names only, or for one level only, judges less than its lines say.
    let narrowed =
        |rule: &Json| !empty(rule.get("resourceNames")) || text(rule, "/scope").is_some_and(|scope| scope != "*");
    !rules.any(narrowed)
        && members.filter(|(name, _)| !ours.contains(&name.as_str())).all(|(_, value)| empty(Some(value)))
        && ["namespaceSelector", "objectSelector", "excludeResourceRules"]
            .iter()
            .all(|name| empty(constraints.get(*name)))
        && text(constraints, "/matchPolicy").is_none_or(|policy| policy == "Equivalent")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_policy_is_asked_about_is_read_as_it_was_written() {
        let lines: Value = vec!["CREATE /v1 pods", "CREATE apps/v1 deployments", "UPDATE apps/v1 deployments"].into();
        let spec = json!({"matchConstraints": {"resourceRules": rules_on(&lines)}});
        assert_eq!(held_on(&spec), lines);
    }

    #[test]
    fn conditions_of_others_are_seen() {
        let plain = json!({"validations": [], "matchConstraints": {"matchPolicy": "Equivalent", "objectSelector": {}}});
        assert!(is_plain(&plain));
        for (pointer, value) in [
            ("/matchConditions", json!([{"name": "never", "expression": "false"}])),
            ("/matchConstraints/objectSelector", json!({"matchLabels": {"a": "b"}})),
            ("/matchConstraints/excludeResourceRules", json!([{}])),
            ("/matchConstraints/resourceRules", json!([{"resources": ["pods"], "resourceNames": ["none"]}])),
            ("/matchConstraints/resourceRules", json!([{"resources": ["pods"], "scope": "Cluster"}])),
        ] {
            let mut altered = plain.clone();
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            altered.pointer_mut(parent).unwrap()[name] = value;
            assert!(!is_plain(&altered), "{pointer}");
        }
    }
}
