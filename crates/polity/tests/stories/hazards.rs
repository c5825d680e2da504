//! What went wrong in other tools must be impossible here: one story each. The list is `docs/peer-bugs.md`.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::support::{Answer, Proxy, Story, on_both};

/// A small organization; `more` adds documents.
fn small(more: &str) -> String {
    format!(
        r#"kind: organization
name: acme
version: polity/v1
brakes: {{removals: {{max: 100, percent: 100}}, people_losing_access: 100, guardrails_removed: 100}}
---
kind: platform
name: aws
type: aws
mode: adopt
management_account: "123456789012"
tenant_email: "aws+{{tenant}}@acme.example"
---
{{kind: unit, name: all}}
---
{{kind: person, name: ada, given_name: Ada, family_name: Lovelace, email: ada@acme.example}}
---
{{kind: team, name: builders, people: [ada]}}
---
{{kind: role, name: developer, aws: {{managed_policies: ["arn:aws:iam::aws:policy/PowerUserAccess"]}}}}
---
{{kind: landing_zone, name: red, title: Red}}
---
{{kind: landing_zone, name: blue, title: Blue}}
---
{more}"#
    )
}

const SHOP: &str = "{kind: project, name: shop, unit: all, tenants: [{platform: aws, landing_zone: red, name: shop}]}";

fn names(held: &Json, list: &str) -> Vec<String> {
    let field = if list == "units" { "path" } else { "name" };
    held[list].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

#[test]
fn lists_longer_than_a_page_are_read_to_their_end() {
    on_both(|on| {
        let zones: Vec<String> =
            (0..45).map(|n| format!("{{kind: landing_zone, name: z{n}, title: Zone {n}}}")).collect();
        let tenants: Vec<String> =
            (0..45).map(|n| format!("{{platform: aws, landing_zone: red, name: t{n}}}")).collect();
        let project = format!("{{kind: project, name: many, unit: all, tenants: [{}]}}", tenants.join(", "));
        let story = Story::of(on, &small(&format!("{}\n---\n{project}", zones.join("\n---\n"))));
        story.apply();
        // Without its journal, Polity must find every one of them again.
        std::fs::remove_file(story.journal()).unwrap();
        story.settled();
        assert_eq!(story.held()["units"].as_array().unwrap().len(), 47);
        story
    });
}

#[test]
fn a_failed_account_does_not_stop_the_others() {
    on_both(|on| {
        let project = "{kind: project, name: shop, unit: all, tenants: [\
                   {platform: aws, landing_zone: red, name: good}, {platform: aws, landing_zone: red, name: bad}]}";
        let story = Story::of(on, &small(project));
        let failing = Proxy::with(story.cloud.endpoint(), |call, _| {
            let bad = call.operation == "CreateAccount" && call.body.contains("aws+bad@");
            bad.then(|| {
                Answer::error("ConstraintViolationException", "You have exceeded the allowed number of accounts")
            })
        });
        let partly = story.polity_through(&failing, &["apply", "--auto-approve"]).expect(4);
        assert!(partly.out.contains("bad") || partly.err.contains("bad"), "{}{}", partly.out, partly.err);
        let accounts = names(&story.held(), "accounts");
        assert!(accounts.contains(&"good".to_owned()) && !accounts.contains(&"bad".to_owned()), "{accounts:?}");
        story.apply();
        story.settled();
        assert!(names(&story.held(), "accounts").contains(&"bad".to_owned()));
        story
    });
}

#[test]
fn an_address_that_another_account_holds_is_named() {
    on_both(|on| {
        let story = Story::of(on, &small(SHOP));
        let taken = Proxy::with(story.cloud.endpoint(), |call, _| {
            let status = |state: &str, reason: &str| Answer {
                status: 200,
                body: json!({"CreateAccountStatus": {"Id": "car-exampleexample", "AccountName": "shop", "State": state,
                         "FailureReason": reason, "RequestedTimestamp": 1.0}})
                .to_string(),
            };
            match call.operation.as_str() {
                "CreateAccount" => Some(status("IN_PROGRESS", "")),
                "DescribeCreateAccountStatus" => Some(status("FAILED", "EMAIL_ALREADY_EXISTS")),
                _ => None,
            }
        });
        let failed = story.polity_through(&taken, &["apply", "--auto-approve"]).expect(4);
        let said = failed.out + &failed.err;
        assert!(said.contains("aws+shop@acme.example"), "{said}");
        assert!(said.contains("EMAIL_ALREADY_EXISTS") || said.contains("already"), "{said}");
        assert_eq!(taken.of(&["CreateAccount"]).len(), 1, "asking again cannot help");
        story
    });
}

#[test]
fn an_address_in_another_case_is_the_same_account() {
    on_both(|on| {
        let story = Story::of(on, &small(SHOP));
        story.cloud.script("seed.py", &["0", "5", "0"]).unwrap();
        story.tamper(&[json!(["foreign-account", "shop", "AWS+Shop@Acme.Example"])]);
        story.apply();
        story.settled();
        let accounts = names(&story.held(), "accounts");
        assert_eq!(accounts.iter().filter(|name| *name == "shop").count(), 1, "{accounts:?}");
        story
    });
}

#[test]
fn units_of_one_name_under_two_parents() {
    on_both(|on| {
        let zones = "{kind: landing_zone, name: red-prod, title: Prod, parent: red}\n---\n\
                 {kind: landing_zone, name: blue-prod, title: Prod, parent: blue}";
        let story = Story::of(on, &small(zones));
        story.apply();
        std::fs::remove_file(story.journal()).unwrap();
        story.settled();
        let paths = names(&story.held(), "units");
        assert!(paths.contains(&"/Red/Prod".to_owned()) && paths.contains(&"/Blue/Prod".to_owned()), "{paths:?}");
        story
    });
}

#[test]
fn a_rename_in_the_manifest_loses_no_placement() {
    on_both(|on| {
        let story = Story::of(on, &small(SHOP));
        story.apply();
        story.edit("organization.yaml", "name: red,", "name: crimson, renamed_from: [red],");
        story.edit("organization.yaml", "landing_zone: red", "landing_zone: crimson");
        let watch = Proxy::watch(story.cloud.endpoint());
        story.polity_through(&watch, &["apply", "--auto-approve"]).expect(0);
        story.settled();
        let moved = watch.of(&["MoveAccount", "CreateOrganizationalUnit", "DeleteOrganizationalUnit"]);
        assert!(moved.is_empty(), "{moved:?}");
        story
    });
}

#[test]
fn a_guardrail_is_attached_before_its_predecessor_is_detached() {
    on_both(|on| {
        let guardrail = |name: &str, action: &str| {
            format!(
                "{{kind: guardrail, name: {name}, aws: {{type: service-control, document: {{Version: '2012-10-17', \
             Statement: [{{Sid: A, Effect: Deny, Action: '{action}', Resource: '*'}}]}}}}}}"
            )
        };
        let both = format!("{}\n---\n{}", guardrail("old", "s3:*"), guardrail("new", "sqs:*"));
        let story = Story::of(on, &small(&both));
        story.edit("organization.yaml", "title: Red", "title: Red, guardrails: [old]");
        story.apply();
        story.edit("organization.yaml", "guardrails: [old]", "guardrails: [new]");
        let watch = Proxy::watch(story.cloud.endpoint());
        story.polity_through(&watch, &["apply", "--auto-approve"]).expect(0);
        let calls: Vec<String> =
            watch.of(&["AttachPolicy", "DetachPolicy"]).into_iter().map(|call| call.operation).collect();
        assert_eq!(calls, ["AttachPolicy", "DetachPolicy"]);
        story.settled();
        story
    });
}

#[test]
fn a_tenant_moves_straight_from_one_place_to_the_other() {
    on_both(|on| {
        let story = Story::of(on, &small(SHOP));
        story.apply();
        story.edit("organization.yaml", "landing_zone: red", "landing_zone: blue");
        let watch = Proxy::watch(story.cloud.endpoint());
        story.polity_through(&watch, &["apply", "--auto-approve"]).expect(0);
        let moves = watch.of(&["MoveAccount"]);
        assert_eq!(moves.len(), 1, "{moves:?}");
        let body: Json = serde_json::from_str(&moves[0].body).unwrap();
        for end in ["SourceParentId", "DestinationParentId"] {
            assert!(body[end].as_str().unwrap().starts_with("ou-"), "never through the root: {body}");
        }
        story.settled();
        story
    });
}

#[test]
fn a_retried_call_is_signed_anew() {
    on_both(|on| {
        let story = Story::of(on, &small(SHOP));
        let busy = Proxy::with(story.cloud.endpoint(), |call, earlier| {
            let first = earlier == 0
                && ["ListRoots", "CreateAccount", "DescribeOrganization"].contains(&call.operation.as_str());
            // AWS counts seconds in a signature's time; the answer comes late enough for the next one to differ.
            first.then(|| {
                std::thread::sleep(Duration::from_millis(1100));
                Answer::error("TooManyRequestsException", "Slow down")
            })
        });
        story.polity_through(&busy, &["apply", "--auto-approve"]).expect(0);
        let tries = busy.of(&["CreateAccount"]);
        assert!(tries.len() >= 2, "{tries:?}");
        assert_ne!(tries[0].headers["authorization"], tries[1].headers["authorization"]);
        assert_eq!(names(&story.held(), "accounts").iter().filter(|name| *name == "shop").count(), 1);
        story
    });
}

#[test]
fn readings_that_lag_behind_writes_create_nothing_twice() {
    on_both(|on| {
        let access = "{kind: project, name: shop, unit: all, access: [{team: builders, role: developer}], \
                  tenants: [{platform: aws, landing_zone: red, name: shop, budget: {monthly: 10 USD, alert_at: [80], notify: [a@acme.example]}}]}";
        let story = Story::of(on, &small(access));
        let lagging = Proxy::lagging(story.cloud.endpoint(), Duration::from_millis(400));
        story.polity_through(&lagging, &["apply", "--auto-approve"]).expect(0);
        story.settled();
        let held = story.held();
        for list in ["units", "accounts", "groups", "permission_sets"] {
            let mut all = names(&held, list);
            let count = all.len();
            all.dedup();
            assert_eq!(all.len(), count, "{list}: {all:?}");
        }
        story
    });
}

#[test]
fn access_given_twice_is_one_assignment_with_two_reasons() {
    on_both(|on| {
        let project = "{kind: project, name: shop, unit: all, access: [{team: builders, role: developer}], \
                   tenants: [{platform: aws, landing_zone: red, name: shop, access: [{team: builders, role: developer}]}]}";
        let story = Story::of(on, &small(project));
        story.apply();
        let one = story.held()["assignments"].clone();
        assert_eq!(one.as_array().unwrap().len(), 1, "{one:#}");
        story.edit("organization.yaml", ", access: [{team: builders, role: developer}]}]}", "}]}");
        story.settled();
        assert_eq!(story.held()["assignments"], one, "the other place still gives it");
        story
    });
}

#[test]
fn an_account_that_is_closing_does_not_come_back() {
    on_both(|on| {
        let story = Story::of(on, &small(SHOP));
        story.apply();
        story.tamper(&[json!(["close-account", "shop"])]);
        let watch = Proxy::watch(story.cloud.endpoint());
        let plan = story.polity_through(&watch, &["plan"]);
        assert!(plan.out.contains("shop"), "{}", plan.out);
        story.polity_through(&watch, &["apply", "--auto-approve"]);
        let written = watch.of(&["CreateAccount", "MoveAccount", "TagResource", "UntagResource"]);
        assert!(written.is_empty(), "{written:?}");
        story
    });
}

#[test]
fn a_journal_of_another_organization_is_refused() {
    on_both(|on| {
        let story = Story::of(on, &small(SHOP));
        story.apply();
        let before = story.held();
        story.edit("organization.yaml", "name: acme\n", "name: other\n");
        let refused = story.polity(&["plan"]).expect(1);
        assert!(refused.err.contains("acme") && refused.err.contains("other"), "{}", refused.err);
        story.polity(&["apply", "--auto-approve"]).expect(1);
        assert_eq!(story.held(), before);
        story
    });
}
