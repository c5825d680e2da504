//! Neutron's networks, and who else may use them. There is one network, as most installations have it: the one that leads out.

use serde_json::{Value, json};

use super::{
    NETWORK,
    refusal::Refusal,
    turn::{Answer, Told, Turn},
    world::text,
};

/// What a rule must say.
const MEMBERS: [&str; 4] = ["object_type", "object_id", "action", "target_tenant"];

fn missing(what: &str, kind: &'static str, id: &str) -> Refusal {
    Refusal::new(404, format!("{what} {id} could not be found.")).of(NETWORK).kind(kind)
}

/// Objects of a collection that fit what the query says of these members.
fn listed(turn: &Turn<'_>, collection: &str, items: &str, members: &[&str]) -> Told {
    let fits = |object: &&Value| {
        members.iter().all(|member| turn.asked(member).is_none_or(|wanted| text(object, member) == wanted))
    };
    turn.page(items, turn.world.all(collection).filter(fits).cloned().collect())
}

pub(super) fn list(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    Ok(listed(turn, "networks", "networks", &["name", "project_id", "tenant_id"]))
}

pub(super) fn get(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    let network = turn.world.get("networks", id).ok_or_else(|| missing("Network", "NetworkNotFound", id))?;
    Ok(Told::ok(json!({ "network": network })))
}

pub(super) fn shares(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    Ok(listed(turn, "rbac_policies", "rbac_policies", &MEMBERS))
}

pub(super) fn share(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    let rule = turn.world.get("rbac_policies", id).ok_or_else(|| missing("RBAC policy", "RbacPolicyNotFound", id))?;
    Ok(Told::ok(json!({ "rbac_policy": rule })))
}

pub(super) fn create(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    let sent = turn.body.get("rbac_policy").cloned().unwrap_or_default();
    if let Some(member) = MEMBERS.iter().find(|member| text(&sent, member).is_empty()) {
        let why = format!("Failed to parse request. Required attribute '{member}' not specified.");
        return Err(Refusal::bad(why).of(NETWORK));
    }
    if text(&sent, "object_type") != "network" {
        return Err(Refusal::unknown(NETWORK, "create_rbac_policy for anything but a network"));
    }
    let id = text(&sent, "object_id");
    let network = turn.world.get("networks", id).ok_or_else(|| missing("Network", "NetworkNotFound", id))?;
    let owner = text(network, "project_id").to_owned();
    let same = |rule: &Value| MEMBERS.iter().all(|member| text(rule, member) == text(&sent, member));
    if turn.world.all("rbac_policies").any(same) {
        let why = "Failed to create a duplicate RBAC policy.";
        return Err(Refusal::new(409, why).of(NETWORK).kind("NeutronDbObjectDuplicateEntry"));
    }
    let mut rule = json!({"project_id": owner, "tenant_id": owner});
    if let Some(members) = rule.as_object_mut() {
        members.extend(MEMBERS.iter().map(|member| ((*member).to_owned(), text(&sent, member).into())));
    }
    let id = turn.world.born("rbac_policies", rule);
    Ok(Told::new(201, json!({"rbac_policy": turn.world.get("rbac_policies", &id)})))
}

pub(super) fn delete(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    share(turn, parts)?;
    turn.world.remove("rbac_policies", parts.first().copied().unwrap_or_default());
    Ok(Told::done())
}
