//! The domain that a platform manages: everything else is in it.
//!
//! A domain that is switched off takes everybody in it with it, and one that is on cannot be deleted. So its end has two
//! steps, and the second is only taken when nothing is in it any more: Keystone itself would delete all of that too.

use async_trait::async_trait;
use polity_model::{
    Address, Value,
    organization::Organization,
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::support::{attributes, expected, gone, observed, path, platform, retiring, text};
use crate::{
    client::{Caller as _, get, list},
    operations::identity::{
        CREATE_DOMAIN, DELETE_DOMAIN, GET_DOMAIN, LIST_DOMAINS, LIST_GROUPS, LIST_PROJECTS, LIST_USERS, UPDATE_DOMAIN,
    },
    scopes::{DOMAIN, Fields},
};

/// Name of the kind.
pub(crate) const KIND: &str = "domain";

/// What can be done where the domain that was recorded has another name now.
const RENAMED: &str = "the domain that this platform has managed so far has another name now: name it as before \
     (`openstack domain set --name`), or write its name as `domain:` of the platform; for another domain, connect another \
     platform";

/// Of the domain that the journal recorded: its id.
pub(crate) const RECORDED: &str = "recorded_domain";

/// The kind.
pub(crate) struct Domain {
    schema: Schema,
    /// Its name; the other domains are other people's.
    name: String,
}

impl Domain {
    pub(crate) fn new(fields: &Fields) -> Self {
        let schema = Schema {
            kind: KIND,
            title: "domain",
            level: DOMAIN,
            nature: Nature::Container,
            // Most are older than any manifest, and one is named on purpose: it needs no mark.
            ownership: Ownership::Journal,
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("name", "native name").change(Change::Fixed).instead(RENAMED),
                Attribute::new("enabled", "whether anybody in it can sign in"),
            ],
            lane: None,
            irreversible: true,
        };
        Self { schema, name: fields.domain.clone() }
    }
}

/// Address of the domain of a platform.
pub(crate) fn address(platform: &str) -> Address {
    Address::new(platform, KIND, platform)
}

/// The id of a domain by its name, or else by what was recorded; `None` where it is not there.
pub(crate) async fn find(reader: &Reader, name: &str) -> Result<Option<String>, Error> {
    let found = look_up(reader, name).await?;
    found.map(|domain| expected(&domain, "id", KIND).map(str::to_owned)).transpose()
}

/// The domain of this name. Where there is none, the recorded one: somebody gave it another name, and all that we made is in
/// it still. Without that, everything would be made a second time.
async fn look_up(reader: &Reader, name: &str) -> Result<Option<Json>, Error> {
    let mut all = list(reader, &LIST_DOMAINS, "/domains", &[("name", name)], "domains").await?;
    // Some databases do not tell capitals apart, and some servers do not heed the filter.
    all.retain(|domain| text(domain, "name").is_some_and(|found| found.eq_ignore_ascii_case(name)));
    all.sort_by_key(|domain| text(domain, "name") != Some(name));
    match (all.into_iter().next(), reader.fact(RECORDED)) {
        (None, Some(id)) => get(reader, &GET_DOMAIN, &path("domains", id), "domain").await,
        (found, _) => Ok(found),
    }
}

fn observe(scope: &Scope, domain: &Json) -> Result<Observed, Error> {
    let (id, name) = (expected(domain, "id", KIND)?, text(domain, "name").unwrap_or_default());
    let enabled = domain.get("enabled").and_then(Json::as_bool).unwrap_or(true);
    let mut seen = observed(KIND, scope, id, name, attributes([("name", name.into()), ("enabled", enabled.into())]));
    seen.keys = vec![Key::new("name", name)];
    Ok(seen)
}

#[async_trait]
impl Kind for Domain {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        let name = self.name.as_str();
        let mut desired = Desired::new(address(&platform.name), &scope.name, &platform.origin);
        desired.attributes = attributes([("name", name.into()), ("enabled", true.into())]);
        desired.keys = vec![Key::new("name", name)];
        desired.mode = platform.mode;
        desired.retired = retiring(platform);
        vec![desired]
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let found = look_up(reader, &self.name).await?;
        Ok(found.iter().map(|domain| observe(reader.scope(), domain)).collect::<Result<Vec<_>, _>>()?.into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let found = get(reader, &GET_DOMAIN, &path("domains", id), "domain").await?;
        found.map(|domain| observe(reader.scope(), &domain)).transpose()
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let body = json!({ "domain": { "name": ask.text("name")?, "enabled": true } });
        let answer = writer.send(&CREATE_DOMAIN, "POST", "/domains", body).await?;
        Ok(expected(answer.get("domain").unwrap_or(&answer), "id", KIND)?.to_owned())
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let enabled = ask.after("enabled").and_then(Value::as_bool).unwrap_or(true);
        enable(writer, ask.id()?, enabled).await
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let id = ask.id()?;
        let mut inside = Vec::new();
        for (operation, noun) in [(&LIST_PROJECTS, "projects"), (&LIST_USERS, "users"), (&LIST_GROUPS, "groups")] {
            let found = list(writer.reader(), operation, &format!("/{noun}"), &[("domain_id", id)], noun).await?;
            if !found.is_empty() {
                inside.push(format!("{} {noun}", found.len()));
            }
        }
        if !inside.is_empty() {
            let message = format!("the domain is not empty: it holds {}", inside.join(" and "));
            return Err(Error::new(Problem::Invalid, ask.address.to_string(), message)
                .help("end what is in it first: Keystone would delete all of it with the domain, and what the projects hold would be left without an owner"));
        }
        // Keystone deletes no domain that is switched on.
        match enable(writer, id, false).await {
            Err(error) if error.is(Problem::NotFound) => return Ok(()),
            switched => switched?,
        }
        gone(writer.send(&DELETE_DOMAIN, "DELETE", &path("domains", id), Json::Null).await)
    }
}

async fn enable(writer: &Writer, id: &str, enabled: bool) -> Result<(), Error> {
    let body = json!({ "domain": { "enabled": enabled } });
    writer.send(&UPDATE_DOMAIN, "PATCH", &path("domains", id), body).await.map(drop)
}
