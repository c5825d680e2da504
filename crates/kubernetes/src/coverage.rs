//! What each noun and field of the manifest becomes in a cluster, and what cannot be expressed there.

use polity_model::coverage::Covered;

/// What is counted in other words elsewhere, and in a namespace not at all.
const NOT_COUNTED: &str = "a namespace holds none of it";
/// What to do about that.
const OTHERWISE: &str = "limit `cpu`, `memory`, `storage`, `pods` and `claims`, or take the line out";

/// The answers of Kubernetes.
pub(crate) const COVERAGE: &[Covered] = &[
    Covered::approximated("landing_zone", "a label of the namespaces of its tenants: a cluster has no tree"),
    Covered::approximated("landing_zone.title", "for people: the label holds the manifest's name"),
    Covered::approximated("landing_zone.parent", "a namespace has the label of its own landing zone only"),
    Covered::approximated("landing_zone.tags", "kept in the manifest: nothing stands for the landing zone itself"),
    Covered::approximated("landing_zone.state", "nothing stands for it, so nothing ends"),
    Covered::exact("tenant", "a namespace"),
    Covered::exact("tenant.landing_zone", "a label of the namespace"),
    Covered::approximated("tenant.title", "the namespace's name, for ever: a namespace cannot be renamed"),
    Covered::approximated("tenant.email", "kept in the manifest: a namespace has no address"),
    Covered::not_expressible("tenant.budget", "a cluster has no prices", "write a `quota:`, which limits what is used"),
    Covered::approximated(
        "tenant.state",
        "a retired namespace is deleted with all that is in it; a quarantined one loses all access",
    ),
    Covered::approximated("*.quota", "a resource quota of each namespace"),
    Covered::approximated("*.quota.cpu", "cores that pods may ask for"),
    Covered::approximated("*.quota.memory", "memory that pods may ask for"),
    Covered::approximated("*.quota.storage", "storage that claims may ask for"),
    Covered::exact("*.quota.load_balancers", "services of the type LoadBalancer"),
    Covered::exact("*.quota.pods", "pods that have not ended"),
    Covered::exact("*.quota.services", "services"),
    Covered::exact("*.quota.claims", "persistent volume claims"),
    Covered::exact("*.quota.secrets", "secrets"),
    Covered::exact("*.quota.config_maps", "config maps"),
    Covered::not_expressible("*.quota.instances", NOT_COUNTED, OTHERWISE),
    Covered::not_expressible("*.quota.volumes", NOT_COUNTED, OTHERWISE),
    Covered::not_expressible("*.quota.snapshots", NOT_COUNTED, OTHERWISE),
    Covered::not_expressible("*.quota.networks", NOT_COUNTED, OTHERWISE),
    Covered::not_expressible("*.quota.subnets", NOT_COUNTED, OTHERWISE),
    Covered::not_expressible("*.quota.routers", NOT_COUNTED, OTHERWISE),
    Covered::not_expressible("*.quota.ports", NOT_COUNTED, OTHERWISE),
    Covered::not_expressible("*.quota.addresses", NOT_COUNTED, OTHERWISE),
    Covered::not_expressible("*.quota.security_groups", NOT_COUNTED, OTHERWISE),
    Covered::not_expressible("*.quota.security_group_rules", NOT_COUNTED, OTHERWISE),
    Covered::exact("unit.tags", "labels of the namespaces below"),
    Covered::exact("project.tags", "labels of its namespaces"),
    Covered::approximated("tenant.tags", "labels, and annotations where a label cannot hold them"),
    Covered::approximated("person", "a user by login; the identity provider makes it"),
    Covered::approximated("person.given_name", "told by the identity provider"),
    Covered::approximated("person.family_name", "told by the identity provider"),
    Covered::approximated("person.email", "the login, unless another is written"),
    Covered::exact("person.user_name", "the login, behind `user_prefix`"),
    Covered::approximated("person.display_name", "told by the identity provider"),
    Covered::approximated("person.state", "a retired person loses all access; the login ends where it was made"),
    Covered::approximated("team", "a group by name; the identity provider makes it"),
    Covered::approximated("team.title", "for people: bindings name the group as `id` or the manifest does"),
    Covered::approximated("team.description", "kept in the manifest"),
    Covered::approximated("team.people", "told by the identity provider"),
    Covered::approximated("team.teams", "told by the identity provider"),
    Covered::approximated("team.state", "a retired team loses all access; the group ends where it was made"),
    Covered::approximated("workload", "a service account in each namespace that it has access to"),
    Covered::approximated("workload.description", "kept in the manifest"),
    Covered::exact("role", "a cluster role: one that is there, or one that is made of its rules"),
    Covered::exact("role.title", "its name, unless the section names it"),
    Covered::approximated("role.description", "kept in the manifest"),
    Covered::exact("*.access", "role bindings, one for each namespace that is reached"),
    Covered::approximated(
        "*.access.until",
        "bindings do not end: the first apply after that day takes it back",
    ),
    Covered::exact("*.settings", "settings in Kubernetes' own words"),
    Covered::approximated("*.renamed_from", "the namespace stays under its old name, and carries the new mark"),
];
