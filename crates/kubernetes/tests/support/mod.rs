//! What the tests stand on: manifests, a provider, and a cluster of one's own.

#![allow(dead_code, reason = "each test uses a part of this")]

pub(crate) mod cluster;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
};

use polity_kubernetes::{KubernetesProvider, Login};
use polity_manifest::File;
use polity_model::{
    Address, Map, Value,
    organization::Organization,
    resource::{Desired, Mark, Observed, Scope},
    units::Date,
    vocabulary::Vocabulary,
};
use polity_provider::{Ask, Error, Kind, Notebook, Provider, Settings, Wire, Writer, WritingProvider};

use cluster::Cluster;

/// The organization that these files describe.
pub(crate) fn read(files: &[File]) -> Organization {
    let types = BTreeMap::from([("kubernetes".to_owned(), polity_kubernetes::vocabulary::platform_type())]);
    let reading = polity_manifest::read(files, &Vocabulary { types }, Date::constant(2026, 11, 22));
    reading.organization.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

/// The organization that this text describes.
pub(crate) fn manifest(text: &str) -> Organization {
    read(&[File { path: "organization.yaml".to_owned(), bytes: text.as_bytes().to_vec() }])
}

/// The example organization.
pub(crate) fn example() -> Organization {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/harbor");
    let mut found = Vec::new();
    files(&folder, &folder, &mut found);
    read(&found)
}

fn files(folder: &Path, under: &Path, found: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            files(&entry, under, found);
        } else {
            let path = entry.strip_prefix(under).unwrap().to_string_lossy().replace('\\', "/");
            found.push(File { path, bytes: std::fs::read(&entry).unwrap() });
        }
    }
}

/// A provider for the platform `cluster` of an organization, with this login.
pub(crate) fn provider(organization: &Organization, login: Login) -> KubernetesProvider {
    let wire = Wire::new(Settings::default()).unwrap();
    KubernetesProvider::with_login(&organization.platforms["cluster"], Arc::new(wire), login).unwrap()
}

/// All that is asked for.
pub(crate) fn wanted(organization: &Organization, provider: &KubernetesProvider) -> Vec<Desired> {
    let mut wanted = Vec::new();
    for scope in provider.scopes(organization, &BTreeMap::new()) {
        wanted.extend(provider.kinds().iter().flat_map(|kind| kind.wanted(organization, &scope)));
    }
    wanted
}

/// Nothing of a test survives a crash.
struct Nothing;

impl Notebook for Nothing {
    fn note(&self, _: &Address, _: &str, _: &str) -> Result<(), Error> {
        Ok(())
    }
    fn noted(&self, _: &Address, _: &str) -> Option<String> {
        None
    }
}

/// An organization on a real server, written object by object.
pub(crate) struct House {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) organization: Organization,
    pub(crate) provider: KubernetesProvider,
    ids: Mutex<BTreeMap<Address, String>>,
}

impl House {
    pub(crate) fn new(cluster: &Arc<Cluster>, text: &str) -> Self {
        let organization = manifest(text);
        let provider = provider(&organization, login(cluster, "let-me-in"));
        Self { cluster: Arc::clone(cluster), organization, provider, ids: Mutex::default() }
    }

    /// Takes away all that carries our mark.
    pub(crate) fn clear(&self) {
        let ours = "--selector=app.kubernetes.io/managed-by=polity";
        self.cluster.kubectl(&["delete", "namespaces,clusterroles", ours, "--wait=true"], "").unwrap();
    }

    /// The manifest says something else from now on.
    pub(crate) fn says(&mut self, text: &str) {
        self.organization = manifest(text);
    }

    /// Everything from now on is done as the bearer of this token.
    pub(crate) fn act_as(&mut self, token: &str) {
        self.provider = provider(&self.organization, login(&self.cluster, token));
    }

    pub(crate) fn kind(&self, name: &str) -> &dyn Kind {
        self.provider.kinds().iter().find(|kind| kind.schema().kind == name).unwrap().as_ref()
    }

    pub(crate) fn scope(&self) -> Scope {
        self.provider.scopes(&self.organization, &BTreeMap::new()).remove(0)
    }

    pub(crate) async fn writer(&self) -> Writer {
        self.provider.writer(&self.scope(), Arc::new(Nothing)).await.unwrap()
    }

    /// What is asked for at this address (`kind/name`), with all references resolved that are known.
    pub(crate) fn desired(&self, address: &str) -> (Address, Map) {
        let address: Address = format!("cluster/{address}").parse().unwrap();
        let mut all = wanted(&self.organization, &self.provider);
        let found =
            all.iter().position(|one| one.address == address).unwrap_or_else(|| panic!("nothing asks for {address}"));
        let ids = self.ids.lock().unwrap();
        let known =
            |reference: &polity_model::Reference| ids.get(&reference.address).map(|id| Value::text(id.as_str()));
        let attributes = all.remove(found).attributes;
        (address, attributes.into_iter().map(|(name, value)| (name, value.resolve(&known))).collect())
    }

    /// What is there at an address, as it was made here.
    pub(crate) async fn present(&self, address: &str) -> Option<Observed> {
        let address: Address = format!("cluster/{address}").parse().unwrap();
        let id = self.ids.lock().unwrap().get(&address).cloned()?;
        let writer = self.writer().await;
        self.kind(&address.kind).read(writer.reader(), &id).await.unwrap()
    }

    pub(crate) fn know(&self, address: &str, id: &str) {
        self.ids.lock().unwrap().insert(format!("cluster/{address}").parse().unwrap(), id.to_owned());
    }

    pub(crate) async fn create(&self, address: &str) -> Result<String, Error> {
        let (at, after) = self.desired(address);
        let mark = Mark { organization: self.organization.name.clone(), address: at.clone() };
        let changed: Vec<String> = after.keys().cloned().collect();
        let (scope, before) = (self.scope(), Map::new());
        let ask = Ask {
            address: &at,
            scope: &scope,
            id: None,
            before: &before,
            after: &after,
            changed: &changed,
            mark: Some(&mark),
        };
        let id = self.kind(&at.kind).create(&self.writer().await, &ask).await?;
        self.know(address, &id);
        Ok(id)
    }

    pub(crate) async fn update(&self, address: &str) -> Result<(), Error> {
        let (at, after) = self.desired(address);
        let changed: Vec<String> = after.keys().cloned().collect();
        let (scope, before) = (self.scope(), Map::new());
        let id = self.ids.lock().unwrap()[&at].clone();
        let ask = Ask {
            address: &at,
            scope: &scope,
            id: Some(&id),
            before: &before,
            after: &after,
            changed: &changed,
            mark: None,
        };
        self.kind(&at.kind).update(&self.writer().await, &ask).await
    }

    pub(crate) async fn delete(&self, address: &str) -> Result<(), Error> {
        let at: Address = format!("cluster/{address}").parse().unwrap();
        let id = self.ids.lock().unwrap()[&at].clone();
        let (scope, none) = (self.scope(), Map::new());
        let ask =
            Ask { address: &at, scope: &scope, id: Some(&id), before: &none, after: &none, changed: &[], mark: None };
        self.kind(&at.kind).delete(&self.writer().await, &ask).await
    }

    /// In which attributes something that is there is not what is asked for.
    pub(crate) async fn differs(&self, address: &str) -> Vec<String> {
        let (at, after) = self.desired(address);
        let seen = self.present(address).await.unwrap_or_else(|| panic!("{address} is not there"));
        let differences = polity_planner::differences(self.kind(&at.kind).schema(), &after, &seen.attributes);
        differences.into_iter().map(|difference| difference.attribute).collect()
    }
}

/// A login by a token of the cluster's list.
pub(crate) fn login(cluster: &Cluster, token: &str) -> Login {
    let authorities = std::fs::read(cluster.file("ca.crt")).unwrap();
    Login::fixed(cluster.address(), token, Some(&authorities))
}
