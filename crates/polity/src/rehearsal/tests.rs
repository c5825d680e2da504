//! A twin is as good as the original: the plan that was made on one is carried out on the other.

use clap::Parser as _;
use polity_engine::Exit;
use polity_model::plan::{Change, Plan};
use polity_sandbox::aws;

use super::{
    Beginning, Script, Stage, faults,
    judge::{self, Model, Verdict, Watchman},
    on_virtual_time,
    performance::{Ending, Performance, perform},
    way_in,
};
use crate::{args::Cli, commands::Home};

fn script(half: &str) -> Script {
    let globals = Cli::try_parse_from(["polity", "--today", "2026-06-01", "check"]).unwrap().globals;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reorganization").join(half);
    let (organization, digest) = Home { globals, folder }.organization().unwrap();
    Script { organization, digest, applier: None }
}

fn epoch() -> jiff::Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn original() -> Stage {
    let before = Beginning::Manifest(Box::new(script("before")));
    Stage::set(script("after"), before, None, epoch(), 7).unwrap()
}

/// Every change, without what only says when something was made.
fn changes(plan: &Plan) -> Vec<Change> {
    let mut changes = plan.changes.clone();
    for change in &mut changes {
        change.before.remove("joined");
    }
    changes
}

#[test]
fn the_plan_for_the_original_is_the_plan_for_its_twin_and_does_the_same_there() {
    let original = original();
    let (management, role) = way_in(&original.script.organization).unwrap();
    let (aws, lost) = aws::twin(&original.observation.inventory, &management, &role, 99);
    assert_eq!(lost, Vec::<String>::new());
    let journal = original.journal(original.sandbox.clock()).unwrap();
    let beginning = Beginning::Twin(Box::new(aws), Some(Box::new(journal)));
    let fresh = Stage::set(script("after"), beginning, None, epoch(), 99).unwrap();
    assert_same(&changes(&fresh.plan), &changes(&original.plan));
    // A twin is of AWS alone, so no other cloud is there.
    let [here, there] = [&fresh, &original].map(|stage| {
        let mut guardrails = stage.sandbox.guardrails();
        guardrails.retain(|_, held| !held.is_empty());
        guardrails
    });
    assert_eq!(here, there);

    let played = on_virtual_time(perform(&fresh, &faults::calm(3), None)).unwrap().unwrap();
    assert!(matches!(&played.first.ending, Ending::Told(report) if report.exit() == Exit::Done));
    assert!(played.left_first.is_empty());
}

/// The first change that differs says more than two lists of two hundred.
fn assert_same(one: &[Change], other: &[Change]) {
    for (one, other) in one.iter().zip(other) {
        assert_eq!(one, other);
    }
    assert_eq!(one.len(), other.len());
}

#[test]
fn what_a_twin_cannot_hold_is_told() {
    let mut inventory = original().observation.inventory;
    let mut strange = inventory.resources.first().unwrap().clone();
    strange.kind = "quantum-ledger".to_owned();
    inventory.resources.push(strange);
    let account = inventory.resources.iter_mut().find(|one| one.kind == "account").unwrap();
    account.attributes.insert("email".to_owned(), "no address".into());
    let (_, lost) = aws::twin(&inventory, "222222222222", "OrganizationAccountAccessRole", 1);
    assert!(lost.iter().any(|sentence| sentence.contains("1 of the kind `quantum-ledger`")), "{lost:?}");
    assert!(lost.iter().any(|sentence| sentence.starts_with("account `")), "{lost:?}");
}

#[test]
fn the_judge_finds_what_was_made_twice_taken_away_or_left_open() {
    let stage = original();
    let before = stage.sandbox.guardrails();
    let mut played = on_virtual_time(perform(&stage, &faults::calm(1), None)).unwrap().unwrap();
    let model = Model::of(&before, &before, &played);
    let watchman = Watchman::new(&model, &before);
    let judged = |played: &Performance| judge::judge(played, &model, &watchman, false);
    let wrong = |played: &Performance| match judged(played) {
        Verdict::Wrong(why) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(judged(&played), Verdict::Converged);

    let account = played.inventory.resources.iter().find(|one| one.kind == "account").unwrap().clone();
    played.inventory.resources.push(account);
    assert!(wrong(&played).contains("is there 2 times"));
    played.inventory.resources.pop();
    let last = played.inventory.resources.pop().unwrap();
    assert!(wrong(&played).contains("is gone"));
    played.inventory.resources.push(last);

    let nothing = std::mem::replace(&mut played.left, stage.plan.clone());
    assert!(wrong(&played).contains("still something to do"));
    played.left = nothing;
    let reason = "an entry was changed".to_owned();
    played.journal = polity_engine::journal::Verification::Broken { number: 3, reason };
    assert!(wrong(&played).contains("broken at entry 3"));
}
