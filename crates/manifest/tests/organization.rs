//! What a sound folder means: names, addresses, tags, budgets, ids and native sections as they are resolved.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::path::Path;

use common::{file, folder, rendered, today, vocabulary};
use polity_manifest::{File, read};
use polity_model::{
    Value,
    organization::{Attached, Enforce, LifeState, Limit, Mode, Organization, Principal},
};

const BASE: &str = r#"
kind: organization
name: acme
version: polity/v1
brakes:
  removals: {policy: 3, "*": {max: 9, percent: 5}}
  people_losing_access: 4
tags: {env: {values: [dev, prod]}}
---
kind: platform
name: sky
type: nimbus
root_account: "123456"
tenant_email: "cloud+{tenant}@acme.example"
mode: adopt
---
kind: person
name: ada
given_name: Ada
family_name: Lovelace
email: ada@acme.example
id: u-1
---
kind: unit
name: all
owner: ada
tags: {cost: "1", env: dev}
---
kind: unit
name: pay
parent: all
tags: {cost: "2"}
---
kind: landing_zone
name: prod
title: Production
mode: own
settings: {nimbus: {encryption: true, regions: [south-1, north-1]}}
---
kind: role
name: developer
nimbus: {session: 1h30m, policies: [b, a], inline: rules/inline.json}
---
kind: project
name: checkout
unit: unit/pay
tags: {env: prod}
access: [{person: ada, role: developer, until: 2026-12-31, reason: on call}]
tenants:
  - {platform: sky, landing_zone: prod, budget: 99.50 USD}
  - {platform: sky, name: lab, tags: {cost: "3"}, email: lab@acme.example, budget: {monthly: 5 USD, alert_at: [100, 50]}}
  - {platform: sky, name: gone, state: retired, reason: sold, id: "777", renamed_from: [old]}
"#;

fn organization() -> Organization {
    let files = [file("all.yaml", BASE), file("rules/inline.json", r#"{"Allow": ["x"], "n": 1.5}"#)];
    let reading = read(&files, &vocabulary(), today());
    assert_eq!(rendered(&reading.diagnostics), "");
    reading.organization.unwrap()
}

#[test]
fn tenants_get_names_addresses_tags_and_recipients() {
    let organization = organization();
    let tenant = &organization.tenants["checkout-prod"];
    assert_eq!(tenant.email.as_deref(), Some("cloud+checkout-prod@acme.example"));
    assert_eq!(tenant.tags["env"], "prod");
    assert_eq!(tenant.tags["cost"], "2");
    let budget = tenant.budget.as_ref().unwrap();
    assert_eq!((budget.monthly.cents, budget.alert_at.as_slice()), (9950, [80, 100].as_slice()));
    assert_eq!(budget.notify, ["ada@acme.example"]);
    let lab = &organization.tenants["lab"];
    assert_eq!((lab.email.as_deref(), lab.tags["cost"].as_str()), (Some("lab@acme.example"), "3"));
    assert_eq!(lab.budget.as_ref().unwrap().alert_at, [50, 100]);
    let gone = &organization.tenants["gone"];
    assert_eq!(gone.state, LifeState::Retired { reason: "sold".to_owned() });
    assert_eq!((gone.id.as_deref(), gone.renamed_from.as_slice()), (Some("777"), ["old".to_owned()].as_slice()));
    assert_eq!(organization.projects["checkout"].tenants, ["checkout-prod", "lab", "gone"]);
}

#[test]
fn native_sections_are_canonical() {
    let organization = organization();
    let role = &organization.roles["developer"].native["nimbus"].value;
    assert_eq!(role.get("session"), Some(&Value::Int(5400)));
    assert_eq!(role.get("policies"), Some(&Value::from(vec!["a", "b"])));
    let inline = role.get("inline").unwrap();
    assert_eq!(inline.get("Allow"), Some(&Value::from(vec!["x"])));
    assert_eq!(inline.get("n"), Some(&Value::Decimal("1.5".to_owned())));
    let settings = organization.settings_of(&organization.tenants["checkout-prod"]);
    assert_eq!(settings["encryption"].0, &Value::Bool(true));
    assert_eq!(settings["regions"].0, &Value::from(vec!["north-1", "south-1"]));
    assert_eq!(settings["encryption"].1.to_string(), "all.yaml:38");
}

#[test]
fn the_rest_of_the_organization_is_there() {
    let organization = organization();
    assert_eq!(organization.people["ada"].ids["sky"], "u-1");
    assert_eq!(organization.people["ada"].display_name, "Ada Lovelace");
    assert_eq!(organization.mode_at("sky", Some("prod")), Mode::Own);
    assert_eq!(organization.mode_at("sky", None), Mode::Adopt);
    assert_eq!(organization.brakes.removals["policy"], Limit { max: Some(3), percent: None });
    assert_eq!(organization.brakes.removals["*"], Limit { max: Some(9), percent: Some(5) });
    assert_eq!(organization.brakes.people_losing_access.max, Some(4));
    assert_eq!(organization.platforms["sky"].native.get("root_account"), Some(&Value::text("123456")));
    let access = &organization.projects["checkout"].access[0];
    assert_eq!(access.principal, Principal::Person("ada".to_owned()));
    assert_eq!(
        (access.reason.as_deref(), access.until.unwrap().to_string()),
        (Some("on call"), "2026-12-31".to_owned())
    );
    assert_eq!((access.origin.line, access.origin.column), (48, 10));
}

#[test]
fn the_digest_follows_the_bytes() {
    let read = |text: &str| read(&[file("a.yaml", text)], &vocabulary(), today()).digest;
    assert_eq!(read("a: 1"), read("a: 1"));
    assert_ne!(read("a: 1"), read("a: 2"));
}

#[test]
fn controls_and_exemptions_keep_their_places() {
    let mut files = vec![file("all.yaml", BASE), file("rules/inline.json", "{}")];
    files.push(file(
        "zones.yaml",
        "kind: landing_zone\nname: fresh\ncontrols:\n  - storage-private\n  - {control: credential-age, enforce: audit, \
         max_days: 30}\n  - {baseline: standard, regions: [north-1]}\n",
    ));
    files.push(file("own.yaml", "kind: control\nname: own\nstatement: x\n"));
    files.push(file(
        "exemption.yaml",
        "kind: exemption\nname: page\ncontrols: [storage-private]\nlanding_zones: [prod]\nresources: ['page-*']\n\
         owner: person/ada\nreason: public by design\nuntil: 2026-12-31\n",
    ));
    let reading = read(&files, &vocabulary(), today());
    assert_eq!(rendered(&reading.diagnostics), "");
    let organization = reading.organization.unwrap();
    let [plain, with, baseline] = organization.landing_zones["fresh"].controls.as_slice() else { panic!() };
    assert_eq!((plain.what.named().name.as_str(), plain.enforce, plain.origin.line), ("storage-private", None, 4));
    assert_eq!((with.enforce, with.params.value().get("max_days")), (Some(Enforce::Audit), Some(&Value::Int(30))));
    assert_eq!(with.params.get("max_days").unwrap().value.origin.to_string(), "zones.yaml:5");
    assert!(matches!(&baseline.what, Attached::Baseline(named) if named.name == "standard"));
    let own = &organization.control_documents[0];
    assert_eq!(own.value().get("name"), Some(&Value::text("own")));
    assert_eq!(own.get("statement").unwrap().value.origin.to_string(), "own.yaml:3");
    let page = &organization.exemptions["page"];
    assert_eq!((page.owner.name.as_str(), page.until.to_string().as_str()), ("ada", "2026-12-31"));
    let (shop, lab) = (&organization.tenants["checkout-prod"], &organization.tenants["lab"]);
    assert!(page.reaches(&organization, shop) && !page.reaches(&organization, lab));
    assert!(page.names_resource("page-1") && !page.names_resource("other"));
    assert_eq!(organization.controls_on(shop), []);
}

#[test]
fn a_quota_is_the_nearest_line_of_each_item() {
    let case = |name: &str| folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name));
    let files: Vec<File> = case("base").into_iter().chain(case("quota")).collect();
    let reading = read(&files, &vocabulary(), today());
    let organization = reading.organization.unwrap();
    let amounts = |name: &str| -> Vec<(&str, i64)> {
        let quota = organization.tenants[name].quota.iter();
        quota.flat_map(|quota| quota.iter()).map(|(item, amount)| (item.name(), amount)).collect()
    };
    assert_eq!(amounts("shop-small"), [("cpu", 500), ("memory", 65_536), ("pods", 10)]);
    assert_eq!(
        amounts("shop-large"),
        [("cpu", 8000), ("memory", 65_536), ("storage", 2 << 20), ("volumes", 0), ("pods", 10)]
    );
    assert_eq!(organization.tenants["shop-free"].quota, None);
    let lines = |name: &str| -> Vec<u32> {
        organization.tenants[name]
            .quota
            .iter()
            .flat_map(|quota| quota.ceilings.values())
            .map(|one| one.origin.line)
            .collect()
    };
    assert_eq!(lines("shop-large"), [18, 3, 18, 18, 8], "each keeps the place where it is written");
}
