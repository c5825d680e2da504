//! Groups.

use serde_json::{Map, Value, json};

use super::{
    PAGES,
    attributes::{check_reserved, sensitive},
    directory::{Group, History},
    filter, id, missing, open, taken, unique,
    users::operations,
};
use crate::aws::{
    input::{Input, invalid, misfit},
    paging::page,
    refusal::Refusal,
    service::{Answer, Turn},
    sso_admin::shape,
};

/// Groups in a store at most.
const GROUPS: usize = 100_000;

pub(super) fn create(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = input.get("DisplayName").ok_or_else(|| misfit("DisplayName", "null", "Member must not be null"))?;
    let name = read_name(name)?;
    let description = input.get("Description").map(|value| sensitive("Description", value)).transpose()?;
    open(turn, input)?;
    is_free(turn, name, None)?;
    if turn.world.center.directory().groups().len() >= GROUPS {
        return Err(shape::quota(format!("A store has {GROUPS} groups at most")));
    }
    let id = turn.world.ids.uuid();
    let group =
        Group { name: name.to_owned(), description: description.map(ToOwned::to_owned), history: History::begin(turn) };
    let center = turn.world.center_mut();
    center.directory_mut().put_group(id.clone(), group);
    Ok(json!({"GroupId": id, "IdentityStoreId": center.store_id()}))
}

pub(super) fn describe(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = id(input, "GroupId")?;
    open(turn, input)?;
    Ok(shown(turn, id, find(turn, id)?))
}

pub(super) fn update(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = id(input, "GroupId")?;
    let operations = operations(input)?;
    open(turn, input)?;
    let mut group = find(turn, id)?.clone();
    for (path, value) in operations {
        if path.eq_ignore_ascii_case("DisplayName") {
            let value = value.ok_or_else(|| invalid("The attribute DisplayName is required"))?;
            group.name = read_name(value)?.to_owned();
        } else if path.eq_ignore_ascii_case("Description") {
            let text = value.map(|value| sensitive("Description", value)).transpose()?;
            group.description = text.map(ToOwned::to_owned);
        } else {
            return Err(invalid(format!("The attribute path {path} is not supported")));
        }
    }
    is_free(turn, &group.name, Some(id))?;
    group.history.go_on(turn.now, &turn.caller.arn);
    turn.world.center_mut().directory_mut().put_group(id.to_owned(), group);
    Ok(json!({}))
}

pub(super) fn delete(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = id(input, "GroupId")?;
    open(turn, input)?;
    find(turn, id)?;
    turn.world.center_mut().directory_mut().remove_group(id);
    Ok(json!({}))
}

pub(super) fn list(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let filter = filter(input, "DisplayName")?;
    open(turn, input)?;
    let directory = turn.world.center.directory();
    let show = |(id, group): (&String, &Group)| shown(turn, id, group);
    let Some(name) = filter else { return page(turn, PAGES, "Groups", directory.groups().iter(), show) };
    let found = directory.group_named(name).and_then(|id| directory.groups().get_key_value(id));
    page(turn, PAGES, "Groups", found.into_iter(), show)
}

pub(super) fn get_id(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let wanted = unique(input, &["DisplayName"])?;
    open(turn, input)?;
    let found = wanted.and_then(|(_, name)| turn.world.center.directory().group_named(name));
    let id = found.ok_or_else(|| missing("GROUP", None))?;
    Ok(json!({"GroupId": id, "IdentityStoreId": turn.world.center.store_id()}))
}

/// The group of this id.
pub(super) fn find<'a>(turn: &'a Turn<'_>, id: &str) -> Result<&'a Group, Refusal> {
    turn.world.center.directory().groups().get(id).ok_or_else(|| missing("GROUP", Some(id)))
}

fn read_name(value: &Value) -> Result<&str, Refusal> {
    let name = sensitive("DisplayName", value)?;
    check_reserved(name)?;
    Ok(name)
}

fn is_free(turn: &Turn<'_>, name: &str, id: Option<&str>) -> Result<(), Refusal> {
    let found = turn.world.center.directory().group_named(name);
    if found.is_some_and(|found| Some(found.as_str()) != id) {
        return Err(taken("Duplicate GroupDisplayName"));
    }
    Ok(())
}

fn shown(turn: &Turn<'_>, id: &str, group: &Group) -> Value {
    let mut members = Map::new();
    members.insert("GroupId".to_owned(), id.into());
    members.insert("IdentityStoreId".to_owned(), turn.world.center.store_id().into());
    members.insert("DisplayName".to_owned(), group.name.clone().into());
    if let Some(description) = &group.description {
        members.insert("Description".to_owned(), description.clone().into());
    }
    group.history.show(&mut members);
    Value::Object(members)
}
