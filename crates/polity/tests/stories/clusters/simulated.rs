//! What the real server is too old for: guardrails as admission policies, and the standards of Pod Security as a server keeps
//! them that knows them, on the simulated cluster of the sandbox.

use std::{fs, net::TcpListener, process::Command};

use jiff::Timestamp;
use polity_sandbox::{Clock, Sandbox, Scenario, aws::Aws, kubernetes::Kubernetes, serve};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::{ACCOUNT, Ended, ended};

const MANIFEST: &str = "kind: organization
name: tiny
version: polity/v1
guardrails: [no-latest]
brakes: {removals: {max: 100, percent: 100}, people_losing_access: 100, guardrails_removed: 100, tenants_retired: 9}
---
{kind: platform, name: cluster, type: kubernetes, mode: own}
---
{kind: person, name: ada, given_name: Ada, family_name: Lovelace, email: ada@tiny.example}
---
{kind: unit, name: all, owner: ada}
---
{kind: role, name: developer, kubernetes: {cluster_role: edit}}
---
{kind: landing_zone, name: cards, guardrails: [few-replicas]}
---
kind: guardrail
name: no-latest
kubernetes:
  resources: [{resources: [pods]}]
  validations: [{expression: \"!object.spec.containers.exists(c, c.image.endsWith(':latest'))\", message: name a version}]
---
kind: guardrail
name: few-replicas
kubernetes:
  resources: [{api_groups: [apps], resources: [deployments], operations: [create, update]}]
  validations: [{expression: object.spec.replicas < 100}]
  actions: [deny, audit]
---
kind: project
name: shop
unit: all
access: [{person: ada, role: developer}]
tenants:
  - platform: cluster
    landing_zone: cards
    name: shop
    quota: {pods: 5}
    settings: {kubernetes: {pod_security: {enforce: restricted, version: v1.33}, network: {deny: [ingress]}}}
";

/// A simulated cluster behind a port, and a folder that governs it.
struct Lab {
    sandbox: Sandbox,
    _serving: Runtime,
    place: TempDir,
}

impl Lab {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        let now = Timestamp::now();
        let aws = Aws::new(ACCOUNT, 1);
        let sandbox = Sandbox::new(Clock::from(now), &Scenario::calm(), aws).beside(Kubernetes::new("lab", 1, now));
        {
            let _inside = runtime.enter();
            let serving = serve(sandbox.clone(), tokio::net::TcpListener::from_std(listener).unwrap());
            runtime.spawn(async move { serving.await.unwrap() });
        }
        let place = tempfile::tempdir().unwrap();
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "lab",
            "clusters": [{"name": "lab", "cluster": {"server": server}}],
            "users": [{"name": "root", "user": {"token": "none"}}],
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "root"}}],
        });
        fs::write(place.path().join("kubeconfig"), kubeconfig.to_string()).unwrap();
        fs::create_dir(place.path().join("folder")).unwrap();
        fs::write(place.path().join("folder/organization.yaml"), MANIFEST).unwrap();
        Self { sandbox, _serving: runtime, place }
    }

    fn polity(&self, words: &[&str]) -> Ended {
        let at = |name: &str| self.place.path().join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_polity"));
        command.args(words).arg("--folder").arg(at("folder")).arg("--journal").arg(at("journal.db"));
        command.env("KUBECONFIG", at("kubeconfig")).env("NO_COLOR", "1").env("POLITY_TODAY", "2026-11-22");
        ended(command.env_remove("POLITY_APPLIER").env_remove("KUBERNETES_SERVICE_HOST"))
    }

    fn tamper(&self, operation: &str, input: &Json) {
        let call = json!({"service": "kubernetes", "operation": operation, "input": input});
        let hand = serde_json::from_value(json!({"by": "mallory", "call": call})).unwrap();
        let done = self.sandbox.tamper(&hand);
        assert_eq!(done.error, None, "{operation} {input}");
    }
}

#[test]
fn guardrails_hold_are_seen_to_be_loosened_and_are_put_right() {
    let lab = Lab::start();
    lab.polity(&["apply", "--auto-approve"]).expect(0);
    lab.polity(&["plan"]).expect(0);
    let before = lab.sandbox.save()["kubernetes"]["objects"].as_array().unwrap().len();
    let (policies, bindings) = ("patch validatingadmissionpolicies", "patch validatingadmissionpolicybindings");
    let of = |name: &str, spec: Json| json!({"name": name, "body": {"spec": spec}});
    let policy = "admission-policy/no-latest";
    for (operation, input, action, address) in [
        (policies, of("no-latest", json!({"failurePolicy": "Ignore"})), "update", policy),
        (
            policies,
            of("no-latest", json!({"matchConditions": [{"name": "never", "expression": "false"}]})),
            "update",
            policy,
        ),
        (policies, of("no-latest", json!({"validations": [{"expression": "true"}]})), "update", policy),
        (
            policies,
            of("no-latest", json!({"matchConstraints": {"objectSelector": {"matchLabels": {"a": "b"}}}})),
            "update",
            policy,
        ),
        (
            bindings,
            of("few-replicas.landing-zone.cards", json!({"validationActions": ["Audit"]})),
            "update",
            "admission-policy-binding/few-replicas@landing-zone:cards",
        ),
        (
            "delete validatingadmissionpolicybindings",
            json!({"name": "no-latest.organization"}),
            "create",
            "admission-policy-binding/no-latest@organization",
        ),
        (
            "patch namespaces",
            json!({"name": "shop", "body": {"metadata": {"labels": {"polity/landing-zone": "elsewhere"}}}}),
            "update",
            "namespace/shop",
        ),
        (
            "patch namespaces",
            json!({"name": "shop", "body": {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}}),
            "update",
            "pod-security/shop",
        ),
    ] {
        lab.tamper(operation, &input);
        let drift = lab.polity(&["drift", "-o", "json"]).expect(2).json();
        let drifted: Vec<(&str, &str)> = drift["drifted"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["change"]["action"].as_str().unwrap(), one["change"]["address"].as_str().unwrap()))
            .collect();
        assert_eq!(drifted, [(action, format!("cluster/{address}").as_str())], "{operation} {input}");
        lab.polity(&["apply", "--auto-approve"]).expect(0);
    }
    lab.polity(&["plan"]).expect(0);
    assert_eq!(lab.sandbox.save()["kubernetes"]["objects"].as_array().unwrap().len(), before, "nothing is left beside");
}
