//! Unified limits: what is registered, and what single projects have in its place.

use serde_json::{Value, json};

use super::{
    refusal::Refusal,
    turn::{Answer, Told, Turn},
    world::text,
};

pub(super) fn services(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    turn.list("services", &["name", "type"])
}

pub(super) fn registered(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    turn.list("registered_limits", &["service_id", "region_id", "resource_name"])
}

pub(super) fn list(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    turn.list("limits", &["service_id", "region_id", "resource_name", "project_id", "domain_id"])
}

pub(super) fn get(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    turn.show(200, "limits", parts.first().copied().unwrap_or_default())
}

/// `POST /limits`: several at once, all or none.
pub(super) fn create(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    let sent = turn.body.get("limits").and_then(Value::as_array).cloned();
    let sent = sent.ok_or_else(|| Refusal::bad("'limits' is a required property."))?;
    for limit in &sent {
        amount(limit)?;
        turn.found("projects", text(limit, "project_id"))?;
        let same = |other: &&Value| {
            ["service_id", "resource_name"].iter().all(|member| text(other, member) == text(limit, member))
                && text(other, "region_id") == text(limit, "region_id")
        };
        if turn.world.all("registered_limits").find(same).is_none() {
            return Err(Refusal::bad("Unable to create a limit that has no corresponding registered limit."));
        }
        let twin = |other: &Value| same(&other) && text(other, "project_id") == text(limit, "project_id");
        if turn.world.all("limits").any(twin) {
            return Err(Refusal::duplicate("limit", "there is one for this project and resource already"));
        }
    }
    let mut made = Vec::new();
    for limit in sent {
        let object = json!({
            "project_id": text(&limit, "project_id"), "domain_id": null, "service_id": text(&limit, "service_id"),
            "region_id": limit.get("region_id"), "resource_name": text(&limit, "resource_name"),
            "resource_limit": amount(&limit)?, "description": limit.get("description"),
        });
        let id = turn.world.born("limits", object);
        made.extend(turn.world.get("limits", &id).cloned());
    }
    Ok(Told::new(201, json!({"limits": made})))
}

pub(super) fn update(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    let mut limit = turn.found("limits", id)?;
    let sent = Value::Object(turn.sent("limit")?);
    if let (Some(members), Some(_)) = (limit.as_object_mut(), sent.get("resource_limit")) {
        members.insert("resource_limit".to_owned(), amount(&sent)?.into());
    }
    turn.world.put("limits", limit);
    turn.show(200, "limits", id)
}

pub(super) fn delete(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    turn.found("limits", id)?;
    turn.world.remove("limits", id);
    Ok(Told::done())
}

fn amount(limit: &Value) -> Result<i64, Refusal> {
    let amount = limit.get("resource_limit").and_then(Value::as_i64).filter(|amount| *amount >= -1);
    amount.ok_or_else(|| Refusal::bad("Invalid input for field 'resource_limit': it is no number from -1 on."))
}
