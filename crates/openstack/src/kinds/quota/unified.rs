//! Unified limits: what Keystone keeps for Nova in its stead, one limit per project and resource.
//!
//! A limit overrides a registered limit of the same service and resource, so there must be one.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use polity_model::{
    Address, Value,
    organization::{LifeState, Organization, quota::Item},
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::native;
use crate::{
    client::{Caller as _, get, list},
    kinds::{
        project,
        support::{all_of_domain, attributes, expected, gone, observed, path, platform, retiring, text},
    },
    operations::identity::{
        CREATE_LIMITS, DELETE_LIMIT, GET_LIMIT, LIST_LIMITS, LIST_PROJECTS, LIST_REGISTERED_LIMITS, LIST_SERVICES,
        UPDATE_LIMIT,
    },
    scopes::DOMAIN,
};

const KIND: &str = "limit";

/// Manifest item, and Nova's word for it in unified limits.
pub(super) const RESOURCES: [(Item, &str); 3] =
    [(Item::Cpu, "class:VCPU"), (Item::Memory, "class:MEMORY_MB"), (Item::Instances, "servers")];

/// Type of the service whose limits these are.
const SERVICE: &str = "compute";

/// The kind.
pub(crate) struct Limit {
    schema: Schema,
}

impl Limit {
    pub(crate) fn new() -> Self {
        let part = |name, doc| Attribute::new(name, doc).change(Change::Replace);
        let schema = Schema {
            kind: KIND,
            title: "unified limit",
            level: DOMAIN,
            nature: Nature::Link,
            ownership: Ownership::Through { kind: project::KIND, attribute: "project" },
            effect: Effect::Neutral,
            attributes: vec![
                part("project", "the project"),
                part("service", "type of the service"),
                part("resource", "what is limited, in the service's own word"),
                Attribute::new("amount", "how much of it"),
            ],
            lane: None,
            irreversible: false,
        };
        Self { schema }
    }
}

async fn services(reader: &Reader) -> Result<BTreeMap<String, String>, Error> {
    let all = list(reader, &LIST_SERVICES, "/services", &[], "services").await?;
    Ok(all.iter().filter_map(|one| Some((text(one, "id")?.to_owned(), text(one, "type")?.to_owned()))).collect())
}

fn observe(scope: &Scope, services: &BTreeMap<String, String>, limit: &Json) -> Option<Observed> {
    let (id, resource) = (text(limit, "id")?, text(limit, "resource_name")?);
    // A limit of a whole domain is not about a project of ours.
    let project = text(limit, "project_id")?;
    let service = services.get(text(limit, "service_id")?)?.as_str();
    let amount = limit.get("resource_limit").and_then(Json::as_i64)?;
    let values = [
        ("project", project.into()),
        ("service", service.into()),
        ("resource", resource.into()),
        ("amount", amount.into()),
    ];
    let mut seen = observed(KIND, scope, id, &format!("{resource} of {project}"), attributes(values));
    seen.keys = vec![Key::new("limit", vec![project, service, resource])];
    Some(seen)
}

#[async_trait]
impl Kind for Limit {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let living = platform(organization, scope).filter(|platform| retiring(platform).is_none());
        let Some(platform) = living else { return Vec::new() };
        let mut all = Vec::new();
        for tenant in organization.tenants_on(&platform.name).filter(|tenant| tenant.state == LifeState::Active) {
            for (item, resource) in RESOURCES {
                let Some(ceiling) = tenant.quota.as_ref().and_then(|quota| quota.ceilings.get(&item)) else { continue };
                let name = |tenant: &str| Address::new(&platform.name, KIND, format!("{tenant}/{}", item.name()));
                let mut desired = Desired::new(name(&tenant.name), &scope.name, &ceiling.origin);
                let project = Value::id_of(project::address(&platform.name, &tenant.name));
                desired.attributes = attributes([
                    ("project", project.clone()),
                    ("service", SERVICE.into()),
                    ("resource", resource.into()),
                    ("amount", native(item, ceiling.amount).into()),
                ]);
                desired.keys = vec![Key::new("limit", vec![project, SERVICE.into(), resource.into()])];
                desired.renamed_from = tenant.renamed_from.iter().map(|old| name(old)).collect();
                let zone = tenant.landing_zone.as_ref().map(|zone| zone.name.as_str());
                desired.mode = organization.mode_at(&platform.name, zone);
                desired.group = project::group(tenant);
                all.push(desired);
            }
        }
        all
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        // There is one list of the limits of all domains, and those of other domains are other people's.
        let projects = all_of_domain(reader, &LIST_PROJECTS, "projects").await?;
        let ours: BTreeSet<&str> = projects.iter().filter_map(|project| text(project, "id")).collect();
        if ours.is_empty() {
            return Ok(Found::default());
        }
        let services = services(reader).await?;
        let mut limits = list(reader, &LIST_LIMITS, "/limits", &[], "limits").await?;
        limits.retain(|limit| text(limit, "project_id").is_some_and(|project| ours.contains(project)));
        let found: Vec<_> = limits.iter().filter_map(|limit| observe(reader.scope(), &services, limit)).collect();
        Ok(found.into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let Some(limit) = get(reader, &GET_LIMIT, &path("limits", id), "limit").await? else { return Ok(None) };
        Ok(observe(reader.scope(), &services(reader).await?, &limit))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let (project, resource) = (ask.text("project")?, ask.text("resource")?);
        let query = [("resource_name", resource)];
        let registered =
            list(writer.reader(), &LIST_REGISTERED_LIMITS, "/registered_limits", &query, "registered_limits").await?;
        let Some(registered) = registered.first() else {
            let why = format!("Keystone has no registered limit for `{resource}`, so a project can have none either");
            return Err(Error::new(Problem::Invalid, "identity:create_limits", why).help(format!(
                "register one (`openstack registered limit create --service nova --default-limit <n> {resource}`), or write \
                 `quotas: services` on the platform"
            )));
        };
        let limit = json!({
            "project_id": project,
            "service_id": expected(registered, "service_id", KIND)?,
            "region_id": registered.get("region_id"),
            "resource_name": resource,
            "resource_limit": ask.after("amount").map(Value::to_json),
        });
        let answer = writer.send(&CREATE_LIMITS, "POST", "/limits", json!({ "limits": [limit] })).await?;
        let made = answer.get("limits").and_then(Json::as_array).into_iter().flatten();
        // The answer of some releases lists all limits, not only the new one.
        let ours = |limit: &&Json| {
            text(limit, "project_id") == Some(project) && text(limit, "resource_name") == Some(resource)
        };
        let made = made.into_iter().find(ours).unwrap_or(&Json::Null);
        Ok(expected(made, "id", KIND)?.to_owned())
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let body = json!({ "limit": { "resource_limit": ask.after("amount").map(Value::to_json) } });
        writer.send(&UPDATE_LIMIT, "PATCH", &path("limits", ask.id()?), body).await.map(drop)
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        gone(writer.send(&DELETE_LIMIT, "DELETE", &path("limits", ask.id()?), Json::Null).await)
    }
}
