//! Users of the domain: people, and workloads, whom OpenStack does not tell apart.
//!
//! Polity writes no password: whoever is made here signs in through the identity provider, or is given a password by somebody
//! else. Where users come from a directory, they are found by name and never written.

use async_trait::async_trait;
use polity_model::{
    Address, Value,
    organization::{LifeState, Organization, Person, Workload},
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Compare, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Map as Members, Value as Json, json};

use super::{
    marks,
    support::{
        all_of_domain, attributes, domain_of, expected, former, gone, observed, own, path, platform, retiring,
        spare_own, text,
    },
};
use crate::{
    client::{Caller as _, get},
    operations::identity::{CREATE_USER, DELETE_USER, GET_USER, LIST_USERS, UPDATE_USER},
    scopes::{DOMAIN, Fields, Users},
};

/// Name of the kind.
pub(crate) const KIND: &str = "user";

/// The kind.
pub(crate) struct User {
    schema: Schema,
    users: Users,
    domain: String,
    federation: Option<(String, String)>,
}

impl User {
    pub(crate) fn new(fields: &Fields) -> Self {
        let managed = fields.users == Users::Managed;
        let schema = Schema {
            kind: KIND,
            title: "user",
            level: DOMAIN,
            nature: Nature::Identity,
            ownership: if managed { Ownership::Tag } else { Ownership::Journal },
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("name", "name to sign in with, unique in the domain").compare(Compare::CaseInsensitive),
                Attribute::new("domain", "the domain it is in").change(Change::Fixed),
                Attribute::new("email", "primary e-mail address").compare(Compare::CaseInsensitive),
                Attribute::new("description", "name as shown"),
                Attribute::new("enabled", "whether it can sign in"),
            ],
            lane: None,
            irreversible: false,
        };
        Self { schema, users: fields.users, domain: fields.domain.clone(), federation: fields.federation.clone() }
    }
}

/// Address of a person's user.
pub(crate) fn address(platform: &str, person: &str) -> Address {
    Address::new(platform, KIND, person)
}

/// Address of a workload's user. People and workloads may have the same name.
pub(crate) fn workload_address(platform: &str, workload: &str) -> Address {
    Address::new(platform, KIND, format!("workload:{workload}"))
}

fn want(organization: &Organization, scope: &Scope, users: Users, person: &Person) -> Option<Desired> {
    let platform = scope.platform.as_str();
    let mut desired = Desired::new(address(platform, &person.name), &scope.name, &person.origin);
    desired.attributes = attributes([("name", person.user_name.as_str().into()), ("domain", domain_of(platform))]);
    if users == Users::Managed {
        desired.attributes.extend(attributes([
            ("email", person.email.as_str().into()),
            ("description", person.display_name.as_str().into()),
            ("enabled", true.into()),
        ]));
    }
    desired.keys = vec![Key::new("name", person.user_name.to_lowercase())];
    desired.adopt = person.ids.get(platform).cloned();
    desired.renamed_from = former(platform, KIND, &person.renamed_from);
    desired.mode = organization.mode_at(platform, None);
    match &person.state {
        // Whoever left the directory is gone from it without us.
        LifeState::Retired { .. } if users == Users::Existing => return None,
        LifeState::Retired { reason } => desired.retired = Some(reason.clone()),
        _ => {}
    }
    Some(desired)
}

fn want_workload(organization: &Organization, scope: &Scope, users: Users, workload: &Workload) -> Desired {
    let platform = scope.platform.as_str();
    let mut desired = Desired::new(workload_address(platform, &workload.name), &scope.name, &workload.origin);
    desired.attributes = attributes([("name", workload.name.as_str().into()), ("domain", domain_of(platform))]);
    if users == Users::Managed {
        let description = workload.description.as_deref().unwrap_or_default();
        desired.attributes.extend(attributes([("description", description.into()), ("enabled", true.into())]));
    }
    desired.keys = vec![Key::new("name", workload.name.to_lowercase())];
    desired.mode = organization.mode_at(platform, None);
    desired
}

fn observe(scope: &Scope, user: &Json) -> Result<Observed, Error> {
    let (id, name) = (expected(user, "id", KIND)?, text(user, "name").unwrap_or_default());
    let member = |name: &str| -> Value { text(user, name).unwrap_or_default().into() };
    let enabled = user.get("enabled").and_then(Json::as_bool).unwrap_or(true);
    let mut seen = observed(
        KIND,
        scope,
        id,
        name,
        attributes([
            ("name", name.into()),
            ("domain", member("domain_id")),
            ("email", member("email")),
            ("description", member("description")),
            ("enabled", enabled.into()),
        ]),
    );
    seen.keys = vec![Key::new("name", name.to_lowercase())];
    seen.mark = marks::read(user);
    Ok(seen)
}

#[async_trait]
impl Kind for User {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        let people = organization.people.values();
        let mut all: Vec<_> = people.filter_map(|person| want(organization, scope, self.users, person)).collect();
        let workloads = organization.workloads.values();
        all.extend(workloads.map(|workload| want_workload(organization, scope, self.users, workload)));
        for desired in &mut all {
            desired.retired = desired.retired.take().or_else(|| retiring(platform));
        }
        all
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let all = all_of_domain(reader, &LIST_USERS, "users").await?;
        Ok(all.iter().map(|user| observe(reader.scope(), user)).collect::<Result<Vec<_>, _>>()?.into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let found = get(reader, &GET_USER, &path("users", id), "user").await?;
        found.map(|user| observe(reader.scope(), &user)).transpose()
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let name = ask.text("name")?;
        if self.users == Users::Existing {
            return Err(unknown(ask, &format!("the domain `{}` knows no user `{name}`", self.domain)));
        }
        let mut user = Members::new();
        user.insert("domain_id".to_owned(), ask.text("domain")?.into());
        for (name, value) in ask.after.iter().filter(|(name, _)| *name != "domain") {
            user.insert(name.clone(), value.to_json());
        }
        marks::write(&mut user, ask);
        // A workload signs in with a credential of its own.
        let person = !ask.address.name.starts_with("workload:");
        if let (Some((provider, protocol)), true) = (&self.federation, person) {
            let protocols = json!([{ "protocol_id": protocol, "unique_id": name }]);
            user.insert("federated".to_owned(), json!([{ "idp_id": provider, "protocols": protocols }]));
        }
        let answer = writer.send(&CREATE_USER, "POST", "/users", json!({ "user": user })).await?;
        Ok(expected(answer.get("user").unwrap_or(&answer), "id", KIND)?.to_owned())
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let mut user = Members::new();
        for name in ["name", "email", "description", "enabled"] {
            if let (true, Some(value)) = (ask.changes(name), ask.after(name)) {
                user.insert(name.to_owned(), value.to_json());
            }
        }
        marks::write(&mut user, ask);
        writer.send(&UPDATE_USER, "PATCH", &path("users", ask.id()?), json!({ "user": user })).await.map(drop)
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        spare_own(writer.reader(), ask, own::USER, KIND)?;
        gone(writer.send(&DELETE_USER, "DELETE", &path("users", ask.id()?), Json::Null).await)
    }
}

/// Somebody whom the directory does not have.
pub(crate) fn unknown(ask: &Ask<'_>, message: &str) -> Error {
    Error::new(Problem::Invalid, ask.address.to_string(), message.to_owned()).help(
        "with `users: existing` Polity makes nobody: let them sign in once, add them to the directory, or correct the name in \
         the manifest",
    )
}
