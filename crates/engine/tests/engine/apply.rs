//! An apply that meets nothing unusual: what is written, in which order, and what the journal has of it.

use polity_engine::{End, Exit, Journal, journal::Verification};
use polity_model::{
    Digest, Value,
    journal::{Event, Outcome},
    plan::{Action, Brake},
    resource::Mark,
};

use crate::support::{House, at, binding, cell, desired, house::clean, map, member, rule, shield, small, zone};

#[tokio::test]
async fn from_nothing_to_nothing_left_to_do() {
    let house = House::new(small());
    let report = house.apply().await.unwrap();
    clean(&report);
    assert_eq!(report.exit(), Exit::Done);
    assert_eq!(house.world.truth().len(), 8);
    let (prod, inner) = (house.world.one("zone", "prod"), house.world.one("zone", "inner"));
    assert_eq!(inner.attributes["parent"], Value::text(prod.id.as_str()));
    assert_eq!(house.world.one("cell", "shop").attributes["zone"], Value::text(inner.id.as_str()));
    assert_eq!(house.world.of("shield")[0].attributes["raised"], Value::Bool(true));
    assert_eq!(prod.mark, Some(Mark { organization: "acme".to_owned(), address: at("zone", "prod") }));
    let plan = house.plan().await;
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    assert!(matches!(house.journal.verify().unwrap(), Verification::Whole { .. }));
    assert_eq!(house.journal.last_applied().unwrap().len(), 8);
}

#[tokio::test]
async fn a_second_apply_writes_nothing() {
    let house = House::new(small());
    clean(&house.apply().await.unwrap());
    let (writes, entries) = (house.world.state().writes.len(), house.events().len());
    let report = house.apply().await.unwrap();
    assert_eq!(report.results, []);
    assert_eq!(house.world.state().writes.len(), writes);
    let new: Vec<Event> = house.events().split_off(entries);
    assert!(
        matches!(&new[..], [Event::RunStarted { .. }, Event::RunFinished { done: 0, failed: 0, skipped: 0 }]),
        "{new:?}"
    );
}

#[tokio::test]
async fn every_write_has_its_intent_before_and_its_outcome_after() {
    let house = House::new(small());
    clean(&house.apply().await.unwrap());
    let mut open = Vec::new();
    for event in house.events() {
        match event {
            Event::Intent { address, .. } => open.push(address),
            Event::Outcome { address, result: Outcome::Done { id, .. }, .. } => {
                assert!(!id.is_empty());
                let at = open.iter().position(|intended| *intended == address).expect("an outcome without an intent");
                open.remove(at);
            }
            _ => {}
        }
    }
    assert_eq!(open, []);
    assert_eq!(house.journal.open_intents().unwrap(), []);
}

#[tokio::test]
async fn changes_go_side_by_side_but_one_by_one_in_a_lane() {
    let mut all: Vec<_> = (0..12).map(|number| zone(&format!("z{number}"), None)).collect();
    all.extend((0..12).map(|number| member(&format!("m{number}"))));
    let mut house = House::new(all);
    house.pace.parallel = 6;
    clean(&house.apply().await.unwrap());
    let [all, lane] = house.world.state().most;
    assert_eq!(lane, 1, "one writer in the lane at a time");
    assert!((3..=6).contains(&all), "{all} at once");
}

#[tokio::test]
async fn a_wide_lane_holds_a_few_and_no_more() {
    let cells = (0..8).map(|number| cell(&format!("c{number}"), "z"));
    let mut house = House::new([zone("z", None)].into_iter().chain(cells).collect());
    house.pace.parallel = 6;
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.state().most, [2, 2], "two in the lane, although six could be at work");
}

#[tokio::test]
async fn what_is_read_only_can_be_pointed_at_once_it_is_born() {
    let mut guest = desired("member", "guest", "nimbus", map([("name", "guest".into())]));
    guest.attributes.insert("title".to_owned(), Value::attribute_of(at("cell", "shop"), "root"));
    let house = House::new(vec![zone("prod", None), cell("shop", "prod"), guest]);
    clean(&house.apply().await.unwrap());
    let root = house.world.one("cell", "shop").attributes["root"].clone();
    assert_eq!(house.world.one("member", "guest").attributes["title"], root);
}

#[tokio::test]
async fn an_update_a_move_and_a_removal() {
    let house = House::new(small());
    clean(&house.apply().await.unwrap());
    let before = house.world.one("cell", "shop").id;
    house.ask_for(vec![
        zone("prod", None),
        zone("inner", Some("prod")),
        cell("shop", "prod"),
        member("ada"),
        rule("walls", "no, and no"),
        binding("walls", "zone", "prod"),
        shield("shop", true),
    ]);
    let report = house.apply().await.unwrap();
    clean(&report);
    let actions: Vec<Action> = report.results.iter().map(|result| result.action).collect();
    assert!(actions.contains(&Action::Update) && actions.contains(&Action::Move) && actions.contains(&Action::Delete));
    let shop = house.world.one("cell", "shop");
    assert_eq!(shop.id, before);
    assert_eq!(shop.attributes["zone"], Value::text(house.world.one("zone", "prod").id));
    assert_eq!(house.world.one("rule", "walls").attributes["body"], Value::text("no, and no"));
    assert_eq!(house.world.of("rule-binding").len(), 1);
    assert!(!house.journal.last_applied().unwrap().contains_key(&at("rule-binding", "walls@shop")));
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn a_setting_whose_text_is_gone_is_set_back() {
    let house = House::new(small());
    clean(&house.apply().await.unwrap());
    house.ask_for(small().into_iter().filter(|desired| desired.address.kind != "shield").collect());
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.of("shield")[0].attributes["raised"], Value::Bool(false));
    assert!(house.plan().await.is_empty());
    assert!(!house.journal.last_applied().unwrap().contains_key(&at("shield", "shop")));
}

#[tokio::test]
async fn what_holds_others_is_forgotten_and_its_mark_taken_off() {
    let house = House::new(vec![zone("prod", None), zone("old", None), member("ada"), member("bob")]);
    clean(&house.apply().await.unwrap());
    house.ask_for(vec![zone("prod", None), member("ada")]);
    let report = house.apply().await.unwrap();
    clean(&report);
    assert_eq!(house.world.one("zone", "old").mark, None);
    assert_eq!(house.world.of("member").len(), 2);
    let ours: Vec<String> = house.journal.last_applied().unwrap().keys().map(ToString::to_string).collect();
    assert_eq!(ours, ["nimbus/member/ada", "nimbus/zone/prod"]);
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn what_is_found_is_adopted_with_our_mark() {
    let house = House::new(vec![zone("prod", None), member("ada")]);
    let zone = house.world.plant("nimbus", "zone", map([("name", "prod".into()), ("parent", "top".into())]), None);
    house.world.plant("nimbus", "member", map([("name", "ada".into()), ("title", "ADA".into())]), None);
    let report = house.apply().await.unwrap();
    clean(&report);
    assert_eq!(report.results.iter().map(|result| result.action).collect::<Vec<_>>(), [Action::Adopt]);
    assert_eq!(house.world.one("zone", "prod").id, zone);
    assert!(house.world.one("zone", "prod").mark.is_some());
    assert_eq!(house.world.state().writes, ["update zone prod"]);
    // The member needed no write, but its removal must be provable later.
    assert!(house.journal.last_applied().unwrap().contains_key(&at("member", "ada")));
    let recorded = |event: &Event| matches!(event, Event::Recorded { address, .. } if *address == at("member", "ada"));
    assert!(house.events().iter().any(recorded));
}

#[tokio::test]
async fn a_rename_keeps_the_object_and_its_record() {
    let house = House::new(vec![zone("prod", None), member("ada")]);
    clean(&house.apply().await.unwrap());
    let (zone_id, member_id) = (house.world.one("zone", "prod").id, house.world.one("member", "ada").id);
    let mut live = zone("live", None);
    live.renamed_from = vec![at("zone", "prod")];
    let mut grace = member("grace");
    grace.renamed_from = vec![at("member", "ada")];
    house.ask_for(vec![live, grace]);
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.one("zone", "live").id, zone_id);
    assert_eq!(house.world.one("member", "grace").id, member_id);
    assert_eq!(house.world.truth().len(), 2);
    let ours: Vec<String> = house.journal.last_applied().unwrap().keys().map(ToString::to_string).collect();
    assert_eq!(ours, ["nimbus/member/grace", "nimbus/zone/live"]);
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn a_replaced_object_ends_once_its_dependents_have_moved() {
    let house = House::new(vec![zone("a", None), zone("b", None), zone("inner", Some("a")), cell("shop", "inner")]);
    clean(&house.apply().await.unwrap());
    let old = house.world.one("zone", "inner").id;
    house.ask_for(vec![zone("a", None), zone("b", None), zone("inner", Some("b")), cell("shop", "inner")]);
    clean(&house.apply().await.unwrap());
    let inner = house.world.one("zone", "inner");
    assert_ne!(inner.id, old);
    assert_eq!(inner.attributes["parent"], Value::text(house.world.one("zone", "b").id));
    assert_eq!(house.world.one("cell", "shop").attributes["zone"], Value::text(inner.id));
    assert_eq!(house.world.of("zone").len(), 3);
    let plan = house.plan().await;
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    assert!(house.journal.last_applied().unwrap().keys().all(|address| !address.name.contains("replaced")));
}

#[tokio::test]
async fn a_plan_that_was_not_approved_is_refused() {
    let house = House::new(small());
    let plan = house.plan().await;
    let mut input = house.input(&plan);
    input.approved = Digest::of(b"another");
    let error = polity_engine::apply(&input, &house.seen).await.unwrap_err();
    assert!(error.to_string().starts_with("the approval is for the plan `"), "{error}");
    assert_eq!(house.world.state().writes.len(), 0);
}

#[tokio::test]
async fn a_plan_with_a_brake_on_is_refused() {
    let house = House::new(small());
    let mut plan = house.plan().await;
    let (name, message, help) = ("removals".to_owned(), "too many".to_owned(), "fewer".to_owned());
    plan.brakes.push(Brake { name, message, help, by: Vec::new() });
    let error = house.carry_out(&plan).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Refused);
    assert_eq!(house.world.state().writes.len(), 0);
}

#[tokio::test]
async fn a_saved_plan_is_refused_when_what_it_touches_has_changed() {
    let house = House::new(vec![rule("walls", "no")]);
    clean(&house.apply().await.unwrap());
    house.ask_for(vec![rule("walls", "never")]);
    let plan = house.plan().await;
    let saved = serde_json::from_slice(&serde_json::to_vec(&plan).unwrap()).unwrap();
    assert_eq!(plan, saved);
    house.world.tamper("rule", "walls", |rule| {
        rule.attributes.insert("body".to_owned(), "maybe".into());
    });
    let error = house.carry_out(&saved).await.unwrap_err();
    assert!(matches!(error, polity_engine::Error::Stale(_)), "{error}");
    assert_eq!(house.world.one("rule", "walls").attributes["body"], Value::text("maybe"));
}

#[tokio::test]
async fn a_saved_plan_is_refused_when_the_manifest_has_changed() {
    let mut house = House::new(small());
    let plan = house.plan().await;
    house.manifest = Digest::of(b"another manifest");
    let error = house.carry_out(&plan).await.unwrap_err();
    assert!(error.to_string().contains("the manifest has changed"), "{error}");
}

#[tokio::test]
async fn a_saved_plan_that_still_holds_is_carried_out() {
    let house = House::new(small());
    let saved = serde_json::from_slice(&serde_json::to_vec(&house.plan().await).unwrap()).unwrap();
    clean(&house.carry_out(&saved).await.unwrap());
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn while_somebody_else_is_at_work_nothing_is_written() {
    let house = House::new(small());
    let clock = std::sync::Arc::new(polity_engine::SystemClock);
    let other = Journal::open(&house.path(), "acme", clock).unwrap();
    let lock = other.lock(&house.owner()).unwrap();
    let plan = house.plan().await;
    let error = house.carry_out(&plan).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Locked);
    assert_eq!(house.world.state().writes.len(), 0);
    drop(lock);
    clean(&house.carry_out(&plan).await.unwrap());
}

#[tokio::test]
async fn another_native_organization_is_refused() {
    let house = House::new(small());
    clean(&house.apply().await.unwrap());
    house.ask_for(vec![]);
    house.world.state().identity = Some("n-2".to_owned());
    let past = polity_engine::Past::of(&house.journal).unwrap();
    let error = polity_engine::plan(&house.ground(), &past, &house.seen).await.unwrap_err();
    assert_eq!(error.to_string(), "the platform `nimbus` is `n-2`, but the journal is about `n-1`");
}

/// Somebody changes a rule after the plan of its update was made. How an apply with the reading of that plan ends, and
/// how often it read.
async fn applied_late(approved_by: &str, meanwhile: impl FnOnce(&House)) -> (polity_engine::Error, usize) {
    let house = House::new(vec![rule("walls", "no")]);
    clean(&house.apply().await.unwrap());
    house.ask_for(vec![rule("walls", "never")]);
    let planned = house.planned().await;
    let before = house.world.state().calls["present rule"];
    house.world.tamper("rule", "walls", |rule| {
        rule.attributes.insert("body".to_owned(), "maybe".into());
    });
    meanwhile(&house);
    let mut input = house.input(&planned.plan);
    input.observation = Some(planned.observation.clone());
    input.approved_by = approved_by.to_owned();
    let error = polity_engine::apply(&input, &house.seen).await.unwrap_err();
    assert_eq!(house.world.one("rule", "walls").attributes["body"], Value::text("maybe"));
    let after = house.world.state().calls["present rule"];
    (error, after - before)
}

#[tokio::test]
async fn after_a_prompt_it_is_read_again_and_the_plan_must_still_hold() {
    for approved_by in ["prompt", "--approve"] {
        let (error, readings) = applied_late(approved_by, |_| ()).await;
        assert!(matches!(error, polity_engine::Error::Stale(_)), "{approved_by}: {error}");
        assert_eq!(readings, 1, "{approved_by}");
    }
}

#[tokio::test]
async fn after_another_run_it_is_read_again_and_the_plan_must_still_hold() {
    let another_run = |house: &House| {
        let finished = Event::RunFinished { done: 0, failed: 0, skipped: 0 };
        house.journal.append("another", finished).unwrap();
    };
    let (error, readings) = applied_late(polity_engine::apply::AUTO_APPROVE, another_run).await;
    assert!(matches!(error, polity_engine::Error::Stale(_)), "{error}");
    assert_eq!(readings, 1);
}

#[tokio::test]
async fn the_reading_of_a_plan_that_nobody_waited_for_is_used() {
    let house = House::new(vec![member("ada")]);
    let planned = house.planned().await;
    let before = house.world.state().calls["present member"];
    let mut input = house.input(&planned.plan);
    input.observation = Some(planned.observation.clone());
    input.approved_by = polity_engine::apply::AUTO_APPROVE.to_owned();
    clean(&polity_engine::apply(&input, &house.seen).await.unwrap());
    assert_eq!(house.world.state().calls["present member"], before);
}

#[tokio::test]
async fn a_stop_lets_running_writes_end_and_begins_no_other() {
    let mut house = House::new((0..10).map(|number| member(&format!("m{number}"))).collect());
    house.pace.parallel = 2;
    let plan = house.plan().await;
    struct Stops<'a>(&'a House);
    impl polity_engine::Observer for Stops<'_> {
        fn on(&self, progress: &polity_engine::Progress<'_>) {
            if matches!(progress, polity_engine::Progress::ChangeDone { .. }) {
                self.0.cancel.ask();
            }
        }
    }
    let report = polity_engine::apply(&house.input(&plan), &Stops(&house)).await.unwrap();
    assert!(report.cancelled);
    assert_eq!(report.exit(), Exit::PartlyApplied);
    let (done, failed, skipped) = report.counts();
    assert_eq!((done, failed, skipped), (2, 0, 8));
    assert_eq!(house.world.truth().len(), 2);
    assert_eq!(house.journal.open_intents().unwrap(), []);
    let last = house.events().pop();
    assert_eq!(last, Some(Event::RunFinished { done: 2, failed: 0, skipped: 8 }));
    let reason = |end: &End| matches!(end, End::Skipped { reason } if reason == "a stop was asked for");
    assert_eq!(report.results.iter().filter(|result| reason(&result.end)).count(), 8);
}
