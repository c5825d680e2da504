//! Network policies: a fence around all pods of a tenant, with the openings that the manifest names.

use polity_model::{
    Map, Value,
    organization::Organization,
    resource::{Desired, Scope},
    schema::{Attribute, Compare, Effect, Nature, Schema},
    shape::{Field, Shape},
};
use polity_provider::{Ask, Error};
use serde_json::{Value as Json, json};

use super::object::{self, Form, ObjectKind};
use crate::operations::{NETWORK_POLICIES, Resource};

/// Name of the kind.
pub(crate) const KIND: &str = "network-policy";
/// Its field in the `settings` of a manifest.
const FIELD: &str = "network";
/// Name of the object in each namespace.
const NAME: &str = "polity-default-deny";

/// The kind.
pub(crate) fn kind() -> ObjectKind<NetworkPolicy> {
    let attributes = vec![
        object::namespace_attribute(),
        Attribute::new("denies", "directions in which all is denied: `ingress`, `egress`").compare(Compare::Set),
        Attribute::new("closed_within", "whether pods of the namespace may not reach each other either"),
        Attribute::new("closed_to_dns", "whether names may not be looked up either"),
        Attribute::new("shape", "`as made`, or `altered` where somebody selected or allowed something else"),
        object::takes_over_attribute(),
    ];
    ObjectKind(NetworkPolicy {
        schema: object::schema(KIND, "network policy", Nature::Definition, Effect::Restricts, attributes),
    })
}

/// Its field in `settings`.
pub(crate) fn field() -> Field {
    let parts = vec![
        Field::required(
            "deny",
            Shape::Set(Box::new(Shape::OneOf(&["ingress", "egress"]))),
            "directions in which all traffic of pods is denied that nothing allows",
        ),
        Field::new(
            "allow",
            Shape::Set(Box::new(Shape::OneOf(&["dns", "same-namespace"]))),
            "what stays open: looking up names, and the pods of the same namespace",
        ),
    ];
    Field::new(FIELD, Shape::Record(parts), "a network policy around all pods of the namespace")
}

pub(crate) struct NetworkPolicy {
    schema: Schema,
}

/// A fence in the manifest's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fence {
    ingress: bool,
    egress: bool,
    closed_within: bool,
    closed_to_dns: bool,
}

impl Fence {
    fn of(map: &Map) -> Self {
        let denies = |direction: &str| {
            let list = map.get("denies").and_then(Value::as_list).unwrap_or_default();
            list.iter().any(|item| item.as_text() == Some(direction))
        };
        let flag = |name: &str| map.get(name).and_then(Value::as_bool).unwrap_or(true);
        Self {
            ingress: denies("ingress"),
            egress: denies("egress"),
            closed_within: flag("closed_within"),
            closed_to_dns: flag("closed_to_dns"),
        }
    }

    fn attributes(self) -> Map {
        let mut denies: Vec<&str> = Vec::new();
        denies.extend(self.egress.then_some("egress"));
        denies.extend(self.ingress.then_some("ingress"));
        Map::from([
            ("denies".to_owned(), denies.into()),
            ("closed_within".to_owned(), self.closed_within.into()),
            ("closed_to_dns".to_owned(), self.closed_to_dns.into()),
            ("shape".to_owned(), object::AS_MADE.into()),
        ])
    }

    /// As the API has it.
    fn spec(self) -> Json {
        let here = json!([{"podSelector": {}}]);
        let (mut types, mut ingress, mut egress) = (Vec::new(), Vec::new(), Vec::new());
        if self.ingress {
            types.push("Ingress");
            ingress.extend((!self.closed_within).then(|| json!({"from": here})));
        }
        if self.egress {
            types.push("Egress");
            egress.extend((!self.closed_within).then(|| json!({"to": here})));
            let ports = json!([{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]);
            egress.extend((!self.closed_to_dns).then(|| json!({"ports": ports})));
        }
        let mut spec = json!({"podSelector": {}, "policyTypes": types});
        if let Some(spec) = spec.as_object_mut() {
            for (name, rules) in [("ingress", ingress), ("egress", egress)] {
                if !rules.is_empty() {
                    spec.insert(name.to_owned(), Json::Array(rules));
                }
            }
        }
        spec
    }

    /// The fence that has this spec, if there is one.
    fn read(spec: &Json) -> Option<Self> {
        let bits = (0_u8..16).map(|bits| Self {
            ingress: bits & 1 != 0,
            egress: bits & 2 != 0,
            closed_within: bits & 4 != 0,
            closed_to_dns: bits & 8 != 0,
        });
        // Servers may show a list that is empty, or leave it out.
        let is_empty = |name: &str, value: &Json| {
            ["ingress", "egress"].contains(&name) && value.as_array().is_some_and(Vec::is_empty)
        };
        let mut spec = spec.clone();
        if let Some(members) = spec.as_object_mut() {
            members.retain(|name, value| !is_empty(name, value));
        }
        // Several fences may come to one spec (names are not looked up from outside): the most closed one stands for them.
        bits.filter(|fence| fence.spec() == spec).last()
    }
}

impl Form for NetworkPolicy {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resource(&self) -> &'static Resource {
        &NETWORK_POLICIES
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let mut wanted = Vec::new();
        for tenant in object::tenants(organization, scope) {
            let settings = organization.settings_of(tenant);
            let Some((written, origin)) = settings.get(FIELD) else { continue };
            let says = |list: &str, word: &str| {
                let list = written.get(list).and_then(Value::as_list).unwrap_or_default();
                list.iter().any(|item| item.as_text() == Some(word))
            };
            let asked = Fence {
                ingress: says("deny", "ingress"),
                egress: says("deny", "egress"),
                closed_within: !says("allow", "same-namespace"),
                closed_to_dns: !says("allow", "dns"),
            };
            // What makes no difference is written as it is read.
            let Some(fence) = Fence::read(&asked.spec()).filter(|_| asked.ingress || asked.egress) else { continue };
            let mut desired = object::in_tenant(organization, scope, tenant, KIND, NAME, str::to_owned);
            desired.origins = vec![(*origin).clone()];
            desired.attributes.extend(fence.attributes());
            wanted.push(desired);
        }
        wanted
    }

    fn held(&self, policy: &Json) -> Map {
        let spec = policy.get("spec").unwrap_or(&Json::Null);
        let types = spec.get("policyTypes").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        match Fence::read(spec) {
            Some(fence) => fence.attributes(),
            None => Map::from([
                ("denies".to_owned(), types.map(str::to_lowercase).collect::<Vec<_>>().into()),
                ("shape".to_owned(), object::ALTERED.into()),
            ]),
        }
    }

    fn whole(&self) -> Option<&'static str> {
        Some("spec")
    }

    fn name(&self, _ask: &Ask<'_>) -> Result<String, Error> {
        Ok(NAME.to_owned())
    }

    fn body(&self, ask: &Ask<'_>) -> Result<Json, Error> {
        let mut spec = Fence::of(ask.after).spec();
        // A list that is empty is said to be: who is silent about it leaves the holes that others made in it.
        for rules in ["ingress", "egress"] {
            object::merge_missing(&mut spec, rules, json!([]));
        }
        Ok(json!({"spec": spec}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_read_as_it_was_written() {
        for bits in 0_u8..16 {
            let fence = Fence {
                ingress: bits & 1 != 0,
                egress: bits & 2 != 0,
                closed_within: bits & 4 != 0,
                closed_to_dns: bits & 8 != 0,
            };
            let read = Fence::read(&fence.spec()).unwrap();
            assert_eq!(read.spec(), fence.spec());
            let mut shown = fence.spec();
            object::merge_missing(&mut shown, "ingress", json!([]));
            assert_eq!(Fence::read(&shown), Some(read), "a list that is empty is as good as none");
            assert_eq!(Fence::of(&read.attributes()), read);
        }
    }

    #[test]
    fn a_hole_of_somebody_else_is_seen() {
        let all = Fence { ingress: true, egress: true, closed_within: true, closed_to_dns: true };
        let mut spec = all.spec();
        spec["ingress"] = json!([{}]);
        let held = kind().0.held(&json!({"spec": spec}));
        assert_eq!(held["shape"], Value::text("altered"));
    }
}
