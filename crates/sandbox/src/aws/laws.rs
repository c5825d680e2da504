//! Laws that hold for every operation of every service, whatever it is sent.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    service::{Operation, SERVICES, Service},
    testing::{Bench, Key, MANAGEMENT},
    world::{Inside, World},
};
use crate::cloud::Access;

/// Names of members that operations read, and what some of them are sent. Some of it fits, most does not.
const NAMES: [&str; 48] = [
    "AccountAlias",
    "AccountId",
    "AccountName",
    "AlternateContactType",
    "AssumeRolePolicyDocument",
    "Budget",
    "BudgetName",
    "ContactInformation",
    "Content",
    "Description",
    "DestinationParentId",
    "DisplayName",
    "DurationSeconds",
    "Email",
    "EmailAddress",
    "Filter",
    "GroupId",
    "HttpPutResponseHopLimit",
    "HttpTokens",
    "IdentityStoreId",
    "ImageBlockPublicAccessState",
    "InstanceArn",
    "LookupAttributes",
    "MaxResults",
    "MemberId",
    "MinimumPasswordLength",
    "Name",
    "NewBudget",
    "NextToken",
    "Notification",
    "OrganizationalUnitId",
    "ParentId",
    "PermissionSetArn",
    "PhoneNumber",
    "PolicyArn",
    "PolicyDocument",
    "PolicyId",
    "PolicyType",
    "PrincipalId",
    "RegionName",
    "ResourceId",
    "RoleArn",
    "RoleName",
    "ServicePrincipal",
    "State",
    "Subscribers",
    "TargetId",
    "Type",
];

fn values() -> Vec<Value> {
    let trust = json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}).to_string();
    let budget = json!({"BudgetName": "b", "BudgetType": "COST", "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "5", "Unit": "USD"}});
    let notification = json!({"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 50});
    let texts = ["", "a", "abc", "SECURITY", "required", "block-new-sharing", "af-south-1", "eu-west-1", MANAGEMENT];
    let more = ["222222222222", "a@example.com", "+1", "SERVICE_CONTROL_POLICY", "p-FullAWSAccess", "\u{0}", "é", "-1"];
    let mut values: Vec<Value> = texts.into_iter().chain(more).map(Value::from).collect();
    values.extend([Value::from("x".repeat(3000)), trust.into(), "arn:aws:iam::111111111111:role/abc".into()]);
    values.extend([Value::Null, true.into(), 0.into(), (-1).into(), 14.into(), i64::MAX.into(), 0.5.into()]);
    values.extend([json!([]), json!({}), json!([null]), json!([{"Key": "a"}]), json!({"a": {"b": ["c"]}})]);
    values.extend([budget, notification, json!([{"SubscriptionType": "EMAIL", "Address": "a@example.com"}])]);
    values
}

fn random_input(random: &mut fastrand::Rng, values: &[Value]) -> Value {
    let members = (0..random.usize(0..12)).filter_map(|_| {
        let name = *random.choice(NAMES.iter())?;
        Some((name.to_owned(), random.choice(values.iter())?.clone()))
    });
    Value::Object(members.collect::<Map<_, _>>())
}

fn all() -> Vec<(&'static Service, &'static Operation)> {
    SERVICES.iter().flat_map(|service| service.operations.iter().map(|operation| (*service, operation))).collect()
}

/// Whether two worlds are the same in all that counts: not the ids that were drawn, not what was noted, not who became
/// whom. Parts that both share are, without a look.
fn same(one: &World, other: &World) -> bool {
    // Looking at an account for the first time puts it there, empty.
    let empty = Arc::new(Inside::default());
    let inside = |world: &World, id: &String| world.accounts.get(id).unwrap_or(&empty).clone();
    let mut accounts = one.accounts.keys().chain(other.accounts.keys());
    part(&one.organizations, &other.organizations)
        && part(&one.center, &other.center)
        && accounts.all(|id| part(&inside(one, id), &inside(other, id)))
}

fn part<T: Serialize>(one: &Arc<T>, other: &Arc<T>) -> bool {
    Arc::ptr_eq(one, other) || serde_json::to_value(one).unwrap() == serde_json::to_value(other).unwrap()
}

#[test]
fn nothing_panics_and_what_is_refused_or_read_changes_nothing() {
    let (operations, values) = (all(), values());
    let mut done = 0;
    for seed in 0..20 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bench = Bench::new();
        bench.aws.world.inside_mut(MANAGEMENT);
        if seed % 2 == 0 {
            bench.ok("organizations", "CreateOrganization", json!({}));
        }
        for _ in 0..150 {
            let Some((service, operation)) = random.choice(operations.iter()) else { continue };
            let input = random_input(&mut random, &values);
            let before = bench.aws.world.clone();
            let (status, answer) = bench.call_as(&Key::management(), service.name, operation.name, input.clone());
            let told = format!("seed {seed}: {}:{} {input}: {status} {answer}", service.name, operation.name);
            assert!(status == 200 || (400..500).contains(&status) || status == 501, "{told}");
            if status != 200 || operation.access == Access::Read {
                assert!(same(&bench.aws.world, &before), "{told}");
            } else {
                done += 1;
            }
        }
    }
    // Not all of it was nonsense.
    assert!(done > 100, "{done}");
}

#[test]
fn what_is_saved_and_loaded_is_the_same_world() {
    let mut bench = Bench::new();
    bench.ok("organizations", "CreateOrganization", json!({}));
    bench.ok("account", "EnableRegion", json!({"RegionName": "af-south-1"}));
    bench.ok("iam", "CreateAccountAlias", json!({"AccountAlias": "abc"}));
    bench.ok("ec2", "DisableImageBlockPublicAccess", json!({}));
    let saved = serde_json::to_value(&bench.aws.world).unwrap();
    let loaded = super::Aws::load(&saved).unwrap();
    assert_eq!(serde_json::to_value(&loaded.world).unwrap(), saved);
}
