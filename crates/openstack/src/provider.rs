//! The provider: a connected domain of a Keystone.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use polity_model::{
    Address,
    inventory::Inventory,
    limit::Limit,
    organization::{Organization, Platform},
    resource::{Observed, Scope},
};
use polity_provider::wire::Trust;
use polity_provider::{
    Attribution, Error, Identity, Kind, Notebook, Offline, Provider, Reader, Wire, Writer, WritingProvider,
};
use tokio::sync::OnceCell;

use crate::{
    auth::{
        Login,
        keys::{Keys, Token},
    },
    kinds::{self, domain, quota::contents, support::own},
    limits,
    scopes::{self, DOMAIN, Fields},
    session::OpenStackSession,
    versions,
};

/// A connected domain of a Keystone.
pub struct OpenStackProvider {
    platform: String,
    fields: Fields,
    wire: Arc<Wire>,
    keys: Arc<Keys>,
    domain: OnceCell<String>,
    kinds: Vec<Box<dyn Kind>>,
}

impl OpenStackProvider {
    /// Connects with the credentials that OpenStack's own tools would use. Nothing is called yet.
    pub fn connect(platform: &Platform, wire: Arc<Wire>) -> Result<Self, Error> {
        let login = Login::from_environment(Fields::of(&platform.native).cloud.as_deref())?;
        wire.set_trust(&platform.name, &Trust { authorities: login.authorities()?, identity: None })?;
        Ok(Self::with_login(platform, wire, login))
    }

    /// Connects with this login.
    pub fn with_login(platform: &Platform, wire: Arc<Wire>, login: Login) -> Self {
        let fields = Fields::of(&platform.native);
        Self {
            platform: platform.name.clone(),
            kinds: kinds::all(&fields),
            keys: Arc::new(Keys::new(login, &platform.name, Arc::clone(&wire))),
            domain: OnceCell::new(),
            fields,
            wire,
        }
    }

    /// A platform that could not be connected, and why.
    pub fn offline(platform: &Platform, error: Error) -> Offline {
        let (name, fields) = (platform.name.clone(), Fields::of(&platform.native));
        let kinds = kinds::all(&fields);
        let scopes = move |organization: &Organization, known: &BTreeMap<Address, String>| {
            scopes::scopes(&name, &fields, organization, known)
        };
        Offline::new(&platform.name, kinds, scopes, error)
    }

    /// The wire, for its statistics.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    fn at(&self, scope: &Scope, facts: BTreeMap<String, String>) -> Reader {
        let session = Arc::new(OpenStackSession { keys: Arc::clone(&self.keys) });
        Reader::new(Arc::clone(&self.wire), session, scope.clone(), facts)
    }

    /// The id of our domain. That it is not there yet is not kept: it may be made in this very run.
    async fn domain(&self, scope: &Scope) -> Result<Option<String>, Error> {
        if let Some(id) = self.domain.get() {
            return Ok(Some(id.clone()));
        }
        let found = domain::find(&self.at(scope, BTreeMap::new()), &self.fields.domain).await?;
        if let Some(id) = &found {
            // Whoever came first read the same.
            let _ = self.domain.set(id.clone());
        }
        Ok(found)
    }
}

/// What kinds must know of the way in: by what we get in, and where the services are that may hold something.
fn of_token(token: &Token) -> BTreeMap<String, String> {
    let own = &token.own;
    let mut facts = BTreeMap::from([
        (own::USER.to_owned(), own.user.clone()),
        (own::PLACE.to_owned(), own.place.clone()),
        (own::ROLES.to_owned(), own.roles.join(" ")),
    ]);
    for service in contents::services() {
        let regions: Vec<&str> = token.catalog.regions(service).into_iter().collect();
        if !regions.is_empty() {
            facts.insert(contents::regions_of(service), regions.join("\n"));
        }
    }
    facts
}

#[async_trait]
impl Provider for OpenStackProvider {
    fn platform(&self) -> &str {
        &self.platform
    }

    fn kinds(&self) -> &[Box<dyn Kind>] {
        &self.kinds
    }

    fn scopes(&self, organization: &Organization, known: &BTreeMap<Address, String>) -> Vec<Scope> {
        scopes::scopes(&self.platform, &self.fields, organization, known)
    }

    fn limits(&self, _inventory: &Inventory) -> Vec<Limit> {
        limits::of(&self.platform)
    }

    /// A Keystone has no id of its own, and its domain may not be born yet: address and name of the domain are what stays.
    async fn identify(&self) -> Result<Identity, Error> {
        let token = self.keys.get().await?;
        versions::require_identity(&self.wire, &self.platform, &self.keys.login.auth_url).await?;
        let place = self.keys.login.auth_url.split_once("://").map_or("", |(_, place)| place);
        Ok(Identity { organization: format!("{place} {}", self.fields.domain), actor: token.actor.clone() })
    }

    async fn reader(&self, scope: &Scope) -> Result<Reader, Error> {
        let mut facts = BTreeMap::from([("domain".to_owned(), self.fields.domain.clone())]);
        // What the scope recorded of the domain is known at the top alone; nothing below asks for it.
        let top = Scope { level: DOMAIN.to_owned(), ..scope.clone() };
        facts.extend(self.domain(&top).await?.map(|id| ("domain_id".to_owned(), id)));
        facts.extend(of_token(self.keys.get().await?.as_ref()));
        Ok(self.at(scope, facts))
    }

    /// OpenStack keeps no audit trail that can be asked: its notifications go to a queue.
    async fn who_changed(&self, _scope: &Scope, _object: &Observed) -> Result<Option<Attribution>, Error> {
        Ok(None)
    }
}

#[async_trait]
impl WritingProvider for OpenStackProvider {
    async fn writer(&self, scope: &Scope, notebook: Arc<dyn Notebook>) -> Result<Writer, Error> {
        Ok(Writer::new(self.reader(scope).await?, notebook))
    }
}
