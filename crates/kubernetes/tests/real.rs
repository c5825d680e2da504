//! Each kind's life on a real API server, read back by `kubectl`; and what the server refuses, in words that help.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;

use polity_model::Value;
use polity_provider::{Problem, Provider as _};
use serde_json::Value as Json;

use support::{House, cluster::Cluster};

const HEAD: &str = "
kind: organization
name: acme
version: polity/v1
---
{kind: person, name: ada, given_name: Ada, family_name: Lovelace, email: ada@acme.example}
---
{kind: unit, name: all, owner: ada}
---
{kind: team, name: payments, people: [ada]}
---
{kind: workload, name: pipeline, owner: person/ada}
---
{kind: role, name: viewer, kubernetes: {cluster_role: view}}
---
";

/// An organization with one tenant.
fn organization(mode: &str, rules: &str, tenant: &str) -> String {
    format!(
        "{HEAD}
{{kind: platform, name: cluster, type: kubernetes, mode: {mode}}}
---
kind: role
name: deployer
kubernetes: {{cluster_role: our-deployer, rules: [{rules}]}}
---
kind: project
name: shop
unit: all
tenants:
  - {{platform: cluster, name: shop-dev, access: [
       {{team: payments, role: deployer}}, {{person: ada, role: viewer}}, {{workload: pipeline, role: deployer}}],
     {tenant}}}
"
    )
}

const SMALL: &str = "tags: {env: dev}, quota: {cpu: 2, memory: 4 GiB, pods: 10}, settings: {kubernetes: {
    pod_security: {enforce: baseline}, containers: {limits: {cpu: 1}}, network: {deny: [ingress], allow: [same-namespace]}}}";
const LARGE: &str = "tags: {env: prod, team: a}, quota: {cpu: 2500m, memory: 6 GiB}, settings: {kubernetes: {
    pod_security: {enforce: restricted, warn: restricted}, containers: {limits: {cpu: 2}, min: {memory: 16 MiB}},
    network: {deny: [ingress, egress], allow: [dns]}}}";

/// In an order in which each is there before those that point at it.
const ALL: [&str; 9] = [
    "namespace/shop-dev",
    "pod-security/shop-dev",
    "resource-quota/shop-dev",
    "limit-range/shop-dev",
    "network-policy/shop-dev",
    "cluster-role/deployer",
    "service-account/pipeline@shop-dev",
    "role-binding/team:payments/deployer@shop-dev",
    "role-binding/workload:pipeline/deployer@shop-dev",
];

fn read(house: &House, words: &[&str]) -> Json {
    serde_json::from_str(&house.cluster.kubectl(&[words, &["-o", "json"]].concat(), "").unwrap()).unwrap()
}

/// One cluster, which takes seconds to come up, for all of it.
#[tokio::test(flavor = "multi_thread")]
async fn kinds_on_a_real_server() {
    let cluster = Arc::new(Cluster::start().unwrap());
    every_kind_lives_from_birth_to_end(&cluster).await;
    fields_of_others_are_taken_over_only_where_we_own(&cluster).await;
    bindings_of_many_subjects_lose_one_and_keep_the_others(&cluster).await;
    what_ended_since_the_plan_is_not_made_anew_by_a_change(&cluster).await;
    what_the_server_refuses_is_said_so_that_it_helps(&cluster).await;
}

async fn every_kind_lives_from_birth_to_end(cluster: &Arc<Cluster>) {
    let mut house = House::new(cluster, &organization("own", "{resources: [pods], verbs: [get, list]}", SMALL));
    let identity = house.provider.identify().await.unwrap();
    assert_eq!(identity.organization, read(&house, &["get", "ns", "kube-system"])["metadata"]["uid"]);
    for address in ALL {
        let id = house.create(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
        assert!(!id.is_empty());
        assert_eq!(house.differs(address).await, Vec::<String>::new(), "{address} as it was made");
    }
    held_small(&house);
    house.says(&organization("own", "{api_groups: [apps], resources: [deployments], verbs: [patch]}", LARGE));
    for address in ALL.into_iter().filter(|address| !address.starts_with("role-b") && !address.starts_with("service")) {
        assert_ne!(house.differs(address).await, Vec::<String>::new(), "{address} is asked for otherwise now");
        house.update(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
        assert_eq!(house.differs(address).await, Vec::<String>::new(), "{address} as it was changed");
    }
    let namespace = read(&house, &["get", "ns", "shop-dev"]);
    assert_eq!(namespace["metadata"]["labels"]["env"], "prod");
    assert_eq!(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted");
    assert_eq!(namespace["metadata"]["annotations"]["polity/address"], "acme:cluster/namespace/shop-dev");
    let quota = read(&house, &["get", "quota", "polity", "-n", "shop-dev"]);
    assert_eq!(quota["spec"]["hard"], serde_json::json!({"requests.cpu": "2500m", "requests.memory": "6Gi"}));
    for address in ALL.into_iter().rev() {
        house.delete(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
        house.delete(address).await.unwrap_or_else(|error| panic!("{address}, which is gone already: {error}"));
        if !address.starts_with("pod-security") {
            assert_eq!(house.present(address).await, None, "{address}");
        }
    }
    assert!(house.cluster.kubectl(&["get", "ns", "shop-dev"], "").is_err());
}

fn held_small(house: &House) {
    let fence = read(house, &["get", "netpol", "polity-default-deny", "-n", "shop-dev"]);
    assert_eq!(fence["spec"]["policyTypes"], serde_json::json!(["Ingress"]));
    let range = read(house, &["get", "limits", "polity", "-n", "shop-dev"]);
    assert_eq!(range["spec"]["limits"][0]["defaultRequest"]["cpu"], "1", "the server fills in what is silent");
    let binding = read(house, &["get", "rolebinding", "polity:our-deployer:group:payments", "-n", "shop-dev"]);
    assert_eq!(binding["subjects"][0]["name"], "payments");
    assert_eq!(binding["roleRef"]["name"], "our-deployer");
    let may =
        |who: &[&str]| house.cluster.kubectl(&[&["auth", "can-i", "list", "pods", "-n", "shop-dev"], who].concat(), "");
    assert!(may(&["--as", "x", "--as-group", "payments"]).is_ok());
    assert!(may(&["--as", "system:serviceaccount:shop-dev:pipeline"]).is_ok());
    assert!(may(&["--as", "eve"]).is_err());
}

async fn fields_of_others_are_taken_over_only_where_we_own(cluster: &Arc<Cluster>) {
    let mut house = House::new(cluster, &organization("observe", "{resources: [pods], verbs: [get]}", SMALL));
    for address in ["namespace/shop-dev", "resource-quota/shop-dev", "network-policy/shop-dev"] {
        house.create(address).await.unwrap();
    }
    house.cluster.kubectl(&["label", "ns", "shop-dev", "env=hacked", "--overwrite"], "").unwrap();
    let more = "{\"spec\": {\"hard\": {\"pods\": \"99\", \"services\": \"5\"}}}";
    house.cluster.kubectl(&["patch", "quota", "polity", "-n", "shop-dev", "--type=merge", "-p", more], "").unwrap();
    let hole = "{\"spec\": {\"ingress\": [{}]}}";
    house
        .cluster
        .kubectl(&["patch", "netpol", "polity-default-deny", "-n", "shop-dev", "--type=merge", "-p", hole], "")
        .unwrap();
    for (address, field, manager) in [
        ("namespace/shop-dev", "metadata.labels.env", "`kubectl-label`"),
        ("resource-quota/shop-dev", "spec.hard.pods", "`kubectl-patch`"),
        ("network-policy/shop-dev", "spec.ingress", "`kubectl-patch`"),
    ] {
        assert_ne!(house.differs(address).await, Vec::<String>::new(), "{address}");
        let error = house.update(address).await.unwrap_err();
        assert!(error.is(Problem::Invalid), "{error}");
        assert!(error.message.contains(field) && error.message.contains(manager), "{error}");
        assert!(error.help.unwrap().contains("mode: own"));
    }
    house.says(&organization("own", "{resources: [pods], verbs: [get]}", SMALL));
    for address in ["namespace/shop-dev", "resource-quota/shop-dev", "network-policy/shop-dev"] {
        house.update(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
        assert_eq!(house.differs(address).await, Vec::<String>::new(), "{address}");
    }
    let who =
        house.provider.who_changed(&house.scope(), &house.present("resource-quota/shop-dev").await.unwrap()).await;
    assert_eq!(who.unwrap(), None, "what others wrote is gone, and so are they");
    house.clear();
}

async fn bindings_of_many_subjects_lose_one_and_keep_the_others(cluster: &Arc<Cluster>) {
    let house = House::new(cluster, &organization("own", "{resources: [pods], verbs: [get]}", SMALL));
    for address in ["namespace/shop-dev", "cluster-role/deployer", "role-binding/team:payments/deployer@shop-dev"] {
        house.create(address).await.unwrap();
    }
    let subjects =
        "{\"subjects\": [{\"kind\": \"Group\", \"name\": \"payments\", \"apiGroup\": \"rbac.authorization.k8s.io\"},
        {\"kind\": \"User\", \"name\": \"eve\", \"apiGroup\": \"rbac.authorization.k8s.io\"}]}";
    let name = "polity:our-deployer:group:payments";
    house
        .cluster
        .kubectl(&["patch", "rolebinding", name, "-n", "shop-dev", "--type=merge", "-p", subjects], "")
        .unwrap();
    let writer = house.writer().await;
    let found = house.kind("role-binding").present(writer.reader()).await.unwrap().resources;
    let mut principals: Vec<&str> = found
        .iter()
        .filter(|one| one.attributes["namespace"] == Value::text("shop-dev"))
        .filter_map(|one| one.attributes["principal"].as_text())
        .collect();
    principals.sort_unstable();
    assert_eq!(principals, ["Group:payments", "User:eve"]);
    house.know("role-binding/eve", &format!("rolebindings/shop-dev/{name}#User:eve"));
    house.delete("role-binding/eve").await.unwrap();
    let left = read(&house, &["get", "rolebinding", name, "-n", "shop-dev"]);
    assert_eq!(left["subjects"].as_array().unwrap().len(), 1);
    assert_eq!(left["subjects"][0]["name"], "payments");

    // The name is taken by a binding of another role, which can never be changed: the new one gets another name.
    house.cluster.kubectl(&["delete", "rolebinding", name, "-n", "shop-dev"], "").unwrap();
    let words = ["create", "rolebinding", name, "--clusterrole=cluster-admin", "--group=payments", "-n", "shop-dev"];
    house.cluster.kubectl(&words, "").unwrap();
    let id = house.create("role-binding/team:payments/deployer@shop-dev").await.unwrap();
    assert_eq!(id, format!("rolebindings/shop-dev/{name}:2#Group:payments"));

    // Whoever is let in twice has one access, and it is the one that we made.
    let words = ["create", "rolebinding", "a-copy", "--clusterrole=our-deployer", "--group=payments", "-n", "shop-dev"];
    house.cluster.kubectl(&words, "").unwrap();
    let found = house.kind("role-binding").present(writer.reader()).await.unwrap().resources;
    let keyed: Vec<&str> = found
        .iter()
        .filter(|one| !one.keys.is_empty() && one.attributes["role"] == Value::text("clusterroles/our-deployer"))
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(keyed, [id.as_str()]);
    house.clear();
}

async fn what_ended_since_the_plan_is_not_made_anew_by_a_change(cluster: &Arc<Cluster>) {
    let house = House::new(cluster, &organization("own", "{resources: [pods], verbs: [get]}", SMALL));
    for address in ["namespace/shop-dev", "pod-security/shop-dev", "resource-quota/shop-dev"] {
        house.create(address).await.unwrap();
    }
    house.cluster.kubectl(&["delete", "ns", "shop-dev", "--wait=true"], "").unwrap();
    for address in ["namespace/shop-dev", "pod-security/shop-dev", "resource-quota/shop-dev"] {
        let error = house.update(address).await.unwrap_err();
        assert!(error.is(Problem::NotFound) && error.help.unwrap().contains("plan again"), "{address}");
    }
    assert!(house.cluster.kubectl(&["get", "ns", "shop-dev"], "").is_err(), "nothing has made it anew");
    let within = house.create("pod-security/shop-dev").await.unwrap_err();
    assert!(within.is(Problem::NotFound), "{within}");

    // Somebody has made one of the same name since: it is not what was to end.
    house.know("namespace/kube-public", "kube-public");
    let theirs = house.delete("namespace/kube-public").await.unwrap_err();
    assert!(theirs.message.contains("part of Kubernetes"), "{theirs}");
}

async fn what_the_server_refuses_is_said_so_that_it_helps(cluster: &Arc<Cluster>) {
    let mut house = House::new(cluster, &organization("own", "{resources: [pods], verbs: [get]}", SMALL));
    house.create("namespace/shop-dev").await.unwrap();
    let again = house.create("namespace/shop-dev").await.unwrap_err();
    assert!(again.is(Problem::AlreadyExists) && again.message.contains("is there already"), "{again}");

    let guarded = "{apiVersion: v1, kind: ConfigMap, metadata: {name: guard, namespace: shop-dev, finalizers: [example.com/guard]}}";
    house.cluster.kubectl(&["create", "-f", "-"], guarded).unwrap();
    let hanging = house.delete("namespace/shop-dev").await.unwrap_err();
    assert!(hanging.message.contains("example.com/guard"), "{hanging}");
    let seen = house.present("namespace/shop-dev").await.unwrap();
    assert!(seen.ended.as_deref().unwrap().contains("example.com/guard"), "{seen:?}");
    let within = house.create("network-policy/shop-dev").await.unwrap_err();
    assert!(within.message.contains("being terminated"), "{within}");

    house.act_as("let-me-look");
    let writer = house.provider.reader(&house.scope()).await;
    let denied = writer.err().unwrap();
    assert!(denied.is(Problem::Denied), "{denied}");
    assert!(denied.to_string().contains("`get namespaces`"), "{denied}");
    house.act_as("nobody-knows-it");
    let unknown = house.provider.identify().await.unwrap_err();
    assert!(unknown.is(Problem::Credentials), "{unknown}");
}
