//! IAM Identity Center: permission sets, and who has which of them in which account. Its users and groups are in
//! [`super::identity_store`].
//!
//! What takes time (assigning, unassigning, provisioning) is a request in [`requests`], which ends in [`settle`].

mod assignments;
mod attributes;
mod instance;
mod permission_sets;
mod policies;
mod provisioning;
mod requests;
pub(super) mod shape;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::{assignments::Assignments, permission_sets::PermissionSet, requests::Requests};
use super::{
    identity_store::Directory,
    input::Input,
    paging::Pages,
    refusal::Refusal,
    service::{Operation, Protocol, Service, Turn, read, write},
    world::World,
};
use crate::ids::Ids;

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "sso-admin",
    signing: "sso",
    protocol: Protocol::Json("SWBExternalService"),
    operations: OPERATIONS,
};

const OPERATIONS: &[Operation] = &[
    read("ListInstances", FAMILY, instance::list),
    read("DescribeInstance", FAMILY, instance::describe),
    write("UpdateInstance", FAMILY, instance::update),
    write("TagResource", FAMILY, instance::tag),
    write("UntagResource", FAMILY, instance::untag),
    read("ListTagsForResource", FAMILY, instance::tags),
    write("CreateInstanceAccessControlAttributeConfiguration", FAMILY, attributes::create),
    read("DescribeInstanceAccessControlAttributeConfiguration", FAMILY, attributes::describe),
    write("UpdateInstanceAccessControlAttributeConfiguration", FAMILY, attributes::update),
    write("DeleteInstanceAccessControlAttributeConfiguration", FAMILY, attributes::delete),
    write("CreatePermissionSet", FAMILY, permission_sets::create),
    read("DescribePermissionSet", FAMILY, permission_sets::describe),
    write("UpdatePermissionSet", FAMILY, permission_sets::update),
    write("DeletePermissionSet", FAMILY, permission_sets::delete),
    read("ListPermissionSets", FAMILY, permission_sets::list),
    write("PutInlinePolicyToPermissionSet", FAMILY, policies::put_inline),
    read("GetInlinePolicyForPermissionSet", FAMILY, policies::get_inline),
    write("DeleteInlinePolicyFromPermissionSet", FAMILY, policies::delete_inline),
    write("AttachManagedPolicyToPermissionSet", FAMILY, policies::attach_managed),
    write("DetachManagedPolicyFromPermissionSet", FAMILY, policies::detach_managed),
    read("ListManagedPoliciesInPermissionSet", FAMILY, policies::list_managed),
    write("AttachCustomerManagedPolicyReferenceToPermissionSet", FAMILY, policies::attach_reference),
    write("DetachCustomerManagedPolicyReferenceFromPermissionSet", FAMILY, policies::detach_reference),
    read("ListCustomerManagedPolicyReferencesInPermissionSet", FAMILY, policies::list_references),
    write("PutPermissionsBoundaryToPermissionSet", FAMILY, policies::put_boundary),
    read("GetPermissionsBoundaryForPermissionSet", FAMILY, policies::get_boundary),
    write("DeletePermissionsBoundaryFromPermissionSet", FAMILY, policies::delete_boundary),
    write("CreateAccountAssignment", FAMILY, assignments::create),
    write("DeleteAccountAssignment", FAMILY, assignments::delete),
    read("ListAccountAssignments", FAMILY, assignments::list),
    read("ListAccountAssignmentsForPrincipal", FAMILY, assignments::list_for_principal),
    read("DescribeAccountAssignmentCreationStatus", FAMILY, requests::describe_creation),
    read("DescribeAccountAssignmentDeletionStatus", FAMILY, requests::describe_deletion),
    read("ListAccountAssignmentCreationStatus", FAMILY, requests::list_creations),
    read("ListAccountAssignmentDeletionStatus", FAMILY, requests::list_deletions),
    write("ProvisionPermissionSet", FAMILY, provisioning::provision),
    read("DescribePermissionSetProvisioningStatus", FAMILY, requests::describe_provisioning),
    read("ListPermissionSetProvisioningStatus", FAMILY, requests::list_provisionings),
    read("ListPermissionSetsProvisionedToAccount", FAMILY, provisioning::list_sets),
    read("ListAccountsForProvisionedPermissionSet", FAMILY, provisioning::list_accounts),
];

/// All its operations share one documented rate.
const FAMILY: &str = "sso-admin";

const PAGES: Pages =
    Pages { token: "NextToken", max: "MaxResults", usual: 100, most: 100, error: "ValidationException" };

/// What it and the identity store hold. The parts are shared one by one, so that a change in one copies no other.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Center {
    arn: String,
    store: String,
    name: Option<String>,
    tags: BTreeMap<String, String>,
    /// The attributes of users that policies can speak of.
    attributes: Option<Vec<Value>>,
    sets: Arc<BTreeMap<String, PermissionSet>>,
    assignments: Arc<Assignments>,
    requests: Arc<Requests>,
    directory: Arc<Directory>,
}

impl Center {
    /// Draws the ids of the one instance.
    pub(crate) fn begin(&mut self, ids: &mut Ids) {
        self.arn = format!("arn:aws:sso:::instance/ssoins-{}", ids.hex(16));
        self.store = format!("d-{}", ids.hex(10));
    }

    /// The instance.
    pub(crate) fn instance_arn(&self) -> &str {
        &self.arn
    }

    /// The identity store of the instance.
    pub(crate) fn store_id(&self) -> &str {
        &self.store
    }

    /// Users and groups.
    pub(super) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Users and groups, to change them.
    pub(super) fn directory_mut(&mut self) -> &mut Directory {
        Arc::make_mut(&mut self.directory)
    }

    /// The name of a permission set, by its id.
    fn set_arn(&self, id: &str) -> String {
        format!("arn:aws:sso:::permissionSet/{}/{id}", self.arn.rsplit('/').next().unwrap_or_default())
    }

    fn set_mut(&mut self, id: &str) -> Option<&mut PermissionSet> {
        Arc::make_mut(&mut self.sets).get_mut(id)
    }

    /// Whether something that was begun is due.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.requests.is_due(now)
    }
}

/// Ends what was begun and is due.
pub(crate) fn settle(world: &mut World, now: Timestamp) {
    let center = world.center_mut();
    while let Some(request) = Arc::make_mut(&mut center.requests).take_due(now) {
        let outcome = request.carry_out(center);
        Arc::make_mut(&mut center.requests).end(&request, outcome);
    }
}

/// Whether somebody may govern the instance: the management account, and to whom it delegated that.
pub(super) fn governs(world: &World, account: &str) -> bool {
    account == world.management || world.organizations.is_delegated(account, "sso.amazonaws.com")
}

/// Whether an account is one that access can be given in.
fn is_open(world: &World, account: &str) -> bool {
    account == world.management || world.organizations.account(account).is_some_and(|known| known.is_active())
}

/// The checks that every call to the instance passes first.
fn open(turn: &Turn<'_>, input: &Input<'_>) -> Result<(), Refusal> {
    let arn = shape::instance_arn(input, "InstanceArn")?;
    if !governs(turn.world, &turn.caller.account) {
        return Err(shape::denied(turn));
    }
    if arn == turn.world.center.instance_arn() {
        Ok(())
    } else {
        Err(shape::missing(format!("Instance {arn} was not found")))
    }
}

/// The id of the permission set that a call is about, after the checks of [`open`].
fn open_set(turn: &Turn<'_>, input: &Input<'_>) -> Result<String, Refusal> {
    let arn = shape::set_arn(input, "PermissionSetArn")?;
    open(turn, input)?;
    let center = &turn.world.center;
    let id = arn.rsplit('/').next().unwrap_or_default();
    if center.set_arn(id) == arn && center.sets.contains_key(id) {
        return Ok(id.to_owned());
    }
    Err(shape::missing(format!("PermissionSet {arn} was not found")))
}

/// The same for a call that changes the set: what reaches into the management account is its own to change.
fn open_set_to_change(turn: &Turn<'_>, input: &Input<'_>) -> Result<String, Refusal> {
    let id = open_set(turn, input)?;
    let world = &turn.world;
    if turn.caller.account != world.management && world.center.assignments.place(&id, &world.management).is_some() {
        return Err(shape::denied(turn));
    }
    Ok(id)
}
