//! What manifests ask of a cluster, before anything of it exists.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fmt::Write as _;

use polity_kubernetes::Login;
use polity_model::{Value, organization::Organization};
use polity_provider::Provider as _;

use support::{example, manifest, provider, wanted};

fn short(value: &Value) -> String {
    match value {
        Value::Reference(reference) => format!("<{}>", reference.address),
        Value::List(items) => format!("[{}]", items.iter().map(short).collect::<Vec<_>>().join(", ")),
        other => other.to_json().to_string(),
    }
}

/// What is asked for, where `shown` says so.
fn told(organization: &Organization, shown: impl Fn(&str) -> bool) -> String {
    let provider = provider(organization, Login::fixed("https://127.0.0.1:1", "none", None));
    let mut text = String::new();
    let mut wanted = wanted(organization, &provider);
    wanted.sort_by(|one, other| one.address.cmp(&other.address));
    for desired in &wanted {
        let address = desired.address.to_string();
        let kind = provider.kinds().iter().find(|kind| kind.schema().kind == desired.address.kind).unwrap();
        for name in desired.attributes.keys() {
            assert!(kind.schema().attribute(name).is_some(), "{address} has no attribute `{name}`");
        }
        if !shown(&address) {
            continue;
        }
        writeln!(text, "{address}  # {}", desired.origins[0]).unwrap();
        for (name, value) in &desired.attributes {
            writeln!(text, "  {name}: {}", short(value)).unwrap();
        }
    }
    text
}

#[test]
fn the_example_asks_for_this_in_one_of_its_namespaces() {
    let told = told(&example(), |address| {
        address.contains("booking-production")
            || !address.contains('@') && !address.contains('-')
            || address.contains("cluster-role")
    });
    insta::assert_snapshot!(told);
}

const ORGANIZATION: &str = "
kind: organization
name: acme
version: polity/v1
---
{kind: person, name: ada, given_name: Ada, family_name: Lovelace, email: ada@acme.example}
---
{kind: unit, name: all, owner: ada}
---
{kind: platform, name: cluster, type: kubernetes}
---
";

#[test]
fn what_has_ended_asks_for_nothing_more() {
    let text = format!(
        "{ORGANIZATION}
{{kind: role, name: viewer, kubernetes: {{cluster_role: view}}}}
---
kind: project
name: shop
unit: all
access: [{{person: ada, role: viewer}}]
tenants:
  - {{platform: cluster, name: gone, state: retired, reason: sold, quota: {{pods: 3}}}}
  - {{platform: cluster, name: cut, state: quarantined, reason: looked at, quota: {{pods: 3}}}}
"
    );
    let told = told(&manifest(&text), |address| !address.contains("cluster/cluster"));
    insta::assert_snapshot!(told);
}

#[test]
fn tags_that_no_label_can_hold_are_annotations() {
    let text = format!(
        "{ORGANIZATION}
kind: project
name: shop
unit: all
tenants:
  - {{platform: cluster, name: Big_Shop.eu, tags: {{env: prod, purpose: \"sells things, on the web\"}}}}
"
    );
    insta::assert_snapshot!(told(&manifest(&text), |address| address.contains("namespace")));
}
