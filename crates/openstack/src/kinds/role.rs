//! Roles: names, to which the services' own policies give their meaning, and which other roles they carry with them.
//!
//! A role of the manifest is one native role. Those that Keystone is born with are used as they are and never written.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use polity_model::{
    Address, Value,
    organization::{Organization, Platform, Role as Written},
    resource::{Desired, Key, MARK_ATTRIBUTE, Observed, Scope},
    schema::{Attribute, Compare, Effect, Nature, Ownership, Schema},
    shape::{Field, Shape},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Map as Members, Value as Json, json};

use super::{
    TYPE, marks,
    support::{attributes, expected, former, gone, observed, own, path, platform, spare_own, text},
};
use crate::{
    client::{Caller as _, get, list},
    operations::identity::{
        CREATE_IMPLIED_ROLE, CREATE_ROLE, DELETE_IMPLIED_ROLE, DELETE_ROLE, GET_ROLE, LIST_ROLE_INFERENCES, LIST_ROLES,
        UPDATE_ROLE,
    },
    scopes::DOMAIN,
};

/// Name of the kind.
pub(crate) const KIND: &str = "role";

/// Roles that every Keystone is born with.
const BORN: [&str; 5] = ["admin", "manager", "member", "reader", "service"];

/// Ids of the roles that a role carries with it, by its own id.
type Implied = BTreeMap<String, BTreeSet<String>>;

/// The kind.
pub(crate) struct Role {
    schema: Schema,
}

impl Role {
    pub(crate) fn new() -> Self {
        let schema = Schema {
            kind: KIND,
            title: "role",
            level: DOMAIN,
            nature: Nature::Definition,
            ownership: Ownership::Tag,
            effect: Effect::Defines,
            attributes: vec![
                Attribute::new("name", "native name, unique in this Keystone"),
                Attribute::new("description", "one sentence"),
                Attribute::new("implies", "roles that whoever has this one has too").compare(Compare::Set),
            ],
            lane: None,
            irreversible: false,
        };
        Self { schema }
    }
}

/// Fields of the section of this platform type in a `role`.
pub(crate) fn fields() -> Vec<Field> {
    let role = Shape::Reference(&["role"]);
    vec![
        Field::new("role", Shape::Text, "native role; the role's `title` or name unless written"),
        Field::new("implies", Shape::Set(Box::new(role)), "roles that whoever has this one has too"),
    ]
}

/// Address of a role.
pub(crate) fn address(platform: &str, role: &str) -> Address {
    Address::new(platform, KIND, role)
}

fn want(organization: &Organization, platform: &Platform, scope: &Scope, role: &Written) -> Option<Desired> {
    let section = &role.native.get(TYPE)?.value;
    let written = section.get("role").and_then(Value::as_text);
    let name = written.or(role.title.as_deref()).unwrap_or(&role.name);
    let mut desired = Desired::new(address(&platform.name, &role.name), &scope.name, &role.origin);
    let implies = section.get("implies").and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_text);
    let implies: Vec<Value> = implies.map(|name| Value::id_of(address(&platform.name, name))).collect();
    desired.attributes = attributes([("name", name.into())]);
    // What Keystone is born with carries what it carries, and is described as it is.
    if !BORN.contains(&name) || !implies.is_empty() {
        desired.attributes.insert("implies".to_owned(), Value::List(implies));
    }
    if !BORN.contains(&name) {
        desired.attributes.extend(role.description.as_deref().map(|text| ("description".to_owned(), text.into())));
    }
    desired.keys = vec![Key::new("name", name)];
    desired.adopt = role.ids.get(&platform.name).cloned();
    desired.renamed_from = former(&platform.name, KIND, &role.renamed_from);
    desired.mode = organization.mode_at(&platform.name, None);
    Some(desired)
}

fn observe(scope: &Scope, role: &Json, implied: &Implied) -> Result<Observed, Error> {
    let (id, name) = (expected(role, "id", KIND)?, text(role, "name").unwrap_or_default());
    let implies = implied.get(id).into_iter().flatten().map(|id| id.as_str().into()).collect();
    let values = [
        ("name", name.into()),
        ("description", text(role, "description").unwrap_or_default().into()),
        ("implies", Value::List(implies)),
    ];
    let mut seen = observed(KIND, scope, id, name, attributes(values));
    if BORN.contains(&name) {
        // Its own rules are no drift of ours; only a manifest that asks for others would compare them.
        seen.vendor = Some("made by Keystone".to_owned());
    }
    seen.keys = vec![Key::new("name", name)];
    seen.mark = marks::read(role);
    Ok(seen)
}

async fn implied(reader: &Reader) -> Result<Implied, Error> {
    let rules = list(reader, &LIST_ROLE_INFERENCES, "/role_inferences", &[], "role_inferences").await?;
    let mut all = Implied::new();
    for rule in &rules {
        let prior = expected(rule.get("prior_role").unwrap_or(&Json::Null), "id", KIND)?;
        let roles = rule.get("implies").and_then(Json::as_array).into_iter().flatten();
        all.entry(prior.to_owned()).or_default().extend(roles.filter_map(|role| text(role, "id")).map(str::to_owned));
    }
    Ok(all)
}

#[async_trait]
impl Kind for Role {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        organization.roles.values().filter_map(|role| want(organization, platform, scope, role)).collect()
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let roles = list(reader, &LIST_ROLES, "/roles", &[], "roles").await?;
        let implied = implied(reader).await?;
        let all = roles.iter().map(|role| observe(reader.scope(), role, &implied));
        Ok(all.collect::<Result<Vec<_>, _>>()?.into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let Some(role) = get(reader, &GET_ROLE, &path("roles", id), "role").await? else { return Ok(None) };
        Ok(Some(observe(reader.scope(), &role, &implied(reader).await?)?))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let mut role = Members::new();
        role.insert("name".to_owned(), ask.text("name")?.into());
        role.extend(ask.after("description").map(|text| ("description".to_owned(), text.to_json())));
        marks::write(&mut role, ask);
        let answer = writer.send(&CREATE_ROLE, "POST", "/roles", json!({ "role": role })).await?;
        let id = expected(answer.get("role").unwrap_or(&answer), "id", KIND)?.to_owned();
        imply(writer, ask, &id).await?;
        Ok(id)
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let id = ask.id()?;
        let mut role = Members::new();
        for name in ["name", "description"] {
            if let (true, Some(value)) = (ask.changes(name), ask.after(name)) {
                role.insert(name.to_owned(), value.to_json());
            }
        }
        if ask.mark.is_some() || ask.changes(MARK_ATTRIBUTE) {
            marks::write(&mut role, ask);
        }
        if !role.is_empty() {
            writer.send(&UPDATE_ROLE, "PATCH", &path("roles", id), json!({ "role": role })).await?;
        }
        if ask.changes("implies") { imply(writer, ask, id).await } else { Ok(()) }
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        spare_own(writer.reader(), ask, own::ROLES, KIND)?;
        // Where its database does not end them with the role (SQLite), a rule that leads nowhere makes Keystone fail for everybody
        // who lists rules.
        let id = ask.id()?;
        for (prior, others) in implied(writer.reader()).await? {
            for other in others.iter().filter(|other| prior == id || *other == id) {
                let rule = format!("{}{}", path("roles", &prior), path("implies", other));
                gone(writer.send(&DELETE_IMPLIED_ROLE, "DELETE", &rule, Json::Null).await)?;
            }
        }
        gone(writer.send(&DELETE_ROLE, "DELETE", &path("roles", ask.id()?), Json::Null).await)
    }
}

/// Makes and ends rules until the role implies what it shall. Whatever is refused, nothing that was there is lost first.
async fn imply(writer: &Writer, ask: &Ask<'_>, id: &str) -> Result<(), Error> {
    let list = ask.after("implies").and_then(Value::as_list).unwrap_or_default();
    let wanted: BTreeSet<&str> = list.iter().filter_map(Value::as_text).collect();
    let all = implied(writer.reader()).await?;
    let there: BTreeSet<&str> = all.get(id).into_iter().flatten().map(String::as_str).collect();
    let rule = |other: &str| format!("{}{}", path("roles", id), path("implies", other));
    for other in wanted.difference(&there) {
        if reaches(&all, other, id) {
            let message = format!("`{other}` implies the role `{}` already, directly or through others", ask.address);
            return Err(Error::new(Problem::Invalid, "identity:create_implied_role", message).help(
                "a circle of roles gives each of them all that the others have, and Keystone does not refuse it: take one of \
                 the rules out (`openstack implied role list` shows them)",
            ));
        }
        writer.send(&CREATE_IMPLIED_ROLE, "PUT", &rule(other), Json::Null).await?;
    }
    for other in there.difference(&wanted) {
        gone(writer.send(&DELETE_IMPLIED_ROLE, "DELETE", &rule(other), Json::Null).await)?;
    }
    Ok(())
}

/// Whether whoever has the one role has the other, too.
fn reaches(implied: &Implied, from: &str, to: &str) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(role) = open.pop() {
        if role == to {
            return true;
        }
        if seen.insert(role) {
            open.extend(implied.get(role).into_iter().flatten().map(String::as_str));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_seen_through_any_number_of_roles() {
        let rules = [("a", "b"), ("b", "c"), ("d", "d")];
        let mut implied = Implied::new();
        for (prior, other) in rules {
            implied.entry(prior.to_owned()).or_default().insert(other.to_owned());
        }
        assert!(reaches(&implied, "a", "c") && reaches(&implied, "a", "a"));
        assert!(!reaches(&implied, "c", "a") && !reaches(&implied, "d", "a"));
    }
}
