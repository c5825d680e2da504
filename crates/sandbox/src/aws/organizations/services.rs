//! Services that the organization trusts, and accounts that administer them for it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    access::{Who, admit},
    accounts,
    organization::need_all_features,
    shape::{self, invalid, moment, paged, violation, with},
};
use crate::aws::{
    input::Input,
    refusal::Refusal,
    service::{Answer, Turn},
};

/// Services that take one delegated administrator and no more, as their documentation has it.
const ONE_ADMINISTRATOR: [&str; 9] = [
    "access-analyzer.amazonaws.com",
    "auditmanager.amazonaws.com",
    "detective.amazonaws.com",
    "guardduty.amazonaws.com",
    "inspector2.amazonaws.com",
    "ipam.amazonaws.com",
    "macie.amazonaws.com",
    "securityhub.amazonaws.com",
    "sso.amazonaws.com",
];
/// Delegated administrators of all other services at most.
const ADMINISTRATORS_MOST: usize = 50;

/// `EnableAWSServiceAccess`. Enabling what is enabled changes nothing.
pub(super) fn enable_access(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let service = principal(input)?;
    need_all_features(turn)?;
    let now = turn.now;
    turn.world.organizations_mut().trusted.entry(service.to_owned()).or_insert(now);
    Ok(json!({}))
}

/// `DisableAWSServiceAccess`.
pub(super) fn disable_access(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let service = principal(input)?;
    need_all_features(turn)?;
    let organizations = turn.world.organizations_mut();
    let enabled = organizations.organization.iter().flat_map(|organization| organization.enabled.keys());
    if let Some(kind) = enabled.into_iter().find(|kind| super::kinds::needs_service(kind) == Some(service)) {
        let message = format!("You attempted to disable trusted access of {service} before the policy type {kind}.");
        return Err(violation("POLICY_TYPE_ENABLED_FOR_THIS_SERVICE", message));
    }
    organizations.trusted.remove(service);
    Ok(json!({}))
}

/// `ListAWSServiceAccessForOrganization`.
pub(super) fn list_access(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    need_all_features(turn)?;
    paged(
        turn,
        "EnabledServicePrincipals",
        turn.world.organizations.trusted.iter(),
        |(service, since)| json!({"ServicePrincipal": service, "DateEnabled": moment(*since)}),
    )
}

/// `RegisterDelegatedAdministrator`.
pub(super) fn register(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let id = shape::id(input, "AccountId", shape::is_account)?;
    let service = principal(input)?;
    need_all_features(turn)?;
    let organizations = &turn.world.organizations;
    let account = organizations.account(id).ok_or_else(accounts::not_found)?;
    if organizations.is_management(id) {
        let message = "You can't register the management account as a delegated administrator.";
        return Err(violation("CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR", message));
    }
    if !account.is_active() {
        let message = "You can't register a suspended account as a delegated administrator.";
        return Err(violation("CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR", message));
    }
    if !organizations.trusted.contains_key(service) {
        let message =
            format!("You attempted to register a delegated administrator before trusted access of {service}.");
        return Err(violation("SERVICE_ACCESS_NOT_ENABLED", message));
    }
    if organizations.delegated.get(id).is_some_and(|services| services.contains_key(service)) {
        let message = "The specified account is already a delegated administrator for this service.";
        return Err(Refusal::new("AccountAlreadyRegisteredException", message));
    }
    let there = organizations.delegated.values().filter(|services| services.contains_key(service)).count();
    if there >= 1 && ONE_ADMINISTRATOR.contains(&service) {
        let message = "The service has a delegated administrator already. Deregister it first.";
        return Err(violation("DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE", message));
    }
    if there >= ADMINISTRATORS_MOST {
        let message = format!("The service has as many delegated administrators as it may: {ADMINISTRATORS_MOST}.");
        return Err(violation("MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED", message));
    }
    let now = turn.now;
    turn.world.organizations_mut().delegated.entry(id.to_owned()).or_default().insert(service.to_owned(), now);
    Ok(json!({}))
}

/// `DeregisterDelegatedAdministrator`.
pub(super) fn deregister(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let id = shape::id(input, "AccountId", shape::is_account)?;
    let service = principal(input)?;
    let organizations = turn.world.organizations_mut();
    if organizations.account(id).is_none() {
        return Err(accounts::not_found());
    }
    let services = organizations.delegated.entry(id.to_owned()).or_default();
    let was = services.remove(service);
    if services.is_empty() {
        organizations.delegated.remove(id);
    }
    if was.is_some() { Ok(json!({})) } else { Err(not_registered()) }
}

/// `ListDelegatedAdministrators`.
pub(super) fn list_administrators(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let service = input.get("ServicePrincipal").map(|_| principal(input)).transpose()?;
    need_all_features(turn)?;
    let organizations = &turn.world.organizations;
    let found: Vec<Value> = organizations
        .delegated
        .iter()
        .filter(|(_, services)| service.is_none_or(|service| services.contains_key(service)))
        .filter_map(|(id, services)| {
            let mut shown = accounts::render(organizations, organizations.account(id)?);
            let since = service.map_or_else(|| services.values().min(), |service| services.get(service))?;
            shown.as_object_mut()?.remove("Paths");
            Some(with(shown, "DelegationEnabledDate", moment(*since)))
        })
        .collect();
    paged(turn, "DelegatedAdministrators", found.into_iter(), |shown| shown)
}

/// `ListDelegatedServicesForAccount`.
pub(super) fn list_services(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let id = shape::id(input, "AccountId", shape::is_account)?;
    let organizations = &turn.world.organizations;
    if organizations.account(id).is_none() {
        return Err(accounts::not_found());
    }
    let services: &BTreeMap<_, _> = organizations.delegated.get(id).ok_or_else(not_registered)?;
    paged(
        turn,
        "DelegatedServices",
        services.iter(),
        |(service, since)| json!({"ServicePrincipal": service, "DelegationEnabledDate": moment(*since)}),
    )
}

fn not_registered() -> Refusal {
    let message = "The specified account is not a delegated administrator for this service.";
    Refusal::new("AccountNotRegisteredException", message)
}

fn principal<'a>(input: &Input<'a>) -> Result<&'a str, Refusal> {
    let service = shape::id(input, "ServicePrincipal", shape::is_principal)?;
    if service.ends_with(".amazonaws.com") && service.len() > ".amazonaws.com".len() {
        return Ok(service);
    }
    Err(invalid("UNRECOGNIZED_SERVICE_PRINCIPAL", "You specified a service principal that isn't recognized."))
}
