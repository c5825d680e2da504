//! Roles, and which of them imply others.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{
    refusal::Refusal,
    turn::{Answer, Told, Turn, check, is_immutable, merge, name},
    world::{ADMIN, text},
};

pub(super) fn list(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    turn.list("roles", &["name", "domain_id"])
}

pub(super) fn get(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    turn.show(200, "roles", parts.first().copied().unwrap_or_default())
}

pub(super) fn create(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    let sent = turn.sent("role")?;
    check(&sent)?;
    turn.unused("roles", &name(&sent, 255)?, None, "")?;
    let mut role = json!({"domain_id": null, "description": null, "options": {}});
    merge(&mut role, sent);
    let id = turn.world.born("roles", role);
    turn.show(201, "roles", &id)
}

pub(super) fn update(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    let mut role = turn.found("roles", id)?;
    let sent = turn.sent("role")?;
    check(&sent)?;
    if is_immutable(&role) && sent.keys().any(|member| member != "options") {
        return Err(Refusal::immutable("role", id, "update"));
    }
    if sent.contains_key("name") {
        turn.unused("roles", &name(&sent, 255)?, None, id)?;
    }
    merge(&mut role, sent);
    turn.world.put("roles", role);
    turn.show(200, "roles", id)
}

pub(super) fn delete(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    if is_immutable(&turn.found("roles", id)?) {
        return Err(Refusal::immutable("role", id, "delete"));
    }
    turn.world.forget("roles", id);
    Ok(Told::done())
}

/// A role as a rule names it.
fn named(turn: &Turn<'_>, id: &str) -> Value {
    let role = turn.world.get("roles", id).cloned().unwrap_or_default();
    let links = json!({"self": format!("{}/identity/v3/roles/{id}", turn.base)});
    json!({"id": id, "name": text(&role, "name"), "links": links})
}

/// `GET /role_inferences`: all rules, by the role that implies.
pub(super) fn inferences(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    let mut rules: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (prior, other) in turn.world.implied.iter() {
        rules.entry(prior).or_default().push(named(turn, other));
    }
    let rules: Vec<Value> = rules
        .into_iter()
        .map(|(prior, implies)| json!({"prior_role": named(turn, prior), "implies": implies}))
        .collect();
    let own = format!("{}/identity/v3/role_inferences", turn.base);
    Ok(Told::ok(json!({"role_inferences": rules, "links": {"self": own}})))
}

/// Both ends of a rule, which must be there.
fn ends(turn: &Turn<'_>, parts: &[&str]) -> Result<(String, String), Refusal> {
    let [prior, other] = parts else { return Err(Refusal::bad("a rule has two roles")) };
    turn.found("roles", prior)?;
    turn.found("roles", other)?;
    Ok(((*prior).to_owned(), (*other).to_owned()))
}

/// Keystone takes circles without a word; the administrators' role alone is never implied.
pub(super) fn imply(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let (prior, other) = ends(turn, parts)?;
    if turn.world.named("roles", ADMIN, None) == Some(&other) {
        return Err(Refusal::new(403, format!("Unable to assign the role {other} as an implied role.")));
    }
    let rule = json!({"role_inference": {"prior_role": named(turn, &prior), "implies": named(turn, &other)}});
    Arc::make_mut(&mut turn.world.implied).insert((prior, other));
    Ok(Told::new(201, rule))
}

pub(super) fn unimply(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let ends = ends(turn, parts)?;
    if !Arc::make_mut(&mut turn.world.implied).remove(&ends) {
        return Err(Refusal::new(404, format!("{} does not imply {}.", ends.0, ends.1)));
    }
    Ok(Told::done())
}
