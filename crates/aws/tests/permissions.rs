//! The tables of operations and the generated policies against botocore's service models: no operation and no action
//! exists only in our imagination.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use polity_aws::{
    corrections, operations,
    permissions::{self, Uses},
};
use polity_provider::Operation;
use serde_json::Value as Json;

/// Our name of a service, and botocore's.
const MODELS: [(&str, &str); 26] = [
    ("access-analyzer", "accessanalyzer"),
    ("account", "account"),
    ("backup", "backup"),
    ("budgets", "budgets"),
    ("cloudtrail", "cloudtrail"),
    ("config", "config"),
    ("ec2", "ec2"),
    ("ecr", "ecr"),
    ("guardduty", "guardduty"),
    ("iam", "iam"),
    ("identitystore", "identitystore"),
    ("inspector2", "inspector2"),
    ("kms", "kms"),
    ("lambda", "lambda"),
    ("logs", "logs"),
    ("macie2", "macie2"),
    ("organizations", "organizations"),
    ("rds", "rds"),
    ("s3", "s3"),
    ("s3-control", "s3control"),
    ("secretsmanager", "secretsmanager"),
    ("securityhub", "securityhub"),
    ("ssm", "ssm"),
    ("sso-admin", "sso-admin"),
    ("sts", "sts"),
    ("tagging", "resourcegroupstaggingapi"),
];

/// Actions that are not named like an operation: the Service Authorization Reference defines them so.
const NAMED_OTHERWISE: &[&str] = &[
    "budgets:ModifyBudget",
    "budgets:ViewBudget",
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListAllMyBuckets",
    "s3:PutAccountPublicAccessBlock",
    "s3:PutBucketPublicAccessBlock",
];

const EVERYTHING: Uses = Uses { read: true, write: true, remediate: true };

const SCRIPT: &str = "
import json, sys
from botocore.session import Session
loader = Session().get_component('data_loader')
print(json.dumps({name: sorted(loader.load_service_model(name, 'service-2')['operations']) for name in sys.argv[1:]}))
";

fn models() -> BTreeMap<String, BTreeSet<String>> {
    let python = std::env::var_os("POLITY_PYTHON").map_or_else(|| support::tool("python3"), Into::into);
    let output = Command::new(&python).args(["-c", SCRIPT]).args(MODELS.map(|(_, model)| model)).output();
    let output = output.unwrap_or_else(|error| {
        panic!("`{}` could not be started ({error}): `cargo xtask servers` installs it", python.display())
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "botocore is missing (`cargo xtask servers` installs it): {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn all() -> Vec<&'static Operation> {
    let reads = operations::reads().into_iter().map(|operation| &operation.0);
    let writes = operations::writes().into_iter().chain(corrections::writes());
    reads.chain(writes.map(|operation| &operation.0)).collect()
}

#[test]
fn every_operation_and_every_action_exists() {
    let models = models();
    let mut actions = BTreeSet::new();
    for operation in all() {
        let (_, model) = MODELS.iter().find(|(ours, _)| *ours == operation.service).unwrap();
        assert!(models[*model].contains(operation.name), "{}:{} is no operation", operation.service, operation.name);
        actions.insert(operation.permission);
    }
    // Prefixes of actions are those of the tables; what a call needs besides is of those services too.
    let prefixes: BTreeSet<(&str, &str)> = all()
        .into_iter()
        .map(|operation| {
            let (_, model) = MODELS.iter().find(|(ours, _)| *ours == operation.service).unwrap();
            (operation.permission.split(':').next().unwrap(), *model)
        })
        .collect();
    for action in granted(&permissions::policy(EVERYTHING)) {
        let (prefix, name) = action.split_once(':').unwrap();
        let known = prefixes.iter().any(|(known, model)| *known == prefix && models[*model].contains(name));
        assert!(known || NAMED_OTHERWISE.contains(&action.as_str()), "{action} is no action");
    }
    assert!(actions.len() > 60, "{}", actions.len());
}

#[test]
fn every_call_is_allowed_by_the_policies() {
    let policy = permissions::policy(EVERYTHING);
    let granted = granted(&policy);
    for operation in all() {
        // Whoever has credentials may ask whose they are.
        assert!(granted.contains(operation.permission), "{}", operation.permission);
    }
}

fn granted(policy: &Json) -> BTreeSet<String> {
    let statements = ["/management/Statement", "/member/Statement"];
    let statements = statements.iter().flat_map(|path| policy.pointer(path).unwrap().as_array().unwrap());
    let actions = statements.flat_map(|statement| statement["Action"].as_array().unwrap());
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}
