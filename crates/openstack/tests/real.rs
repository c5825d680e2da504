//! The kinds and the way in against a real Keystone, which `cargo xtask servers` installs; without it these tests fail.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so and stops"
)]

mod support;

use std::time::Duration;

use polity_model::{Map, Value, resource::Observed};
use polity_openstack::{Login, OpenStackProvider, client::Caller, operations::identity};
use polity_provider::{Problem, Provider};
use serde_json::{Value as Json, json};

use self::support::{ADMIN, PASSWORD, World, map, platform, scope, wire};

/// Whether an object holds all of this.
fn holds(seen: &Observed, wanted: &Map) -> bool {
    wanted.iter().all(|(name, value)| seen.attributes.get(name) == Some(value))
}

/// Made, read one by one and in the list, changed, read again, ended, gone.
async fn live(world: &World, kind: &str, create: Json, update: Option<Json>) -> String {
    let id = world.create(kind, "sample", create.clone()).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
    let seen = check(world, kind, &id, &map(create.clone())).await;
    if let Some(update) = update {
        let mut after = map(create);
        after.extend(map(update.clone()));
        world.update(&seen, update).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
        check(world, kind, &id, &after).await;
    }
    let seen = world.read(kind, &id).await.unwrap();
    world.delete(&seen).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
    assert_eq!(world.read(kind, &id).await, None, "{kind} is still there");
    assert!(world.present(kind).await.iter().all(|one| one.id != id), "{kind} is still listed");
    world.delete(&seen).await.unwrap_or_else(|error| panic!("{kind}, what is gone has ended: {error}"));
    id
}

async fn check(world: &World, kind: &str, id: &str, wanted: &Map) -> Observed {
    let read = world.read(kind, id).await.unwrap_or_else(|| panic!("{kind} `{id}` is not there"));
    let all = world.present(kind).await;
    let listed: Vec<&Observed> = all.iter().filter(|one| one.id == id).collect();
    assert_eq!(listed.len(), 1, "{kind} is listed once");
    assert_eq!((&listed[0].attributes, &listed[0].keys, &listed[0].mark), (&read.attributes, &read.keys, &read.mark));
    assert!(holds(&read, wanted), "{kind}: {wanted:?} in {read:?}");
    read
}

/// One Keystone for all of it: it takes longer to start than to answer.
#[tokio::test]
async fn a_real_keystone_is_governed_and_understood() {
    let world = World::start();
    every_kind_lives_and_ends(&world).await;
    what_keystone_never_does_is_said_in_words(&world).await;
    a_domain_is_switched_off_before_it_ends_and_only_an_empty_one_ends(&world).await;
    a_domain_with_another_name_is_found_by_what_was_recorded(&world).await;
    an_immutable_project_is_changed_all_the_same_and_stays_immutable(&world).await;
    nobody_shuts_themselves_out(&world).await;
    a_limit_of_keystone_needs_a_registered_one_and_those_of_other_domains_are_not_seen(&world).await;
    what_is_wrong_with_credentials_is_said(&world).await;
    tokens_and_application_credentials_let_in_too(&world).await;
    an_expired_token_is_renewed_in_mid_run(&world).await;
}

async fn every_kind_lives_and_ends(world: &World) {
    let domain = "default";
    live(
        world,
        "project",
        json!({"name": "shop", "domain": domain, "parent": domain, "enabled": true, "tags": {"env": "prod", "path": "a/b"}}),
        Some(json!({"name": "store", "enabled": false, "tags": {"env": "dev"}, "immutable": true})),
    )
    .await;
    let user = json!({"name": "ada@acme.example", "domain": domain, "email": "ada@acme.example", "enabled": true});
    live(world, "user", user.clone(), Some(json!({"description": "Ada Lovelace", "enabled": false}))).await;
    let group = json!({"name": "payments", "domain": domain, "description": "they pay"});
    live(world, "group", group.clone(), Some(json!({"name": "payers", "description": ""}))).await;

    let reader = world.present("role").await.into_iter().find(|role| role.name == "reader").unwrap();
    assert!(reader.vendor.is_some(), "Keystone is born with it");
    live(
        world,
        "role",
        json!({"name": "archivist", "description": "looks after old things", "implies": [reader.id]}),
        Some(json!({"description": "keeps", "implies": []})),
    )
    .await;

    let project = json!({"name": "shop", "domain": domain, "parent": domain, "tags": {}});
    let project = world.create("project", "shop", project).await.unwrap();
    let user = world.create("user", "ada", user).await.unwrap();
    let group = world.create("group", "payments", group).await.unwrap();
    live(world, "group-membership", json!({"group": group, "member": user}), None).await;
    for (noun, principal, inherited) in [("user", &user, false), ("group", &group, true)] {
        let assignment = json!({
            "role": reader.id, "principal_type": noun, "principal": principal, "place": project, "inherited": inherited,
        });
        live(world, "role-assignment", assignment, None).await;
    }
    let marked = world.read("user", &user).await.unwrap();
    assert_eq!(marked.mark, Some(support::mark("user", "ada")));
}

async fn what_keystone_never_does_is_said_in_words(world: &World) {
    let mut parent = "default".to_owned();
    let level = |number: usize, parent: &str| json!({"name": format!("level-{number}"), "domain": "default", "parent": parent, "tags": {}});
    for number in 1..=5 {
        parent = world.create("project", "deep", level(number, &parent)).await.unwrap();
    }
    let deeper = world.create("project", "deeper", level(6, &parent)).await.unwrap_err();
    assert_eq!(deeper.problem, Problem::Limit);
    assert!(deeper.message.contains("one level deeper than this Keystone allows"), "{deeper}");
    assert!(deeper.help.unwrap().contains("max_project_tree_depth"));

    let all = world.present("project").await;
    let top = all.iter().find(|one| one.name == "level-1").unwrap();
    let full = world.delete(top).await.unwrap_err();
    assert!(full.message.contains("the project is not empty: it holds 1 projects"), "{full}");
    let off = world.update(top, json!({"enabled": false})).await.unwrap_err();
    assert!(off.help.unwrap().contains("only when all below it are off"));
    let twin = world.create("project", "twin", level(1, "default")).await.unwrap_err();
    assert_eq!(twin.problem, Problem::AlreadyExists);
    assert!(twin.help.unwrap().contains("unique in a domain"));

    let role = |implies: Json| json!({"name": format!("r{}", implies.to_string().len()), "implies": implies});
    let lower = world.create("role", "lower", role(json!([]))).await.unwrap();
    let upper = world.create("role", "upper", role(json!([lower]))).await.unwrap();
    let lower = world.read("role", &lower).await.unwrap();
    let circle = world.update(&lower, json!({"name": lower.name, "implies": [upper]})).await.unwrap_err();
    assert!(circle.message.contains("implies the role"), "{circle}");
    assert!(circle.help.unwrap().contains("a circle of roles"));
}

async fn a_domain_is_switched_off_before_it_ends_and_only_an_empty_one_ends(world: &World) {
    let world = world.with(json!({"domain": "corp"}));
    assert!(world.present("project").await.is_empty(), "nothing is in a domain that is not born");
    let id = world.create("domain", "sky", json!({"name": "corp", "enabled": true})).await.unwrap();
    let seen = world.read("domain", &id).await.unwrap();
    let inside = json!({"name": "shop", "domain": id, "parent": id, "tags": {}});
    let project = world.create("project", "shop", inside).await.unwrap();
    let full = world.delete(&seen).await.unwrap_err();
    assert!(full.message.contains("it holds 1 projects"), "{full}");
    assert_eq!(world.read("domain", &id).await.as_ref(), Some(&seen), "a refused end changes nothing");
    world.delete(&world.read("project", &project).await.unwrap()).await.unwrap();
    world.delete(&seen).await.unwrap();
    assert_eq!(world.read("domain", &id).await, None);
}

async fn a_domain_with_another_name_is_found_by_what_was_recorded(world: &World) {
    let corp = world.with(json!({"domain": "guild"}));
    let id = corp.create("domain", "sky", json!({"name": "guild", "enabled": true})).await.unwrap();
    corp.create("project", "shop", json!({"name": "shop", "domain": id, "parent": id, "tags": {}})).await.unwrap();
    world.keystone.ask(&[("PATCH", &format!("/domains/{id}"), json!({"domain": {"name": "lodge"}}))]).unwrap();
    let corp = world.with(json!({"domain": "guild"}));
    assert!(corp.present("domain").await.is_empty() && corp.present("project").await.is_empty());
    let mut recorded = scope();
    recorded.entry.get_or_insert_default().insert("recorded_domain".to_owned(), id.clone());
    let reader = corp.provider.reader(&recorded).await.unwrap();
    let seen = corp.kind("domain").present(&reader).await.unwrap().resources;
    assert_eq!((seen.len(), seen[0].name.as_str(), seen[0].id.as_str()), (1, "lodge", id.as_str()));
    assert_eq!(corp.kind("project").present(&reader).await.unwrap().resources.len(), 1, "all in it is found too");
}

async fn an_immutable_project_is_changed_all_the_same_and_stays_immutable(world: &World) {
    let locked = json!({"name": "vault", "domain": "default", "parent": "default", "tags": {}, "immutable": true});
    let id = world.create("project", "vault", locked).await.unwrap();
    let seen = world.read("project", &id).await.unwrap();
    world.update(&seen, json!({"name": "vault-2", "tags": {"a": "b"}})).await.unwrap();
    let seen = world.read("project", &id).await.unwrap();
    assert!(holds(&seen, &map(json!({"name": "vault-2", "tags": {"a": "b"}, "immutable": true}))), "{seen:?}");
    assert_eq!(seen.mark, Some(support::mark("project", "vault")), "tags are written as a whole, our mark among them");
    world.delete(&seen).await.unwrap();
    assert_eq!(world.read("project", &id).await, None);
}

async fn nobody_shuts_themselves_out(world: &World) {
    let of = |all: Vec<Observed>, name: &str| all.into_iter().find(|one| one.name == name).unwrap();
    let (project, user) = (of(world.present("project").await, ADMIN), of(world.present("user").await, ADMIN));
    let role = of(world.present("role").await, "admin");
    for refused in [
        world.delete(&project).await,
        world.update(&project, json!({"enabled": false})).await,
        world.delete(&user).await,
        world.delete(&role).await,
    ] {
        assert!(refused.unwrap_err().message.contains("would shut itself out"));
    }
    let given = world.present("role-assignment").await;
    let own = of(given, "user admin is admin on admin");
    assert_eq!(own.vendor.as_deref(), Some("by which Polity itself gets in"), "so no plan takes it back, in any mode");
    let group = json!({"name": "keepers", "domain": "default"});
    let group = world.create("group", "keepers", group).await.unwrap();
    world.create("group-membership", "x", json!({"group": group, "member": user.id})).await.unwrap();
    let member = world.present("group-membership").await.into_iter().find(|one| one.id.ends_with(&user.id)).unwrap();
    assert!(member.vendor.is_some());
}

async fn a_limit_of_keystone_needs_a_registered_one_and_those_of_other_domains_are_not_seen(world: &World) {
    let world = world.with(json!({"quotas": "unified"}));
    let project = json!({"name": "limited", "domain": "default", "parent": "default", "tags": {}});
    let project = world.create("project", "limited", project).await.unwrap();
    let limit =
        |amount: i64| json!({"project": project, "service": "compute", "resource": "class:VCPU", "amount": amount});
    let refused = world.create("limit", "limited/cpu", limit(8)).await.unwrap_err();
    assert_eq!(refused.problem, Problem::Invalid);
    assert!(refused.message.contains("no registered limit for `class:VCPU`"), "{refused}");
    let made = world.keystone.ask(&[
        ("POST", "/services", json!({"service": {"type": "compute", "name": "nova"}})),
        ("POST", "/domains", json!({"domain": {"name": "neighbours"}})),
    ]);
    let made = made.unwrap();
    let (service, domain) = (&made[0]["service"]["id"], &made[1]["domain"]["id"]);
    let registered = json!({"service_id": service, "resource_name": "class:VCPU", "default_limit": 10});
    let theirs = json!({"project": {"name": "theirs", "domain_id": domain}});
    let made = world.keystone.ask(&[
        ("POST", "/registered_limits", json!({"registered_limits": [registered]})),
        ("POST", "/projects", theirs),
    ]);
    let theirs = json!({
        "project_id": made.unwrap()[1]["project"]["id"], "service_id": service, "resource_name": "class:VCPU", "resource_limit": 3,
    });
    world.keystone.ask(&[("POST", "/limits", json!({"limits": [theirs]}))]).unwrap();
    let id = world.create("limit", "limited/cpu", limit(8)).await.unwrap();
    let seen = world.read("limit", &id).await.unwrap();
    assert_eq!(seen.attributes, map(limit(8)));
    world.update(&seen, json!({"amount": 4})).await.unwrap();
    let all = world.present("limit").await;
    assert_eq!(all.len(), 1, "the limit of the other domain's project is other people's: {all:?}");
    assert_eq!(all[0].attributes.get("amount"), Some(&Value::Int(4)));
    world.delete(&all[0]).await.unwrap();
    assert!(world.present("limit").await.is_empty());
}

async fn an_expired_token_is_renewed_in_mid_run(world: &World) {
    let (reader, writer) = (world.reader().await, world.writer().await);
    let repeats = || {
        let stats = world.provider.wire().stats();
        let calls = &stats.operations["identity:list_projects"];
        calls.requests - calls.calls
    };
    let (before, repeated) =
        (reader.send(&identity::LIST_PROJECTS, "GET", "/projects", Json::Null).await.unwrap(), repeats());
    // Somebody ends all tokens of ours: a new password does that.
    let users = world.present("user").await;
    let admin = users.iter().find(|user| user.name == ADMIN).unwrap();
    let body = json!({"user": {"password": PASSWORD}});
    writer.send(&identity::UPDATE_USER, "PATCH", &format!("/users/{}", admin.id), body).await.unwrap();
    // Keystone does not tell tokens of the same second apart.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let after = reader.send(&identity::LIST_PROJECTS, "GET", "/projects", Json::Null).await.unwrap();
    assert_eq!(before, after);
    assert_eq!(repeats(), repeated + 1, "one call was refused and made again");
}

async fn what_is_wrong_with_credentials_is_said(world: &World) {
    let endpoint = world.keystone.endpoint();
    let try_login = |login: Login| async move {
        let error = OpenStackProvider::with_login(&platform(json!({})), wire(), login).identify().await.unwrap_err();
        assert_eq!(error.problem, Problem::Credentials, "{error}");
        (error.message, error.help.unwrap())
    };
    let (message, help) = try_login(Login::password(&endpoint, ADMIN, "wrong", ADMIN, "Default")).await;
    assert!(message.contains("does not take the user `admin` of the domain `Default`"), "{message}");
    assert!(help.contains("Keystone does not say which of them is wrong"), "{help}");
    let (message, help) = try_login(Login::token(&endpoint, "gAAAAABexpired")).await;
    assert!(message.contains("does not take the given token") && message.contains("has expired"), "{message}");
    assert!(help.contains("openstack token issue"), "{help}");

    let elsewhere = Login::password(&format!("{endpoint}/nowhere"), ADMIN, PASSWORD, ADMIN, "Default");
    let error = OpenStackProvider::with_login(&platform(json!({})), wire(), elsewhere).identify().await.unwrap_err();
    assert!(error.message.contains("there is no Keystone with version 3"), "{error}");
}

async fn tokens_and_application_credentials_let_in_too(world: &World) {
    let endpoint = world.keystone.endpoint();
    // As people get one.
    let told =
        world.keystone.run("openstack", &["token", "issue", "-f", "value", "-c", "id", "-c", "user_id"]).unwrap();
    let (token, user) = told.trim().split_once('\n').unwrap();
    let login = Login::token(&endpoint, token);
    let by_token = OpenStackProvider::with_login(&platform(json!({})), wire(), login).identify().await.unwrap();
    assert_eq!(by_token.actor, "admin@Default");

    // A token that was given ends in the middle of a run: nobody can renew it.
    let login = Login::token(&endpoint, token);
    let provider = OpenStackProvider::with_login(&platform(json!({})), wire(), login);
    let reader = provider.reader(&scope()).await.unwrap();
    let made = json!({"application_credential": {"name": "pipeline", "unrestricted": true}});
    let made = world.keystone.ask(&[("POST", &format!("/users/{user}/application_credentials"), made)]).unwrap();
    world.keystone.run("openstack", &["token", "revoke", token]).unwrap();
    let ended = reader.send(&identity::LIST_PROJECTS, "GET", "/projects", Json::Null).await.unwrap_err();
    assert_eq!(ended.problem, Problem::Credentials);
    assert!(ended.message.contains("the given token has expired, or was withdrawn"), "{ended}");
    assert!(ended.help.unwrap().contains("goes on from what is there"));
    let part = |name: &str| made[0]["application_credential"][name].as_str().unwrap();
    let login = Login::application_credential(&endpoint, part("id"), part("secret"));
    let provider = OpenStackProvider::with_login(&platform(json!({})), wire(), login);
    assert_eq!(provider.identify().await.unwrap(), by_token);
    assert!(provider.reader(&scope()).await.is_ok());
}
