//! The process dies at every entry of the journal, on either side of it. Running it again always gets there, with
//! nothing lost and nothing made twice.

use polity_engine::{
    Error,
    journal::{Moment, Verification},
};
use polity_model::{Value, journal::Event, plan::Action, resource::Desired};
use polity_provider::Problem;

use crate::support::{Fault, House, at, binding, cell, house::clean, map, member, rule, shield, small, zone};

/// Brings a house to `from`, then dies at entry after entry on the way to `to`.
async fn dies_everywhere(from: fn() -> Vec<Desired>, to: fn() -> Vec<Desired>, lag: usize) {
    for moment in [Moment::Before, Moment::After] {
        for at in 1.. {
            let house = House::new(from());
            if !from().is_empty() {
                clean(&house.apply().await.unwrap());
            }
            house.world.state().lag = lag;
            house.ask_for(to());
            let ended = house.apply_dying(at, moment).await;
            let died = ended.is_none();
            if let Some(applied) = ended {
                clean(&applied.unwrap());
            }
            recover(&house, &format!("{moment:?} entry {at}")).await;
            if !died {
                assert!(at > 5, "the run was too short to prove anything");
                break;
            }
        }
    }
}

async fn recover(house: &House, when: &str) {
    for _ in 0..4 {
        let plan = house.plan().await;
        if plan.is_empty() && house.journal.open_intents().unwrap().is_empty() {
            break;
        }
        house.apply().await.unwrap_or_else(|error| panic!("{when}: {error}"));
    }
    let plan = house.plan().await;
    assert!(plan.is_empty(), "{when}: {:#?}", plan.changes);
    assert_eq!(house.journal.open_intents().unwrap(), [], "{when}");
    assert!(matches!(house.journal.verify().unwrap(), Verification::Whole { .. }), "{when}");
    let desired = house.world.state().desired.clone();
    for kind in ["zone", "cell", "member", "rule", "rule-binding"] {
        let (there, wanted) = (house.world.of(kind), desired.iter().filter(|one| one.address.kind == kind).count());
        assert_eq!(there.len(), wanted, "{when}: {kind}: {there:#?}");
    }
}

#[tokio::test]
async fn making_everything() {
    dies_everywhere(Vec::new, small, 0).await;
}

#[tokio::test]
async fn making_everything_where_writes_are_seen_late() {
    dies_everywhere(Vec::new, small, 2).await;
}

fn changed() -> Vec<Desired> {
    vec![
        zone("prod", None),
        zone("inner", None),
        cell("shop", "inner"),
        member("ada"),
        rule("fences", "maybe"),
        binding("fences", "zone", "prod"),
        binding("fences", "cell", "shop"),
    ]
}

#[tokio::test]
async fn replacing_moving_deleting_and_resetting() {
    dies_everywhere(small, changed, 0).await;
}

fn two_zones() -> Vec<Desired> {
    vec![zone("a", None), zone("b", None), zone("inner", Some("a")), cell("shop", "inner"), shield("shop", true)]
}

fn the_other_way() -> Vec<Desired> {
    vec![zone("a", None), zone("b", None), zone("inner", Some("b")), cell("shop", "inner"), shield("shop", false)]
}

#[tokio::test]
async fn replacing_what_others_are_in() {
    dies_everywhere(two_zones, the_other_way, 1).await;
}

#[tokio::test]
async fn what_cannot_be_told_stops_the_run_with_the_place_to_look_at() {
    let house = House::new(vec![member("ada")]);
    assert!(house.apply_dying(2, Moment::After).await.is_none());
    assert_eq!(house.journal.open_intents().unwrap().len(), 1);
    house.world.fault(Fault::always("present", "member", Problem::Denied));
    let error = house.apply().await.unwrap_err();
    let Error::Undecided(sentences) = &error else { panic!("{error}") };
    assert_eq!(sentences.len(), 1);
    assert!(
        sentences[0].starts_with("whether `nimbus/member/ada` was made is not known, because the member of `nimbus`")
    );
    assert_eq!(house.world.state().writes.len(), 0);
    house.world.state().faults.clear();
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.of("member").len(), 1);
}

#[tokio::test]
async fn what_was_made_before_the_crash_is_ours_after_it() {
    let house = House::new(vec![member("ada")]);
    // Founded, then: run started, intent, (made), outcome.
    assert!(house.apply_dying(3, Moment::Before).await.is_none());
    assert_eq!(house.world.of("member").len(), 1);
    assert!(house.journal.last_applied().unwrap().is_empty());
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.state().writes, ["create member ada"]);
    assert!(house.journal.last_applied().unwrap().contains_key(&at("member", "ada")));
    assert!(house.seen.has("it was made: `member-1`"));
    let settled = |event: &Event| matches!(event, Event::Settled { address, .. } if *address == at("member", "ada"));
    assert!(house.events().iter().any(settled));
}

#[tokio::test]
async fn an_order_that_was_noted_is_carried_on() {
    let house = House::new(vec![zone("prod", None), cell("shop", "prod")]);
    // Run started, intent and outcome of the zone, intent of the cell, the noted order.
    assert!(house.apply_dying(5, Moment::After).await.is_none());
    assert_eq!(house.journal.noted(&at("cell", "shop")).unwrap().len(), 1);
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.of("cell").len(), 1);
    assert!(house.journal.noted(&at("cell", "shop")).unwrap().is_empty());
}

#[tokio::test]
async fn an_intent_whose_text_is_gone_is_settled_by_what_it_held() {
    let house = House::new(vec![member("ada")]);
    assert!(house.apply_dying(3, Moment::Before).await.is_none());
    house.ask_for(vec![]);
    clean(&house.apply().await.unwrap());
    assert_eq!(house.journal.open_intents().unwrap(), []);
    // Ours once, and an identity: forgotten, not ended.
    assert_eq!(house.world.of("member").len(), 1);
    assert!(house.journal.last_applied().unwrap().is_empty());
}

#[tokio::test]
async fn two_candidates_for_one_intent_stop_the_run() {
    let house = House::new(vec![zone("prod", None)]);
    assert!(house.apply_dying(3, Moment::Before).await.is_none());
    let mark = house.world.one("zone", "prod").mark;
    house.world.plant("nimbus", "zone", map([("name", "twin".into()), ("parent", "top".into())]), mark);
    let error = house.apply().await.unwrap_err();
    assert!(
        error.to_string().contains("`nimbus/zone/prod` was being made, and could be any of `zone-1`, `zone-2`"),
        "{error}"
    );
    assert_eq!(house.world.state().writes, ["create zone prod"]);
}

#[tokio::test]
async fn a_deletion_that_was_made_is_not_ours_any_more() {
    let house = House::new(vec![rule("walls", "no")]);
    clean(&house.apply().await.unwrap());
    house.ask_for(vec![]);
    assert!(house.apply_dying(3, Moment::Before).await.is_none());
    assert_eq!(house.world.of("rule").len(), 0);
    assert_eq!(house.journal.last_applied().unwrap().len(), 1);
    clean(&house.apply().await.unwrap());
    assert!(house.journal.last_applied().unwrap().is_empty());
    let deleted = |event: &Event| matches!(event, Event::Outcome { action: Action::Delete, .. });
    assert_eq!(house.events().iter().filter(|event| deleted(event)).count(), 1);
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_stops_the_run_before_the_write() {
    let house = House::new((0..8).map(|number| member(&format!("m{number}"))).collect());
    let plan = house.plan().await;
    let blocker = rusqlite::Connection::open(house.path()).unwrap();
    blocker
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON entries WHEN NEW.number > 5 BEGIN SELECT RAISE(FAIL, 'disk full'); END",
        )
        .unwrap();
    let report = house.carry_out(&plan).await.unwrap();
    assert!(report.stopped.as_deref().is_some_and(|why| why.contains("disk full")), "{report:#?}");
    assert_eq!(report.exit(), polity_engine::Exit::PartlyApplied);
    let writes = house.world.state().writes.len();
    assert!(writes <= 4, "{writes} writes after the journal failed");
    blocker.execute_batch("DROP TRIGGER full").unwrap();
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.of("member").len(), 8);
    assert_eq!(house.world.one("member", "m0").attributes["title"], Value::text("M0"));
}
