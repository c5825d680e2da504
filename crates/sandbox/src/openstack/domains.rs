//! Domains. One that is on cannot be deleted, and one that is deleted takes all that is in it along.

use serde_json::{Value, json};

use super::{
    refusal::Refusal,
    turn::{Answer, Told, Turn, check, is_immutable, merge, name},
};

pub(super) fn list(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    turn.list("domains", &["name", "enabled"])
}

pub(super) fn get(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    turn.show(200, "domains", parts.first().copied().unwrap_or_default())
}

pub(super) fn create(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    let sent = turn.sent("domain")?;
    check(&sent)?;
    turn.unused("domains", &name(&sent, 64)?, None, "")?;
    let mut domain = json!({"description": "", "enabled": true, "tags": [], "options": {}});
    merge(&mut domain, sent);
    let id = turn.world.born("domains", domain);
    turn.show(201, "domains", &id)
}

pub(super) fn update(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    let mut domain = turn.found("domains", id)?;
    let sent = turn.sent("domain")?;
    check(&sent)?;
    if is_immutable(&domain) && sent.keys().any(|member| member != "options") {
        return Err(Refusal::immutable("domain", id, "update"));
    }
    if sent.contains_key("name") {
        turn.unused("domains", &name(&sent, 64)?, None, id)?;
    }
    merge(&mut domain, sent);
    turn.world.put("domains", domain);
    turn.show(200, "domains", id)
}

pub(super) fn delete(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    let domain = turn.found("domains", id)?;
    if is_immutable(&domain) {
        return Err(Refusal::immutable("domain", id, "delete"));
    }
    if domain.get("enabled") != Some(&Value::Bool(false)) {
        return Err(Refusal::never("Cannot delete a domain that is enabled, please disable it first."));
    }
    for collection in ["projects", "users", "groups", "roles"] {
        for inside in turn.world.ids_where(collection, "domain_id", id) {
            turn.world.forget(collection, &inside);
        }
    }
    turn.world.forget("domains", id);
    Ok(Told::done())
}
