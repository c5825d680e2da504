//! Who is in which group.

use serde_json::{Map, Value, json};

use super::{
    PAGES,
    directory::{History, Membership},
    groups, id, member, missing, open, taken,
};
use crate::aws::{
    input::{Input, misfit},
    paging::page,
    refusal::Refusal,
    service::{Answer, Turn},
    sso_admin::shape,
};

pub(super) fn create(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let group = id(input, "GroupId")?;
    let user = member(input)?;
    open(turn, input)?;
    groups::find(turn, group)?;
    has_user(turn, user)?;
    if turn.world.center.directory().membership_of(group, user).is_some() {
        return Err(taken("Member and Group relationship already exists."));
    }
    let id = turn.world.ids.uuid();
    let membership = Membership { group: group.to_owned(), user: user.to_owned(), history: History::begin(turn) };
    let center = turn.world.center_mut();
    center.directory_mut().put_membership(id.clone(), membership);
    Ok(json!({"MembershipId": id, "IdentityStoreId": center.store_id()}))
}

pub(super) fn describe(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = id(input, "MembershipId")?;
    open(turn, input)?;
    Ok(shown(turn, id, find(turn, id)?))
}

pub(super) fn delete(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = id(input, "MembershipId")?;
    open(turn, input)?;
    find(turn, id)?;
    turn.world.center_mut().directory_mut().remove_membership(id);
    Ok(json!({}))
}

pub(super) fn list(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let group = id(input, "GroupId")?;
    open(turn, input)?;
    groups::find(turn, group)?;
    let members = turn.world.center.directory().members(group);
    page(turn, PAGES, "GroupMemberships", members, |(_, id)| shown_by_id(turn, id))
}

pub(super) fn list_for_member(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let user = member(input)?;
    open(turn, input)?;
    has_user(turn, user)?;
    let memberships = turn.world.center.directory().memberships_of(user);
    page(turn, PAGES, "GroupMemberships", memberships, |(_, id)| shown_by_id(turn, id))
}

pub(super) fn get_id(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let group = id(input, "GroupId")?;
    let user = member(input)?;
    open(turn, input)?;
    let center = &turn.world.center;
    let found = center.directory().membership_of(group, user).ok_or_else(|| missing("GROUP_MEMBERSHIP", None))?;
    Ok(json!({"MembershipId": found, "IdentityStoreId": center.store_id()}))
}

pub(super) fn is_member(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let user = member(input)?;
    let groups: Vec<&str> = input.list("GroupIds").filter_map(Value::as_str).collect();
    if groups.is_empty() || groups.len() > 100 {
        return Err(misfit("GroupIds", "a list", "Member must have length between 1 and 100"));
    }
    if let Some(group) = groups.iter().find(|group| !shape::is_resource_id(group)) {
        return Err(misfit("GroupIds", group, "Member must satisfy regular expression pattern"));
    }
    open(turn, input)?;
    has_user(turn, user)?;
    let mut results = Vec::new();
    for group in groups {
        groups::find(turn, group)?;
        let exists = turn.world.center.directory().membership_of(group, user).is_some();
        results.push(json!({"GroupId": group, "MemberId": {"UserId": user}, "MembershipExists": exists}));
    }
    Ok(json!({"Results": results}))
}

fn find<'a>(turn: &'a Turn<'_>, id: &str) -> Result<&'a Membership, Refusal> {
    turn.world.center.directory().memberships().get(id).ok_or_else(|| missing("GROUP_MEMBERSHIP", Some(id)))
}

fn has_user(turn: &Turn<'_>, id: &str) -> Result<(), Refusal> {
    if turn.world.center.directory().has_user(id) { Ok(()) } else { Err(missing("USER", Some(id))) }
}

fn shown_by_id(turn: &Turn<'_>, id: &str) -> Value {
    turn.world.center.directory().memberships().get(id).map(|membership| shown(turn, id, membership)).into()
}

fn shown(turn: &Turn<'_>, id: &str, membership: &Membership) -> Value {
    let mut members = Map::new();
    members.insert("MembershipId".to_owned(), id.into());
    members.insert("IdentityStoreId".to_owned(), turn.world.center.store_id().into());
    members.insert("GroupId".to_owned(), membership.group.clone().into());
    members.insert("MemberId".to_owned(), json!({"UserId": membership.user}));
    membership.history.show(&mut members);
    Value::Object(members)
}
