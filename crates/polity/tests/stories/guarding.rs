//! Controls that prevent: from the manifest into policies and settings, changed one at a time, and tried on what really happened.

use std::fs;

use serde_json::{Value as Json, json};

use crate::support::{On, Story, on_both};

const MANIFEST: &str = r#"
kind: organization
name: acme
version: polity/v1
controls: [no-leaving]
---
kind: platform
name: aws
type: aws
management_account: "123456789012"
tenant_email: "aws+{tenant}@acme.example"
region: eu-central-1
identity_center: false
---
kind: landing_zone
name: prod
controls:
  - {control: regions, regions: [eu-central-1, eu-west-1]}
  - closed-buckets
  - {control: no-machines, enforce: audit}
---
kind: person
name: ada
given_name: Ada
family_name: Lovelace
email: ada@acme.example
---
kind: unit
name: shop
owner: ada
---
kind: project
name: shop
unit: shop
tenants: [{platform: aws, landing_zone: prod}]
---
kind: control
name: no-leaving
title: Nobody leaves
statement: No account leaves the organization.
severity: high
prevent: {aws: [{scp: {deny: [organizations:LeaveOrganization]}}]}
---
kind: control
name: regions
title: Only some regions
statement: Only regions that were approved are used.
severity: high
params: {regions: {type: texts, stricter: less}}
prevent:
  aws: [{scp: {not_actions: [iam:*, sts:*], when: {StringNotEquals: {aws:RequestedRegion: "${params.regions}"}}}}]
---
kind: control
name: closed-buckets
title: Closed buckets
statement: No bucket is open.
severity: high
prevent: {aws: [{setting: {s3_public_access_block: true}}, {scp: {deny: [s3:PutAccountPublicAccessBlock]}}]}
---
kind: control
name: no-machines
title: No machines
statement: Nobody starts machines.
severity: low
prevent: {aws: [{scp: {deny: [ec2:RunInstances]}}]}
"#;

/// Addresses of a plan's changes.
fn changes(plan: &Json) -> Vec<&str> {
    plan["plan"]["changes"].as_array().unwrap().iter().map(|change| change["address"].as_str().unwrap()).collect()
}

#[test]
fn controls_become_policies_and_one_changed_control_changes_one() {
    on_both(|on| {
        let story = Story::of(on, MANIFEST);
        let plan = story.polity(&["plan", "-o", "json"]).expect(2).json();
        assert_eq!(plan["controls"]["aws/policy/polity-prod-1"], json!(["closed-buckets", "regions"]));
        let shown = story.polity(&["plan"]).expect(2).out;
        assert!(shown.contains("for the controls closed-buckets, regions"), "{shown}");
        story.apply();
        story.settled();
        let held = story.held();
        let policies = held["policies"].as_array().unwrap();
        let of = |name: &str| {
            policies.iter().find(|policy| policy["name"] == name).unwrap_or_else(|| panic!("{name}: {held:#}"))
        };
        assert_eq!(of("polity-organization-1")["targets"], json!(["root"]));
        assert_eq!(of("polity-prod-1")["targets"], json!(["/prod"]));
        let account = held["accounts"].as_array().unwrap().iter().find(|one| one["name"] == "shop-prod").unwrap();
        assert_eq!(account["inside"]["public_access"]["BlockPublicPolicy"], true);

        // Stricter: one policy changes, and no brake minds.
        story.edit("organization.yaml", "[eu-central-1, eu-west-1]", "[eu-central-1]");
        let plan = story.polity(&["plan", "-o", "json"]).expect(2).json();
        assert_eq!(changes(&plan), ["aws/policy/polity-prod-1"]);
        assert_eq!(plan["plan"]["changes"][0]["risks"], json!([]));
        story.apply();
        story.settled();

        // One more control joins those that are there, whose words it leaves as they are.
        story.edit("organization.yaml", "no-machines, enforce: audit", "no-machines, enforce: enforce");
        let plan = story.polity(&["plan", "-o", "json"]).expect(2).json();
        assert_eq!(changes(&plan), ["aws/policy/polity-prod-1"]);
        assert_eq!(plan["plan"]["changes"][0]["risks"], json!([]));
        story.apply();
        story.settled();

        // Looser: that weakens a guardrail, and a brake is on.
        story.edit("organization.yaml", "regions: [eu-central-1]", "regions: [eu-central-1, us-east-1]");
        let refused = story.polity(&["plan", "-o", "json"]).expect(3).json();
        assert_eq!(refused["plan"]["changes"][0]["risks"], json!(["weakens-guardrail"]));
        story.edit("organization.yaml", "regions: [eu-central-1, us-east-1]", "regions: [eu-central-1]");
        story.settled();
        story
    });
}

#[test]
fn events_of_the_past_are_replayed_before_a_control_is_enforced() {
    let story = Story::of(On::Sandbox, MANIFEST);
    let refused = story.polity(&["replay", "events.json"]).expect(1);
    assert!(refused.err.contains("the account of no tenant is known"), "{}", refused.err);
    story.apply();
    let inventory = story.polity(&["inventory", "-o", "json"]).expect(0).out;
    let inventory: Json = serde_json::from_str(&inventory).unwrap();
    let accounts = inventory.to_string();
    let account = accounts
        .split("\"id\":\"")
        .filter_map(|rest| rest.get(..12))
        .find(|id| id.chars().all(|digit| digit.is_ascii_digit()) && *id != "123456789012");
    let account = account.unwrap_or_else(|| panic!("{inventory:#}"));
    let event = |action: &str, region: &str| {
        let arn = format!("arn:aws:iam::{account}:role/deploy");
        json!({
            "eventID": "e-1", "eventTime": "2026-11-20T10:00:00Z", "eventType": "AwsApiCall", "awsRegion": region,
            "eventSource": "ec2.amazonaws.com", "eventName": action, "recipientAccountId": account,
            "userIdentity": {"type": "AssumedRole", "accountId": account, "sessionContext": {"sessionIssuer": {"arn": arn}}},
        })
    };
    let file = story.file("events.json");
    let events = [event("RunInstances", "eu-central-1"), event("DescribeInstances", "us-east-1")];
    fs::write(&file, json!({"Records": events}).to_string()).unwrap();
    let replay = story.polity(&["replay", file.to_str().unwrap(), "-o", "json"]).expect(2).json();
    assert_eq!((&replay["events"], &replay["judged"]), (&json!(2), &json!(2)));
    let stops = |control: &str| replay["controls"][control]["stops"].clone();
    assert_eq!(stops("no-machines")[0]["action"], "ec2:RunInstances");
    assert_eq!(stops("no-machines")[0]["enforce"], "audit");
    assert_eq!(stops("regions")[0]["action"], "ec2:DescribeInstances");
    let shown = story.polity(&["replay", file.to_str().unwrap(), "--control", "no-machines"]).expect(2).out;
    assert!(shown.contains("no-machines: 1 would have been stopped") && !shown.contains("regions:"), "{shown}");
    // The cloud's own record tells the same: what was done in the account since it is there.
    let asked = story.polity(&["replay", "--days", "7", "-o", "json"]);
    assert!(asked.code == 0 || asked.code == 2, "{}", asked.err);
    let asked = asked.json();
    assert!(asked["events"].as_u64().unwrap() > 0, "{asked:#}");
    fs::write(&file, "{}").unwrap();
    let refused = story.polity(&["replay", file.to_str().unwrap()]).expect(1);
    assert!(refused.err.contains("holds no events"), "{}", refused.err);
}
