//! What is read and written, as data: for each resource of the API its five operations and the permission that each takes.

use polity_provider::{Operation, ReadOperation, WriteOperation};

/// One resource of the API.
#[derive(Debug)]
pub struct Resource {
    /// API group; empty for the core.
    pub group: &'static str,
    /// As in `apiVersion`.
    pub version: &'static str,
    /// As in `kind`.
    pub kind: &'static str,
    /// As in paths and permissions.
    pub plural: &'static str,
    /// Whether its objects stand in namespaces.
    pub namespaced: bool,
    /// All of them, over all namespaces.
    pub list: ReadOperation,
    /// One of them.
    pub get: ReadOperation,
    /// Makes one.
    pub create: WriteOperation,
    /// Makes one or changes one, field by field.
    pub apply: WriteOperation,
    /// Replaces one whole.
    pub replace: WriteOperation,
    /// Ends one.
    pub delete: WriteOperation,
}

impl Resource {
    /// Path of all objects, or of those in one namespace.
    pub fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        let within =
            namespace.filter(|_| self.namespaced).map(|name| format!("/namespaces/{name}")).unwrap_or_default();
        format!("{root}/{}{within}/{}", self.version, self.plural)
    }

    /// All of its operations.
    pub fn operations(&self) -> [&Operation; 6] {
        [&self.list.0, &self.get.0, &self.create.0, &self.apply.0, &self.replace.0, &self.delete.0]
    }
}

/// The operations of a resource; a permission reads `verb plural.group`.
macro_rules! resource {
    ($group:literal, $version:literal, $kind:literal, $plural:literal, $permission:literal, $namespaced:literal) => {
        Resource {
            group: $group,
            version: $version,
            kind: $kind,
            plural: $plural,
            namespaced: $namespaced,
            list: ReadOperation::new("kubernetes", concat!("list ", $plural), concat!("list ", $permission), "list"),
            get: ReadOperation::new("kubernetes", concat!("get ", $plural), concat!("get ", $permission), "get"),
            create: WriteOperation::once(
                "kubernetes",
                concat!("create ", $plural),
                concat!("create ", $permission),
                "write",
            ),
            apply: WriteOperation::repeatable(
                "kubernetes",
                concat!("apply ", $plural),
                concat!("patch ", $permission),
                "write",
            ),
            replace: WriteOperation::once(
                "kubernetes",
                concat!("replace ", $plural),
                concat!("update ", $permission),
                "write",
            ),
            delete: WriteOperation::repeatable(
                "kubernetes",
                concat!("delete ", $plural),
                concat!("delete ", $permission),
                "write",
            ),
        }
    };
}

/// Namespaces.
pub static NAMESPACES: Resource = resource!("", "v1", "Namespace", "namespaces", "namespaces", false);
/// Resource quotas.
pub static RESOURCE_QUOTAS: Resource = resource!("", "v1", "ResourceQuota", "resourcequotas", "resourcequotas", true);
/// Limit ranges.
pub static LIMIT_RANGES: Resource = resource!("", "v1", "LimitRange", "limitranges", "limitranges", true);
/// Service accounts.
pub static SERVICE_ACCOUNTS: Resource =
    resource!("", "v1", "ServiceAccount", "serviceaccounts", "serviceaccounts", true);
/// Roles of the whole cluster.
pub static CLUSTER_ROLES: Resource = resource!(
    "rbac.authorization.k8s.io",
    "rbac.authorization.k8s.io/v1",
    "ClusterRole",
    "clusterroles",
    "clusterroles.rbac.authorization.k8s.io",
    false
);
/// Bindings of roles in namespaces.
pub static ROLE_BINDINGS: Resource = resource!(
    "rbac.authorization.k8s.io",
    "rbac.authorization.k8s.io/v1",
    "RoleBinding",
    "rolebindings",
    "rolebindings.rbac.authorization.k8s.io",
    true
);
/// Bindings of roles in the whole cluster.
pub static CLUSTER_ROLE_BINDINGS: Resource = resource!(
    "rbac.authorization.k8s.io",
    "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding",
    "clusterrolebindings",
    "clusterrolebindings.rbac.authorization.k8s.io",
    false
);
/// Network policies.
pub static NETWORK_POLICIES: Resource = resource!(
    "networking.k8s.io",
    "networking.k8s.io/v1",
    "NetworkPolicy",
    "networkpolicies",
    "networkpolicies.networking.k8s.io",
    true
);
/// What the server refuses to admit.
pub static ADMISSION_POLICIES: Resource = resource!(
    "admissionregistration.k8s.io",
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicy",
    "validatingadmissionpolicies",
    "validatingadmissionpolicies.admissionregistration.k8s.io",
    false
);
/// Where it refuses it.
pub static ADMISSION_POLICY_BINDINGS: Resource = resource!(
    "admissionregistration.k8s.io",
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicyBinding",
    "validatingadmissionpolicybindings",
    "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    false
);

/// Who the server takes us for.
pub const WHO_AM_I: ReadOperation =
    ReadOperation::new("kubernetes", "review self", "create selfsubjectreviews.authentication.k8s.io", "get");

/// What we may do, and by which binding: for servers that do not tell who we are.
pub const WHAT_MAY_I: ReadOperation =
    ReadOperation::new("kubernetes", "review access", "create selfsubjectaccessreviews.authorization.k8s.io", "get");

/// All resources.
pub fn all() -> [&'static Resource; 10] {
    [
        &NAMESPACES,
        &RESOURCE_QUOTAS,
        &LIMIT_RANGES,
        &SERVICE_ACCOUNTS,
        &CLUSTER_ROLES,
        &ROLE_BINDINGS,
        &CLUSTER_ROLE_BINDINGS,
        &NETWORK_POLICIES,
        &ADMISSION_POLICIES,
        &ADMISSION_POLICY_BINDINGS,
    ]
}
