//! Where the cloud fails, is late, or has more than was expected.

use polity_engine::{End, Exit, Report};
use polity_model::{
    Value,
    organization::Mode,
    plan::{Action, Notice, Plan},
    resource::{Desired, Mark},
};
use polity_provider::Problem;

use crate::support::{Fault, House, at, binding, cell, desired, house::clean, map, member, rule, shield, small, zone};

fn end_of<'r>(report: &'r Report, kind: &str, name: &str) -> &'r End {
    &report.results.iter().find(|result| result.address == at(kind, name)).unwrap().end
}

fn message_of(report: &Report, kind: &str, name: &str) -> String {
    match end_of(report, kind, name) {
        End::Failed { message, .. } => message.clone(),
        other => panic!("{other:?}"),
    }
}

/// Plans, lets something happen, and applies on the reading of before, as if it happened right then.
async fn overtaken(house: &House, happens: impl FnOnce(&Plan)) -> Report {
    let planned = house.planned().await;
    happens(&planned.plan);
    let mut input = house.input(&planned.plan);
    input.observation = Some(planned.observation.clone());
    input.approved_by = polity_engine::apply::AUTO_APPROVE.to_owned();
    polity_engine::apply(&input, &house.seen).await.unwrap()
}

#[tokio::test]
async fn a_failed_creation_stops_only_what_needs_it() {
    let house = House::new(small());
    house.world.fault(Fault::always("create", "cell", Problem::Limit));
    let report = house.apply().await.unwrap();
    assert_eq!(report.counts(), (5, 1, 2));
    assert_eq!(report.exit(), Exit::PartlyApplied);
    assert_eq!(message_of(&report, "cell", "shop"), "`nimbus:create` failed: as the test wants it");
    let skipped = End::Skipped { reason: "`nimbus/cell/shop` failed, and this needs it".to_owned() };
    assert_eq!(*end_of(&report, "rule-binding", "walls@shop"), skipped);
    assert_eq!(*end_of(&report, "shield", "shop"), skipped);
    assert_eq!(house.world.of("rule-binding").len(), 1);
    house.world.state().faults.clear();
    clean(&house.apply().await.unwrap());
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn every_first_call_fails_and_nothing_is_made_twice() {
    for side in [false, true] {
        for verb in ["create", "update", "delete"] {
            for problem in [Problem::Transient, Problem::Busy, Problem::Limit] {
                let house = House::new(small());
                let kinds = ["zone", "cell", "member", "rule", "rule-binding", "shield"];
                for kind in kinds {
                    let fault = Fault::once(verb, kind, problem);
                    house.world.fault(if side { fault.after() } else { fault });
                }
                for _ in 0..8 {
                    house.apply().await.unwrap();
                }
                let plan = house.plan().await;
                assert!(plan.is_empty(), "{verb} {problem:?} {side}: {:#?}", plan.changes);
                assert_eq!(house.world.truth().len(), 8, "{verb} {problem:?} {side}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_is_looked_up() {
    let house = House::new(vec![zone("prod", None), member("ada")]);
    house.world.fault(Fault::once("create", "zone", Problem::Transient).after());
    house.world.fault(Fault::once("create", "member", Problem::Transient).after());
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.state().writes.len(), 2);
    house.ask_for(vec![
        zone("prod", None),
        desired("member", "ada", "nimbus", map([("name", "ada".into()), ("title", "Dr".into())])),
    ]);
    house.world.fault(Fault::once("update", "member", Problem::Transient).after());
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.one("member", "ada").attributes["title"], Value::text("Dr"));
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_looked_up() {
    let house = House::new(vec![rule("walls", "no")]);
    clean(&house.apply().await.unwrap());
    house.ask_for(vec![]);
    house.world.fault(Fault::once("delete", "rule", Problem::Transient).after());
    clean(&house.apply().await.unwrap());
    assert!(house.world.truth().is_empty());
}

#[tokio::test]
async fn not_there_right_after_creation_is_not_gone() {
    let house = House::new(small());
    house.world.state().lag = 4;
    clean(&house.apply().await.unwrap());
    assert!(house.seen.has("the cloud does not show it yet"));
    assert_eq!(house.world.truth().len(), 8);
    for _ in 0..6 {
        house.planned().await;
    }
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn what_is_never_shown_fails_in_the_end_and_says_so() {
    let mut house = House::new(vec![member("ada")]);
    house.pace.patience = std::time::Duration::from_millis(20);
    house.world.state().lag = usize::MAX;
    let report = house.apply().await.unwrap();
    assert_eq!(message_of(&report, "member", "ada"), "it was written, but after 20ms the cloud does not show it yet");
}

#[tokio::test]
async fn a_deletion_is_done_when_it_is_gone() {
    let house = House::new(vec![rule("walls", "no")]);
    clean(&house.apply().await.unwrap());
    house.world.state().lag = 5;
    house.ask_for(vec![]);
    clean(&house.apply().await.unwrap());
    assert!(house.seen.has("the cloud still shows it"));
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn what_was_only_just_made_may_not_be_known_everywhere() {
    let house = House::new(small());
    house.world.fault(Fault { times: 3, ..Fault::once("create", "rule-binding", Problem::NotFound) });
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.state().calls["create rule-binding"], 5);
}

#[tokio::test]
async fn what_was_there_for_long_is_not_waited_for() {
    let house = House::new(vec![zone("prod", None), rule("walls", "no")]);
    clean(&house.apply().await.unwrap());
    house.ask_for(vec![zone("prod", None), rule("walls", "no"), binding("walls", "zone", "prod")]);
    house.world.fault(Fault::always("create", "rule-binding", Problem::NotFound));
    let report = house.apply().await.unwrap();
    assert_eq!(report.counts(), (0, 1, 0));
    assert_eq!(house.world.state().calls["create rule-binding"], 1);
}

#[tokio::test]
async fn a_newborn_tenant_lets_us_in_only_after_a_while() {
    let house = House::new(vec![zone("prod", None), cell("shop", "prod"), shield("shop", true)]);
    house.world.fault(Fault { times: 3, ..Fault::once("writer", "nimbus/shop", Problem::Denied) });
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.of("shield")[0].attributes["raised"], Value::Bool(true));
    house.ask_for(vec![zone("prod", None), cell("shop", "prod"), shield("shop", false)]);
    house.world.fault(Fault::always("writer", "nimbus/shop", Problem::Denied));
    assert_eq!(house.apply().await.unwrap().counts(), (0, 1, 0), "an old one either lets us in or does not");
}

#[tokio::test]
async fn already_there_and_ours_by_its_mark() {
    let house = House::new(vec![zone("prod", None)]);
    let report = overtaken(&house, |_| {
        let mark = Mark { organization: "acme".to_owned(), address: at("zone", "prod") };
        house.world.plant("nimbus", "zone", map([("name", "prod".into()), ("parent", "top".into())]), Some(mark));
    })
    .await;
    clean(&report);
    assert_eq!(house.world.of("zone").len(), 1);
    assert_eq!(house.journal.last_applied().unwrap()[&at("zone", "prod")].id, "zone-1");
}

async fn already_there(mode: Mode, mark: Option<Mark>) -> (House, Report) {
    let wanted = Desired { mode, ..rule("walls", "no") };
    let house = House::new(vec![wanted, member("ada")]);
    let report = overtaken(&house, |_| {
        house.world.plant("nimbus", "rule", map([("name", "walls".into()), ("body", "yes".into())]), mark);
    })
    .await;
    (house, report)
}

#[tokio::test]
async fn already_there_and_taken_over() {
    let (house, report) = already_there(Mode::Adopt, None).await;
    clean(&report);
    let walls = house.world.one("rule", "walls");
    assert_eq!((&walls.attributes["body"], walls.mark.is_some()), (&Value::text("no"), true));
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn already_there_and_not_ours() {
    let (house, report) = already_there(Mode::Observe, None).await;
    assert_eq!(report.counts(), (1, 1, 0));
    assert_eq!(message_of(&report, "rule", "walls"), "`rule-1` is there already, and it is not ours");
    assert_eq!(house.world.one("rule", "walls").attributes["body"], Value::text("yes"));
}

#[tokio::test]
async fn already_there_and_another_organizations() {
    let mark = Mark { organization: "globex".to_owned(), address: at("rule", "walls") };
    let (house, report) = already_there(Mode::Own, Some(mark)).await;
    let message = message_of(&report, "rule", "walls");
    assert_eq!(message, "`rule-1` is there already, and it is marked as `globex:nimbus/rule/walls`");
    assert_eq!(house.world.one("rule", "walls").attributes["body"], Value::text("yes"));
}

#[tokio::test]
async fn already_there_and_nowhere_to_be_seen() {
    let house = House::new(vec![member("ada")]);
    house.world.fault(Fault::once("create", "member", Problem::AlreadyExists));
    let report = house.apply().await.unwrap();
    let End::Failed { message, help } = end_of(&report, "member", "ada") else { panic!("{report:#?}") };
    assert!(message.ends_with("but a reading does not show it, so it stands where we cannot see it"), "{message}");
    assert!(help.as_deref().unwrap().contains("another organization"));
}

#[tokio::test]
async fn across_a_gap_nothing_is_made_and_nothing_deleted() {
    let house = House::new(small());
    clean(&house.apply().await.unwrap());
    house.ask_for(vec![zone("prod", None), zone("inner", Some("prod")), cell("shop", "inner"), rule("more", "no")]);
    for kind in ["rule", "rule-binding", "member", "shield"] {
        house.world.fault(Fault::always("present", kind, Problem::Denied));
    }
    let plan = house.plan().await;
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    assert_eq!(plan.gaps.len(), 4);
    clean(&house.carry_out(&plan).await.unwrap());
    assert_eq!(house.world.truth().len(), 8);
    assert_eq!(house.journal.last_applied().unwrap().len(), 8, "what cannot be read is not forgotten");
}

#[tokio::test]
async fn two_that_claim_one_object_are_both_left_alone() {
    let one = Desired { adopt: Some("rule-1".to_owned()), ..rule("walls", "no") };
    let other = Desired { adopt: Some("rule-1".to_owned()), ..rule("fences", "maybe") };
    let house = House::new(vec![one, other, member("ada")]);
    house.world.plant("nimbus", "rule", map([("name", "walls".into()), ("body", "no".into())]), None);
    let plan = house.plan().await;
    let said = |notice: &Notice| matches!(notice, Notice::Conflict { message, .. } if message.contains("claim the same object `rule-1`"));
    assert!(plan.notices.iter().any(said), "{:#?}", plan.notices);
    let error = house.carry_out(&plan).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Refused, "{error}");
    assert_eq!(house.world.state().writes.len(), 0);
}

#[tokio::test]
async fn what_cannot_be_read_back_is_said() {
    let house = House::new(vec![member("ada")]);
    house.world.fault(Fault::always("read", "member", Problem::Denied));
    let report = house.apply().await.unwrap();
    assert_eq!(
        message_of(&report, "member", "ada"),
        "it was written, but could not be read back: `nimbus:read` was denied: as the test wants it; \
         it takes the permission `nimbus:read:member`"
    );
    house.world.state().faults.clear();
    clean(&house.apply().await.unwrap());
    assert_eq!(house.world.state().writes.len(), 1, "the next run finds it");
    let action = |result: &polity_engine::ChangeResult| result.action == Action::Create;
    assert!(!house.apply().await.unwrap().results.iter().any(action));
}

#[tokio::test]
async fn a_replacement_that_failed_and_was_taken_back_leaves_nothing_behind() {
    let with_inner_in = |parent| vec![zone("a", None), zone("b", None), zone("inner", Some(parent))];
    let half = at("zone", "inner (replaced)");
    let house = House::new(with_inner_in("a"));
    clean(&house.apply().await.unwrap());
    let id = house.world.one("zone", "inner").id;
    house.ask_for(with_inner_in("b"));
    house.world.fault(Fault::once("create", "zone", Problem::Limit));
    assert_eq!(house.apply().await.unwrap().exit(), Exit::PartlyApplied);
    assert_eq!(house.journal.last_applied().unwrap()[&half].id, id);

    house.ask_for(with_inner_in("a"));
    clean(&house.apply().await.unwrap());
    assert!(!house.journal.last_applied().unwrap().contains_key(&half), "it is not the old half of anything");

    let mut renamed = with_inner_in("a");
    renamed[2].attributes.insert("name".to_owned(), "core".into());
    renamed[2].keys = crate::support::schemas::keys("zone", &renamed[2].attributes);
    house.ask_for(renamed);
    let report = house.apply().await.unwrap();
    clean(&report);
    assert_eq!(report.results.iter().map(|result| result.action).collect::<Vec<_>>(), [Action::Update]);
    assert_eq!(house.world.one("zone", "core").id, id, "its mark and its record count again");
}

#[tokio::test]
async fn a_replacement_that_failed_is_made_with_the_next_apply() {
    let house = House::new(vec![zone("a", None), zone("b", None), zone("inner", Some("a"))]);
    clean(&house.apply().await.unwrap());
    let old = house.world.one("zone", "inner").id;
    house.ask_for(vec![zone("a", None), zone("b", None), zone("inner", Some("b"))]);
    house.world.fault(Fault::once("create", "zone", Problem::Limit));
    assert_eq!(house.apply().await.unwrap().exit(), Exit::PartlyApplied);
    clean(&house.apply().await.unwrap());
    assert_ne!(house.world.one("zone", "inner").id, old);
    assert!(house.journal.last_applied().unwrap().keys().all(|address| !address.name.contains("replaced")));
    assert!(house.plan().await.is_empty());
}
