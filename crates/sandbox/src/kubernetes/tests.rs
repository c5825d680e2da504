//! A cluster's manners: what the published API promises, one promise a test.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Kubernetes, route::Route};
use crate::cloud::{Cloud, Tuning};

const MERGE: &str = "application/merge-patch+json";
const APPLY: &str = "application/apply-patch+yaml";
const SHOP: &str = "/api/v1/namespaces/shop";
const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings";

/// A cluster and its time.
struct Cluster {
    cloud: Kubernetes,
    now: Timestamp,
    tuning: Tuning,
}

impl Cluster {
    fn new() -> Self {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        Self { cloud: Kubernetes::new("lab", 7, now), now, tuning: Tuning::default() }
    }

    /// With the namespace `shop`.
    fn shop() -> Self {
        let mut cluster = Self::new();
        assert_eq!(cluster.create("/api/v1/namespaces", json!({"metadata": {"name": "shop"}})).0, 201);
        cluster
    }

    fn call(&mut self, method: &str, uri: &str, content: &str, body: &Value) -> (u16, Value) {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let request = http::Request::builder().method(method).uri(uri).header("content-type", content);
        let request = request.header("user-agent", "tester/1").body(Bytes::from(text)).unwrap();
        let call = self.cloud.hear(&request).unwrap();
        let reply = self.cloud.answer(&call, &request, &self.tuning, self.now);
        (reply.status().as_u16(), serde_json::from_slice(reply.body()).unwrap())
    }

    fn get(&mut self, uri: &str) -> (u16, Value) {
        self.call("GET", uri, "", &Value::Null)
    }

    fn create(&mut self, uri: &str, body: Value) -> (u16, Value) {
        self.call("POST", uri, "application/json", &body)
    }

    fn apply(&mut self, manager: &str, force: bool, uri: &str, body: &Value) -> (u16, Value) {
        self.call("PATCH", &format!("{uri}?fieldManager={manager}&force={force}"), APPLY, body)
    }

    fn merge(&mut self, uri: &str, body: &Value) -> (u16, Value) {
        self.call("PATCH", uri, MERGE, body)
    }

    fn delete(&mut self, uri: &str) -> (u16, Value) {
        self.call("DELETE", uri, "", &Value::Null)
    }

    fn pass(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        if self.cloud.is_due(self.now) {
            self.cloud.settle(self.now);
        }
    }
}

fn labels(values: &Value) -> Value {
    json!({"metadata": {"labels": values}})
}

fn binding(role: &str) -> Value {
    json!({
        "metadata": {"name": "devs"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "Group", "name": "developers"}],
    })
}

#[test]
fn a_namespace_is_born_with_what_the_control_plane_gives_it() {
    let mut cluster = Cluster::shop();
    let (_, shop) = cluster.get(SHOP);
    assert_eq!(shop["metadata"]["labels"]["kubernetes.io/metadata.name"], "shop");
    assert_eq!((&shop["status"]["phase"], &shop["spec"]["finalizers"]), (&json!("Active"), &json!(["kubernetes"])));
    assert_eq!(cluster.get(&format!("{SHOP}/serviceaccounts/default")).0, 200);
    assert_eq!(cluster.get("/api/v1/namespaces/kube-system").0, 200);
    let (status, again) = cluster.create("/api/v1/namespaces", json!({"metadata": {"name": "shop"}}));
    assert_eq!((status, again["reason"].as_str()), (409, Some("AlreadyExists")));
}

#[test]
fn a_namespace_ends_in_the_background_and_nothing_begins_in_it_meanwhile() {
    let mut cluster = Cluster::shop();
    cluster.create(BINDINGS, binding("view"));
    let (status, ending) = cluster.delete(SHOP);
    assert_eq!((status, &ending["status"]["phase"]), (200, &json!("Terminating")));
    let (status, refused) = cluster.create(BINDINGS, binding("edit"));
    assert_eq!((status, &refused["details"]["causes"][0]["reason"]), (403, &json!("NamespaceTerminating")));
    cluster.pass(4);
    assert_eq!(cluster.get(SHOP).0, 200);
    cluster.pass(1);
    assert_eq!(cluster.get(SHOP).0, 404);
    assert_eq!(cluster.get("/apis/rbac.authorization.k8s.io/v1/rolebindings").1["items"], json!([]));
    assert_eq!(cluster.delete("/api/v1/namespaces/kube-system").1["reason"], "Forbidden");
}

#[test]
fn what_a_finalizer_holds_keeps_its_namespace_and_is_named() {
    let mut cluster = Cluster::shop();
    let held = json!({"metadata": {"name": "held", "finalizers": ["example.org/slow"]}});
    cluster.create(&format!("{SHOP}/configmaps"), held);
    cluster.delete(SHOP);
    cluster.pass(60);
    let (_, stuck) = cluster.get(SHOP);
    let said = stuck["status"]["conditions"][1]["message"].as_str().unwrap();
    assert!(said.ends_with("example.org/slow in 1 resource instances"), "{said}");
    assert!(!cluster.cloud.is_due(cluster.now), "it is told once");
    cluster.merge(&format!("{SHOP}/configmaps/held"), &json!({"metadata": {"finalizers": null}}));
    cluster.pass(1);
    assert_eq!(cluster.get(SHOP).0, 404);
}

#[test]
fn an_apply_owns_what_it_names_and_takes_away_what_it_names_no_more() {
    let mut cluster = Cluster::shop();
    let (status, first) = cluster.apply("polity", false, SHOP, &labels(&json!({"team": "pay", "env": "prod"})));
    assert_eq!(status, 200);
    let (_, again) = cluster.apply("polity", false, SHOP, &labels(&json!({"team": "pay", "env": "prod"})));
    assert_eq!(first, again, "the same again is no write");
    let (_, less) = cluster.apply("polity", false, SHOP, &labels(&json!({"team": "pay"})));
    assert_eq!(less["metadata"]["labels"], json!({"kubernetes.io/metadata.name": "shop", "team": "pay"}));
    assert_ne!(first["metadata"]["resourceVersion"], less["metadata"]["resourceVersion"]);
}

#[test]
fn a_field_of_another_manager_is_a_conflict_that_names_it() {
    let mut cluster = Cluster::shop();
    cluster.apply("argo", false, SHOP, &labels(&json!({"team": "ops"})));
    let ours = labels(&json!({"team": "pay"}));
    let (status, refused) = cluster.apply("polity", false, SHOP, &ours);
    assert_eq!((status, refused["reason"].as_str()), (409, Some("Conflict")));
    let cause = &refused["details"]["causes"][0];
    assert_eq!((&cause["reason"], &cause["field"]), (&json!("FieldManagerConflict"), &json!(".metadata.labels.team")));
    assert!(refused["message"].as_str().unwrap().contains("conflict with \"argo\""), "{refused}");
    let (status, taken) = cluster.apply("polity", true, SHOP, &ours);
    assert_eq!((status, &taken["metadata"]["labels"]["team"]), (200, &json!("pay")));
    // What both ask for alike is no conflict, and belongs to both.
    assert_eq!(cluster.apply("argo", false, SHOP, &ours).0, 200);
    let (_, kept) = cluster.apply("polity", false, SHOP, &labels(&json!({})));
    assert_eq!(kept["metadata"]["labels"]["team"], "pay", "it is argo's still");
}

#[test]
fn what_somebody_changes_by_hand_is_theirs_from_then_on() {
    let mut cluster = Cluster::shop();
    cluster.apply("polity", false, SHOP, &labels(&json!({"team": "pay"})));
    cluster.merge(&format!("{SHOP}?fieldManager=kubectl-edit"), &labels(&json!({"team": "mine"})));
    let (status, refused) = cluster.apply("polity", false, SHOP, &labels(&json!({"team": "pay"})));
    assert_eq!(status, 409);
    assert!(refused["message"].as_str().unwrap().contains("kubectl-edit"), "{refused}");
}

#[test]
fn a_list_is_patched_in_part_by_steps_that_must_fit() {
    let mut cluster = Cluster::shop();
    cluster.create(BINDINGS, binding("view"));
    let eve = json!({"kind": "User", "name": "eve", "apiGroup": "rbac.authorization.k8s.io"});
    let steps = |path: &str| json!([{"op": "add", "path": path, "value": eve}]);
    let mut patch =
        |body: &Value| cluster.call("PATCH", &format!("{BINDINGS}/devs"), "application/json-patch+json", body);
    let (status, patched) = patch(&steps("/subjects/-"));
    assert_eq!((status, &patched["subjects"][1]["name"]), (200, &json!("eve")));
    assert_eq!(patch(&steps("/nowhere/at/all")).0, 422);
    assert_eq!(patch(&json!({"subjects": []})).0, 400);
}

#[test]
fn a_binding_keeps_its_role() {
    let mut cluster = Cluster::shop();
    let (status, made) = cluster.create(BINDINGS, binding("view"));
    assert_eq!((status, &made["subjects"][0]["apiGroup"]), (201, &json!("rbac.authorization.k8s.io")));
    let (status, refused) = cluster.apply("polity", true, &format!("{BINDINGS}/devs"), &binding("edit"));
    assert_eq!((status, refused["reason"].as_str()), (422, Some("Invalid")));
    assert!(refused["message"].as_str().unwrap().contains("cannot change roleRef"), "{refused}");
}

#[test]
fn whoever_read_an_older_state_may_not_replace_the_present_one() {
    let mut cluster = Cluster::shop();
    let (_, read) = cluster.get(SHOP);
    cluster.merge(SHOP, &labels(&json!({"a": "b"})));
    let (status, refused) = cluster.call("PUT", SHOP, "application/json", &read);
    assert_eq!((status, refused["reason"].as_str()), (409, Some("Conflict")));
    let (_, read) = cluster.get(SHOP);
    assert_eq!(cluster.call("PUT", SHOP, "application/json", &read).0, 200);
}

#[test]
fn lists_have_pages_that_hold_only_while_nothing_is_written() {
    let mut cluster = Cluster::new();
    let (_, page) = cluster.get("/api/v1/namespaces?limit=3");
    assert_eq!(page["items"].as_array().unwrap().len(), 3);
    assert!(page["items"][0].get("kind").is_none());
    let next = format!("/api/v1/namespaces?limit=3&continue={}", page["metadata"]["continue"].as_str().unwrap());
    let (_, rest) = cluster.get(&next);
    assert_eq!((rest["items"].as_array().unwrap().len(), rest["metadata"].get("continue")), (1, None));
    cluster.create("/api/v1/namespaces", json!({"metadata": {"name": "shop"}}));
    assert_eq!(cluster.get(&next).0, 410);
    let (_, chosen) = cluster.get("/api/v1/namespaces?labelSelector=kubernetes.io%2Fmetadata.name%3Dshop");
    assert_eq!(chosen["items"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_is_refused_with_its_field() {
    let mut cluster = Cluster::shop();
    let policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
    for (uri, body, field) in [
        ("/api/v1/namespaces", json!({"metadata": {"name": "Shop"}}), "metadata.name"),
        ("/api/v1/namespaces", json!({"metadata": {"name": "a", "labels": {"x": "no spaces"}}}), "metadata.labels"),
        (BINDINGS, json!({"metadata": {"name": "x"}}), "roleRef.name"),
        (policies, json!({"metadata": {"name": "x"}, "spec": {}}), "spec.validations"),
        (
            "/api/v1/namespaces/shop/resourcequotas",
            json!({"metadata": {"name": "x"}, "spec": {"hard": {"pods": "many"}}}),
            "spec.hard[pods]",
        ),
    ] {
        let (status, refused) = cluster.create(uri, body);
        assert_eq!((status, &refused["details"]["causes"][0]["field"]), (422, &json!(field)), "{refused}");
    }
    let nowhere = "/apis/rbac.authorization.k8s.io/v1/namespaces/none/rolebindings";
    assert_eq!(cluster.create(nowhere, binding("view")).1["details"]["kind"], "namespaces");
    assert_eq!(cluster.create("/api/v1/namespaces", json!({"kind": "Pod"})).0, 400);
    assert_eq!(cluster.apply("", false, SHOP, &labels(&json!({}))).0, 400);
    assert_eq!(cluster.call("PATCH", SHOP, "application/x-other", &json!([])).0, 415);
    assert_eq!(cluster.get("/api/v1/pods").0, 404);
}

#[test]
fn a_rehearsed_write_changes_nothing() {
    let mut cluster = Cluster::shop();
    let before = cluster.cloud.save();
    assert_eq!(cluster.create(&format!("{BINDINGS}?dryRun=All"), binding("view")).0, 201);
    assert_eq!(cluster.call("DELETE", &format!("{SHOP}?dryRun=All"), "", &Value::Null).0, 200);
    assert_eq!(cluster.cloud.save(), before);
}

#[test]
fn a_client_finds_out_what_there_is() {
    let mut cluster = Cluster::new();
    assert_eq!(cluster.get("/version").1["major"], "1");
    let groups = cluster.get("/apis").1;
    assert_eq!(groups["groups"].as_array().unwrap().len(), 3, "{groups}");
    let resources = cluster.get("/apis/rbac.authorization.k8s.io/v1").1;
    assert_eq!(resources["resources"].as_array().unwrap().len(), 4);
    let body = json!({"kind": "SelfSubjectReview"});
    let (status, myself) = cluster.create("/apis/authentication.k8s.io/v1/selfsubjectreviews", body);
    assert_eq!((status, &myself["status"]["userInfo"]["username"]), (201, &json!("kubernetes-admin")));
}

#[test]
fn what_is_for_another_cloud_is_not_heard() {
    let request = |uri: &str, signed: bool| {
        let builder = http::Request::builder().uri(uri);
        let builder = if signed { builder.header("authorization", "AWS4-HMAC-SHA256 x") } else { builder };
        builder.body(Bytes::new()).unwrap()
    };
    assert!(Route::of(&request("/", false)).is_none());
    assert!(Route::of(&request("/v20180820/configuration", false)).is_none());
    assert!(Route::of(&request("/api/v1/namespaces", true)).is_none());
    assert_eq!(Route::of(&request("/api/v1/namespaces/shop/namespaces", false)), Some(Route::Nowhere));
    assert_eq!(Route::of(&request("/api/v1/secrets/x", false)), Some(Route::Nowhere));
}

#[test]
fn it_is_written_down_and_read_again() {
    let mut cluster = Cluster::shop();
    cluster.create(BINDINGS, binding("view"));
    let saved = cluster.cloud.save();
    assert_eq!(Kubernetes::load(&saved).unwrap().save(), saved);
    assert!(Kubernetes::load(&json!({"name": "x"})).is_err());
}

#[test]
fn hands_work_by_the_same_rules() {
    let mut cluster = Cluster::shop();
    let hand = |operation: &str, input: Value| {
        serde_json::from_value(json!({
            "by": "mallory", "call": {"service": "kubernetes", "operation": operation, "input": input},
        }))
        .unwrap()
    };
    let body = labels(&json!({"team": "mine"}));
    let done =
        cluster.cloud.tamper(&hand("patch namespaces", json!({"name": "shop", "body": body})), cluster.now).unwrap();
    assert_eq!(done.failed, None);
    let (_, shop) = cluster.get(SHOP);
    let managers = shop["metadata"]["managedFields"].as_array().unwrap();
    assert!(managers.iter().any(|entry| entry["manager"] == "mallory"), "{managers:?}");
    let failed = cluster.cloud.tamper(&hand("delete roles", json!({"namespace": "shop", "name": "x"})), cluster.now);
    assert!(failed.unwrap().failed.unwrap().starts_with("NotFound"));
}

proptest! {
    /// Whatever two managers apply by force: the last one's fields hold, what only it had named before is gone, and the same
    /// apply once more changes nothing.
    #[test]
    fn applies_end_in_what_was_applied_last(
        applies in prop::collection::vec((any::<bool>(), prop::collection::btree_map("[a-c]", "[x-z]", 0..3)), 1..8),
    ) {
        let mut cluster = Cluster::shop();
        let mut held = std::collections::BTreeMap::<bool, Vec<String>>::new();
        for (ours, wanted) in applies {
            let manager = if ours { "polity" } else { "argo" };
            let body = labels(&json!(wanted));
            let (status, object) = cluster.apply(manager, true, SHOP, &body);
            prop_assert_eq!(status, 200);
            for (key, value) in &wanted {
                prop_assert_eq!(&object["metadata"]["labels"][key], &json!(value));
            }
            for gone in held.get(&ours).into_iter().flatten().filter(|key| !wanted.contains_key(*key)) {
                let others = held.get(&!ours).is_some_and(|keys| keys.contains(gone));
                prop_assert!(others || object["metadata"]["labels"].get(gone).is_none());
            }
            held.insert(ours, wanted.keys().cloned().collect());
            prop_assert_eq!(cluster.apply(manager, true, SHOP, &body).1, object);
        }
    }
}
