//! The cluster itself: never made and never ended, but the place of access that holds everywhere in it.

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::Organization,
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};

use super::object::{CLUSTER, blank};
use crate::names;

/// Name of the kind.
pub(crate) const KIND: &str = "cluster";

/// The kind.
pub(crate) fn kind() -> Cluster {
    Cluster {
        schema: Schema {
            kind: KIND,
            title: "cluster",
            level: CLUSTER,
            nature: Nature::Container,
            ownership: Ownership::Journal,
            effect: Effect::Neutral,
            attributes: vec![Attribute::new("server", "address of its API server").change(Change::ReadOnly)],
            lane: None,
            irreversible: true,
        },
    }
}

pub(crate) struct Cluster {
    schema: Schema,
}

/// Address of the cluster.
pub(crate) fn address(platform: &str) -> Address {
    Address::new(platform, KIND, platform)
}

#[async_trait]
impl Kind for Cluster {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = names::platform(organization, &scope.platform) else { return Vec::new() };
        let mut desired = Desired::new(address(&platform.name), &scope.name, &platform.origin);
        desired.keys = vec![Key::new("cluster", "self")];
        desired.mode = platform.mode;
        vec![desired]
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let fact = |name: &str| reader.fact(name).unwrap_or_default().to_owned();
        let attributes = Map::from([("server".to_owned(), Value::Text(fact("server")))]);
        let mut seen = blank(KIND, reader.scope(), fact("cluster_id"), attributes);
        seen.name.clone_from(&reader.scope().platform);
        seen.keys = vec![Key::new("cluster", "self")];
        Ok(vec![seen].into())
    }

    async fn read(&self, reader: &Reader, _id: &str) -> Result<Option<Observed>, Error> {
        Ok(self.present(reader).await?.resources.pop())
    }

    async fn create(&self, _writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        Err(Error::new(Problem::Invalid, ask.address.to_string(), "a cluster is not made from here"))
    }

    async fn update(&self, _writer: &Writer, _ask: &Ask<'_>) -> Result<(), Error> {
        Ok(()) // it has nothing that could be changed
    }

    async fn delete(&self, _writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        Err(Error::new(Problem::Invalid, ask.address.to_string(), "a cluster is not ended from here"))
    }
}
