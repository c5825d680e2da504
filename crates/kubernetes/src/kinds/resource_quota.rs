//! Resource quotas: how much a tenant may use, in the words that all platforms share.

use polity_model::{
    Map, Value,
    organization::{
        Organization, Quota,
        quota::{Item, Measure},
    },
    resource::{Desired, Scope},
    schema::{Attribute, Effect, Nature, Schema},
};
use polity_provider::{Ask, Error};
use serde_json::{Value as Json, json};

use super::object::{self, ALTERED, AS_MADE, Form, ObjectKind, json_after};
use crate::{
    operations::{RESOURCE_QUOTAS, Resource},
    quantity::canonical,
};

/// Name of the kind.
pub(crate) const KIND: &str = "resource-quota";
/// Name of the object in each namespace.
const NAME: &str = "polity";

/// What an item of a quota is called here. Items that are missing cannot be limited in a namespace.
pub(crate) const ITEMS: &[(Item, &str)] = &[
    (Item::Cpu, "requests.cpu"),
    (Item::Memory, "requests.memory"),
    (Item::Storage, "requests.storage"),
    (Item::LoadBalancers, "services.loadbalancers"),
    (Item::Pods, "pods"),
    (Item::Services, "services"),
    (Item::Claims, "persistentvolumeclaims"),
    (Item::Secrets, "secrets"),
    (Item::ConfigMaps, "configmaps"),
];

/// The kind.
pub(crate) fn kind() -> ObjectKind<ResourceQuota> {
    let attributes = vec![
        object::namespace_attribute(),
        Attribute::new("hard", "ceilings, by Kubernetes' names of what is counted").empties(),
        Attribute::new("shape", "`as made`, or `altered` where somebody has it count some pods only"),
        object::takes_over_attribute(),
    ];
    ObjectKind(ResourceQuota {
        schema: object::schema(KIND, "resource quota", Nature::Definition, Effect::Neutral, attributes),
    })
}

pub(crate) struct ResourceQuota {
    schema: Schema,
}

impl Form for ResourceQuota {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resource(&self) -> &'static Resource {
        &RESOURCE_QUOTAS
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let mut wanted = Vec::new();
        for tenant in object::tenants(organization, scope) {
            let Some(quota) = &tenant.quota else { continue };
            let hard = hard(quota);
            if hard.is_empty() {
                continue;
            }
            let mut desired = object::in_tenant(organization, scope, tenant, KIND, NAME, str::to_owned);
            desired.origins = quota.ceilings.values().map(|ceiling| ceiling.origin.clone()).take(1).collect();
            desired.attributes.insert("hard".to_owned(), Value::Map(hard));
            desired.attributes.insert("shape".to_owned(), AS_MADE.into());
            wanted.push(desired);
        }
        wanted
    }

    fn held(&self, quota: &Json) -> Map {
        let hard = quota.pointer("/spec/hard").and_then(Json::as_object);
        let amount = |(name, amount): (&String, &Json)| {
            let written = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
            (name.clone(), Value::Text(canonical(name, &written)))
        };
        let shape = if self.is_frozen(quota) { ALTERED } else { AS_MADE };
        Map::from([
            ("hard".to_owned(), Value::Map(hard.into_iter().flatten().map(amount).collect())),
            ("shape".to_owned(), shape.into()),
        ])
    }

    /// A quota keeps the scopes that it was born with.
    fn is_frozen(&self, quota: &Json) -> bool {
        let scoped =
            |name: &str| quota.pointer("/spec").and_then(|spec| spec.get(name)).is_some_and(|one| !one.is_null());
        scoped("scopes") || scoped("scopeSelector")
    }

    fn whole(&self) -> Option<&'static str> {
        Some("spec")
    }

    fn name(&self, _ask: &Ask<'_>) -> Result<String, Error> {
        Ok(NAME.to_owned())
    }

    fn body(&self, ask: &Ask<'_>) -> Result<Json, Error> {
        Ok(json!({"spec": {"hard": json_after(ask, "hard")}}))
    }
}

fn hard(quota: &Quota) -> Map {
    let ceilings = ITEMS.iter().filter_map(|(item, name)| {
        let amount = quota.get(*item)?;
        let unit = match item.measure() {
            Measure::Cores => "m",
            Measure::Size => "Mi",
            Measure::Count => "",
        };
        Some(((*name).to_owned(), Value::Text(canonical(name, &format!("{amount}{unit}")))))
    });
    ceilings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_that_counts_some_pods_only_is_altered() {
        let shape = |spec: Json| kind().0.held(&json!({"spec": spec}))["shape"].clone();
        assert_eq!(shape(json!({"hard": {"pods": "5"}})), Value::text(AS_MADE));
        assert_eq!(shape(json!({"hard": {"pods": "5"}, "scopes": ["BestEffort"]})), Value::text(ALTERED));
    }
}
