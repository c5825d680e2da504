//! The contract of a provider: its kinds, its scopes, and the way into them.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use polity_model::{
    Address,
    inventory::Inventory,
    limit::Limit,
    organization::{Organization, Principal},
    resource::{Observed, Scope},
    units::Timestamp,
};

use serde_json::Value as Json;

use crate::{Error, Kind, Notebook, Reader, Survey, Writer};

/// One connected platform, for reading.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Manifest name of the platform.
    fn platform(&self) -> &str;

    /// Its kinds; a kind comes behind those it refers to.
    fn kinds(&self) -> &[Box<dyn Kind>];

    /// What it can read for controls; an audit says of a platform without any that nothing is known of it.
    fn surveys(&self) -> &[Box<dyn Survey>] {
        &[]
    }

    /// All scopes that the organization reaches into. `known` holds the native ids found so far: without them the
    /// scopes within tenants have no entry yet.
    fn scopes(&self, organization: &Organization, known: &BTreeMap<Address, String>) -> Vec<Scope>;

    /// All scopes that surveys read in: those of every tenant, also of one of which the manifest asks nothing.
    fn survey_scopes(&self, organization: &Organization, known: &BTreeMap<Address, String>) -> Vec<Scope> {
        self.scopes(organization, known)
    }

    /// What principals of the manifest are called on a platform that knows them by name alone, because somebody else makes
    /// them: by native id, as grants hold it.
    fn known_by_name(&self, _organization: &Organization) -> BTreeMap<String, Principal> {
        BTreeMap::new()
    }

    /// The platform's documented limits, as far as the inventory tells which ones hold (partition, quota).
    fn limits(&self, inventory: &Inventory) -> Vec<Limit>;

    /// Which native organization this is, and who we are there.
    async fn identify(&self) -> Result<Identity, Error>;

    /// A way to read in this scope.
    async fn reader(&self, scope: &Scope) -> Result<Reader, Error>;

    /// What was done in this scope since then, as the platform's own record tells it, in its own words; nothing where it keeps none.
    async fn record(&self, _scope: &Scope, _since: Timestamp) -> Result<Vec<Json>, Error> {
        Ok(Vec::new())
    }

    /// Who last changed this object, as far as the platform's audit trail tells.
    async fn who_changed(&self, scope: &Scope, object: &Observed) -> Result<Option<Attribution>, Error>;
}

/// One connected platform, for writing too. Only `apply` is handed one.
#[async_trait]
pub trait WritingProvider: Provider {
    /// A way to write in this scope; what a crash must not lose goes into the notebook.
    async fn writer(&self, scope: &Scope, notebook: Arc<dyn Notebook>) -> Result<Writer, Error>;
}

/// Which native organization this is, and who we are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Native id of the organization; stable for its whole life.
    pub organization: String,
    /// The principal that we act as.
    pub actor: String,
}

/// Who changed something, when, and how we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// The principal, as the platform names it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// The operation it used.
    pub operation: String,
    /// The event's id in the platform's audit trail.
    pub event: String,
}
