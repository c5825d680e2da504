//! Access: does it still hold, can it be realized where it is written, and is it given with care?

use std::collections::BTreeSet;

use polity_model::{
    Diagnostic,
    organization::{Access, LifeState, Organization, Principal},
};

use crate::syntax::Draft;

pub(super) fn check(draft: &Draft, sound: bool, diagnostics: &mut Vec<Diagnostic>) {
    let organization = &draft.organization;
    let all: BTreeSet<&str> = organization.platforms.values().map(|platform| platform.kind.as_str()).collect();
    let kind_of = |platform: &str| organization.platforms.get(platform).map(|platform| platform.kind.as_str());
    let mut judge = |list: &[Access], kinds: &BTreeSet<&str>| {
        for access in list {
            one(draft, access, kinds, diagnostics);
        }
    };
    judge(&organization.access, &all);
    for unit in organization.units.values() {
        judge(&unit.access, &all);
    }
    for zone in organization.landing_zones.values() {
        let named = zone.platforms.iter().filter_map(|named| kind_of(&named.name)).collect();
        judge(&zone.access, if zone.platforms.is_empty() { &all } else { &named });
    }
    for project in organization.projects.values() {
        if !project.access.is_empty() {
            let tenants = project.tenants.iter().filter_map(|name| organization.tenants.get(name));
            judge(&project.access, &tenants.filter_map(|tenant| kind_of(&tenant.platform.name)).collect());
        }
    }
    for tenant in organization.tenants.values() {
        if !tenant.access.is_empty() {
            judge(&tenant.access, &kind_of(&tenant.platform.name).into_iter().collect());
        }
    }
    if sound {
        break_glass(organization, diagnostics);
    }
}

fn one(draft: &Draft, access: &Access, kinds: &BTreeSet<&str>, diagnostics: &mut Vec<Diagnostic>) {
    let (noun, name) = access.principal.parts();
    if let Some(until) = access.until
        && until < draft.organization.today
    {
        let message = format!("this access of the {noun} `{name}` ended on {until}");
        diagnostics.push(
            Diagnostic::warning("expired-access", &access.origin, message)
                .help("remove the line, or write a later date if it is still needed"),
        );
        return;
    }
    let Some(role) = draft.organization.roles.get(&access.role) else { return };
    if !kinds.is_empty() && !role.native.keys().any(|section| kinds.contains(section.as_str())) {
        let message = format!("the role `{}` says nothing about the platforms here: it would give nothing", role.name);
        diagnostics.push(
            Diagnostic::error("role-without-section", &access.origin, message)
                .related(&role.origin, "the role")
                .help(format!("write a section `{}:` in the role", kinds.first().copied().unwrap_or_default())),
        );
    }
    if role.admin
        && matches!(access.principal, Principal::Person(_))
        && (access.until.is_none() || access.reason.is_none())
    {
        let break_glass = draft.organization.break_glass.as_ref();
        if break_glass.is_some_and(|broken| broken.person == name && broken.role == role.name) {
            return; // the one whose access must not end
        }
        let lacks = match (access.until, &access.reason) {
            (None, None) => "an end or a reason",
            (None, Some(_)) => "an end",
            _ => "a reason",
        };
        let message = format!("the person `{name}` has the admin role `{}` without {lacks}", role.name);
        diagnostics.push(
            Diagnostic::warning("standing-admin", &access.origin, message)
                .help("write `until:` and `reason:`, or give the role to a team"),
        );
    }
}

/// Break-glass access that reaches no tenant breaks no glass.
fn break_glass(organization: &Organization, diagnostics: &mut Vec<Diagnostic>) {
    let Some(broken) = &organization.break_glass else { return };
    let Some(role) = organization.roles.get(&broken.role) else { return };
    if !role.admin {
        let message = format!("the break-glass role `{}` is not an admin role", role.name);
        diagnostics.push(
            Diagnostic::warning("break-glass", &broken.origin, message)
                .related(&role.origin, "the role")
                .help("write `admin: true` in the role, or name another one"),
        );
    }
    let in_team = |name: &&String| organization.people_of_team(name).contains(broken.person.as_str());
    let teams: BTreeSet<&String> = organization.teams.keys().filter(in_team).collect();
    let reaches = |access: &Access| {
        access.role == broken.role
            && match &access.principal {
                Principal::Person(name) => *name == broken.person,
                Principal::Team(name) => teams.contains(name),
                Principal::Workload(_) => false,
            }
    };
    let lists = [&organization.access]
        .into_iter()
        .chain(organization.units.values().map(|unit| &unit.access))
        .chain(organization.landing_zones.values().map(|zone| &zone.access))
        .chain(organization.projects.values().map(|project| &project.access))
        .chain(organization.tenants.values().map(|tenant| &tenant.access));
    let active = organization.people.get(&broken.person).is_some_and(|person| person.state == LifeState::Active);
    if active && !lists.flatten().any(reaches) {
        let message = format!("nothing gives the break-glass person `{}` the role `{}`", broken.person, broken.role);
        diagnostics.push(Diagnostic::warning("break-glass", &broken.origin, message).help(format!(
            "write `access: [{{person: {}, role: {}}}]` in the organization",
            broken.person, broken.role
        )));
    }
}
