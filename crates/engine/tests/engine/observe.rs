//! What is read, in which order, and what becomes of what cannot be read.

use polity_engine::{Error, Observation, Reach, observe};
use polity_model::{journal::LastApplied, resource::Desired};
use polity_provider::Problem;

use crate::support::{Fault, House, at, cell, house::clean, member, rule, shield, small, zone};

async fn read(house: &House, reach: Reach) -> Observation {
    let last = house.journal.last_applied().unwrap();
    observe(&house.ground(), &last, reach, &house.seen).await.unwrap()
}

#[tokio::test]
async fn an_unborn_scope_is_known_and_empty() {
    let house = House::new(small());
    let observation = read(&house, Reach::Asked).await;
    let scopes: Vec<_> =
        observation.inventory.scopes.iter().map(|scope| (scope.name.as_str(), scope.entry.is_some())).collect();
    assert_eq!(scopes, [("nimbus", true), ("nimbus/shop", false)]);
    assert_eq!(observation.inventory.gaps, []);
    assert_eq!(observation.desired.len(), 8);
    assert!(observation.known.is_empty());
}

#[tokio::test]
async fn scopes_within_tenants_are_read_once_their_ids_are_known() {
    let house = House::new(small());
    clean(&house.apply().await.unwrap());
    let observation = read(&house, Reach::Asked).await;
    assert_eq!(observation.known.len(), 8);
    let shield = observation.inventory.resources.iter().find(|object| object.kind == "shield").unwrap();
    assert_eq!(shield.scope, "nimbus/shop");
    assert_eq!(observation.identities["nimbus"].organization, "n-1");
    assert!(house.seen.has("ScopeDone { scope: \"nimbus/shop\" }"));
}

#[tokio::test]
async fn a_kind_that_cannot_be_read_is_a_gap_and_the_others_are_read() {
    let house = House::new(small());
    clean(&house.apply().await.unwrap());
    house.world.fault(Fault::always("present", "rule", Problem::Denied));
    let observation = read(&house, Reach::Asked).await;
    let [gap] = &observation.inventory.gaps[..] else { panic!("{:?}", observation.inventory.gaps) };
    assert_eq!((gap.scope.as_str(), gap.kind.as_deref()), ("nimbus", Some("rule")));
    assert_eq!(gap.permission.as_deref(), Some("nimbus:present:rule"));
    assert!(gap.reason.starts_with("`nimbus:present` was denied"));
    assert_eq!(observation.inventory.resources.iter().filter(|object| object.kind == "member").count(), 1);
}

#[tokio::test]
async fn a_scope_that_lets_nobody_in_is_a_gap_as_a_whole() {
    let house = House::new(small());
    clean(&house.apply().await.unwrap());
    house.world.fault(Fault::always("reader", "nimbus/shop", Problem::Credentials));
    let observation = read(&house, Reach::Asked).await;
    let [gap] = &observation.inventory.gaps[..] else { panic!("{:?}", observation.inventory.gaps) };
    assert_eq!((gap.scope.as_str(), gap.kind.as_deref()), ("nimbus/shop", None));
    assert!(house.plan().await.is_empty(), "nothing in it is made or ended");
}

#[tokio::test]
async fn a_platform_that_cannot_be_identified_is_an_error_when_it_is_the_only_one() {
    let house = House::new(small());
    house.world.fault(Fault::always("identify", "nimbus", Problem::Credentials));
    let failed = observe(&house.ground(), &LastApplied::new(), Reach::Asked, &house.seen).await;
    assert!(matches!(failed, Err(Error::Provider(error)) if error.is(Problem::Credentials)));
}

#[tokio::test]
async fn what_an_endpoint_does_not_know_matters_only_where_it_is_asked_for() {
    let house = House::new(vec![member("ada")]);
    house.world.fault(Fault::always("present", "rule", Problem::Unsupported));
    let observation = read(&house, Reach::Asked).await;
    assert_eq!(observation.inventory.gaps, []);
    assert!(observation.notes[0].starts_with("`rule` in `nimbus` was not read, and nothing asks for it"));
    house.ask_for(vec![member("ada"), rule("walls", "no")]);
    let observation = read(&house, Reach::Asked).await;
    assert_eq!(observation.inventory.gaps.len(), 1);
    let plan = house.plan().await;
    assert_eq!(plan.changes.iter().map(|change| change.address.clone()).collect::<Vec<_>>(), [at("member", "ada")]);
}

#[tokio::test]
async fn settings_are_read_where_they_are_asked_for_or_were_ours() {
    let without: Vec<Desired> = vec![zone("prod", None), cell("shop", "prod")];
    let house = House::new(without.clone());
    clean(&house.apply().await.unwrap());
    let observation = read(&house, Reach::Asked).await;
    assert!(!house.world.state().calls.contains_key("present shield"));
    assert_eq!(observation.notes, ["settings were not read where nothing asks for them: `shield` in `nimbus/shop`"]);
    let everything = read(&house, Reach::Everything).await;
    assert_eq!(everything.inventory.resources.iter().filter(|object| object.kind == "shield").count(), 1);
    let mut with = without.clone();
    with.push(shield("shop", true));
    house.ask_for(with);
    clean(&house.apply().await.unwrap());
    house.ask_for(without);
    let observation = read(&house, Reach::Asked).await;
    assert_eq!(observation.inventory.resources.iter().filter(|object| object.kind == "shield").count(), 1);
    assert!(observation.notes.is_empty());
}
