//! Several platforms: one that is down stops none of the others, and nothing of its own is lost.

use polity_engine::{Error, Exit, Reach, drift, journal::Moment, observe, settle};
use polity_model::{
    journal::{Event, LastApplied},
    plan::{Action, Notice, Plan},
};
use polity_provider::{Error as Failed, Offline, Problem};

use crate::support::{Fault, House, cell, elsewhere, house::clean, member, rule, world::World, zone};

/// Two platforms, each of which is asked for something.
fn two() -> (House, World) {
    House::new(vec![member("ada"), rule("walls", "no")])
        .beside("cirrus", vec![elsewhere("cirrus", member("bob")), elsewhere("cirrus", rule("doors", "no"))])
}

fn down(world: &World) {
    world.fault(Fault::always("identify", "cirrus", Problem::Unreachable));
}

fn up(world: &World) {
    world.state().faults.clear();
}

fn addresses(plan: &Plan) -> Vec<String> {
    plan.changes.iter().map(|change| change.address.to_string()).collect()
}

fn notes(plan: &Plan) -> Vec<&str> {
    let notices = plan.notices.iter();
    notices
        .filter_map(|notice| match notice {
            Notice::Note { message, .. } => Some(message.as_str()),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn one_plan_over_all_of_them() {
    let (house, cirrus) = two();
    let report = house.apply().await.unwrap();
    clean(&report);
    assert_eq!(report.exit(), Exit::Done);
    assert_eq!((house.world.truth().len(), cirrus.truth().len()), (2, 2));
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn a_plan_says_which_one_is_down_and_plans_the_others() {
    let (house, cirrus) = two();
    down(&cirrus);
    let planned = house.planned().await;
    assert_eq!(addresses(&planned.plan), ["nimbus/member/ada", "nimbus/rule/walls"]);
    let [note] = notes(&planned.plan)[..] else { panic!("{:?}", planned.plan.notices) };
    assert!(note.starts_with("the platform `cirrus` could not be reached, and nothing is changed there"), "{note}");
    let gaps: Vec<&str> = planned.plan.gaps.iter().map(|gap| gap.scope.as_str()).collect();
    assert_eq!(gaps, ["cirrus"]);
    assert_eq!(planned.observation.unreached.keys().collect::<Vec<_>>(), ["cirrus"]);
    assert!(!planned.plan.platforms.contains_key("cirrus"));
}

#[tokio::test]
async fn one_that_ends_after_its_first_answer_is_down_as_well() {
    let (house, cirrus) = two();
    clean(&house.apply().await.unwrap());
    cirrus.fault(Fault::always("reader", "cirrus", Problem::Unreachable));
    let planned = house.planned().await;
    assert_eq!(planned.observation.unreached.keys().collect::<Vec<_>>(), ["cirrus"]);
    assert_eq!(house.apply().await.unwrap().exit(), Exit::PartlyApplied, "nobody knows that all is well there");
}

#[tokio::test]
async fn an_apply_goes_on_with_the_others_and_is_partly_done() {
    let (house, cirrus) = two();
    down(&cirrus);
    let report = house.apply().await.unwrap();
    clean(&report);
    assert_eq!(report.exit(), Exit::PartlyApplied);
    assert_eq!(report.unreached.keys().collect::<Vec<_>>(), ["cirrus"]);
    assert_eq!((house.world.truth().len(), cirrus.truth().len()), (2, 0));
    // Nothing is left to do but there: that is not the same as nothing to do.
    let idle = house.apply().await.unwrap();
    assert_eq!((idle.results.len(), idle.exit()), (0, Exit::PartlyApplied));
    up(&cirrus);
    let report = house.apply().await.unwrap();
    assert_eq!(report.exit(), Exit::Done);
    assert_eq!(cirrus.truth().len(), 2);
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn what_is_there_is_neither_ended_nor_forgotten_while_nobody_can_look() {
    let (house, cirrus) = two();
    clean(&house.apply().await.unwrap());
    let last = house.journal.last_applied().unwrap();
    cirrus.state().desired.clear();
    house.ask_for(vec![member("ada")]);
    down(&cirrus);
    let plan = house.plan().await;
    assert_eq!(addresses(&plan), ["nimbus/rule/walls"]);
    assert_eq!(plan.changes[0].action, Action::Delete);
    house.carry_out(&plan).await.unwrap();
    assert_eq!(cirrus.truth().len(), 2);
    let kept = house.journal.last_applied().unwrap();
    let of_cirrus = |last: &LastApplied| last.iter().filter(|(at, _)| at.platform == "cirrus").count();
    assert_eq!((of_cirrus(&last), of_cirrus(&kept)), (2, 2));
    up(&cirrus);
    assert_eq!(addresses(&house.plan().await).len(), 2, "now both end");
}

#[tokio::test]
async fn one_that_comes_back_in_the_middle_of_a_run_waits_for_the_next_plan() {
    let (house, cirrus) = two();
    // A replacement takes a further round, before which everything is read again.
    cirrus.fault(Fault { times: 2, ..Fault::once("identify", "cirrus", Problem::Unreachable) });
    let plan = house.plan().await;
    let report = house.carry_out(&plan).await.unwrap();
    assert_eq!(report.exit(), Exit::PartlyApplied);
    assert_eq!(cirrus.truth(), []);
    clean(&house.apply().await.unwrap());
    assert_eq!(cirrus.truth().len(), 2);
}

#[tokio::test]
async fn one_that_goes_down_between_two_rounds_leaves_the_run_partly_done() {
    let (house, _cirrus) = House::new(vec![zone("prod", None), cell("shop", "prod")])
        .beside("cirrus", vec![elsewhere("cirrus", member("bob"))]);
    let plan = house.plan().await;
    // It answers before the first round, and not before the second, in which the newborn cell would be looked at.
    house.world.fault(Fault { spare: 1, ..Fault::always("identify", "nimbus", Problem::Unreachable) });
    let report = house.carry_out(&plan).await.unwrap();
    clean(&report);
    assert_eq!(report.exit(), Exit::PartlyApplied);
    assert_eq!(report.unreached.keys().collect::<Vec<_>>(), ["nimbus"]);
}

#[tokio::test]
async fn a_saved_plan_for_one_that_is_down_now_is_refused() {
    let (house, cirrus) = two();
    let plan = house.plan().await;
    down(&cirrus);
    let refused = house.carry_out(&plan).await;
    let Err(Error::Stale(reasons)) = refused else { panic!("{refused:?}") };
    assert!(reasons[0].contains("`cirrus`"), "{reasons:?}");
    assert_eq!(house.world.truth(), []);
}

#[tokio::test]
async fn an_open_write_of_one_that_is_down_waits_and_the_others_go_on() {
    let (house, cirrus) = two();
    // It dies somewhere in the middle of the writes of cirrus: find the entry behind its first intent.
    let mut at = 1;
    loop {
        let (house, cirrus) = two();
        let died = house.apply_dying(at, Moment::Before).await.is_none();
        let intents = house.journal.open_intents().unwrap();
        let open = intents
            .iter()
            .any(|entry| matches!(&entry.event, Event::Intent { address, .. } if address.platform == "cirrus"));
        if died && open && !cirrus.truth().is_empty() {
            break;
        }
        assert!(died, "no entry lies between an intent and its outcome");
        at += 1;
    }
    assert!(house.apply_dying(at, Moment::Before).await.is_none());
    down(&cirrus);
    let settled = settle(&house.ground(), &house.journal, &house.owner(), &house.seen).await.unwrap();
    assert!(settled.iter().all(|settlement| settlement.address.platform == "nimbus"), "{settled:?}");
    let report = house.apply().await.unwrap();
    assert_eq!(report.exit(), Exit::PartlyApplied);
    assert_eq!(house.world.truth().len(), 2);
    let open = house.journal.open_intents().unwrap();
    assert!(!open.is_empty(), "what was open there is open still");
    up(&cirrus);
    clean(&house.apply().await.unwrap());
    assert_eq!(house.journal.open_intents().unwrap(), []);
    assert_eq!(cirrus.truth().len(), 2, "and nothing was made twice");
}

#[tokio::test]
async fn drift_is_not_called_absent_where_nobody_could_look() {
    let (house, cirrus) = two();
    clean(&house.apply().await.unwrap());
    let past = || polity_engine::Past::of(&house.journal).unwrap();
    assert_eq!(drift(&house.ground(), &past(), &house.seen).await.unwrap().exit(), Exit::Done);
    down(&cirrus);
    assert_eq!(drift(&house.ground(), &past(), &house.seen).await.unwrap().exit(), Exit::PartlyApplied);
}

#[tokio::test]
async fn without_credentials_a_platform_is_known_and_lets_nobody_in() {
    let (mut house, cirrus) = two();
    let way_in = house.readers_of("cirrus");
    let scopes = move |organization: &_, known: &_| way_in.scopes(organization, known);
    let kinds = crate::support::nimbus::kinds(&cirrus);
    let why = Failed::new(Problem::Credentials, "credentials", "there are none").help("log in");
    house.connect(std::sync::Arc::new(Offline::new("cirrus", kinds, scopes, why)));
    let planned = house.planned().await;
    assert_eq!(addresses(&planned.plan), ["nimbus/member/ada", "nimbus/rule/walls"]);
    assert_eq!(planned.plan.gaps[0].help.as_deref(), Some("log in"));
    let blocked = planned.plan.notices.iter().filter(|notice| matches!(notice, Notice::Blocked { .. })).count();
    assert_eq!(blocked, 2, "what is asked for there is known: {:?}", planned.plan.notices);
    assert_eq!(house.apply().await.unwrap().exit(), Exit::PartlyApplied);
    assert_eq!(cirrus.state().writes, Vec::<String>::new());
}

#[tokio::test]
async fn all_of_them_down_is_an_error() {
    let (house, cirrus) = two();
    down(&cirrus);
    house.world.fault(Fault::always("identify", "nimbus", Problem::Credentials));
    let failed = observe(&house.ground(), &LastApplied::new(), Reach::Asked, &house.seen).await;
    assert!(matches!(failed, Err(Error::Provider(_))));
}
