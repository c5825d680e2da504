//! Users of the Identity Store: the people of the manifest.

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::{LifeState, Organization, Person},
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Compare, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    identity::{adopted, expected, former, store, text},
    support,
};
use crate::{
    client::{Caller, pages},
    operations::identity_store::{CREATE_USER, DELETE_USER, DESCRIBE_USER, LIST_USERS, UPDATE_USER},
};

/// Name of the kind.
pub(crate) const KIND: &str = "user";

/// Attribute and the path by which `UpdateUser` knows it.
const PATHS: [(&str, &str); 3] =
    [("display_name", "displayName"), ("given_name", "name.givenName"), ("family_name", "name.familyName")];

/// The kind.
pub(crate) fn kind() -> User {
    User {
        schema: Schema {
            kind: KIND,
            title: "user",
            level: "identity",
            nature: Nature::Identity,
            // Nothing on a user can be marked: it has no tags, and every field of it is shown to its person.
            ownership: Ownership::Journal,
            effect: Effect::Neutral,
            attributes: vec![
                // Identity Center documents that a user name stays for ever; a new user would lose all access.
                Attribute::new("user_name", "name to sign in with")
                    .change(Change::Fixed)
                    .compare(Compare::CaseInsensitive),
                Attribute::new("display_name", "name as shown"),
                Attribute::new("given_name", "given name"),
                Attribute::new("family_name", "family name"),
                Attribute::new("email", "primary e-mail address").compare(Compare::CaseInsensitive),
                Attribute::new("external_id", "id at the external identity provider that provisions it")
                    .change(Change::ReadOnly),
            ],
            lane: None,
            irreversible: false,
        },
    }
}

pub(crate) struct User {
    schema: Schema,
}

/// Address of a person's user.
pub(crate) fn address(platform: &str, person: &str) -> Address {
    Address::new(platform, KIND, person)
}

#[async_trait]
impl Kind for User {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        organization.people.values().map(|person| desired(organization, scope, person)).collect()
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let users = pages(reader, &LIST_USERS, json!({ "IdentityStoreId": store(reader)? }), "Users").await?;
        let found: Result<Vec<_>, _> = users.iter().map(|user| observed(reader.scope(), user)).collect();
        Ok(found?.into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let body = json!({ "IdentityStoreId": store(reader)?, "UserId": id });
        match reader.json(&DESCRIBE_USER, body).await {
            Ok(user) => Ok(Some(observed(reader.scope(), &user)?)),
            Err(error) if error.is(Problem::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let body = json!({
            "IdentityStoreId": store(writer.reader())?,
            "UserName": ask.text("user_name")?,
            "DisplayName": ask.text("display_name")?,
            "Name": { "GivenName": ask.text("given_name")?, "FamilyName": ask.text("family_name")? },
            "Emails": [email(ask.text("email")?)],
        });
        let answer = writer.json(&CREATE_USER, body).await?;
        Ok(expected(&answer, "UserId", "identitystore:CreateUser")?.to_owned())
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let mut operations = Vec::new();
        for (attribute, path) in PATHS.iter().filter(|(attribute, _)| ask.changes(attribute)) {
            operations.push(json!({ "AttributePath": path, "AttributeValue": ask.text(attribute)? }));
        }
        if ask.changes("email") {
            let emails = [email(ask.text("email")?)];
            operations.push(json!({ "AttributePath": "emails", "AttributeValue": emails }));
        }
        if operations.is_empty() {
            return Ok(());
        }
        let store = store(writer.reader())?;
        let body = json!({ "IdentityStoreId": store, "UserId": ask.id()?, "Operations": operations });
        writer.json(&UPDATE_USER, body).await.map(drop)
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let body = json!({ "IdentityStoreId": store(writer.reader())?, "UserId": ask.id()? });
        match writer.json(&DELETE_USER, body).await {
            Err(error) if !error.is(Problem::NotFound) => Err(error),
            _ => Ok(()),
        }
    }
}

fn desired(organization: &Organization, scope: &Scope, person: &Person) -> Desired {
    let mut desired = Desired::new(address(&scope.platform, &person.name), &scope.name, &person.origin);
    desired.attributes = [
        ("user_name", &person.user_name),
        ("display_name", &person.display_name),
        ("given_name", &person.given_name),
        ("family_name", &person.family_name),
        ("email", &person.email),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), Value::text(value)))
    .collect();
    desired.keys = vec![Key::new("user_name", person.user_name.to_lowercase())];
    desired.adopt = adopted(&person.ids, &scope.platform);
    desired.renamed_from = former(&scope.platform, KIND, &person.renamed_from);
    desired.mode = organization.mode_at(&scope.platform, None);
    if let LifeState::Retired { reason } = &person.state {
        desired.retired = Some(reason.clone());
    }
    desired
}

fn email(address: &str) -> Json {
    json!({ "Value": address, "Type": "work", "Primary": true })
}

fn observed(scope: &Scope, user: &Json) -> Result<Observed, Error> {
    let id = expected(user, "UserId", "identitystore:ListUsers")?;
    let user_name = text(user, "UserName").unwrap_or(id);
    let name = user.get("Name").unwrap_or(&Json::Null);
    let emails = user.get("Emails").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let primary = emails.iter().find(|email| email.get("Primary") == Some(&Json::Bool(true))).or(emails.first());
    let external = user.get("ExternalIds").and_then(Json::as_array).and_then(|ids| ids.first());
    let values = [
        ("user_name", Some(user_name)),
        ("display_name", text(user, "DisplayName")),
        ("given_name", text(name, "GivenName")),
        ("family_name", text(name, "FamilyName")),
        ("email", primary.and_then(|email| text(email, "Value"))),
        ("external_id", external.and_then(|external| text(external, "Id"))),
    ];
    let attributes: Map =
        values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::text(value?)))).collect();
    let mut seen = support::observed(KIND, scope, id, user_name, attributes);
    seen.keys = vec![Key::new("user_name", user_name.to_lowercase())];
    Ok(seen)
}
