//! The provider: a connected cluster.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use polity_model::{
    Address,
    inventory::Inventory,
    limit::Limit,
    organization::{Organization, Platform, Principal},
    resource::{Observed, Scope},
};
use polity_provider::{
    Attribution, Error, Identity, Kind, Notebook, Offline, Problem, Provider, Reader, Request, Wire, Writer,
    WritingProvider,
};
use serde_json::{Value as Json, json};
use tokio::sync::OnceCell;

use crate::{
    attribution,
    auth::{Keys, Login, subject_of},
    client::{self, Target, json_of, text},
    kinds::{self, object::CLUSTER},
    limits,
    names::{self, Fields},
    operations::{NAMESPACES, WHAT_MAY_I, WHO_AM_I},
    session::KubernetesSession,
};

/// The namespace whose identity is that of the cluster: every cluster has it, from its birth to its end.
const HEART: &str = "kube-system";

/// Who the server takes us for.
#[derive(Clone, Debug, Default)]
struct Ourselves {
    name: String,
    /// As subjects of bindings.
    subjects: Vec<String>,
}

/// A connected cluster.
pub struct KubernetesProvider {
    platform: String,
    fields: Fields,
    wire: Arc<Wire>,
    keys: Arc<Keys>,
    session: Arc<KubernetesSession>,
    cluster: OnceCell<String>,
    ourselves: OnceCell<Ourselves>,
    kinds: Vec<Box<dyn Kind>>,
}

impl KubernetesProvider {
    /// Connects with the credentials that `kubectl` would use. Nothing is called yet.
    pub fn connect(platform: &Platform, wire: Arc<Wire>) -> Result<Self, Error> {
        let login = Login::from_environment(Fields::of(&platform.native).context.as_deref()).map_err(|mut error| {
            error.scope.clone_from(&platform.name);
            error
        })?;
        Self::with_login(platform, wire, login)
    }

    /// A cluster that cannot be connected, and why: what would be asked of it is known all the same.
    pub fn offline(platform: &Platform, error: Error) -> Offline {
        let name = platform.name.clone();
        let scopes = move |_: &Organization, _: &BTreeMap<Address, String>| vec![scope(&name)];
        Offline::new(&platform.name, kinds::all(), scopes, error)
    }

    /// Connects with this login.
    pub fn with_login(platform: &Platform, wire: Arc<Wire>, login: Login) -> Result<Self, Error> {
        let keys = Arc::new(login.into_keys(&platform.name, Arc::clone(&wire))?);
        Ok(Self {
            platform: platform.name.clone(),
            fields: Fields::of(&platform.native),
            session: Arc::new(KubernetesSession { keys: Arc::clone(&keys) }),
            keys,
            wire,
            cluster: OnceCell::new(),
            ourselves: OnceCell::new(),
            kinds: kinds::all(),
        })
    }

    fn scope(&self) -> Scope {
        scope(&self.platform)
    }

    fn with_facts(&self, scope: &Scope, facts: BTreeMap<String, String>) -> Reader {
        let session = Arc::clone(&self.session) as Arc<dyn polity_provider::Session>;
        Reader::new(Arc::clone(&self.wire), session, scope.clone(), facts)
    }

    /// The cluster's own id.
    async fn cluster_id(&self) -> Result<&String, Error> {
        self.cluster
            .get_or_try_init(|| async {
                let reader = self.with_facts(&self.scope(), BTreeMap::new());
                let target = Target { resource: &NAMESPACES, namespace: None, name: HEART };
                let heart = client::get(&reader, &target).await?;
                let id = heart.as_ref().and_then(|heart| text(heart, "/metadata/uid"));
                let id = id.map(str::to_owned);
                id.ok_or_else(|| {
                    client::unexpected(&reader, "get namespaces", "the namespace `kube-system` has no identity")
                })
            })
            .await
    }

    /// Who the server takes us for; servers before 1.28 do not tell.
    async fn ourselves(&self) -> Result<&Ourselves, Error> {
        self.ourselves.get_or_try_init(|| self.ask_who_we_are()).await
    }

    async fn ask_who_we_are(&self) -> Result<Ourselves, Error> {
        let reader = self.with_facts(&self.scope(), BTreeMap::new());
        let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let request = Request {
            method: "POST",
            path: "/apis/authentication.k8s.io/v1/selfsubjectreviews".to_owned(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
            ..Request::default()
        };
        match reader.call(&WHO_AM_I, request).await {
            Ok(reply) => {
                let review = json_of(&reader, WHO_AM_I.0.name, &reply)?;
                let name = text(&review, "/status/userInfo/username").unwrap_or(&self.keys.user).to_owned();
                let groups = review.pointer("/status/userInfo/groups").and_then(Json::as_array).into_iter().flatten();
                let groups = groups.filter_map(Json::as_str).map(|group| format!("Group:{group}"));
                Ok(Ourselves { subjects: groups.chain(as_subjects(&name)).collect(), name })
            }
            Err(error) if matches!(error.problem, Problem::Unsupported | Problem::NotFound | Problem::Denied) => {
                let token = self.keys.token().await?;
                let name = token.as_deref().and_then(subject_of).unwrap_or_else(|| self.keys.user.clone());
                let admitted = self.who_is_admitted(&reader).await;
                Ok(Ourselves { subjects: as_subjects(&name).into_iter().chain(admitted).collect(), name })
            }
            Err(error) => Err(error),
        }
    }

    /// As whom we may give roles away: a server that does not tell who we are tells by which binding it lets us in.
    async fn who_is_admitted(&self, reader: &Reader) -> Option<String> {
        let asked = json!({"group": "rbac.authorization.k8s.io", "resource": "clusterrolebindings", "verb": "update"});
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": asked},
        });
        let request = Request {
            method: "POST",
            path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews".to_owned(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
            ..Request::default()
        };
        let reply = reader.call(&WHAT_MAY_I, request).await.ok()?;
        let review = json_of(reader, WHAT_MAY_I.0.name, &reply).ok()?;
        text(&review, "/status/reason").and_then(admitted_as)
    }
}

/// A user name as subjects of bindings: an account of the cluster's own is two.
fn as_subjects(name: &str) -> Vec<String> {
    let account = name.strip_prefix("system:serviceaccount:").and_then(|account| account.split_once(':'));
    let account = account.map(|(namespace, account)| format!("ServiceAccount:{namespace}/{account}"));
    account.into_iter().chain([format!("User:{name}")]).collect()
}

/// The subject in `RBAC: allowed by ClusterRoleBinding "a" of ClusterRole "b" to Group "c"`.
fn admitted_as(reason: &str) -> Option<String> {
    let (kind, rest) = reason.rsplit_once("\" to ")?.1.split_once(" \"")?;
    let name = rest.strip_suffix('"')?;
    match (kind, name.split_once('/')) {
        // The server writes `name/namespace` here, and `namespace/name` everywhere else.
        ("ServiceAccount", Some((name, namespace))) => Some(format!("ServiceAccount:{namespace}/{name}")),
        _ => Some(format!("{kind}:{name}")),
    }
}

/// The one scope of a cluster.
fn scope(platform: &str) -> Scope {
    Scope {
        name: platform.to_owned(),
        platform: platform.to_owned(),
        level: CLUSTER.to_owned(),
        tenant: None,
        entry: Some(BTreeMap::new()),
    }
}

#[async_trait]
impl Provider for KubernetesProvider {
    fn platform(&self) -> &str {
        &self.platform
    }

    fn kinds(&self) -> &[Box<dyn Kind>] {
        &self.kinds
    }

    /// One: each kind is read over all namespaces at once.
    fn scopes(&self, _organization: &Organization, _known: &BTreeMap<Address, String>) -> Vec<Scope> {
        vec![self.scope()]
    }

    fn known_by_name(&self, organization: &Organization) -> BTreeMap<String, Principal> {
        names::principals(organization, &self.platform)
    }

    fn limits(&self, _inventory: &Inventory) -> Vec<Limit> {
        limits::of(&self.platform)
    }

    async fn identify(&self) -> Result<Identity, Error> {
        let organization = self.cluster_id().await?.clone();
        if let Some(declared) = self.fields.cluster_id.as_ref().filter(|declared| **declared != organization) {
            let why =
                format!("`{}` is the cluster `{organization}`, but `cluster_id` says `{declared}`", self.keys.server);
            let mut error = Error::new(Problem::Credentials, "kubernetes:get namespaces", why)
                .help("choose another context of the kubeconfig, or correct `cluster_id` on the platform");
            error.scope.clone_from(&self.platform);
            return Err(error);
        }
        Ok(Identity { organization, actor: self.ourselves().await?.name.clone() })
    }

    async fn reader(&self, scope: &Scope) -> Result<Reader, Error> {
        let facts = BTreeMap::from([
            ("cluster_id".to_owned(), self.cluster_id().await?.clone()),
            ("server".to_owned(), self.keys.server.clone()),
            ("ourselves".to_owned(), self.ourselves().await?.subjects.join("\n")),
        ]);
        Ok(self.with_facts(scope, facts))
    }

    async fn who_changed(&self, scope: &Scope, object: &Observed) -> Result<Option<Attribution>, Error> {
        let Ok(reader) = self.reader(scope).await else { return Ok(None) };
        Ok(attribution::last_change(&reader, object).await)
    }
}

#[async_trait]
impl WritingProvider for KubernetesProvider {
    async fn writer(&self, scope: &Scope, notebook: Arc<dyn Notebook>) -> Result<Writer, Error> {
        Ok(Writer::new(self.reader(scope).await?, notebook))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_tells_by_whose_binding_it_lets_us_in() {
        let said = |to: &str| {
            admitted_as(&format!("RBAC: allowed by ClusterRoleBinding \"a b\" of ClusterRole \"c\" to {to}"))
        };
        assert_eq!(said("Group \"oidc:admins\"").as_deref(), Some("Group:oidc:admins"));
        assert_eq!(said("User \"ada@acme.example\"").as_deref(), Some("User:ada@acme.example"));
        assert_eq!(said("ServiceAccount \"polity/tools\"").as_deref(), Some("ServiceAccount:tools/polity"));
        assert_eq!(admitted_as(""), None);
    }

    #[test]
    fn an_account_of_the_cluster_is_known_by_both_of_its_names() {
        let subjects = as_subjects("system:serviceaccount:tools:polity");
        assert_eq!(subjects, ["ServiceAccount:tools/polity", "User:system:serviceaccount:tools:polity"]);
        assert_eq!(as_subjects("ada"), ["User:ada"]);
    }
}
