//! People, teams and roles: what Identity Center knows.

use std::collections::BTreeSet;

use polity_model::{Map, Value, document::Document, units::Seconds};

use super::{
    cast::{Cast, text},
    document, push_list, push_text,
};

/// One document for each user.
pub(super) fn people(cast: &Cast<'_>) -> Vec<Document> {
    let documents = cast.taken("user").into_iter().map(|(name, user)| {
        let value = |attribute: &str| text(user, attribute).unwrap_or_default();
        let mut person = document("people.yaml", "person", name);
        push_text(&mut person, "given_name", text(user, "given_name"));
        push_text(&mut person, "family_name", text(user, "family_name"));
        push_text(&mut person, "email", text(user, "email"));
        if !value("user_name").eq_ignore_ascii_case(value("email")) {
            push_text(&mut person, "user_name", text(user, "user_name"));
        }
        if value("display_name") != format!("{} {}", value("given_name"), value("family_name")) {
            push_text(&mut person, "display_name", text(user, "display_name"));
        }
        push_text(&mut person, "id", Some(&user.id));
        person
    });
    documents.collect()
}

/// One document for each group, with its people.
pub(super) fn teams(cast: &Cast<'_>) -> Vec<Document> {
    let documents = cast.taken("group").into_iter().map(|(name, group)| {
        let people: BTreeSet<&str> = cast
            .all("group-membership")
            .filter(|membership| text(membership, "group") == Some(&group.id))
            .filter_map(|membership| cast.name_of("user", text(membership, "member")?))
            .collect();
        let mut team = document("teams.yaml", "team", name);
        push_text(&mut team, "title", Some(group.name.as_str()).filter(|title| *title != name));
        push_text(&mut team, "description", text(group, "description"));
        push_list(&mut team, "people", people.into_iter().map(Value::text).collect());
        push_text(&mut team, "id", Some(&group.id));
        team
    });
    documents.collect()
}

/// One document for each permission set.
pub(super) fn roles(cast: &Cast<'_>) -> Vec<Document> {
    let documents = cast.taken("permission-set").into_iter().map(|(name, set)| {
        let mut role = document("roles.yaml", "role", name);
        push_text(&mut role, "title", Some(set.name.as_str()).filter(|title| *title != name));
        push_text(&mut role, "description", text(set, "description"));
        let managed = set.attributes.get("managed_policies").and_then(Value::as_list).unwrap_or_default();
        let is_admin =
            |policy: &Value| policy.as_text().is_some_and(|arn| arn.ends_with(":policy/AdministratorAccess"));
        if managed.iter().any(is_admin) {
            role.fields.push(("admin".to_owned(), true.into()));
        }
        push_text(&mut role, "id", Some(&set.id));
        let mut section = Map::new();
        for name in ["managed_policies", "customer_managed_policies"] {
            let policies = set.attributes.get(name).filter(|list| list.as_list().is_some_and(|list| !list.is_empty()));
            section.extend(policies.map(|policies| (name.to_owned(), policies.clone())));
        }
        for name in ["inline_policy", "boundary", "relay_state"] {
            let value = set.attributes.get(name).filter(|value| **value != Value::Null && **value != Value::text(""));
            section.extend(value.map(|value| (name.to_owned(), value.clone())));
        }
        let seconds = set.attributes.get("session_seconds").and_then(Value::as_int).unwrap_or(3600);
        section.insert("session".to_owned(), Value::Text(Seconds(seconds).to_string()));
        role.fields.push(("aws".to_owned(), Value::Map(section)));
        role
    });
    documents.collect()
}
