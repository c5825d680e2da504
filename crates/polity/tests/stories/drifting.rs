//! Somebody changes the cloud by hand. Each kind of change is shown by `drift` with the right word, and repaired.

use serde_json::{Value as Json, json};

use crate::support::{Story, on_both};

/// One change by hand, and what `drift` must say about it: action and address of the change that would undo it.
struct Tamper {
    by_hand: Json,
    action: &'static str,
    address: &'static str,
}

fn tamper(by_hand: Json, action: &'static str, address: &'static str) -> Tamper {
    Tamper { by_hand, action, address }
}

/// Tampers with the example with all of these at once, looks at `drift`, repairs, and compares with what was before.
fn shown_and_repaired(story: &Story, tampers: &[Tamper]) {
    let before = story.held();
    story.tamper(&tampers.iter().map(|tamper| tamper.by_hand.clone()).collect::<Vec<_>>());
    assert_ne!(story.held(), before, "the tampering must be real");

    let drift = story.polity(&["drift", "-o", "json"]).expect(2).json();
    let drifted = drift["drifted"].as_array().unwrap();
    for Tamper { by_hand, action, address } in tampers {
        let shown = drifted.iter().any(|entry| {
            let change = entry.get("change").unwrap_or(entry);
            change["address"] == *address && change["action"] == *action
        });
        assert!(shown, "{by_hand}: no `{action}` of `{address}` in {drift:#}");
    }
    story.apply();
    story.settled();
    story.polity(&["drift"]).expect(0);
    assert_eq!(story.held(), before, "repaired to what it was");
}

/// Much at once: what one repair does must not undo what another did.
#[test]
fn what_hands_change_is_shown_and_repaired() {
    on_both(|on| {
        let story = Story::acme(on);
        story.release_brakes();
        story.apply();
        let mut of_the_organization = units_and_accounts();
        of_the_organization.extend(policies_and_their_attachments());
        of_the_organization.extend(services_contacts_and_budgets());
        shown_and_repaired(&story, &of_the_organization);
        let mut access_and_what_accounts_let_be = people_and_teams();
        access_and_what_accounts_let_be.extend(roles_and_access());
        access_and_what_accounts_let_be.extend(settings_inside_accounts());
        shown_and_repaired(&story, &access_and_what_accounts_let_be);
        an_inline_policy_taken_off_and_links_that_do_not_belong(&story);
        foreign_objects_are_named_and_left_alone(&story);
        story
    });
}

fn units_and_accounts() -> Vec<Tamper> {
    vec![
        tamper(json!(["rename-unit", "Sandbox", "Spielwiese"]), "update", "aws/organizational-unit/sandbox"),
        tamper(json!(["untag-unit", "Core/Network", "polity:address"]), "update", "aws/organizational-unit/network"),
        tamper(
            json!(["move-account", "search-dev", "Workloads/Development", "Core"]),
            "move",
            "aws/account/search-dev",
        ),
        tamper(json!(["tag-account", "checkout-prod", "cost_center", "9999"]), "update", "aws/account/checkout-prod"),
        tamper(json!(["untag-account", "checkout-dev", "env"]), "update", "aws/account/checkout-dev"),
        tamper(json!(["untag-account", "build-farm", "polity:address"]), "update", "aws/account/build-farm"),
    ]
}

fn policies_and_their_attachments() -> Vec<Tamper> {
    let open = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sqs:PurgeQueue","Resource":"*"}]}"#;
    vec![
        tamper(json!(["rewrite-policy", "protect-audit-trail", open]), "update", "aws/policy/protect-audit-trail"),
        tamper(json!(["describe-policy", "no-root-user", "harmless"]), "update", "aws/policy/no-root-user"),
        tamper(json!(["rename-policy", "small-machines", "big-machines"]), "update", "aws/policy/small-machines"),
        tamper(json!(["untag-policy", "data-perimeter", "polity:address"]), "update", "aws/policy/data-perimeter"),
        tamper(
            json!(["detach-policy", "no-public-buckets", "account:log-archive"]),
            "create",
            "aws/policy-attachment/no-public-buckets@tenant:log-archive",
        ),
        tamper(
            json!(["detach-policy", "allowed-regions", "unit:Workloads"]),
            "create",
            "aws/policy-attachment/allowed-regions@zone:workloads",
        ),
        tamper(
            json!(["detach-policy", "stay-in-the-organization", "root"]),
            "create",
            "aws/policy-attachment/stay-in-the-organization@root",
        ),
        tamper(json!(["delete-policy", "cost-tags"]), "create", "aws/policy/cost-tags"),
    ]
}

fn services_contacts_and_budgets() -> Vec<Tamper> {
    vec![
        tamper(
            json!(["recall-administrator", "guardduty.amazonaws.com", "security-tooling"]),
            "create",
            "aws/delegated-administrator/guardduty.amazonaws.com@security-tooling",
        ),
        tamper(
            json!(["distrust-service", "cloudtrail.amazonaws.com"]),
            "create",
            "aws/trusted-access/cloudtrail.amazonaws.com",
        ),
        tamper(
            json!(["rewrite-contact", "network-hub", "eve@elsewhere.example"]),
            "update",
            "aws/alternate-contact/network-hub/security",
        ),
        tamper(json!(["delete-contact", "search-prod"]), "update", "aws/alternate-contact/search-prod/security"),
        tamper(json!(["delete-budget", "polity-log-archive"]), "create", "aws/budget/log-archive"),
    ]
}

fn people_and_teams() -> Vec<Tamper> {
    vec![
        tamper(
            json!(["leave-group", "barbara@acme.example", "payments"]),
            "create",
            "aws/group-membership/barbara@payments",
        ),
        tamper(json!(["delete-group", "security"]), "create", "aws/group/security"),
        tamper(json!(["delete-user", "margaret@acme.example"]), "create", "aws/user/margaret"),
    ]
}

fn roles_and_access() -> Vec<Tamper> {
    let wide = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let (admin, only) = ("arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/SecurityAudit");
    vec![
        tamper(json!(["prolong-session", "Administrator", "PT12H"]), "update", "aws/permission-set/admin"),
        tamper(json!(["give-managed-policy", "Viewer", admin]), "update", "aws/permission-set/viewer"),
        tamper(json!(["take-managed-policy", "Auditor", only]), "update", "aws/permission-set/auditor"),
        tamper(json!(["rewrite-inline-policy", "Developer", wide]), "update", "aws/permission-set/developer"),
        tamper(json!(["rewrite-inline-policy", "Operator", wide]), "update", "aws/permission-set/operator"),
        tamper(
            json!(["take-access", "Administrator", "GROUP", "platform", "log-archive"]),
            "create",
            "aws/account-assignment/team:platform/admin@log-archive",
        ),
    ]
}

fn an_inline_policy_taken_off_and_links_that_do_not_belong(story: &Story) {
    let before = story.held();
    story.tamper(&[
        json!(["delete-inline-policy", "Developer"]),
        json!(["join-group", "alan@acme.example", "platform"]),
        json!(["give-access", "Administrator", "USER", "alan@acme.example", "checkout-prod"]),
        json!(["attach-policy", "deny-everything", "account:checkout-prod"]),
    ]);
    let drift = story.polity(&["drift", "-o", "json"]).expect(2).json();
    let words: Vec<String> = drift["drifted"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry.get("change").unwrap_or(entry))
        .map(|change| {
            let address = change["address"].as_str().unwrap();
            let kind = address.split('/').nth(1).unwrap();
            format!("{} {kind}", change["action"].as_str().unwrap())
        })
        .collect();
    let expected =
        ["update permission-set", "delete group-membership", "delete account-assignment", "delete policy-attachment"];
    for word in expected {
        assert!(words.iter().any(|shown| shown == word), "{word}: {drift:#}");
    }
    assert_eq!(words.len(), expected.len(), "{drift:#}");
    story.apply();
    story.settled();
    assert_eq!(story.held(), before);
}

fn settings_inside_accounts() -> Vec<Tamper> {
    vec![
        tamper(json!(["half-open-storage", "search-dev"]), "update", "aws/s3-public-access-block/search-dev"),
        tamper(
            json!(["stop-encryption", "checkout-prod"]),
            "update",
            "aws/ebs-encryption-default/checkout-prod/us-east-1",
        ),
        tamper(json!(["weaken-password-policy", "build-farm"]), "update", "aws/password-policy/build-farm"),
        tamper(json!(["open-storage", "network-hub"]), "update", "aws/s3-public-access-block/network-hub"),
        tamper(json!(["drop-password-policy", "log-archive"]), "update", "aws/password-policy/log-archive"),
    ]
}

fn foreign_objects_are_named_and_left_alone(story: &Story) {
    story.tamper(&[
        json!(["foreign-unit", "Core", "Skunkworks"]),
        json!(["foreign-policy", "somebody-elses"]),
        json!(["foreign-account", "shadow", "shadow@elsewhere.example"]),
    ]);
    let before = story.held();
    let drift = story.polity(&["drift"]).expect(0);
    for name in ["Skunkworks", "somebody-elses", "shadow"] {
        assert!(drift.out.contains(name), "{name}: {}", drift.out);
    }
    story.apply();
    assert_eq!(story.held(), before);
}
