//! What moto cannot hold or tell: these stories are told on the sandbox alone.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::support::{On, Story};

/// What moto lacks: a backup policy, defaults of machines and images in a region, a name that can change.
const BEYOND: &str = r#"kind: organization
name: acme
version: polity/v1
guardrails: [nightly]
settings: {aws: {imds: {tokens: required, hop_limit: 2}, image_public_access: block-new-sharing, snapshot_public_access: block-all-sharing}}
---
kind: platform
name: aws
type: aws
mode: adopt
management_account: "123456789012"
tenant_email: "aws+{tenant}@acme.example"
regions: [us-east-1]
trusted_access: [account.amazonaws.com]
---
{kind: unit, name: all}
---
kind: guardrail
name: nightly
aws:
  type: backup
  document:
    plans:
      nightly:
        regions: {"@@assign": [us-east-1]}
        rules: {daily: {schedule_expression: {"@@assign": "cron(0 5 ? * * *)"}, target_backup_vault_name: {"@@assign": Default}}}
        selections: {tags: {all: {iam_role_arn: {"@@assign": "arn:aws:iam::$account:role/Backup"}, tag_key: {"@@assign": backup}, tag_value: {"@@assign": ["yes"]}}}}
---
{kind: landing_zone, name: red, title: Red}
---
{kind: project, name: shop, unit: all, tenants: [{platform: aws, landing_zone: red, name: shop, title: Corner Shop}]}
"#;

#[test]
fn drift_names_who_did_it() {
    let story = Story::acme(On::Sandbox);
    story.apply();
    story.tamper(&[
        json!(["move-account", "search-dev", "Workloads/Development", "Core"]),
        json!([
            "rewrite-policy",
            "protect-audit-trail",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sqs:PurgeQueue","Resource":"*"}]}"#
        ]),
        json!(["prolong-session", "Administrator", "PT12H"]),
    ]);
    // Events reach the trail's history some minutes later.
    story.cloud.sandbox().skip(Duration::from_secs(15 * 60));
    let drift = story.polity(&["drift", "-o", "json"]).expect(2).json();
    for (address, operation) in [
        ("aws/account/search-dev", "MoveAccount"),
        ("aws/policy/protect-audit-trail", "UpdatePolicy"),
        ("aws/permission-set/admin", "UpdatePermissionSet"),
    ] {
        let entry = drift["drifted"].as_array().unwrap().iter().find(|entry| entry["change"]["address"] == address);
        let by = &entry.unwrap_or_else(|| panic!("{address} has not drifted: {drift:#}"))["by"];
        assert_eq!(by["operation"], operation, "{address}: {by}");
        assert!(by["actor"].as_str().is_some_and(|actor| actor.contains(":user/")), "{address}: {by}");
    }
    let told = story.polity(&["drift"]).expect(2).out;
    assert!(told.contains(":user/") && told.contains("MoveAccount"), "{told}");
}

#[test]
fn a_budget_grows_with_its_text() {
    let story = Story::acme(On::Sandbox);
    story.apply();
    story.edit(
        "projects/storefront.yaml",
        "monthly: 3000 USD, alert_at: [80, 100]",
        "monthly: 3500 USD, alert_at: [75]",
    );
    let plan = story.polity(&["plan"]).expect(2);
    assert!(plan.out.contains("3500"), "{}", plan.out);
    story.apply();
    story.settled();
    let held = story.held();
    let budget = held["budgets"].as_array().unwrap().iter().find(|budget| budget["name"] == "polity-storefront-prod");
    assert_eq!(budget.unwrap()["limit"], json!([3500.0, "USD"]));
    assert_eq!(budget.unwrap()["alerts"], json!([75.0]));
}

#[test]
fn tags_are_read_in_bulk() {
    let story = Story::acme(On::Sandbox);
    story.apply();
    let sandbox = story.cloud.sandbox();
    let calls = || (sandbox.calls("organizations", "ListTagsForResource"), sandbox.calls("tagging", "GetResources"));
    let before = calls();
    story.settled();
    let after = calls();
    // Of dozens, one has no tags to be listed with: the management account is asked.
    assert!(after.0 - before.0 <= 1, "{} objects were asked one by one", after.0 - before.0);
    let pages = after.1 - before.1;
    assert!((1..=4).contains(&pages), "{pages} calls for all tags");
}

#[test]
fn policies_settings_and_names_that_moto_lacks() {
    let story = Story::of(On::Sandbox, BEYOND);
    story.apply();
    story.settled();
    let held = story.held();
    let policy = &held["policies"][0];
    assert_eq!((&policy["type"], &policy["targets"]), (&json!("BACKUP_POLICY"), &json!(["root"])), "{policy:#}");
    let name = |held: &Json| {
        let accounts = held["accounts"].as_array().unwrap().iter();
        accounts.map(|account| account["name"].as_str().unwrap().to_owned()).find(|name| name != "management")
    };
    assert_eq!(name(&held).as_deref(), Some("Corner Shop"));
    story.edit("organization.yaml", "title: Corner Shop", "title: Big Shop");
    story.edit("organization.yaml", "hop_limit: 2", "hop_limit: 3");
    story.apply();
    story.settled();
    assert_eq!(name(&story.held()).as_deref(), Some("Big Shop"));
}
