//! The provider: a connected AWS organization.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use polity_model::{
    Address,
    inventory::Inventory,
    limit::Limit,
    organization::{Organization, Platform},
    resource::{Observed, Scope},
};
use polity_provider::{
    Attribution, Error, Identity, Kind, Notebook, Problem, Provider, Reader, Wire, Writer, WritingProvider,
};
use serde_json::{Value as Json, json};

use crate::{
    attribution,
    auth::{Keys, Login, Role},
    client::{Caller, pages},
    kinds, limits,
    operations::{organizations, sso_admin, sts},
    scopes::{self, Fields},
    services::{Endpoints, Partition},
    session::AwsSession,
};

/// A connected AWS organization.
pub struct AwsProvider {
    platform: String,
    fields: Fields,
    partition: &'static Partition,
    wire: Arc<Wire>,
    base: Arc<Keys>,
    endpoints: Arc<Endpoints>,
    members: Mutex<BTreeMap<String, Arc<Keys>>>,
    identity_center: tokio::sync::OnceCell<BTreeMap<String, String>>,
    organization: std::sync::OnceLock<String>,
    kinds: Vec<Box<dyn Kind>>,
}

impl AwsProvider {
    /// Connects with the credentials that AWS's own tools would use. Nothing is called yet.
    pub async fn connect(platform: &Platform, wire: Arc<Wire>) -> Result<Self, Error> {
        let login = Login::from_environment(&wire, &Fields::of(&platform.native).region).await?;
        Ok(Self::with_login(platform, wire, login))
    }

    /// Connects with this login.
    pub fn with_login(platform: &Platform, wire: Arc<Wire>, login: Login) -> Self {
        let fields = Fields::of(&platform.native);
        let (base, endpoints) = login.into_parts();
        // AWS's rates are AWS's: an endpoint of the user's has its own, and says when they are reached.
        if !endpoints.is_custom() {
            wire.set_rates(&platform.name, limits::RATES);
        }
        Self {
            platform: platform.name.clone(),
            partition: Partition::of(&fields.region),
            fields,
            wire,
            base,
            endpoints,
            members: Mutex::default(),
            identity_center: tokio::sync::OnceCell::new(),
            organization: std::sync::OnceLock::new(),
            kinds: kinds::all(),
        }
    }

    /// The wire, for its statistics.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    fn session(&self, keys: Arc<Keys>, region: &str, account: &str) -> Arc<AwsSession> {
        Arc::new(AwsSession {
            keys,
            endpoints: Arc::clone(&self.endpoints),
            region: region.to_owned(),
            account: Some(account.to_owned()),
        })
    }

    /// A reader in the management account, in this region.
    fn at_home(&self, scope: &Scope, region: &str, facts: BTreeMap<String, String>) -> Reader {
        let session = self.session(Arc::clone(&self.base), region, &self.fields.management_account);
        Reader::new(Arc::clone(&self.wire), session, scope.clone(), facts)
    }

    fn top(&self, level: &str, name: String) -> Scope {
        Scope { name, platform: self.platform.clone(), level: level.to_owned(), tenant: None, entry: None }
    }

    fn organization_scope(&self) -> Scope {
        self.top(scopes::ORGANIZATION, self.platform.clone())
    }

    /// A reader in a member account. Its role is assumed at once: an account that lets us not in is one gap, not one
    /// for each of its kinds.
    async fn in_member(&self, scope: &Scope) -> Result<Reader, Error> {
        let entry = scope.entry.as_ref();
        let part = |name: &str| entry.and_then(|entry| entry.get(name)).map(String::as_str);
        let Some(account) = part("account_id") else {
            let mut error = Error::new(Problem::NotFound, "entering an account", "the account does not exist yet");
            error.scope.clone_from(&scope.name);
            return Err(error);
        };
        let region = part("region").unwrap_or(&self.fields.region);
        let keys = if account == self.fields.management_account {
            Arc::clone(&self.base)
        } else {
            self.member_keys(account, scope)
        };
        keys.get().await?;
        let facts = BTreeMap::from([
            ("account_id".to_owned(), account.to_owned()),
            ("region".to_owned(), region.to_owned()),
            ("partition".to_owned(), self.partition.name.to_owned()),
        ]);
        Ok(Reader::new(Arc::clone(&self.wire), self.session(keys, region, account), scope.clone(), facts))
    }

    /// The keys of a member account: one set for all of its regions.
    fn member_keys(&self, account: &str, scope: &Scope) -> Arc<Keys> {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = members.entry(account.to_owned()).or_insert_with(|| {
            let partition = self.partition.name;
            Arc::new(Keys::of_role(Role {
                base: Arc::clone(&self.base),
                wire: Arc::clone(&self.wire),
                endpoints: Arc::clone(&self.endpoints),
                region: self.fields.region.clone(),
                arn: format!("arn:{partition}:iam::{account}:role/{}", self.fields.assume_role),
                scope: scope.clone(),
            }))
        });
        Arc::clone(keys)
    }

    /// Facts on the organization; without an id where there is no organization yet.
    async fn organization_facts(&self) -> Result<BTreeMap<String, String>, Error> {
        let mut facts = BTreeMap::from([
            ("management_account".to_owned(), self.fields.management_account.clone()),
            ("account_id".to_owned(), self.fields.management_account.clone()),
            ("partition".to_owned(), self.partition.name.to_owned()),
            ("region".to_owned(), self.partition.hub.to_owned()),
        ]);
        if self.organization.get().is_none() {
            let reader = self.at_home(&self.organization_scope(), self.partition.hub, BTreeMap::new());
            self.remember(describe_organization(&reader).await?.as_ref());
        }
        facts.extend(self.organization.get().map(|id| ("organization_id".to_owned(), id.clone())));
        Ok(facts)
    }

    /// Keeps the organization's id. That there is none yet is not kept: it may be made in this very run.
    fn remember(&self, organization: Option<&Json>) {
        if let Some(id) = organization.and_then(|found| found.get("Id")).and_then(Json::as_str) {
            // Whoever came first read the same.
            let _ = self.organization.set(id.to_owned());
        }
    }

    /// Facts on Identity Center: its instance and its store.
    async fn identity_facts(&self) -> Result<&BTreeMap<String, String>, Error> {
        self.identity_center
            .get_or_try_init(|| async {
                let scope = self.top(scopes::IDENTITY, format!("{}/identity", self.platform));
                let region = self.fields.region.as_str();
                let reader = self.at_home(&scope, region, BTreeMap::new());
                let instances = pages(&reader, &sso_admin::LIST_INSTANCES, json!({}), "Instances").await?;
                // The organization's instance; an account may have a lesser one of its own besides.
                let owned = |instance: &&Json| {
                    instance.get("OwnerAccountId").and_then(Json::as_str) == Some(&self.fields.management_account)
                };
                let instance = instances.iter().find(owned).or_else(|| instances.first());
                let part = |name: &str| instance.and_then(|found| found.get(name)).and_then(Json::as_str);
                let (Some(arn), Some(store)) = (part("InstanceArn"), part("IdentityStoreId")) else {
                    return Err(no_identity_center(&scope, region));
                };
                Ok(BTreeMap::from([
                    ("instance_arn".to_owned(), arn.to_owned()),
                    ("identity_store_id".to_owned(), store.to_owned()),
                    ("account_id".to_owned(), self.fields.management_account.clone()),
                    ("partition".to_owned(), self.partition.name.to_owned()),
                    ("region".to_owned(), region.to_owned()),
                ]))
            })
            .await
    }
}

fn no_identity_center(scope: &Scope, region: &str) -> Error {
    let why = format!("IAM Identity Center is not enabled in `{region}`");
    let mut error = Error::new(Problem::NotFound, "sso-admin:ListInstances", why).help(
        "enable it in the console (AWS has no call for it), set `region` on the platform to where it is enabled, or set \
         `identity_center: false`",
    );
    error.scope.clone_from(&scope.name);
    error
}

/// The organization that the credentials are in, if they are in one.
async fn describe_organization(reader: &Reader) -> Result<Option<Json>, Error> {
    match reader.json(&organizations::DESCRIBE_ORGANIZATION, json!({})).await {
        Ok(mut answer) => Ok(answer.get_mut("Organization").map(Json::take)),
        Err(error) if error.is(Problem::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

#[async_trait]
impl Provider for AwsProvider {
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
        limits::of(&self.platform, self.partition.name)
    }

    async fn identify(&self) -> Result<Identity, Error> {
        let declared = &self.fields.management_account;
        let scope = self.organization_scope();
        let here = self.at_home(&scope, &self.fields.region, BTreeMap::new());
        let caller = here.query(&sts::GET_CALLER_IDENTITY, &[]).await?;
        let part = |name: &str| caller.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let (account, actor) = (part("Account"), part("Arn"));
        if account != *declared {
            let why = format!("the credentials are of account `{account}`, but the management account is `{declared}`");
            let mut error = Error::new(Problem::Credentials, "sts:GetCallerIdentity", why)
                .help("use credentials of the management account, or correct `management_account` on the platform");
            error.scope = scope.name;
            return Err(error);
        }
        let hub = self.at_home(&scope, self.partition.hub, BTreeMap::new());
        // The management account names the organization from before it is born to its end; its id only in between.
        let identity = Identity { organization: account, actor };
        let Some(found) = describe_organization(&hub).await? else { return Ok(identity) };
        let id = found.get("Id").and_then(Json::as_str).unwrap_or_default();
        let master = found.get("MasterAccountId").and_then(Json::as_str).unwrap_or_default();
        if master != declared {
            let why =
                format!("`{declared}` is a member of the organization `{id}`, whose management account is `{master}`");
            let mut error = Error::new(Problem::Credentials, "organizations:DescribeOrganization", why)
                .help("an organization is managed from its management account: correct `management_account`");
            error.scope = scope.name;
            return Err(error);
        }
        Ok(identity)
    }

    async fn reader(&self, scope: &Scope) -> Result<Reader, Error> {
        match scope.level.as_str() {
            scopes::ORGANIZATION => {
                let facts = self.organization_facts().await?;
                Ok(self.at_home(scope, self.partition.hub, facts))
            }
            scopes::IDENTITY => {
                let facts = self.identity_facts().await?.clone();
                Ok(self.at_home(scope, &self.fields.region, facts))
            }
            _ => self.in_member(scope).await,
        }
    }

    async fn who_changed(&self, scope: &Scope, object: &Observed) -> Result<Option<Attribution>, Error> {
        let Ok(reader) = self.reader(scope).await else { return Ok(None) };
        Ok(attribution::last_change(&reader, object).await)
    }
}

#[async_trait]
impl WritingProvider for AwsProvider {
    async fn writer(&self, scope: &Scope, notebook: Arc<dyn Notebook>) -> Result<Writer, Error> {
        Ok(Writer::new(self.reader(scope).await?, notebook))
    }
}
