//! The identity store: users, groups, and who is in which.
//!
//! What it holds is part of [`super::sso_admin::Center`], for assignments ask who is there.

mod attributes;
mod directory;
mod groups;
mod memberships;
#[cfg(test)]
mod tests;
mod users;

pub(super) use self::directory::Directory;
use super::{
    input::{Input, misfit},
    paging::Pages,
    refusal::Refusal,
    service::{Operation, Protocol, Service, Turn, read, write},
    sso_admin::{governs, shape},
};
use crate::cloud::Access;

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "identitystore",
    signing: "identitystore",
    protocol: Protocol::Json("AWSIdentityStore"),
    operations: OPERATIONS,
};

const OPERATIONS: &[Operation] = &[
    write("CreateUser", FAMILY, users::create),
    read("DescribeUser", FAMILY, users::describe),
    write("UpdateUser", FAMILY, users::update),
    write("DeleteUser", FAMILY, users::delete),
    read("ListUsers", FAMILY, users::list),
    read("GetUserId", FAMILY, users::get_id),
    write("CreateGroup", FAMILY, groups::create),
    read("DescribeGroup", FAMILY, groups::describe),
    write("UpdateGroup", FAMILY, groups::update),
    write("DeleteGroup", FAMILY, groups::delete),
    read("ListGroups", FAMILY, groups::list),
    read("GetGroupId", FAMILY, groups::get_id),
    write("CreateGroupMembership", FAMILY, memberships::create),
    read("DescribeGroupMembership", FAMILY, memberships::describe),
    write("DeleteGroupMembership", FAMILY, memberships::delete),
    read("ListGroupMemberships", FAMILY, memberships::list),
    read("ListGroupMembershipsForMember", FAMILY, memberships::list_for_member),
    read("GetGroupMembershipId", FAMILY, memberships::get_id),
    read("IsMemberInGroups", FAMILY, memberships::is_member),
];

/// All its operations share one documented rate.
const FAMILY: &str = "identitystore";

const PAGES: Pages =
    Pages { token: "NextToken", max: "MaxResults", usual: 100, most: 100, error: "ValidationException" };

/// The checks that every call to the store passes first. Accounts of the organization may look, the management account
/// may change.
fn open(turn: &Turn<'_>, input: &Input<'_>) -> Result<(), Refusal> {
    let store = shape::formed(input, "IdentityStoreId", 1..=36, |_| true)?;
    let caller = &turn.caller.account;
    if turn.call.access == Access::Write && !governs(turn.world, caller) {
        return Err(shape::denied(turn));
    }
    if store == turn.world.center.store_id() { Ok(()) } else { Err(missing("IDENTITY_STORE", None)) }
}

/// The user, group or membership that a call names.
fn id<'a>(input: &Input<'a>, name: &str) -> Result<&'a str, Refusal> {
    shape::resource_id(input, name)
}

/// The user that a call names as a member.
fn member<'a>(input: &Input<'a>) -> Result<&'a str, Refusal> {
    let member = shape::inner(input, "MemberId")?;
    id(&member, "UserId")
}

/// Something is not there.
fn missing(kind: &str, id: Option<&str>) -> Refusal {
    let refusal = Refusal::new("ResourceNotFoundException", format!("{kind} not found.")).with("ResourceType", kind);
    match id {
        Some(id) => refusal.with("ResourceId", id),
        None => refusal,
    }
}

/// There is such a thing already.
fn taken(message: &str) -> Refusal {
    Refusal::new("ConflictException", message).with("Reason", "UNIQUENESS_CONSTRAINT_VIOLATION")
}

/// The one attribute that a list is narrowed by: its value, where there is one.
fn filter<'a>(input: &Input<'a>, known: &str) -> Result<Option<&'a str>, Refusal> {
    let filters: Vec<Input<'a>> = input.list("Filters").map(Input::new).collect();
    let [filter] = filters.as_slice() else {
        return if filters.is_empty() {
            Ok(None)
        } else {
            Err(misfit("Filters", "a list", "Member must have length less than or equal to 1"))
        };
    };
    let path = filter.sized("AttributePath", 1, 255)?;
    let value = filter.sized("AttributeValue", 1, 1024)?;
    if path.eq_ignore_ascii_case(known) {
        return Ok(Some(value));
    }
    Err(super::input::invalid(format!("The attribute path {path} is not one to filter by; use {known}")))
}

/// The attribute, of those that are unique, by which something is looked for: which, and its value. `None` where an
/// identity provider outside is asked for: there is none.
fn unique<'a, 'known>(input: &Input<'a>, known: &[&'known str]) -> Result<Option<(&'known str, &'a str)>, Refusal> {
    let wanted = shape::inner(input, "AlternateIdentifier")?;
    let outside = wanted.inner("ExternalId");
    let Some(attribute) = wanted.inner("UniqueAttribute").filter(|_| outside.is_none()) else {
        let outside = shape::inner(&wanted, "ExternalId")?;
        outside.sized("Issuer", 1, 256)?;
        outside.sized("Id", 1, 256)?;
        return Ok(None);
    };
    let path = attribute.sized("AttributePath", 1, 255)?;
    let value = attribute.need("AttributeValue")?;
    match known.iter().find(|known| known.eq_ignore_ascii_case(path)) {
        Some(known) => Ok(Some((known, value))),
        None => Err(super::input::invalid(format!("The attribute {path} is not unique"))),
    }
}
