//! Quotas against real Nova, Neutron and Cinder, which `cargo xtask servers` installs; without them these tests fail.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so and stops"
)]

mod support;

use std::sync::Arc;

use polity_model::{Address, Map, Value, resource::Scope};
use polity_provider::{Ask, Problem, Provider, WritingProvider};
use serde_json::json;

use self::support::{Nothing, World, map, services::Services};

fn inside(project: &str) -> Scope {
    Scope {
        name: "sky/shop".into(),
        platform: "sky".into(),
        level: "project".into(),
        tenant: Some("shop".into()),
        entry: Some([("project_id".to_owned(), project.to_owned())].into()),
    }
}

#[tokio::test]
async fn each_service_keeps_its_quotas_and_takes_back_its_own() {
    let world = World::start(json!({}), "");
    let _services = Services::start(&world.keystone).unwrap();
    let project = json!({"name": "shop", "domain": "default", "parent": "default", "tags": {}});
    let project = world.create("project", "shop", project).await.unwrap();
    let scope = inside(&project);
    let (reader, writer) =
        (world.provider.reader(&scope).await.unwrap(), world.provider.writer(&scope, Arc::new(Nothing)).await.unwrap());
    for (kind, wanted) in [
        ("compute-quota", json!({"cores": 8, "ram": 65536, "instances": 4})),
        ("volume-quota", json!({"gigabytes": 500, "volumes": 20, "snapshots": 3})),
        ("network-quota", json!({"network": 2, "router": 1, "floatingip": 5, "security_group_rule": 0})),
    ] {
        let address = Address::new("sky", kind, "shop");
        let kind = world.kind(kind);
        let before = kind.present(&reader).await.unwrap().resources;
        assert_eq!(before.len(), 1, "a quota is always there");
        let (wanted, nothing) = (map(wanted), Map::new());
        let ask = Ask {
            address: &address,
            scope: &scope,
            id: Some(&project),
            before: &before[0].attributes,
            after: &wanted,
            changed: &wanted.keys().cloned().collect::<Vec<_>>(),
            mark: None,
        };
        kind.update(&writer, &ask).await.unwrap_or_else(|error| panic!("{address}: {error}"));
        let held = kind.read(&reader, &project).await.unwrap().unwrap();
        for (name, value) in &wanted {
            assert_eq!(held.attributes.get(name), Some(value), "{address}: {name}");
        }
        for (name, value) in &before[0].attributes {
            assert!(
                wanted.contains_key(name) || held.attributes.get(name) == Some(value),
                "{address}: {name} is untouched"
            );
        }
        kind.delete(&writer, &Ask { after: &nothing, ..ask }).await.unwrap();
        assert_eq!(
            kind.read(&reader, &project).await.unwrap().unwrap().attributes,
            before[0].attributes,
            "{address}: reset"
        );
    }
    let seen = world.read("project", &project).await.unwrap();
    world.delete(&seen).await.unwrap();
    assert_eq!(world.read("project", &project).await, None, "the services hold nothing of it");
}

#[tokio::test]
async fn a_limit_of_keystone_needs_a_registered_one() {
    let world = World::start(json!({"quotas": "unified"}), "");
    let project = json!({"name": "shop", "domain": "default", "parent": "default", "tags": {}});
    let project = world.create("project", "shop", project).await.unwrap();
    let limit =
        |amount: i64| json!({"project": project, "service": "compute", "resource": "class:VCPU", "amount": amount});
    let refused = world.create("limit", "shop/cpu", limit(8)).await.unwrap_err();
    assert_eq!(refused.problem, Problem::Invalid);
    assert!(refused.message.contains("no registered limit for `class:VCPU`"), "{refused}");
    world.keystone.run("openstack", &["service", "create", "--name", "nova", "compute"]).unwrap();
    let register = ["registered", "limit", "create", "--service", "nova", "--default-limit", "10", "class:VCPU"];
    world.keystone.run("openstack", &register).unwrap();
    let id = world.create("limit", "shop/cpu", limit(8)).await.unwrap();
    let seen = world.read("limit", &id).await.unwrap();
    assert_eq!(seen.attributes, map(limit(8)));
    world.update(&seen, json!({"amount": 4})).await.unwrap();
    let seen = world.present("limit").await.remove(0);
    assert_eq!(seen.attributes.get("amount"), Some(&Value::Int(4)));
    world.delete(&seen).await.unwrap();
    assert!(world.present("limit").await.is_empty());
}
