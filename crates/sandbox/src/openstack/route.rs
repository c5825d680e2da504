//! All operations: which method and path, and what carries them out. They are named as the rules of the services' policies are.

use super::{
    BLOCK_STORAGE, COMPUTE, IDENTITY, NETWORK, domains, grants, limits, networks, people, projects, quotas, roles,
    security_groups, tokens,
    turn::{Answer, Turn},
};
use crate::cloud::Request;

/// Where the services begin, all behind one address: prefix, version, service.
pub(super) static SERVICES: [(&str, &str, &str); 4] = [
    ("identity", "v3", IDENTITY),
    ("compute", "v2.1", COMPUTE),
    ("network", "v2.0", NETWORK),
    ("volume", "v3", BLOCK_STORAGE),
];

/// The one operation that takes no token.
pub(super) const LOGIN: &str = "authenticate";

/// What carries an operation out, with the parts of its path that are not fixed.
type Run = fn(&mut Turn<'_>, &[&str]) -> Answer;

/// One operation.
pub(super) struct Operation {
    service: &'static str,
    method: &'static str,
    /// `*` stands for one part.
    path: &'static str,
    pub(super) name: &'static str,
    pub(super) run: Run,
}

const fn row(
    service: &'static str,
    method: &'static str,
    path: &'static str,
    name: &'static str,
    run: Run,
) -> Operation {
    Operation { service, method, path, name, run }
}

const fn identity(method: &'static str, path: &'static str, name: &'static str, run: Run) -> Operation {
    row(IDENTITY, method, path, name, run)
}

static OPERATIONS: &[Operation] = &[
    identity("POST", "auth/tokens", LOGIN, tokens::authenticate),
    identity("GET", "auth/catalog", "get_auth_catalog", tokens::catalog),
    identity("POST", "users/*/application_credentials", "create_application_credential", tokens::create_credential),
    identity("GET", "domains", "list_domains", domains::list),
    identity("GET", "domains/*", "get_domain", domains::get),
    identity("POST", "domains", "create_domain", domains::create),
    identity("PATCH", "domains/*", "update_domain", domains::update),
    identity("DELETE", "domains/*", "delete_domain", domains::delete),
    identity("GET", "projects", "list_projects", projects::list),
    identity("GET", "projects/*", "get_project", projects::get),
    identity("POST", "projects", "create_project", projects::create),
    identity("PATCH", "projects/*", "update_project", projects::update),
    identity("DELETE", "projects/*", "delete_project", projects::delete),
    identity("PUT", "projects/*/tags", "update_project_tags", projects::tags),
    identity("GET", "users", "list_users", people::list_users),
    identity("GET", "users/*", "get_user", people::get_user),
    identity("POST", "users", "create_user", people::create_user),
    identity("PATCH", "users/*", "update_user", people::update_user),
    identity("DELETE", "users/*", "delete_user", people::delete_user),
    identity("GET", "groups", "list_groups", people::list_groups),
    identity("GET", "groups/*", "get_group", people::get_group),
    identity("POST", "groups", "create_group", people::create_group),
    identity("PATCH", "groups/*", "update_group", people::update_group),
    identity("DELETE", "groups/*", "delete_group", people::delete_group),
    identity("GET", "groups/*/users", "list_users_in_group", people::members),
    identity("HEAD", "groups/*/users/*", "check_user_in_group", people::is_member),
    identity("PUT", "groups/*/users/*", "add_user_to_group", people::join),
    identity("DELETE", "groups/*/users/*", "remove_user_from_group", people::leave),
    identity("GET", "roles", "list_roles", roles::list),
    identity("GET", "roles/*", "get_role", roles::get),
    identity("POST", "roles", "create_role", roles::create),
    identity("PATCH", "roles/*", "update_role", roles::update),
    identity("DELETE", "roles/*", "delete_role", roles::delete),
    identity("GET", "role_inferences", "list_role_inference_rules", roles::inferences),
    identity("PUT", "roles/*/implies/*", "create_implied_role", roles::imply),
    identity("DELETE", "roles/*/implies/*", "delete_implied_role", roles::unimply),
    identity("GET", "role_assignments", "list_role_assignments", grants::list),
    identity("HEAD", "*/*/*/*/roles/*", "check_grant", grants::check),
    identity("PUT", "*/*/*/*/roles/*", "create_grant", grants::create),
    identity("DELETE", "*/*/*/*/roles/*", "revoke_grant", grants::revoke),
    identity("HEAD", "OS-INHERIT/*/*/*/*/roles/*/inherited_to_projects", "check_grant", grants::check_inherited),
    identity("PUT", "OS-INHERIT/*/*/*/*/roles/*/inherited_to_projects", "create_grant", grants::create_inherited),
    identity("DELETE", "OS-INHERIT/*/*/*/*/roles/*/inherited_to_projects", "revoke_grant", grants::revoke_inherited),
    identity("GET", "services", "list_services", limits::services),
    identity("GET", "registered_limits", "list_registered_limits", limits::registered),
    identity("GET", "limits", "list_limits", limits::list),
    identity("GET", "limits/*", "get_limit", limits::get),
    identity("POST", "limits", "create_limits", limits::create),
    identity("PATCH", "limits/*", "update_limit", limits::update),
    identity("DELETE", "limits/*", "delete_limit", limits::delete),
    row(COMPUTE, "GET", "os-quota-sets/*", "get_quota_set", quotas::get),
    row(COMPUTE, "PUT", "os-quota-sets/*", "update_quota_set", quotas::update),
    row(COMPUTE, "DELETE", "os-quota-sets/*", "delete_quota_set", quotas::delete),
    row(COMPUTE, "GET", "servers", "list_servers", quotas::nothing),
    row(BLOCK_STORAGE, "GET", "os-quota-sets/*", "get_quota_set", quotas::get),
    row(BLOCK_STORAGE, "PUT", "os-quota-sets/*", "update_quota_set", quotas::update),
    row(BLOCK_STORAGE, "DELETE", "os-quota-sets/*", "delete_quota_set", quotas::delete),
    row(BLOCK_STORAGE, "GET", "volumes", "list_volumes", quotas::nothing),
    row(NETWORK, "GET", "quotas/*", "get_quota", quotas::get),
    row(NETWORK, "PUT", "quotas/*", "update_quota", quotas::update),
    row(NETWORK, "DELETE", "quotas/*", "delete_quota", quotas::delete),
    row(NETWORK, "GET", "networks", "list_networks", networks::list),
    row(NETWORK, "GET", "networks/*", "get_network", networks::get),
    row(NETWORK, "GET", "security-groups", "list_security_groups", security_groups::list),
    row(NETWORK, "GET", "security-groups/*", "get_security_group", security_groups::get),
    row(NETWORK, "POST", "security-group-rules", "create_security_group_rule", security_groups::create),
    row(NETWORK, "DELETE", "security-group-rules/*", "delete_security_group_rule", security_groups::delete),
    row(NETWORK, "GET", "default-security-group-rules", "list_default_security_group_rules", security_groups::defaults),
    row(NETWORK, "GET", "rbac-policies", "list_rbac_policies", networks::shares),
    row(NETWORK, "GET", "rbac-policies/*", "get_rbac_policy", networks::share),
    row(NETWORK, "POST", "rbac-policies", "create_rbac_policy", networks::create),
    row(NETWORK, "DELETE", "rbac-policies/*", "delete_rbac_policy", networks::delete),
];

/// The operations that are simulated, by service and name.
pub fn operations() -> impl Iterator<Item = (&'static str, &'static str)> {
    OPERATIONS.iter().map(|operation| (operation.service, operation.name))
}

/// Where a request goes.
pub(super) struct Way {
    pub(super) service: &'static str,
    pub(super) operation: Option<&'static Operation>,
    /// The parts of its path that `*` stands for.
    pub(super) parts: Vec<String>,
    /// What comes behind the version; nothing where a path ends before it.
    rest: Option<String>,
}

impl Way {
    /// The way of a request; `None` when it is for no service of an OpenStack.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let path = request.uri().path();
        let (prefix, rest) = path.strip_prefix('/')?.split_once('/').unwrap_or((path.get(1..)?, ""));
        let (_, version, service) = *SERVICES.iter().find(|(known, ..)| *known == prefix)?;
        let rest = rest.trim_matches('/');
        let behind = rest.strip_prefix(version).filter(|behind| behind.is_empty() || behind.starts_with('/'));
        let Some(behind) = behind else {
            let (operation, parts) = (None, Vec::new());
            return Some(Self { service, operation, parts, rest: (!rest.is_empty()).then(|| rest.to_owned()) });
        };
        let behind = behind.trim_matches('/');
        let method = request.method().as_str();
        let found = OPERATIONS.iter().filter(|known| known.service == service && known.method == method);
        let found = found.filter_map(|known| Some((known, fit(known.path, behind)?)));
        // What is spelled out goes before what a star stands for.
        let (operation, parts) = found.min_by_key(|(_, parts)| parts.len()).unzip();
        let rest = (!behind.is_empty()).then(|| behind.to_owned());
        Some(Self { service, operation, parts: parts.unwrap_or_default(), rest })
    }

    /// Whether it asks for the versions of a service.
    pub(super) fn is_discovery(&self) -> bool {
        self.rest.is_none()
    }

    /// Whether it asks for a token.
    pub(super) fn is_login(&self) -> bool {
        self.operation.is_some_and(|operation| operation.name == LOGIN)
    }

    /// As the log and scenarios call it.
    pub(super) fn name(&self, request: &Request) -> String {
        match (self.operation, &self.rest) {
            (Some(operation), _) => operation.name.to_owned(),
            (None, None) => "discover".to_owned(),
            (None, Some(rest)) => format!("{} /{rest}", request.method()),
        }
    }
}

/// The parts that the stars of a pattern stand for, decoded.
fn fit(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (mut wanted, mut given, mut parts) = (pattern.split('/'), path.split('/'), Vec::new());
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parts),
            (Some("*"), Some(part)) if !part.is_empty() => {
                parts.push(percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned());
            }
            (Some(fixed), Some(part)) if fixed == part => {}
            _ => return None,
        }
    }
}
