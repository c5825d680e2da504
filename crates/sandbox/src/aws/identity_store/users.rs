//! Users.

use serde_json::{Map, Value, json};

use super::{
    PAGES, attributes,
    directory::{Directory, History, User},
    filter, id, missing, open, taken, unique,
};
use crate::aws::{
    input::{Input, misfit},
    paging::page,
    refusal::Refusal,
    service::{Answer, Turn},
    sso_admin::shape,
};

/// Users in a store at most.
const USERS: usize = 100_000;

pub(super) fn create(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let attributes = attributes::read_all(input)?;
    let extensions = attributes::read_extensions(input)?;
    open(turn, input)?;
    attributes::check(&attributes)?;
    let user = User { attributes, extensions, history: History::begin(turn) };
    let directory = turn.world.center.directory();
    is_free(directory, &user, None)?;
    if directory.users().len() >= USERS {
        return Err(shape::quota(format!("A store has {USERS} users at most")));
    }
    let id = turn.world.ids.uuid();
    let center = turn.world.center_mut();
    center.directory_mut().put_user(id.clone(), user);
    Ok(json!({"UserId": id, "IdentityStoreId": center.store_id()}))
}

pub(super) fn describe(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = id(input, "UserId")?;
    let extensions = wanted_extensions(input)?;
    open(turn, input)?;
    let user = find(turn, id)?;
    Ok(shown(turn, id, user, extensions))
}

pub(super) fn update(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = id(input, "UserId")?;
    let operations = operations(input)?;
    open(turn, input)?;
    let mut user = find(turn, id)?.clone();
    for (path, value) in operations {
        attributes::change(&mut user.attributes, &mut user.extensions, path, value)?;
    }
    attributes::check(&user.attributes)?;
    is_free(turn.world.center.directory(), &user, Some(id))?;
    user.history.go_on(turn.now, &turn.caller.arn);
    turn.world.center_mut().directory_mut().put_user(id.to_owned(), user);
    Ok(json!({}))
}

pub(super) fn delete(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = id(input, "UserId")?;
    open(turn, input)?;
    find(turn, id)?;
    turn.world.center_mut().directory_mut().remove_user(id);
    Ok(json!({}))
}

pub(super) fn list(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let filter = filter(input, "UserName")?;
    let extensions = wanted_extensions(input)?;
    open(turn, input)?;
    let directory = turn.world.center.directory();
    let show = |(id, user): (&String, &User)| shown(turn, id, user, extensions);
    let Some(name) = filter else { return page(turn, PAGES, "Users", directory.users().iter(), show) };
    let found = directory.user_named(name).and_then(|id| directory.users().get_key_value(id));
    page(turn, PAGES, "Users", found.into_iter(), show)
}

pub(super) fn get_id(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let wanted = unique(input, &["UserName", "Emails.Value"])?;
    open(turn, input)?;
    let directory = turn.world.center.directory();
    let found = wanted.and_then(|(attribute, value)| match attribute {
        "UserName" => directory.user_named(value),
        _ => directory.user_at(value),
    });
    let id = found.ok_or_else(|| missing("USER", None))?;
    Ok(json!({"UserId": id, "IdentityStoreId": turn.world.center.store_id()}))
}

/// What is to be set or taken away, in order.
pub(super) fn operations<'a>(input: &Input<'a>) -> Result<Vec<(&'a str, Option<&'a Value>)>, Refusal> {
    let operations: Result<Vec<_>, Refusal> = input
        .list("Operations")
        .map(Input::new)
        .map(|operation| Ok((operation.sized("AttributePath", 1, 255)?, operation.get("AttributeValue"))))
        .collect();
    let operations = operations?;
    if operations.is_empty() || operations.len() > 100 {
        return Err(misfit("Operations", "a list", "Member must have length between 1 and 100"));
    }
    Ok(operations)
}

/// Whether the name and the address of a user are nobody else's.
fn is_free(directory: &Directory, user: &User, id: Option<&str>) -> Result<(), Refusal> {
    let others = |found: Option<&String>| found.is_some_and(|found| Some(found.as_str()) != id);
    if others(directory.user_named(user.name())) {
        return Err(taken("Duplicate UserName"));
    }
    if others(user.email().and_then(|email| directory.user_at(email))) {
        return Err(taken("Duplicate Email"));
    }
    Ok(())
}

fn find<'a>(turn: &'a Turn<'_>, id: &str) -> Result<&'a User, Refusal> {
    turn.world.center.directory().users().get(id).ok_or_else(|| missing("USER", Some(id)))
}

/// Whether the extensions are asked for.
fn wanted_extensions(input: &Input<'_>) -> Result<bool, Refusal> {
    let mut names = input.list("Extensions").filter_map(Value::as_str).peekable();
    let wanted = names.peek().is_some();
    if names.all(|name| name == attributes::EXTENSION) {
        return Ok(wanted);
    }
    Err(crate::aws::input::invalid(format!("The only extension that is supported is {}", attributes::EXTENSION)))
}

fn shown(turn: &Turn<'_>, id: &str, user: &User, extensions: bool) -> Value {
    let mut members: Map<String, Value> = user.attributes.clone();
    members.insert("UserId".to_owned(), id.into());
    members.insert("IdentityStoreId".to_owned(), turn.world.center.store_id().into());
    members.insert("UserStatus".to_owned(), "ENABLED".into());
    if extensions && !user.extensions.is_empty() {
        members.insert("Extensions".to_owned(), Value::Object(user.extensions.clone()));
    }
    user.history.show(&mut members);
    Value::Object(members)
}
