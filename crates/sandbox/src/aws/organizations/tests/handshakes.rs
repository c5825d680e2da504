//! Handshakes: who is asked, who may answer, how it ends.

use std::time::Duration;

use serde_json::{Value, json};

use super::text;
use crate::aws::testing::{Bench, Key, MANAGEMENT};

const DAY: Duration = Duration::from_secs(86_400);
const OUTSIDER: &str = "555555555555";

/// An account's own credentials: its number.
fn own(account: &str) -> Key {
    Key { id: account.to_owned(), token: None }
}

fn invite(bench: &mut Bench, account: &str) -> String {
    let answer = bench.org("InviteAccountToOrganization", json!({"Target": {"Type": "ACCOUNT", "Id": account}}));
    assert_eq!(text(&answer, "/Handshake/State"), "OPEN");
    text(&answer, "/Handshake/Id")
}

fn state(bench: &mut Bench, id: &str) -> String {
    text(&bench.org("DescribeHandshake", json!({"HandshakeId": id})), "/Handshake/State")
}

#[test]
fn an_invited_account_joins_when_it_accepts() {
    let (mut bench, root) = Bench::organized();
    let input = json!({
        "Target": {"Type": "ACCOUNT", "Id": OUTSIDER}, "Notes": "welcome", "Tags": [{"Key": "k", "Value": "v"}],
    });
    let invited = bench.org("InviteAccountToOrganization", input.clone());
    let id = text(&invited, "/Handshake/Id");
    assert_eq!(bench.org_refused("InviteAccountToOrganization", input), "DuplicateHandshakeException");
    assert_eq!(bench.org_refused("AcceptHandshake", json!({"HandshakeId": id})), "AccessDeniedException");
    let key = own(OUTSIDER);
    let seen = bench.ok_as(&key, "organizations", "ListHandshakesForAccount", json!({}));
    assert_eq!(text(&seen, "/Handshakes/0/Id"), id);
    let accepted = bench.ok_as(&key, "organizations", "AcceptHandshake", json!({"HandshakeId": id}));
    assert_eq!(text(&accepted, "/Handshake/State"), "ACCEPTED");
    let account = bench.org("DescribeAccount", json!({"AccountId": OUTSIDER}));
    assert_eq!(text(&account, "/Account/JoinedMethod"), "INVITED");
    assert_eq!(text(&bench.org("ListParents", json!({"ChildId": OUTSIDER})), "/Parents/0/Id"), root);
    let tags = bench.org("ListTagsForResource", json!({"ResourceId": OUTSIDER}));
    assert_eq!(tags["Tags"], json!([{"Key": "k", "Value": "v"}]));
    let again = bench.refused_as(&key, "organizations", "AcceptHandshake", json!({"HandshakeId": id}));
    assert_eq!(again, "HandshakeAlreadyInStateException");
    let decline = bench.refused_as(&key, "organizations", "DeclineHandshake", json!({"HandshakeId": id}));
    assert_eq!(decline, "InvalidHandshakeTransitionException");
    let member = json!({"Target": {"Type": "ACCOUNT", "Id": OUTSIDER}});
    let refused = bench.org_refused("InviteAccountToOrganization", member);
    assert_eq!(refused, "HandshakeConstraintViolationException/ALREADY_IN_AN_ORGANIZATION");
    // Invited accounts have no role that the management account could assume, and may go at any time.
    bench.org("RemoveAccountFromOrganization", json!({"AccountId": OUTSIDER}));
    bench.pass(30 * DAY);
    assert_eq!(bench.org_refused("DescribeHandshake", json!({"HandshakeId": id})), "HandshakeNotFoundException");
}

#[test]
fn a_handshake_ends_in_one_way() {
    let (mut bench, _) = Bench::organized();
    let key = own(OUTSIDER);
    let declined = invite(&mut bench, OUTSIDER);
    let mine = json!({"HandshakeId": declined});
    let other = bench.refused_as(&own("666666666666"), "organizations", "DescribeHandshake", mine.clone());
    assert_eq!(other, "AccessDeniedException");
    bench.ok_as(&key, "organizations", "DeclineHandshake", mine);
    assert_eq!(state(&mut bench, &declined), "DECLINED");
    let canceled = invite(&mut bench, OUTSIDER);
    let mine = json!({"HandshakeId": canceled});
    assert_eq!(
        bench.refused_as(&key, "organizations", "CancelHandshake", mine.clone()),
        "AWSOrganizationsNotInUseException"
    );
    bench.org("CancelHandshake", mine.clone());
    assert_eq!(bench.org_refused("CancelHandshake", mine.clone()), "HandshakeAlreadyInStateException");
    let late = bench.refused_as(&key, "organizations", "AcceptHandshake", mine);
    assert_eq!(late, "InvalidHandshakeTransitionException");
    let expired = invite(&mut bench, OUTSIDER);
    bench.pass(15 * DAY);
    assert_eq!(state(&mut bench, &expired), "EXPIRED");
    let filter = json!({"Filter": {"ActionType": "INVITE"}});
    let all = bench.org("ListHandshakesForOrganization", filter);
    assert_eq!(all["Handshakes"].as_array().unwrap().len(), 3);
}

#[test]
fn whom_to_ask_has_to_be_said() {
    let (mut bench, _) = Bench::organized();
    let long = "x".repeat(1025);
    let account = json!({"Type": "ACCOUNT", "Id": OUTSIDER});
    for (input, reason) in [
        (json!({}), "INVALID_PATTERN"),
        (json!({"Target": {}}), "INVALID_PARTY_TYPE_TARGET"),
        (json!({"Target": {"Type": "ORGANIZATION", "Id": OUTSIDER}}), "INVALID_PARTY_TYPE_TARGET"),
        (json!({"Target": {"Type": "ACCOUNT", "Id": "bad"}}), "INVALID_PATTERN"),
        (json!({"Target": {"Type": "EMAIL", "Id": "invalid"}}), "INVALID_EMAIL_ADDRESS_TARGET"),
        (json!({"Target": account, "Notes": long}), "MAX_LENGTH_EXCEEDED"),
    ] {
        let refused = bench.org_refused("InviteAccountToOrganization", input);
        assert_eq!(refused, format!("InvalidInputException/{reason}"));
    }
    let both = json!({"Filter": {"ActionType": "INVITE", "ParentHandshakeId": "h-00000000"}});
    let refused = bench.org_refused("ListHandshakesForOrganization", both);
    assert_eq!(refused, "InvalidInputException/MAX_LIMIT_EXCEEDED_FILTER");
    let unknown = bench.org_refused("AcceptHandshake", json!({"HandshakeId": "h-00000000"}));
    assert_eq!(unknown, "HandshakeNotFoundException");
}

#[test]
fn all_features_come_when_all_who_were_invited_agree() {
    let mut bench = Bench::new();
    bench.org("CreateOrganization", json!({"FeatureSet": "CONSOLIDATED_BILLING"}));
    bench.account("created");
    let id = invite(&mut bench, OUTSIDER);
    let key = own(OUTSIDER);
    bench.ok_as(&key, "organizations", "AcceptHandshake", json!({"HandshakeId": id}));
    let whole = bench.org("EnableAllFeatures", json!({}));
    let whole = text(&whole, "/Handshake/Id");
    let again = bench.org_refused("EnableAllFeatures", json!({}));
    assert_eq!(again, "HandshakeConstraintViolationException/ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION");
    let of = |bench: &mut Bench, filter: Value| {
        bench.org("ListHandshakesForOrganization", json!({"Filter": filter}))["Handshakes"].as_array().unwrap().clone()
    };
    assert!(of(&mut bench, json!({"ActionType": "APPROVE_ALL_FEATURES"})).is_empty());
    let asked = of(&mut bench, json!({"ParentHandshakeId": whole}));
    assert_eq!(asked.len(), 1);
    let id = text(&asked[0], "/Id");
    bench.ok_as(&key, "organizations", "AcceptHandshake", json!({"HandshakeId": id}));
    let last = of(&mut bench, json!({"ActionType": "APPROVE_ALL_FEATURES"}));
    let features = |bench: &mut Bench| text(&bench.org("DescribeOrganization", json!({})), "/Organization/FeatureSet");
    assert_eq!(features(&mut bench), "CONSOLIDATED_BILLING");
    bench.org("AcceptHandshake", json!({"HandshakeId": text(&last[0], "/Id")}));
    assert_eq!(features(&mut bench), "ALL");
    let done = bench.org_refused("EnableAllFeatures", json!({}));
    assert_eq!(done, "HandshakeConstraintViolationException/ORGANIZATION_ALREADY_HAS_ALL_FEATURES");
    assert!(bench.aws.world.organizations.is_management(MANAGEMENT));
}
