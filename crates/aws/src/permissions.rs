//! The least-privilege policies, generated from the tables of operations: what is not called is not asked for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::{corrections, operations};

/// Services that are called in member accounts, with the role that is assumed there; all others are called in the
/// management account.
const IN_MEMBERS: &[&str] = &[
    "access-analyzer",
    "backup",
    "cloudtrail",
    "config",
    "ec2",
    "ecr",
    "guardduty",
    "iam",
    "inspector2",
    "kms",
    "lambda",
    "logs",
    "macie2",
    "rds",
    "s3",
    "s3-control",
    "secretsmanager",
    "securityhub",
    "ssm",
];
/// Operations that are called in member accounts although their service is also called from the management account.
const ALSO_IN_MEMBERS: &[&str] = &[
    "account:GetAlternateContact",
    "account:GetRegionOptStatus",
    "account:ListRegions",
    "account:EnableRegion",
    "account:DisableRegion",
];
/// What a call needs beyond the permission of its operation, in the management account.
struct Besides {
    sid: &'static str,
    /// Needed where one of these is allowed.
    by: &'static [&'static str],
    actions: &'static [&'static str],
    /// Resource behind `arn:<partition>:iam::*:`.
    resource: &'static str,
}

const BESIDES: [Besides; 3] = [
    // Organizations gives each service that it trusts, and each account, a role of its own.
    Besides {
        sid: "ServiceLinkedRoles",
        by: &[
            "organizations:CreateAccount",
            "organizations:CreateOrganization",
            "organizations:EnableAWSServiceAccess",
            "organizations:RegisterDelegatedAdministrator",
        ],
        actions: &["iam:CreateServiceLinkedRole"],
        resource: "role/aws-service-role/*",
    },
    // In the management account Identity Center works with the caller's own rights.
    Besides {
        sid: "IdentityCenterRoles",
        by: &["sso:CreateAccountAssignment", "sso:DeleteAccountAssignment", "sso:ProvisionPermissionSet"],
        actions: &[
            "iam:AttachRolePolicy",
            "iam:CreateRole",
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:GetRole",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:PutRolePolicy",
            "iam:UpdateRole",
            "iam:UpdateRoleDescription",
        ],
        resource: "role/aws-reserved/sso.amazonaws.com/*",
    },
    Besides {
        sid: "IdentityCenterSamlProvider",
        by: &["sso:CreateAccountAssignment"],
        actions: &["iam:GetSAMLProvider", "iam:UpdateSAMLProvider"],
        resource: "saml-provider/AWSSSO_*_DO_NOT_DELETE",
    },
];

/// The name of the role in member accounts unless the platform says otherwise.
const ROLE: &str = "OrganizationAccountAccessRole";

/// What the permissions are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// What `check`, `plan`, `drift` and `audit` do.
    pub read: bool,
    /// What only `apply` does.
    pub write: bool,
    /// What only `remediate` does, in member accounts.
    pub remediate: bool,
}

/// The two policies that Polity needs: `management` for the principal that runs it, `member` for the role that it assumes
/// in member accounts.
pub fn policy(uses: Uses) -> Json {
    policy_for(uses, "aws", ROLE)
}

/// As [`policy`], for another partition and another name of the role in member accounts.
pub fn policy_for(uses: Uses, partition: &str, role: &str) -> Json {
    let (mut management, mut member) = (BTreeSet::new(), BTreeSet::new());
    for operation in operations(uses) {
        let permission = operation.permission;
        if permission == "sts:AssumeRole" {
            continue;
        }
        let name = format!("{}:{}", operation.service, operation.name);
        if IN_MEMBERS.contains(&operation.service) || ALSO_IN_MEMBERS.contains(&name.as_str()) {
            member.insert(permission);
        }
        // Nothing is put right but in tenants.
        if corrections::writes().any(|correction| std::ptr::eq(&raw const correction.0, operation)) {
            continue;
        }
        // The management account's own settings are read and written without a role.
        management.insert(permission);
    }
    let mut statements = statements(&management);
    for besides in BESIDES.iter().filter(|besides| besides.by.iter().any(|action| management.contains(action))) {
        statements.push(json!({
            "Sid": besides.sid,
            "Effect": "Allow",
            "Action": besides.actions,
            "Resource": [format!("arn:{partition}:iam::*:{}", besides.resource)],
        }));
    }
    statements.push(json!({
        "Sid": "EnterMemberAccounts",
        "Effect": "Allow",
        "Action": ["sts:AssumeRole"],
        "Resource": [format!("arn:{partition}:iam::*:role/{role}")],
    }));
    json!({
        "management": {"Version": "2012-10-17", "Statement": statements},
        "member": {"Version": "2012-10-17", "Statement": self::statements(&member)},
    })
}

fn operations(uses: Uses) -> Vec<&'static polity_provider::Operation> {
    let mut found = Vec::new();
    if uses.read {
        found.extend(operations::reads().into_iter().map(|operation| &operation.0));
    }
    if uses.write {
        found.extend(operations::writes().into_iter().map(|operation| &operation.0));
    }
    if uses.remediate {
        found.extend(corrections::writes().map(|operation| &operation.0));
    }
    found
}

/// One statement for each service, so that a person can read it, sorted.
fn statements(actions: &BTreeSet<&str>) -> Vec<Json> {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for action in actions {
        services.entry(action.split(':').next().unwrap_or_default()).or_default().push(action);
    }
    services
        .into_iter()
        .map(|(service, actions)| json!({"Sid": sid(service), "Effect": "Allow", "Action": actions, "Resource": ["*"]}))
        .collect()
}

/// A statement's id may hold letters and digits only.
fn sid(service: &str) -> String {
    service.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_asks_for_nothing_that_writes() {
        let text = policy(Uses { read: true, ..Uses::default() }).to_string();
        for word in ["Create", "Delete", "Put", "Update", "Attach", "Enable", "Tag\"", "Move"] {
            assert!(!text.contains(&format!(":{word}")), "{word} in {text}");
        }
        assert!(text.contains("organizations:ListAccounts") && text.contains("sts:AssumeRole"));
    }

    #[test]
    fn both_policies_are_sorted_and_grouped() {
        insta::assert_json_snapshot!(policy(Uses { read: true, write: true, remediate: false }));
    }

    #[test]
    fn nothing_asked_is_nothing_given_but_the_way_in() {
        let policy = policy_for(Uses::default(), "aws-cn", "polity");
        assert_eq!(policy.pointer("/member/Statement"), Some(&json!([])));
        assert_eq!(policy.pointer("/management/Statement/0/Resource/0"), Some(&json!("arn:aws-cn:iam::*:role/polity")));
    }
    #[test]
    fn what_puts_right_is_for_tenants_alone() {
        let policy = policy(Uses { remediate: true, ..Uses::default() });
        assert_eq!(policy.pointer("/management/Statement").and_then(Json::as_array).map(Vec::len), Some(1));
        assert!(policy.pointer("/member").is_some_and(|member| member.to_string().contains("kms:EnableKeyRotation")));
    }
}
