//! What the manifest asks for, in few words.

use std::collections::BTreeMap;

use polity_model::{
    Address, Map, Origin, Value,
    organization::{Brakes, Limit, Mode, Organization},
    resource::Desired,
    units::Date,
};

use super::schemas;

/// An address on nimbus.
pub fn at(kind: &str, name: &str) -> Address {
    Address::new("nimbus", kind, name)
}

/// Attributes.
pub fn map<const N: usize>(entries: [(&str, Value); N]) -> Map {
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A reference to the id of something.
pub fn id(kind: &str, name: &str) -> Value {
    Value::id_of(at(kind, name))
}

/// A desired resource that is keyed by its attributes.
pub fn desired(kind: &str, name: &str, scope: &str, attributes: Map) -> Desired {
    let mut desired = Desired::new(at(kind, name), scope, &Origin::file("nimbus.yaml"));
    desired.keys = schemas::keys(kind, &attributes);
    desired.attributes = attributes;
    desired.mode = Mode::Adopt;
    if kind == "cell" {
        desired.group.tenant = Some(name.to_owned());
    }
    desired
}

pub fn zone(name: &str, parent: Option<&str>) -> Desired {
    let parent = parent.map_or(Value::text("top"), |parent| id("zone", parent));
    desired("zone", name, "nimbus", map([("name", name.into()), ("parent", parent)]))
}

pub fn cell(name: &str, within: &str) -> Desired {
    let mail = format!("{name}@nimbus.example");
    let attributes = map([("name", name.into()), ("mail", mail.into()), ("zone", id("zone", within))]);
    desired("cell", name, "nimbus", attributes)
}

pub fn member(name: &str) -> Desired {
    desired("member", name, "nimbus", map([("name", name.into()), ("title", name.to_uppercase().into())]))
}

pub fn rule(name: &str, body: &str) -> Desired {
    desired("rule", name, "nimbus", map([("name", name.into()), ("body", body.into())]))
}

pub fn binding(rule: &str, kind: &str, target: &str) -> Desired {
    let attributes = map([("rule", id("rule", rule)), ("target", id(kind, target))]);
    desired("rule-binding", &format!("{rule}@{target}"), "nimbus", attributes)
}

pub fn shield(cell: &str, raised: bool) -> Desired {
    desired("shield", cell, &format!("nimbus/{cell}"), map([("raised", raised.into())]))
}

/// What is asked of nimbus, asked of another platform instead. It must point at nothing.
pub fn elsewhere(platform: &str, mut desired: Desired) -> Desired {
    desired.address.platform = platform.to_owned();
    desired.scope = desired.scope.replacen("nimbus", platform, 1);
    desired
}

/// An organization whose brakes are loose; what it asks for stands in the world.
pub fn organization(name: &str) -> Organization {
    let loose = Limit { max: Some(1000), percent: None };
    let brakes = Brakes {
        removals: BTreeMap::from([("*".to_owned(), loose)]),
        people_losing_access: loose,
        guardrails_removed: loose,
        tenants_retired: loose,
        minimum_admins: 0,
        origin: None,
    };
    Organization {
        name: name.to_owned(),
        title: None,
        origin: Origin::file("nimbus.yaml"),
        today: Date::constant(2026, 11, 22),
        tag_rules: BTreeMap::new(),
        brakes,
        break_glass: None,
        access: Vec::new(),
        guardrails: Vec::new(),
        controls: Vec::new(),
        settings: BTreeMap::new(),
        units: BTreeMap::new(),
        people: BTreeMap::new(),
        teams: BTreeMap::new(),
        workloads: BTreeMap::new(),
        roles: BTreeMap::new(),
        platforms: BTreeMap::new(),
        landing_zones: BTreeMap::new(),
        guardrail_documents: BTreeMap::new(),
        control_documents: Vec::new(),
        exemptions: BTreeMap::new(),
        projects: BTreeMap::new(),
        tenants: BTreeMap::new(),
    }
}

/// A small organization with something of every kind.
pub fn small() -> Vec<Desired> {
    vec![
        zone("prod", None),
        zone("inner", Some("prod")),
        cell("shop", "inner"),
        member("ada"),
        rule("walls", "no"),
        binding("walls", "zone", "prod"),
        binding("walls", "cell", "shop"),
        shield("shop", true),
    ]
}
