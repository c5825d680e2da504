//! Guardrails as validating admission policies, which the test cluster is too old for: on a small server of our own, and
//! held to the published description of the API.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

#[allow(dead_code, reason = "each test uses a part of this")]
#[path = "support/fake.rs"]
mod fake;

use std::{collections::BTreeMap, sync::Arc};

use polity_kubernetes::{KubernetesProvider, Login};
use polity_model::{
    Address, Map, Value,
    resource::{Desired, Mark},
};
use polity_planner::differences;
use polity_provider::{Ask, Kind, Notebook, Provider as _, Writer, WritingProvider as _};
use serde_json::{Value as Json, json};

use fake::Fake;
use support::{manifest, provider, wanted};

const ORGANIZATION: &str = "
kind: organization
name: acme
version: polity/v1
guardrails: [no-latest]
---
{kind: person, name: ada, given_name: Ada, family_name: Lovelace, email: ada@acme.example}
---
{kind: unit, name: all, owner: ada}
---
{kind: platform, name: cluster, type: kubernetes, mode: own}
---
{kind: landing_zone, name: production, guardrails: [few-replicas]}
---
{kind: landing_zone, name: cards, parent: production}
---
kind: guardrail
name: no-latest
kubernetes:
  resources: [{resources: [pods]}, {api_groups: [apps], api_versions: [v1], resources: [deployments], operations: [create]}]
  validations: [{expression: \"!object.spec.containers.exists(c, c.image.endsWith(':latest'))\", message: name a version}]
---
kind: guardrail
name: few-replicas
title: Few replicas
kubernetes:
  resources: [{api_groups: [apps], resources: [deployments]}]
  validations: [{expression: object.spec.replicas < 100}]
  failure_policy: ignore
  actions: [deny, audit]
---
kind: project
name: shop
unit: all
tenants:
  - {platform: cluster, landing_zone: cards, name: shop}
";

struct Nothing;

impl Notebook for Nothing {
    fn note(&self, _: &Address, _: &str, _: &str) -> Result<(), polity_provider::Error> {
        Ok(())
    }
    fn noted(&self, _: &Address, _: &str) -> Option<String> {
        None
    }
}

/// One object's way through its life: made, changed by hand, put right.
struct Life<'a> {
    kind: &'a dyn Kind,
    writer: &'a Writer,
    desired: &'a Desired,
    ids: &'a BTreeMap<Address, String>,
}

impl Life<'_> {
    fn after(&self) -> Map {
        let known =
            |reference: &polity_model::Reference| self.ids.get(&reference.address).map(|id| Value::text(id.as_str()));
        self.desired.attributes.iter().map(|(name, value)| (name.clone(), value.resolve(&known))).collect()
    }

    async fn write(&self, id: Option<&str>) -> String {
        let (after, before) = (self.after(), Map::new());
        let mark = Mark { organization: "acme".to_owned(), address: self.desired.address.clone() };
        let changed: Vec<String> = after.keys().cloned().collect();
        let scope = self.writer.reader().scope();
        let ask = Ask {
            address: &mark.address,
            scope,
            id,
            before: &before,
            after: &after,
            changed: &changed,
            mark: Some(&mark),
        };
        match id {
            None => self.kind.create(self.writer, &ask).await.unwrap(),
            Some(id) => self.kind.update(self.writer, &ask).await.map(|()| id.to_owned()).unwrap(),
        }
    }

    async fn differs(&self, id: &str) -> Vec<String> {
        let seen = self.kind.read(self.writer.reader(), id).await.unwrap().unwrap();
        assert_eq!(seen.mark.unwrap().address, self.desired.address);
        let found = differences(self.kind.schema(), &self.after(), &seen.attributes);
        found.into_iter().map(|difference| difference.attribute).collect()
    }
}

fn of<'p>(provider: &'p KubernetesProvider, kind: &str) -> &'p dyn Kind {
    provider.kinds().iter().find(|one| one.schema().kind == kind).unwrap().as_ref()
}

/// Everything that guardrails ask for, brought to a server; what it was sent.
async fn brought(fake: &Fake) -> Vec<Json> {
    let organization = manifest(ORGANIZATION);
    let provider = provider(&organization, Login::fixed(&fake.address, "none", None));
    let scope = provider.scopes(&organization, &BTreeMap::new()).remove(0);
    let writer = provider.writer(&scope, Arc::new(Nothing)).await.unwrap();
    let all = wanted(&organization, &provider);
    let mut ids = BTreeMap::new();
    for kind in ["admission-policy", "admission-policy-binding"] {
        for desired in all.iter().filter(|desired| desired.address.kind == kind) {
            let life = Life { kind: of(&provider, kind), writer: &writer, desired, ids: &ids };
            let id = life.write(None).await;
            assert_eq!(life.differs(&id).await, Vec::<String>::new(), "{}", desired.address);
            ids.insert(desired.address.clone(), id);
        }
    }
    for (path, pointer, value, attribute) in [
        ("validatingadmissionpolicies/no-latest", "/spec/validations", json!([]), "validations"),
        ("validatingadmissionpolicies/no-latest", "/spec/failurePolicy", "Ignore".into(), "failure_policy"),
        (
            "validatingadmissionpolicies/no-latest",
            "/spec/matchConditions",
            json!([{"name": "n", "expression": "false"}]),
            "shape",
        ),
        ("validatingadmissionpolicies/no-latest", "/spec/matchConstraints/resourceRules", json!([]), "on"),
        (
            "validatingadmissionpolicies/no-latest",
            "/spec/matchConstraints/resourceRules/0/resourceNames",
            json!(["none"]),
            "shape",
        ),
        (
            "validatingadmissionpolicybindings/no-latest.organization",
            "/spec/validationActions",
            json!(["Audit"]),
            "actions",
        ),
        (
            "validatingadmissionpolicybindings/no-latest.organization",
            "/spec/matchResources/objectSelector",
            json!({"matchLabels": {"exempt": "yes"}}),
            "shape",
        ),
        (
            "validatingadmissionpolicybindings/no-latest.organization",
            "/spec/matchResources/matchPolicy",
            "Exact".into(),
            "shape",
        ),
    ] {
        fake.tamper(&format!("/apis/admissionregistration.k8s.io/v1/{path}"), pointer, value);
        let (address, id) = ids.iter().find(|(_, id)| id.as_str() == path).unwrap();
        let desired = all.iter().find(|desired| desired.address == *address).unwrap();
        let life = Life { kind: of(&provider, &address.kind), writer: &writer, desired, ids: &ids };
        assert_eq!(life.differs(id).await, [attribute], "{path}{pointer}");
        life.write(Some(id)).await;
        assert_eq!(life.differs(id).await, Vec::<String>::new(), "{path}{pointer}, put right");
    }
    fake.bodies()
}

#[tokio::test(flavor = "multi_thread")]
async fn guardrails_are_made_and_put_right() {
    let bodies = brought(&Fake::start()).await;
    let named =
        |name: &str| bodies.iter().find(|body| body["metadata"]["name"] == name).unwrap_or_else(|| panic!("{name}"));
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&[named("no-latest"), named("few-replicas.landing-zone.cards")]).unwrap()
    );
}

/// What a schema of the description says that a value may not be.
fn breaches(schema: &Json, value: &Json, all: &Json, at: &str, found: &mut Vec<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => &all["definitions"][reference.trim_start_matches("#/definitions/")],
        None => schema,
    };
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        if value.get(required).is_none() {
            found.push(format!("{at} lacks {required}"));
        }
    }
    match (schema["type"].as_str(), value) {
        (Some("string"), Json::String(_)) | (Some("boolean"), Json::Bool(_)) | (Some("integer"), Json::Number(_)) => {}
        (Some("array"), Json::Array(items)) => {
            items.iter().for_each(|item| breaches(&schema["items"], item, all, &format!("{at}[]"), found));
        }
        (_, Json::Object(members)) => {
            for (name, member) in members {
                let known = schema["properties"].get(name).or(schema.get("additionalProperties"));
                match known {
                    Some(known) => breaches(known, member, all, &format!("{at}.{name}"), found),
                    None if schema.get("properties").is_none() => {}
                    None => found.push(format!("{at} has no {name}")),
                }
            }
        }
        (expected, _) => found.push(format!("{at} is {value}, not {expected:?}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes the published OpenAPI description of Kubernetes 1.30 or newer: POLITY_KUBERNETES_OPENAPI names the file"]
async fn what_is_sent_is_what_the_published_description_says() {
    let path = std::env::var("POLITY_KUBERNETES_OPENAPI").unwrap();
    let all: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let bodies = brought(&Fake::start()).await;
    let mut checked = 0;
    for body in bodies.iter().filter(|body| body.get("kind").is_some()) {
        let name = format!("io.k8s.api.admissionregistration.v1.{}", body["kind"].as_str().unwrap());
        let mut found = Vec::new();
        breaches(
            &json!({"$ref": format!("#/definitions/{name}")}),
            body,
            &all,
            body["kind"].as_str().unwrap(),
            &mut found,
        );
        assert_eq!(found, Vec::<String>::new(), "{body:#}");
        checked += 1;
    }
    assert!(checked >= 8, "{checked}");
    let mut found = Vec::new();
    let wrong = json!({"kind": 1, "spec": {"validations": [{}], "no": 1}});
    breaches(
        &json!({"$ref": "#/definitions/io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy"}),
        &wrong,
        &all,
        "x",
        &mut found,
    );
    assert_eq!(found.len(), 3, "the check itself finds what is wrong: {found:?}");
}
