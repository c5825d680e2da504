//! Permission sets and assignments, as callers see them.

mod assignments;
mod laws;
mod permission_sets;
mod provisioning;

use std::time::Duration;

use serde_json::{Value, json};

use crate::aws::testing::{Bench, MANAGEMENT};

const SERVICE: &str = "sso-admin";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

const POLICY: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}"#;

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
