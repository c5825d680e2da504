//! A platform that cannot be connected: its kinds and scopes are known, and every way into it ends with the same error.
//!
//! So a plan still knows what is asked for there and says why it cannot be judged, and the other platforms go on.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use polity_model::{
    Address,
    inventory::Inventory,
    limit::Limit,
    organization::Organization,
    resource::{Observed, Scope},
};

use crate::{Attribution, Error, Identity, Kind, Notebook, Provider, Reader, Writer, WritingProvider};

/// What a platform's scopes are, as [`Provider::scopes`] answers it.
type Scopes = dyn Fn(&Organization, &BTreeMap<Address, String>) -> Vec<Scope> + Send + Sync;

/// A platform that cannot be connected.
pub struct Offline {
    platform: String,
    kinds: Vec<Box<dyn Kind>>,
    scopes: Box<Scopes>,
    error: Error,
}

impl Offline {
    /// The platform with this manifest name, its kinds and scopes, and why nothing else is known of it.
    pub fn new(
        platform: &str,
        kinds: Vec<Box<dyn Kind>>,
        scopes: impl Fn(&Organization, &BTreeMap<Address, String>) -> Vec<Scope> + Send + Sync + 'static,
        error: Error,
    ) -> Self {
        Self { platform: platform.to_owned(), kinds, scopes: Box::new(scopes), error }
    }
}

#[async_trait]
impl Provider for Offline {
    fn platform(&self) -> &str {
        &self.platform
    }

    fn kinds(&self) -> &[Box<dyn Kind>] {
        &self.kinds
    }

    fn scopes(&self, organization: &Organization, known: &BTreeMap<Address, String>) -> Vec<Scope> {
        (self.scopes)(organization, known)
    }

    fn limits(&self, _inventory: &Inventory) -> Vec<Limit> {
        Vec::new()
    }

    async fn identify(&self) -> Result<Identity, Error> {
        Err(self.error.clone())
    }

    async fn reader(&self, _scope: &Scope) -> Result<Reader, Error> {
        Err(self.error.clone())
    }

    async fn who_changed(&self, _scope: &Scope, _object: &Observed) -> Result<Option<Attribution>, Error> {
        Ok(None)
    }
}

#[async_trait]
impl WritingProvider for Offline {
    async fn writer(&self, _scope: &Scope, _notebook: Arc<dyn Notebook>) -> Result<Writer, Error> {
        Err(self.error.clone())
    }
}
