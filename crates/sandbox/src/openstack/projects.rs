//! Projects: a tree below each domain, in which nothing is ever moved, and no more than so many levels.

use serde_json::{Map, Value, json};

use super::{
    refusal::Refusal,
    turn::{Answer, Told, Turn, check, is_immutable, merge, name},
    world::text,
};

/// Levels of projects below a domain, as Keystone is installed.
const DEPTH: usize = 5;
/// Tags of one project.
const TAGS: usize = 80;

pub(super) fn list(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    turn.list("projects", &["name", "domain_id", "parent_id", "enabled"])
}

pub(super) fn get(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    turn.show(200, "projects", parts.first().copied().unwrap_or_default())
}

pub(super) fn create(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    let sent = turn.sent("project")?;
    check(&sent)?;
    let own = name(&sent, 64)?;
    check_tags(sent.get("tags"))?;
    let parent = sent.get("parent_id").and_then(Value::as_str).map(str::to_owned);
    let domain = match (&parent, sent.contains_key("domain_id")) {
        (Some(parent), false) => match turn.world.get("projects", parent) {
            Some(above) => text(above, "domain_id").to_owned(),
            None => turn.found("domains", parent).map(|_| parent.clone())?,
        },
        _ => turn.domain_of(&sent)?,
    };
    let parent = parent.unwrap_or_else(|| domain.clone());
    place(turn, &own, &parent, &domain)?;
    turn.unused("projects", &own, Some(&domain), "")?;
    let mut project = json!({"description": "", "enabled": true, "is_domain": false, "tags": [], "options": {}});
    let steady = [("domain_id", domain), ("parent_id", parent)];
    merge(&mut project, sent);
    merge(&mut project, steady.map(|(member, value)| (member.to_owned(), Value::from(value))).into_iter().collect());
    let id = turn.world.born("projects", project);
    turn.show(201, "projects", &id)
}

/// Whether something may be made there.
fn place(turn: &Turn<'_>, own: &str, parent: &str, domain: &str) -> Result<(), Refusal> {
    if parent == domain {
        return Ok(());
    }
    let above = turn.found("projects", parent)?;
    if text(&above, "domain_id") != domain {
        return Err(Refusal::bad(format!("the parent project {parent} is not in the domain {domain}.")));
    }
    let levels = turn.world.above(parent).len();
    if levels >= DEPTH {
        return Err(Refusal::never(&format!("Max hierarchy depth reached for {own} branch.")));
    }
    let branch = std::iter::once(parent).chain(turn.world.above(parent));
    let off = branch.filter_map(|id| turn.world.get("projects", id)).find(|one| !is_on(one));
    match off {
        Some(off) => {
            let why =
                format!("cannot create a project in a branch containing a disabled project: {}.", text(off, "id"));
            Err(Refusal::never(&why))
        }
        None => Ok(()),
    }
}

pub(super) fn update(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    let mut project = turn.found("projects", id)?;
    let sent = turn.sent("project")?;
    check(&sent)?;
    check_tags(sent.get("tags"))?;
    steady(&project, &sent)?;
    if is_immutable(&project) && sent.keys().any(|member| member != "options") {
        return Err(Refusal::immutable("project", id, "update"));
    }
    if sent.contains_key("name") {
        turn.unused("projects", &name(&sent, 64)?, Some(text(&project, "domain_id")), id)?;
    }
    switch(turn, &project, sent.get("enabled").and_then(Value::as_bool))?;
    merge(&mut project, sent);
    turn.world.put("projects", project);
    turn.show(200, "projects", id)
}

/// What no project ever changes.
fn steady(project: &Value, sent: &Map<String, Value>) -> Result<(), Refusal> {
    for member in ["parent_id", "domain_id", "is_domain"] {
        if sent.get(member).is_some_and(|value| Some(value) != project.get(member)) {
            return Err(Refusal::never(&format!("Update of `{member}` is not allowed.")));
        }
    }
    Ok(())
}

/// A branch is switched off from below, and on from above.
fn switch(turn: &Turn<'_>, project: &Value, enabled: Option<bool>) -> Result<(), Refusal> {
    let id = text(project, "id");
    if enabled == Some(false) {
        let below = turn.world.all("projects").filter(|one| turn.world.above(text(one, "id")).contains(&id));
        if below.into_iter().any(is_on) {
            return Err(Refusal::never(&format!(
                "Cannot disable project {id} since its subtree contains enabled projects."
            )));
        }
    }
    if enabled == Some(true) && !is_on(project) {
        let above = turn.world.above(id);
        if above.iter().filter_map(|id| turn.world.get("projects", id)).any(|one| !is_on(one)) {
            return Err(Refusal::never(&format!("Cannot enable project {id} since it has disabled parents.")));
        }
    }
    Ok(())
}

fn is_on(project: &Value) -> bool {
    project.get("enabled") != Some(&Value::Bool(false))
}

pub(super) fn delete(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    let project = turn.found("projects", id)?;
    if is_immutable(&project) {
        return Err(Refusal::immutable("project", id, "delete"));
    }
    if !turn.world.ids_where("projects", "parent_id", id).is_empty() {
        return Err(Refusal::never(&format!(
            "Cannot delete the project {id} since it is not a leaf in the hierarchy."
        )));
    }
    turn.world.forget("projects", id);
    Ok(Told::done())
}

/// `PUT /projects/*/tags`: all of them at once.
pub(super) fn tags(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let id = parts.first().copied().unwrap_or_default();
    let mut project = turn.found("projects", id)?;
    if is_immutable(&project) {
        return Err(Refusal::immutable("project", id, "update"));
    }
    let tags = turn.body.get("tags").cloned().ok_or_else(|| Refusal::bad("'tags' is a required property."))?;
    check_tags(Some(&tags))?;
    merge(&mut project, Map::from_iter([("tags".to_owned(), tags.clone())]));
    turn.world.put("projects", project);
    Ok(Told::ok(json!({"tags": tags, "links": {"self": format!("{}/identity/v3/projects/{id}/tags", turn.base)}})))
}

fn check_tags(tags: Option<&Value>) -> Result<(), Refusal> {
    let Some(tags) = tags else { return Ok(()) };
    let wrong = |why: &str| Refusal::bad(format!("Invalid input for field 'tags': {why}."));
    let tags = tags.as_array().ok_or_else(|| wrong("it is no list"))?;
    if tags.len() > TAGS {
        return Err(wrong("it is too long"));
    }
    for (place, tag) in tags.iter().enumerate() {
        let text = tag.as_str().ok_or_else(|| wrong("a tag is no text"))?;
        if text.is_empty() || text.chars().count() > 255 || text.contains(['/', ',']) {
            return Err(wrong(&format!("'{text}' does not match '^[^,/]*$', or is too long or short")));
        }
        if tags.iter().take(place).any(|other| other == tag) {
            return Err(wrong("it has non-unique elements"));
        }
    }
    Ok(())
}
