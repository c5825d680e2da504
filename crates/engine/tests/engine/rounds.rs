//! What could only be seen once something was born.

use polity_engine::{End, Observer, Progress};
use polity_model::{
    Value,
    journal::Event,
    plan::{Notice, Plan},
};
use polity_provider::Problem;

use crate::support::{Fault, House, at, binding, cell, house::clean, member, rule, shield, zone};

fn one_cell(raised: bool) -> Vec<polity_model::resource::Desired> {
    vec![zone("prod", None), cell("shop", "prod"), shield("shop", raised)]
}

#[tokio::test]
async fn a_setting_that_is_right_from_birth_is_not_written() {
    let house = House::new(one_cell(false));
    let report = house.apply().await.unwrap();
    clean(&report);
    let shield = report.results.iter().find(|result| result.address.kind == "shield").unwrap();
    assert_eq!(shield.end, End::Done { id: "shield".to_owned(), written: false });
    assert_eq!(house.world.state().writes, ["create zone prod", "create cell shop"]);
    assert!(house.journal.last_applied().unwrap().contains_key(&at("shield", "shop")));
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn a_setting_that_is_wrong_from_birth_is_changed_in_the_first_round() {
    let house = House::new(one_cell(true));
    let report = house.apply().await.unwrap();
    clean(&report);
    assert_eq!(report.rounds, 1);
    assert_eq!(house.world.state().writes, ["create zone prod", "create cell shop", "update shield shop"]);
}

/// Lowers the shield each time it was raised, so many times.
struct Lowers<'a> {
    house: &'a House,
    left: std::sync::Mutex<usize>,
}

impl Observer for Lowers<'_> {
    fn on(&self, progress: &Progress<'_>) {
        self.house.seen.on(progress);
        let mut left = self.left.lock().unwrap();
        if let Progress::ChangeDone { address, .. } = progress
            && address.kind == "shield"
            && *left > 0
        {
            *left -= 1;
            let shield = self.house.world.of("shield").remove(0);
            self.house.world.tamper("shield", &shield.name, |shield| {
                shield.attributes.insert("raised".to_owned(), Value::Bool(false));
            });
        }
    }
}

#[tokio::test]
async fn what_the_vendor_does_to_something_newborn_is_met_in_a_further_round() {
    let house = House::new(one_cell(true));
    let plan = house.plan().await;
    let lowers = Lowers { house: &house, left: 1.into() };
    let report = polity_engine::apply(&house.input(&plan), &lowers).await.unwrap();
    clean(&report);
    assert_eq!(report.rounds, 2);
    assert!(house.seen.has("RoundStarted { round: 2"));
    assert_eq!(house.world.of("shield")[0].attributes["raised"], Value::Bool(true));
    let approvals: Vec<String> = house
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::RunStarted { approved_by, .. } => Some(approved_by),
            _ => None,
        })
        .collect();
    assert_eq!(approvals, ["test", "round 2"]);
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn rounds_come_to_an_end() {
    let mut house = House::new(one_cell(true));
    house.pace.verify = true;
    let plan = house.plan().await;
    let lowers = Lowers { house: &house, left: 100.into() };
    let report = polity_engine::apply(&house.input(&plan), &lowers).await.unwrap();
    assert_eq!(report.rounds, 3);
    assert_eq!(report.remaining.map(|plan| plan.changes.len()), Some(1), "what is left is said");
}

#[tokio::test]
async fn a_further_round_does_not_try_again_what_failed() {
    let mut all = one_cell(true);
    all.push(member("ada"));
    let house = House::new(all);
    house.world.fault(Fault::always("create", "member", Problem::Limit));
    let plan = house.plan().await;
    let lowers = Lowers { house: &house, left: 1.into() };
    let report = polity_engine::apply(&house.input(&plan), &lowers).await.unwrap();
    assert_eq!(report.rounds, 2);
    assert_eq!(house.world.state().calls["create member"], 1);
    assert_eq!(report.counts(), (4, 1, 0));
}

#[tokio::test]
async fn at_the_end_it_says_whether_anything_is_left() {
    let mut house = House::new(one_cell(true));
    house.pace.verify = true;
    let report = house.apply().await.unwrap();
    assert!(report.remaining.is_some_and(|plan| plan.is_empty()));
}

#[tokio::test]
async fn what_was_blocked_is_changed_in_a_further_round_but_nothing_is_taken_away_that_nobody_saw() {
    let all = vec![zone("prod", None), rule("walls", "no"), binding("walls", "zone", "prod")];
    let house = House::new(all);
    clean(&house.apply().await.unwrap());
    house.ask_for(vec![zone("prod", None), rule("walls", "never"), member("ada")]);
    // Once for the plan, and once for the look before it is carried out.
    house.world.fault(Fault { times: 2, ..Fault::once("present", "rule", Problem::Denied) });
    let plan = house.plan().await;
    let named = |plan: &Plan| -> Vec<String> {
        plan.changes.iter().map(|change| format!("{:?} {}", change.action, change.address)).collect()
    };
    assert_eq!(named(&plan), ["Create nimbus/member/ada"]);
    let blocked = |address| {
        plan.notices.iter().any(|notice| matches!(notice, Notice::Blocked { address: at, .. } if *at == address))
    };
    assert!(blocked(at("rule", "walls")) && blocked(at("rule-binding", "walls@prod")), "{:#?}", plan.notices);
    let report = house.carry_out(&plan).await.unwrap();
    clean(&report);
    assert_eq!(report.rounds, 2);
    assert_eq!(house.world.one("rule", "walls").attributes["body"], Value::text("never"));
    assert_eq!(house.world.of("rule-binding").len(), 1, "its end waits for a plan that shows it");
    assert_eq!(named(&house.plan().await), ["Delete nimbus/rule-binding/walls@prod"]);
}
