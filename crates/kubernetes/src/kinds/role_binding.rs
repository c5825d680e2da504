//! Role bindings: access to one tenant.

use polity_model::{
    Address, Value,
    organization::{Access, Organization, Place, Platform, Principal, Role, Tenant},
    resource::{Desired, Scope},
};

use super::{
    binding::{Binding, Sort, key},
    cluster_role, cluster_role_binding, namespace,
    object::{self, NAMESPACE},
    service_account,
};
use crate::{names, operations::ROLE_BINDINGS};

/// Name of the kind.
pub(crate) const KIND: &str = "role-binding";

/// The kind.
pub(crate) fn kind() -> Binding {
    Binding::new(Sort {
        kind: KIND,
        title: "role binding",
        resource: &ROLE_BINDINGS,
        place: NAMESPACE,
        of: namespace::KIND,
        wanted,
    })
}

fn wanted(organization: &Organization, scope: &Scope) -> Vec<Desired> {
    let Some(platform) = names::platform(organization, &scope.platform) else { return Vec::new() };
    let mut wanted = Vec::new();
    for tenant in object::tenants(organization, scope) {
        for access in organization.access_on(tenant) {
            let Some(role) = organization.roles.get(&access.access.role) else { continue };
            // A workload has an account in each of its tenants, and none of the whole cluster.
            let workload = matches!(access.access.principal, Principal::Workload(_));
            let everywhere =
                !workload && access.place == Place::Organization && cluster_role_binding::holds_everywhere(role);
            if cluster_role::section(role).is_some() && !everywhere {
                wanted.extend(desired(organization, platform, scope, tenant, access.access, role));
            }
        }
    }
    wanted
}

fn desired(
    organization: &Organization,
    platform: &Platform,
    scope: &Scope,
    tenant: &Tenant,
    access: &Access,
    role: &Role,
) -> Option<Desired> {
    let subject = names::subject_of(organization, platform, &access.principal)?;
    let (noun, name) = access.principal.parts();
    let address = |principal: &str, role: &str, tenant: &str| {
        Address::new(&scope.platform, KIND, format!("{noun}:{principal}/{role}@{tenant}"))
    };
    let mut desired = Desired::new(address(name, &role.name, &tenant.name), &scope.name, &access.origin);
    let values = [
        Value::id_of(namespace::address(&scope.platform, &tenant.name)),
        Value::id_of(cluster_role::address(&scope.platform, &role.name)),
        Value::Text(subject),
    ];
    desired.keys = vec![key(values.clone())];
    desired.attributes = [NAMESPACE, "role", "principal"].into_iter().map(str::to_owned).zip(values).collect();
    if let Principal::Workload(workload) = &access.principal {
        let account = service_account::name_of(workload, &tenant.name);
        desired.needs.push(Address::new(&scope.platform, service_account::KIND, account));
    }
    let former = former(organization, &access.principal).into_iter().map(|old| address(old, &role.name, &tenant.name));
    desired.renamed_from = former
        .chain(role.renamed_from.iter().map(|old| address(name, old, &tenant.name)))
        .chain(tenant.renamed_from.iter().map(|old| address(name, &role.name, old)))
        .collect();
    desired.mode = object::mode_of(organization, tenant);
    desired.group = object::group_of(tenant);
    Some(desired)
}

/// Former manifest names of a principal.
pub(crate) fn former<'o>(organization: &'o Organization, principal: &Principal) -> Vec<&'o String> {
    let names = match principal {
        Principal::Person(name) => organization.people.get(name).map(|person| &person.renamed_from),
        Principal::Team(name) => organization.teams.get(name).map(|team| &team.renamed_from),
        Principal::Workload(_) => None,
    };
    names.into_iter().flatten().collect()
}
