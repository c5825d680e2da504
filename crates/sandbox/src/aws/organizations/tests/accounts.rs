//! Accounts: created in their own time, moved, closed, removed.

use std::time::Duration;

use serde_json::json;

use super::text;
use crate::aws::testing::{Bench, MANAGEMENT};

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn an_account_takes_its_time_and_then_is_below_the_root() {
    let (mut bench, root) = Bench::organized();
    let request = bench.org(
        "CreateAccount",
        json!({"Email": "app@example.com", "AccountName": "app", "RoleName": "Admin", "Tags": [{"Key": "k", "Value": "v"}]}),
    );
    assert_eq!(text(&request, "/CreateAccountStatus/State"), "IN_PROGRESS");
    assert!(request.pointer("/CreateAccountStatus/AccountId").is_none());
    let id = text(&request, "/CreateAccountStatus/Id");
    bench.pass(Duration::from_secs(19));
    let pending = bench.org("DescribeCreateAccountStatus", json!({"CreateAccountRequestId": id}));
    assert_eq!(text(&pending, "/CreateAccountStatus/State"), "IN_PROGRESS");
    bench.pass(Duration::from_secs(1));
    let done = bench.org("DescribeCreateAccountStatus", json!({"CreateAccountRequestId": id}));
    assert_eq!(text(&done, "/CreateAccountStatus/State"), "SUCCEEDED");
    let account = text(&done, "/CreateAccountStatus/AccountId");
    let shown = bench.org("DescribeAccount", json!({"AccountId": account}));
    assert_eq!(text(&shown, "/Account/Email"), "app@example.com");
    assert_eq!((text(&shown, "/Account/Status"), text(&shown, "/Account/State")), ("ACTIVE".into(), "ACTIVE".into()));
    assert!(text(&shown, "/Account/Paths/0").ends_with(&format!("/{root}/{account}/")));
    let tags = bench.org("ListTagsForResource", json!({"ResourceId": account}));
    assert_eq!(tags["Tags"], json!([{"Key": "k", "Value": "v"}]));
    let role =
        |name: &str| json!({"RoleArn": format!("arn:aws:iam::{account}:role/{name}"), "RoleSessionName": "test"});
    bench.ok("sts", "AssumeRole", role("Admin"));
    assert_eq!(bench.refused("sts", "AssumeRole", role("OrganizationAccountAccessRole")), "AccessDenied");
}

#[test]
fn an_email_address_has_one_account_for_ever() {
    let (mut bench, _) = Bench::organized();
    let account = bench.account("app");
    bench.org("CloseAccount", json!({"AccountId": account}));
    bench.pass(91 * DAY);
    let request = bench.org("CreateAccount", json!({"Email": "App@example.com", "AccountName": "again"}));
    bench.pass(Duration::from_secs(2));
    let id = text(&request, "/CreateAccountStatus/Id");
    let done = bench.org("DescribeCreateAccountStatus", json!({"CreateAccountRequestId": id}));
    assert_eq!(text(&done, "/CreateAccountStatus/State"), "FAILED");
    assert_eq!(text(&done, "/CreateAccountStatus/FailureReason"), "EMAIL_ALREADY_EXISTS");
    let failed = bench.org("ListCreateAccountStatus", json!({"States": ["FAILED"]}));
    assert_eq!(failed["CreateAccountStatuses"].as_array().unwrap().len(), 1);
}

#[test]
fn creation_takes_as_long_and_fails_as_the_scenario_says() {
    let (mut bench, _) = Bench::organized();
    bench.tuning.takes.insert("organizations:CreateAccount".into(), Duration::from_secs(600));
    bench.tuning.fails.insert("organizations:CreateAccount".into(), "INTERNAL_FAILURE".into());
    let request = bench.org("CreateAccount", json!({"Email": "app@example.com", "AccountName": "app"}));
    // What the scenario says later is nothing to what was begun before.
    bench.tuning.fails.clear();
    let id = text(&request, "/CreateAccountStatus/Id");
    bench.pass(Duration::from_secs(599));
    let state = bench.org("DescribeCreateAccountStatus", json!({"CreateAccountRequestId": id}));
    assert_eq!(text(&state, "/CreateAccountStatus/State"), "IN_PROGRESS");
    bench.pass(Duration::from_secs(1));
    let state = bench.org("DescribeCreateAccountStatus", json!({"CreateAccountRequestId": id}));
    assert_eq!(text(&state, "/CreateAccountStatus/FailureReason"), "INTERNAL_FAILURE");
    let unknown = bench.org_refused("DescribeCreateAccountStatus", json!({"CreateAccountRequestId": "car-00000000"}));
    assert_eq!(unknown, "CreateAccountStatusNotFoundException");
}

#[test]
fn what_aws_answers_at_once_is_answered_at_once() {
    let (mut bench, _) = Bench::organized();
    let request = json!({"Email": "app@example.com", "AccountName": "app"});
    for (reason, refusal) in [
        ("FINALIZING_ORGANIZATION", "FinalizingOrganizationException"),
        ("ACCOUNT_NUMBER_LIMIT_EXCEEDED", "ConstraintViolationException/ACCOUNT_NUMBER_LIMIT_EXCEEDED"),
    ] {
        bench.tuning.fails.insert("organizations:CreateAccount".into(), reason.into());
        assert_eq!(bench.org_refused("CreateAccount", request.clone()), refusal);
    }
}

#[test]
fn closing_can_come_to_nothing() {
    let (mut bench, _) = Bench::organized();
    let account = bench.account("app");
    bench.tuning.fails.insert("organizations:CloseAccount".into(), "INTERNAL_FAILURE".into());
    bench.org("CloseAccount", json!({"AccountId": account}));
    bench.pass(Duration::from_secs(60));
    let shown = bench.org("DescribeAccount", json!({"AccountId": account}));
    assert_eq!(text(&shown, "/Account/State"), "ACTIVE");
    bench.tuning.fails.clear();
    bench.org("CloseAccount", json!({"AccountId": account}));
}

#[test]
fn five_accounts_are_created_at_a_time() {
    let (mut bench, _) = Bench::organized();
    for number in 0..5 {
        bench.org("CreateAccount", json!({"Email": format!("{number}@example.com"), "AccountName": "n"}));
    }
    let sixth = json!({"Email": "6@example.com", "AccountName": "n"});
    assert_eq!(bench.org_refused("CreateAccount", sixth.clone()), "TooManyRequestsException");
    bench.pass(Duration::from_secs(20));
    bench.org("CreateAccount", sixth);
}

#[test]
fn a_new_organization_can_take_a_while_before_it_takes_accounts() {
    let mut bench = Bench::new();
    bench.tuning.takes.insert("organizations:CreateOrganization".into(), Duration::from_secs(3600));
    bench.org("CreateOrganization", json!({}));
    let request = json!({"Email": "app@example.com", "AccountName": "app"});
    assert_eq!(bench.org_refused("CreateAccount", request.clone()), "FinalizingOrganizationException");
    bench.pass(Duration::from_secs(3600));
    bench.org("CreateAccount", request);
}

#[test]
fn requests_for_accounts_have_to_fit() {
    let (mut bench, _) = Bench::organized();
    let cases = [
        (json!({"AccountName": "a"}), "INPUT_REQUIRED"),
        (json!({"Email": "a@b", "AccountName": "a"}), "MIN_LENGTH_EXCEEDED"),
        (json!({"Email": "nobody.example", "AccountName": "a"}), "INVALID_PATTERN"),
        (json!({"Email": "a@b.example", "AccountName": "x".repeat(51)}), "MAX_LENGTH_EXCEEDED"),
        (json!({"Email": "a@b.example", "AccountName": "müller"}), "INVALID_PATTERN"),
        (json!({"Email": "a@b.example", "AccountName": "a", "RoleName": "a b"}), "INVALID_ROLE_NAME"),
        (json!({"Email": "a@b.example", "AccountName": "a", "RoleName": "AWSServiceRoleForX"}), "INVALID_ROLE_NAME"),
        (json!({"Email": "a@b.example", "AccountName": "a", "IamUserAccessToBilling": "YES"}), "INVALID_ENUM"),
        (
            json!({"Email": "a@b.example", "AccountName": "a", "Tags": [{"Key": "aws:x", "Value": ""}]}),
            "INVALID_SYSTEM_TAGS_PARAMETER",
        ),
    ];
    for (input, reason) in cases {
        let refused = bench.org_refused("CreateAccount", input.clone());
        assert_eq!(refused, format!("InvalidInputException/{reason}"), "{input}");
    }
}

#[test]
fn an_account_moves_from_where_it_is_to_somewhere_else() {
    let (mut bench, root) = Bench::organized();
    let unit = bench.unit(&root, "unit");
    let account = bench.account("app");
    let mut go = |account: &str, from: &str, to: &str| {
        let input = json!({"AccountId": account, "SourceParentId": from, "DestinationParentId": to});
        let (status, answer) = bench.call("organizations", "MoveAccount", input);
        if status == 200 { "moved".to_owned() } else { text(&answer, "/__type") }
    };
    let nowhere = "ou-abcd-12345678";
    assert_eq!(go("999999999999", &root, &unit), "AccountNotFoundException");
    assert_eq!(go(&account, &unit, &root), "SourceParentNotFoundException");
    assert_eq!(go(&account, nowhere, &root), "SourceParentNotFoundException");
    assert_eq!(go(&account, &root, nowhere), "DestinationParentNotFoundException");
    assert_eq!(go(&account, &root, &root), "DuplicateAccountException");
    assert_eq!(go(&account, &root, &unit), "moved");
    assert_eq!(go(&account, &root, &unit), "SourceParentNotFoundException");
    let there = bench.org("ListAccountsForParent", json!({"ParentId": unit}));
    assert_eq!(text(&there, "/Accounts/0/Id"), account);
    let at_root = bench.org("ListChildren", json!({"ParentId": root, "ChildType": "ACCOUNT"}));
    assert_eq!(at_root["Children"], json!([{"Id": MANAGEMENT, "Type": "ACCOUNT"}]));
}

#[test]
fn a_closed_account_stays_for_ninety_days() {
    let (mut bench, _) = Bench::organized();
    let account = bench.account("app");
    let close = |bench: &mut Bench| {
        let (status, answer) = bench.call("organizations", "CloseAccount", json!({"AccountId": account}));
        if status == 200 { String::new() } else { text(&answer, "/__type") }
    };
    assert_eq!(close(&mut bench), "");
    assert_eq!(close(&mut bench), "ConflictException");
    let states = |bench: &mut Bench| {
        let shown = bench.org("DescribeAccount", json!({"AccountId": account}));
        (text(&shown, "/Account/Status"), text(&shown, "/Account/State"))
    };
    assert_eq!(states(&mut bench), ("PENDING_CLOSURE".into(), "PENDING_CLOSURE".into()));
    bench.pass(Duration::from_secs(60));
    assert_eq!(states(&mut bench), ("SUSPENDED".into(), "CLOSED".into()));
    assert_eq!(close(&mut bench), "AccountAlreadyClosedException");
    let leave = bench.org_refused("RemoveAccountFromOrganization", json!({"AccountId": account}));
    assert_eq!(leave, "ConstraintViolationException/ACCOUNT_CANNOT_LEAVE_ORGANIZATION");
    bench.pass(90 * DAY);
    assert_eq!(bench.org_refused("DescribeAccount", json!({"AccountId": account})), "AccountNotFoundException");
    let management = bench.org_refused("CloseAccount", json!({"AccountId": MANAGEMENT}));
    assert_eq!(management, "ConstraintViolationException/CANNOT_CLOSE_MANAGEMENT_ACCOUNT");
}

#[test]
fn three_accounts_are_closed_at_a_time_and_250_in_a_month() {
    let (mut bench, _) = Bench::organized();
    let accounts: Vec<String> = (0..252).map(|number| bench.account(&format!("n{number}"))).collect();
    for account in accounts.iter().take(3) {
        bench.org("CloseAccount", json!({"AccountId": account}));
    }
    let fourth = bench.org_refused("CloseAccount", json!({"AccountId": accounts[3]}));
    assert_eq!(fourth, "ConstraintViolationException/CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED");
    for account in accounts.iter().skip(3).take(247) {
        bench.pass(Duration::from_secs(60));
        bench.org("CloseAccount", json!({"AccountId": account}));
    }
    bench.pass(Duration::from_secs(60));
    let more = bench.org_refused("CloseAccount", json!({"AccountId": accounts[250]}));
    assert_eq!(more, "ConstraintViolationException/CLOSE_ACCOUNT_QUOTA_EXCEEDED");
    bench.pass(30 * DAY);
    bench.org("CloseAccount", json!({"AccountId": accounts[250]}));
}

#[test]
fn a_created_account_leaves_after_four_days() {
    let (mut bench, root) = Bench::organized();
    bench.enable(&root, "SERVICE_CONTROL_POLICY");
    let account = bench.account("app");
    let young = bench.org_refused("RemoveAccountFromOrganization", json!({"AccountId": account}));
    assert_eq!(young, "ConstraintViolationException/WAIT_PERIOD_ACTIVE");
    let master = bench.org_refused("RemoveAccountFromOrganization", json!({"AccountId": MANAGEMENT}));
    assert_eq!(master, "MasterCannotLeaveOrganizationException");
    assert_eq!(bench.org_refused("LeaveOrganization", json!({})), "MasterCannotLeaveOrganizationException");
    bench.pass(4 * DAY);
    let key = bench.assume(&account);
    bench.ok_as(&key, "organizations", "LeaveOrganization", json!({}));
    let outside = bench.refused_as(&key, "organizations", "DescribeOrganization", json!({}));
    assert_eq!(outside, "AWSOrganizationsNotInUseException");
    let targets = bench.org("ListTargetsForPolicy", json!({"PolicyId": "p-FullAWSAccess"}));
    assert_eq!(targets["Targets"].as_array().unwrap().len(), 2);
}

#[test]
fn members_may_look_at_little_and_change_nothing() {
    let (mut bench, root) = Bench::organized();
    let account = bench.account("app");
    let key = bench.assume(&account);
    let seen = bench.ok_as(&key, "organizations", "DescribeOrganization", json!({}));
    assert_eq!(text(&seen, "/Organization/MasterAccountId"), MANAGEMENT);
    for (operation, input) in [
        ("ListAccounts", json!({})),
        ("DescribeAccount", json!({"AccountId": account})),
        ("ListRoots", json!({})),
        ("CreateAccount", json!({"Email": "x@example.com", "AccountName": "x"})),
        ("CreateOrganizationalUnit", json!({"ParentId": root, "Name": "x"})),
        ("TagResource", json!({"ResourceId": account, "Tags": []})),
        ("CloseAccount", json!({"AccountId": account})),
        ("DeleteOrganization", json!({})),
    ] {
        let refused = bench.refused_as(&key, "organizations", operation, input);
        assert_eq!(refused, "AccessDeniedException", "{operation}");
    }
}
