//! Quotas that each service keeps for itself: one kind per service, one object per project.
//!
//! Nova and Cinder have no list of the quotas of all projects: each project that is asked for is one call to each.

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::{Organization, quota::Item},
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, ReadOperation, Reader, WriteOperation, Writer};
use serde_json::{Map as Members, Value as Json, json};

use super::native;
use crate::{
    client::Caller as _,
    kinds::{
        project,
        support::{observed, path, tenant},
    },
    operations::{block_storage, compute, network},
    scopes::{PROJECT, Quotas},
};

/// One service that keeps quotas.
pub(crate) struct Service {
    kind: &'static str,
    title: &'static str,
    /// Manifest item, the service's own word, and what it says in the reference.
    items: &'static [(Item, &'static str, &'static str)],
    /// Path of the quotas, and the member that an answer and a request have.
    path: &'static str,
    member: &'static str,
    read: ReadOperation,
    write: WriteOperation,
    reset: WriteOperation,
}

/// All of them.
pub(crate) static SERVICES: [Service; 3] = [
    Service {
        kind: "compute-quota",
        title: "quota of Nova",
        items: &[
            (Item::Cpu, "cores", "virtual cores"),
            (Item::Memory, "ram", "memory, MiB"),
            (Item::Instances, "instances", "servers"),
        ],
        path: "os-quota-sets",
        member: "quota_set",
        read: compute::GET_QUOTA_SET,
        write: compute::UPDATE_QUOTA_SET,
        reset: compute::DELETE_QUOTA_SET,
    },
    Service {
        kind: "volume-quota",
        title: "quota of Cinder",
        items: &[
            (Item::Storage, "gigabytes", "storage of volumes and snapshots, GiB"),
            (Item::Volumes, "volumes", "volumes"),
            (Item::Snapshots, "snapshots", "snapshots"),
        ],
        path: "os-quota-sets",
        member: "quota_set",
        read: block_storage::GET_QUOTA_SET,
        write: block_storage::UPDATE_QUOTA_SET,
        reset: block_storage::DELETE_QUOTA_SET,
    },
    Service {
        kind: "network-quota",
        title: "quota of Neutron",
        items: &[
            (Item::Networks, "network", "networks"),
            (Item::Subnets, "subnet", "subnets"),
            (Item::Routers, "router", "routers"),
            (Item::Ports, "port", "ports"),
            (Item::Addresses, "floatingip", "floating addresses"),
            (Item::SecurityGroups, "security_group", "security groups"),
            (Item::SecurityGroupRules, "security_group_rule", "rules of security groups"),
        ],
        path: "quotas",
        member: "quota",
        read: network::GET_QUOTA,
        write: network::UPDATE_QUOTA,
        reset: network::DELETE_QUOTA,
    },
];

impl Service {
    /// Whether it keeps its quotas itself.
    pub(crate) fn keeps(&self, quotas: Quotas) -> bool {
        quotas == Quotas::Services || self.kind != "compute-quota"
    }
}

/// The kind of one service.
pub(crate) struct Quota {
    schema: Schema,
    service: &'static Service,
}

impl Quota {
    pub(crate) fn new(service: &'static Service) -> Self {
        let schema = Schema {
            kind: service.kind,
            title: service.title,
            level: PROJECT,
            nature: Nature::Setting,
            ownership: Ownership::Journal,
            effect: Effect::Neutral,
            attributes: service.items.iter().map(|(_, name, doc)| Attribute::new(name, doc)).collect(),
            lane: None,
            irreversible: false,
        };
        Self { schema, service }
    }

    async fn of(&self, reader: &Reader, project: &str) -> Result<Observed, Error> {
        let path = path(self.service.path, project);
        let mut answer = reader.send(&self.service.read, "GET", &path, Json::Null).await?;
        let quota = answer.get_mut(self.service.member).map(Json::take).unwrap_or_default();
        let ceiling =
            |name: &str| quota.get(name).and_then(Json::as_i64).map(|amount| (name.to_owned(), amount.into()));
        let attributes: Map = self.service.items.iter().filter_map(|(_, name, _)| ceiling(name)).collect();
        if attributes.is_empty() {
            let why = "the answer has none of the quotas that this service is known for";
            return Err(Error::new(Problem::Unexpected, self.service.title, why));
        }
        let mut seen = observed(self.service.kind, reader.scope(), project, self.service.title, attributes);
        seen.keys = vec![key()];
        Ok(seen)
    }
}

fn key() -> Key {
    Key::new("scope", "self")
}

fn project_of(reader: &Reader) -> Result<&str, Error> {
    reader
        .fact("project_id")
        .ok_or_else(|| Error::new(Problem::NotFound, "reading a quota", "the project does not exist yet"))
}

#[async_trait]
impl Kind for Quota {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(tenant) = tenant(organization, scope) else { return Vec::new() };
        let Some(quota) = &tenant.quota else { return Vec::new() };
        let items = self.service.items.iter();
        let asked: Vec<_> =
            items.filter_map(|(item, name, _)| Some((name, *item, quota.ceilings.get(item)?))).collect();
        let Some((.., first)) = asked.first() else { return Vec::new() };
        let address = Address::new(&scope.platform, self.service.kind, &tenant.name);
        let mut desired = Desired::new(address, &scope.name, &first.origin);
        desired.attributes = asked
            .iter()
            .map(|(name, item, ceiling)| ((**name).to_owned(), native(*item, ceiling.amount).into()))
            .collect();
        desired.keys = vec![key()];
        let zone = tenant.landing_zone.as_ref().map(|zone| zone.name.as_str());
        desired.mode = organization.mode_at(&scope.platform, zone);
        desired.renamed_from =
            tenant.renamed_from.iter().map(|old| Address::new(&scope.platform, self.service.kind, old)).collect();
        desired.needs = vec![project::address(&scope.platform, &tenant.name)];
        desired.group = project::group(tenant);
        vec![desired]
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        Ok(vec![self.of(reader, project_of(reader)?).await?].into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        self.of(reader, id).await.map(Some)
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let project = project_of(writer.reader())?.to_owned();
        self.write(writer, &project, ask).await?;
        Ok(project)
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        self.write(writer, ask.id()?, ask).await
    }

    /// Back to what the service gives everybody.
    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let path = path(self.service.path, ask.id()?);
        crate::kinds::support::gone(writer.send(&self.service.reset, "DELETE", &path, Json::Null).await)
    }
}

impl Quota {
    async fn write(&self, writer: &Writer, project: &str, ask: &Ask<'_>) -> Result<(), Error> {
        let values = ask.after.iter().map(|(name, value): (&String, &Value)| (name.clone(), value.to_json()));
        let values: Members<String, Json> = values.collect();
        let mut body = Members::new();
        body.insert(self.service.member.to_owned(), Json::Object(values));
        let written = writer.send(&self.service.write, "PUT", &path(self.service.path, project), json!(body)).await;
        written.map(drop).map_err(|error| match error.problem {
            Problem::Invalid | Problem::AlreadyExists => error.help(
                "a quota below what is in use already is refused: end what is too much first, or write a higher one",
            ),
            _ => error,
        })
    }
}
