//! The kinds of Kubernetes, one line each. A kind comes behind those it refers to.

mod admission_policy;
mod admission_policy_binding;
mod binding;
pub(crate) mod cluster;
pub(crate) mod cluster_role;
mod cluster_role_binding;
mod limit_range;
pub(crate) mod namespace;
mod network_policy;
pub(crate) mod object;
mod pod_security;
pub(crate) mod resource_quota;
mod role_binding;
mod rules;
mod service_account;

use polity_model::shape::{Field, Shape};
use polity_provider::Kind;

/// All kinds.
pub(crate) fn all() -> Vec<Box<dyn Kind>> {
    vec![
        Box::new(cluster::kind()),
        Box::new(namespace::kind()),
        Box::new(pod_security::kind()),
        Box::new(resource_quota::kind()),
        Box::new(limit_range::kind()),
        Box::new(network_policy::kind()),
        Box::new(service_account::kind()),
        Box::new(cluster_role::kind()),
        Box::new(role_binding::kind()),
        Box::new(cluster_role_binding::kind()),
        Box::new(admission_policy::kind()),
        Box::new(admission_policy_binding::kind()),
    ]
}

/// Fields of the section of this platform type in a `role`.
pub(crate) fn role_fields() -> Vec<Field> {
    cluster_role::fields()
}

/// Fields of the section in a `guardrail`.
pub(crate) fn guardrail_fields() -> Vec<Field> {
    admission_policy::fields()
}

/// Fields of `settings` for the namespaces of tenants.
pub(crate) fn settings_fields() -> Vec<Field> {
    vec![
        Field::new("labels", Shape::Map(Box::new(Shape::Text)), "further labels of the namespace, beside its tags"),
        pod_security::field(),
        limit_range::field(),
        network_policy::field(),
    ]
}
