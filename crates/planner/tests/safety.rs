//! What must not slip through: guardrails left or loosened unseen, vendors' things taken, somebody locked out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // these are tests

mod nimbus;

use nimbus::*;
use polity_model::{
    Value,
    organization::{Limit as Bound, Mode},
    plan::{Action, Because, Change, Notice, Plan, Risk},
};

fn summary(plan: &Plan) -> Vec<String> {
    let line = |change: &Change| format!("{:?} {}/{}", change.action, change.address.kind, change.address.name);
    plan.changes.iter().map(line).collect()
}

/// A tenant that is not ours yet stands under a guardrail; it is adopted into a zone.
fn adopted_into(zone: &str) -> Plan {
    let mut asking = Asking::new(Mode::Adopt);
    asking.zone("prod", None);
    asking.zone("lab", None);
    asking.fence("deny-x", "hard", &["x"]);
    asking.attach("deny-x", "zone:prod");
    let mut cloud = grown(&asking);
    let prod = cloud.id("zone", "prod");
    let attributes = [("name", "shop".into()), ("email", "shop@acme.example".into()), ("parent", prod.into())];
    cloud.put("tenant", "t-1", &attributes);
    asking.tenant("shop", Some(zone));
    Case::new(asking.all, &cloud).plan()
}

#[test]
fn a_tenant_that_leaves_its_fences_as_it_is_adopted_is_weaker() {
    let plan = adopted_into("lab");
    assert_eq!(summary(&plan), ["Adopt tenant/shop"]);
    assert_eq!(plan.changes[0].risks, [Risk::WeakensGuardrail]);
    assert_eq!(adopted_into("prod").changes[0].risks, []);
}

/// A cloud in which a replacement was begun and not finished.
fn half_replaced(first: &Asking, second: &Asking) -> Nimbus {
    let mut cloud = grown(first);
    let case = Case::new(second.all.clone(), &cloud);
    let plan = case.plan();
    for change in plan.changes.iter().filter(|change| change.action != Action::Delete) {
        cloud.apply_one(&case.schemas, change);
    }
    cloud
}

#[test]
fn the_old_half_of_a_guardrail_without_a_successor_weakens_as_it_goes() {
    let fenced = |kind: &str| {
        let mut asking = Asking::new(Mode::Adopt);
        asking.zone("prod", None);
        asking.fence("deny-x", kind, &["x"]);
        asking.attach("deny-x", "zone:prod");
        asking
    };
    let cloud = half_replaced(&fenced("hard"), &fenced("soft"));
    let going_on = Case::new(fenced("soft").all, &cloud).plan();
    assert_eq!(summary(&going_on), ["Delete attachment/deny-x@zone:prod (replaced)", "Delete fence/deny-x (replaced)"]);
    assert!(going_on.changes.iter().all(|change| change.risks == [Risk::Deletes]), "its successor is in force");

    let mut nothing = Asking::new(Mode::Adopt);
    nothing.zone("prod", None);
    let mut case = Case::new(nothing.all, &cloud);
    case.organization.brakes.guardrails_removed = Bound { max: Some(3), percent: None };
    case.organization.brakes.removals.insert("fence".into(), Bound { max: Some(1), percent: None });
    let plan = case.plan();
    assert_eq!(plan.changes.len(), 4, "{:?}", summary(&plan));
    let weakens = |change: &Change| change.risks == [Risk::WeakensGuardrail, Risk::Deletes];
    assert!(plan.changes.iter().all(weakens), "{:#?}", plan.changes);
    let said: Vec<&str> = plan.brakes.iter().map(|brake| brake.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "4 guardrails would be removed or loosened: 4 of 4; 3 are allowed",
            "2 fences would be removed from `nimbus`: 2 of 2; 1 is allowed",
        ]
    );
}

#[test]
fn the_old_half_of_a_place_whose_text_is_gone_is_forgotten() {
    let zoned = |parent: Option<&str>| {
        let mut asking = Asking::new(Mode::Adopt);
        asking.zone("core", None);
        asking.zone("prod", parent);
        asking
    };
    let cloud = half_replaced(&zoned(None), &zoned(Some("core")));
    let plan = Case::new(zoned(Some("core")).all, &cloud).plan();
    assert_eq!(summary(&plan), ["Delete zone/prod (replaced)"]);
    let plan = Case::new(Asking::new(Mode::Adopt).all, &cloud).plan();
    assert_eq!(summary(&plan), ["Forget zone/core", "Forget zone/prod", "Forget zone/prod (replaced)"]);
}

#[test]
fn what_hangs_on_something_of_the_vendors_is_the_vendors() {
    let mut asking = Asking::new(Mode::Own);
    asking.tenant("shop", None);
    asking.person("ada");
    let mut cloud = grown(&asking);
    let (shop, ada) = (cloud.id("tenant", "shop"), cloud.id("person", "ada"));
    cloud.put("role", "r-9", &[("title", "support".into())]).vendor = Some("made by nimbus".into());
    let ends = [("principal", ada.into()), ("role", "r-9".into()), ("place", Value::from(shop))];
    cloud.put("access", "a-9", &ends);
    let plan = Case::new(asking.all.clone(), &cloud).plan();
    assert!(plan.is_empty(), "{:?}", summary(&plan));
    let vendors = |notice: &Notice| matches!(notice, Notice::Vendor { kind, by, .. } if kind == "access" && by == "made by nimbus");
    assert!(plan.notices.iter().any(vendors), "{:?}", plan.notices);

    let owned = cloud.objects.get_mut(&("role".to_owned(), "r-9".to_owned())).unwrap();
    owned.vendor = None;
    let plan = Case::new(asking.all, &cloud).plan();
    assert_eq!(plan.changes.len(), 1, "where it is no vendor's, it goes in a place that we own");
    assert_eq!(plan.changes[0].because, Because::Foreign);
}

#[test]
fn access_that_we_gave_to_a_role_of_the_vendors_is_taken_back() {
    let mut asking = Asking::new(Mode::Adopt);
    asking.tenant("shop", None);
    asking.person("ada");
    let mut cloud = grown(&asking);
    cloud.put("role", "r-9", &[("title", "support".into())]).vendor = Some("made by nimbus".into());
    let mut giving = Asking { all: asking.all.clone(), mode: asking.mode, line: asking.line };
    giving.role("support", &[]).adopt = Some("r-9".into());
    giving.access(("person", "ada"), "support", "shop");
    let case = Case::new(giving.all, &cloud);
    assert_eq!(summary(&case.plan()), ["Create access/person:ada/support@shop"]);
    cloud.apply(&case.schemas, &case.plan());
    let plan = Case::new(asking.all, &cloud).plan();
    assert_eq!(summary(&plan), ["Delete access/person:ada/support@shop"]);
    assert_eq!(plan.changes[0].because, Because::Removed);
}
