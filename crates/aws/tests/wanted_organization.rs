//! What a manifest asks for on the level of the AWS organization, as a page to read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so and stops"
)]

use std::collections::BTreeMap;

use polity_model::{
    Origin, Value,
    organization::{
        Brakes, Budget, Guardrail, LandingZone, LifeState, Mode, Named, NativeSection, Organization, Platform, Project,
        Tenant,
    },
    resource::{Desired, Scope},
    units::Date,
};
use serde_json::{Value as Json, json};

fn origin() -> Origin {
    Origin::file("acme.yaml")
}

fn named(name: &str) -> Named {
    Named { name: name.to_owned(), origin: origin() }
}

fn native(value: Json) -> BTreeMap<String, NativeSection> {
    BTreeMap::from([("aws".to_owned(), NativeSection { value: Value::from_json(&value), origin: origin() })])
}

fn platform(name: &str, kind: &str, native: Json) -> Platform {
    Platform {
        name: name.to_owned(),
        kind: kind.to_owned(),
        mode: Mode::Adopt,
        native: Value::from_json(&native),
        origin: origin(),
    }
}

fn zone(name: &str, parent: Option<&str>) -> LandingZone {
    LandingZone {
        name: name.to_owned(),
        title: None,
        parent: parent.map(named),
        platforms: Vec::new(),
        mode: None,
        guardrails: Vec::new(),
        controls: Vec::new(),
        settings: BTreeMap::new(),
        quota: None,
        access: Vec::new(),
        tags: BTreeMap::new(),
        state: LifeState::Active,
        ids: BTreeMap::new(),
        renamed_from: Vec::new(),
        origin: origin(),
    }
}

fn tenant(name: &str, zone: Option<&str>) -> Tenant {
    Tenant {
        name: name.to_owned(),
        title: None,
        project: "shop".to_owned(),
        platform: named("aws"),
        landing_zone: zone.map(named),
        email: Some(format!("AWS+{name}@acme.example")),
        tags: BTreeMap::from([("env".to_owned(), "prod".to_owned())]),
        budget: None,
        quota: None,
        access: Vec::new(),
        guardrails: Vec::new(),
        controls: Vec::new(),
        settings: BTreeMap::new(),
        state: LifeState::Active,
        id: None,
        renamed_from: Vec::new(),
        origin: origin(),
    }
}

fn guardrail(name: &str, kind: &str) -> Guardrail {
    Guardrail {
        name: name.to_owned(),
        title: None,
        description: Some(format!("what {name} prevents")),
        controls: Vec::new(),
        native: native(json!({"type": kind, "document": {"Version": "2012-10-17"}})),
        state: LifeState::Active,
        ids: BTreeMap::new(),
        renamed_from: Vec::new(),
        origin: origin(),
    }
}

fn by_name<T>(items: impl IntoIterator<Item = T>, name: impl Fn(&T) -> &str) -> BTreeMap<String, T> {
    items.into_iter().map(|item| (name(&item).to_owned(), item)).collect()
}

fn acme() -> Organization {
    let aws = json!({
        "management_account": "123456789012",
        "assume_role": "PolityAccess",
        "quarantine": "quarantine",
        "trusted_access": ["guardduty.amazonaws.com"],
        "delegated_administrators": [
            {"service": "guardduty.amazonaws.com", "tenant": "audit"},
            {"service": "config.amazonaws.com", "tenant": "audit"},
        ],
    });
    let platforms = [platform("aws", "aws", aws), platform("sky", "nimbus", json!({}))];
    let mut prod = zone("prod", Some("elsewhere"));
    prod.title = Some("Production".to_owned());
    prod.guardrails = vec![named("no-leaving"), named("retired-one"), named("only-elsewhere")];
    prod.renamed_from = vec!["live".to_owned()];
    prod.mode = Some(Mode::Own);
    prod.tags = BTreeMap::from([("stage".to_owned(), "prod".to_owned())]);
    let mut elsewhere = zone("elsewhere", Some("workloads"));
    elsewhere.platforms = vec![named("sky")];
    let mut old = zone("old", None);
    old.state = LifeState::Retired { reason: "empty for a year".to_owned() };
    old.ids = BTreeMap::from([("aws".to_owned(), "ou-exam-old00001".to_owned())]);
    old.guardrails = vec![named("no-leaving")];
    let zones = [prod, elsewhere, old, zone("workloads", None), zone("quarantine", None)];
    let mut retired = guardrail("retired-one", "tag");
    retired.state = LifeState::Retired { reason: "replaced".to_owned() };
    let mut elsewhere = guardrail("only-elsewhere", "tag");
    elsewhere.native = BTreeMap::new();
    let mut backups = guardrail("backups", "backup");
    backups.ids = BTreeMap::from([("aws".to_owned(), "p-backups0001".to_owned())]);
    backups.renamed_from = vec!["nightly".to_owned()];
    let guardrails = [guardrail("no-leaving", "service-control"), retired, elsewhere, backups];
    Organization {
        name: "acme".to_owned(),
        title: None,
        origin: origin(),
        today: Date::constant(2026, 11, 22),
        tag_rules: BTreeMap::new(),
        brakes: Brakes::default(),
        break_glass: None,
        access: Vec::new(),
        guardrails: vec![named("backups")],
        controls: Vec::new(),
        settings: native(json!({"alternate_contacts": {"security": {
            "name": "Ada", "title": "Head of security", "email": "ada@acme.example", "phone": "+49 30 1"}}})),
        units: BTreeMap::new(),
        people: BTreeMap::new(),
        teams: BTreeMap::new(),
        workloads: BTreeMap::new(),
        roles: BTreeMap::new(),
        platforms: by_name(platforms, |one| &one.name),
        landing_zones: by_name(zones, |one| &one.name),
        guardrail_documents: by_name(guardrails, |one| &one.name),
        control_documents: Vec::new(),
        exemptions: BTreeMap::new(),
        projects: by_name([project()], |one| &one.name),
        tenants: by_name(tenants(), |one| &one.name),
    }
}

fn project() -> Project {
    Project {
        name: "shop".to_owned(),
        title: None,
        unit: named("sales"),
        tags: BTreeMap::new(),
        access: Vec::new(),
        controls: Vec::new(),
        settings: BTreeMap::new(),
        tenants: Vec::new(),
        origin: origin(),
    }
}

fn tenants() -> Vec<Tenant> {
    let mut shop = tenant("shop", Some("prod"));
    shop.renamed_from = vec!["store".to_owned()];
    shop.guardrails = vec![named("backups")];
    shop.budget = Some(Budget {
        monthly: "5000.50 USD".parse().unwrap(),
        alert_at: vec![80, 100],
        notify: vec!["ada@acme.example".to_owned()],
        origin: origin(),
    });
    let mut silent = tenant("silent", Some("workloads"));
    silent.budget = Some(Budget { notify: Vec::new(), ..shop.budget.clone().unwrap() });
    let mut payer = tenant("payer", None);
    payer.id = Some("123456789012".to_owned());
    let mut leaky = tenant("leaky", Some("prod"));
    leaky.state = LifeState::Quarantined { reason: "keys on the loose".to_owned() };
    let mut gone = tenant("gone", Some("prod"));
    gone.state = LifeState::Retired { reason: "project ended".to_owned() };
    gone.guardrails = vec![named("backups")];
    gone.budget.clone_from(&shop.budget);
    let mut elsewhere = tenant("elsewhere", Some("prod"));
    elsewhere.platform = named("sky");
    vec![shop, silent, payer, leaky, gone, elsewhere, tenant("audit", Some("workloads"))]
}

fn scope(platform: &str, level: &str) -> Scope {
    let (name, platform, level) = (platform.to_owned(), platform.to_owned(), level.to_owned());
    Scope { name, platform, level, tenant: None, entry: None }
}

fn wanted(organization: &Organization, scope: &Scope, kind: &str) -> Vec<Desired> {
    let kinds = polity_aws::kinds::all();
    let kind = kinds.iter().find(|one| one.schema().kind == kind).expect("a kind of this name");
    kind.wanted(organization, scope)
}

fn page(kind: &str) -> String {
    let mut lines = Vec::new();
    for one in wanted(&acme(), &scope("aws", "organization"), kind) {
        lines.push(format!("{} ({:?})", one.address, one.mode));
        lines.extend(one.attributes.iter().map(|(name, value)| format!("    {name}: {}", shown(value))));
        lines.extend(one.keys.iter().map(|key| format!("    key {}: {}", key.name, shown(&key.value))));
        lines.extend(one.adopt.iter().map(|id| format!("    adopts {id}")));
        lines.extend(one.renamed_from.iter().map(|old| format!("    was {old}")));
        lines.extend(one.retired.iter().map(|reason| format!("    retired: {reason}")));
        lines.extend(one.needs.iter().map(|needed| format!("    needs {needed}")));
        let group = [one.group.landing_zone, one.group.project, one.group.tenant];
        lines.push(format!("    shown in {}", group.map(|part| part.unwrap_or("-".to_owned())).join(" / ")));
    }
    lines.join("\n")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Reference(reference) => format!("-> {} {}", reference.address, reference.attribute),
        Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        other => other.to_json().to_string(),
    }
}

#[test]
fn each_kind_asks_for_what_the_manifest_says() {
    for kind in [
        "organization",
        "policy-type",
        "trusted-access",
        "organizational-unit",
        "account",
        "alternate-contact",
        "delegated-administrator",
        "policy",
        "policy-attachment",
        "budget",
    ] {
        insta::assert_snapshot!(kind, page(kind));
    }
}

#[test]
fn other_platforms_and_other_levels_ask_for_nothing() {
    let organization = acme();
    for kind in polity_aws::kinds::all() {
        for scope in [scope("sky", "organization"), scope("unknown", "organization"), scope("aws", "elsewhere")] {
            assert!(kind.wanted(&organization, &scope).is_empty(), "{} in {}", kind.schema().kind, scope.name);
        }
    }
}

#[test]
fn every_reference_points_at_something_that_is_wanted_too() {
    let organization = acme();
    let scope = scope("aws", "organization");
    let all: Vec<Desired> =
        polity_aws::kinds::all().iter().flat_map(|kind| kind.wanted(&organization, &scope)).collect();
    for one in &all {
        let mut ends = one.needs.clone();
        let values = one.attributes.values().chain(one.keys.iter().map(|key| &key.value));
        values.for_each(|value| value.references(&mut |reference| ends.push(reference.address.clone())));
        for end in ends {
            assert!(all.iter().any(|other| other.address == end), "{} points at {end}", one.address);
        }
    }
}

#[test]
fn the_attributes_asked_for_are_those_of_the_schema() {
    let organization = acme();
    for kind in polity_aws::kinds::all() {
        for one in kind.wanted(&organization, &scope("aws", "organization")) {
            for name in one.attributes.keys() {
                assert!(kind.schema().attribute(name).is_some(), "`{name}` of {}", one.address);
            }
        }
    }
}
