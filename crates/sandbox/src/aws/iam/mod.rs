//! AWS IAM, as far as an account is governed with it: roles and whom they let in, passwords, the account's alias.
//! There are no users: whoever runs the sandbox calls with the management account's own key or as a role.

mod account;
mod password;
mod roles;
mod trust;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::{password::PasswordPolicy, roles::Role};
use super::{
    paging::{Pages, page},
    refusal::Refusal,
    service::{Answer, Operation, Protocol, Service, Turn, read, write},
    wire::Caller,
};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "iam",
    signing: "iam",
    protocol: Protocol::Query("https://iam.amazonaws.com/doc/2010-05-08/"),
    operations: OPERATIONS,
};

const OPERATIONS: &[Operation] = &[
    write("AttachRolePolicy", "iam", roles::attach_role_policy),
    write("CreateAccountAlias", "iam", account::create_account_alias),
    write("CreateRole", "iam", roles::create_role),
    write("DeleteAccountAlias", "iam", account::delete_account_alias),
    write("DeleteAccountPasswordPolicy", "iam", password::delete_account_password_policy),
    write("DeleteRole", "iam", roles::delete_role),
    write("DeleteRolePolicy", "iam", roles::delete_role_policy),
    write("DetachRolePolicy", "iam", roles::detach_role_policy),
    write("GenerateCredentialReport", "iam", account::generate_credential_report),
    read("GetAccountPasswordPolicy", "iam", password::get_account_password_policy),
    read("GetAccountSummary", "iam", account::get_account_summary),
    read("GetCredentialReport", "iam", account::get_credential_report),
    read("GetRole", "iam", roles::get_role),
    read("GetRolePolicy", "iam", roles::get_role_policy),
    read("GetUser", "iam", account::get_user),
    read("ListAccessKeys", "iam", account::list_access_keys),
    read("ListAccountAliases", "iam", account::list_account_aliases),
    read("ListAttachedRolePolicies", "iam", roles::list_attached_role_policies),
    read("ListGroups", "iam", account::list_groups),
    read("ListInstanceProfilesForRole", "iam", roles::list_instance_profiles_for_role),
    read("ListMFADevices", "iam", account::list_mfa_devices),
    read("ListRolePolicies", "iam", roles::list_role_policies),
    read("ListRoleTags", "iam", roles::list_role_tags),
    read("ListRoles", "iam", roles::list_roles),
    read("ListUsers", "iam", account::list_users),
    write("PutRolePolicy", "iam", roles::put_role_policy),
    write("TagRole", "iam", roles::tag_role),
    write("UntagRole", "iam", roles::untag_role),
    write("UpdateAccountPasswordPolicy", "iam", password::update_account_password_policy),
    write("UpdateAssumeRolePolicy", "iam", roles::update_assume_role_policy),
    write("UpdateRole", "iam", roles::update_role),
];

/// What it holds of one account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Iam {
    alias: Option<String>,
    password: Option<PasswordPolicy>,
    /// By name. Names differ in more than case.
    roles: BTreeMap<String, Role>,
    report: Option<jiff::Timestamp>,
}

impl Iam {
    /// Puts a role there that an account may assume, as AWS Organizations does in each account that it creates.
    pub(crate) fn add_role(&mut self, name: &str, trusted_account: &str) {
        self.roles.insert(name.to_owned(), Role::administrator(trusted_account));
    }

    /// The role of this name and path, if it lets this caller in.
    pub(crate) fn trusts(&self, role: &str, path: &str, caller: &Caller, external_id: Option<&str>) -> Option<&Role> {
        let role = self.roles.get(role).filter(|role| role.path == path)?;
        trust::lets_in(&role.trust, caller, external_id).then_some(role)
    }
}

/// A page of a list; IAM says in words whether there is more.
fn listed<T>(
    turn: &Turn<'_>,
    key: &str,
    items: impl ExactSizeIterator<Item = T>,
    render: impl Fn(T) -> Value,
) -> Answer {
    let pages = Pages { token: "Marker", max: "MaxItems", usual: 100, most: 1000, error: "ValidationError" };
    let mut answer = page(turn, pages, key, items, render)?;
    let more = answer.get("Marker").is_some();
    if let Some(members) = answer.as_object_mut() {
        members.insert("IsTruncated".to_owned(), more.into());
    }
    Ok(answer)
}

fn no_such(message: impl Into<String>) -> Refusal {
    Refusal::new("NoSuchEntity", message).status(404)
}

fn exists(message: impl Into<String>) -> Refusal {
    Refusal::new("EntityAlreadyExists", message).status(409)
}

fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::new("MalformedPolicyDocument", message)
}
