//! What the policies of an identity let it do: everything, give itself more, decide about keys.

use std::collections::BTreeSet;

use super::{Names, Policy, Statement};

/// What a policy of an identity lets it do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Power {
    /// Everything.
    pub(crate) admin: bool,
    /// To give itself more.
    pub(crate) escalates: bool,
    pub(crate) key_admin: bool,
    pub(crate) key_use: bool,
    /// Whether every statement that allows something has a condition.
    pub(crate) conditional: bool,
    pub(crate) actions: BTreeSet<String>,
    pub(crate) resources: BTreeSet<String>,
}

/// One of these on any resource is enough to become more.
const ALONE: &[&str] = &[
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
];

/// With the right to hand on any role, one of these is enough.
const WITH_A_ROLE: &[&str] = &[
    "cloudformation:CreateStack",
    "codebuild:CreateProject",
    "datapipeline:CreatePipeline",
    "ec2:RunInstances",
    "ecs:RunTask",
    "glue:CreateDevEndpoint",
    "glue:CreateJob",
    "lambda:CreateFunction",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateTrainingJob",
    "states:CreateStateMachine",
];

const KEY_ADMIN: &[&str] = &[
    "kms:CreateGrant",
    "kms:DeleteImportedKeyMaterial",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
];

const KEY_USE: &[&str] =
    &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair", "kms:ReEncryptFrom", "kms:Sign"];

impl Power {
    /// The power of a policy. What it refuses in the same breath, without a condition, it does not give.
    pub(crate) fn of(policy: &Policy) -> Self {
        let allowed: Vec<&Statement> = policy.statements.iter().filter(|statement| statement.allow).collect();
        let may = |action: &str, anywhere: bool| {
            let free = |statement: &&&Statement| statement.conditions.is_empty() || !anywhere;
            let wide = |statement: &&&Statement| !anywhere || wide(&statement.resources);
            allowed.iter().filter(free).filter(wide).any(|statement| statement.actions.covers(action))
                && !refused(policy, |names| names.covers(action))
        };
        let hands_on = may("iam:PassRole", true);
        let names = |pick: fn(&Statement) -> &Names| -> BTreeSet<String> {
            allowed.iter().flat_map(|statement| written(pick(statement))).collect()
        };
        let admin = allowed
            .iter()
            .any(|statement| statement.conditions.is_empty() && statement.actions.all() && wide(&statement.resources));
        Self {
            admin: admin && !refused(policy, Names::all),
            escalates: ALONE.iter().any(|action| may(action, true))
                || hands_on && WITH_A_ROLE.iter().any(|action| may(action, true)),
            key_admin: KEY_ADMIN.iter().any(|action| may(action, false)),
            key_use: KEY_USE.iter().any(|action| may(action, false)),
            conditional: !allowed.is_empty() && allowed.iter().all(|statement| !statement.conditions.is_empty()),
            actions: names(|statement| &statement.actions),
            resources: names(|statement| &statement.resources),
        }
    }
}

/// Whether something is refused everywhere and always.
fn refused(policy: &Policy, what: impl Fn(&Names) -> bool) -> bool {
    policy.statements.iter().any(|statement| {
        !statement.allow && statement.conditions.is_empty() && wide(&statement.resources) && what(&statement.actions)
    })
}

/// Whether this is any resource, or any of IAM's.
fn wide(resources: &Names) -> bool {
    resources.all()
        || resources.inverted
        || resources.names.iter().any(|name| name.starts_with("arn:") && name.ends_with(":*"))
}

/// Names as the facet writes them; all but some is told as all, which it is for whoever worries.
fn written(names: &Names) -> Vec<String> {
    if names.inverted || names.all() { vec!["*".to_owned()] } else { names.names.clone() }
}
