//! Delegated administrators: member accounts that run an AWS service for the whole organization.

use async_trait::async_trait;
use polity_model::{
    Value,
    organization::Organization,
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Reader, Writer};
use serde_json::json;

use super::{
    account::group,
    support::{
        LANE, ORGANIZATION, account_of, address, already, attributes, each, found, has_code, mode_of, observed,
        platform, present, text,
    },
    trusted_access,
};
use crate::{
    client::{Caller as _, pages},
    operations::organizations::{
        DEREGISTER_DELEGATED_ADMINISTRATOR, LIST_DELEGATED_ADMINISTRATORS, LIST_DELEGATED_SERVICES,
        REGISTER_DELEGATED_ADMINISTRATOR,
    },
};

const KIND: &str = "delegated-administrator";

/// The kind.
pub(crate) struct DelegatedAdministrator {
    schema: Schema,
}

impl DelegatedAdministrator {
    pub(crate) fn new() -> Self {
        let schema = Schema {
            kind: KIND,
            title: "delegated administrator",
            level: ORGANIZATION,
            nature: Nature::Link,
            ownership: Ownership::Journal,
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("account", "native id of the account").change(Change::Replace),
                Attribute::new("service", "service principal of the service").change(Change::Replace),
            ],
            lane: LANE,
            irreversible: false,
        };
        Self { schema }
    }
}

async fn list(reader: &Reader) -> Result<Vec<Observed>, Error> {
    let accounts = pages(reader, &LIST_DELEGATED_ADMINISTRATORS, json!({}), "DelegatedAdministrators").await?;
    let accounts = accounts.iter().map(|account| text(account, "Id")).collect::<Result<Vec<_>, _>>()?;
    Ok(each(accounts, |account| of_account(reader, account)).await?.into_iter().flatten().collect())
}

async fn of_account(reader: &Reader, account: &str) -> Result<Vec<Observed>, Error> {
    let services =
        match pages(reader, &LIST_DELEGATED_SERVICES, json!({"AccountId": account}), "DelegatedServices").await {
            Err(error) if has_code(&error, "AccountNotRegisteredException") => return Ok(Vec::new()),
            services => services?,
        };
    let observe = |service: &serde_json::Value| {
        let service = text(service, "ServicePrincipal")?;
        let id = format!("{service}@{account}");
        let values = attributes([("account", account.into()), ("service", service.into())]);
        let mut found = observed(KIND, reader.scope(), &id, &id, values);
        found.keys = vec![key(account.into(), service)];
        Ok(found)
    };
    services.iter().map(observe).collect()
}

fn key(account: Value, service: &str) -> Key {
    Key::new("account+service", vec![account, service.into()])
}

#[async_trait]
impl Kind for DelegatedAdministrator {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        let mut wanted = Vec::new();
        let delegations = platform.native.get("delegated_administrators").and_then(Value::as_list);
        for delegation in delegations.into_iter().flatten() {
            let field = |name| delegation.get(name).and_then(Value::as_text);
            let (Some(service), Some(tenant)) = (field("service"), field("tenant")) else { continue };
            let named = |tenant: &str| address(platform, KIND, &format!("{service}@{tenant}"));
            let mut desired = Desired::new(named(tenant), &scope.name, &platform.origin);
            let account = account_of(platform, tenant);
            desired.attributes = attributes([("account", account.clone()), ("service", service.into())]);
            desired.keys = vec![key(account, service)];
            // AWS registers nobody for a service that the organization does not trust.
            if trusted_access::services(&platform.native).any(|trusted| trusted == service) {
                desired.needs = vec![address(platform, trusted_access::KIND, service)];
            }
            desired.mode = mode_of(organization, platform);
            if let Some(tenant) = organization.tenants.get(tenant) {
                desired.renamed_from = tenant.renamed_from.iter().map(|old| named(old)).collect();
                desired.group = group(tenant);
            }
            wanted.push(desired);
        }
        wanted
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        found(list(reader).await)
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let Some((_, account)) = id.split_once('@') else { return Ok(None) };
        let services = present(of_account(reader, account).await)?;
        Ok(services.and_then(|services| services.into_iter().find(|one| one.id == id)))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let (account, service) = (ask.text("account")?, ask.text("service")?);
        let body = json!({"AccountId": account, "ServicePrincipal": service});
        let registered = writer.json(&REGISTER_DELEGATED_ADMINISTRATOR, body).await;
        already(registered, &["AccountAlreadyRegisteredException"])?;
        Ok(format!("{service}@{account}"))
    }

    async fn update(&self, _writer: &Writer, _ask: &Ask<'_>) -> Result<(), Error> {
        Ok(()) // there is nothing about it that could be changed in place
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let body = json!({"AccountId": ask.text_before("account")?, "ServicePrincipal": ask.text_before("service")?});
        let removed = writer.json(&DEREGISTER_DELEGATED_ADMINISTRATOR, body).await;
        already(removed, &["AccountNotRegisteredException", "AccountNotFoundException"]).map(drop)
    }
}
