//! What each noun and field of the manifest becomes on AWS, and what cannot be expressed there.

use polity_model::coverage::Covered;

/// Why AWS has no quota in our sense.
const NO_CEILING: &str = "AWS's service quotas are raised on request, service by service and region by region, and cannot \
                          be lowered: they are no ceiling";

/// AWS's answers.
pub(crate) const COVERAGE: &[Covered] = &[
    Covered::exact("landing_zone", "an organizational unit"),
    Covered::exact("landing_zone.title", "its name"),
    Covered::approximated(
        "landing_zone.parent",
        "the unit above; AWS moves no unit, so a new one is made, its accounts move, and the old one ends when it is empty",
    ),
    Covered::exact("landing_zone.tags", "tags of the unit"),
    Covered::exact("landing_zone.state", "a retired unit is deleted once it is empty"),
    Covered::exact("tenant", "an account"),
    Covered::exact("tenant.landing_zone", "the unit that the account stands in; it is moved directly"),
    Covered::exact("tenant.title", "the account's name"),
    Covered::approximated(
        "tenant.email",
        "address of the account's root user; later changes take a code that AWS sends there, so they are only told",
    ),
    Covered::exact("tenant.budget", "a monthly cost budget of the account, with e-mail alerts"),
    Covered::approximated(
        "tenant.budget.monthly",
        "in the currency of the bill alone; AWS tells when it is used up, and stops nothing",
    ),
    Covered::approximated(
        "tenant.state",
        "a retired account is closed, and gone 90 days later; a quarantined one moves to the quarantine unit without access",
    ),
    Covered::not_expressible(
        "*.quota",
        NO_CEILING,
        "write a `budget:`, or a guardrail that denies what must not be made",
    ),
    Covered::exact("unit.tags", "tags of the accounts below"),
    Covered::exact("project.tags", "tags of its accounts"),
    Covered::exact("tenant.tags", "tags of the account"),
    Covered::exact("person", "a user of IAM Identity Center"),
    Covered::exact("person.given_name", "the user's given name"),
    Covered::exact("person.family_name", "the user's family name"),
    Covered::exact("person.email", "the user's primary address"),
    Covered::approximated("person.user_name", "the name to sign in with; AWS never changes it once the user is there"),
    Covered::exact("person.display_name", "the user's name as shown"),
    Covered::exact("person.state", "a retired user is deleted"),
    Covered::exact("team", "a group of IAM Identity Center"),
    Covered::exact("team.title", "the group's name"),
    Covered::exact("team.description", "the group's description, with our mark at its end"),
    Covered::exact("team.people", "memberships of the group"),
    Covered::approximated("team.teams", "groups cannot hold groups: everybody within becomes a member"),
    Covered::exact("team.state", "a retired group is deleted"),
    Covered::not_expressible(
        "workload",
        "IAM Identity Center knows people and groups, and no machines",
        "make a role in the account for it, with the tools that deploy there",
    ),
    Covered::not_expressible(
        "*.access.workload",
        "IAM Identity Center gives access to people and groups only",
        "remove the line; a role in the account, made by the tools that deploy there, gives a machine access",
    ),
    Covered::exact("role", "a permission set"),
    Covered::exact("role.title", "its name"),
    Covered::exact("role.description", "its description"),
    Covered::exact("guardrail", "an organization policy of the type that its section names"),
    Covered::exact("guardrail.title", "the policy's name"),
    Covered::exact("guardrail.description", "the policy's description"),
    Covered::exact("guardrail.state", "a retired policy is detached and deleted"),
    Covered::exact("*.guardrails", "attachments of the policies to the root, the unit or the account"),
    Covered::exact("*.access", "account assignments, one for each account that is reached"),
    Covered::approximated(
        "*.access.until",
        "AWS's assignments do not end: the first apply after that day takes it back",
    ),
    Covered::exact("*.settings", "settings in AWS's own words"),
    Covered::exact("*.renamed_from", "the object stays, and is given its new name"),
];
