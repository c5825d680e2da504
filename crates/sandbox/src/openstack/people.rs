//! Users, groups, and who is in which.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    refusal::Refusal,
    turn::{Answer, Told, Turn, check, merge, name, noun},
    world::text,
};

pub(super) fn list_users(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    turn.list("users", &["name", "domain_id", "enabled"])
}

pub(super) fn get_user(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    turn.show(200, "users", parts.first().copied().unwrap_or_default())
}

pub(super) fn create_user(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    create(turn, "users", json!({"enabled": true, "options": {}, "password_expires_at": null}))
}

pub(super) fn update_user(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    update(turn, "users", parts.first().copied().unwrap_or_default())
}

pub(super) fn delete_user(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    delete(turn, "users", parts.first().copied().unwrap_or_default())
}

pub(super) fn list_groups(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    turn.list("groups", &["name", "domain_id"])
}

pub(super) fn get_group(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    turn.show(200, "groups", parts.first().copied().unwrap_or_default())
}

pub(super) fn create_group(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    create(turn, "groups", json!({"description": ""}))
}

pub(super) fn update_group(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    update(turn, "groups", parts.first().copied().unwrap_or_default())
}

pub(super) fn delete_group(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    delete(turn, "groups", parts.first().copied().unwrap_or_default())
}

/// Longest name: users come from directories, where names are long.
fn longest(collection: &str) -> usize {
    if collection == "users" { 255 } else { 64 }
}

fn create(turn: &mut Turn<'_>, collection: &str, mut object: Value) -> Answer {
    let mut sent = turn.sent(noun(collection))?;
    check(&sent)?;
    let domain = turn.domain_of(&sent)?;
    turn.unused(collection, &name(&sent, longest(collection))?, Some(&domain), "")?;
    let password = sent.remove("password");
    sent.insert("domain_id".to_owned(), domain.into());
    merge(&mut object, sent);
    let id = turn.world.born(collection, object);
    if let Some(password) = password.as_ref().and_then(Value::as_str) {
        turn.world.set_password(&id, password, None);
    }
    turn.show(201, collection, &id)
}

fn update(turn: &mut Turn<'_>, collection: &str, id: &str) -> Answer {
    let mut object = turn.found(collection, id)?;
    let mut sent: Map<String, Value> = turn.sent(noun(collection))?;
    check(&sent)?;
    let domain = text(&object, "domain_id").to_owned();
    if sent.get("domain_id").is_some_and(|wanted| wanted.as_str() != Some(&domain)) {
        return Err(Refusal::bad("Cannot change Domain ID."));
    }
    if sent.contains_key("name") {
        turn.unused(collection, &name(&sent, longest(collection))?, Some(&domain), id)?;
    }
    if let Some(password) = sent.remove("password").as_ref().and_then(Value::as_str) {
        // All that was given out for the old one is no good any more.
        turn.world.set_password(id, password, Some(turn.now));
    }
    merge(&mut object, sent);
    turn.world.put(collection, object);
    turn.show(200, collection, id)
}

fn delete(turn: &mut Turn<'_>, collection: &str, id: &str) -> Answer {
    turn.found(collection, id)?;
    turn.world.forget(collection, id);
    Ok(Told::done())
}

/// `GET /groups/*/users`.
pub(super) fn members(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let group = parts.first().copied().unwrap_or_default();
    turn.found("groups", group)?;
    let inside = turn.world.members.iter().filter(|(of, _)| of == group);
    let users = inside.filter_map(|(_, user)| turn.world.get("users", user)).cloned().collect();
    Ok(turn.page("users", users))
}

/// Both ends of a membership, which must be there.
fn ends(turn: &Turn<'_>, parts: &[&str]) -> Result<(String, String), Refusal> {
    let [group, user] = parts else { return Err(Refusal::bad("a membership has a group and a user")) };
    turn.found("groups", group)?;
    turn.found("users", user)?;
    Ok(((*group).to_owned(), (*user).to_owned()))
}

fn joined(turn: &Turn<'_>, ends: &(String, String)) -> Result<(), Refusal> {
    match turn.world.members.contains(ends) {
        true => Ok(()),
        false => Err(Refusal::new(404, format!("User {} not found in group {}.", ends.1, ends.0))),
    }
}

pub(super) fn is_member(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let ends = ends(turn, parts)?;
    joined(turn, &ends).map(|()| Told::done())
}

pub(super) fn join(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let ends = ends(turn, parts)?;
    Arc::make_mut(&mut turn.world.members).insert(ends);
    Ok(Told::done())
}

pub(super) fn leave(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let ends = ends(turn, parts)?;
    joined(turn, &ends)?;
    Arc::make_mut(&mut turn.world.members).remove(&ends);
    Ok(Told::done())
}
