//! Trusted access: AWS services that may act in every account of the organization.

use async_trait::async_trait;
use polity_model::{
    Value,
    organization::Organization,
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Reader, Writer};
use serde_json::{Value as Json, json};

use super::support::{LANE, ORGANIZATION, address, attributes, found, mode_of, observed, platform, present, text};
use crate::{
    client::{Caller as _, pages},
    operations::organizations::{DISABLE_SERVICE_ACCESS, ENABLE_SERVICE_ACCESS, LIST_SERVICE_ACCESS},
};

pub(crate) const KIND: &str = "trusted-access";

/// The kind.
pub(crate) struct TrustedAccess {
    schema: Schema,
}

impl TrustedAccess {
    pub(crate) fn new() -> Self {
        let schema = Schema {
            kind: KIND,
            title: "trusted access of an AWS service",
            level: ORGANIZATION,
            nature: Nature::Link,
            ownership: Ownership::Journal,
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("service", "service principal of the trusted service").change(Change::Replace),
            ],
            lane: LANE,
            irreversible: false,
        };
        Self { schema }
    }
}

/// Names of the services that a platform trusts.
pub(crate) fn services(native: &Value) -> impl Iterator<Item = &str> {
    native.get("trusted_access").and_then(Value::as_list).into_iter().flatten().filter_map(Value::as_text)
}

async fn list(reader: &Reader) -> Result<Vec<Observed>, Error> {
    let services = pages(reader, &LIST_SERVICE_ACCESS, json!({}), "EnabledServicePrincipals").await?;
    services.iter().map(|service| observe(reader.scope(), service)).collect()
}

/// Who switches a service on by itself, and stops working without it.
fn vendor(service: &str) -> Option<String> {
    match service {
        "sso.amazonaws.com" => Some("enabled by IAM Identity Center".to_owned()),
        "controltower.amazonaws.com" => Some("enabled by AWS Control Tower".to_owned()),
        _ => None,
    }
}

fn observe(scope: &Scope, service: &Json) -> Result<Observed, Error> {
    let service = text(service, "ServicePrincipal")?;
    let mut found = observed(KIND, scope, service, service, attributes([("service", service.into())]));
    found.keys = vec![Key::new("service", service)];
    found.vendor = vendor(service);
    Ok(found)
}

#[async_trait]
impl Kind for TrustedAccess {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        let wanted = services(&platform.native).map(|service| {
            let mut desired = Desired::new(address(platform, KIND, service), &scope.name, &platform.origin);
            desired.attributes = attributes([("service", service.into())]);
            desired.keys = vec![Key::new("service", service)];
            desired.needs = vec![address(platform, "organization", &platform.name)];
            desired.mode = mode_of(organization, platform);
            desired
        });
        wanted.collect()
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        found(list(reader).await)
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        Ok(present(list(reader).await)?.and_then(|all| all.into_iter().find(|one| one.id == id)))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let service = ask.text("service")?;
        writer.json(&ENABLE_SERVICE_ACCESS, json!({"ServicePrincipal": service})).await?;
        Ok(service.to_owned())
    }

    async fn update(&self, _writer: &Writer, _ask: &Ask<'_>) -> Result<(), Error> {
        Ok(()) // there is nothing about it that could be changed in place
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        writer.json(&DISABLE_SERVICE_ACCESS, json!({"ServicePrincipal": ask.id()?})).await.map(drop)
    }
}
