//! From nothing to the example organization, and on: what people do with it in the months after. One organization is told several
//! stories, because to make it anew takes longer than to tell most of them.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::support::{Story, on_both};

/// Texts of one field of a list.
fn texts<'a>(list: &'a Json, field: &str) -> BTreeSet<&'a str> {
    list.as_array().unwrap().iter().map(|item| item[field].as_str().unwrap()).collect()
}

/// The one item of a list whose field is this text.
#[track_caller]
fn one<'a>(list: &'a Json, field: &str, text: &str) -> &'a Json {
    let found: Vec<_> = list.as_array().unwrap().iter().filter(|item| item[field] == text).collect();
    assert_eq!(found.len(), 1, "{field} {text} in {list:#}");
    found[0]
}

#[test]
fn made_from_nothing_then_held_by_brakes_and_renamed() {
    on_both(|on| {
        let story = Story::acme(on);
        from_nothing_to_the_example_and_to_no_change(&story);
        brakes_refuse_and_say_the_sum(&story);
        renamed_nouns_keep_their_objects_and_their_place(&story);
        story
    });
}

#[test]
fn made_from_a_saved_plan_then_taken_back_in_parts() {
    on_both(|on| {
        let story = Story::acme(on);
        a_saved_plan_is_applied_once_and_refused_when_the_world_has_moved_on(&story);
        story.release_brakes();
        removed_text_takes_back_access_but_keeps_containers(&story);
        an_account_ends_by_a_tombstone_alone(&story);
        story
    });
}

fn from_nothing_to_the_example_and_to_no_change(story: &Story) {
    story.polity(&["check"]).expect(0);
    only_the_approved_digest_is_applied(story);
    story.settled();
    story.polity(&["drift"]).expect(0);
    story.polity(&["journal", "verify"]).expect(0);

    let held = story.held();
    let paths = texts(&held["units"], "path");
    assert!(paths.contains("/Workloads/Production/Card Data"), "{paths:?}");
    assert!(paths.len() >= 9, "{paths:?}");
    let accounts = texts(&held["accounts"], "name");
    assert_eq!(accounts.len(), 13, "twelve tenants and the management account: {accounts:?}");
    assert_eq!(one(&held["accounts"], "name", "checkout-prod")["parent"], "/Workloads/Production/Card Data");
    assert_eq!(one(&held["accounts"], "name", "checkout-prod")["email"], "aws+checkout-prod@acme.example");
    assert_eq!(one(&held["accounts"], "name", "checkout-prod")["tags"]["cost_center"], "4711");
    assert!(held["policies"].as_array().unwrap().len() >= 8);
    assert_eq!(one(&held["policies"], "name", "stay-in-the-organization")["targets"], json!(["root"]));
    assert!(held["groups"].as_array().unwrap().len() >= 6);
    assert!(held["permission_sets"].as_array().unwrap().len() >= 5);
    assert!(held["assignments"].as_array().unwrap().len() >= 30);
    assert!(held["budgets"].as_array().unwrap().len() >= 8);
    let member = one(&held["accounts"], "name", "search-dev");
    assert_eq!(member["inside"]["ebs"], true);
    assert_eq!(member["inside"]["password_policy"]["MinimumPasswordLength"], 16);
    assert_eq!(member["inside"]["public_access"]["BlockPublicPolicy"], true);
    assert_eq!(member["contacts"]["SECURITY"]["EmailAddress"], "security@acme.example");
}

fn a_saved_plan_is_applied_once_and_refused_when_the_world_has_moved_on(story: &Story) {
    let plan = story.file("plan.json");
    let plan = plan.to_str().unwrap();
    story.polity(&["plan", "--out", plan]).expect(2);
    story.polity(&["apply", plan, "--auto-approve"]).expect(0);
    story.settled();

    story.edit("roles.yaml", "session: 4h", "session: 6h");
    story.polity(&["plan", "--out", plan]).expect(2);
    story.tamper(&[json!(["prolong-session", "Operator", "PT12H"])]);
    let refused = story.polity(&["apply", plan, "--auto-approve"]).expect(1);
    assert!(refused.err.contains("operator"), "{}", refused.err);

    story.apply();
    story.settled();
    assert_eq!(one(&story.held()["permission_sets"], "name", "Operator")["session"], "PT6H");
}

fn only_the_approved_digest_is_applied(story: &Story) {
    story.polity(&["apply", "--approve", "000000000000"]).expect(1);
    let digest = story.polity(&["plan", "-o", "json"]).expect(2).json()["digest"].as_str().unwrap().to_owned();
    story.polity(&["apply", "--approve", &digest]).expect(0);
}

fn renamed_nouns_keep_their_objects_and_their_place(story: &Story) {
    let before = story.held();
    story.edit("landing-zones.yaml", "name: card-data\n", "name: pci\nrenamed_from: [card-data]\n");
    story.edit("projects/checkout.yaml", "landing_zone: card-data", "landing_zone: pci");
    let renamed = "name: tiny-machines\ntitle: small-machines\nrenamed_from: [small-machines]\n";
    story.edit("guardrails.yaml", "name: small-machines\n", renamed);
    story.edit("landing-zones.yaml", "guardrails: [small-machines]", "guardrails: [tiny-machines]");
    story.apply();
    story.settled();
    let after = story.held();
    let marks_apart = |held: &Json| {
        let mut held = held.clone();
        for list in ["units", "accounts", "policies"] {
            for item in held[list].as_array_mut().unwrap() {
                item["tags"].as_object_mut().unwrap().remove("polity:address");
            }
        }
        held
    };
    assert_eq!(marks_apart(&after), marks_apart(&before), "a rename of manifest names moves and replaces nothing");
}

fn removed_text_takes_back_access_but_keeps_containers(story: &Story) {
    story.edit("organization.yaml", "  - {team: security, role: auditor}\n", "");
    story.edit("projects/platform.yaml", "  - {platform: aws, landing_zone: network, name: network-hub}", "  []");
    story.edit("projects/platform.yaml", "tenants:\n  []", "tenants: []");
    let plan = story.polity(&["plan"]).expect(2);
    assert!(plan.out.contains("network-hub"), "{}", plan.out);
    story.apply();
    story.settled();
    let held = story.held();
    assert_eq!(
        one(&held["accounts"], "name", "network-hub")["status"],
        "ACTIVE",
        "containers are forgotten, not ended"
    );
    let assignments: Vec<_> = held["assignments"].as_array().unwrap().iter().filter_map(Json::as_str).collect();
    assert!(!assignments.iter().any(|line| line.contains("security is Auditor on search-dev")), "{assignments:#?}");
}

fn brakes_refuse_and_say_the_sum(story: &Story) {
    let before = story.held();
    story.edit("landing-zones.yaml", "guardrails: [no-root-user, data-perimeter]", "guardrails: [data-perimeter]");
    let refused = story.polity(&["apply", "--auto-approve"]).expect(3);
    assert!(refused.out.contains("guardrails_removed"), "{}\n{}", refused.out, refused.err);
    assert_eq!(story.held(), before, "a refused plan writes nothing");
    story.edit("landing-zones.yaml", "guardrails: [data-perimeter]", "guardrails: [no-root-user, data-perimeter]");
}

fn an_account_ends_by_a_tombstone_alone(story: &Story) {
    story.edit(
        "projects/platform.yaml",
        "name: playground-commerce,",
        "name: playground-commerce, state: retired, reason: moved out,",
    );
    story.apply();
    story.settled();
    let held = story.held();
    let account = one(&held["accounts"], "name", "playground-commerce");
    assert_ne!(account["status"], "ACTIVE");
}
