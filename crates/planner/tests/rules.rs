//! The rules one by one: matching, ownership, what removal means, risks and brakes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // these are tests

mod nimbus;

use std::collections::BTreeMap;

use nimbus::*;
use polity_model::{
    Value,
    inventory::Gap,
    limit::{Limit, Measure},
    organization::{BreakGlass, Limit as Bound, Mode},
    plan::{Action, Because, Brake, Change, Notice, Plan, Risk},
    resource::{MARK_ATTRIBUTE, Mark},
};

/// `+ kind/name` for each change.
fn summary(plan: &Plan) -> Vec<String> {
    let line = |change: &Change| format!("{:?} {}/{}", change.action, change.address.kind, change.address.name);
    plan.changes.iter().map(line).collect()
}

fn conflicts(plan: &Plan) -> Vec<&str> {
    let message = |notice: &'_ Notice| match notice {
        Notice::Conflict { message, .. } => Some(message.clone()),
        _ => None,
    };
    plan.notices.iter().filter_map(message).map(|message| &*message.leak()).collect()
}

fn blocked(plan: &Plan) -> Vec<String> {
    let line = |notice: &Notice| match notice {
        Notice::Blocked { address, by, .. } => Some(format!("{address}: {by}")),
        _ => None,
    };
    plan.notices.iter().filter_map(line).collect()
}

fn brake<'p>(plan: &'p Plan, name: &str) -> &'p Brake {
    plan.brakes.iter().find(|brake| brake.name == name).unwrap_or_else(|| panic!("no {name} in {:?}", plan.brakes))
}

fn team(mode: Mode) -> (Asking, Nimbus) {
    let mut asking = Asking::new(mode);
    asking.team("dev", &[]);
    let mut cloud = Nimbus::new();
    cloud.put("team", "t-1", &[("title", "dev".into())]);
    (asking, cloud)
}

#[test]
fn a_name_alone_is_no_reason_to_take_something_over() {
    let (asking, cloud) = team(Mode::Observe);
    let plan = Case::new(asking.all, &cloud).plan();
    assert!(plan.is_empty(), "{:?}", plan.changes);
    assert_eq!(conflicts(&plan), ["`dev` is there already and not ours: write its `id:`, or set `mode: adopt` here"]);
}

#[test]
fn adopting_writes_the_mark_once() {
    for mode in [Mode::Adopt, Mode::Own] {
        let (asking, mut cloud) = team(mode);
        let case = Case::new(asking.all.clone(), &cloud);
        let plan = case.plan();
        assert_eq!(summary(&plan), ["Adopt team/dev"]);
        assert_eq!(plan.changes[0].diff[0].attribute, MARK_ATTRIBUTE);
        cloud.apply(&case.schemas, &plan);
        assert!(Case::new(asking.all, &cloud).plan().is_empty());
    }
}

#[test]
fn a_written_id_in_observe_pairs_without_a_mark() {
    let (mut asking, cloud) = team(Mode::Observe);
    asking.all.last_mut().unwrap().adopt = Some("t-1".into());
    let case = Case::new(asking.all.clone(), &cloud);
    assert!(case.plan().is_empty());
    assert_eq!(polity_planner::pair(&case.input())[&at("team", "dev")], "t-1");
    asking.all.last_mut().unwrap().mode = Mode::Adopt;
    assert_eq!(summary(&Case::new(asking.all, &cloud).plan()), ["Adopt team/dev"]);
}

#[test]
fn a_written_id_that_leads_nowhere_makes_nothing() {
    let (mut asking, cloud) = team(Mode::Adopt);
    asking.all.last_mut().unwrap().adopt = Some("t-9".into());
    let mut case = Case::new(asking.all, &cloud);
    let plan = case.plan();
    assert!(plan.is_empty());
    assert!(conflicts(&plan)[0].starts_with("nothing with id `t-9` is in `nimbus`"), "{:?}", conflicts(&plan));
    case.inventory.gaps.push(gap("team"));
    let plan = case.plan();
    assert_eq!(blocked(&plan), ["nimbus/team/dev: `nimbus` could not be read: denied"]);
    assert!(conflicts(&plan).is_empty());
}

fn gap(kind: &str) -> Gap {
    let (scope, kind) = (PLATFORM.to_owned(), Some(kind.to_owned()));
    Gap { scope, kind, reason: "denied".into(), permission: None, help: None }
}

#[test]
fn another_organizations_object_and_a_borrowed_mark_are_left_alone() {
    let (asking, mut cloud) = team(Mode::Own);
    let object = cloud.objects.values_mut().find(|object| object.kind == "team").unwrap();
    object.mark = Some(Mark { organization: "rival".into(), address: at("team", "dev") });
    let plan = Case::new(asking.all, &cloud).plan();
    assert!(plan.is_empty() && conflicts(&plan)[0].contains("belongs to the organization `rival`"));

    let mut asking = Asking::new(Mode::Own);
    asking.team("dev", &[]);
    asking.team("ops", &[]);
    cloud.objects.values_mut().find(|object| object.kind == "team").unwrap().mark = Some(mark(&at("team", "ops")));
    let plan = Case::new(asking.all, &cloud).plan();
    // The mark decides: the object is `ops`, under another name for now; `dev` may not be made of it.
    assert_eq!(summary(&plan), ["Update team/ops"]);
    assert!(conflicts(&plan)[0].contains("claim the same object `t-1`"), "{:?}", plan.notices);
}

#[test]
fn two_objects_with_one_mark_are_nobodys_guess() {
    let (asking, mut cloud) = team(Mode::Own);
    for id in ["t-1", "t-2"] {
        cloud.put("team", id, &[("title", id.into())]).mark = Some(mark(&at("team", "dev")));
    }
    let plan = Case::new(asking.all, &cloud).plan();
    assert!(plan.is_empty());
    assert!(matches!(&plan.notices[0], Notice::Conflict { candidates, .. } if *candidates == ["t-1", "t-2"]));
}

#[test]
fn two_addresses_with_one_key_stop_the_plan() {
    let mut asking = Asking::new(Mode::Own);
    asking.budget("all", "1");
    asking.add("budget", "other", &[("name", "all".into())], &[("name", "all".into())]);
    let plan = Case::new(asking.all, &Nimbus::new()).plan();
    assert!(plan.is_empty());
    let on = brake(&plan, "two-claimants");
    assert_eq!(on.message, "`nimbus/budget/all` and `nimbus/budget/other` claim one and the same object");
    assert_eq!(conflicts(&plan).len(), 2);
}

#[test]
fn a_rename_keeps_the_object_and_rewrites_its_mark() {
    let mut asking = Asking::new(Mode::Adopt);
    asking.zone("prod", None);
    asking.tenant("shop", Some("prod"));
    let mut cloud = grown(&asking);
    for lost in [false, true] {
        let mut renamed = Asking::new(Mode::Adopt);
        renamed.zone("production", None).renamed_from = vec![at("zone", "prod")];
        renamed.tenant("shop", Some("production"));
        if lost {
            cloud.last.clear();
        }
        let mut case = Case::new(renamed.all, &cloud);
        case.schemas = schemas(true);
        let plan = case.plan();
        assert_eq!(summary(&plan), ["Update zone/production"]);
        assert_eq!(plan.changes[0].renamed_from, Some(at("zone", "prod")));
        let names: Vec<&str> = plan.changes[0].diff.iter().map(|difference| difference.attribute.as_str()).collect();
        assert_eq!(names, ["name", MARK_ATTRIBUTE]);
    }
}

#[test]
fn drift_is_told_from_what_was_never_applied() {
    let mut asking = Asking::new(Mode::Adopt);
    asking.role("admin", &["read"]);
    asking.budget("all", "10");
    let mut cloud = grown(&asking);
    cloud.object("role", "admin").attributes.insert("abilities".into(), Value::from(vec!["write"]));
    let key = ("budget".to_owned(), cloud.id("budget", "all"));
    cloud.objects.remove(&key);
    let plan = Case::new(asking.all.clone(), &cloud).plan();
    assert_eq!(summary(&plan), ["Create budget/all", "Update role/admin"]);
    assert!(plan.changes.iter().all(|change| matches!(change.because, Because::Drifted(_))), "{:#?}", plan.changes);

    let abilities = Value::from(vec!["read", "list"]);
    asking
        .all
        .iter_mut()
        .find(|desired| desired.address.kind == "role")
        .unwrap()
        .attributes
        .insert("abilities".into(), abilities);
    let plan = Case::new(asking.all, &cloud).plan();
    assert!(matches!(plan.changes[1].because, Because::Written(_)));
}

#[test]
fn a_mark_that_was_taken_off_is_drift() {
    let mut asking = Asking::new(Mode::Observe);
    asking.team("dev", &[]);
    let mut cloud = grown(&asking);
    cloud.object("team", "dev").mark = None;
    let plan = Case::new(asking.all, &cloud).plan();
    assert_eq!(summary(&plan), ["Update team/dev"]);
    assert!(matches!(plan.changes[0].because, Because::Drifted(_)));
    assert_eq!(plan.changes[0].diff[0].attribute, MARK_ATTRIBUTE);
}

fn everything() -> Asking {
    everything_in(Mode::Own)
}

fn everything_in(mode: Mode) -> Asking {
    let mut asking = Asking::new(mode);
    asking.zone("prod", None);
    asking.tenant("shop", Some("prod"));
    asking.lock("shop", true);
    asking.person("ada");
    asking.person("bob");
    asking.team("dev", &["ada", "bob"]);
    asking.role("admin", &["all"]);
    asking.access(("team", "dev"), "admin", "shop");
    asking.access(("person", "ada"), "admin", "shop");
    asking.fence("deny-x", "hard", &["x"]);
    asking.attach("deny-x", "zone:prod");
    asking.budget("all", "10");
    asking
}

fn without(asking: Asking, gone: &[&str]) -> Asking {
    let all = asking.all.into_iter().filter(|desired| {
        let name = format!("{}/{}", desired.address.kind, desired.address.name);
        !gone.contains(&name.as_str())
    });
    Asking { all: all.collect(), mode: asking.mode, line: asking.line }
}

#[test]
fn removed_text_takes_back_links_and_definitions_and_forgets_the_rest() {
    let cloud = grown(&everything());
    let plan = Case::new(Asking::new(Mode::Adopt).all, &cloud).plan();
    let mut lines = summary(&plan);
    lines.sort();
    assert_eq!(
        lines,
        [
            "Delete access/person:ada/admin@shop",
            "Delete access/team:dev/admin@shop",
            "Delete attachment/deny-x@zone:prod",
            "Delete budget/all",
            "Delete fence/deny-x",
            "Delete membership/ada@dev",
            "Delete membership/bob@dev",
            "Delete role/admin",
            "Forget person/ada",
            "Forget person/bob",
            "Forget team/dev",
            "Forget tenant/shop",
            "Forget zone/prod",
        ]
    );
    assert_eq!(plan.notices.iter().filter(|notice| matches!(notice, Notice::Forgotten { .. })).count(), 5);
    let tenant = plan.changes.iter().find(|change| change.address == at("tenant", "shop")).unwrap();
    assert_eq!(tenant.diff[0].before, Value::text("acme:nimbus/tenant/shop"));
    assert_eq!(tenant.diff[0].after, Value::Null);
}

#[test]
fn a_setting_that_we_set_is_set_back_and_others_are_left() {
    let cloud = grown(&everything());
    let asking = without(everything(), &["lock/shop"]);
    let plan = Case::new(asking.all.clone(), &cloud).plan();
    assert_eq!(summary(&plan), ["Delete lock/shop"]);
    assert!(plan.changes[0].risks.contains(&Risk::WeakensGuardrail));
    let mut fresh = cloud.clone();
    fresh.last.remove(&at("lock", "shop"));
    assert!(Case::new(asking.all, &fresh).plan().is_empty());
}

#[test]
fn a_link_that_somebody_hung_on_ours_is_only_reported_where_we_do_not_own() {
    for mode in [Mode::Observe, Mode::Adopt] {
        let mut cloud = grown(&everything_in(mode));
        let (role, bob, shop) = (cloud.id("role", "admin"), cloud.id("person", "bob"), cloud.id("tenant", "shop"));
        cloud.put("access", "a-9", &[("principal", bob.into()), ("role", role.into()), ("place", shop.into())]);
        let plan = Case::new(everything_in(mode).all, &cloud).plan();
        assert!(plan.is_empty(), "{:?}", plan.changes);
        let reported = |notice: &Notice| matches!(notice, Notice::Foreign { id, .. } if id == "a-9");
        assert_eq!(plan.notices.iter().filter(|notice| reported(notice)).count(), 1, "{mode:?}");
    }
}

#[test]
fn a_tenant_keeps_its_guardrails_until_it_is_gone() {
    let mut cloud = grown(&{
        let mut asking = everything();
        asking.attach("deny-x", "tenant:shop");
        asking
    });
    // Nobody asks for the attachment to a retired tenant any more.
    let mut asking =
        without(everything(), &["access/team:dev/admin@shop", "access/person:ada/admin@shop", "lock/shop"]);
    asking.all.iter_mut().find(|desired| desired.address.name == "shop").unwrap().retired = Some("sold".into());
    let case = Case::new(asking.all.clone(), &cloud);
    let plan = case.plan();
    assert!(plan.changes.iter().all(|change| change.address.kind != "attachment"), "{:?}", summary(&plan));
    assert_eq!(plan.changes.iter().filter(|change| change.address.kind == "tenant").count(), 1);
    cloud.apply(&case.schemas, &plan);
    assert!(Case::new(asking.all, &cloud).plan().is_empty(), "nor once it is gone");
}

#[test]
fn a_fence_within_a_tenant_goes_with_it() {
    let fenced = |mut asking: Asking| {
        asking.fence("within", "deny", &["x"]).attributes.insert("type".to_owned(), id_of("tenant", "shop"));
        asking
    };
    let cloud = grown(&fenced(everything()));
    let removed = Case::new(everything().all, &cloud).plan();
    assert_eq!(
        summary(&removed),
        ["Delete fence/within"],
        "while the tenant lives, its fence is taken away like any other"
    );
    let mut asking =
        without(everything(), &["access/team:dev/admin@shop", "access/person:ada/admin@shop", "lock/shop"]);
    asking.all.iter_mut().find(|desired| desired.address.name == "shop").unwrap().retired = Some("sold".into());
    let plan = Case::new(asking.all, &cloud).plan();
    assert!(plan.changes.iter().all(|change| change.address.kind != "fence"), "{:?}", summary(&plan));
}

#[test]
fn a_link_that_somebody_hung_on_ours_is_drift() {
    let mut cloud = grown(&everything());
    let (role, bob, shop) = (cloud.id("role", "admin"), cloud.id("person", "bob"), cloud.id("tenant", "shop"));
    let ends = [("principal", bob.into()), ("role", role.into()), ("place", shop.into())];
    cloud.put("access", "a-9", &ends);
    let mut case = Case::new(everything().all, &cloud);
    let plan = case.plan();
    assert_eq!(summary(&plan), ["Delete access/a-9"]);
    assert_eq!(plan.changes[0].because, Because::Drifted(Vec::new()));
    assert_eq!(plan.changes[0].group.tenant.as_deref(), Some("shop"));
    assert!(plan.access.is_empty(), "bob keeps it through his team: {:?}", plan.access);
    for kind in ["access", "role"] {
        case.inventory.gaps = vec![gap(kind)];
        let plan = case.plan();
        assert!(plan.is_empty(), "nothing is taken back across a gap of {kind}");
        assert_eq!(blocked(&plan).len(), 1);
    }
}

#[test]
fn foreign_links_go_only_where_we_own() {
    for (mode, expected) in [(Mode::Observe, 0), (Mode::Adopt, 0), (Mode::Own, 1)] {
        let mut asking = Asking::new(mode);
        asking.zone("prod", None);
        let mut cloud = grown(&asking);
        cloud.put("fence", "f-9", &[("title", "theirs".into())]);
        let zone = cloud.id("zone", "prod");
        cloud.put("attachment", "at-9", &[("fence", "f-9".into()), ("target", zone.clone().into())]);
        let plan = Case::new(asking.all.clone(), &cloud).plan();
        assert_eq!(plan.changes.len(), expected, "{mode:?}");
        assert!(plan.changes.iter().all(|change| change.because == Because::Foreign));
        cloud.put("attachment", "at-9", &[("fence", "f-9".into()), ("target", zone.into())]).vendor =
            Some("by nimbus".into());
        assert!(Case::new(asking.all, &cloud).plan().is_empty(), "the vendor's own is never touched");
    }
}

#[test]
fn a_tombstone_ends_what_is_ours_and_only_once() {
    let mut cloud = grown(&everything());
    let mut asking =
        without(everything(), &["access/team:dev/admin@shop", "access/person:ada/admin@shop", "lock/shop"]);
    asking.all.iter_mut().find(|desired| desired.address.name == "shop").unwrap().retired = Some("sold".into());
    let case = Case::new(asking.all.clone(), &cloud);
    let plan = case.plan();
    assert_eq!(
        summary(&plan),
        ["Delete access/person:ada/admin@shop", "Delete access/team:dev/admin@shop", "Delete tenant/shop",]
    );
    assert_eq!(plan.changes[2].risks, [Risk::Deletes, Risk::Irreversible]);
    assert_eq!(plan.changes[2].needs.len(), 2);
    cloud.apply(&case.schemas, &plan);
    assert!(Case::new(asking.all.clone(), &cloud).plan().is_empty(), "what has ended stays ended");
    asking.all.iter_mut().find(|desired| desired.address.name == "shop").unwrap().retired = None;
    let plan = Case::new(asking.all, &cloud).plan();
    assert!(plan.is_empty());
    assert!(conflicts(&plan)[0].contains("is being closed and does not come back"));
}

#[test]
fn a_tombstone_without_proof_ends_nothing() {
    let (mut asking, cloud) = team(Mode::Own);
    asking.all.last_mut().unwrap().retired = Some("not needed".into());
    let plan = Case::new(asking.all, &cloud).plan();
    assert!(plan.is_empty());
    assert!(conflicts(&plan)[0].contains("nothing proves that it is ours"));
}

#[test]
fn what_points_at_a_conflict_waits_and_nothing_beside_it_is_taken_back() {
    let mut cloud = grown(&everything());
    cloud.object("role", "admin").mark = Some(Mark { organization: "rival".into(), address: at("role", "x") });
    let plan = Case::new(everything().all, &cloud).plan();
    assert!(plan.is_empty(), "{:?}", summary(&plan));
    assert_eq!(blocked(&plan).len(), 2, "{:?}", plan.notices);
    let renamed = without(everything(), &["access/team:dev/admin@shop"]);
    assert!(Case::new(renamed.all, &cloud).plan().is_empty(), "it may be the one that could not be planned");
}

#[test]
fn a_zone_that_cannot_move_is_replaced_with_all_that_hangs_on_it() {
    let mut asking = everything();
    asking.zone("core", None);
    let mut cloud = grown(&asking);
    asking.all.retain(|desired| desired.address != at("zone", "prod"));
    asking.zone("prod", Some("core"));
    let case = Case::new(asking.all.clone(), &cloud);
    let plan = case.plan();
    assert_eq!(
        summary(&plan),
        [
            "Replace zone/prod",
            "Replace attachment/deny-x@zone:prod",
            "Move tenant/shop",
            "Delete attachment/deny-x@zone:prod (replaced)",
            "Delete zone/prod (replaced)",
        ]
    );
    assert!(plan.changes.iter().all(|change| !change.risks.contains(&Risk::WeakensGuardrail)));
    cloud.apply(&case.schemas, &plan);
    assert!(Case::new(asking.all, &cloud).plan().is_empty());
}

#[test]
fn a_place_with_others_in_it_is_let_go_not_ended() {
    let mut asking = everything();
    asking.zone("core", None);
    let mut cloud = grown(&asking);
    let old = cloud.id("zone", "prod");
    cloud.put(
        "tenant",
        "theirs",
        &[("name", "theirs".into()), ("email", "x@y.example".into()), ("parent", old.into())],
    );
    let retired = |asking: &mut Asking| {
        let zone = asking.all.iter_mut().find(|desired| desired.address == at("zone", "prod")).unwrap();
        zone.retired = Some("no use".into());
    };
    let mut ending = without(everything(), &["attachment/deny-x@zone:prod"]);
    retired(&mut ending);
    let plan = Case::new(ending.all, &cloud).plan();
    assert!(!summary(&plan).contains(&"Delete zone/prod".to_owned()));
    assert!(
        blocked(&plan)
            .iter()
            .any(|line| line.contains("`theirs` is still in it") || line.contains("`shop` is still in it"))
    );
    asking.all.retain(|desired| desired.address != at("zone", "prod"));
    asking.zone("prod", Some("core"));
    let plan = Case::new(asking.all, &cloud).plan();
    assert!(summary(&plan).contains(&"Forget zone/prod (replaced)".to_owned()), "{:?}", summary(&plan));
}

#[test]
fn what_can_never_change_refuses_the_plan_and_names_its_line() {
    let cloud = grown(&everything());
    let mut asking = everything();
    let tenant = asking.all.iter_mut().find(|desired| desired.address.name == "shop").unwrap();
    tenant.attributes.insert("email".into(), "new@acme.example".into());
    let line = tenant.origins[0].line;
    let plan = Case::new(asking.all.clone(), &cloud).plan();
    let on = brake(&plan, "fixed");
    let expected = format!(
        "`email` of `nimbus/tenant/shop` (org.yaml:{line}) is `shop@acme.example` and can never be `new@acme.example`"
    );
    assert_eq!(on.message, expected);
    let tenant = asking.all.iter_mut().find(|desired| desired.address.name == "shop").unwrap();
    tenant.attributes.insert("email".into(), "Shop@ACME.example".into());
    assert!(Case::new(asking.all, &cloud).plan().is_empty(), "case means nothing in it");
}

#[test]
fn a_secret_is_neither_shown_nor_written_down() {
    let mut asking = Asking::new(Mode::Adopt);
    asking.role("admin", &[]).attributes.insert("key".into(), "hunter2".into());
    let mut cloud = grown(&asking);
    cloud.object("role", "admin").attributes.insert("key".into(), "hunter3".into());
    let plan = Case::new(asking.all, &cloud).plan();
    assert_eq!(plan.changes[0].diff[0].attribute, "key");
    let written = serde_json::to_string(&plan).unwrap() + &format!("{plan:?}");
    assert!(!written.contains("hunter"), "{written}");
    assert!(matches!(&plan.changes[0].after["key"], Value::Secret(secret) if secret.expose() == "hunter2"));
}

#[test]
fn access_is_told_person_by_person() {
    let cloud = grown(&everything());
    let mut asking = without(everything(), &["access/team:dev/admin@shop"]);
    asking.role("reader", &["read"]);
    asking.access(("team", "dev"), "reader", "shop");
    let plan = Case::new(asking.all, &cloud).plan();
    let lines: Vec<String> = plan
        .access
        .iter()
        .map(|access| {
            let sign = if access.gains { '+' } else { '-' };
            let team = access.through.as_deref().unwrap_or("-");
            format!("{sign} {} {} {} {team} {}", access.person, access.role, access.place, access.admin)
        })
        .collect();
    // Ada keeps admin: she holds it herself.
    assert_eq!(lines, ["- bob admin shop dev true", "+ ada reader shop dev false", "+ bob reader shop dev false"]);
    assert_eq!(plan.access[0].by, [at("access", "team:dev/admin@shop")]);
}

#[test]
fn leaving_a_team_loses_what_the_team_has() {
    let cloud = grown(&everything());
    let plan = Case::new(without(everything(), &["membership/bob@dev", "membership/ada@dev"]).all, &cloud).plan();
    assert_eq!(plan.access.len(), 1);
    assert_eq!((plan.access[0].person.as_str(), plan.access[0].gains), ("bob", false));
    assert_eq!(plan.access[0].by, [at("membership", "bob@dev")]);
}

#[test]
fn brakes_count_and_say_how_to_release_them() {
    let cloud = grown(&everything());
    let gone = ["access/team:dev/admin@shop", "access/person:ada/admin@shop", "attachment/deny-x@zone:prod"];
    let mut case = Case::new(without(everything(), &gone).all, &cloud);
    let brakes = &mut case.organization.brakes;
    brakes.removals = BTreeMap::from([("*".to_owned(), Bound { max: Some(1), percent: Some(50) })]);
    brakes.people_losing_access = Bound { max: Some(1), percent: None };
    brakes.guardrails_removed = Bound { max: Some(0), percent: None };
    brakes.minimum_admins = 1;
    case.applier = Some("bob".into());
    let origin = polity_model::Origin::file("org.yaml");
    case.organization.break_glass = Some(BreakGlass { person: "ada".into(), role: "admin".into(), origin });
    let plan = case.plan();
    assert!(plan.is_refused());
    let said: Vec<&str> = plan.brakes.iter().map(|brake| brake.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "1 guardrail would be removed or loosened: 1 of 3; 0 are allowed",
            "`bob`, who applies this, would no longer be an admin on `shop`",
            "the break-glass principal `ada` (org.yaml:1) would lose the role `admin` on `shop`",
            "`shop` would be left with 0 admins: 2 before, and at least 1 must remain",
            "2 people would lose a role somewhere: 2 of 2; 1 is allowed",
            "2 access would be removed from `nimbus`: 2 of 2; 1 is allowed",
        ]
    );
    assert!(brake(&plan, "removals").help.contains("raise `*` under `brakes: removals:`"));
    let locking: Vec<&Change> = plan.changes.iter().filter(|change| change.risks.contains(&Risk::LocksOut)).collect();
    assert_eq!(locking.len(), 2);
}

#[test]
fn who_is_admin_above_is_one_in_all_that_is_below() {
    let grant = || {
        let mut asking = everything();
        asking.access_below(("team", "dev"), "admin", "prod");
        asking
    };
    let cloud = grown(&grant());
    let direct = ["access/team:dev/admin@shop", "access/person:ada/admin@shop"];
    let all = ["access/team:dev/admin@shop", "access/person:ada/admin@shop", "access/team:dev/admin@below:prod"];
    for (gone, said) in [
        (direct.as_slice(), None),
        (all.as_slice(), Some("`shop` would be left with 0 admins: 2 before, and at least 1 must remain")),
    ] {
        let mut case = Case::new(without(grant(), gone).all, &cloud);
        case.organization.brakes.minimum_admins = 1;
        let plan = case.plan();
        assert_eq!(plan.brakes.first().map(|brake| brake.message.as_str()), said, "{gone:?}");
    }
}

#[test]
fn a_percentage_never_forbids_the_last_of_a_few_unless_it_is_none() {
    let cloud = grown(&everything());
    let mut case = Case::new(without(everything(), &["budget/all"]).all, &cloud);
    for (percent, refused) in [(0, true), (1, false)] {
        let bound = Bound { max: None, percent: Some(percent) };
        case.organization.brakes.removals = BTreeMap::from([("budget".to_owned(), bound)]);
        assert_eq!(case.plan().is_refused(), refused, "{percent}");
    }
}

#[test]
fn a_limit_is_spelled_out_with_its_sum_and_its_peak() {
    let mut asking = Asking::new(Mode::Adopt);
    asking.zone("prod", None);
    for number in 0..4 {
        asking.fence(&format!("f{number}"), "hard", &["x"]);
        asking.attach(&format!("f{number}"), "zone:prod");
    }
    let cloud = grown(&asking);
    asking.fence("f9", "hard", &["x"]);
    asking.attach("f9", "zone:prod");
    let limit = |measure, max, kind: &str| Limit {
        platform: PLATFORM.into(),
        kind: kind.into(),
        only: None,
        measure,
        max,
        what: "fences per target".into(),
        source: "the nimbus handbook".into(),
    };
    let mut case = Case::new(asking.all.clone(), &cloud);
    case.limits = vec![limit(Measure::CountPer("target".into()), 4, "attachment")];
    let sum = "5 fences would be attached to `zone:prod`: 4 there, 1 added, 0 taken off; 4 are allowed";
    assert_eq!(brake(&case.plan(), "limit").message, sum);
    case.desired.retain(|desired| desired.address.name != "f0@zone:prod");
    let peak = "5 fences would be attached to `zone:prod` for a moment, because new ones come before old ones go: \
                4 there, 1 added, 1 taken off; 4 are allowed";
    assert_eq!(brake(&case.plan(), "limit").message, peak);
    case.limits = vec![limit(Measure::CountPer("target".into()), 3, "zone"), limit(Measure::Count, 4, "fence")];
    assert_eq!(
        brake(&case.plan(), "limit").message,
        "5 fences would be in `nimbus`: 4 there, 1 added, 0 taken off; 4 are allowed"
    );
    case.limits = vec![limit(Measure::Bytes("document".into()), 40, "fence")];
    assert_eq!(
        brake(&case.plan(), "limit").message,
        "`document` of `nimbus/fence/f9` would be 46 bytes: 6 too many; 40 are allowed"
    );
    case.limits = vec![limit(Measure::Characters("title".into()), 1, "fence")];
    assert!(brake(&case.plan(), "limit").message.contains("would be 2 characters"));
}

#[test]
fn what_loosens_a_guardrail_is_told_from_what_tightens_it() {
    let cloud = grown(&everything());
    for (denies, weakens) in [(&["x", "y"][..], false), (&["y"][..], true), (&[][..], true)] {
        let mut asking = without(everything(), &["fence/deny-x"]);
        asking.fence("deny-x", "hard", denies);
        let plan = Case::new(asking.all, &cloud).plan();
        assert_eq!(summary(&plan), ["Update fence/deny-x"]);
        assert_eq!(plan.changes[0].risks.contains(&Risk::WeakensGuardrail), weakens, "{denies:?}");
    }
}

#[test]
fn a_tenant_that_leaves_its_fences_is_weaker() {
    let mut asking = everything();
    asking.zone("lab", None);
    let cloud = grown(&asking);
    asking.all.retain(|desired| desired.address != at("tenant", "shop"));
    asking.tenant("shop", Some("lab"));
    let plan = Case::new(asking.all, &cloud).plan();
    assert_eq!(summary(&plan), ["Move tenant/shop"]);
    assert_eq!(plan.changes[0].risks, [Risk::WeakensGuardrail]);
}

#[test]
fn a_circle_is_said_not_dropped() {
    let mut asking = Asking::new(Mode::Adopt);
    asking.budget("a", "1").needs = vec![at("budget", "b")];
    asking.budget("b", "1").needs = vec![at("budget", "a")];
    asking.budget("c", "1");
    let plan = Case::new(asking.all, &Nimbus::new()).plan();
    assert_eq!(summary(&plan), ["Create budget/c", "Create budget/a", "Create budget/b"]);
    assert!(brake(&plan, "cycle").message.contains("`nimbus/budget/a` and `nimbus/budget/b` need each other first"));
}

#[test]
fn an_unborn_scope_counts_as_empty_and_waits_for_its_tenant() {
    let mut asking = Asking::new(Mode::Adopt);
    asking.tenant("shop", None);
    asking.lock("shop", true);
    let plan = Case::new(asking.all, &Nimbus::new()).plan();
    assert_eq!(summary(&plan), ["Create tenant/shop", "Create lock/shop"]);
    assert_eq!(plan.changes[1].needs, [at("tenant", "shop")]);
    assert!(plan.scopes.iter().any(|scope| scope.name == "nimbus/shop" && scope.entry.is_none()));
}

#[test]
fn a_saved_plan_is_refused_in_plain_words() {
    let cloud = grown(&everything());
    let mut asking = everything();
    let role = asking.all.iter_mut().find(|desired| desired.address.kind == "role").unwrap();
    role.attributes.insert("abilities".into(), Value::from(vec!["less"]));
    let saved = Case::new(asking.all.clone(), &cloud).plan();
    let mut later = cloud.clone();
    later.put("zone", "elsewhere", &[("name", "elsewhere".into()), ("parent", "top-0".into())]);
    let mut fresh = Case::new(asking.all.clone(), &later).plan();
    assert_eq!(polity_planner::stale(&saved, &fresh), Vec::<String>::new(), "what nobody asks for may change");
    fresh.today = "2026-11-23".into();
    assert!(polity_planner::stale(&saved, &fresh).is_empty());

    later.object("role", "admin").attributes.insert("abilities".into(), Value::from(vec!["all", "more"]));
    let fresh = Plan { today: "2026-11-23".into(), ..Case::new(asking.all, &later).plan() };
    assert_eq!(
        polity_planner::stale(&saved, &fresh),
        [
            "`nimbus/role/admin` has changed in the cloud since: `abilities` was `[\"all\"]`, and now is `[\"all\",\"more\"]`",
            "the plan was made on 2026-11-22, today is 2026-11-23: access may have expired in between",
        ]
    );
    let mut other = Case::new(everything().all, &cloud).plan();
    other.manifest = polity_model::Digest::of(b"other");
    other.platforms.insert(PLATFORM.into(), "top-1".into());
    let reasons = polity_planner::stale(&saved, &other);
    assert!(reasons[0].starts_with("the plan is for `top-0` as platform `nimbus`, which now is `top-1`"));
    assert!(reasons[1].starts_with("the manifest has changed since the plan was made"));
    assert_eq!(reasons[2], "`nimbus/role/admin` need not be updated any more");
    assert_eq!(summary(&other), Vec::<String>::new());
    assert_eq!(saved.changes[0].action, Action::Update);
}

#[test]
fn what_somebody_did_is_judged_like_a_change_of_ours() {
    let mut asking = Asking::new(Mode::Own);
    asking.zone("prod", None);
    asking.tenant("shop", Some("prod"));
    asking.person("ada");
    asking.role("viewer", &["look"]);
    asking.access(("person", "ada"), "viewer", "shop");
    asking.fence("regions", "deny", &["elsewhere"]);
    asking.attach("regions", "zone:prod");
    let mut cloud = grown(&asking);
    // Somebody loosens a role, takes off a fence, and takes an access away.
    cloud.object("role", "viewer").attributes.insert("abilities".into(), Value::from(vec!["look", "write"]));
    for (kind, name) in [("attachment", "regions@zone:prod"), ("access", "person:ada/viewer@shop")] {
        let key = (kind.to_owned(), cloud.id(kind, name));
        cloud.objects.remove(&key);
    }
    let case = Case::new(asking.all, &cloud);
    let plan = case.plan();
    let told: Vec<_> = plan
        .changes
        .iter()
        .map(|change| {
            let schema = &case.schemas[&(change.address.platform.clone(), change.address.kind.clone())];
            (change.address.kind.as_str(), polity_planner::risks_of_undone(change, schema))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("access", vec![Risk::Deletes]),
            ("attachment", vec![Risk::WeakensGuardrail, Risk::Deletes]),
            ("role", vec![Risk::WidensAccess]),
        ]
    );
    // The way back from there is harmless, but for the access that comes back.
    let back: Vec<_> = plan.changes.iter().flat_map(|change| &change.risks).collect();
    assert_eq!(back, [&Risk::WidensAccess], "{:?}", plan.changes);
}
