//! Role assignments: made, looked for and taken back by their path, and listed all at once.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    refusal::Refusal,
    turn::{Answer, Told, Turn, noun},
    world::{Grant, text},
};

/// The assignment that a path is; everything that it names must be there.
fn grant(turn: &Turn<'_>, parts: &[&str], inherited: bool) -> Result<Grant, Refusal> {
    let [place, target, actors, actor, role] = parts else { return Err(Refusal::bad("this is no role assignment")) };
    if !matches!(*place, "projects" | "domains") || !matches!(*actors, "users" | "groups") {
        return Err(Refusal::no_such_path(turn.service, &parts.join("/")));
    }
    turn.found("roles", role)?;
    turn.found(place, target)?;
    turn.found(actors, actor)?;
    let [place, target, actors, actor, role] = [place, target, actors, actor, role].map(|part| (*part).to_owned());
    Ok(Grant { place, target, actors, actor, role, inherited })
}

fn missing(grant: &Grant) -> Refusal {
    let Grant { role, actor, target, .. } = grant;
    let what = format!("role: {role}, user or group: {actor}, project, domain, or system: {target}");
    Refusal::new(404, format!("Could not find role assignment with {what}."))
}

fn look(turn: &Turn<'_>, parts: &[&str], inherited: bool) -> Answer {
    let grant = grant(turn, parts, inherited)?;
    if turn.world.grants.contains(&grant) { Ok(Told::done()) } else { Err(missing(&grant)) }
}

fn give(turn: &mut Turn<'_>, parts: &[&str], inherited: bool) -> Answer {
    let grant = grant(turn, parts, inherited)?;
    Arc::make_mut(&mut turn.world.grants).insert(grant);
    Ok(Told::done())
}

fn take(turn: &mut Turn<'_>, parts: &[&str], inherited: bool) -> Answer {
    let grant = grant(turn, parts, inherited)?;
    if Arc::make_mut(&mut turn.world.grants).remove(&grant) { Ok(Told::done()) } else { Err(missing(&grant)) }
}

pub(super) fn check(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    look(turn, parts, false)
}

pub(super) fn check_inherited(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    look(turn, parts, true)
}

pub(super) fn create(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    give(turn, parts, false)
}

pub(super) fn create_inherited(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    give(turn, parts, true)
}

pub(super) fn revoke(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    take(turn, parts, false)
}

pub(super) fn revoke_inherited(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    take(turn, parts, true)
}

/// `GET /role_assignments`. What would have to be computed is refused, rather than answered as if it were nothing.
pub(super) fn list(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    for unknown in ["effective", "include_subtree", "scope.system"] {
        if turn.asked(unknown).is_some() {
            return Err(Refusal::unknown(turn.service, &format!("list_role_assignments?{unknown}")));
        }
    }
    let fits = |grant: &&Grant| {
        let ends = [
            ("role.id", "roles", grant.role.as_str(), "roles"),
            ("user.id", "users", &grant.actor, &grant.actors),
            ("group.id", "groups", &grant.actor, &grant.actors),
            ("scope.project.id", "projects", &grant.target, &grant.place),
            ("scope.domain.id", "domains", &grant.target, &grant.place),
        ];
        ends.iter().all(|(name, of, id, held)| turn.asked(name).is_none_or(|wanted| wanted == *id && of == held))
    };
    let names = turn.asked("include_names").is_some_and(|wanted| !matches!(wanted, "0" | "false" | "False"));
    let all = turn.world.grants.iter().filter(fits).map(|grant| shown(turn, grant, names)).collect();
    Ok(turn.page("role_assignments", all))
}

fn shown(turn: &Turn<'_>, grant: &Grant, names: bool) -> Value {
    let end = |collection: &str, id: &str| {
        let object = turn.world.get(collection, id).cloned().unwrap_or_default();
        let mut end = json!({"id": id});
        let Some(members) = end.as_object_mut().filter(|_| names) else { return end };
        members.insert("name".to_owned(), text(&object, "name").into());
        if let Some(domain) = turn.world.get("domains", text(&object, "domain_id")) {
            members.insert("domain".to_owned(), json!({"id": text(domain, "id"), "name": text(domain, "name")}));
        }
        end
    };
    let mut scope = match grant.place.as_str() {
        "system" => json!({"system": {"all": true}}),
        place => json!({noun(place): end(place, &grant.target)}),
    };
    if let Some(members) = scope.as_object_mut().filter(|_| grant.inherited) {
        members.insert("OS-INHERIT:inherited_to".to_owned(), "projects".into());
    }
    let Grant { place, target, actors, actor, role, inherited } = grant;
    let (begin, behind) = if *inherited { ("OS-INHERIT/", "/inherited_to_projects") } else { ("", "") };
    let own = format!("{}/identity/v3/{begin}{place}/{target}/{actors}/{actor}/roles/{role}{behind}", turn.base);
    json!({
        "role": end("roles", role), noun(actors): end(actors, actor), "scope": scope, "links": {"assignment": own},
    })
}
