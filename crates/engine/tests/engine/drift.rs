//! What differs, told apart by why, and who did it.

use polity_engine::{Drift, Exit, Past, drift};
use polity_model::{
    Value,
    organization::Mode,
    plan::{Action, Notice},
};
use polity_provider::Problem;

use crate::support::{Fault, House, at, binding, house::clean, map, member, rule, small, zone};

async fn look(house: &House) -> Drift {
    let past = Past::of(&house.journal).unwrap();
    drift(&house.ground(), &past, &house.seen).await.unwrap()
}

async fn settled() -> House {
    let house = House::new(small());
    clean(&house.apply().await.unwrap());
    house
}

#[tokio::test]
async fn nothing_differs() {
    let house = settled().await;
    let drift = look(&house).await;
    assert_eq!(drift.exit(), Exit::Done);
    assert!(drift.drifted.is_empty() && drift.unapplied.is_empty() && drift.foreign.is_empty());
}

#[tokio::test]
async fn a_change_in_the_cloud_is_drift_and_has_an_actor() {
    let house = settled().await;
    house.world.tamper("rule", "walls", |rule| {
        rule.attributes.insert("body".to_owned(), "yes".into());
    });
    let drift = look(&house).await;
    assert_eq!(drift.exit(), Exit::Changes);
    let [drifted] = &drift.drifted[..] else { panic!("{:#?}", drift.drifted) };
    assert_eq!((&drifted.change.address, drifted.change.action), (&at("rule", "walls"), Action::Update));
    let by = drifted.by.as_ref().unwrap();
    assert_eq!(by.actor, "mallory");
    assert_eq!(by.event, format!("event of {}", house.world.one("rule", "walls").id));
    assert!(drift.unapplied.is_empty());
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.one("rule", "walls").attributes["body"], Value::text("no"));
}

#[tokio::test]
async fn what_somebody_ended_is_drift_and_is_looked_up_by_what_the_journal_remembers() {
    let house = settled().await;
    let id = house.world.one("member", "ada").id;
    house.world.vanish("member", "ada");
    let drift = look(&house).await;
    let [drifted] = &drift.drifted[..] else { panic!("{:#?}", drift.drifted) };
    assert_eq!((&drifted.change.address, drifted.change.action), (&at("member", "ada"), Action::Create));
    assert_eq!(drifted.by.as_ref().unwrap().event, format!("event of {id}"));
}

/// Somebody binds a rule of ours to a zone of ours.
fn bind_by_hand(house: &House) {
    let (rule, zone) = (house.world.one("rule", "walls").id, house.world.one("zone", "inner").id);
    house.world.plant("nimbus", "rule-binding", map([("rule", rule.into()), ("target", zone.into())]), None);
}

#[tokio::test]
async fn what_somebody_attached_where_we_own_is_drift() {
    let house = settled().await;
    bind_by_hand(&house);
    let mut owned = small();
    owned.iter_mut().for_each(|desired| desired.mode = Mode::Own);
    house.ask_for(owned);
    let drift = look(&house).await;
    let [drifted] = &drift.drifted[..] else { panic!("{:#?}", drift.drifted) };
    assert_eq!(drifted.change.action, Action::Delete);
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.of("rule-binding").len(), 2);
}

#[tokio::test]
async fn what_somebody_attached_where_we_only_adopt_is_foreign() {
    let house = settled().await;
    bind_by_hand(&house);
    let drift = look(&house).await;
    assert_eq!(drift.exit(), Exit::Done);
    assert!(matches!(&drift.foreign[..], [Notice::Foreign { kind, .. }] if kind == "rule-binding"));
}

#[tokio::test]
async fn a_change_of_the_manifest_is_unapplied() {
    let house = settled().await;
    let mut all: Vec<_> = small().into_iter().filter(|desired| desired.address.kind != "rule").collect();
    all.push(rule("walls", "never"));
    all.push(binding("walls", "zone", "inner"));
    house.ask_for(all);
    let drift = look(&house).await;
    assert!(drift.drifted.is_empty(), "{:#?}", drift.drifted);
    let unapplied: Vec<String> = drift.unapplied.iter().map(|change| change.address.to_string()).collect();
    assert_eq!(unapplied, ["nimbus/rule-binding/walls@inner", "nimbus/rule/walls"]);
}

#[tokio::test]
async fn what_is_foreign_and_what_is_the_vendors_are_told_apart() {
    let house = settled().await;
    house.world.plant("nimbus", "zone", map([("name", "theirs".into()), ("parent", "top".into())]), None);
    house.world.plant("nimbus", "rule", map([("name", "built-in".into()), ("body", "ok".into())]), None);
    house.world.tamper("rule", "built-in", |rule| rule.vendor = Some("managed by nimbus".to_owned()));
    let drift = look(&house).await;
    assert_eq!(drift.exit(), Exit::Done);
    assert!(matches!(&drift.foreign[..], [Notice::Foreign { name, .. }] if name == "theirs"), "{:?}", drift.foreign);
    assert!(matches!(&drift.vendor[..], [Notice::Vendor { name, .. }] if name == "built-in"), "{:?}", drift.vendor);
}

#[tokio::test]
async fn an_audit_trail_that_cannot_be_read_is_said() {
    let house = settled().await;
    house.world.fault(Fault::always("who", "rule", Problem::Denied));
    house.world.tamper("rule", "walls", |rule| {
        rule.attributes.insert("body".to_owned(), "yes".into());
    });
    let drift = look(&house).await;
    assert_eq!(drift.drifted[0].by, None);
    assert!(drift.drifted[0].unattributed.as_deref().unwrap().contains("was denied"));
}

#[tokio::test]
async fn after_the_journal_is_lost_everything_is_found_again() {
    let house = settled().await;
    let plan = polity_engine::plan(&house.ground(), &Past::default(), &house.seen).await.unwrap().plan;
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    house.ask_for(vec![zone("prod", None), member("ada")]);
    let plan = polity_engine::plan(&house.ground(), &Past::default(), &house.seen).await.unwrap().plan;
    // What carries no mark and hangs on nothing that does cannot be proved to be ours.
    assert!(plan.changes.iter().all(|change| change.address.kind != "shield"), "{:#?}", plan.changes);
}
