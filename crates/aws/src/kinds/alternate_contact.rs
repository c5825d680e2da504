//! Alternate contacts of an account: whom AWS tells about security, billing and operations.

use async_trait::async_trait;
use polity_model::{
    Map, Origin, Value,
    organization::{LifeState, Organization, Platform, Tenant},
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    account::group,
    support::{
        ORGANIZATION, account_of, address, attributes, each, found, is_absent, observed, optional, platform, text,
    },
    trusted_access,
};
use crate::{
    client::{Caller as _, pages},
    operations::{
        account::{DELETE_ALTERNATE_CONTACT, GET_ALTERNATE_CONTACT, PUT_ALTERNATE_CONTACT},
        organizations::LIST_ACCOUNTS,
    },
};

const KIND: &str = "alternate-contact";

/// The service that keeps contacts, as organizations trust it.
const ACCOUNT_MANAGEMENT: &str = "account.amazonaws.com";

/// What the manifest calls them, and what AWS does.
const TYPES: [(&str, &str); 3] = [("security", "SECURITY"), ("billing", "BILLING"), ("operations", "OPERATIONS")];

/// Attribute, field of the manifest, member of the API.
const FIELDS: [(&str, &str, &str); 4] = [
    ("contact_name", "name", "Name"),
    ("title", "title", "Title"),
    ("email", "email", "EmailAddress"),
    ("phone", "phone", "PhoneNumber"),
];

/// The kind.
pub(crate) struct AlternateContact {
    schema: Schema,
}

impl AlternateContact {
    pub(crate) fn new() -> Self {
        let schema = Schema {
            kind: KIND,
            title: "alternate contact",
            level: ORGANIZATION,
            nature: Nature::Setting,
            ownership: Ownership::Journal,
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("account", "native id of the account").change(Change::Fixed),
                Attribute::new("type", "`SECURITY`, `BILLING` or `OPERATIONS`").change(Change::Fixed),
                Attribute::new("contact_name", "name of the contact"),
                Attribute::new("title", "title of the contact"),
                Attribute::new("email", "e-mail address of the contact"),
                Attribute::new("phone", "telephone number of the contact"),
            ],
            lane: None,
            irreversible: false,
        };
        Self { schema }
    }
}

/// What goes to the account API: the management account must not name itself.
fn body(reader: &Reader, account: &str, kind: &str) -> Map {
    let mut body = Map::from([("AlternateContactType".to_owned(), Value::text(kind))]);
    if reader.fact("management_account") != Some(account) {
        body.insert("AccountId".to_owned(), Value::text(account));
    }
    body
}

/// One contact of one account. The setting is always there; without a contact its values are missing.
async fn get(reader: &Reader, account: &str, kind: &str) -> Result<Observed, Error> {
    let ask = Value::Map(body(reader, account, kind)).to_json();
    let contact = match reader.rest_json(&GET_ALTERNATE_CONTACT, "POST", "/getAlternateContact", ask).await {
        Ok(answer) => answer.get("AlternateContact").cloned().unwrap_or_default(),
        Err(error) if is_absent(&error) => Json::Null,
        Err(error) if error.is(Problem::Denied) => {
            return Err(error.help("add `account.amazonaws.com` to the platform's `trusted_access`"));
        }
        Err(error) => return Err(error),
    };
    let mut values = attributes([("account", account.into()), ("type", kind.into())]);
    for (attribute, _, member) in FIELDS {
        if let Some(value) = optional(&contact, member) {
            values.insert(attribute.to_owned(), value.into());
        }
    }
    let id = format!("{account}/{kind}");
    let mut found = observed(KIND, reader.scope(), &id, &id, values);
    found.keys = vec![key(account.into(), kind)];
    Ok(found)
}

async fn list(reader: &Reader) -> Result<Vec<Observed>, Error> {
    let accounts = pages(reader, &LIST_ACCOUNTS, json!({}), "Accounts").await?;
    let mut asked = Vec::new();
    for account in &accounts {
        // A suspended or closed account answers nothing but a refusal.
        if optional(account, "State").or(optional(account, "Status")).unwrap_or("ACTIVE") == "ACTIVE" {
            let id = text(account, "Id")?;
            asked.extend(TYPES.map(|(_, kind)| (id, kind)));
        }
    }
    each(asked, |(account, kind)| get(reader, account, kind)).await
}

fn key(account: Value, kind: &str) -> Key {
    Key::new("account+type", vec![account, kind.into()])
}

struct Wanted<'a> {
    short: &'static str,
    native: &'static str,
    contact: &'a Value,
    origin: &'a Origin,
}

fn want(organization: &Organization, platform: &Platform, scope: &Scope, tenant: &Tenant, one: &Wanted<'_>) -> Desired {
    let name = format!("{}/{}", tenant.name, one.short);
    let mut desired = Desired::new(address(platform, KIND, &name), &scope.name, one.origin);
    let account = account_of(platform, &tenant.name);
    desired.attributes = attributes([("account", account.clone()), ("type", one.native.into())]);
    for (attribute, field, _) in FIELDS {
        if let Some(value) = one.contact.get(field) {
            desired.attributes.insert(attribute.to_owned(), value.clone());
        }
    }
    desired.keys = vec![key(account, one.native)];
    // AWS lets the management account write for others only where the organization trusts this service.
    if trusted_access::services(&platform.native).any(|trusted| trusted == ACCOUNT_MANAGEMENT) {
        desired.needs = vec![address(platform, trusted_access::KIND, ACCOUNT_MANAGEMENT)];
    }
    desired.renamed_from =
        tenant.renamed_from.iter().map(|old| address(platform, KIND, &format!("{old}/{}", one.short))).collect();
    desired.mode = organization.mode_at(&platform.name, tenant.landing_zone.as_ref().map(|zone| zone.name.as_str()));
    desired.group = group(tenant);
    desired
}

#[async_trait]
impl Kind for AlternateContact {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        let mut wanted = Vec::new();
        for tenant in organization.tenants_on(&platform.name) {
            if matches!(tenant.state, LifeState::Retired { .. }) {
                continue;
            }
            let settings = organization.settings_of(tenant);
            let Some((contacts, origin)) = settings.get("alternate_contacts") else { continue };
            for (short, native) in TYPES {
                if let Some(contact) = contacts.get(short) {
                    let one = Wanted { short, native, contact, origin };
                    wanted.push(want(organization, platform, scope, tenant, &one));
                }
            }
        }
        wanted
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        found(list(reader).await)
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let Some((account, kind)) = id.split_once('/') else { return Ok(None) };
        get(reader, account, kind).await.map(Some)
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let (account, kind) = (ask.text("account")?, ask.text("type")?);
        put(writer, ask, account, kind).await?;
        Ok(format!("{account}/{kind}"))
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        put(writer, ask, ask.text("account")?, ask.text("type")?).await
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let body = body(writer.reader(), ask.text_before("account")?, ask.text_before("type")?);
        let body = Value::Map(body).to_json();
        match writer.rest_json(&DELETE_ALTERNATE_CONTACT, "POST", "/deleteAlternateContact", body).await {
            Err(error) if is_absent(&error) => Ok(()),
            deleted => deleted.map(drop),
        }
    }
}

/// Writes the whole contact: the API knows no part of one.
async fn put(writer: &Writer, ask: &Ask<'_>, account: &str, kind: &str) -> Result<(), Error> {
    let mut body = body(writer.reader(), account, kind);
    for (attribute, _, member) in FIELDS {
        let value = ask.after(attribute).or(ask.before.get(attribute)).and_then(Value::as_text).unwrap_or_default();
        body.insert(member.to_owned(), value.into());
    }
    writer.rest_json(&PUT_ALTERNATE_CONTACT, "POST", "/putAlternateContact", Value::Map(body).to_json()).await.map(drop)
}
