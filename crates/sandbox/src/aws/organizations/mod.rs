//! AWS Organizations: the organization, its units and accounts, its policies, and who else may see to them.

mod access;
mod accounts;
mod creation;
mod document;
mod effective;
mod handshakes;
mod kinds;
mod management;
mod organization;
mod policies;
mod resource_policy;
mod services;
mod shape;
mod state;
pub(super) mod tags;
mod units;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub(crate) use self::state::Organizations;
use self::state::Work;
use super::{
    service::{Operation, Protocol, Service, read, write},
    world::World,
};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "organizations",
    signing: "organizations",
    protocol: Protocol::Json("AWSOrganizationsV20161128"),
    operations: OPERATIONS,
};

/// Each operation has a rate of its own.
const OPERATIONS: &[Operation] = &[
    write("AcceptHandshake", "organizations:AcceptHandshake", handshakes::accept),
    write("AttachPolicy", "organizations:AttachPolicy", policies::attach),
    write("CancelHandshake", "organizations:CancelHandshake", handshakes::cancel),
    write("CloseAccount", "organizations:CloseAccount", accounts::close),
    write("CreateAccount", "organizations:CreateAccount", creation::create),
    write("CreateOrganization", "organizations:CreateOrganization", organization::create),
    write("CreateOrganizationalUnit", "organizations:CreateOrganizationalUnit", units::create),
    write("CreatePolicy", "organizations:CreatePolicy", policies::create),
    write("DeclineHandshake", "organizations:DeclineHandshake", handshakes::decline),
    write("DeleteOrganization", "organizations:DeleteOrganization", organization::delete),
    write("DeleteOrganizationalUnit", "organizations:DeleteOrganizationalUnit", units::delete),
    write("DeletePolicy", "organizations:DeletePolicy", policies::delete),
    write("DeleteResourcePolicy", "organizations:DeleteResourcePolicy", resource_policy::delete),
    write("DeregisterDelegatedAdministrator", "organizations:DeregisterDelegatedAdministrator", services::deregister),
    read("DescribeAccount", "organizations:DescribeAccount", accounts::describe),
    read("DescribeCreateAccountStatus", "organizations:DescribeCreateAccountStatus", creation::describe),
    read("DescribeEffectivePolicy", "organizations:DescribeEffectivePolicy", effective::describe),
    read("DescribeHandshake", "organizations:DescribeHandshake", handshakes::describe),
    read("DescribeOrganization", "organizations:DescribeOrganization", organization::describe),
    read("DescribeOrganizationalUnit", "organizations:DescribeOrganizationalUnit", units::describe),
    read("DescribePolicy", "organizations:DescribePolicy", policies::describe),
    read("DescribeResourcePolicy", "organizations:DescribeResourcePolicy", resource_policy::describe),
    write("DetachPolicy", "organizations:DetachPolicy", policies::detach),
    write("DisableAWSServiceAccess", "organizations:DisableAWSServiceAccess", services::disable_access),
    write("DisablePolicyType", "organizations:DisablePolicyType", organization::disable_type),
    write("EnableAWSServiceAccess", "organizations:EnableAWSServiceAccess", services::enable_access),
    write("EnableAllFeatures", "organizations:EnableAllFeatures", handshakes::enable_all_features),
    write("EnablePolicyType", "organizations:EnablePolicyType", organization::enable_type),
    write("InviteAccountToOrganization", "organizations:InviteAccountToOrganization", handshakes::invite),
    write("LeaveOrganization", "organizations:LeaveOrganization", accounts::leave),
    read(
        "ListAWSServiceAccessForOrganization",
        "organizations:ListAWSServiceAccessForOrganization",
        services::list_access,
    ),
    read("ListAccounts", "organizations:ListAccounts", accounts::list),
    read("ListAccountsForParent", "organizations:ListAccountsForParent", accounts::list_for_parent),
    read(
        "ListAccountsWithInvalidEffectivePolicy",
        "organizations:ListAccountsWithInvalidEffectivePolicy",
        effective::list_invalid,
    ),
    read("ListChildren", "organizations:ListChildren", units::list_children),
    read("ListCreateAccountStatus", "organizations:ListCreateAccountStatus", creation::list),
    read("ListDelegatedAdministrators", "organizations:ListDelegatedAdministrators", services::list_administrators),
    read("ListDelegatedServicesForAccount", "organizations:ListDelegatedServicesForAccount", services::list_services),
    read(
        "ListEffectivePolicyValidationErrors",
        "organizations:ListEffectivePolicyValidationErrors",
        effective::list_errors,
    ),
    read("ListHandshakesForAccount", "organizations:ListHandshakesForAccount", handshakes::list_for_account),
    read(
        "ListHandshakesForOrganization",
        "organizations:ListHandshakesForOrganization",
        handshakes::list_for_organization,
    ),
    read("ListOrganizationalUnitsForParent", "organizations:ListOrganizationalUnitsForParent", units::list),
    read("ListParents", "organizations:ListParents", units::list_parents),
    read("ListPolicies", "organizations:ListPolicies", policies::list),
    read("ListPoliciesForTarget", "organizations:ListPoliciesForTarget", policies::list_for_target),
    read("ListRoots", "organizations:ListRoots", organization::list_roots),
    read("ListTagsForResource", "organizations:ListTagsForResource", tags::list),
    read("ListTargetsForPolicy", "organizations:ListTargetsForPolicy", policies::list_targets),
    write("MoveAccount", "organizations:MoveAccount", accounts::relocate),
    write("PutResourcePolicy", "organizations:PutResourcePolicy", resource_policy::put),
    write("RegisterDelegatedAdministrator", "organizations:RegisterDelegatedAdministrator", services::register),
    write("RemoveAccountFromOrganization", "organizations:RemoveAccountFromOrganization", accounts::remove),
    write("TagResource", "organizations:TagResource", tags::tag),
    write("UntagResource", "organizations:UntagResource", tags::untag),
    write("UpdateOrganizationalUnit", "organizations:UpdateOrganizationalUnit", units::update),
    write("UpdatePolicy", "organizations:UpdatePolicy", policies::update),
];

/// Ends what was begun and is due, in the order in which it is due.
pub(crate) fn settle(world: &mut World, now: Timestamp) {
    while let Some((at, work)) = world.organizations_mut().next_due(now) {
        match work {
            Work::Create(id) => creation::finish(world, &id, at),
            Work::Close(id) => accounts::closed(world, &id, at),
            Work::Remove(id) => world.organizations_mut().take_out(&id),
            Work::Expire(id) => handshakes::expire(world, &id, at),
            Work::Forget(id) => {
                world.organizations_mut().handshakes.remove(&id);
            }
        }
    }
}
