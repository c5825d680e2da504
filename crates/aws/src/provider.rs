//! The provider: a connected AWS organization.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use polity_model::{
    Address,
    inventory::Inventory,
    limit::Limit,
    organization::{Organization, Platform},
    resource::{Observed, Scope},
    units::Timestamp,
};
use polity_provider::{
    Attribution, Error, Identity, Kind, Notebook, Offline, Problem, Provider, Reader, Survey, Target, Wire, Writer,
    WritingProvider,
};
use serde_json::{Value as Json, json};

use crate::{
    attribution,
    auth::Login,
    client::{Caller, pages},
    corrections,
    door::Door,
    kinds, limits,
    operations::{organizations, sso_admin, sts},
    scopes::{self, Fields},
    services::Partition,
    surveys,
};

/// A connected AWS organization.
pub struct AwsProvider {
    door: Arc<Door>,
    identity_center: tokio::sync::OnceCell<BTreeMap<String, String>>,
    organization: std::sync::OnceLock<String>,
    kinds: Vec<Box<dyn Kind>>,
    surveys: Vec<Box<dyn Survey>>,
    /// Names of scopes in which something is to be put right.
    corrected: BTreeSet<String>,
}

impl AwsProvider {
    /// Connects with the credentials that AWS's own tools would use. Nothing is called yet.
    pub async fn connect(platform: &Platform, wire: Arc<Wire>) -> Result<Self, Error> {
        let fields = Fields::of(&platform.native);
        let login = Login::from_environment(&wire, &fields.region, fields.profile.as_deref()).await?;
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
        let door = Arc::new(Door {
            platform: platform.name.clone(),
            partition: Partition::of(&fields.region),
            fields,
            wire,
            base,
            endpoints,
            members: Mutex::default(),
        });
        Self {
            identity_center: tokio::sync::OnceCell::new(),
            organization: std::sync::OnceLock::new(),
            kinds: kinds::all(),
            surveys: surveys::all(&door),
            corrected: BTreeSet::new(),
            door,
        }
    }

    /// An AWS that cannot be connected, and why: what would be asked of it is known all the same.
    pub fn offline(platform: &Platform, error: Error) -> Offline {
        let (name, fields) = (platform.name.clone(), Fields::of(&platform.native));
        let scopes = move |organization: &Organization, known: &BTreeMap<Address, String>| {
            scopes::scopes(&name, &fields, organization, known)
        };
        Offline::new(&platform.name, kinds::all(), scopes, error)
    }

    /// With the kinds that put right, which are asked for these targets.
    #[must_use]
    pub fn correcting(mut self, targets: &[Target]) -> Self {
        self.kinds.extend(corrections::kinds(targets));
        self.corrected = targets.iter().map(|target| target.scope.clone()).collect();
        self
    }

    /// The wire, for its statistics.
    pub fn wire(&self) -> &Wire {
        &self.door.wire
    }

    /// Facts on the organization; without an id where there is no organization yet.
    async fn organization_facts(&self) -> Result<BTreeMap<String, String>, Error> {
        let mut facts = BTreeMap::from([
            ("management_account".to_owned(), self.door.fields.management_account.clone()),
            ("account_id".to_owned(), self.door.fields.management_account.clone()),
            ("partition".to_owned(), self.door.partition.name.to_owned()),
            ("region".to_owned(), self.door.partition.hub.to_owned()),
        ]);
        if self.organization.get().is_none() {
            self.remember(describe_organization(&self.door.at_hub()).await?.as_ref());
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
                let scope = self.door.top(scopes::IDENTITY, format!("{}/identity", self.door.platform));
                let region = self.door.fields.region.as_str();
                let reader = self.door.at_home(&scope, region, BTreeMap::new());
                let instances = pages(&reader, &sso_admin::LIST_INSTANCES, json!({}), "Instances").await?;
                // The organization's instance; an account may have a lesser one of its own besides.
                let owned = |instance: &&Json| {
                    instance.get("OwnerAccountId").and_then(Json::as_str) == Some(&self.door.fields.management_account)
                };
                let instance = instances.iter().find(owned).or_else(|| instances.first());
                let part = |name: &str| instance.and_then(|found| found.get(name)).and_then(Json::as_str);
                let (Some(arn), Some(store)) = (part("InstanceArn"), part("IdentityStoreId")) else {
                    return Err(no_identity_center(&scope, region));
                };
                Ok(BTreeMap::from([
                    ("instance_arn".to_owned(), arn.to_owned()),
                    ("identity_store_id".to_owned(), store.to_owned()),
                    ("account_id".to_owned(), self.door.fields.management_account.clone()),
                    ("partition".to_owned(), self.door.partition.name.to_owned()),
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
        &self.door.platform
    }

    fn kinds(&self) -> &[Box<dyn Kind>] {
        &self.kinds
    }

    fn surveys(&self) -> &[Box<dyn Survey>] {
        &self.surveys
    }

    fn survey_scopes(&self, organization: &Organization, known: &BTreeMap<Address, String>) -> Vec<Scope> {
        scopes::of_surveys(&self.door.platform, &self.door.fields, organization, known)
    }

    fn scopes(&self, organization: &Organization, known: &BTreeMap<Address, String>) -> Vec<Scope> {
        let mut all = scopes::scopes(&self.door.platform, &self.door.fields, organization, known);
        // Where something is put right, no setting needs to be asked for.
        let further = self.survey_scopes(organization, known).into_iter();
        let further: Vec<Scope> = further
            .filter(|scope| self.corrected.contains(&scope.name) && !all.iter().any(|known| known.name == scope.name))
            .collect();
        all.extend(further);
        all
    }

    fn limits(&self, _inventory: &Inventory) -> Vec<Limit> {
        limits::of(&self.door.platform, self.door.partition.name)
    }

    async fn identify(&self) -> Result<Identity, Error> {
        let declared = &self.door.fields.management_account;
        let scope = self.door.organization_scope();
        let here = self.door.at_home(&scope, &self.door.fields.region, BTreeMap::new());
        let caller = here.query(&sts::GET_CALLER_IDENTITY, &[]).await.map_err(|mut error| {
            // Of several platforms each has a login of its own: which one is it?
            if error.scope.is_empty() {
                error.scope.clone_from(&scope.name);
            }
            error
        })?;
        let part = |name: &str| caller.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let (account, actor) = (part("Account"), part("Arn"));
        if account != *declared {
            let why = format!("the credentials are of account `{account}`, but the management account is `{declared}`");
            let mut error = Error::new(Problem::Credentials, "sts:GetCallerIdentity", why)
                .help("use credentials of the management account, or correct `management_account` on the platform");
            error.scope = scope.name;
            return Err(error);
        }
        // The management account names the organization from before it is born to its end; its id only in between.
        let identity = Identity { organization: account, actor };
        let Some(found) = describe_organization(&self.door.at_hub()).await? else { return Ok(identity) };
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
                Ok(self.door.at_home(scope, self.door.partition.hub, facts))
            }
            scopes::IDENTITY => {
                let facts = self.identity_facts().await?.clone();
                Ok(self.door.at_home(scope, &self.door.fields.region, facts))
            }
            _ => self.door.in_member(scope).await,
        }
    }

    /// Calls that belong to no region are recorded in the partition's hub: there the account's own scope stands for it.
    async fn record(&self, scope: &Scope, since: Timestamp) -> Result<Vec<Json>, Error> {
        let hub = self.door.partition.hub;
        // What is not born yet has done nothing.
        let Some(entry) = &scope.entry else { return Ok(Vec::new()) };
        let is_hub = entry.get("region").is_some_and(|region| region == hub);
        match scope.level.as_str() {
            scopes::ACCOUNT => {
                let reader = self.reader(scope).await?;
                attribution::record(&self.door.elsewhere(&reader, hub).await?, since).await
            }
            scopes::REGION if !is_hub => attribution::record(&self.reader(scope).await?, since).await,
            _ => Ok(Vec::new()),
        }
    }

    async fn who_changed(&self, scope: &Scope, object: &Observed) -> Result<Option<Attribution>, Error> {
        let Ok(reader) = self.reader(scope).await else { return Ok(None) };
        Ok(attribution::last_change(&reader, object, &scope.level).await)
    }
}

#[async_trait]
impl WritingProvider for AwsProvider {
    async fn writer(&self, scope: &Scope, notebook: Arc<dyn Notebook>) -> Result<Writer, Error> {
        Ok(Writer::new(self.reader(scope).await?, notebook))
    }
}
