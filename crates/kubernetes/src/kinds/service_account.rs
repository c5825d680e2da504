//! Service accounts: what a workload is in each namespace that it has access to.

use std::collections::BTreeSet;

use polity_model::{
    Map,
    organization::{Organization, Principal},
    resource::{Desired, Scope},
    schema::{Effect, Nature, Schema},
};
use polity_provider::{Ask, Error};
use serde_json::{Value as Json, json};

use super::object::{self, Form, ObjectKind};
use crate::{
    client::text,
    names,
    operations::{Resource, SERVICE_ACCOUNTS},
};

/// Name of the kind.
pub(crate) const KIND: &str = "service-account";

/// The kind.
pub(crate) fn kind() -> ObjectKind<ServiceAccount> {
    let attributes = vec![object::namespace_attribute(), object::takes_over_attribute()];
    ObjectKind(ServiceAccount {
        schema: object::schema(KIND, "service account", Nature::Definition, Effect::Neutral, attributes),
    })
}

pub(crate) struct ServiceAccount {
    schema: Schema,
}

/// Name within the address of a workload's account in a tenant.
pub(crate) fn name_of(workload: &str, tenant: &str) -> String {
    format!("{workload}@{tenant}")
}

impl Form for ServiceAccount {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resource(&self) -> &'static Resource {
        &SERVICE_ACCOUNTS
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let mut wanted = Vec::new();
        for tenant in object::tenants(organization, scope) {
            let mut known = BTreeSet::new();
            for access in organization.access_on(tenant) {
                let Principal::Workload(workload) = &access.access.principal else { continue };
                if known.insert(workload) {
                    let name = |tenant: &str| name_of(workload, tenant);
                    let native = names::dns_label(workload);
                    let mut desired = object::in_tenant(organization, scope, tenant, KIND, &native, name);
                    desired.origins = vec![access.access.origin.clone()];
                    wanted.push(desired);
                }
            }
        }
        wanted
    }

    fn held(&self, _account: &Json) -> Map {
        Map::new()
    }

    fn name(&self, ask: &Ask<'_>) -> Result<String, Error> {
        let workload = ask.address.name.split('@').next().unwrap_or_default();
        Ok(names::dns_label(workload))
    }

    fn body(&self, _ask: &Ask<'_>) -> Result<Json, Error> {
        Ok(json!({}))
    }

    /// Each namespace is born with one, and controllers make their own: those are the workload's.
    fn vendor(&self, account: &Json) -> Option<String> {
        let own = names::mark_of(account).is_none();
        let default = text(account, "/metadata/name") == Some("default");
        names::vendor_of(account).or_else(|| (own && default).then(|| names::KUBERNETES.to_owned()))
    }
}
