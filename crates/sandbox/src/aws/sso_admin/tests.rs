//! Permission sets and assignments, as callers see them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::aws::{
    Aws,
    testing::{Bench, Key, MANAGEMENT},
};

const SERVICE: &str = "sso-admin";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// An instance, accounts, and short words for what the tests do.
struct Room {
    bench: Bench,
    instance: String,
    store: String,
    accounts: Vec<String>,
}

impl Room {
    fn new() -> Self {
        Self::with_accounts(2)
    }

    fn with_accounts(count: usize) -> Self {
        let mut bench = Bench::new();
        let accounts = accounts(&mut bench, count);
        let instance = bench.ok(SERVICE, "ListInstances", json!({}))["Instances"][0].clone();
        let text = |name: &str| instance[name].as_str().unwrap().to_owned();
        Self { instance: text("InstanceArn"), store: text("IdentityStoreId"), bench, accounts }
    }

    /// The input with the instance.
    fn with(&self, mut input: Value) -> Value {
        input["InstanceArn"] = self.instance.clone().into();
        input
    }

    fn ok(&mut self, operation: &str, input: Value) -> Value {
        let input = self.with(input);
        self.bench.ok(SERVICE, operation, input)
    }

    fn refused(&mut self, operation: &str, input: Value) -> String {
        let input = self.with(input);
        self.bench.refused(SERVICE, operation, input)
    }

    fn set(&mut self, name: &str) -> String {
        let created = self.ok("CreatePermissionSet", json!({"Name": name}));
        created["PermissionSet"]["PermissionSetArn"].as_str().unwrap().to_owned()
    }

    fn user(&mut self, name: &str) -> String {
        let input = json!({
            "IdentityStoreId": self.store, "UserName": name, "DisplayName": name,
            "Name": {"GivenName": name, "FamilyName": "Doe"},
        });
        self.bench.ok("identitystore", "CreateUser", input)["UserId"].as_str().unwrap().to_owned()
    }

    fn group(&mut self, name: &str) -> String {
        let input = json!({"IdentityStoreId": self.store, "DisplayName": name});
        self.bench.ok("identitystore", "CreateGroup", input)["GroupId"].as_str().unwrap().to_owned()
    }

    fn join(&mut self, user: &str, group: &str) {
        let input = json!({"IdentityStoreId": self.store, "GroupId": group, "MemberId": {"UserId": user}});
        self.bench.ok("identitystore", "CreateGroupMembership", input);
    }

    fn assignment(&self, set: &str, account: usize, user: &str) -> Value {
        json!({
            "PermissionSetArn": set, "TargetId": self.accounts[account], "TargetType": "AWS_ACCOUNT",
            "PrincipalType": "USER", "PrincipalId": user,
        })
    }

    fn pass(&mut self) {
        self.bench.pass(Duration::from_secs(10));
    }

    /// Makes an assignment and waits for it: its status in the end.
    fn assign(&mut self, set: &str, account: usize, user: &str) -> Value {
        let input = self.assignment(set, account, user);
        let begun = self.ok("CreateAccountAssignment", input);
        self.ended("Creation", &begun)
    }

    fn unassign(&mut self, set: &str, account: usize, user: &str) -> Value {
        let input = self.assignment(set, account, user);
        let begun = self.ok("DeleteAccountAssignment", input);
        self.ended("Deletion", &begun)
    }

    fn ended(&mut self, work: &str, begun: &Value) -> Value {
        let key = format!("AccountAssignment{work}Status");
        assert_eq!(begun[&key]["Status"], "IN_PROGRESS");
        self.pass();
        let input = json!({(format!("AccountAssignment{work}RequestId")): begun[&key]["RequestId"]});
        self.ok(&format!("DescribeAccountAssignment{work}Status"), input)[&key].clone()
    }

    fn assigned(&mut self, set: &str, account: usize) -> Vec<Value> {
        let input = json!({"PermissionSetArn": set, "AccountId": self.accounts[account]});
        self.ok("ListAccountAssignments", input)["AccountAssignments"].as_array().unwrap().clone()
    }

    fn accounts_of(&mut self, set: &str, status: Option<&str>) -> Vec<Value> {
        let input = json!({"PermissionSetArn": set, "ProvisioningStatus": status});
        self.ok("ListAccountsForProvisionedPermissionSet", input)["AccountIds"].as_array().unwrap().clone()
    }

    fn outdated(&mut self, set: &str) -> Vec<Value> {
        self.accounts_of(set, Some("LATEST_PERMISSION_SET_NOT_PROVISIONED"))
    }

    fn provision(&mut self, set: &str, account: Option<usize>) -> Value {
        let input = match account {
            Some(account) => {
                json!({"PermissionSetArn": set, "TargetType": "AWS_ACCOUNT", "TargetId": self.accounts[account]})
            }
            None => json!({"PermissionSetArn": set, "TargetType": "ALL_PROVISIONED_ACCOUNTS"}),
        };
        let begun = self.ok("ProvisionPermissionSet", input)["PermissionSetProvisioningStatus"].clone();
        assert_eq!(begun["Status"], "IN_PROGRESS");
        self.pass();
        let input = json!({"ProvisionPermissionSetRequestId": begun["RequestId"]});
        self.ok("DescribePermissionSetProvisioningStatus", input)["PermissionSetProvisioningStatus"].clone()
    }
}

fn accounts(bench: &mut Bench, count: usize) -> Vec<String> {
    bench.ok("organizations", "CreateOrganization", json!({}));
    bench.pass(Duration::from_secs(7200));
    let named = |index| json!({"AccountName": format!("a{index}"), "Email": format!("a{index}@example.com")});
    for index in 0..count {
        bench.ok("organizations", "CreateAccount", named(index));
        bench.pass(Duration::from_secs(600));
    }
    let all = bench.all("organizations", "ListAccounts", json!({}), "Accounts", "NextToken");
    let ids = all.iter().map(|account| account["Id"].as_str().unwrap().to_owned());
    ids.filter(|id| id != MANAGEMENT).collect()
}

#[test]
fn there_is_one_instance() {
    let mut room = Room::new();
    let described = room.ok("DescribeInstance", json!({}));
    assert_eq!(described["Status"], "ACTIVE");
    assert_eq!(described["OwnerAccountId"], MANAGEMENT);
    assert_eq!(described["IdentityStoreId"], room.store);
    room.ok("UpdateInstance", json!({"Name": "central"}));
    assert_eq!(room.ok("DescribeInstance", json!({}))["Name"], "central");
    let other = json!({"InstanceArn": "arn:aws:sso:::instance/ssoins-0000000000000000"});
    assert_eq!(room.bench.refused(SERVICE, "DescribeInstance", other.clone()), "AccessDeniedException");
    assert_eq!(room.bench.refused(SERVICE, "ListPermissionSets", other), "ResourceNotFoundException");
    assert_eq!(room.bench.refused(SERVICE, "ListPermissionSets", json!({})), "ValidationException");
    assert_eq!(
        room.bench.refused(SERVICE, "ListPermissionSets", json!({"InstanceArn": "arn:aws:sso:::instance/ours"})),
        "ValidationException"
    );
}

#[test]
fn a_permission_set_lives() {
    let mut room = Room::new();
    let arn = room.set("Admin");
    let input = json!({"PermissionSetArn": arn});
    let described = room.ok("DescribePermissionSet", input.clone())["PermissionSet"].clone();
    assert_eq!((&described["Name"], &described["SessionDuration"]), (&json!("Admin"), &json!("PT1H")));
    assert!(described["CreatedDate"].as_f64().unwrap() > 1.7e9);
    assert_eq!(described.get("Description"), None);
    assert_eq!(room.refused("CreatePermissionSet", json!({"Name": "Admin"})), "ConflictException");
    assert_eq!(room.ok("ListPermissionSets", json!({}))["PermissionSets"], json!([arn]));
    room.ok("DeletePermissionSet", input.clone());
    for operation in ["DescribePermissionSet", "DeletePermissionSet", "UpdatePermissionSet"] {
        assert_eq!(room.refused(operation, input.clone()), "ResourceNotFoundException");
    }
}

#[test]
fn an_update_leaves_what_it_does_not_name_but_for_the_relay_state() {
    let mut room = Room::new();
    let input = json!({"Name": "a", "Description": "d", "SessionDuration": "PT4H", "RelayState": "https://a.example"});
    let arn = room.ok("CreatePermissionSet", input)["PermissionSet"]["PermissionSetArn"].clone();
    room.ok("UpdatePermissionSet", json!({"PermissionSetArn": arn, "SessionDuration": "PT2H"}));
    let set = room.ok("DescribePermissionSet", json!({"PermissionSetArn": arn}))["PermissionSet"].clone();
    assert_eq!((&set["Description"], &set["SessionDuration"]), (&json!("d"), &json!("PT2H")));
    assert_eq!(set.get("RelayState"), None);
}

#[test]
fn members_of_a_permission_set_have_a_form() {
    let mut room = Room::new();
    let long = "x".repeat(33);
    for (member, value) in [
        ("Name", ""),
        ("Name", "with space"),
        ("Name", long.as_str()),
        ("Description", ""),
        ("Description", "a\u{7f}"),
        ("SessionDuration", "PT59M"),
        ("SessionDuration", "PT12H1S"),
        ("SessionDuration", "P1D"),
        ("SessionDuration", "1h"),
        ("SessionDuration", "-PT2H"),
        ("SessionDuration", "eight hours"),
        ("RelayState", "https://a.example/<b>"),
    ] {
        let mut input = json!({"Name": "fine"});
        input[member] = value.into();
        assert_eq!(room.refused("CreatePermissionSet", input), "ValidationException", "{member}: {value}");
    }
    for (index, duration) in ["PT1H", "PT12H", "PT90M", "PT1H30M", "PT7200S"].iter().enumerate() {
        room.ok("CreatePermissionSet", json!({"Name": format!("s{index}"), "SessionDuration": duration}));
    }
}

#[test]
fn tags_are_put_on_and_taken_off() {
    let mut room = Room::new();
    let tags = json!([{"Key": "env", "Value": "prod"}]);
    let input = json!({"Name": "a", "Tags": tags});
    let arn = room.ok("CreatePermissionSet", input)["PermissionSet"]["PermissionSetArn"].clone();
    let input = json!({"ResourceArn": arn});
    assert_eq!(room.ok("ListTagsForResource", input.clone())["Tags"], tags);
    room.ok("TagResource", json!({"ResourceArn": arn, "Tags": [{"Key": "owner", "Value": ""}]}));
    room.ok("UntagResource", json!({"ResourceArn": arn, "TagKeys": ["env", "nothing"]}));
    assert_eq!(room.ok("ListTagsForResource", input)["Tags"], json!([{"Key": "owner", "Value": ""}]));
    let reserved = json!({"ResourceArn": arn, "Tags": [{"Key": "aws:a", "Value": "b"}]});
    assert_eq!(room.refused("TagResource", reserved), "ValidationException");
    let many: Vec<Value> = (0..50).map(|index| json!({"Key": format!("k{index}"), "Value": "v"})).collect();
    assert_eq!(room.refused("TagResource", json!({"ResourceArn": arn, "Tags": many})), "ServiceQuotaExceededException");
    let arn = arn.as_str().unwrap();
    let gone = json!({"ResourceArn": format!("{}0000000000000000", &arn[..arn.len() - 16])});
    assert_eq!(room.refused("ListTagsForResource", gone), "ResourceNotFoundException");
    let instance = room.instance.clone();
    room.ok("TagResource", json!({"ResourceArn": instance, "Tags": tags}));
    assert_eq!(room.ok("ListTagsForResource", json!({"ResourceArn": instance}))["Tags"], tags);
}

const POLICY: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}"#;

#[test]
fn an_inline_policy_is_put_read_and_deleted() {
    let mut room = Room::new();
    let arn = room.set("a");
    let input = json!({"PermissionSetArn": arn});
    assert_eq!(room.ok("GetInlinePolicyForPermissionSet", input.clone()), json!({"InlinePolicy": ""}));
    assert_eq!(room.refused("DeleteInlinePolicyFromPermissionSet", input.clone()), "ResourceNotFoundException");
    room.ok("PutInlinePolicyToPermissionSet", json!({"PermissionSetArn": arn, "InlinePolicy": POLICY}));
    assert_eq!(room.ok("GetInlinePolicyForPermissionSet", input.clone())["InlinePolicy"], POLICY);
    room.ok("DeleteInlinePolicyFromPermissionSet", input.clone());
    assert_eq!(room.ok("GetInlinePolicyForPermissionSet", input)["InlinePolicy"], "");
}

#[test]
fn an_inline_policy_is_a_policy() {
    let mut room = Room::new();
    let arn = room.set("a");
    let statement = |text: &str| format!(r#"{{"Version": "2012-10-17", "Statement": {text}}}"#);
    for wrong in [
        "no JSON".to_owned(),
        "{}".to_owned(),
        statement("[]"),
        POLICY.replace("2012-10-17", "2026-01-01"),
        POLICY.replace("Allow", "Maybe"),
        statement(r#"{"Effect": "Allow", "Resource": "*"}"#),
        statement(r#"{"Effect": "Allow", "Action": "*"}"#),
        statement(r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}"#),
        POLICY.replace("s3:*", "\u{20ac}"),
    ] {
        let input = json!({"PermissionSetArn": arn, "InlinePolicy": wrong});
        assert_eq!(room.refused("PutInlinePolicyToPermissionSet", input), "ValidationException", "{wrong}");
    }
    let padded = |letters: usize| POLICY.replace("s3:*", &format!("s3:{}", "x".repeat(letters)));
    let input = |policy: String| json!({"PermissionSetArn": arn, "InlinePolicy": policy});
    room.ok("PutInlinePolicyToPermissionSet", input(padded(10_000)));
    room.ok("PutInlinePolicyToPermissionSet", input(POLICY.replace(' ', &" ".repeat(2_000))));
    let refused = room.refused("PutInlinePolicyToPermissionSet", input(padded(10_240)));
    assert_eq!(refused, "ServiceQuotaExceededException");
    assert_eq!(room.refused("PutInlinePolicyToPermissionSet", input(padded(33_000))), "ValidationException");
}

#[test]
fn policies_are_attached_once_and_twenty_at_most() {
    let mut room = Room::new();
    let arn = room.set("a");
    let managed =
        |name: &str| json!({"PermissionSetArn": arn, "ManagedPolicyArn": format!("arn:aws:iam::aws:policy/{name}")});
    let reference = |name: &str| json!({"PermissionSetArn": arn, "CustomerManagedPolicyReference": {"Name": name}});
    room.ok("AttachManagedPolicyToPermissionSet", managed("job-function/Billing"));
    assert_eq!(
        room.refused("AttachManagedPolicyToPermissionSet", managed("job-function/Billing")),
        "ConflictException"
    );
    assert_eq!(room.refused("DetachManagedPolicyFromPermissionSet", managed("Other")), "ResourceNotFoundException");
    let own = json!({"PermissionSetArn": arn, "ManagedPolicyArn": "arn:aws:iam::111111111111:policy/Own"});
    assert_eq!(room.refused("AttachManagedPolicyToPermissionSet", own), "ValidationException");
    room.ok("AttachCustomerManagedPolicyReferenceToPermissionSet", reference("Ours"));
    let again = room.refused("AttachCustomerManagedPolicyReferenceToPermissionSet", reference("Ours"));
    assert_eq!(again, "ConflictException");
    let listed = room.ok("ListManagedPoliciesInPermissionSet", json!({"PermissionSetArn": arn}));
    let billing = json!([{"Name": "Billing", "Arn": "arn:aws:iam::aws:policy/job-function/Billing"}]);
    assert_eq!(listed["AttachedManagedPolicies"], billing);
    let listed = room.ok("ListCustomerManagedPolicyReferencesInPermissionSet", json!({"PermissionSetArn": arn}));
    assert_eq!(listed["CustomerManagedPolicyReferences"], json!([{"Name": "Ours", "Path": "/"}]));
    for index in 0..18 {
        room.ok("AttachManagedPolicyToPermissionSet", managed(&format!("P{index}")));
    }
    let over = [
        room.refused("AttachManagedPolicyToPermissionSet", managed("P18")),
        room.refused("AttachCustomerManagedPolicyReferenceToPermissionSet", reference("P18")),
    ];
    assert_eq!(over, ["ServiceQuotaExceededException"; 2]);
    room.ok("DetachManagedPolicyFromPermissionSet", managed("P0"));
    room.ok("DetachCustomerManagedPolicyReferenceFromPermissionSet", reference("Ours"));
    let gone = room.refused("DetachCustomerManagedPolicyReferenceFromPermissionSet", reference("Ours"));
    assert_eq!(gone, "ResourceNotFoundException");
}

#[test]
fn a_boundary_is_of_aws_or_of_the_account() {
    let mut room = Room::new();
    let arn = room.set("a");
    let input = json!({"PermissionSetArn": arn});
    assert_eq!(room.refused("GetPermissionsBoundaryForPermissionSet", input.clone()), "ResourceNotFoundException");
    assert_eq!(room.refused("DeletePermissionsBoundaryFromPermissionSet", input.clone()), "ResourceNotFoundException");
    let managed = json!({"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    let own = json!({"CustomerManagedPolicyReference": {"Name": "limit", "Path": "/org/"}});
    for boundary in [managed.clone(), own.clone()] {
        let put = json!({"PermissionSetArn": arn, "PermissionsBoundary": boundary});
        room.ok("PutPermissionsBoundaryToPermissionSet", put);
        let read = room.ok("GetPermissionsBoundaryForPermissionSet", input.clone());
        assert_eq!(read, json!({"PermissionsBoundary": boundary}));
    }
    let both = json!({"ManagedPolicyArn": managed["ManagedPolicyArn"],
        "CustomerManagedPolicyReference": own["CustomerManagedPolicyReference"]});
    let path = json!({"CustomerManagedPolicyReference": {"Name": "limit", "Path": "org"}});
    for wrong in [both, json!({}), path] {
        let put = json!({"PermissionSetArn": arn, "PermissionsBoundary": wrong});
        assert_eq!(room.refused("PutPermissionsBoundaryToPermissionSet", put), "ValidationException");
    }
    room.ok("DeletePermissionsBoundaryFromPermissionSet", input);
}

#[test]
fn an_assignment_comes_after_a_while_and_goes_after_a_while() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    let input = room.assignment(&set, 0, &user);
    let begun = room.ok("CreateAccountAssignment", input)["AccountAssignmentCreationStatus"].clone();
    assert_eq!(begun["Status"], "IN_PROGRESS");
    assert_eq!((&begun["TargetId"], &begun["PrincipalId"]), (&json!(room.accounts[0]), &json!(user)));
    assert_eq!(room.assigned(&set, 0), Vec::<Value>::new());
    room.pass();
    let expected = json!({
        "AccountId": room.accounts[0], "PermissionSetArn": set, "PrincipalType": "USER", "PrincipalId": user,
    });
    assert_eq!(json!(room.assigned(&set, 0)), json!([expected]));
    assert_eq!(room.accounts_of(&set, None), [json!(room.accounts[0])]);
    let in_account = room.accounts[0].clone();
    let sets = room.ok("ListPermissionSetsProvisionedToAccount", json!({"AccountId": in_account}));
    assert_eq!(sets["PermissionSets"], json!([set]));
    let held = json!({"PrincipalId": user, "PrincipalType": "USER"});
    assert_eq!(room.ok("ListAccountAssignmentsForPrincipal", held.clone())["AccountAssignments"], json!([expected]));
    assert_eq!(room.unassign(&set, 0, &user)["Status"], "SUCCEEDED");
    assert_eq!(room.assigned(&set, 0), Vec::<Value>::new());
    assert_eq!(room.accounts_of(&set, None), Vec::<Value>::new());
    assert_eq!(room.ok("ListAccountAssignmentsForPrincipal", held)["AccountAssignments"], json!([]));
    room.ok("DeletePermissionSet", json!({"PermissionSetArn": set}));
}

#[test]
fn an_assignment_that_is_there_can_be_made_again_and_is_one() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    assert_eq!(room.assign(&set, 0, &user)["Status"], "SUCCEEDED");
    assert_eq!(room.assign(&set, 0, &user)["Status"], "SUCCEEDED");
    assert_eq!(room.assigned(&set, 0).len(), 1);
}

#[test]
fn what_is_not_there_is_noticed_at_once_or_late() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    let failed = room.assign(&set, 0, NOBODY);
    assert_eq!(failed["Status"], "FAILED");
    assert!(failed["FailureReason"].as_str().unwrap().contains("was not found in directory"));
    let failed = room.unassign(&set, 0, &user);
    assert_eq!(failed["Status"], "FAILED");
    assert!(failed["FailureReason"].as_str().unwrap().contains("EntitlementItem doesn't exist"));
    let mut input = room.assignment(&set, 0, &user);
    input["TargetId"] = "999999999999".into();
    assert_eq!(room.refused("CreateAccountAssignment", input.clone()), "ResourceNotFoundException");
    for (member, value) in [("TargetId", "99"), ("TargetType", "OU"), ("PrincipalType", "ROLE"), ("PrincipalId", "ada")]
    {
        let mut input = input.clone();
        input[member] = value.into();
        assert_eq!(room.refused("CreateAccountAssignment", input), "ValidationException", "{member}");
    }
    let unknown = json!({"AccountAssignmentCreationRequestId": NOBODY});
    assert_eq!(room.refused("DescribeAccountAssignmentCreationStatus", unknown), "ResourceNotFoundException");
}

#[test]
fn one_request_for_an_assignment_and_ten_assignments_in_the_making() {
    let mut room = Room::with_accounts(1);
    let users: Vec<String> = (0..11).map(|index| room.user(&format!("u{index}"))).collect();
    let set = room.set("a");
    for user in &users[..10] {
        let input = room.assignment(&set, 0, user);
        room.ok("CreateAccountAssignment", input);
    }
    let input = room.assignment(&set, 0, &users[0]);
    assert_eq!(room.refused("CreateAccountAssignment", input.clone()), "ConflictException");
    assert_eq!(room.refused("DeleteAccountAssignment", input), "ConflictException");
    let eleventh = room.assignment(&set, 0, &users[10]);
    assert_eq!(room.refused("CreateAccountAssignment", eleventh.clone()), "ThrottlingException");
    let input = json!({"PermissionSetArn": set});
    assert_eq!(room.refused("DeletePermissionSet", input.clone()), "ConflictException");
    room.pass();
    room.ok("CreateAccountAssignment", eleventh);
    room.pass();
    assert_eq!(room.assigned(&set, 0).len(), 11);
    assert_eq!(room.refused("DeletePermissionSet", input), "ConflictException");
}

#[test]
fn a_set_is_brought_to_an_account_by_one_request_at_a_time() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    for account in [0, 1] {
        room.assign(&set, account, &user);
    }
    let at = |room: &Room, account: usize| json!({"PermissionSetArn": set, "TargetType": "AWS_ACCOUNT", "TargetId": room.accounts[account]});
    let (first, second) = (at(&room, 0), at(&room, 1));
    room.ok("ProvisionPermissionSet", first.clone());
    room.ok("ProvisionPermissionSet", second);
    let all = json!({"PermissionSetArn": set, "TargetType": "ALL_PROVISIONED_ACCOUNTS"});
    for input in [first, all.clone()] {
        assert_eq!(room.refused("ProvisionPermissionSet", input), "ConflictException");
    }
    room.pass();
    room.ok("ProvisionPermissionSet", all);
}

#[test]
fn statuses_are_listed_the_newest_first() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    room.assign(&set, 0, &user);
    room.assign(&set, 0, NOBODY);
    let input = room.assignment(&set, 1, &user);
    room.ok("CreateAccountAssignment", input);
    let statuses = |answer: Value| -> Vec<String> {
        let all = answer["AccountAssignmentsCreationStatus"].as_array().unwrap().clone();
        all.iter().map(|status| status["Status"].as_str().unwrap().to_owned()).collect()
    };
    let all = room.ok("ListAccountAssignmentCreationStatus", json!({}));
    assert_eq!(statuses(all), ["IN_PROGRESS", "FAILED", "SUCCEEDED"]);
    let failed = room.ok("ListAccountAssignmentCreationStatus", json!({"Filter": {"Status": "FAILED"}}));
    assert_eq!(statuses(failed), ["FAILED"]);
    let none = room.ok("ListAccountAssignmentDeletionStatus", json!({}));
    assert_eq!(none["AccountAssignmentsDeletionStatus"], json!([]));
    let wrong = json!({"Filter": {"Status": "DONE"}});
    assert_eq!(room.refused("ListPermissionSetProvisioningStatus", wrong), "ValidationException");
}

#[test]
fn the_scenario_says_how_long_it_takes_and_that_it_fails() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    let key = "sso-admin:CreateAccountAssignment".to_owned();
    room.bench.tuning.takes.insert(key.clone(), Duration::from_secs(60));
    let input = room.assignment(&set, 0, &user);
    room.ok("CreateAccountAssignment", input);
    room.bench.pass(Duration::from_secs(59));
    assert_eq!(room.assigned(&set, 0).len(), 0);
    room.bench.pass(Duration::from_secs(1));
    assert_eq!(room.assigned(&set, 0).len(), 1);
    room.bench.tuning.takes.clear();
    room.bench.tuning.fails.insert(key, "the account is on fire".to_owned());
    let failed = room.assign(&set, 1, &user);
    assert_eq!((&failed["Status"], &failed["FailureReason"]), (&json!("FAILED"), &json!("the account is on fire")));
    assert_eq!(room.assigned(&set, 1).len(), 0);
}

#[test]
fn a_changed_set_has_to_be_provisioned_again() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    room.assign(&set, 0, &user);
    room.assign(&set, 1, &user);
    assert_eq!(room.outdated(&set), Vec::<Value>::new());
    room.ok("PutInlinePolicyToPermissionSet", json!({"PermissionSetArn": set, "InlinePolicy": POLICY}));
    assert_eq!(room.outdated(&set).len(), 2);
    let done = room.provision(&set, Some(0));
    assert_eq!((&done["Status"], &done["AccountId"]), (&json!("SUCCEEDED"), &json!(room.accounts[0])));
    assert_eq!(room.outdated(&set), [json!(room.accounts[1])]);
    let input = json!({"AccountId": room.accounts[1], "ProvisioningStatus": "LATEST_PERMISSION_SET_NOT_PROVISIONED"});
    assert_eq!(room.ok("ListPermissionSetsProvisionedToAccount", input)["PermissionSets"], json!([set]));
    assert_eq!(room.provision(&set, None)["Status"], "SUCCEEDED");
    assert_eq!(room.outdated(&set), Vec::<Value>::new());
    assert_eq!(room.accounts_of(&set, Some("LATEST_PERMISSION_SET_PROVISIONED")).len(), 2);
}

#[test]
fn every_change_but_of_tags_has_to_be_provisioned() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    room.assign(&set, 0, &user);
    let managed = json!({"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    let reference = json!({"CustomerManagedPolicyReference": {"Name": "ours"}});
    for (operation, more) in [
        ("UpdatePermissionSet", json!({"Description": "new"})),
        ("PutInlinePolicyToPermissionSet", json!({"InlinePolicy": POLICY})),
        ("DeleteInlinePolicyFromPermissionSet", json!({})),
        ("AttachManagedPolicyToPermissionSet", managed.clone()),
        ("DetachManagedPolicyFromPermissionSet", managed.clone()),
        ("AttachCustomerManagedPolicyReferenceToPermissionSet", reference.clone()),
        ("DetachCustomerManagedPolicyReferenceFromPermissionSet", reference),
        ("PutPermissionsBoundaryToPermissionSet", json!({"PermissionsBoundary": managed})),
        ("DeletePermissionsBoundaryFromPermissionSet", json!({})),
    ] {
        let mut input = more;
        input["PermissionSetArn"] = set.clone().into();
        room.ok(operation, input);
        assert_eq!(room.outdated(&set).len(), 1, "{operation}");
        room.provision(&set, None);
        assert_eq!(room.outdated(&set).len(), 0, "{operation}");
    }
    room.ok("TagResource", json!({"ResourceArn": set, "Tags": [{"Key": "a", "Value": "b"}]}));
    assert_eq!(room.outdated(&set).len(), 0);
}

#[test]
fn what_changes_while_a_set_is_provisioned_is_not_in_it() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    let input = room.assignment(&set, 0, &user);
    room.ok("CreateAccountAssignment", input);
    room.ok("UpdatePermissionSet", json!({"PermissionSetArn": set, "Description": "late"}));
    room.pass();
    assert_eq!(room.outdated(&set).len(), 1);
}

#[test]
fn only_what_is_assigned_can_be_provisioned() {
    let mut room = Room::new();
    let set = room.set("a");
    assert_eq!(room.provision(&set, None)["Status"], "SUCCEEDED");
    let failed = room.provision(&set, Some(0));
    assert_eq!(failed["FailureReason"], "Received a 404 status error: Assignment not found.");
    let nowhere = json!({"PermissionSetArn": set, "TargetType": "AWS_ACCOUNT"});
    assert_eq!(room.refused("ProvisionPermissionSet", nowhere), "ValidationException");
    let away = json!({"PermissionSetArn": set, "TargetType": "AWS_ACCOUNT", "TargetId": "999999999999"});
    assert_eq!(room.refused("ProvisionPermissionSet", away), "ResourceNotFoundException");
}

#[test]
fn accounts_refuse_more_policies_than_a_role_can_have() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    for index in 0..11 {
        let arn = format!("arn:aws:iam::aws:policy/P{index}");
        room.ok("AttachManagedPolicyToPermissionSet", json!({"PermissionSetArn": set, "ManagedPolicyArn": arn}));
    }
    let failed = room.assign(&set, 0, &user);
    assert!(failed["FailureReason"].as_str().unwrap().contains("PoliciesPerRole: 10"));
    assert_eq!(room.assigned(&set, 0).len(), 0);
}

#[test]
fn a_user_has_what_the_groups_have_and_leaves_assignments_behind() {
    let mut room = Room::new();
    let (set, user, group) = (room.set("a"), room.user("ada"), room.group("admins"));
    room.join(&user, &group);
    room.assign(&set, 0, &user);
    let mut input = room.assignment(&set, 1, &group);
    input["PrincipalType"] = "GROUP".into();
    room.ok("CreateAccountAssignment", input);
    room.pass();
    let asked = json!({"PrincipalId": user, "PrincipalType": "USER"});
    let held = room.ok("ListAccountAssignmentsForPrincipal", asked.clone())["AccountAssignments"].clone();
    let held: Vec<&Value> = held.as_array().unwrap().iter().map(|assignment| &assignment["PrincipalType"]).collect();
    assert_eq!(held.len(), 2);
    assert!(held.contains(&&json!("GROUP")));
    let input = json!({"PrincipalId": user, "PrincipalType": "USER", "Filter": {"AccountId": room.accounts[1]}});
    let held = room.ok("ListAccountAssignmentsForPrincipal", input)["AccountAssignments"].clone();
    assert_eq!(held[0]["PrincipalId"], json!(group));
    let gone = json!({"IdentityStoreId": room.store, "UserId": user});
    room.bench.ok("identitystore", "DeleteUser", gone);
    assert_eq!(room.assigned(&set, 0).len(), 1);
    assert_eq!(room.unassign(&set, 0, &user)["Status"], "SUCCEEDED");
    assert_eq!(room.ok("ListAccountAssignmentsForPrincipal", asked)["AccountAssignments"], json!([]));
}

#[test]
fn members_of_the_organization_see_the_instance_and_no_more() {
    let mut room = Room::new();
    let key = room.bench.assume(&room.accounts[0].clone());
    let seen = room.bench.ok_as(&key, SERVICE, "ListInstances", json!({}));
    assert_eq!(seen["Instances"][0]["InstanceArn"], room.instance);
    let input = room.with(json!({}));
    for operation in ["ListPermissionSets", "DescribeInstance", "ListAccountAssignmentCreationStatus"] {
        assert_eq!(room.bench.refused_as(&key, SERVICE, operation, input.clone()), "AccessDeniedException");
    }
}

#[test]
fn a_delegated_administrator_governs_all_but_the_management_account() {
    let mut room = Room::new();
    let delegate = room.accounts[0].clone();
    let service = "sso.amazonaws.com";
    room.bench.ok("organizations", "EnableAWSServiceAccess", json!({"ServicePrincipal": service}));
    let input = json!({"AccountId": delegate, "ServicePrincipal": service});
    room.bench.ok("organizations", "RegisterDelegatedAdministrator", input);
    let key: Key = room.bench.assume(&delegate);
    let (set, user) = (room.set("a"), room.user("ada"));
    let mut input = room.with(room.assignment(&set, 1, &user));
    room.bench.ok_as(&key, SERVICE, "CreateAccountAssignment", input.clone());
    room.pass();
    input["TargetId"] = MANAGEMENT.into();
    assert_eq!(room.bench.refused_as(&key, SERVICE, "CreateAccountAssignment", input.clone()), "AccessDeniedException");
    let update = room.with(json!({"PermissionSetArn": set, "Description": "new"}));
    room.bench.ok_as(&key, SERVICE, "UpdatePermissionSet", update.clone());
    room.bench.ok(SERVICE, "CreateAccountAssignment", input);
    room.pass();
    assert_eq!(room.bench.refused_as(&key, SERVICE, "UpdatePermissionSet", update), "AccessDeniedException");
}

#[test]
fn a_saved_instance_finds_everything_again() {
    let mut room = Room::new();
    let (set, user, group) = (room.set("a"), room.user("ada"), room.group("admins"));
    room.join(&user, &group);
    room.assign(&set, 0, &user);
    let input = room.assignment(&set, 1, &user);
    let begun = room.ok("CreateAccountAssignment", input);
    let saved = crate::cloud::Cloud::save(&room.bench.aws);
    room.bench.aws = Aws::load(&saved).unwrap();
    assert_eq!(crate::cloud::Cloud::save(&room.bench.aws), saved);
    assert_eq!(room.assigned(&set, 0).len(), 1);
    assert_eq!(room.ended("Creation", &begun)["Status"], "SUCCEEDED");
    assert_eq!(room.outdated(&set), Vec::<Value>::new());
    let held = json!({"PrincipalId": user, "PrincipalType": "USER"});
    assert_eq!(room.ok("ListAccountAssignmentsForPrincipal", held)["AccountAssignments"].as_array().unwrap().len(), 2);
    let name = json!({"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "ADA"}});
    let input = json!({"IdentityStoreId": room.store, "AlternateIdentifier": name});
    assert_eq!(room.bench.ok("identitystore", "GetUserId", input)["UserId"], user);
    let input = json!({"IdentityStoreId": room.store, "GroupId": group, "MemberId": {"UserId": user}});
    assert!(room.bench.ok("identitystore", "GetGroupMembershipId", input)["MembershipId"].is_string());
}

#[test]
fn lists_are_paged() {
    let mut room = Room::new();
    for index in 0..23 {
        room.set(&format!("s{index}"));
    }
    let mut input = room.with(json!({"MaxResults": 10}));
    let all = room.bench.all(SERVICE, "ListPermissionSets", input.clone(), "PermissionSets", "NextToken");
    assert_eq!(all.len(), 23);
    input["MaxResults"] = 101.into();
    assert_eq!(room.bench.refused(SERVICE, "ListPermissionSets", input), "ValidationException");
}

#[test]
fn attributes_for_policies_are_there_once() {
    let mut room = Room::new();
    let of = |key: &str| {
        let attribute = json!({"Key": key, "Value": {"Source": ["${path:enterprise.department}"]}});
        json!({"InstanceAccessControlAttributeConfiguration": {"AccessControlAttributes": [attribute]}})
    };
    let (create, read) =
        ("CreateInstanceAccessControlAttributeConfiguration", "DescribeInstanceAccessControlAttributeConfiguration");
    assert_eq!(room.refused(read, json!({})), "ResourceNotFoundException");
    room.ok(create, of("department"));
    assert_eq!(room.refused(create, of("department")), "ConflictException");
    room.ok("UpdateInstanceAccessControlAttributeConfiguration", of("team"));
    let mut expected = of("team");
    expected["Status"] = "ENABLED".into();
    assert_eq!(room.ok(read, json!({})), expected);
    room.ok("DeleteInstanceAccessControlAttributeConfiguration", json!({}));
    for operation in ["UpdateInstanceAccessControlAttributeConfiguration", create] {
        assert_eq!(room.refused(operation, of("a\u{7}")), "ValidationException");
    }
    assert_eq!(room.refused(create, json!({"InstanceAccessControlAttributeConfiguration": {}})), "ValidationException");
}

/// Everything that is found by set, by account and by principal is found in a plain set too.
mod laws {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::assignments::{Assignments, Kind, Principal};

    fn principal(index: u8) -> Principal {
        let kind = if index.is_multiple_of(2) { Kind::User } else { Kind::Group };
        Principal { kind, id: format!("p{index}") }
    }

    proptest! {
        #[test]
        fn assignments_are_found_from_all_sides(
            steps in prop::collection::vec((any::<bool>(), 0..3u8, 0..3u8, 0..3u8), 0..60)
        ) {
            let mut assignments = Assignments::default();
            let mut plain = BTreeSet::new();
            for (add, set, account, who) in steps {
                let (set, account, who) = (format!("s{set}"), format!("a{account}"), principal(who));
                if add {
                    assignments.add(&set, &account, who.clone(), 1);
                    plain.insert((set, account, who));
                } else {
                    let there = assignments.remove(&set, &account, &who);
                    prop_assert_eq!(there, plain.remove(&(set, account, who)));
                }
            }
            let written = serde_json::to_value(&assignments).unwrap();
            let read: Assignments = serde_json::from_value(written.clone()).unwrap();
            prop_assert_eq!(serde_json::to_value(&read).unwrap(), written);
            for assignments in [assignments, read] {
                let mut seen = BTreeSet::new();
                for index in 0..3 {
                    for (account, set) in assignments.held(&principal(index)) {
                        seen.insert((set.clone(), account.clone(), principal(index)));
                    }
                    let here = |account: &str| assignments.sets(account).cloned().collect::<BTreeSet<_>>();
                    let account = format!("a{index}");
                    let expected = plain.iter().filter(|(_, at, _)| *at == account).map(|(set, ..)| set.clone());
                    prop_assert_eq!(here(&account), expected.collect::<BTreeSet<_>>());
                    let set = format!("s{index}");
                    let there: BTreeSet<_> = assignments.accounts(&set).map(|(account, _)| account.clone()).collect();
                    let expected = plain.iter().filter(|(of, ..)| *of == set).map(|(_, account, _)| account.clone());
                    prop_assert_eq!(there, expected.collect::<BTreeSet<_>>());
                }
                prop_assert_eq!(&seen, &plain);
            }
        }
    }
}

/// A thousand accounts and a hundred thousand assignments.
#[test]
fn many_assignments_are_listed_as_quickly_as_few() {
    use super::assignments::{Kind, Principal};

    let mut room = Room::with_accounts(0);
    let set = room.set("a");
    let user = room.user("ada");
    let center = room.bench.aws.world.center_mut();
    let assignments = std::sync::Arc::make_mut(&mut center.assignments);
    let set_id = set.rsplit('/').next().unwrap();
    for account in 0..1000 {
        for index in 0..100 {
            let id = if index == 0 { user.clone() } else { format!("{index:08x}{}", &NOBODY[8..]) };
            let account = format!("{account:012}");
            assignments.add(set_id, &account, Principal { kind: Kind::User, id }, 1);
        }
    }
    let began = std::time::Instant::now();
    for account in 0..100 {
        let input = json!({"PermissionSetArn": set, "AccountId": format!("{account:012}"), "MaxResults": 10});
        assert_eq!(room.ok("ListAccountAssignments", input)["AccountAssignments"].as_array().unwrap().len(), 10);
        let input = json!({"PermissionSetArn": set, "MaxResults": 10});
        let accounts = room.ok("ListAccountsForProvisionedPermissionSet", input);
        assert_eq!(accounts["AccountIds"].as_array().unwrap().len(), 10);
    }
    // Two hundred looks: were each at everything, it would be twenty million.
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let input = room.with(json!({"PrincipalId": user, "PrincipalType": "USER"}));
    let held = room.bench.all(SERVICE, "ListAccountAssignmentsForPrincipal", input, "AccountAssignments", "NextToken");
    assert_eq!(held.len(), 1000);
}
