//! Bindings of validating admission policies: where a guardrail holds. A landing zone is told by the label of its
//! namespaces, and what is attached to one holds in those below, each by a binding of its own.

use polity_model::{
    Address, Map, Value,
    organization::{Guardrail, LandingZone, Named, Organization},
    resource::{Desired, Scope},
    schema::{Attribute, Change, Compare, Effect, Nature, Schema},
};
use polity_provider::{Ask, Error};
use serde_json::{Value as Json, json};

use super::{
    admission_policy, namespace,
    object::{self, ALTERED, AS_MADE, Form, ObjectKind, json_after},
};
use crate::{
    client::text,
    names,
    operations::{ADMISSION_POLICIES, ADMISSION_POLICY_BINDINGS, Resource},
};

/// Name of the kind.
pub(crate) const KIND: &str = "admission-policy-binding";
/// The target that is all namespaces of tenants.
const EVERY_TENANT: &str = "every tenant";
/// What the target of a landing zone begins with.
const ZONE: &str = "landing-zone:";
const ZONE_LABEL: &str = "polity/landing-zone";
const PROJECT_LABEL: &str = "polity/project";
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// The kind.
pub(crate) fn kind() -> ObjectKind<AdmissionPolicyBinding> {
    let attributes = vec![
        Attribute::new("name", "name that it is born with").change(Change::ReadOnly),
        Attribute::new("policy", "the admission policy").change(Change::Replace),
        Attribute::new("target", "the namespaces in which it holds").change(Change::Replace),
        Attribute::new("actions", "what becomes of what does not hold").compare(Compare::Set),
        Attribute::new("shape", "`as made`, or `altered` where somebody exempted something"),
        object::takes_over_attribute(),
    ];
    let effect = Effect::Attaches { guardrail: "policy", target: "target" };
    ObjectKind(AdmissionPolicyBinding {
        schema: object::schema(KIND, "admission policy binding", Nature::Link, effect, attributes),
    })
}

pub(crate) struct AdmissionPolicyBinding {
    schema: Schema,
}

impl Form for AdmissionPolicyBinding {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resource(&self) -> &'static Resource {
        &ADMISSION_POLICY_BINDINGS
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        if names::platform(organization, &scope.platform).is_none() {
            return Vec::new();
        }
        let mut wanted = Vec::new();
        let mut add =
            |named: &Named, place: &str, target: Value, tenant: Option<&polity_model::organization::Tenant>| {
                let guardrail = organization.guardrail_documents.get(&named.name);
                wanted.extend(
                    guardrail
                        .and_then(|guardrail| desired(organization, scope, guardrail, named, (place, target), tenant)),
                );
            };
        for named in &organization.guardrails {
            add(named, "organization", EVERY_TENANT.into(), None);
        }
        for zone in organization.landing_zones.values().filter(|zone| is_here(zone, &scope.platform)) {
            // Its own and those of all above it.
            for above in organization.landing_zone_chain(Some(&zone.name)) {
                for named in &above.guardrails {
                    add(named, &format!("landing-zone:{}", zone.name), format!("{ZONE}{}", zone.name).into(), None);
                }
            }
        }
        for tenant in object::tenants(organization, scope) {
            for named in &tenant.guardrails {
                let namespace = Value::id_of(namespace::address(&scope.platform, &tenant.name));
                add(named, &format!("tenant:{}", tenant.name), namespace, Some(tenant));
            }
        }
        wanted.sort_by(|one, other| one.address.cmp(&other.address));
        wanted.dedup_by(|one, other| one.address == other.address);
        wanted
    }

    fn held(&self, binding: &Json) -> Map {
        let policy = text(binding, "/spec/policyName").unwrap_or_default();
        let selector = binding.pointer("/spec/matchResources/namespaceSelector").unwrap_or(&Json::Null);
        let actions = binding.pointer("/spec/validationActions").and_then(Json::as_array).into_iter().flatten();
        let actions: Vec<String> = actions.filter_map(Json::as_str).map(str::to_lowercase).collect();
        let target = target_of(selector);
        let plain = target.is_some() && is_plain(binding.get("spec").unwrap_or(&Json::Null));
        Map::from([
            ("policy".to_owned(), names::id_of(&ADMISSION_POLICIES, None, policy).into()),
            ("target".to_owned(), target.unwrap_or_default().into()),
            ("actions".to_owned(), actions.into()),
            ("shape".to_owned(), if plain { AS_MADE.into() } else { ALTERED.into() }),
        ])
    }

    fn whole(&self) -> Option<&'static str> {
        Some("spec")
    }

    fn name(&self, ask: &Ask<'_>) -> Result<String, Error> {
        ask.text("name").map(str::to_owned)
    }

    fn body(&self, ask: &Ask<'_>) -> Result<Json, Error> {
        let actions =
            ask.after("actions").and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_text);
        let actions: Vec<&str> = actions
            .map(|action| match action {
                "warn" => "Warn",
                "audit" => "Audit",
                _ => "Deny",
            })
            .collect();
        Ok(json!({"spec": {
            "policyName": names::parts_of(&ADMISSION_POLICIES, json_after(ask, "policy").as_str().unwrap_or_default()).1,
            "validationActions": actions,
            "matchResources": {
                "matchPolicy": "Equivalent",
                "objectSelector": {},
                "namespaceSelector": selector_of(ask.text("target")?),
            },
        }}))
    }
}

fn is_here(zone: &LandingZone, platform: &str) -> bool {
    zone.platforms.is_empty() || zone.platforms.iter().any(|named| named.name == platform)
}

fn desired(
    organization: &Organization,
    scope: &Scope,
    guardrail: &Guardrail,
    named: &Named,
    (place, target): (&str, Value),
    tenant: Option<&polity_model::organization::Tenant>,
) -> Option<Desired> {
    let section = admission_policy::section(guardrail)?;
    let address = |guardrail: &str| Address::new(&scope.platform, KIND, format!("{guardrail}@{place}"));
    let mut desired = Desired::new(address(&guardrail.name), &scope.name, &named.origin);
    let name = format!(
        "{}.{}",
        admission_policy::name_of(guardrail),
        place.split(':').map(names::dns_label).collect::<Vec<_>>().join(".")
    );
    desired.keys = vec![object::key(None, &name)];
    let actions = section.get("actions").cloned().unwrap_or_else(|| vec!["deny"].into());
    desired.attributes = Map::from([
        ("name".to_owned(), name.into()),
        ("policy".to_owned(), Value::id_of(admission_policy::address(&scope.platform, &guardrail.name))),
        ("target".to_owned(), target),
        ("actions".to_owned(), actions),
        ("shape".to_owned(), AS_MADE.into()),
    ]);
    desired.renamed_from = guardrail.renamed_from.iter().map(|old| address(old)).collect();
    if let Some(tenant) = tenant {
        desired.group = object::group_of(tenant);
    }
    desired.group.landing_zone = place.strip_prefix(ZONE).map(str::to_owned).or(desired.group.landing_zone);
    let zone = desired.group.landing_zone.clone();
    object::with_mode(&mut desired, organization.mode_at(&scope.platform, zone.as_deref()));
    Some(desired)
}

/// Which namespaces a target is.
fn selector_of(target: &str) -> Json {
    match (target, target.strip_prefix(ZONE)) {
        (EVERY_TENANT, _) => json!({"matchExpressions": [{"key": PROJECT_LABEL, "operator": "Exists"}]}),
        (_, Some(zone)) => json!({"matchLabels": {(ZONE_LABEL): zone}}),
        _ => json!({"matchLabels": {(NAME_LABEL): target}}),
    }
}

/// The target that has this selector, if there is one.
fn target_of(selector: &Json) -> Option<String> {
    let label = |name: &str| selector.get("matchLabels")?.get(name)?.as_str();
    let target = match (label(ZONE_LABEL), label(NAME_LABEL)) {
        (Some(zone), _) => format!("{ZONE}{zone}"),
        (_, Some(namespace)) => namespace.to_owned(),
        _ => EVERY_TENANT.to_owned(),
    };
    (selector_of(&target) == *selector).then_some(target)
}

/// Whether nothing but what we write stands in a binding.
fn is_plain(spec: &Json) -> bool {
    let empty = |value: Option<&Json>| {
        value.is_none_or(|value| {
            value.as_object().is_some_and(serde_json::Map::is_empty)
                || value.as_array().is_some_and(Vec::is_empty)
                || value.is_null()
        })
    };
    let resources = spec.get("matchResources").unwrap_or(&Json::Null);
    ["objectSelector", "resourceRules", "excludeResourceRules"].iter().all(|name| empty(resources.get(*name)))
        && empty(spec.get("paramRef"))
        // By `Exact`, what is asked for in another version of the API goes unjudged.
        && text(resources, "/matchPolicy").is_none_or(|policy| policy == "Equivalent")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_come_back_from_their_selectors() {
        for target in [EVERY_TENANT, "landing-zone:production", "shop-dev"] {
            assert_eq!(target_of(&selector_of(target)).as_deref(), Some(target));
        }
        assert!(!is_plain(&json!({"matchResources": {"matchPolicy": "Exact"}})));
        assert_eq!(target_of(&json!({"matchLabels": {"team": "a"}})), None);
        assert_eq!(target_of(&json!({"matchLabels": {(NAME_LABEL): "a", "team": "a"}})), None);
    }
}
