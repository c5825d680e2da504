//! Warnings about what is written and has no effect. Only where nothing is wrong: else the mistake is the reason.

use std::collections::HashSet;

use polity_model::{
    Diagnostic,
    organization::{LifeState, Named},
};

use crate::syntax::Draft;

pub(super) fn check(draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    let organization = &draft.organization;
    let access = [&organization.access]
        .into_iter()
        .chain(organization.units.values().map(|unit| &unit.access))
        .chain(organization.landing_zones.values().map(|zone| &zone.access))
        .chain(organization.projects.values().map(|project| &project.access))
        .chain(organization.tenants.values().map(|tenant| &tenant.access));
    let roles: HashSet<&str> = access.flatten().map(|access| access.role.as_str()).collect();
    for role in organization.roles.values().filter(|role| !roles.contains(role.name.as_str())) {
        diagnostics.push(
            Diagnostic::warning("unused", &role.origin, format!("nobody has the role `{}`", role.name))
                .help("give it to somebody in an `access`, or remove it"),
        );
    }
    let attached: HashSet<&str> = [&organization.guardrails]
        .into_iter()
        .chain(organization.landing_zones.values().map(|zone| &zone.guardrails))
        .chain(organization.tenants.values().map(|tenant| &tenant.guardrails))
        .flatten()
        .map(|named: &Named| named.name.as_str())
        .collect();
    for guardrail in organization.guardrail_documents.values() {
        if guardrail.state == LifeState::Active && !attached.contains(guardrail.name.as_str()) {
            diagnostics.push(
                Diagnostic::warning(
                    "unused",
                    &guardrail.origin,
                    format!("the guardrail `{}` is attached nowhere", guardrail.name),
                )
                .help("name it in the `guardrails` of the organization, a landing zone or a tenant"),
            );
        }
    }
    for team in organization.teams.values() {
        if team.state == LifeState::Active && team.people.is_empty() && team.teams.is_empty() {
            diagnostics.push(
                Diagnostic::warning("unused", &team.origin, format!("nobody is in the team `{}`", team.name))
                    .help("name its `people` or the `teams` within"),
            );
        }
    }
}
