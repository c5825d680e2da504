//! What must not slip through: guardrails left or loosened unseen, vendors' things taken, somebody locked out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // these are tests

mod nimbus;

use nimbus::*;
use polity_model::{
    Value,
    organization::{BreakGlass, LifeState, Limit as Bound, Mode, Named, Principal, Team},
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

/// Ada breaks the glass by the role `admin`, through a team.
fn glazed(abilities: &[&str]) -> Asking {
    let mut asking = Asking::new(Mode::Adopt);
    asking.tenant("shop", None);
    asking.person("ada");
    asking.team("dev", &["ada"]);
    asking.role("admin", abilities);
    asking.access(("team", "dev"), "admin", "shop");
    asking
}

fn role(asking: &mut Asking) -> &mut polity_model::resource::Desired {
    asking.all.iter_mut().find(|desired| desired.address == at("role", "admin")).unwrap()
}

/// What the lock-out brake says.
fn lock_out(asking: &Asking, cloud: &Nimbus, applier: Option<&str>) -> Vec<String> {
    let mut case = Case::new(asking.all.clone(), cloud);
    let origin = polity_model::Origin::file("org.yaml");
    case.applier = applier.map(str::to_owned);
    if applier.is_none() {
        case.organization.break_glass = Some(BreakGlass { person: "ada".into(), role: "admin".into(), origin });
    }
    let plan = case.plan();
    let locks = |change: &Change| change.risks.contains(&Risk::LocksOut);
    assert_eq!(plan.changes.iter().any(locks), plan.is_refused());
    assert!(plan.brakes.iter().all(|brake| brake.name == "lock-out"), "{:?}", plan.brakes);
    plan.brakes.into_iter().map(|brake| brake.message).collect()
}

#[test]
fn the_break_glass_role_may_not_give_less() {
    let statement =
        |effect: &str| Value::text(format!(r#"{{"Statement": [{{"Effect": "{effect}", "Action": "a"}}]}}"#));
    let mut asking = glazed(&["read", "write"]);
    role(&mut asking).attributes.insert("document".into(), statement("Allow"));
    let cloud = grown(&asking);
    let cases: [(&str, Value, bool); 8] = [
        ("abilities", Value::from(vec!["read"]), true),
        ("abilities", Value::from(Vec::<&str>::new()), true),
        ("abilities", Value::from(vec!["write", "all", "read"]), false),
        ("document", statement("Deny"), true),
        ("document", Value::Null, true),
        ("boundary", "tight".into(), true),
        ("title", "admins".into(), false),
        ("key", "new".into(), false),
    ];
    for (name, value, stopped) in cases {
        let mut changed = glazed(&["read", "write"]);
        role(&mut changed).attributes.insert("document".into(), statement("Allow"));
        role(&mut changed).attributes.insert(name.into(), value);
        let said = lock_out(&changed, &cloud, None);
        let expected = format!(
            "the role `admin` of the break-glass principal `ada` (org.yaml:1) may give less than before: `{name}` would be narrower"
        );
        assert_eq!(said, if stopped { vec![expected] } else { vec![] }, "{name}");
    }
}

#[test]
fn the_break_glass_role_may_be_replaced_but_not_by_less() {
    let cloud = grown(&glazed(&["all"]));
    let mut asking = glazed(&["all"]);
    role(&mut asking).attributes.insert("title".into(), "admins".into());
    assert!(summary(&Case::new(asking.all.clone(), &cloud).plan()).contains(&"Replace role/admin".to_owned()));
    assert_eq!(lock_out(&asking, &cloud, None), Vec::<String>::new(), "ada holds it before and after");
    role(&mut asking).attributes.insert("abilities".into(), Value::from(vec!["read"]));
    assert_eq!(lock_out(&asking, &cloud, None).len(), 1);
    asking.all.retain(|desired| desired.address.kind != "access");
    assert_eq!(lock_out(&asking, &cloud, None).len(), 2, "and here she would lose it too");
}

#[test]
fn a_role_of_the_same_name_that_somebody_else_made_breaks_no_glass() {
    let mut cloud = grown(&glazed(&["all"]));
    let (shop, ada) = (cloud.id("tenant", "shop"), cloud.id("person", "ada"));
    cloud.put("role", "r-9", &[("title", "admin".into())]).keys.clear();
    cloud.put("access", "a-9", &[("principal", ada.into()), ("role", "r-9".into()), ("place", shop.into())]);
    let mut asking = glazed(&["all"]);
    asking.all.retain(|desired| desired.address.kind != "access");
    assert_eq!(lock_out(&asking, &cloud, None).len(), 1);
}

#[test]
fn putting_a_break_glass_role_back_is_no_lock_out() {
    let asking = glazed(&["all"]);
    let mut cloud = grown(&asking);
    cloud.object("role", "admin").attributes.insert("abilities".into(), Value::from(vec!["all", "more"]));
    assert_eq!(lock_out(&asking, &cloud, None), Vec::<String>::new());
    // The same, where nobody remembers what was applied: then it is a narrower role.
    cloud.last.clear();
    assert_eq!(lock_out(&asking, &cloud, None).len(), 1);
    // A place where it is in force is nothing that it gives.
    let shop = cloud.objects.keys().find(|(kind, _)| kind == "tenant").unwrap().1.clone();
    let held = cloud.objects.values_mut().find(|object| object.kind == "role").unwrap();
    held.attributes.insert("abilities".into(), Value::from(vec!["all".to_owned(), shop]));
    assert_eq!(lock_out(&asking, &cloud, None), Vec::<String>::new());
}

#[test]
fn the_appliers_admin_role_may_shrink_but_not_to_nothing() {
    let cloud = grown(&glazed(&["read", "write"]));
    assert_eq!(lock_out(&glazed(&["read"]), &cloud, Some("ada")), Vec::<String>::new());
    assert_eq!(lock_out(&glazed(&[]), &cloud, Some("bob")), Vec::<String>::new());
    assert_eq!(
        lock_out(&glazed(&[]), &cloud, Some("ada")),
        ["`ada`, who applies this, is an admin on `shop` by the role `admin`, which would give nothing any more"]
    );
}

/// Access on a tenant of one who is known by name alone.
fn by_name(principals: &[&str]) -> Asking {
    let mut asking = Asking::new(Mode::Own);
    asking.role("admin", &["all"]);
    asking.tenant("shop", None);
    for principal in principals {
        let ends = [Value::text(*principal), id_of("role", "admin"), id_of("tenant", "shop")];
        let key = Value::List(ends.to_vec());
        let [principal_, role, place] = ends;
        let attributes = [("principal", principal_), ("role", role), ("place", place)];
        asking.add("access", &format!("{principal}@shop"), &attributes, &[("ends", key)]);
    }
    asking
}

#[test]
fn who_is_known_by_name_alone_is_looked_after_all_the_same() {
    let cloud = grown(&by_name(&["login:ada", "group:dev"]));
    let origin = polity_model::Origin::file("org.yaml");
    let named = |name: &str| Named { name: name.to_owned(), origin: origin.clone() };
    let team = Team {
        name: "dev".to_owned(),
        title: None,
        description: None,
        people: vec![named("bob"), named("eve")],
        teams: Vec::new(),
        unit: None,
        state: LifeState::Active,
        ids: [].into(),
        renamed_from: Vec::new(),
        origin: origin.clone(),
    };
    let mut case = Case::new(by_name(&[]).all, &cloud);
    case.organization.teams.insert("dev".to_owned(), team);
    case.organization.break_glass = Some(BreakGlass { person: "ada".into(), role: "admin".into(), origin });
    let name = |id: &str, principal| ((PLATFORM.to_owned(), id.to_owned()), principal);
    case.names =
        [name("login:ada", Principal::Person("ada".to_owned())), name("group:dev", Principal::Team("dev".to_owned()))]
            .into();
    let plan = case.plan();
    let lost: Vec<(&str, Option<&str>)> =
        plan.access.iter().map(|change| (change.person.as_str(), change.through.as_deref())).collect();
    assert_eq!(lost, [("ada", None), ("bob", Some("dev")), ("eve", Some("dev"))]);
    assert!(plan.access.iter().all(|change| !change.gains && change.admin && change.place == "shop"));
    let lock_out = plan.brakes.iter().find(|brake| brake.name == "lock-out").unwrap();
    assert!(lock_out.message.contains("`ada`"), "{}", lock_out.message);
}
