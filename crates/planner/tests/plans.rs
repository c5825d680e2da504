//! A dozen telling plans, whole, as a saved plan file shows them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // these are tests

mod nimbus;

use std::collections::BTreeMap;

use nimbus::*;
use polity_model::{
    Value,
    inventory::Gap,
    limit::{Limit, Measure},
    organization::{BreakGlass, Limit as Bound, Mode},
    resource::Mark,
};

fn company(mode: Mode) -> Asking {
    let mut asking = Asking::new(mode);
    asking.zone("prod", None);
    asking.tenant("shop", Some("prod"));
    asking.lock("shop", true);
    asking.person("ada");
    asking.team("dev", &["ada"]);
    asking.role("admin", &["all"]);
    asking.access(("team", "dev"), "admin", "shop");
    asking.fence("deny-x", "hard", &["x"]);
    asking.attach("deny-x", "zone:prod");
    asking
}

fn without(mut asking: Asking, kind: &str, name: &str) -> Asking {
    asking.all.retain(|desired| desired.address != at(kind, name));
    asking
}

#[test]
fn from_nothing() {
    insta::assert_json_snapshot!(Case::new(company(Mode::Observe).all, &Nimbus::new()).plan());
}

#[test]
fn nothing_to_do() {
    let cloud = grown(&company(Mode::Observe));
    insta::assert_json_snapshot!(Case::new(company(Mode::Observe).all, &cloud).plan());
}

#[test]
fn tampered_by_hand() {
    let mut cloud = grown(&company(Mode::Observe));
    let loosened = Value::text(r#"{"Statement": []}"#);
    cloud.object("fence", "deny-x").attributes.insert("document".into(), loosened);
    cloud.object("tenant", "shop").attributes.insert("parent".into(), "top-0".into());
    let gone = ("access".to_owned(), cloud.id("access", "team:dev/admin@shop"));
    cloud.objects.remove(&gone);
    insta::assert_json_snapshot!(Case::new(company(Mode::Observe).all, &cloud).plan());
}

#[test]
fn taken_over() {
    let mut cloud = Nimbus::new();
    cloud.put("zone", "z-1", &[("name", "prod".into()), ("parent", "top-0".into())]);
    cloud.put("person", "p-1", &[("login", "ada".into()), ("shown", "Ada L.".into())]);
    cloud.put("role", "r-1", &[("title", "admin".into()), ("abilities", Value::from(vec!["all"]))]);
    insta::assert_json_snapshot!(Case::new(company(Mode::Adopt).all, &cloud).plan());
}

#[test]
fn only_watched() {
    let mut cloud = Nimbus::new();
    cloud.put("zone", "z-1", &[("name", "prod".into()), ("parent", "top-0".into())]);
    cloud.put("fence", "f-1", &[("title", "vendors".into())]).vendor = Some("managed by nimbus".into());
    cloud.put("team", "t-1", &[("title", "dev".into())]).mark =
        Some(Mark { organization: "rival".into(), address: at("team", "dev") });
    cloud.put("budget", "b-1", &[("name", "theirs".into())]);
    insta::assert_json_snapshot!(Case::new(company(Mode::Observe).all, &cloud).plan());
}

#[test]
fn renamed() {
    let cloud = grown(&company(Mode::Observe));
    let mut asking = without(company(Mode::Observe), "role", "admin");
    let mut role = asking.role("operator", &["all"]).clone();
    role.attributes.insert("title".into(), "admin".into());
    role.renamed_from = vec![at("role", "admin")];
    *asking.all.last_mut().unwrap() = role;
    asking.all.retain(|desired| desired.address.kind != "access");
    asking.access(("team", "dev"), "operator", "shop").renamed_from = vec![at("access", "team:dev/admin@shop")];
    insta::assert_json_snapshot!(Case::new(asking.all, &cloud).plan());
}

#[test]
fn replaced() {
    let cloud = grown(&company(Mode::Observe));
    let mut asking = without(company(Mode::Observe), "fence", "deny-x");
    asking.fence("deny-x", "soft", &["x", "y"]);
    insta::assert_json_snapshot!(Case::new(asking.all, &cloud).plan());
}

#[test]
fn retired() {
    let cloud = grown(&company(Mode::Observe));
    let mut asking = without(company(Mode::Observe), "access", "team:dev/admin@shop");
    asking = without(asking, "lock", "shop");
    asking.all.iter_mut().find(|desired| desired.address.name == "shop").unwrap().retired = Some("sold".into());
    let mut case = Case::new(asking.all, &cloud);
    case.organization.brakes.tenants_retired = Bound { max: Some(0), percent: None };
    insta::assert_json_snapshot!(case.plan());
}

#[test]
fn text_removed() {
    let cloud = grown(&company(Mode::Observe));
    let asking = without(without(company(Mode::Observe), "team", "dev"), "access", "team:dev/admin@shop");
    let asking = without(asking, "membership", "ada@dev");
    let mut case = Case::new(asking.all, &cloud);
    let origin = polity_model::Origin::file("org.yaml");
    case.organization.break_glass = Some(BreakGlass { person: "ada".into(), role: "admin".into(), origin });
    case.organization.brakes.minimum_admins = 1;
    insta::assert_json_snapshot!(case.plan());
}

#[test]
fn over_a_limit() {
    let cloud = grown(&company(Mode::Observe));
    let mut asking = company(Mode::Observe);
    asking.fence("deny-y", "hard", &["y"]);
    asking.attach("deny-y", "zone:prod");
    let mut case = Case::new(asking.all, &cloud);
    case.limits = vec![Limit {
        platform: PLATFORM.into(),
        kind: "attachment".into(),
        only: None,
        measure: Measure::CountPer("target".into()),
        max: 1,
        what: "hard fences per target".into(),
        source: "https://nimbus.example/limits".into(),
    }];
    insta::assert_json_snapshot!(case.plan());
}

#[test]
fn across_a_gap() {
    let cloud = grown(&company(Mode::Observe));
    let mut asking = without(company(Mode::Observe), "attachment", "deny-x@zone:prod");
    asking.person("bob");
    let mut case = Case::new(asking.all, &cloud);
    for kind in ["attachment", "person"] {
        case.inventory.resources.retain(|object| object.kind != "person");
        case.inventory.gaps.push(Gap {
            scope: PLATFORM.into(),
            kind: Some(kind.into()),
            reason: "access denied".into(),
            permission: Some(format!("nimbus:List{kind}s")),
            help: Some("grant it to the reading role".into()),
        });
    }
    insta::assert_json_snapshot!(case.plan());
}

#[test]
fn role_widened() {
    let cloud = grown(&company(Mode::Observe));
    let mut asking = without(company(Mode::Observe), "role", "admin");
    asking.role("admin", &["all", "more"]);
    insta::assert_json_snapshot!(Case::new(asking.all, &cloud).plan());
}

#[test]
fn owned_and_cleaned() {
    let mut cloud = grown(&company(Mode::Own));
    let (zone, role, shop) = (cloud.id("zone", "prod"), cloud.id("role", "admin"), cloud.id("tenant", "shop"));
    cloud.put("person", "eve", &[("login", "eve".into())]);
    cloud.put("access", "a-1", &[("principal", "eve".into()), ("role", role.into()), ("place", shop.into())]);
    cloud.put("fence", "f-1", &[("title", "theirs".into())]);
    cloud.put("attachment", "at-1", &[("fence", "f-1".into()), ("target", zone.into())]);
    let mut case = Case::new(company(Mode::Own).all, &cloud);
    case.organization.brakes.removals = BTreeMap::from([("access".to_owned(), Bound { max: Some(0), percent: None })]);
    insta::assert_json_snapshot!(case.plan());
}
