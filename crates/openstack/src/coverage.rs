//! What each noun and field of the manifest becomes on OpenStack, and what cannot be expressed there.

use polity_model::coverage::Covered;

/// Why OpenStack has no guardrails.
const NO_GUARDRAIL: &str = "OpenStack has no documents that forbid: what a role may do stands in the services' own policy files, \
                            which no call reaches";
/// What only clusters of containers count.
const CONTAINERS: &str = "Nova, Cinder and Neutron count no such thing: it belongs to clusters of containers";
/// What to do instead of limiting what is not counted.
const ELSEWHERE: &str = "write it on a tenant of a platform that has it";

/// OpenStack's answers.
pub(crate) const COVERAGE: &[Covered] = &[
    Covered::exact("landing_zone", "a project, with the projects of its tenants below it"),
    Covered::exact("landing_zone.title", "its name, unique in the domain"),
    Covered::approximated(
        "landing_zone.parent",
        "the project above; Keystone never moves one, so a change of it is refused",
    ),
    Covered::exact("landing_zone.tags", "tags of the project, written `key=value`"),
    Covered::exact("landing_zone.state", "a retired project is deleted once it is empty"),
    Covered::exact("tenant", "a project"),
    Covered::approximated(
        "tenant.landing_zone",
        "the project above; Keystone never moves one, so a change of it is refused",
    ),
    Covered::exact("tenant.title", "the project's name, unique in the domain"),
    Covered::not_expressible("tenant.email", "a project has no address of its own", "leave it out, or make it a tag"),
    Covered::not_expressible(
        "tenant.budget",
        "OpenStack knows no prices",
        "write a `quota:`, which limits what can cost",
    ),
    Covered::approximated(
        "tenant.state",
        "a retired project is deleted once servers, volumes and networks are gone from it; a quarantined one is disabled",
    ),
    Covered::approximated("*.quota", "quotas of Nova, Cinder and Neutron, as far as they count it"),
    Covered::approximated("*.quota.cpu", "cores of Nova; parts of a core are rounded up"),
    Covered::exact("*.quota.memory", "memory of Nova"),
    Covered::approximated(
        "*.quota.storage",
        "gigabytes of Cinder, of volumes and snapshots; parts of a GiB are rounded up",
    ),
    Covered::exact("*.quota.instances", "instances of Nova"),
    Covered::exact("*.quota.volumes", "volumes of Cinder"),
    Covered::exact("*.quota.snapshots", "snapshots of Cinder"),
    Covered::exact("*.quota.networks", "networks of Neutron"),
    Covered::exact("*.quota.subnets", "subnets of Neutron"),
    Covered::exact("*.quota.routers", "routers of Neutron"),
    Covered::exact("*.quota.ports", "ports of Neutron"),
    Covered::exact("*.quota.addresses", "floating addresses of Neutron"),
    Covered::exact("*.quota.security_groups", "security groups of Neutron"),
    Covered::exact("*.quota.security_group_rules", "rules of security groups of Neutron"),
    Covered::not_expressible(
        "*.quota.load_balancers",
        "load balancers are counted by Octavia, which Polity does not speak to yet",
        "set it with `openstack loadbalancer quota set`",
    ),
    Covered::not_expressible("*.quota.pods", CONTAINERS, ELSEWHERE),
    Covered::not_expressible("*.quota.services", CONTAINERS, ELSEWHERE),
    Covered::not_expressible("*.quota.claims", CONTAINERS, ELSEWHERE),
    Covered::not_expressible("*.quota.secrets", CONTAINERS, ELSEWHERE),
    Covered::not_expressible("*.quota.config_maps", CONTAINERS, ELSEWHERE),
    Covered::exact("unit.tags", "tags of the projects below"),
    Covered::exact("project.tags", "tags of its projects"),
    Covered::exact("tenant.tags", "tags of the project"),
    Covered::exact("person", "a user of the domain, or one of its directory, found by name"),
    Covered::approximated("person.given_name", "Keystone has one name alone: see `display_name`"),
    Covered::approximated("person.family_name", "Keystone has one name alone: see `display_name`"),
    Covered::exact("person.email", "the further member `email` of the user"),
    Covered::exact("person.user_name", "the user's name"),
    Covered::exact("person.display_name", "the user's description"),
    Covered::exact("person.state", "a retired user is deleted; one of a directory is the directory's to end"),
    Covered::exact("team", "a group of the domain, or one of its directory, found by name"),
    Covered::exact("team.title", "the group's name"),
    Covered::exact("team.description", "the group's description"),
    Covered::exact("team.people", "memberships of the group, but those of a directory"),
    Covered::approximated("team.teams", "groups cannot hold groups: everybody within becomes a member"),
    Covered::exact("team.state", "a retired group is deleted; one of a directory is the directory's to end"),
    Covered::approximated(
        "workload",
        "a user without a password: only it can make an application credential for itself",
    ),
    Covered::exact("workload.description", "the user's description"),
    Covered::exact("role", "a role of this Keystone, by name"),
    Covered::exact("role.title", "its name, unless its section says `role`"),
    Covered::exact("role.description", "its description, but for the roles that Keystone is born with"),
    Covered::not_expressible("guardrail", NO_GUARDRAIL, "remove the section; change the policy files of the services"),
    Covered::not_expressible("*.guardrails", NO_GUARDRAIL, "attach it to landing zones of other platforms"),
    Covered::exact(
        "*.access",
        "role assignments: an inherited one on the project of a landing zone, else one on the project of each tenant",
    ),
    Covered::approximated(
        "*.access.until",
        "Keystone's assignments do not end: the first apply after that day takes it back",
    ),
    Covered::exact("*.access.workload", "role assignments of the workload's user"),
    Covered::exact(
        "*.settings",
        "options of the project, networks of others that Neutron shares with it, and the rules of its security group `default`",
    ),
    Covered::exact("*.renamed_from", "the object stays, and is given its new name"),
];
