//! Cluster role bindings: access to the whole cluster, what is in no tenant included. Only for roles that say so.

use polity_model::{
    Address, Value,
    organization::{Organization, Principal, Role},
    resource::{Desired, Scope},
};

use super::{
    binding::{Binding, Sort, key},
    cluster, cluster_role,
    role_binding::former,
};
use crate::{names, operations::CLUSTER_ROLE_BINDINGS};

/// Name of the kind.
pub(crate) const KIND: &str = "cluster-role-binding";
const PLACE: &str = "place";

/// The kind.
pub(crate) fn kind() -> Binding {
    Binding::new(Sort {
        kind: KIND,
        title: "cluster role binding",
        resource: &CLUSTER_ROLE_BINDINGS,
        place: PLACE,
        of: cluster::KIND,
        wanted,
    })
}

/// Whether access with this role holds in the whole cluster where it is written at the organization.
pub(crate) fn holds_everywhere(role: &Role) -> bool {
    cluster_role::section(role)
        .and_then(|section| section.get("whole_cluster"))
        .and_then(Value::as_bool)
        .unwrap_or(false)
}

fn wanted(organization: &Organization, scope: &Scope) -> Vec<Desired> {
    let Some(platform) = names::platform(organization, &scope.platform) else { return Vec::new() };
    let mut wanted: Vec<Desired> = Vec::new();
    for access in
        organization.access.iter().filter(|access| access.until.is_none_or(|until| until >= organization.today))
    {
        let Some(role) = organization.roles.get(&access.role).filter(|role| holds_everywhere(role)) else { continue };
        // A workload has an account in each of its tenants, and none of the whole cluster.
        if matches!(access.principal, Principal::Workload(_)) {
            continue;
        }
        let Some(subject) = names::subject_of(organization, platform, &access.principal) else { continue };
        let (noun, name) = access.principal.parts();
        let address = |principal: &str, role: &str| {
            Address::new(&scope.platform, KIND, format!("{noun}:{principal}/{role}@{}", scope.platform))
        };
        let mut desired = Desired::new(address(name, &role.name), &scope.name, &access.origin);
        if wanted.iter().any(|other| other.address == desired.address) {
            continue;
        }
        let values = [
            Value::id_of(cluster::address(&scope.platform)),
            Value::id_of(cluster_role::address(&scope.platform, &role.name)),
            Value::Text(subject),
        ];
        desired.keys = vec![key(values.clone())];
        desired.attributes = [PLACE, "role", "principal"].into_iter().map(str::to_owned).zip(values).collect();
        let former = former(organization, &access.principal).into_iter().map(|old| address(old, &role.name));
        desired.renamed_from = former.chain(role.renamed_from.iter().map(|old| address(name, old))).collect();
        desired.mode = organization.mode_at(&scope.platform, None);
        wanted.push(desired);
    }
    wanted
}
