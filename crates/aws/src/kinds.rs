//! The kinds of AWS, one line each. A kind comes behind those it refers to.

mod account;
mod account_alias;
mod account_assignment;
mod account_creation;
mod alternate_contact;
mod budget;
mod budget_alerts;
mod delegated_administrator;
mod ebs_encryption_default;
mod group;
mod group_membership;
mod identity;
mod image_public_access_block;
mod imds_defaults;
mod organization;
mod organizational_unit;
mod password_policy;
mod permission_set;
mod policy;
mod policy_attachment;
mod policy_list;
pub(crate) mod policy_type;
mod region_opt_in;
mod s3_public_access_block;
pub(crate) mod setting;
mod snapshot_public_access_block;
pub(crate) mod support;
mod tags;
mod tree;
mod trusted_access;
mod user;

use std::sync::Arc;

use polity_model::shape::Field;
use polity_provider::Kind;
pub(crate) use support::TYPE;

/// All kinds.
pub fn all() -> Vec<Box<dyn Kind>> {
    let shared = Arc::default();
    vec![
        Box::new(organization::Organization::new(&shared)),
        Box::new(policy_type::PolicyType::new(&shared)),
        Box::new(trusted_access::TrustedAccess::new()),
        Box::new(organizational_unit::OrganizationalUnit::new(&shared)),
        Box::new(account::Account::new(&shared)),
        Box::new(alternate_contact::AlternateContact::new()),
        Box::new(delegated_administrator::DelegatedAdministrator::new()),
        Box::new(policy::Policy::new(&shared)),
        Box::new(policy_attachment::PolicyAttachment::new(&shared)),
        Box::new(budget::Budget::new()),
        Box::new(user::kind()),
        Box::new(group::kind()),
        Box::new(group_membership::kind()),
        Box::new(permission_set::kind()),
        Box::new(account_assignment::kind()),
        Box::new(region_opt_in::kind()),
        Box::new(s3_public_access_block::kind()),
        Box::new(password_policy::kind()),
        Box::new(account_alias::kind()),
        Box::new(ebs_encryption_default::kind()),
        Box::new(imds_defaults::kind()),
        Box::new(snapshot_public_access_block::kind()),
        Box::new(image_public_access_block::kind()),
    ]
}

/// Fields of the section of this platform type in a `role`.
pub fn role_fields() -> Vec<Field> {
    permission_set::fields()
}

/// Fields of `settings` that hold for member accounts and their regions.
pub fn member_settings_fields() -> Vec<Field> {
    setting::fields()
}
