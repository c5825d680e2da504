//! Groups of the domain: the teams.

use async_trait::async_trait;
use polity_model::{
    Address, Value,
    organization::{LifeState, Organization, Team},
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Reader, Writer};
use serde_json::{Map as Members, Value as Json, json};

use super::{
    marks,
    support::{all_of_domain, attributes, domain_of, expected, former, gone, observed, path, platform, retiring, text},
    user,
};
use crate::{
    client::{Caller as _, get},
    operations::identity::{CREATE_GROUP, DELETE_GROUP, GET_GROUP, LIST_GROUPS, UPDATE_GROUP},
    scopes::{DOMAIN, Fields, Users},
};

/// Name of the kind.
pub(crate) const KIND: &str = "group";

/// The kind.
pub(crate) struct Group {
    schema: Schema,
    users: Users,
    domain: String,
}

impl Group {
    pub(crate) fn new(fields: &Fields) -> Self {
        let managed = fields.users == Users::Managed;
        let schema = Schema {
            kind: KIND,
            title: "group",
            level: DOMAIN,
            nature: Nature::Identity,
            ownership: if managed { Ownership::Tag } else { Ownership::Journal },
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("name", "native name, unique in the domain"),
                Attribute::new("domain", "the domain it is in").change(Change::Fixed),
                Attribute::new("description", "one sentence"),
            ],
            lane: None,
            irreversible: false,
        };
        Self { schema, users: fields.users, domain: fields.domain.clone() }
    }
}

/// Address of a team's group.
pub(crate) fn address(platform: &str, team: &str) -> Address {
    Address::new(platform, KIND, team)
}

fn want(organization: &Organization, scope: &Scope, users: Users, team: &Team) -> Option<Desired> {
    let platform = scope.platform.as_str();
    let name = team.title.as_deref().unwrap_or(&team.name);
    let mut desired = Desired::new(address(platform, &team.name), &scope.name, &team.origin);
    desired.attributes = attributes([("name", name.into()), ("domain", domain_of(platform))]);
    if users == Users::Managed {
        let description: Value = team.description.as_deref().unwrap_or_default().into();
        desired.attributes.insert("description".to_owned(), description);
    }
    desired.keys = vec![Key::new("name", name)];
    desired.adopt = team.ids.get(platform).cloned();
    desired.renamed_from = former(platform, KIND, &team.renamed_from);
    desired.mode = organization.mode_at(platform, None);
    match &team.state {
        LifeState::Retired { .. } if users == Users::Existing => return None,
        LifeState::Retired { reason } => desired.retired = Some(reason.clone()),
        _ => {}
    }
    Some(desired)
}

fn observe(scope: &Scope, group: &Json) -> Result<Observed, Error> {
    let (id, name) = (expected(group, "id", KIND)?, text(group, "name").unwrap_or_default());
    let member = |name: &str| -> Value { text(group, name).unwrap_or_default().into() };
    let values = [("name", name.into()), ("domain", member("domain_id")), ("description", member("description"))];
    let mut seen = observed(KIND, scope, id, name, attributes(values));
    seen.keys = vec![Key::new("name", name)];
    seen.mark = marks::read(group);
    Ok(seen)
}

#[async_trait]
impl Kind for Group {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        let mut all: Vec<_> =
            organization.teams.values().filter_map(|team| want(organization, scope, self.users, team)).collect();
        for desired in &mut all {
            desired.retired = desired.retired.take().or_else(|| retiring(platform));
        }
        all
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let all = all_of_domain(reader, &LIST_GROUPS, "groups").await?;
        Ok(all.iter().map(|group| observe(reader.scope(), group)).collect::<Result<Vec<_>, _>>()?.into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let found = get(reader, &GET_GROUP, &path("groups", id), "group").await?;
        found.map(|group| observe(reader.scope(), &group)).transpose()
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let name = ask.text("name")?;
        if self.users == Users::Existing {
            return Err(user::unknown(ask, &format!("the domain `{}` knows no group `{name}`", self.domain)));
        }
        let mut group = Members::new();
        group.insert("name".to_owned(), name.into());
        group.insert("domain_id".to_owned(), ask.text("domain")?.into());
        group.insert("description".to_owned(), ask.text("description").unwrap_or_default().into());
        marks::write(&mut group, ask);
        let answer = writer.send(&CREATE_GROUP, "POST", "/groups", json!({ "group": group })).await?;
        Ok(expected(answer.get("group").unwrap_or(&answer), "id", KIND)?.to_owned())
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let mut group = Members::new();
        for name in ["name", "description"] {
            if let (true, Some(value)) = (ask.changes(name), ask.after(name)) {
                group.insert(name.to_owned(), value.to_json());
            }
        }
        marks::write(&mut group, ask);
        writer.send(&UPDATE_GROUP, "PATCH", &path("groups", ask.id()?), json!({ "group": group })).await.map(drop)
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        gone(writer.send(&DELETE_GROUP, "DELETE", &path("groups", ask.id()?), Json::Null).await)
    }
}
