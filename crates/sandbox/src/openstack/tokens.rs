//! Who is asking: tokens by password, application credential or another token, what they are good for, and the catalog.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    refusal::Refusal,
    route::SERVICES,
    turn::{Answer, Told, Turn},
    world::{ADMIN, Token, World, text},
};
use crate::cloud::Access;

/// How long a token lasts unless a scenario says less: Keystone's own default.
const LIFE: Duration = Duration::from_secs(3600);

/// Place and target that a token is good for.
type Scope = Option<(String, String)>;

/// `POST /auth/tokens`.
pub(super) fn authenticate(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    let auth = turn.body.get("auth").cloned().unwrap_or_default();
    let (user, given, methods, until) = prove(turn, &auth)?;
    let scope = match auth.get("scope") {
        Some(_) if given.is_some() && methods == ["application_credential"] => {
            return Err(Refusal::unauthenticated());
        }
        Some(wanted) => Some(scope(turn.world, wanted)?),
        None => given,
    };
    let issued = turn.now;
    let life = SignedDuration::try_from(turn.tuning.session_max.unwrap_or(LIFE).min(LIFE)).unwrap_or_default();
    let expires = issued.checked_add(life).unwrap_or(Timestamp::MAX);
    // A token that was got by another one ends with it.
    let expires = until.map_or(expires, |until| until.min(expires));
    let token = Token { user, scope, issued, expires };
    if !is_good(turn.world, &token, turn.now) {
        return Err(Refusal::unauthenticated());
    }
    let shown = shown(turn, &token, &methods);
    let id = format!(
        "gAAAAAB{}",
        turn.world.ids.text(90, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    );
    let kept = Arc::make_mut(&mut turn.world.tokens);
    // Nobody asks for those again.
    kept.retain(|_, token| token.expires > issued);
    kept.insert(id.clone(), token);
    Ok(Told::new(201, json!({"token": shown})).with_token(id))
}

/// Who somebody is by what they know: the user, what the proof is good for by itself, and until when.
fn prove(turn: &Turn<'_>, auth: &Value) -> Result<(String, Scope, Vec<String>, Option<Timestamp>), Refusal> {
    let wrong = Refusal::unauthenticated;
    let identity = auth.get("identity").ok_or_else(|| Refusal::bad("'identity' is a required property."))?;
    let methods: Vec<String> = identity
        .get("methods")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let part = |name: &str| identity.get(name).cloned().unwrap_or_default();
    match methods.first().map(String::as_str) {
        Some("password") => {
            let proof = part("password");
            let given = proof.get("user").ok_or_else(wrong)?;
            let user = find(turn.world, "users", given).ok_or_else(wrong)?;
            let known = turn.world.passwords.get(&user).ok_or_else(wrong)?;
            (text(given, "password") == known.text).then_some((user, None, methods, None)).ok_or_else(wrong)
        }
        Some("application_credential") => {
            let proof = part("application_credential");
            let credential = match text(&proof, "id") {
                "" => {
                    let user =
                        find(turn.world, "users", proof.get("user").unwrap_or(&Value::Null)).ok_or_else(wrong)?;
                    let mut all = turn.world.all("application_credentials");
                    all.find(|one| text(one, "user_id") == user && text(one, "name") == text(&proof, "name"))
                }
                id => turn.world.get("application_credentials", id),
            };
            let credential = credential.ok_or_else(wrong)?;
            let known = turn.world.passwords.get(text(credential, "id")).ok_or_else(wrong)?;
            let scope = ("projects".to_owned(), text(credential, "project_id").to_owned());
            let user = text(credential, "user_id").to_owned();
            (text(&proof, "secret") == known.text).then_some((user, Some(scope), methods, None)).ok_or_else(wrong)
        }
        Some("token") => {
            let token = turn.world.tokens.get(text(&part("token"), "id"));
            let token = token.filter(|token| is_good(turn.world, token, turn.now));
            let token = token.ok_or_else(|| Refusal::not_found("token", "it is unknown, or has expired"))?;
            Ok((token.user.clone(), token.scope.clone(), methods, Some(token.expires)))
        }
        _ => Err(wrong()),
    }
}

/// Something by its id, or by its name within a domain.
fn find(world: &World, collection: &str, named: &Value) -> Option<String> {
    let id = text(named, "id");
    if !id.is_empty() {
        return world.get(collection, id).map(|_| id.to_owned());
    }
    let domain = match (collection, named.get("domain")) {
        ("domains", _) => None,
        (_, Some(domain)) => Some(find(world, "domains", domain)?),
        (_, None) => return None,
    };
    world.named(collection, text(named, "name"), domain.as_deref()).map(str::to_owned)
}

fn scope(world: &World, wanted: &Value) -> Result<(String, String), Refusal> {
    for (noun, collection) in [("project", "projects"), ("domain", "domains")] {
        if let Some(named) = wanted.get(noun) {
            let id = find(world, collection, named).ok_or_else(Refusal::unauthenticated)?;
            return Ok((collection.to_owned(), id));
        }
    }
    match wanted.pointer("/system/all") {
        Some(Value::Bool(true)) => Ok(("system".to_owned(), "all".to_owned())),
        _ => Err(Refusal::bad("Invalid input for field 'scope': it names no project, domain or system.")),
    }
}

/// Whether a token is good now: whatever has happened since it was given out.
fn is_good(world: &World, token: &Token, now: Timestamp) -> bool {
    let since = world.passwords.get(&token.user).and_then(|password| password.since);
    let place_is_on = match &token.scope {
        Some((place, target)) if place != "system" => world.is_on(place, target),
        _ => true,
    };
    let has_role = |(place, target): &(String, String)| !world.roles_of(&token.user, place, target).is_empty();
    now < token.expires
        && since.is_none_or(|since| since <= token.issued)
        && world.is_on("users", &token.user)
        && place_is_on
        && token.scope.as_ref().is_none_or(has_role)
}

/// Lets a caller in, or not. Administrators may do everything, and readers of the system look at everything; the finer
/// rules of the services' policies are not simulated.
pub(super) fn admit(
    turn: &Turn<'_>,
    service: &'static str,
    operation: &str,
    access: Access,
    given: &str,
) -> Result<(), Refusal> {
    let token = turn.world.tokens.get(given).filter(|token| is_good(turn.world, token, turn.now));
    let token = token.ok_or_else(Refusal::unauthenticated)?;
    if operation == "get_auth_catalog" {
        return Ok(());
    }
    let denied = || Refusal::denied(service, operation);
    let (place, target) = token.scope.as_ref().ok_or_else(denied)?;
    let roles = turn.world.roles_of(&token.user, place, target);
    let has = |name: &str| turn.world.named("roles", name, None).is_some_and(|role| roles.contains(role));
    match has(ADMIN) || (access == Access::Read && place == "system" && has("reader")) {
        true => Ok(()),
        false => Err(denied()),
    }
}

/// What is told of a token.
fn shown(turn: &Turn<'_>, token: &Token, methods: &[String]) -> Value {
    let named = |collection: &str, id: &str| {
        let object = turn.world.get(collection, id).cloned().unwrap_or_default();
        let mut shown = json!({"id": id, "name": text(&object, "name")});
        if let (Some(members), Some(domain)) =
            (shown.as_object_mut(), turn.world.get("domains", text(&object, "domain_id")))
        {
            members.insert("domain".to_owned(), json!({"id": text(domain, "id"), "name": text(domain, "name")}));
        }
        shown
    };
    let mut user = named("users", &token.user);
    if let Some(members) = user.as_object_mut() {
        members.insert("password_expires_at".to_owned(), Value::Null);
    }
    let mut shown = json!({
        "methods": methods, "user": user, "audit_ids": [], "issued_at": moment(token.issued), "expires_at": moment(token.expires),
    });
    let (Some(members), Some((place, target))) = (shown.as_object_mut(), &token.scope) else { return shown };
    match place.as_str() {
        "projects" => drop(members.insert("project".to_owned(), named(place, target))),
        "domains" => drop(members.insert("domain".to_owned(), named(place, target))),
        _ => drop(members.insert("system".to_owned(), json!({"all": true}))),
    }
    let roles = turn.world.roles_of(&token.user, place, target);
    let roles: Vec<Value> = roles.iter().map(|role| named("roles", role)).collect();
    members.insert("is_domain".to_owned(), false.into());
    members.insert("roles".to_owned(), roles.into());
    members.insert("catalog".to_owned(), endpoints(turn));
    shown
}

/// `GET /auth/catalog`.
pub(super) fn catalog(turn: &mut Turn<'_>, _: &[&str]) -> Answer {
    Ok(Told::ok(
        json!({"catalog": endpoints(turn), "links": {"self": format!("{}/identity/v3/auth/catalog", turn.base)}}),
    ))
}

/// All services, where the caller has found us.
fn endpoints(turn: &Turn<'_>) -> Value {
    let all = turn.world.all("services").filter_map(|service| {
        let kind = text(service, "type");
        let (prefix, version, _) = SERVICES.iter().find(|(.., known)| *known == kind)?;
        let url = match *prefix {
            // Keystone and Neutron are listed without a version, as most installations do.
            "identity" | "network" => format!("{}/{prefix}", turn.base),
            _ => format!("{}/{prefix}/{version}", turn.base),
        };
        let endpoint = |interface: &str| {
            json!({
                "id": format!("{}-{interface}", text(service, "id")), "interface": interface, "region": "RegionOne",
                "region_id": "RegionOne", "url": url,
            })
        };
        let endpoints = ["public", "internal", "admin"].map(endpoint);
        Some(json!({"id": text(service, "id"), "type": kind, "name": text(service, "name"), "endpoints": endpoints}))
    });
    all.collect::<Vec<_>>().into()
}

/// `POST /users/*/application_credentials`: for the project that the caller is in.
pub(super) fn create_credential(turn: &mut Turn<'_>, parts: &[&str]) -> Answer {
    let [user] = parts else { return Err(Refusal::bad("no user is named")) };
    turn.found("users", user)?;
    let sent = turn.sent("application_credential")?;
    let name = super::turn::name(&sent, 255)?;
    let project = sent.get("project_id").and_then(Value::as_str).map(str::to_owned);
    let grants = turn.world.grants.iter();
    let own =
        grants.filter(|grant| grant.actor == *user && grant.place == "projects").map(|grant| grant.target.clone());
    let project =
        project.or_else(|| own.clone().next()).ok_or_else(|| Refusal::bad("the user has no role in a project"))?;
    let secret = match sent.get("secret").and_then(Value::as_str) {
        Some(secret) => secret.to_owned(),
        None => turn.world.ids.text(86, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
    };
    let unrestricted = sent.get("unrestricted").and_then(Value::as_bool).unwrap_or(false);
    let mut credential = json!({
        "name": name, "user_id": user, "project_id": project, "description": sent.get("description"), "expires_at": null,
        "unrestricted": unrestricted,
    });
    let id = turn.world.born("application_credentials", credential.clone());
    turn.world.set_password(&id, &secret, None);
    if let Some(members) = credential.as_object_mut() {
        members.insert("id".to_owned(), id.into());
        members.insert("secret".to_owned(), secret.into());
    }
    Ok(Told::new(201, json!({"application_credential": credential})))
}

/// As Keystone writes a time.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
