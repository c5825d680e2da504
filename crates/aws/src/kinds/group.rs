//! Groups of the Identity Store: the teams of the manifest.

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::{LifeState, Organization, Team},
    resource::{Desired, Key, MARK_ATTRIBUTE, Mark, Observed, Scope},
    schema::{Attribute, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    identity::{adopted, expected, former, marked, store, text, unmarked, vendor_of_group},
    support,
};
use crate::{
    client::{Caller, pages},
    operations::identity_store::{CREATE_GROUP, DELETE_GROUP, DESCRIBE_GROUP, LIST_GROUPS, UPDATE_GROUP},
};

/// Name of the kind.
pub(crate) const KIND: &str = "group";

/// Longest description that the Identity Store takes, in characters; our mark is part of it.
const DESCRIPTION_MAX: usize = 1024;

/// The kind.
pub(crate) fn kind() -> Group {
    Group {
        schema: Schema {
            kind: KIND,
            title: "group",
            level: "identity",
            nature: Nature::Identity,
            // A group has no tags: our mark stands at the end of its description.
            ownership: Ownership::Tag,
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("display_name", "name as shown; unique in the Identity Store"),
                Attribute::new("description", "one sentence, without our mark"),
            ],
            lane: None,
            irreversible: false,
        },
    }
}

pub(crate) struct Group {
    schema: Schema,
}

/// Address of a team's group.
pub(crate) fn address(platform: &str, team: &str) -> Address {
    Address::new(platform, KIND, team)
}

#[async_trait]
impl Kind for Group {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        organization.teams.values().map(|team| desired(organization, scope, team)).collect()
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let groups = pages(reader, &LIST_GROUPS, json!({ "IdentityStoreId": store(reader)? }), "Groups").await?;
        let found: Result<Vec<_>, _> = groups.iter().map(|group| observed(reader.scope(), group)).collect();
        Ok(found?.into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let body = json!({ "IdentityStoreId": store(reader)?, "GroupId": id });
        match reader.json(&DESCRIBE_GROUP, body).await {
            Ok(group) => Ok(Some(observed(reader.scope(), &group)?)),
            Err(error) if error.is(Problem::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let body = json!({
            "IdentityStoreId": store(writer.reader())?,
            "DisplayName": ask.text("display_name")?,
            "Description": description(ask, ask.mark)?,
        });
        let answer = writer.json(&CREATE_GROUP, body).await?;
        Ok(expected(&answer, "GroupId", "identitystore:CreateGroup")?.to_owned())
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let mut operations = Vec::new();
        if ask.changes("display_name") {
            operations.push(json!({ "AttributePath": "displayName", "AttributeValue": ask.text("display_name")? }));
        }
        // The mark is part of the description: whoever writes one of them writes both.
        let mark = if ask.mark.is_some() || ask.changes(MARK_ATTRIBUTE) {
            ask.mark.cloned()
        } else if ask.changes("description") {
            self.read(writer.reader(), ask.id()?).await?.and_then(|group| group.mark)
        } else {
            None
        };
        if mark.is_some() || ask.changes(MARK_ATTRIBUTE) || ask.changes("description") {
            let text = description(ask, mark.as_ref())?;
            // An empty text is not accepted; no value at all takes the description away.
            let value = if text.is_empty() { Json::Null } else { Json::String(text) };
            operations.push(json!({ "AttributePath": "description", "AttributeValue": value }));
        }
        if operations.is_empty() {
            return Ok(());
        }
        let store = store(writer.reader())?;
        let body = json!({ "IdentityStoreId": store, "GroupId": ask.id()?, "Operations": operations });
        writer.json(&UPDATE_GROUP, body).await.map(drop)
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let body = json!({ "IdentityStoreId": store(writer.reader())?, "GroupId": ask.id()? });
        match writer.json(&DELETE_GROUP, body).await {
            Err(error) if !error.is(Problem::NotFound) => Err(error),
            _ => Ok(()),
        }
    }
}

fn desired(organization: &Organization, scope: &Scope, team: &Team) -> Desired {
    let mut desired = Desired::new(address(&scope.platform, &team.name), &scope.name, &team.origin);
    let name = team.title.as_ref().unwrap_or(&team.name);
    desired.attributes.insert("display_name".to_owned(), Value::text(name));
    if let Some(description) = &team.description {
        desired.attributes.insert("description".to_owned(), Value::text(description));
    }
    desired.keys = vec![Key::new("display_name", name.as_str())];
    desired.adopt = adopted(&team.ids, &scope.platform);
    desired.renamed_from = former(&scope.platform, KIND, &team.renamed_from);
    desired.mode = organization.mode_at(&scope.platform, None);
    if let LifeState::Retired { reason } = &team.state {
        desired.retired = Some(reason.clone());
    }
    desired
}

/// The description as it goes out: as asked for, else as it is, with this mark behind it.
fn description(ask: &Ask<'_>, mark: Option<&Mark>) -> Result<String, Error> {
    let text = ask.after("description").or(ask.before.get("description")).and_then(Value::as_text);
    let text = marked(text.unwrap_or_default(), mark);
    let length = text.chars().count();
    if length > DESCRIPTION_MAX {
        return Err(Error::new(
            Problem::Invalid,
            ask.address.to_string(),
            format!("the description has {length} characters together with our mark, of {DESCRIPTION_MAX} allowed"),
        )
        .help("shorten the team's `description`"));
    }
    Ok(text)
}

fn observed(scope: &Scope, group: &Json) -> Result<Observed, Error> {
    let id = expected(group, "GroupId", "identitystore:ListGroups")?;
    let name = text(group, "DisplayName").unwrap_or(id);
    let (description, mark) = unmarked(text(group, "Description").unwrap_or_default());
    let mut attributes = Map::from([("display_name".to_owned(), Value::text(name))]);
    if !description.is_empty() {
        attributes.insert("description".to_owned(), Value::text(description));
    }
    let mut seen = support::observed(KIND, scope, id, name, attributes);
    seen.keys = vec![Key::new("display_name", name)];
    seen.mark = mark;
    seen.vendor = vendor_of_group(name);
    Ok(seen)
}
