//! An organization on OpenStack: a real Keystone with Nova, Neutron and Cinder, read back by keystoneauth and the `openstack`
//! client. Few stories with many chapters: a Keystone takes longer to start than a chapter takes to be told.

use std::{env, time::Instant};

use serde_json::{Value as Json, json};

use crate::support::{Ended, ended, sky::Sky};

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
fn the_example_from_nothing_and_all_that_happens_to_it() {
    let sky = Sky::example();
    what_cannot_be_is_told_before_anything_is_written(&sky);
    from_nothing_to_no_change(&sky);
    sky.release_brakes();
    what_hands_change_is_shown_and_put_right(&sky);
    a_project_is_never_moved_and_the_plan_says_what_can_be_done(&sky);
    access_ends_with_its_last_day(&sky);
    names_of_the_manifest_change_and_tenants_end_by_tombstones_alone(&sky);
}

fn what_cannot_be_is_told_before_anything_is_written(sky: &Sky) {
    let refused = ended(sky.command(&["plan"]).env("OS_PASSWORD", "wrong")).expect(1);
    assert!(refused.err.contains("does not take the user `admin` of the domain `Default`"), "{}", refused.err);
    let nowhere = ended(sky.command(&["plan"]).env("OS_CLOUD", "nowhere")).expect(1);
    assert!(nowhere.err.contains("`clouds.yaml`") && nowhere.err.contains("nowhere"), "{}", nowhere.err);

    // Production and the archive are the third and fourth level of projects, so this tenant would be the sixth.
    sky.write(
        "deep.yaml",
        "{kind: landing_zone, name: vault, parent: archive}\n---\n{kind: landing_zone, name: crypt, parent: vault}\n",
    );
    let deep = sky.polity(&["check"]).expect(1);
    let told = format!("{}{}", deep.out, deep.err);
    assert!(told.contains("the platform `sky` nests landing zones 4 deep at most"), "{told}");
    assert!(told.contains("level 5: `workloads` > `production` > `archive` > `vault` > `crypt`"), "{told}");
    std::fs::remove_file(sky.folder().join("deep.yaml")).unwrap();
}

fn from_nothing_to_no_change(sky: &Sky) {
    sky.polity(&["plan"]).expect(2);
    sky.apply();
    sky.settled();
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

    // As people look at it: who may do what in a project, by inheritance, membership and roles within roles.
    let words = ["role", "assignment", "list", "--project", "raw-nights", "--project-domain", "observatory"];
    let told = sky.keystone.run("openstack", &[&words[..], &["--names", "--effective", "-f", "csv"]].concat()).unwrap();
    for (role, person) in
        [("archivist", "henrietta"), ("reader", "henrietta"), ("operator", "caroline"), ("admin", "vera")]
    {
        let line = format!("\"{role}\",\"{person}@observatory.example@observatory\"");
        assert!(told.contains(&line), "{line}: {told}");
    }
    assert!(!told.contains("\"member\",\"henrietta"), "{told}");
}

/// One change by hand in each line, and what `drift` must say about it: the action, the address, and the attribute that is put right.
const TAMPERS: &str = r#"
["set", "project", "dome-dev", "enabled", false] -> update sky/project/dome-dev enabled
["untag", "dome-prod", "polity:address"] -> update sky/project/dome-prod polity:address
["retag", "pulsars-dev", "env=", "env=production"] -> update sky/project/pulsars-dev tags
["untag", "pulsars-prod", "cost_center"] -> update sky/project/pulsars-prod tags
["tag", "variables-dev", "owner=nobody"] -> update sky/project/variables-dev tags
["tag", "variables-prod", "env=development"] -> update sky/project/variables-prod tags
["unlock", "backup"] -> update sky/project/backup immutable
["delete", "project", "transients-dev"] -> create sky/project/transients-dev
["set", "user", "maria@observatory.example", "enabled", false] -> update sky/user/maria enabled
["set", "user", "vera@observatory.example", "email", "v@evil.example"] -> update sky/user/vera email
["set", "user", "annie@observatory.example", "polity_address", null] -> update sky/user/annie polity:address
["delete", "user", "cecilia@observatory.example"] -> create sky/user/cecilia
["set", "group", "opticians", "description", "they polish"] -> update sky/group/opticians description
["delete", "group", "security-office"] -> create sky/group/security
["leave", "scientists", "henrietta@observatory.example"] -> create sky/group-membership/henrietta@scientists
["join", "operators", "annie@observatory.example"] -> delete sky/group-membership/
["set", "role", "archivist", "description", "reads all"] -> update sky/role/archivist description
["unimply", "operator", "member"] -> update sky/role/operator implies
["imply", "archivist", "manager"] -> update sky/role/archivist implies
["revoke", "group", "operators", "operator", "Core", true] -> create sky/role-assignment/team:operators/operator@zone:core
["revoke", "user", "pipeline", "member", "raw-nights"] -> create sky/role-assignment/workload:pipeline/developer@raw-nights
["grant", "user", "jocelyn@observatory.example", "admin", "camera-prod"] -> delete sky/role-assignment/
["grant", "group", "opticians", "admin", "Workloads", true] -> delete sky/role-assignment/
["set", "domain", "observatory", "enabled", false] -> update sky/domain/sky enabled
["rename", "project", "camera-dev", "kamera"] -> update sky/project/camera-dev name
["rename", "project", "Archive", "Attic"] -> update sky/project/zone:archive name
["rename", "user", "caroline@observatory.example", "lina"] -> update sky/user/caroline name
["rename", "group", "surveyors", "geodesists"] -> update sky/group/surveyors name
"#;

/// All at once, in one world: shown by one `drift`, put right by one `apply`.
fn what_hands_change_is_shown_and_put_right(sky: &Sky) {
    let before = sky.held();
    // What other hands gave is reported where we adopt, and taken back where we own.
    // A renamed object is not found by its old name any more: renames come last.
    let tampers: Vec<(&str, &str)> = TAMPERS.trim().lines().map(|line| line.split_once(" -> ").unwrap()).collect();
    assert!(tampers.len() >= 20);
    sky.tamper(&tampers.iter().map(|(by_hand, _)| serde_json::from_str(by_hand).unwrap()).collect::<Vec<_>>());
    assert_ne!(sky.held(), before, "the tampering must be real");
    let told = sky.polity(&["plan"]).expect(2);
    assert!(told.out.contains("user jocelyn@observatory.example is admin on camera-prod"), "{}", told.out);
    sky.edit("organization.yaml", "mode: adopt", "mode: own");
    let drift = sky.polity(&["drift", "-o", "json"]).expect(2).json();
    let drifted: Vec<&Json> =
        drift["drifted"].as_array().unwrap().iter().map(|entry| entry.get("change").unwrap_or(entry)).collect();
    for (by_hand, told) in &tampers {
        let words: Vec<&str> = told.split(' ').collect();
        let is_told = |change: &&Json| {
            let address = change["address"].as_str().unwrap_or_default();
            let named = address == words[1] || words[1].ends_with('/') && address.starts_with(words[1]);
            let mut attributes = change["diff"].as_array().into_iter().flatten();
            named
                && change["action"] == words[0]
                && words.get(2).is_none_or(|word| attributes.any(|one| one["attribute"] == *word))
        };
        assert!(drifted.iter().any(is_told), "{by_hand}: no `{told}` in {drift:#}");
    }
    sky.apply();
    sky.settled();
    assert_eq!(sky.held(), before, "repaired to what it was");
}

fn a_project_is_never_moved_and_the_plan_says_what_can_be_done(sky: &Sky) {
    sky.edit("projects/camera.yaml", "landing_zone: development", "landing_zone: production");
    let refused = sky.polity(&["plan"]).expect(3);
    assert!(refused.out.contains("`parent` of `sky/project/camera-dev`"), "{}", refused.out);
    assert!(refused.out.contains("is `Development` and can never be `Production`"), "{}", refused.out);
    assert!(refused.out.contains("Keystone cannot move a project in place"), "{}", refused.out);
    sky.edit(
        "projects/camera.yaml",
        "landing_zone: production, name: camera-dev",
        "landing_zone: development, name: camera-dev",
    );
}

fn access_ends_with_its_last_day(sky: &Sky) {
    let line = "user jocelyn@observatory.example is member on raw-nights";
    assert!(assigned(&sky.held(), line));
    let later = |words: &[&str]| -> Ended { ended(sky.command(words).env("POLITY_TODAY", "2027-04-01")) };
    later(&["apply", "--auto-approve"]).expect(0);
    later(&["plan"]).expect(0);
    assert!(!assigned(&sky.held(), line));
}

fn names_of_the_manifest_change_and_tenants_end_by_tombstones_alone(sky: &Sky) {
    sky.edit("projects/computing.yaml", "name: images}", "name: pictures, title: images, renamed_from: [images]}");
    sky.edit("projects/computing.yaml", "  - {platform: sky, landing_zone: core, name: logging}\n", "");
    sky.edit("projects/computing.yaml", "name: monitoring}", "name: monitoring, state: retired, reason: moved out}");
    sky.apply();
    sky.settled();
    let held = sky.held();
    let forgotten = one(&held["projects"], "path", "/Core/logging");
    assert_eq!(forgotten["tags"], json!(["cost_center=2000", "env=production"]), "forgotten, not ended");
    assert!(held["projects"].as_array().unwrap().iter().all(|one| one["path"] != "/Core/monitoring"));
    let images = one(&held["projects"], "path", "/Core/images");
    assert!(images["tags"].to_string().contains("project:pictures"), "{images}");
}

/// A small organization with an object of every kind that Keystone alone can hold.
const SMALL: &str = "kind: organization
name: tiny
version: polity/v1
access: [{team: builders, role: developer}, {workload: robot, role: caretaker}]
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
{kind: role, name: caretaker, description: takes care, openstack: {implies: [developer]}}
---
{kind: landing_zone, name: outer, tags: {stage: all}}
---
kind: project
name: shop
unit: all
tenants:
  - {platform: sky, landing_zone: outer, name: shop, tags: {env: prod}, settings: {openstack: {immutable: true}}}
  - {platform: sky, name: loose, access: [{person: ada, role: caretaker}]}
";

#[test]
fn a_small_domain_is_killed_and_ended_and_a_grown_one_adopted() {
    let sky = Sky::of("tiny", SMALL);
    roles_in_a_circle_are_refused_before_anything_is_written(&sky);
    let (steps, expected) = uninterrupted(&sky);
    for step in [2, steps / 3, steps / 2, steps - 2] {
        dies_and_resumes(&sky, step, &expected);
    }
    a_domain_of_ours_ends_with_all_that_we_made_in_it(&sky);
    a_living_domain_becomes_a_manifest_that_plans_to_no_changes(&sky.beside("found"));
}

/// What an uninterrupted apply leads to, and in how many entries of the journal.
fn uninterrupted(sky: &Sky) -> (usize, Json) {
    sky.apply();
    let log = sky.polity(&["journal", "log", "-o", "json"]).expect(0).out;
    let entries = log.lines().filter(|line| line.starts_with('{')).count();
    assert!(entries > 20, "{log}");
    (entries, sky.held())
}

/// The process dies right before an entry of its journal; the next run goes on from there, and nothing is lost or made twice.
fn dies_and_resumes(sky: &Sky, step: usize, expected: &Json) {
    sky.start_over();
    let died = ended(sky.command(&["apply", "--auto-approve"]).env("POLITY_TEST_ABORT_BEFORE", step.to_string()));
    assert!([-1, 0].contains(&died.code), "step {step}: {died:?}");
    let resumed = sky.polity(&["apply", "--auto-approve"]);
    assert_eq!(resumed.code, 0, "step {step}: {}\n{}", resumed.out, resumed.err);
    let plan = sky.polity(&["plan"]);
    assert_eq!(plan.code, 0, "step {step}: {}\n{}", plan.out, plan.err);
    assert_eq!(&sky.held(), expected, "step {step}");
    sky.polity(&["journal", "verify"]).expect(0);
}

/// All steps: `cargo xtask kill-loop --on keystone`. Far too long for every change.
#[test]
#[ignore = "takes long: cargo xtask kill-loop --on keystone runs it"]
fn killed_at_every_step_on_keystone() {
    let number = |name: &str| env::var(name).map_or(1, |text| text.parse::<usize>().unwrap());
    let (first, every) = (number("POLITY_KILL_FIRST"), number("POLITY_KILL_EVERY"));
    let (sky, begun) = (Sky::of("tiny", SMALL), Instant::now());
    let (steps, expected) = uninterrupted(&sky);
    let tried: Vec<usize> = (first..=steps).step_by(every).collect();
    for step in &tried {
        dies_and_resumes(&sky, *step, &expected);
        println!("step {step} of {steps}: converged");
    }
    let (tried, seconds) = (tried.len(), begun.elapsed().as_secs_f64());
    println!(
        "kill-loop on Keystone: {tried} of {steps} steps, all converged to the uninterrupted organization, {seconds:.0} s"
    );
}

fn roles_in_a_circle_are_refused_before_anything_is_written(sky: &Sky) {
    let (plain, circle) = ("openstack: {role: member}", "openstack: {role: builder, implies: [caretaker]}");
    sky.edit("organization.yaml", plain, circle);
    let refused = sky.polity(&["plan"]).expect(3);
    assert!(
        refused.out.contains("sky/role/developer") && refused.out.contains("sky/role/caretaker"),
        "{}",
        refused.out
    );
    assert!(refused.out.contains("need each other first"), "{}", refused.out);
    sky.edit("organization.yaml", circle, plain);
}

fn a_domain_of_ours_ends_with_all_that_we_made_in_it(sky: &Sky) {
    let brakes = "brakes: {removals: {max: 99, percent: 100}, people_losing_access: 9, tenants_retired: 9}";
    sky.edit("organization.yaml", "version: polity/v1\n", &format!("version: polity/v1\n{brakes}\n"));
    sky.edit("organization.yaml", "domain: tiny", "domain: tiny, retired: merged into another");
    let told = sky.polity(&["plan"]).expect(2);
    assert!(told.out.contains("merged into another"), "{}", told.out);
    sky.apply();
    assert_eq!(sky.held(), Json::Null);
    sky.settled();
}

fn a_living_domain_becomes_a_manifest_that_plans_to_no_changes(sky: &Sky) {
    sky.script("seed.py", &["30", "90"]);
    let before = sky.held();
    let into = sky.folder().display().to_string();
    let words =
        ["adopt", "openstack", "--into", &into, "--name", "found", "--platform-name", "sky", "--set", "domain=found"];
    sky.polity(&words).expect(0);
    sky.polity(&["check"]).expect(0);
    sky.polity(&["fmt", "--check"]).expect(0);
    sky.settled();
    assert_eq!(sky.held(), before, "adopting writes nothing to the cloud");

    // Nothing was left out but what cannot be written: a user who is no person, and a role that is given on the domain itself.
    let text = |name: &str| std::fs::read_to_string(sky.folder().join(name)).unwrap();
    let count = |name: &str, word: &str| text(name).lines().filter(|line| line.contains(word)).count();
    assert_eq!(count("landing-zones.yaml", "kind: landing_zone"), 16);
    assert_eq!(std::fs::read_dir(sky.folder().join("projects")).unwrap().count(), 30);
    assert_eq!(count("people.yaml", "kind: person"), 40);
    assert_eq!(count("teams.yaml", "kind: team"), 20);
    let left_out: Vec<String> =
        text("organization.yaml").lines().filter(|line| line.starts_with("# - ")).map(str::to_owned).collect();
    // The role of the other domain is still there: it is marked as somebody else's.
    let left_out: Vec<&String> = left_out.iter().filter(|line| !line.contains("it carries the mark `tiny:")).collect();
    assert_eq!(left_out.len(), 2, "{left_out:#?}");
    assert!(left_out[0].contains("given on the domain") && left_out[1].contains("`robot`"), "{left_out:#?}");

    // What was taken over is compared from now on, and what is marked is only marked.
    sky.edit("platform.yaml", "mode: observe", "mode: adopt");
    sky.apply();
    sky.settled();
    let mut after = sky.held();
    assert_ne!(after, before);
    for (now, then) in after["projects"].as_array_mut().unwrap().iter_mut().zip(before["projects"].as_array().unwrap())
    {
        now["tags"].as_array_mut().unwrap().retain(|tag| !tag.as_str().unwrap().starts_with("polity:address="));
        assert_eq!(now, then);
    }
    assert_eq!((&after["assignments"], &after["domain"]), (&before["assignments"], &before["domain"]));
}

const QUOTAS: &str = "kind: organization
name: measured
version: polity/v1
---
{kind: platform, name: sky, type: openstack, domain: measured}
---
{kind: unit, name: all, owner: ada}
---
{kind: person, name: ada, given_name: Ada, family_name: Lovelace, email: ada@tiny.example}
---
kind: project
name: shop
unit: all
tenants:
  - platform: sky
    name: shop
    settings: {openstack: {networks: [backbone], default_security_group: {ingress: [tcp 22 from 10.0.0.0/8], egress: [any]}}}
    quota: {cpu: 8, memory: 64 GiB, storage: 500 GiB, snapshots: 3, networks: 2, ports: 5}
";

/// What the services say of a project, asked without Polity.
fn quotas(sky: &Sky, project: &str) -> [Json; 3] {
    let place = |service: &str| match service {
        "network" => format!("network:/v2.0/quotas/{project}"),
        other => format!("{other}:/os-quota-sets/{project}"),
    };
    let paths = ["compute", "block-storage", "network"].map(place);
    let told = sky.keystone.ask(&paths.each_ref().map(|path| ("GET", path.as_str(), Json::Null))).unwrap();
    [told[0]["quota_set"].clone(), told[1]["quota_set"].clone(), told[2]["quota"].clone()]
}

#[test]
fn each_service_keeps_its_quotas_and_takes_back_its_own() {
    let sky = Sky::of("measured", QUOTAS).with_services();
    // The tables of this Neutron are made without what its migrations would put into them.
    let template = |direction: &str, group: Json| {
        let rule = json!({"direction": direction, "remote_group_id": group, "used_in_default_sg": true, "used_in_non_default_sg": false});
        ("POST", "network:/v2.0/default-security-group-rules", json!({ "default_security_group_rule": rule }))
    };
    sky.keystone.ask(&[template("egress", Json::Null), template("ingress", json!("PARENT"))]).unwrap();
    let lonely = sky.polity(&["apply", "--auto-approve"]).expect(4);
    assert!(lonely.err.contains("Neutron has no network `backbone`"), "{}", lonely.err);
    assert_eq!(lonely.err.matches(" failed create ").count(), 1, "nothing else: {}", lonely.err);
    let backbone = json!({"network": {"name": "backbone"}});
    let backbone = sky.keystone.ask(&[("POST", "network:/v2.0/networks", backbone)]).unwrap();
    sky.apply();
    sky.settled();
    let projects = sky.keystone.ask(&[("GET", "/projects?name=shop", Json::Null)]).unwrap();
    let project = projects[0]["projects"][0]["id"].as_str().unwrap();
    let held = quotas(&sky, project);
    let [compute, volume, network] = &held;
    assert_eq!((&compute["cores"], &compute["ram"]), (&json!(8), &json!(65536)), "{compute}");
    assert_eq!((&volume["gigabytes"], &volume["snapshots"]), (&json!(500), &json!(3)), "{volume}");
    assert_eq!((&network["network"], &network["port"]), (&json!(2), &json!(5)), "{network}");

    let rules = || sky.keystone.ask(&[("GET", "network:/v2.0/rbac-policies", Json::Null)]).unwrap().remove(0);
    let shared = rules()["rbac_policies"].clone();
    let shared = one(&shared, "object_id", backbone[0]["network"]["id"].as_str().unwrap());
    assert_eq!((&shared["target_tenant"], &shared["action"]), (&json!(project), &json!("access_as_shared")));

    let group = || {
        let path = format!("network:/v2.0/security-groups?project_id={project}&name=default");
        sky.keystone.ask(&[("GET", &path, Json::Null)]).unwrap()[0]["security_groups"][0].clone()
    };
    let ways = |group: &Json, direction: &str| {
        let rules = group["security_group_rules"].as_array().unwrap().iter();
        let rules = rules.filter(|rule| rule["direction"] == direction);
        rules.map(|rule| (rule["protocol"].clone(), rule["remote_ip_prefix"].clone())).collect::<Vec<_>>()
    };
    let held_group = group();
    assert_eq!(ways(&held_group, "ingress"), [(json!("tcp"), json!("10.0.0.0/8"))]);
    assert_eq!(ways(&held_group, "egress"), [(Json::Null, Json::Null), (Json::Null, Json::Null)], "IPv4 and IPv6");

    // By other hands, and put right.
    let id = held_group["id"].as_str().unwrap();
    let opened = json!({"security_group_rule": {
        "security_group_id": id, "direction": "ingress", "protocol": "tcp", "port_range_min": 3389, "port_range_max": 3389,
    }});
    let mut rules_there = held_group["security_group_rules"].as_array().unwrap().iter();
    let closed = rules_there.find(|rule| rule["direction"] == "egress" && rule["ethertype"] == "IPv6").unwrap();
    let closed = format!("network:/v2.0/security-group-rules/{}", closed["id"].as_str().unwrap());
    let opening = "network:/v2.0/security-group-rules";
    sky.keystone.ask(&[("POST", opening, opened), ("DELETE", &closed, Json::Null)]).unwrap();
    let by_hand = |path: &str, body: Json| ("PUT", format!("{path}/{project}"), body);
    let changed = [
        by_hand("compute:/os-quota-sets", json!({"quota_set": {"cores": 800, "ram": 1024}})),
        by_hand("block-storage:/os-quota-sets", json!({"quota_set": {"gigabytes": 1}})),
        by_hand("network:/v2.0/quotas", json!({"quota": {"network": -1}})),
    ];
    sky.keystone.ask(&changed.each_ref().map(|(method, path, body)| (*method, path.as_str(), body.clone()))).unwrap();
    let rule = format!("network:/v2.0/rbac-policies/{}", shared["id"].as_str().unwrap());
    sky.keystone.ask(&[("DELETE", &rule, Json::Null)]).unwrap();
    let drift = sky.polity(&["drift", "-o", "json"]).expect(2).json();
    let told = drift["drifted"].to_string();
    for address in [
        "compute-quota/shop",
        "volume-quota/shop",
        "network-quota/shop",
        "network-share/shop/backbone",
        "default-security-group/shop",
    ] {
        assert!(told.contains(&format!("sky/{address}")), "{address} in {drift:#}");
    }
    sky.apply();
    sky.settled();
    assert_eq!(quotas(&sky, project), held, "what nobody limits was never touched");
    assert_eq!(rules()["rbac_policies"].as_array().unwrap().len(), 1);
    let again = group();
    for direction in ["ingress", "egress"] {
        assert_eq!(ways(&again, direction), ways(&held_group, direction));
    }

    // A quota that is not written any more is the service's own to say, and an empty project may end.
    let written = "    quota: {cpu: 8, memory: 64 GiB, storage: 500 GiB, snapshots: 3, networks: 2, ports: 5}\n";
    sky.edit("organization.yaml", written, "");
    let settings = QUOTAS.lines().find(|line| line.contains("settings:")).unwrap();
    sky.edit("organization.yaml", &format!("{settings}\n"), "");
    let back = sky.apply();
    let [compute, volume, network] = quotas(&sky, project);
    let back = format!("{}{}", back.out, back.err);
    assert_eq!(
        (&compute["cores"], &volume["gigabytes"], &network["network"]),
        (&json!(20), &json!(1000), &json!(100)),
        "{back}"
    );
    assert_eq!(rules()["rbac_policies"], json!([]));
    let back = group();
    assert_eq!((ways(&back, "ingress").len(), ways(&back, "egress").len()), (1, 1), "as Neutron makes them: {back}");
    let rules_back = back["security_group_rules"].as_array().unwrap();
    assert!(rules_back.iter().any(|rule| rule["direction"] == "ingress" && rule["remote_group_id"] == id), "{back}");
    let network = json!({"network": {"name": "left", "project_id": project}});
    sky.keystone.ask(&[("POST", "network:/v2.0/networks", network)]).unwrap();
    sky.edit("organization.yaml", "    name: shop\n", "    name: shop\n    state: retired\n    reason: sold\n");
    sky.edit(
        "organization.yaml",
        "version: polity/v1\n",
        "version: polity/v1\nbrakes: {removals: {max: 9, percent: 100}, tenants_retired: 9}\n",
    );
    let full = sky.polity(&["apply", "--auto-approve"]);
    assert!(full.code != 0 && full.err.contains("it holds 1 networks"), "{full:?}");
    assert_eq!(sky.keystone.ask(&[("GET", "/projects?name=shop", Json::Null)]).unwrap(), projects);
}
