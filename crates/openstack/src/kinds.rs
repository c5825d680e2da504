//! The kinds of OpenStack, one line each. A kind comes behind those it refers to.

pub(crate) mod default_group;
pub(crate) mod domain;
pub(crate) mod group;
pub(crate) mod group_membership;
pub(crate) mod marks;
pub(crate) mod network_share;
pub(crate) mod principal;
pub(crate) mod project;
pub(crate) mod quota;
pub(crate) mod role;
pub(crate) mod role_assignment;
pub(crate) mod support;
pub(crate) mod user;

use polity_provider::Kind;

use crate::scopes::Fields;

/// The type of our platforms, as the manifest writes it.
pub(crate) const TYPE: &str = "openstack";

/// All kinds.
pub(crate) fn all(fields: &Fields) -> Vec<Box<dyn Kind>> {
    let mut kinds: Vec<Box<dyn Kind>> = vec![
        Box::new(domain::Domain::new(fields)),
        Box::new(project::Project::new()),
        Box::new(user::User::new(fields)),
        Box::new(group::Group::new(fields)),
        Box::new(group_membership::GroupMembership::new(fields)),
        Box::new(role::Role::new()),
        Box::new(role_assignment::RoleAssignment::new()),
        Box::new(network_share::NetworkShare::new()),
        Box::new(default_group::DefaultGroup::new()),
    ];
    kinds.extend(quota::kinds(fields.quotas));
    kinds
}
