//! Tenants: their platform, place, address, budget and name.

use std::collections::HashMap;

use polity_model::{
    Diagnostic, Origin, Value,
    organization::{LifeState, Organization, Platform, Tenant},
    vocabulary::PlatformType,
};

use crate::{
    check::{is_email, quoted_list},
    syntax::Draft,
};

/// What stands in a platform's pattern for the name of the tenant.
const TENANT: &str = "{tenant}";

pub(super) fn check(draft: &mut Draft, sound: bool, diagnostics: &mut Vec<Diagnostic>) {
    emails(draft, diagnostics);
    recipients(&mut draft.organization, sound, diagnostics);
    quotas(&mut draft.organization);
    let organization = &draft.organization;
    one_platform_twice(draft, diagnostics);
    for tenant in organization.tenants.values() {
        let Some(platform) = organization.platforms.get(&tenant.platform.name) else { continue };
        place(organization, tenant, diagnostics);
        if let Some(kind) = draft.vocabulary.types.get(&platform.kind) {
            of_type(tenant, platform, kind, diagnostics);
        }
    }
}

/// Two platforms that are one native organization would each take back what the other one gives.
fn one_platform_twice(draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<(&str, &str), &Platform> = HashMap::new();
    for platform in draft.organization.platforms.values() {
        let Some(kind) = draft.vocabulary.types.get(&platform.kind) else { continue };
        let Some(home) = home(platform, kind) else { continue };
        if let Some(other) = seen.insert((&platform.kind, home), platform) {
            let message = format!(
                "the platforms `{}` and `{}` are the same: both have `{}: {home}`",
                other.name, platform.name, kind.home
            );
            diagnostics.push(
                Diagnostic::error("platform-twice", &platform.origin, message)
                    .related(&other.origin, "the other one")
                    .help("keep one of them: each would take back what the other one gives"),
            );
        }
    }
}

/// What says which native organization a platform is.
fn home<'p>(platform: &'p Platform, kind: &PlatformType) -> Option<&'p str> {
    platform.native.get(kind.home).and_then(Value::as_text)
}

/// Every address: from the tenant or the platform's pattern, once in the world whatever its case.
fn emails(draft: &mut Draft, diagnostics: &mut Vec<Diagnostic>) {
    let organization = &mut draft.organization;
    let mut patterns: HashMap<&str, &str> = HashMap::new();
    for platform in organization.platforms.values() {
        let Some(pattern) = platform.native.get("tenant_email").and_then(Value::as_text) else { continue };
        if pattern.contains(TENANT) {
            patterns.insert(&platform.name, pattern);
        } else {
            let message = format!("`{pattern}` would give every tenant the same address");
            diagnostics.push(
                Diagnostic::error("tenant-email", &platform.origin, message)
                    .help("write `{tenant}` where the name of the tenant goes, as in `cloud+{tenant}@example.com`"),
            );
        }
    }
    let mut seen: HashMap<String, Origin> = HashMap::with_capacity(organization.tenants.len());
    for tenant in organization.tenants.values_mut() {
        let needs = organization
            .platforms
            .get(&tenant.platform.name)
            .and_then(|platform| draft.vocabulary.types.get(&platform.kind))
            .is_some_and(|kind| kind.tenant_email);
        if tenant.email.is_none() && needs {
            match patterns.get(tenant.platform.name.as_str()) {
                // A tenant that is taken over by its id has its address already; a made-up one would only differ.
                _ if tenant.id.is_some() => {}
                Some(pattern) => tenant.email = from_pattern(pattern, tenant, diagnostics),
                None => diagnostics.push(
                    Diagnostic::error(
                        "missing-email",
                        &tenant.origin,
                        format!("the tenant `{}` needs an e-mail address of its own", tenant.name),
                    )
                    .help("write `email:` here, or `tenant_email:` with `{tenant}` on the platform"),
                ),
            }
        }
        if let Some(email) = &tenant.email {
            match seen.get(&email.to_lowercase()) {
                Some(first) => diagnostics.push(
                    Diagnostic::error(
                        "duplicate-email",
                        &tenant.origin,
                        format!("two tenants have the address `{email}`"),
                    )
                    .related(first, "the other tenant")
                    .help("write another `email:` for one of them; upper and lower case mean the same"),
                ),
                None => drop(seen.insert(email.to_lowercase(), tenant.origin.clone())),
            }
        }
    }
}

fn from_pattern(pattern: &str, tenant: &Tenant, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    let email = pattern.replace(TENANT, &tenant.name);
    if is_email(&email) {
        return Some(email);
    }
    let message = format!("`{email}`, made from the platform's pattern, is not an e-mail address");
    let help =
        "write `email:` here, or correct `tenant_email:` on the platform; before the `@` stand 64 characters at most";
    diagnostics.push(Diagnostic::error("tenant-email", &tenant.origin, message).help(help));
    None
}

/// Who is told about a budget: the owner of the nearest unit that has one, unless written.
fn recipients(organization: &mut Organization, sound: bool, diagnostics: &mut Vec<Diagnostic>) {
    let mut owners: HashMap<String, Option<String>> = HashMap::new();
    for project in organization.projects.values() {
        if !owners.contains_key(&project.name) {
            let owner = organization.unit_chain(&project.unit.name).into_iter().find_map(|unit| unit.owner.as_ref());
            let email = owner.and_then(|owner| organization.people.get(&owner.name)).map(|person| person.email.clone());
            owners.insert(project.name.clone(), email.filter(|email| !email.is_empty()));
        }
    }
    for tenant in organization.tenants.values_mut() {
        let Some(budget) = &mut tenant.budget else { continue };
        if budget.notify.is_empty() {
            budget.notify.extend(owners.get(&tenant.project).cloned().flatten());
        }
        if budget.notify.is_empty() && !budget.alert_at.is_empty() && sound {
            let message = format!("nobody is told when the budget of `{}` is used up", tenant.name);
            diagnostics.push(
                Diagnostic::warning("budget-without-recipient", &budget.origin, message)
                    .help("write `notify:`, or give the unit an `owner`"),
            );
        }
    }
}

/// What the landing zones say of the quota, nearest first, where a tenant does not.
fn quotas(organization: &mut Organization) {
    let mut inherited = Vec::new();
    for tenant in organization.tenants.values() {
        let chain = organization.landing_zone_chain(tenant.landing_zone.as_ref().map(|zone| zone.name.as_str()));
        let mut quotas = tenant.quota.iter().chain(chain.into_iter().filter_map(|zone| zone.quota.as_ref()));
        let Some(mut quota) = quotas.next().cloned() else { continue };
        quotas.for_each(|above| quota.inherit(above));
        inherited.push((tenant.name.clone(), quota));
    }
    for (name, quota) in inherited {
        if let Some(tenant) = organization.tenants.get_mut(&name) {
            tenant.quota = Some(quota);
        }
    }
}

/// Its landing zone exists on its platform, and a quarantined one has somewhere to go.
fn place(organization: &Organization, tenant: &Tenant, diagnostics: &mut Vec<Diagnostic>) {
    let Some(named) = &tenant.landing_zone else { return };
    let Some(zone) = organization.landing_zones.get(&named.name) else { return };
    let platform = &tenant.platform.name;
    if !zone.platforms.is_empty() && !zone.platforms.iter().any(|known| known.name == *platform) {
        let message = format!("the landing zone `{}` is not on the platform `{platform}`", zone.name);
        diagnostics.push(
            Diagnostic::error("landing-zone-platform", &named.origin, message)
                .related(&zone.origin, "its `platforms` are written here")
                .help("choose another landing zone, or add the platform there"),
        );
    }
}

/// What a platform needs for itself is nobody's tenant, neither by name nor by id.
fn reserved(tenant: &Tenant, platform: &Platform, kind: &PlatformType, diagnostics: &mut Vec<Diagnostic>) {
    let name = tenant.id.as_deref().or(tenant.title.as_deref()).unwrap_or(&tenant.name);
    let lower = name.to_lowercase();
    if let Some(start) = kind.tenants_reserved.iter().find(|start| lower.starts_with(**start)) {
        let message =
            format!("`{name}` belongs to `{}` itself: what begins with `{start}` is no tenant", platform.name);
        diagnostics.push(
            Diagnostic::error("tenant-reserved", &tenant.origin, message)
                .help("leave it out: it is looked at, and never changed; or give the tenant another `name:` or `id:`"),
        );
    }
}

fn of_type(tenant: &Tenant, platform: &Platform, kind: &PlatformType, diagnostics: &mut Vec<Diagnostic>) {
    let title = tenant.title.as_deref().unwrap_or(&tenant.name);
    let length = title.chars().count();
    if kind.tenant_name_max > 0 && length > kind.tenant_name_max {
        let message = format!(
            "`{title}` is too long for a tenant on `{}`: {length} characters, where {} are possible",
            platform.name, kind.tenant_name_max
        );
        diagnostics.push(
            Diagnostic::error("tenant-name-length", &tenant.origin, message)
                .help("write a shorter `name:` or `title:`"),
        );
    }
    reserved(tenant, platform, kind, diagnostics);
    if let Some(budget) = &tenant.budget
        && !kind.currencies.is_empty()
        && !kind.currencies.contains(&budget.monthly.currency.as_str())
    {
        let possible = quoted_list(kind.currencies.iter().copied());
        let message = format!("a budget on `{}` cannot be in `{}`", platform.name, budget.monthly.currency);
        diagnostics.push(
            Diagnostic::error("budget-currency", &budget.origin, message).help(format!("write it in {possible}")),
        );
    }
    if tenant.state != LifeState::Active && tenant.id.is_some() && tenant.id.as_deref() == home(platform, kind) {
        let message = format!("`{}` holds the whole platform `{}`: it cannot end", tenant.name, platform.name);
        diagnostics.push(
            Diagnostic::error("home-ends", &tenant.origin, message)
                .related(&platform.origin, format!("its `{}`", kind.home))
                .help("remove `state:`; nobody could get in any more to repair anything"),
        );
    }
    let quarantine = "quarantine";
    if matches!(tenant.state, LifeState::Quarantined { .. })
        && kind.platform.iter().any(|field| field.name == quarantine)
        && platform.native.get(quarantine).is_none()
    {
        let message = format!("the platform `{}` has no quarantine to move `{}` into", platform.name, tenant.name);
        diagnostics.push(
            Diagnostic::error("no-quarantine", &tenant.origin, message)
                .related(&platform.origin, "the platform")
                .help("write `quarantine: <landing zone>` on the platform"),
        );
    }
}
