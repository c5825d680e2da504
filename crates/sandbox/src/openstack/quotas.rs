//! What Nova, Cinder and Neutron let a project use. There are no servers and volumes: their lists are empty.

use serde_json::{Map, Value, json};

use super::{
    BLOCK_STORAGE, COMPUTE, NETWORK,
    refusal::Refusal,
    turn::{Answer, Told, Turn},
};

/// Ceilings that a service gives everybody.
const NOVA: &[(&str, i64)] = &[
    ("cores", 20),
    ("instances", 10),
    ("key_pairs", 100),
    ("metadata_items", 128),
    ("ram", 51_200),
    ("server_group_members", 10),
    ("server_groups", 10),
];
const CINDER: &[(&str, i64)] = &[
    ("backup_gigabytes", 1000),
    ("backups", 10),
    ("gigabytes", 1000),
    ("groups", 10),
    ("per_volume_gigabytes", -1),
    ("snapshots", 10),
    ("volumes", 10),
];
const NEUTRON: &[(&str, i64)] = &[
    ("floatingip", 50),
    ("network", 100),
    ("port", 500),
    ("rbac_policy", 10),
    ("router", 10),
    ("security_group", 10),
    ("security_group_rule", 100),
    ("subnet", 100),
    ("subnetpool", -1),
];

/// The greatest number that a quota takes.
const MOST: i64 = 0x7fff_ffff;

fn defaults(service: &str) -> &'static [(&'static str, i64)] {
    match service {
        COMPUTE => NOVA,
        NETWORK => NEUTRON,
        _ => CINDER,
    }
}

fn member(service: &str) -> &'static str {
    if service == NETWORK { "quota" } else { "quota_set" }
}

/// Nova and Cinder ask Keystone whether there is such a project; Neutron takes any.
fn project(turn: &Turn<'_>, id: &str) -> Result<(), Refusal> {
    let unknown = |status| Refusal::new(status, format!("Project ID {id} is not a valid project.")).of(turn.service);
    match turn.world.get("projects", id) {
        None if turn.service == COMPUTE => Err(unknown(400)),
        None if turn.service == BLOCK_STORAGE => Err(unknown(404)),
        _ => Ok(()),
    }
}

fn held(turn: &Turn<'_>, id: &str) -> Map<String, Value> {
    let written = turn.world.quotas.get(turn.service).and_then(|of| of.get(id));
    let each = defaults(turn.service).iter().map(|(name, amount)| {
        let held = written.and_then(|written| written.get(*name)).cloned();
        ((*name).to_owned(), held.unwrap_or_else(|| (*amount).into()))
    });
    each.collect()
}

pub(super) fn get(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    project(turn, id)?;
    let mut quota = held(turn, id);
    if turn.service != NETWORK {
        quota.insert("id".to_owned(), id.into());
    }
    Ok(Told::ok(json!({member(turn.service): quota})))
}

pub(super) fn update(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    project(turn, id)?;
    let service = turn.service;
    let wrong = |why: String| Refusal::bad(why).of(service);
    let sent = turn.body.get(member(service)).and_then(Value::as_object).cloned();
    let mut sent = sent.ok_or_else(|| wrong(format!("'{}' is a required property.", member(service))))?;
    sent.remove("force");
    for (name, amount) in &sent {
        if !defaults(service).iter().any(|(known, _)| known == name) {
            return Err(wrong(format!("Additional properties are not allowed ('{name}' was unexpected).")));
        }
        if !amount.as_i64().is_some_and(|amount| (-1..=MOST).contains(&amount)) {
            return Err(wrong(format!("Invalid input for field/attribute {name}: {amount} is no number from -1 on.")));
        }
    }
    turn.world.quotas.entry(service.to_owned()).or_default().entry(id.to_owned()).or_default().extend(sent);
    Ok(Told::ok(json!({member(service): held(turn, id)})))
}

/// Back to what everybody has.
pub(super) fn delete(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    project(turn, id)?;
    let gone = turn.world.quotas.get_mut(turn.service).and_then(|of| of.remove(id));
    match turn.service {
        NETWORK if gone.is_none() => {
            let why = format!("Quota for tenant {id} could not be found.");
            Err(Refusal::new(404, why).of(NETWORK).kind("TenantQuotaNotFound"))
        }
        NETWORK => Ok(Told::done()),
        COMPUTE => Ok(Told::new(202, Value::Null)),
        _ => Ok(Told::new(200, Value::Null)),
    }
}

/// The list of what a project holds in a service.
pub(super) fn nothing(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    let items = if turn.service == COMPUTE { "servers" } else { "volumes" };
    Ok(turn.page(items, Vec::new()))
}
