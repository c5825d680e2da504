//! An organization on OpenStack: a real Keystone, read back by keystoneauth and the `openstack` client.

use serde_json::{Value as Json, json};

use crate::support::sky::Sky;

/// The one item of a list whose field is this text.
#[track_caller]
fn one<'a>(list: &'a Json, field: &str, text: &str) -> &'a Json {
    let found: Vec<_> = list.as_array().unwrap().iter().filter(|item| item[field] == text).collect();
    assert_eq!(found.len(), 1, "{field} {text} in {list:#}");
    found[0]
}

fn assigned(held: &Json, line: &str) -> bool {
    held["assignments"].as_array().unwrap().iter().any(|one| one == line)
}

#[test]
fn from_nothing_to_the_example_and_to_no_change() {
    let sky = Sky::example();
    sky.polity(&["check"]).expect(0);
    sky.polity(&["plan"]).expect(2);
    sky.apply();
    sky.settled();
    sky.polity(&["drift"]).expect(0);
    sky.polity(&["journal", "verify"]).expect(0);

    let held = sky.held();
    let projects = &held["projects"];
    assert_eq!(projects.as_array().unwrap().len(), 25, "twenty tenants and five landing zones");
    let camera = one(projects, "path", "/Workloads/Production/camera-prod");
    let tags = ["cost_center=1100", "env=production", "polity:address=observatory:sky:project:camera-prod"];
    assert_eq!(camera["tags"], json!(tags));
    assert_eq!(one(projects, "path", "/Core/backup")["immutable"], true);
    assert_eq!(one(projects, "path", "/sandbox")["enabled"], true);
    one(projects, "path", "/Workloads/Production/Archive/Photographic plates");
    let scientists = one(&held["groups"], "name", "scientists");
    assert_eq!(scientists["members"].as_array().unwrap().len(), 4, "teams within are flattened: {scientists}");
    assert_eq!(one(&held["roles"], "name", "operator")["implies"], json!(["member"]));
    for line in [
        "group operators is operator on all below Workloads",
        "group security-office is reader on all below Workloads",
        "group security-office is reader on sandbox",
        "group scientists is member on all below Development",
        "group opticians is member on dome-prod",
        "user pipeline is member on raw-nights",
        "user vera@observatory.example is admin on all below Core",
    ] {
        assert!(assigned(&held, line), "{line} in {held:#}");
    }

    // As people look at it.
    let words = [
        "role",
        "assignment",
        "list",
        "--project",
        "raw-nights",
        "--project-domain",
        "observatory",
        "--names",
        "--effective",
    ];
    let told = sky.keystone.run("openstack", &[&words[..], &["-f", "json"]].concat()).unwrap();
    assert!(
        told.contains("surveyors@observatory") || told.contains("henrietta@observatory.example@observatory"),
        "{told}"
    );
}

/// One change by hand, and what `drift` must say about it.
struct Tamper {
    by_hand: Json,
    action: &'static str,
    address: &'static str,
}

fn tamper(by_hand: Json, action: &'static str, address: &'static str) -> Tamper {
    Tamper { by_hand, action, address }
}

fn tampers() -> Vec<Tamper> {
    vec![
        tamper(json!(["rename", "project", "camera-dev", "kamera"]), "update", "sky/project/camera-dev"),
        tamper(json!(["rename", "project", "Archive", "Attic"]), "update", "sky/project/zone:archive"),
        tamper(json!(["set", "project", "dome-dev", "enabled", false]), "update", "sky/project/dome-dev"),
        tamper(json!(["untag", "dome-prod", "polity:address"]), "update", "sky/project/dome-prod"),
        tamper(json!(["retag", "pulsars-dev", "env=", "env=production"]), "update", "sky/project/pulsars-dev"),
        tamper(json!(["untag", "pulsars-prod", "cost_center"]), "update", "sky/project/pulsars-prod"),
        tamper(json!(["tag", "variables-dev", "owner=nobody"]), "update", "sky/project/variables-dev"),
        tamper(json!(["unlock", "backup"]), "update", "sky/project/backup"),
        tamper(json!(["delete", "project", "transients-dev"]), "create", "sky/project/transients-dev"),
        tamper(json!(["set", "user", "maria@observatory.example", "enabled", false]), "update", "sky/user/maria"),
        tamper(
            json!(["set", "user", "vera@observatory.example", "email", "v@evil.example"]),
            "update",
            "sky/user/vera",
        ),
        tamper(json!(["rename", "user", "caroline@observatory.example", "lina"]), "update", "sky/user/caroline"),
        tamper(json!(["set", "user", "annie@observatory.example", "polity_address", null]), "update", "sky/user/annie"),
        tamper(json!(["set", "group", "opticians", "description", "they polish"]), "update", "sky/group/opticians"),
        tamper(json!(["rename", "group", "surveyors", "geodesists"]), "update", "sky/group/surveyors"),
        tamper(
            json!(["leave", "scientists", "henrietta@observatory.example"]),
            "create",
            "sky/group-membership/henrietta@scientists",
        ),
        tamper(json!(["set", "role", "archivist", "description", "reads all"]), "update", "sky/role/archivist"),
        tamper(json!(["unimply", "operator", "member"]), "update", "sky/role/operator"),
        tamper(json!(["imply", "archivist", "manager"]), "update", "sky/role/archivist"),
        tamper(
            json!(["revoke", "group", "operators", "operator", "Core", true]),
            "create",
            "sky/role-assignment/team:operators/operator@zone:core",
        ),
        tamper(
            json!(["revoke", "user", "pipeline", "member", "raw-nights"]),
            "create",
            "sky/role-assignment/workload:pipeline/developer@raw-nights",
        ),
    ]
}

#[test]
fn what_hands_change_is_shown_and_put_right() {
    let sky = Sky::example();
    sky.release_brakes();
    sky.apply();
    let before = sky.held();
    let tampers = tampers();
    // A renamed object is not found by its old name any more: renames come last.
    let (renames, others): (Vec<&Tamper>, Vec<&Tamper>) = tampers.iter().partition(|one| one.by_hand[0] == "rename");
    sky.tamper(&others.into_iter().chain(renames).map(|one| one.by_hand.clone()).collect::<Vec<_>>());
    assert_ne!(sky.held(), before, "the tampering must be real");
    let drift = sky.polity(&["drift", "-o", "json"]).expect(2).json();
    let drifted = drift["drifted"].as_array().unwrap();
    for Tamper { by_hand, action, address } in &tampers {
        let shown = drifted.iter().any(|entry| {
            let change = entry.get("change").unwrap_or(entry);
            change["address"] == *address && change["action"] == *action
        });
        assert!(shown, "{by_hand}: no `{action}` of `{address}` in {drift:#}");
    }
    sky.apply();
    sky.settled();
    sky.polity(&["drift"]).expect(0);
    assert_eq!(sky.held(), before, "repaired to what it was");
}

#[test]
fn access_by_other_hands_is_reported_and_taken_back_where_we_own() {
    let sky = Sky::example();
    sky.release_brakes();
    sky.apply();
    let before = sky.held();
    let by_hand = [
        json!(["grant", "user", "jocelyn@observatory.example", "admin", "camera-prod"]),
        json!(["join", "operators", "annie@observatory.example"]),
    ];
    sky.tamper(&by_hand);
    let told = sky.polity(&["plan"]).expect(0);
    assert!(told.out.contains("user jocelyn@observatory.example is admin on camera-prod"), "{}", told.out);
    sky.edit("organization.yaml", "mode: adopt", "mode: own");
    sky.polity(&["plan"]).expect(2);
    sky.apply();
    sky.settled();
    assert_eq!(sky.held(), before);
}

#[test]
fn a_project_is_never_moved_and_the_plan_says_what_can_be_done() {
    let sky = Sky::example();
    sky.apply();
    let before = sky.held();
    sky.edit("projects/camera.yaml", "landing_zone: development", "landing_zone: production");
    let refused = sky.polity(&["plan"]).expect(3);
    assert!(refused.out.contains("`parent` of `sky/project/camera-dev`"), "{}", refused.out);
    assert!(refused.out.contains("is `Development` and can never be `Production`"), "{}", refused.out);
    assert!(refused.out.contains("Keystone cannot move a project in place"), "{}", refused.out);
    assert_eq!(sky.held(), before);
}

#[test]
fn one_level_too_many_is_told_before_anything_is_written() {
    let sky = Sky::example();
    sky.edit("landing-zones.yaml", "name: archive\ntitle: Archive\nparent: production", "name: deepest\nparent: deep\n---\nkind: landing_zone\nname: deep\nparent: archive\n---\nkind: landing_zone\nname: archive\ntitle: Archive\nparent: production");
    let refused = sky.polity(&["check"]).expect(1);
    assert!(refused.err.contains("4") || refused.out.contains("4"), "{}{}", refused.out, refused.err);
}

#[test]
fn access_ends_with_its_last_day() {
    let sky = Sky::example();
    sky.release_brakes();
    sky.apply();
    let line = "user jocelyn@observatory.example is member on raw-nights";
    assert!(assigned(&sky.held(), line));
    let later = |words: &[&str]| crate::support::ended(sky.command(words).env("POLITY_TODAY", "2027-04-01"));
    later(&["plan"]).expect(2);
    later(&["apply", "--auto-approve"]).expect(0);
    later(&["plan"]).expect(0);
    assert!(!assigned(&sky.held(), line));
}

#[test]
fn names_of_the_manifest_change_and_tenants_end_by_tombstones_alone() {
    let sky = Sky::example();
    sky.release_brakes();
    sky.apply();
    sky.edit("projects/computing.yaml", "name: images}", "name: pictures, title: images, renamed_from: [images]}");
    sky.edit("projects/computing.yaml", "  - {platform: sky, landing_zone: core, name: logging}\n", "");
    sky.edit("projects/computing.yaml", "name: monitoring}", "name: monitoring, state: retired, reason: moved out}");
    sky.apply();
    sky.settled();
    let held = sky.held();
    one(&held["projects"], "path", "/Core/logging");
    assert_eq!(
        one(&held["projects"], "path", "/Core/logging")["tags"],
        json!(["cost_center=2000", "env=production"]),
        "forgotten, not ended"
    );
    assert!(held["projects"].as_array().unwrap().iter().all(|one| one["path"] != "/Core/monitoring"));
    let images = one(&held["projects"], "path", "/Core/images");
    assert!(images["tags"].to_string().contains("project:pictures"), "{images}");
}

#[test]
fn a_living_domain_becomes_a_manifest_that_plans_to_no_changes() {
    let sky = Sky::empty("found");
    sky.script("seed.py", &["60", "240"]);
    let before = sky.held();
    let into = sky.folder().display().to_string();
    let words =
        ["adopt", "openstack", "--into", &into, "--name", "found", "--platform-name", "sky", "--set", "domain=found"];
    sky.polity(&words).expect(0);
    sky.polity(&["check"]).expect(0);
    sky.polity(&["fmt", "--check"]).expect(0);
    sky.settled();
    assert_eq!(sky.held(), before, "adopting writes nothing to the cloud");
}

#[test]
fn a_cloud_that_is_down_is_told_with_what_to_do() {
    let sky = Sky::example();
    let refused = crate::support::ended(sky.command(&["plan"]).env("OS_PASSWORD", "wrong")).expect(1);
    assert!(refused.err.contains("does not take the user `admin` of the domain `Default`"), "{}", refused.err);
    let nowhere = crate::support::ended(sky.command(&["plan"]).env("OS_CLOUD", "nowhere")).expect(1);
    assert!(nowhere.err.contains("`clouds.yaml`") && nowhere.err.contains("nowhere"), "{}", nowhere.err);
}

/// A small organization with an object of every kind.
const SMALL: &str = "kind: organization
name: tiny
version: polity/v1
access: [{team: builders, role: developer}, {workload: robot, role: keeper}]
---
{kind: platform, name: sky, type: openstack, domain: tiny}
---
{kind: unit, name: all, owner: ada}
---
{kind: person, name: ada, given_name: Ada, family_name: Lovelace, email: ada@tiny.example}
---
{kind: workload, name: robot, owner: person/ada}
---
{kind: team, name: builders, people: [ada]}
---
{kind: role, name: developer, openstack: {role: member}}
---
{kind: role, name: keeper, description: keeps, openstack: {implies: [developer]}}
---
{kind: landing_zone, name: outer, tags: {stage: all}}
---
kind: project
name: shop
unit: all
tenants:
  - {platform: sky, landing_zone: outer, name: shop, tags: {env: prod}, settings: {openstack: {immutable: true}}}
  - {platform: sky, name: loose, access: [{person: ada, role: keeper}]}
";

/// The process dies right before an entry of its journal; the next run goes on from there.
#[test]
fn killed_at_a_sample_of_steps_nothing_is_lost_or_made_twice() {
    let sky = Sky::of("tiny", SMALL);
    sky.apply();
    let log = sky.polity(&["journal", "log", "-o", "json"]).expect(0).out;
    let entries = log.lines().filter(|line| line.starts_with('{')).count();
    assert!(entries > 20, "{log}");
    let expected = sky.held();
    for step in (1..=entries).step_by(5) {
        sky.start_over();
        let died = crate::support::ended(
            sky.command(&["apply", "--auto-approve"]).env("POLITY_TEST_ABORT_BEFORE", step.to_string()),
        );
        assert!([-1, 0].contains(&died.code), "step {step}: {died:?}");
        let resumed = sky.polity(&["apply", "--auto-approve"]);
        assert_eq!(resumed.code, 0, "step {step}: {}\n{}", resumed.out, resumed.err);
        sky.settled();
        assert_eq!(sky.held(), expected, "step {step}");
        sky.polity(&["journal", "verify"]).expect(0);
    }
}

#[test]
fn roles_in_a_circle_are_refused_before_anything_is_written() {
    let sky =
        Sky::of("tiny", &SMALL.replace("openstack: {role: member}", "openstack: {role: builder, implies: [keeper]}"));
    let refused = sky.polity(&["plan"]).expect(3);
    assert!(refused.out.contains("sky/role/developer") && refused.out.contains("sky/role/keeper"), "{}", refused.out);
    assert!(refused.out.contains("need each other first"), "{}", refused.out);
}

#[test]
fn a_domain_of_ours_ends_with_all_that_we_made_in_it() {
    let sky = Sky::of("tiny", &SMALL.replace("version: polity/v1\n", "version: polity/v1\nbrakes: {removals: {max: 99, percent: 100}, people_losing_access: 9, tenants_retired: 9}\n"));
    sky.apply();
    sky.edit("organization.yaml", "domain: tiny", "domain: tiny, retired: merged into another");
    let told = sky.polity(&["plan"]).expect(2);
    assert!(told.out.contains("merged into another"), "{}", told.out);
    sky.apply();
    assert_eq!(sky.held(), Json::Null);
    sky.settled();
}
