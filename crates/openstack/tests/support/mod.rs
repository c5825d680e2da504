//! A Keystone of one's own, and a provider that is logged in to it.

#![allow(dead_code, reason = "each test uses a part of this")]

pub(crate) mod keystone;
pub(crate) mod server;

use std::sync::Arc;

use polity_model::{
    Address, Map, Origin, Value,
    organization::{Mode, Platform},
    resource::{Mark, Observed, Scope},
};
use polity_openstack::{Login, OpenStackProvider};
use polity_provider::{Ask, Error, Kind, Notebook, Provider, Reader, Settings, Wire, Writer, WritingProvider};
use serde_json::{Value as Json, json};

pub(crate) use self::keystone::{ADMIN, Keystone, PASSWORD};

/// Keeps nothing.
pub(crate) struct Nothing;

impl Notebook for Nothing {
    fn note(&self, _: &Address, _: &str, _: &str) -> Result<(), Error> {
        Ok(())
    }

    fn noted(&self, _: &Address, _: &str) -> Option<String> {
        None
    }
}

/// A Keystone and the platform `sky` on it.
pub(crate) struct World {
    pub(crate) keystone: Arc<Keystone>,
    pub(crate) provider: OpenStackProvider,
}

impl World {
    /// The domain that a Keystone is born with.
    pub(crate) fn start() -> Self {
        Self::on(Arc::new(Keystone::start().unwrap()), json!({}))
    }

    /// A platform with these further fields on the same Keystone.
    pub(crate) fn with(&self, native: Json) -> Self {
        Self::on(Arc::clone(&self.keystone), native)
    }

    fn on(keystone: Arc<Keystone>, native: Json) -> Self {
        let login = Login::password(&keystone.endpoint(), ADMIN, PASSWORD, ADMIN, "Default");
        let provider = OpenStackProvider::with_login(&platform(native), wire(), login);
        Self { keystone, provider }
    }

    pub(crate) fn kind(&self, name: &str) -> &dyn Kind {
        self.provider.kinds().iter().find(|kind| kind.schema().kind == name).unwrap().as_ref()
    }

    pub(crate) async fn reader(&self) -> Reader {
        self.provider.reader(&scope()).await.unwrap()
    }

    pub(crate) async fn writer(&self) -> Writer {
        self.provider.writer(&scope(), Arc::new(Nothing)).await.unwrap()
    }

    /// All objects of a kind.
    pub(crate) async fn present(&self, kind: &str) -> Vec<Observed> {
        self.kind(kind).present(&self.reader().await).await.unwrap().resources
    }

    /// Makes one; answers its id.
    pub(crate) async fn create(&self, kind: &str, name: &str, attributes: Json) -> Result<String, Error> {
        let (address, mark) = (Address::new("sky", kind, name), mark(kind, name));
        let (here, nothing, after) = (scope(), Map::new(), map(attributes));
        let ask = Ask { mark: Some(&mark), ..asking(&address, None, &here, &nothing, &after) };
        self.kind(kind).create(&self.writer().await, &ask).await
    }

    /// Changes one to these attributes.
    pub(crate) async fn update(&self, seen: &Observed, attributes: Json) -> Result<(), Error> {
        let address = Address::new("sky", &seen.kind, "sample");
        let after = map(attributes);
        let changed: Vec<String> = after.keys().cloned().collect();
        let here = scope();
        let ask = Ask { changed: &changed, ..asking(&address, Some(&seen.id), &here, &seen.attributes, &after) };
        self.kind(&seen.kind).update(&self.writer().await, &ask).await
    }

    /// Ends one.
    pub(crate) async fn delete(&self, seen: &Observed) -> Result<(), Error> {
        let address = Address::new("sky", &seen.kind, "sample");
        let (here, nothing) = (scope(), Map::new());
        let ask = asking(&address, Some(&seen.id), &here, &seen.attributes, &nothing);
        self.kind(&seen.kind).delete(&self.writer().await, &ask).await
    }

    /// One as it is now.
    pub(crate) async fn read(&self, kind: &str, id: &str) -> Option<Observed> {
        self.kind(kind).read(&self.reader().await, id).await.unwrap()
    }
}

fn asking<'a>(address: &'a Address, id: Option<&'a str>, scope: &'a Scope, before: &'a Map, after: &'a Map) -> Ask<'a> {
    Ask { address, scope, id, before, after, changed: &[], mark: None }
}

/// Our mark on a sample.
pub(crate) fn mark(kind: &str, name: &str) -> Mark {
    Mark { organization: "acme".to_owned(), address: Address::new("sky", kind, name) }
}

/// Attributes from JSON.
pub(crate) fn map(json: Json) -> Map {
    Value::from_json(&json).as_map().cloned().unwrap()
}

/// A wire with the usual patience.
pub(crate) fn wire() -> Arc<Wire> {
    Arc::new(Wire::new(Settings::default()).unwrap())
}

/// The platform `sky` with these fields.
pub(crate) fn platform(native: Json) -> Platform {
    Platform {
        name: "sky".to_owned(),
        kind: "openstack".to_owned(),
        mode: Mode::Own,
        native: Value::from_json(&native),
        origin: Origin::file("polity.yaml"),
    }
}

/// Its scope.
pub(crate) fn scope() -> Scope {
    let entry = [("domain".to_owned(), "Default".to_owned())];
    Scope {
        name: "sky".into(),
        platform: "sky".into(),
        level: "domain".into(),
        tenant: None,
        entry: Some(entry.into()),
    }
}

/// The domain that Keystone is born with.
pub(crate) fn default_domain() -> Json {
    json!("default")
}
