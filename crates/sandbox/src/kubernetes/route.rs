//! Paths of the API: which resource, in which namespace, which object, and what is done to it.

use http::Method;

use crate::cloud::Request;

/// One resource of the API.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resource {
    /// API group; empty for the core.
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    pub(super) plural: &'static str,
    pub(super) namespaced: bool,
    /// What clients may call it in short.
    pub(super) short: &'static [&'static str],
}

const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

const fn resource(group: &'static str, kind: &'static str, plural: &'static str, namespaced: bool) -> Resource {
    Resource { group, kind, plural, namespaced, short: &[] }
}

/// A resource of the core.
const fn core(kind: &'static str, plural: &'static str, namespaced: bool, short: &'static [&'static str]) -> Resource {
    Resource { group: "", kind, plural, namespaced, short }
}

/// All resources, each in its version 1.
pub(super) static RESOURCES: &[Resource] = &[
    core("Namespace", "namespaces", false, &["ns"]),
    core("ResourceQuota", "resourcequotas", true, &["quota"]),
    core("LimitRange", "limitranges", true, &["limits"]),
    core("ServiceAccount", "serviceaccounts", true, &["sa"]),
    core("ConfigMap", "configmaps", true, &["cm"]),
    core("Secret", "secrets", true, &[]),
    resource(RBAC, "Role", "roles", true),
    resource(RBAC, "RoleBinding", "rolebindings", true),
    resource(RBAC, "ClusterRole", "clusterroles", false),
    resource(RBAC, "ClusterRoleBinding", "clusterrolebindings", false),
    Resource { short: &["netpol"], ..resource("networking.k8s.io", "NetworkPolicy", "networkpolicies", true) },
    resource(ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", false),
    resource(ADMISSION, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", false),
];

impl Resource {
    /// As in `apiVersion`.
    pub(super) fn version(&self) -> String {
        if self.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", self.group) }
    }

    /// `rolebindings.rbac.authorization.k8s.io`, as messages name it.
    pub(super) fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `RoleBinding.rbac.authorization.k8s.io`, as refusals of values name it.
    pub(super) fn kind_qualified(&self) -> String {
        if self.group.is_empty() { self.kind.to_owned() } else { format!("{}.{}", self.kind, self.group) }
    }
}

/// The resource with this group and plural.
pub(super) fn find(group: &str, plural: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|known| known.group == group && known.plural == plural)
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// Objects of a resource, or one of them.
    Objects {
        resource: &'static Resource,
        namespace: Option<String>,
        name: Option<String>,
        /// `status`, `finalize`.
        part: Option<String>,
    },
    /// What the API has: `/version`, `/api`, `/apis`, `/api/v1`, `/apis/<group>/<version>`; health, too.
    Discovery(Vec<String>),
    /// Who is asking.
    Myself,
    /// A path of the API that leads nowhere.
    Nowhere,
}

impl Route {
    /// The way of a request; `None` when it is for no API server at all.
    pub(super) fn of(request: &Request) -> Option<Self> {
        // Requests to AWS are signed, and their paths are nobody else's business.
        let signed = request.headers().get(http::header::AUTHORIZATION);
        if signed.is_some_and(|value| value.as_bytes().starts_with(b"AWS4-")) {
            return None;
        }
        let decode = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
        let parts: Vec<String> = request.uri().path().split('/').filter(|part| !part.is_empty()).map(decode).collect();
        let words: Vec<&str> = parts.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["version" | "healthz" | "readyz" | "livez"]
            | ["api" | "apis"]
            | ["api", "v1"]
            | ["apis", _]
            | ["apis", _, _] => Some(Self::Discovery(parts)),
            ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"] => Some(Self::Myself),
            ["api", "v1", rest @ ..] => Some(objects("", rest)),
            ["apis", group, "v1", rest @ ..] => Some(objects(group, rest)),
            ["api" | "apis", ..] => Some(Self::Nowhere),
            _ => None,
        }
    }

    /// Whether nothing changes by it.
    pub(super) fn reads(&self, request: &Request) -> bool {
        matches!(self, Self::Myself) || *request.method() == Method::GET
    }

    /// `list namespaces`, `apply rolebindings`, as the log and scenarios name it.
    pub(super) fn operation(&self, request: &Request) -> String {
        match self {
            Self::Objects { resource, name, part, .. } => {
                let verb = verb(request, name.is_some());
                let part = part.as_ref().map_or_else(String::new, |part| format!("/{part}"));
                format!("{verb} {}{part}", resource.plural)
            }
            Self::Discovery(_) => "discover".to_owned(),
            Self::Myself => "review self".to_owned(),
            Self::Nowhere => format!("{} {}", request.method(), request.uri().path()),
        }
    }
}

/// What is done, in a word.
pub(super) fn verb(request: &Request, named: bool) -> &'static str {
    let content =
        request.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match *request.method() {
        Method::GET if named => "get",
        Method::GET => "list",
        Method::POST => "create",
        Method::PUT => "replace",
        Method::PATCH if content.starts_with("application/apply-patch") => "apply",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "unknown",
    }
}

fn objects(group: &str, rest: &[&str]) -> Route {
    let (namespace, rest) = match rest {
        // A namespace is an object of its own, and a place for others.
        ["namespaces"] | ["namespaces", _] | ["namespaces", _, "status" | "finalize"] => (None, rest),
        ["namespaces", namespace, rest @ ..] => (Some((*namespace).to_owned()), rest),
        rest => (None, rest),
    };
    let (plural, name, part) = match rest {
        [plural] => (*plural, None, None),
        [plural, name] => (*plural, Some((*name).to_owned()), None),
        [plural, name, part] => (*plural, Some((*name).to_owned()), Some((*part).to_owned())),
        _ => return Route::Nowhere,
    };
    match find(group, plural) {
        // One object of a resource that stands in namespaces has no path without one, and the other way round.
        Some(resource) if resource.namespaced != namespace.is_some() && (name.is_some() || namespace.is_some()) => {
            Route::Nowhere
        }
        Some(resource) => Route::Objects { resource, namespace, name, part },
        None => Route::Nowhere,
    }
}
