//! An AWS account: what a tenant is on AWS.
//!
//! Accounts are born in the root by a request that takes minutes. The request's id goes into the notebook at once, so
//! that whoever comes after a crash goes on waiting for it and never asks for a second account.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use futures::try_join;
use polity_model::{
    Map, Value,
    organization::{LifeState, Organization, Platform, Tenant},
    resource::{Desired, Group, Key, Observed, Scope},
    schema::{Attribute, Change, Compare, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    account_creation,
    organizational_unit::parent_of,
    support::{
        ACCOUNTS, ORGANIZATION, address, already, attributes, each, found, has_code, is_absent, observed, optional,
        patiently, place_of, platform, present, text,
    },
    tags::{self, Tags},
    tree::{self, Shared},
};
use crate::{
    client::{Caller as _, pages},
    operations::{
        account::PUT_ACCOUNT_NAME,
        organizations::{CLOSE_ACCOUNT, DESCRIBE_ACCOUNT, LIST_ACCOUNTS, LIST_ACCOUNTS_FOR_PARENT, MOVE_ACCOUNT},
    },
};

const KIND: &str = "account";

/// The kind.
pub(crate) struct Account {
    schema: Schema,
    shared: Arc<Shared>,
}

impl Account {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        let read_only = |name, doc| Attribute::new(name, doc).change(Change::ReadOnly);
        let schema = Schema {
            kind: KIND,
            title: "AWS account",
            level: ORGANIZATION,
            nature: Nature::Container,
            ownership: Ownership::Tag,
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("name", "native name"),
                Attribute::new("email", "address of its root user; a change takes a code that AWS sends there")
                    .change(Change::Fixed)
                    .compare(Compare::CaseInsensitive),
                Attribute::new("parent", "organizational unit it stands in, or the root").change(Change::Move),
                Attribute::new("tags", "native tags"),
                read_only("access_role", "role that the management account enters it with; made at its birth"),
                read_only("state", "AWS's word for where it is in its life"),
                read_only("arn", "its Amazon resource name"),
                read_only("joined", "seconds since 1970 at which it was made or joined"),
            ],
            lane: ACCOUNTS,
            irreversible: true,
        };
        Self { schema, shared: Arc::clone(shared) }
    }

    async fn list(&self, reader: &Reader) -> Result<Vec<Observed>, Error> {
        let (accounts, mut parents) =
            try_join!(pages(reader, &LIST_ACCOUNTS, json!({}), "Accounts"), placements(reader, &self.shared))?;
        let ids: Vec<String> =
            accounts.iter().map(|one| text(one, "Id").map(str::to_owned)).collect::<Result<_, _>>()?;
        // Whoever was moved while we read may be in no list of any parent.
        let strays: Vec<&String> = ids.iter().filter(|id| !parents.contains_key(*id)).collect();
        parents.extend(each(strays, |id| async move { Ok((id.clone(), parent_of(reader, id).await?)) }).await?);
        let tags = tags::of_all(reader, &self.shared, &ids).await?;
        let (untagged, nowhere) = (Tags::new(), String::new());
        let observe = |(account, id): (&Json, &String)| {
            let parent = parents.get(id).unwrap_or(&nowhere);
            observe(reader.scope(), account, parent, tags.get(id).unwrap_or(&untagged))
        };
        accounts.iter().zip(&ids).map(observe).collect()
    }
}

/// Parents of all accounts: twenty accounts a call, where asking each account would take one call for each.
async fn placements(reader: &Reader, shared: &Shared) -> Result<BTreeMap<String, String>, Error> {
    let tree = tree::tree(reader, shared).await?;
    let mut parents = vec![tree.root.clone()];
    parents.extend(tree.branches.iter().map(|branch| branch.id.clone()));
    let placed = each(parents, |parent| async move {
        let accounts = directly_in(reader, &parent).await?;
        Ok(accounts.into_iter().map(|id| (id, parent.clone())).collect::<Vec<_>>())
    });
    Ok(placed.await?.into_iter().flatten().collect())
}

/// The accounts that stand in the root or in an organizational unit, not deeper; none where it has gone meanwhile.
async fn directly_in(reader: &Reader, parent: &str) -> Result<Vec<String>, Error> {
    let accounts = pages(reader, &LIST_ACCOUNTS_FOR_PARENT, json!({"ParentId": parent}), "Accounts").await;
    let accounts: Vec<Json> = present(accounts)?.unwrap_or_default();
    accounts.iter().map(|account| Ok(text(account, "Id")?.to_owned())).collect()
}

fn observe(scope: &Scope, account: &Json, parent: &str, tags: &Tags) -> Result<Observed, Error> {
    let (id, name, email) = (text(account, "Id")?, text(account, "Name")?, text(account, "Email")?);
    // `Status` goes away in favour of `State`; endpoints give one, the other, or both.
    let state = optional(account, "State").or(optional(account, "Status")).unwrap_or("ACTIVE");
    let joined = account.get("JoinedTimestamp").map(ToString::to_string).unwrap_or_default();
    let mut found = observed(
        KIND,
        scope,
        id,
        name,
        attributes([
            ("name", name.into()),
            ("email", email.into()),
            ("parent", parent.into()),
            ("tags", tags::attribute(tags)),
            ("state", state.into()),
            ("arn", optional(account, "Arn").unwrap_or_default().into()),
            ("joined", joined.into()),
        ]),
    );
    found.keys = vec![Key::new("email", email.to_lowercase())];
    found.mark = tags::mark(tags);
    found.ended = matches!(state, "PENDING_CLOSURE" | "SUSPENDED" | "CLOSED").then(|| state.to_owned());
    Ok(found)
}

/// Where a tenant's account belongs: in quarantine, or in its landing zone.
fn home_of(organization: &Organization, platform: &Platform, tenant: &Tenant) -> Value {
    let quarantine = platform.native.get("quarantine").and_then(Value::as_text);
    let zone = match &tenant.state {
        LifeState::Quarantined { .. } if quarantine.is_some() => quarantine,
        _ => tenant.landing_zone.as_ref().map(|zone| zone.name.as_str()),
    };
    place_of(organization, platform, zone)
}

fn want(organization: &Organization, platform: &Platform, scope: &Scope, tenant: &Tenant) -> Desired {
    let zone = tenant.landing_zone.as_ref().map(|zone| zone.name.clone());
    let mut desired = Desired::new(address(platform, KIND, &tenant.name), &scope.name, &tenant.origin);
    desired.attributes = attributes([
        ("name", tenant.title.as_deref().unwrap_or(&tenant.name).into()),
        ("parent", home_of(organization, platform, tenant)),
        ("tags", tags::wanted(&tenant.tags)),
    ]);
    // The management account is older than any pattern for addresses: its own is not ours to know.
    let manages = tenant.id.is_some() && tenant.id.as_deref() == native_text(platform, "management_account");
    if let (false, Some(email)) = (manages, &tenant.email) {
        desired.attributes.insert("email".to_owned(), email.as_str().into());
        desired.keys = vec![Key::new("email", email.to_lowercase())];
    }
    if tenant.id.is_none() {
        let role = native_text(platform, "assume_role").unwrap_or(account_creation::ROLE);
        desired.attributes.insert("access_role".to_owned(), role.into());
    }
    desired.adopt = tenant.id.clone();
    desired.renamed_from = tenant.renamed_from.iter().map(|old| address(platform, KIND, old)).collect();
    desired.mode = organization.mode_at(&platform.name, zone.as_deref());
    if let LifeState::Retired { reason } = &tenant.state {
        desired.retired = Some(reason.clone());
    }
    desired.group = group(tenant);
    desired
}

/// Where what belongs to a tenant is shown.
pub(crate) fn group(tenant: &Tenant) -> Group {
    Group {
        landing_zone: tenant.landing_zone.as_ref().map(|zone| zone.name.clone()),
        project: Some(tenant.project.clone()),
        tenant: Some(tenant.name.clone()),
    }
}

fn native_text<'a>(platform: &'a Platform, field: &str) -> Option<&'a str> {
    platform.native.get(field).and_then(Value::as_text)
}

/// Moves an account directly to where it belongs.
pub(crate) async fn move_to(writer: &Writer, id: &str, parent: &str) -> Result<(), Error> {
    // Right after its birth an account may not be known everywhere yet.
    let current = patiently(|| parent_of(writer.reader(), id), is_absent).await?;
    if current == parent {
        return Ok(());
    }
    let body = json!({"AccountId": id, "SourceParentId": current, "DestinationParentId": parent});
    already(writer.json(&MOVE_ACCOUNT, body).await, &["DuplicateAccountException"]).map(drop)
}

#[async_trait]
impl Kind for Account {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        organization.tenants_on(&platform.name).map(|tenant| want(organization, platform, scope, tenant)).collect()
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        found(self.list(reader).await)
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let described = reader.json(&DESCRIBE_ACCOUNT, json!({"AccountId": id})).await;
        let Some(answer) = present(described)? else { return Ok(None) };
        let Some(parent) = present(parent_of(reader, id).await)? else { return Ok(None) };
        let account = answer.get("Account").unwrap_or(&answer);
        Ok(Some(observe(reader.scope(), account, &parent, &tags::of_one(reader, id).await?)?))
    }

    async fn within(&self, reader: &Reader, container: &str) -> Result<Vec<String>, Error> {
        directly_in(reader, container).await
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let id = account_creation::born(writer, ask).await?;
        move_to(writer, &id, ask.text("parent")?).await?;
        Ok(id)
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let id = ask.id()?;
        if ask.changes("email") {
            return Err(Error::new(
                Problem::Invalid,
                ask.address.to_string(),
                "the e-mail address of an account is its own to change",
            )
            .help("change it in the account itself: AWS sends a code to the new address"));
        }
        if ask.changes("parent") {
            move_to(writer, id, ask.text("parent")?).await?;
        }
        if ask.changes("name") {
            rename(writer, id, ask.text("name")?).await?;
        }
        tags::write(writer, ask).await
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let id = ask.id()?;
        if writer.reader().fact("management_account") == Some(id) {
            return Err(Error::new(
                Problem::Invalid,
                ask.address.to_string(),
                "the management account cannot be closed from here",
            )
            .help("take `state: retired` off this tenant"));
        }
        match writer.json(&CLOSE_ACCOUNT, json!({"AccountId": id})).await {
            Err(error) if is_absent(&error) || has_code(&error, "AccountAlreadyClosedException") => Ok(()),
            Err(error) if has_code(&error, "ConstraintViolationException") => Err(constrained(error)),
            closed => closed.map(drop),
        }
    }
}

fn constrained(mut error: Error) -> Error {
    if !error.message.contains("QUOTA") && !error.message.contains("LIMIT") {
        return error;
    }
    error.problem = Problem::Limit;
    error.help("AWS lets an organization close ten percent of its accounts (at least 10) in 30 days; try again later")
}

async fn rename(writer: &Writer, id: &str, name: &str) -> Result<(), Error> {
    let mut body = Map::from([("AccountName".to_owned(), Value::text(name))]);
    // The management account must not name itself.
    if writer.reader().fact("management_account") != Some(id) {
        body.insert("AccountId".to_owned(), Value::text(id));
    }
    let renamed = writer.rest_json(&PUT_ACCOUNT_NAME, "POST", "/putAccountName", Value::Map(body).to_json()).await;
    renamed.map(drop).map_err(|error| match error.problem {
        Problem::Denied => error.help("add `account.amazonaws.com` to the platform's `trusted_access`"),
        _ => error,
    })
}
