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

const OPERATIONS: &[Operation] = &[
    write("AcceptHandshake", "organizations", handshakes::accept),
    write("AttachPolicy", "organizations", policies::attach),
    write("CancelHandshake", "organizations", handshakes::cancel),
    write("CloseAccount", "organizations", accounts::close),
    write("CreateAccount", "organizations", creation::create),
    write("CreateOrganization", "organizations", organization::create),
    write("CreateOrganizationalUnit", "organizations", units::create),
    write("CreatePolicy", "organizations", policies::create),
    write("DeclineHandshake", "organizations", handshakes::decline),
    write("DeleteOrganization", "organizations", organization::delete),
    write("DeleteOrganizationalUnit", "organizations", units::delete),
    write("DeletePolicy", "organizations", policies::delete),
    write("DeleteResourcePolicy", "organizations", resource_policy::delete),
    write("DeregisterDelegatedAdministrator", "organizations", services::deregister),
    read("DescribeAccount", "organizations", accounts::describe),
    read("DescribeCreateAccountStatus", "organizations", creation::describe),
    read("DescribeEffectivePolicy", "organizations", effective::describe),
    read("DescribeHandshake", "organizations", handshakes::describe),
    read("DescribeOrganization", "organizations", organization::describe),
    read("DescribeOrganizationalUnit", "organizations", units::describe),
    read("DescribePolicy", "organizations", policies::describe),
    read("DescribeResourcePolicy", "organizations", resource_policy::describe),
    write("DetachPolicy", "organizations", policies::detach),
    write("DisableAWSServiceAccess", "organizations", services::disable_access),
    write("DisablePolicyType", "organizations", organization::disable_type),
    write("EnableAWSServiceAccess", "organizations", services::enable_access),
    write("EnableAllFeatures", "organizations", handshakes::enable_all_features),
    write("EnablePolicyType", "organizations", organization::enable_type),
    write("InviteAccountToOrganization", "organizations", handshakes::invite),
    write("LeaveOrganization", "organizations", accounts::leave),
    read("ListAWSServiceAccessForOrganization", "organizations", services::list_access),
    read("ListAccounts", "organizations", accounts::list),
    read("ListAccountsForParent", "organizations", accounts::list_for_parent),
    read("ListAccountsWithInvalidEffectivePolicy", "organizations", effective::list_invalid),
    read("ListChildren", "organizations", units::list_children),
    read("ListCreateAccountStatus", "organizations", creation::list),
    read("ListDelegatedAdministrators", "organizations", services::list_administrators),
    read("ListDelegatedServicesForAccount", "organizations", services::list_services),
    read("ListEffectivePolicyValidationErrors", "organizations", effective::list_errors),
    read("ListHandshakesForAccount", "organizations", handshakes::list_for_account),
    read("ListHandshakesForOrganization", "organizations", handshakes::list_for_organization),
    read("ListOrganizationalUnitsForParent", "organizations", units::list),
    read("ListParents", "organizations", units::list_parents),
    read("ListPolicies", "organizations", policies::list),
    read("ListPoliciesForTarget", "organizations", policies::list_for_target),
    read("ListRoots", "organizations", organization::list_roots),
    read("ListTagsForResource", "organizations", tags::list),
    read("ListTargetsForPolicy", "organizations", policies::list_targets),
    write("MoveAccount", "organizations", accounts::relocate),
    write("PutResourcePolicy", "organizations", resource_policy::put),
    write("RegisterDelegatedAdministrator", "organizations", services::register),
    write("RemoveAccountFromOrganization", "organizations", accounts::remove),
    write("TagResource", "organizations", tags::tag),
    write("UntagResource", "organizations", tags::untag),
    write("UpdateOrganizationalUnit", "organizations", units::update),
    write("UpdatePolicy", "organizations", policies::update),
];

/// Ends what was begun and is due, in the order in which it is due.
pub(crate) fn settle(world: &mut World, now: Timestamp) {
    while let Some((at, work)) = world.organizations_mut().next_due(now) {
        match work {
            Work::Create(id) => creation::finish(world, &id, at),
            Work::Close(id) => accounts::closed(world, &id, at),
            Work::KeepOpen(id) => accounts::kept_open(world, &id),
            Work::Remove(id) => world.organizations_mut().take_out(&id),
            Work::Expire(id) => handshakes::expire(world, &id, at),
            Work::Forget(id) => {
                world.organizations_mut().handshakes.remove(&id);
            }
        }
    }
}
