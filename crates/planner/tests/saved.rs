//! A saved plan is carried out only where a plan made now would do exactly the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // these are tests

mod nimbus;

use nimbus::*;
use polity_model::{
    Value,
    organization::Mode,
    plan::{Change, Plan, Risk},
};
use polity_planner::stale;

/// A tenant under an old guardrail and a new one, with a budget beside it.
fn fenced(old: bool) -> Asking {
    let mut asking = Asking::new(Mode::Adopt);
    asking.zone("prod", None);
    asking.fence("new", "hard", &["x", "y"]);
    asking.attach("new", "zone:prod");
    asking.budget("all", "10");
    if old {
        asking.fence("old", "hard", &["x"]);
        asking.attach("old", "zone:prod");
    }
    asking
}

/// The cloud with both guardrails, and a plan that takes the old one off.
fn taking_off() -> (Nimbus, Plan) {
    let cloud = grown(&fenced(true));
    let plan = Case::new(fenced(false).all, &cloud).plan();
    assert_eq!(stale(&plan, &plan), Vec::<String>::new());
    (cloud, plan)
}

#[test]
fn nothing_is_taken_off_when_what_took_its_place_is_gone() {
    let (mut cloud, saved) = taking_off();
    let gone = ("attachment".to_owned(), cloud.id("attachment", "new@zone:prod"));
    cloud.objects.remove(&gone);
    let fresh = Case::new(fenced(false).all, &cloud).plan();
    assert_eq!(
        stale(&saved, &fresh),
        [
            "`nimbus/attachment/old@zone:prod` now has to wait for `nimbus/attachment/new@zone:prod`, and does not in the plan",
            "`nimbus/attachment/new@zone:prod` would have to be created too, and the plan does not say so",
        ]
    );
}

#[test]
fn drift_in_what_the_manifest_asks_for_means_a_new_plan() {
    let (mut cloud, saved) = taking_off();
    cloud.object("budget", "all").attributes.insert("amount".into(), "99".into());
    let fresh = Case::new(fenced(false).all, &cloud).plan();
    assert_eq!(
        stale(&saved, &fresh),
        ["`nimbus/budget/all` would have to be updated too, and the plan does not say so"]
    );
    assert_eq!(stale(&fresh, &saved), ["`nimbus/budget/all` need not be updated any more"]);
}

#[test]
fn a_plan_file_that_was_tampered_with_is_refused() {
    let cloud = grown(&fenced(true));
    let mut asking = fenced(false);
    asking.fence("newer", "hard", &["x", "y"]);
    asking.attach("newer", "zone:prod");
    asking.budget("more", "1");
    let budget = asking.all.iter_mut().find(|desired| desired.address == at("budget", "all")).unwrap();
    budget.attributes.insert("amount".into(), "11".into());
    let fresh = Case::new(asking.all, &cloud).plan();
    let find = |which: &dyn Fn(&Change) -> bool| fresh.changes.iter().position(which).unwrap();
    let off = find(&|change| change.address.name == "old@zone:prod");
    let update = find(&|change| !change.diff.is_empty());
    type Tampering<'t> = (&'t str, &'t dyn Fn(&mut Plan));
    let tamperings: [Tampering<'_>; 9] = [
        ("too, and the plan does not say so", &|plan| {
            plan.changes.retain(|change| change.address.name != "newer@zone:prod");
        }),
        ("now has to wait for", &|plan| plan.changes[off].needs.clear()),
        ("in the plan, and now need not", &|plan| plan.changes[update].needs.push(at("budget", "more"))),
        ("in other ways than the plan says", &|plan| plan.changes[update].diff.clear()),
        ("in other ways than the plan says", &|plan| plan.changes[update].diff[0].after = Value::text("10")),
        ("in other ways than the plan says", &|plan| {
            plan.changes[update].diff[0].attribute = "name".to_owned();
        }),
        ("for another reason or with other risks", &|plan| {
            plan.changes[off].risks.retain(|risk| *risk != Risk::WeakensGuardrail);
        }),
        ("for another reason or with other risks", &|plan| plan.changes[update].scope.push_str("/shop")),
        ("is in the plan more than once", &|plan| plan.changes.extend(plan.changes.first().cloned())),
    ];
    assert_eq!(stale(&fresh, &fresh), Vec::<String>::new());
    for (expected, tamper) in tamperings {
        let mut bent = fresh.clone();
        tamper(&mut bent);
        let reasons = stale(&bent, &fresh);
        assert!(reasons.iter().any(|reason| reason.contains(expected)), "{reasons:?}");
    }
}
