//! boto3 drives every operation of every service, as it is meant and as it is refused; awscli drives a few.

use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
};

use serde_json::Value as Json;

use crate::support::{Simulated, cloud::tool, root};

/// Operations that these clients see refused alone: there are no users to find, nobody reads the mail with the code,
/// nobody signs for an account that was invited, and no account is old enough to leave.
const REFUSED: &[&str] =
    &["GetUser", "AcceptPrimaryEmailUpdate", "DeclineHandshake", "LeaveOrganization", "RemoveAccountFromOrganization"];

/// Runs these scripts, and sees to it that every operation of the service was carried out at least once.
fn boto3_drives(service: &str, scripts: &[&str]) {
    let sandbox = Simulated::start();
    for name in scripts {
        sandbox.start_over();
        let script = root().join("crates/polity/tests/fidelity/clients").join(name);
        let mut command = Command::new(tool("python"));
        let output = sandbox.enter(command.arg(script)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let carried_out = sandbox.carried_out();
    let done = |operation: &str| carried_out.iter().any(|(of, one)| *of == service && one == operation);
    let left: BTreeSet<_> =
        polity_sandbox::aws::operations(service).filter(|one| !done(one) && !REFUSED.contains(one)).collect();
    assert!(left.is_empty(), "{scripts:?} leave out {left:?}");
}

#[test]
fn account() {
    boto3_drives("account", &["account.py"]);
}

#[test]
fn budgets() {
    boto3_drives("budgets", &["budgets.py"]);
}

#[test]
fn cloudtrail() {
    boto3_drives("cloudtrail", &["cloudtrail.py"]);
}

#[test]
fn ec2() {
    boto3_drives("ec2", &["ec2.py"]);
}

#[test]
fn iam() {
    boto3_drives("iam", &["iam.py"]);
}

#[test]
fn identity_store() {
    boto3_drives("identitystore", &["identitystore.py"]);
}

#[test]
fn organizations() {
    boto3_drives("organizations", &["organizations.py", "billing.py"]);
}

#[test]
fn s3_control() {
    boto3_drives("s3-control", &["s3control.py"]);
}

#[test]
fn sso_admin() {
    boto3_drives("sso-admin", &["sso_admin.py"]);
}

#[test]
fn sts() {
    boto3_drives("sts", &["sts.py"]);
}

#[test]
fn tagging() {
    boto3_drives("tagging", &["tagging.py"]);
}

/// Runs `aws` with these words; its answer, or what it said.
fn aws(sandbox: &Simulated, words: &[&str]) -> Result<Json, String> {
    let mut command = Command::new(tool("python"));
    command.args(["-m", "awscli", "--output", "json"]).args(words).env("AWS_PAGER", "").stdin(Stdio::null());
    let output = sandbox.enter(&mut command).output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(serde_json::from_slice(&output.stdout).unwrap_or_default())
}

#[test]
fn awscli_finds_its_way() {
    let sandbox = Simulated::start();
    let nothing = aws(&sandbox, &["organizations", "describe-organization"]).unwrap_err();
    assert!(nothing.contains("AWSOrganizationsNotInUseException"), "{nothing}");
    let made = aws(&sandbox, &["organizations", "create-organization", "--feature-set", "ALL"]).unwrap();
    let found = aws(&sandbox, &["organizations", "describe-organization"]).unwrap();
    assert_eq!(made["Organization"]["Id"], found["Organization"]["Id"]);
    let root = aws(&sandbox, &["organizations", "list-roots", "--query", "Roots[0].Id"]).unwrap();
    let root = root.as_str().unwrap();
    for name in ["One", "Two", "Three"] {
        aws(&sandbox, &["organizations", "create-organizational-unit", "--parent-id", root, "--name", name]).unwrap();
    }
    let paged = ["organizations", "list-organizational-units-for-parent", "--page-size", "1", "--parent-id", root];
    let units = aws(&sandbox, &paged).unwrap();
    assert_eq!(units["OrganizationalUnits"].as_array().unwrap().len(), 3);
    let me = aws(&sandbox, &["sts", "get-caller-identity"]).unwrap();
    assert_eq!(me["Account"], made["Organization"]["MasterAccountId"]);
    aws(&sandbox, &["iam", "update-account-password-policy", "--minimum-password-length", "20"]).unwrap();
    let policy = aws(&sandbox, &["iam", "get-account-password-policy"]).unwrap();
    assert_eq!(policy["PasswordPolicy"]["MinimumPasswordLength"], 20);
    aws(&sandbox, &["ec2", "enable-ebs-encryption-by-default"]).unwrap();
    let encrypted = aws(&sandbox, &["ec2", "get-ebs-encryption-by-default"]).unwrap();
    assert_eq!(encrypted["EbsEncryptionByDefault"], true);
    let events = aws(&sandbox, &["cloudtrail", "lookup-events", "--max-items", "2"]).unwrap();
    assert_eq!(events["Events"].as_array().unwrap().len(), 2);
}
