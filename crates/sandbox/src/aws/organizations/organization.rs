//! The organization itself, its root, and the policy types that are enabled there.

use serde_json::{Value, json};

use super::{
    access::{Who, admit},
    kinds, policies,
    shape::{self, paged, violation},
    state::{Account, Life, Organization, Organizations},
};
use crate::aws::{
    input::Input,
    refusal::Refusal,
    service::{Answer, Turn},
    world::World,
};

/// `CreateOrganization`.
pub(super) fn create(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let features = match input.get("FeatureSet") {
        Some(_) => shape::one_of(input, "FeatureSet", &["ALL", "CONSOLIDATED_BILLING"])?,
        None => "ALL",
    };
    let management = turn.caller.account.clone();
    if turn.world.organizations.accounts.contains_key(&management) {
        let message = "The account is already a member of an organization.";
        return Err(Refusal::new("AlreadyInOrganizationException", message));
    }
    if turn.world.organizations.exists() {
        return Err(Refusal::new("UnknownOperationException", "the sandbox holds one organization").status(501));
    }
    let ready = turn.due(jiff::SignedDuration::ZERO);
    let ids = &mut turn.world.ids;
    let (id, root) = (format!("o-{}", ids.lower(10)), format!("r-{}", ids.lower(4)));
    let world = &mut *turn.world;
    let arn = format!("arn:{}:organizations::{management}:account/{id}/{management}", world.partition);
    let managed = policies::managed(&world.partition, turn.now);
    let organizations = world.organizations_mut();
    let known = organizations.outside.remove(&management);
    let account = Account {
        name: known.as_ref().map_or("management", |known| known.name.as_str()).to_owned(),
        email: known.map_or_else(|| format!("management+{management}@example.com"), |known| known.email),
        id: management.clone(),
        arn,
        state: Life::Active,
        created: false,
        joined: turn.now,
        parent: root.clone(),
    };
    organizations.organization = Some(Organization {
        id,
        root: root.clone(),
        management: management.clone(),
        all_features: features == "ALL",
        ready,
        enabled: std::collections::BTreeMap::new(),
    });
    organizations.emails.insert(account.email.to_lowercase());
    organizations.accounts.insert(management.clone(), account);
    organizations.policies = managed;
    organizations.settle_in(&management, &root);
    describe(turn, input)
}

/// `DescribeOrganization`.
pub(super) fn describe(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    admit(turn, Who::Member)?;
    let organizations = &turn.world.organizations;
    let Some(organization) = &organizations.organization else { return Err(super::access::denied()) };
    let management = organizations.account(&organization.management);
    let available = if organization.all_features {
        json!([{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}])
    } else {
        json!([])
    };
    Ok(json!({"Organization": {
        "Id": organization.id,
        "Arn": arn(turn.world, "organization", ""),
        "FeatureSet": if organization.all_features { "ALL" } else { "CONSOLIDATED_BILLING" },
        "MasterAccountArn": management.map(|account| account.arn.as_str()),
        "MasterAccountId": organization.management,
        "MasterAccountEmail": management.map(|account| account.email.as_str()),
        "AvailablePolicyTypes": available,
    }}))
}

/// `DeleteOrganization`.
pub(super) fn delete(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let organizations = turn.world.organizations_mut();
    if organizations.accounts.len() > 1 {
        let message = "The organization isn't empty. Remove all accounts but the management account first.";
        return Err(Refusal::new("OrganizationNotEmptyException", message));
    }
    let mut left = Organizations {
        outside: std::mem::take(&mut organizations.outside),
        emails: std::mem::take(&mut organizations.emails),
        ..Organizations::default()
    };
    for account in organizations.accounts.values() {
        left.outside.insert(account.id.clone(), super::accounts::outsider(account));
    }
    *organizations = left;
    Ok(json!({}))
}

/// `ListRoots`.
pub(super) fn list_roots(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    paged(turn, "Roots", std::iter::once(()), |()| root(turn.world))
}

/// `EnablePolicyType`.
pub(super) fn enable_type(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Delegate)?;
    let kind = typed_root(turn, input)?;
    let organizations = &turn.world.organizations;
    let organization = organizations.organization.as_ref();
    if organization.is_some_and(|organization| organization.enabled.contains_key(kind)) {
        let message = "The specified policy type is already enabled.";
        return Err(Refusal::new("PolicyTypeAlreadyEnabledException", message));
    }
    if organization.is_some_and(|organization| !organization.all_features) {
        return Err(not_available());
    }
    if let Some(service) = kinds::needs_service(kind).filter(|service| !organizations.trusted.contains_key(*service)) {
        let message = format!("You attempted to enable a policy type before trusted access of {service}.");
        return Err(violation("SERVICE_ACCESS_NOT_ENABLED", message));
    }
    let now = turn.now;
    let organizations = turn.world.organizations_mut();
    if let Some(organization) = &mut organizations.organization {
        organization.enabled.insert(kind.to_owned(), now);
    }
    if let Some(policy) = kinds::default_policy(kind) {
        for target in organizations.targets() {
            organizations.attach(policy, &target);
        }
    }
    Ok(json!({"Root": root(turn.world)}))
}

/// `DisablePolicyType`: what is attached of the type comes off everywhere.
pub(super) fn disable_type(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Delegate)?;
    let kind = typed_root(turn, input)?;
    let organizations = turn.world.organizations_mut();
    let was = organizations.organization.as_mut().and_then(|organization| organization.enabled.remove(kind));
    if was.is_none() {
        return Err(not_enabled());
    }
    let attached: Vec<(String, String)> = organizations
        .policies
        .values()
        .filter(|policy| policy.kind == kind)
        .flat_map(|policy| policy.targets.iter().map(|target| (policy.id.clone(), target.clone())))
        .collect();
    for (policy, target) in attached {
        organizations.detach(&policy, &target);
    }
    Ok(json!({"Root": root(turn.world)}))
}

fn typed_root(turn: &Turn<'_>, input: &Input<'_>) -> Result<&'static str, Refusal> {
    let wanted = shape::id(input, "RootId", shape::is_root)?;
    let kind = shape::kind(input, "PolicyType")?;
    if turn.world.organizations.organization.as_ref().is_some_and(|organization| organization.root == wanted) {
        return Ok(kind.name);
    }
    Err(Refusal::new("RootNotFoundException", format!("We can't find a root with the RootId {wanted}.")))
}

/// The error for a type that the organization has to enable first.
pub(super) fn not_enabled() -> Refusal {
    let message = "This operation can be performed only for enabled policy types.";
    Refusal::new("PolicyTypeNotEnabledException", message)
}

/// The error for types of an organization that has billing features only.
pub(super) fn not_available() -> Refusal {
    let message = "You can't use the specified policy type: the organization does not have all features enabled.";
    Refusal::new("PolicyTypeNotAvailableForOrganizationException", message)
}

/// Refuses what organizations that have billing features only cannot do.
pub(super) fn need_all_features(turn: &Turn<'_>) -> Result<(), Refusal> {
    if turn.world.organizations.organization.as_ref().is_some_and(|organization| organization.all_features) {
        return Ok(());
    }
    let message = "This operation needs an organization that has all features enabled.";
    Err(violation("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE", message))
}

/// An ARN of this organization.
pub(super) fn arn(world: &World, kind: &str, rest: &str) -> String {
    let organization = world.organizations.organization.as_ref();
    let (id, management) = organization.map_or(("", ""), |known| (known.id.as_str(), known.management.as_str()));
    let slash = if rest.is_empty() { "" } else { "/" };
    format!("arn:{}:organizations::{management}:{kind}/{id}{slash}{rest}", world.partition)
}

fn root(world: &World) -> Value {
    let Some(organization) = &world.organizations.organization else { return Value::Null };
    let types: Vec<Value> =
        organization.enabled.keys().map(|kind| json!({"Type": kind, "Status": "ENABLED"})).collect();
    json!({
        "Id": organization.root,
        "Arn": arn(world, "root", &organization.root),
        "Name": "Root",
        "PolicyTypes": types,
    })
}
