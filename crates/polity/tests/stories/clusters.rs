//! An organization in a Kubernetes cluster: a real API server, read back by `kubectl`.
//!
//! A cluster takes seconds to come up, so one is told several stories: those of the example, and those of one tenant.

mod adopting;
mod living;
mod refusals;
mod simulated;
mod tampering;

use serde_json::Value as Json;

use crate::support::{
    agree, ended,
    harbor::{Harbor, On},
};

fn names(list: &Json) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

#[test]
fn the_example_from_nothing_through_twenty_changes_by_hand() {
    agree([On::Sandbox, On::Server], |on| {
        let harbor = Harbor::example(on);
        from_nothing_to_the_example_and_to_no_change(&harbor);
        if on == On::Server {
            what_is_written_is_what_people_may_do(&harbor);
        }
        tampering::what_hands_change_is_shown_and_put_right(&harbor);
        harbor.held().into()
    });
}

fn from_nothing_to_the_example_and_to_no_change(harbor: &Harbor) {
    harbor.polity(&["check"]).expect(0);
    harbor.polity(&["plan"]).expect(2);
    harbor.apply();
    harbor.settled();
    harbor.polity(&["drift"]).expect(0);
    harbor.polity(&["journal", "verify"]).expect(0);

    let ours = harbor.read(&["get", "namespaces", "-l", "app.kubernetes.io/managed-by=polity"]);
    assert_eq!(names(&ours).len(), 20);
    let production = harbor.read(&["get", "namespace", "booking-production"]);
    assert_eq!(production["metadata"]["labels"]["cost_center"], "2100");
    assert_eq!(production["metadata"]["labels"]["polity/landing-zone"], "production");
    let quota = harbor.read(&["get", "quota", "polity", "-n", "monitoring"]);
    assert_eq!(quota["spec"]["hard"]["requests.cpu"], "32");
    assert_eq!(
        quota["spec"]["hard"]["requests.memory"], "64Gi",
        "what the tenant is silent about its landing zone says"
    );
}

/// Asked of the server, which decides.
fn what_is_written_is_what_people_may_do(harbor: &Harbor) {
    let may = |words: &[&str]| harbor.cluster.kubectl(&[&["auth", "can-i"], words].concat(), "").is_ok();
    // The server fills `edit` from other roles, soon after it came up.
    let begun = std::time::Instant::now();
    while !may(&["create", "deployments", "-n", "booking-development", "--as=x", "--as-group=oidc:freight"]) {
        assert!(begun.elapsed().as_secs() < 60, "the role `edit` was never filled");
    }
    assert!(!may(&["create", "deployments", "-n", "tariffs-development", "--as=x", "--as-group=oidc:freight"]));
    assert!(may(&["delete", "nodes", "--as=x", "--as-group=oidc:operators"]));
    assert!(may(&[
        "patch",
        "deployments.apps",
        "-n",
        "cranes-production",
        "--as=system:serviceaccount:cranes-production:pipeline"
    ]));
    assert!(!may(&["get", "secrets", "-n", "cranes-production", "--as=x", "--as-group=oidc:auditors"]));
}

/// One tenant with an object of every kind that the server knows.
const SMALL: &str = "kind: organization
name: tiny
version: polity/v1
access: [{team: builders, role: developer}]
brakes: {removals: {max: 100, percent: 100}, people_losing_access: 100, guardrails_removed: 100, tenants_retired: 9}
---
{kind: platform, name: cluster, type: kubernetes}
---
{kind: person, name: ada, given_name: Ada, family_name: Lovelace, email: ada@tiny.example}
---
{kind: unit, name: all, owner: ada}
---
{kind: team, name: builders, people: [ada]}
---
{kind: role, name: developer, kubernetes: {cluster_role: edit}}
---
{kind: role, name: reader, kubernetes: {cluster_role: our-reader, rules: [{resources: [pods], verbs: [get]}]}}
---
{kind: workload, name: robot, owner: person/ada}
---
kind: project
name: shop
unit: all
tenants:
  - platform: cluster
    name: shop
    quota: {pods: 5}
    access: [{workload: robot, role: reader}]
    settings:
      kubernetes:
        pod_security: {enforce: restricted}
        network: {deny: [ingress, egress]}
        containers: {limits: {cpu: 1}}
";

#[test]
fn one_tenant_lives_through_all_that_may_happen_to_it() {
    let harbor = Harbor::of(SMALL);
    living::another_role_is_bound_before_the_old_binding_goes(&harbor);
    harbor.begin(SMALL);
    living::a_tenant_keeps_its_namespace_through_a_rename_and_ends_by_a_tombstone_alone(&harbor);
    harbor.begin(SMALL);
    living::who_lets_us_in_is_not_locked_out(&harbor);
    harbor.begin(SMALL);
    refusals::what_may_not_be_read_is_a_gap_and_who_is_nobody_is_told_so(&harbor);
    refusals::what_the_server_is_too_old_for_keeps_nothing_else_from_being_done(&harbor);
    refusals::what_a_webhook_refuses_is_told_with_its_name(&harbor);
    killed_at(&harbor, SMALL, 3, 4);
    harbor.begin(SMALL);
    adopting::a_living_cluster_becomes_a_manifest_that_plans_to_no_changes(&harbor);
}

/// Dies before this entry of the journal and before every so many more, resumes each time, and compares with an apply that
/// nothing interrupted. `parts` is into how many parts the entries are taken; 0 for each of them.
#[allow(clippy::print_stdout, reason = "a loop of minutes says how far it came")]
fn killed_at(harbor: &Harbor, manifest: &str, first: usize, parts: usize) {
    harbor.begin(manifest);
    harbor.apply();
    let expected = harbor.held();
    let log = harbor.polity(&["journal", "log", "-o", "json"]).expect(0).out;
    let entries = log.lines().filter(|line| line.starts_with('{')).count();
    assert!(entries > 20, "{log}");
    let mut tried = 0;
    for step in (first..=entries).step_by(entries.checked_div(parts).unwrap_or(1)) {
        harbor.begin(manifest);
        let died =
            ended(harbor.command(&["apply", "--auto-approve"]).env("POLITY_TEST_ABORT_BEFORE", step.to_string()));
        assert!([-1, 0].contains(&died.code), "step {step}: {died:?}");
        harbor.polity(&["apply", "--auto-approve"]).expect(0);
        harbor.settled();
        assert_eq!(harbor.held(), expected, "step {step}");
        harbor.polity(&["journal", "verify"]).expect(0);
        tried += 1;
    }
    println!("kill-loop on a cluster: {tried} of {entries} steps, all converged to the uninterrupted organization");
}

/// Each step of one tenant with an object of every kind: `cargo xtask kill-loop --on kubernetes`.
#[test]
#[ignore = "takes long: cargo xtask kill-loop runs it"]
fn killed_at_every_step() {
    let begun = std::time::Instant::now();
    killed_at(&Harbor::of(SMALL), SMALL, 1, 0);
    println!("{:.0} s", begun.elapsed().as_secs_f64());
}
