//! Neutron's security groups. There is the one called `default` of each project alone, made when somebody first asks for the groups
//! of the project, with the four rules that everybody gets.

use serde_json::{Map, Value, json};

use super::{
    NETWORK,
    refusal::Refusal,
    turn::{Answer, Told, Turn},
    world::text,
};

const GROUPS: &str = "security_groups";
const RULES: &str = "security_group_rules";

/// Members of a rule that say what it is; a second rule that says the same is refused.
const SAYS: [&str; 8] = [
    "security_group_id",
    "direction",
    "ethertype",
    "protocol",
    "port_range_min",
    "port_range_max",
    "remote_group_id",
    "remote_ip_prefix",
];

/// What each such group is born with: out to everybody, in from the group itself.
fn born_with() -> Vec<Value> {
    let rule = |direction: &str, ethertype: &str| {
        let itself = if direction == "ingress" { json!("PARENT") } else { Value::Null };
        json!({
            "direction": direction, "ethertype": ethertype, "protocol": null, "port_range_min": null, "port_range_max": null,
            "remote_group_id": itself, "remote_address_group_id": null, "remote_ip_prefix": null,
        })
    };
    ["egress", "ingress"].into_iter().flat_map(|way| ["IPv4", "IPv6"].map(|family| rule(way, family))).collect()
}

/// Makes the group of a project, unless it is there.
fn ensure(turn: &mut Turn<'_>, project: &str) {
    if turn.world.all(GROUPS).any(|group| text(group, "project_id") == project) {
        return;
    }
    let group = json!({
        "name": "default", "description": "Default security group", "project_id": project, "tenant_id": project,
        "stateful": true, "shared": false, "tags": [], "revision_number": 1,
    });
    let id = turn.world.born(GROUPS, group);
    for mut rule in born_with() {
        if let Some(members) = rule.as_object_mut() {
            let itself = members.get("remote_group_id").is_some_and(|group| !group.is_null());
            members.insert("remote_group_id".to_owned(), if itself { id.as_str().into() } else { Value::Null });
            members.extend(owned(&id, project));
        }
        turn.world.born(RULES, rule);
    }
}

fn owned(group: &str, project: &str) -> Map<String, Value> {
    let member = |name: &str, value: &str| (name.to_owned(), value.into());
    [member("security_group_id", group), member("project_id", project), member("tenant_id", project)]
        .into_iter()
        .collect()
}

/// A group with its rules.
fn shown(turn: &Turn<'_>, group: &Value) -> Value {
    let own = |rule: &&Value| text(rule, "security_group_id") == text(group, "id");
    let rules: Vec<&Value> = turn.world.all(RULES).filter(own).collect();
    let mut shown = group.clone();
    if let Some(members) = shown.as_object_mut() {
        members.insert(RULES.to_owned(), json!(rules));
    }
    shown
}

pub(super) fn list(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    let project = turn.asked("project_id").or_else(|| turn.asked("tenant_id")).map(str::to_owned);
    if let Some(project) = project.as_deref().filter(|project| turn.world.get("projects", project).is_some()) {
        ensure(turn, project);
    }
    let fits = |group: &&Value| {
        project.as_deref().is_none_or(|project| text(group, "project_id") == project)
            && turn.asked("name").is_none_or(|name| text(group, "name") == name)
    };
    let found: Vec<Value> = turn.world.all(GROUPS).filter(fits).map(|group| shown(turn, group)).collect();
    Ok(turn.page(GROUPS, found))
}

fn group(turn: &Turn<'_>, id: &str) -> Result<Value, Refusal> {
    let missing = || {
        let why = format!("Security group {id} does not exist");
        Refusal::new(404, why).of(NETWORK).kind("SecurityGroupNotFound")
    };
    turn.world.get(GROUPS, id).cloned().ok_or_else(missing)
}

pub(super) fn get(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let group = group(turn, parts.first().copied().unwrap_or_default())?;
    Ok(Told::ok(json!({ "security_group": shown(turn, &group) })))
}

pub(super) fn defaults(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    let mut rules = born_with();
    for rule in &mut rules {
        if let Some(members) = rule.as_object_mut() {
            members.insert("used_in_default_sg".to_owned(), true.into());
        }
    }
    Ok(turn.page("default_security_group_rules", rules))
}

pub(super) fn create(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    let sent = turn.body.get("security_group_rule").cloned().unwrap_or_default();
    let group = group(turn, text(&sent, "security_group_id"))?;
    if !matches!(text(&sent, "direction"), "ingress" | "egress") {
        let why = "Failed to parse request. Required attribute 'direction' not specified.";
        return Err(Refusal::bad(why).of(NETWORK));
    }
    let protocol = text(&sent, "protocol");
    let ports = sent.get("port_range_min").is_some_and(Value::is_number);
    if ports && protocol.is_empty() {
        let why = "Must also specify protocol if port range is given.";
        return Err(Refusal::bad(why).of(NETWORK).kind("SecurityGroupProtocolRequiredWithPorts"));
    }
    let mut rule = json!({"ethertype": "IPv4", "remote_address_group_id": null});
    if let Some(members) = rule.as_object_mut() {
        for name in SAYS {
            if let Some(value) = sent.get(name) {
                members.insert(name.to_owned(), value.clone());
            }
            members.entry(name.to_owned()).or_insert(Value::Null);
        }
        members.extend(owned(text(&group, "id"), text(&group, "project_id")));
    }
    if let Some(same) = turn.world.all(RULES).find(|other| SAYS.iter().all(|name| other.get(name) == rule.get(name))) {
        let why = format!("Security group rule already exists. Rule id is {}.", text(same, "id"));
        return Err(Refusal::new(409, why).of(NETWORK).kind("SecurityGroupRuleExists"));
    }
    let id = turn.world.born(RULES, rule);
    Ok(Told::new(201, json!({"security_group_rule": turn.world.get(RULES, &id)})))
}

pub(super) fn delete(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    if turn.world.get(RULES, id).is_none() {
        let why = format!("Security group rule {id} does not exist");
        return Err(Refusal::new(404, why).of(NETWORK).kind("SecurityGroupRuleNotFound"));
    }
    turn.world.remove(RULES, id);
    Ok(Told::done())
}
