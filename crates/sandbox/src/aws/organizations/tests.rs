//! How AWS Organizations behaves, asked over the wire.

mod accounts;
mod effective;
mod handshakes;
mod laws;
mod others;
mod policies;
mod scale;
mod units;

use std::time::Duration;

use serde_json::{Value, json};

use crate::aws::testing::Bench;

/// A service control policy that denies one action.
pub(super) const DENY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:*","Resource":"*"}]}"#;

/// Shorthand for this service.
impl Bench {
    pub(super) fn org(&mut self, operation: &str, input: Value) -> Value {
        self.ok("organizations", operation, input)
    }

    pub(super) fn org_refused(&mut self, operation: &str, input: Value) -> String {
        self.refused("organizations", operation, input)
    }

    /// A bench with an organization and the id of its root.
    pub(super) fn organized() -> (Self, String) {
        let mut bench = Self::new();
        bench.org("CreateOrganization", json!({}));
        let root = bench.root();
        (bench, root)
    }

    pub(super) fn root(&mut self) -> String {
        text(&self.org("ListRoots", json!({})), "/Roots/0/Id")
    }

    pub(super) fn unit(&mut self, parent: &str, name: &str) -> String {
        let answer = self.org("CreateOrganizationalUnit", json!({"ParentId": parent, "Name": name}));
        text(&answer, "/OrganizationalUnit/Id")
    }

    /// Creates an account and waits for it.
    pub(super) fn account(&mut self, name: &str) -> String {
        let email = format!("{name}@example.com");
        let request = self.org("CreateAccount", json!({"Email": email, "AccountName": name}));
        self.pass(Duration::from_secs(20));
        let id = text(&request, "/CreateAccountStatus/Id");
        let done = self.org("DescribeCreateAccountStatus", json!({"CreateAccountRequestId": id}));
        text(&done, "/CreateAccountStatus/AccountId")
    }

    pub(super) fn policy(&mut self, kind: &str, name: &str, content: &str) -> String {
        let input = json!({"Name": name, "Description": "", "Type": kind, "Content": content});
        text(&self.org("CreatePolicy", input), "/Policy/PolicySummary/Id")
    }

    pub(super) fn enable(&mut self, root: &str, kind: &str) {
        self.org("EnablePolicyType", json!({"RootId": root, "PolicyType": kind}));
    }

    pub(super) fn attach(&mut self, policy: &str, target: &str) {
        self.org("AttachPolicy", json!({"PolicyId": policy, "TargetId": target}));
    }

    /// Names of the policies of a type on a target.
    pub(super) fn attached(&mut self, target: &str, kind: &str) -> Vec<String> {
        let input = json!({"TargetId": target, "Filter": kind});
        let policies = self.all("organizations", "ListPoliciesForTarget", input, "Policies", "NextToken");
        policies.iter().map(|policy| text(policy, "/Name")).collect()
    }
}

pub(super) fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} of {value}")).to_owned()
}

#[test]
fn without_an_organization_nothing_works_but_to_create_one() {
    let mut bench = Bench::new();
    assert_eq!(bench.org_refused("ListRoots", json!({})), "AWSOrganizationsNotInUseException");
    assert_eq!(bench.org_refused("DescribeOrganization", json!({})), "AWSOrganizationsNotInUseException");
    let created = bench.org("CreateOrganization", json!({"FeatureSet": "ALL"}));
    assert_eq!(text(&created, "/Organization/MasterAccountId"), "111111111111");
    assert_eq!(text(&created, "/Organization/FeatureSet"), "ALL");
    assert_eq!(created, bench.org("DescribeOrganization", json!({})));
    assert_eq!(bench.org_refused("CreateOrganization", json!({})), "AlreadyInOrganizationException");
}

#[test]
fn an_organization_is_deleted_when_nobody_else_is_in_it() {
    let (mut bench, root) = Bench::organized();
    bench.unit(&root, "left behind");
    bench.account("one");
    assert_eq!(bench.org_refused("DeleteOrganization", json!({})), "OrganizationNotEmptyException");
    let (mut bench, _) = Bench::organized();
    bench.org("DeleteOrganization", json!({}));
    assert_eq!(bench.org_refused("DescribeOrganization", json!({})), "AWSOrganizationsNotInUseException");
    bench.org("CreateOrganization", json!({}));
}

#[test]
fn what_is_saved_is_what_is_loaded() {
    use crate::cloud::Cloud;
    let (mut bench, root) = Bench::organized();
    bench.enable(&root, "SERVICE_CONTROL_POLICY");
    bench.account("one");
    bench.org("CreateAccount", json!({"Email": "late@example.com", "AccountName": "late"}));
    let saved = bench.aws.save();
    bench.aws = crate::aws::Aws::load(&saved).unwrap();
    assert_eq!(bench.aws.save(), saved);
    bench.pass(Duration::from_secs(20));
    assert_eq!(bench.org("ListAccounts", json!({}))["Accounts"].as_array().unwrap().len(), 3);
}
