//! The guardrails of an organization and where they hold: its tree and its policies, read once for all accounts.

use std::collections::{BTreeMap, BTreeSet};

use polity_provider::{Error, Reader};
use serde_json::{Value as Json, json};

use super::{
    answer::{flag, repeated, text},
    policy_document::{self, Policy, Statement},
    support::Known,
};
use crate::{
    client::{Caller as _, pages},
    operations::organizations,
};

/// Policies that refuse; the management account is under none of them.
const CONTROL: [&str; 2] = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];

/// An organization's tree and its policies.
#[derive(Debug, Default)]
pub(super) struct Guardrails {
    parents: BTreeMap<String, String>,
    policies: Vec<Guardrail>,
}

#[derive(Debug)]
struct Guardrail {
    name: String,
    kind: String,
    targets: BTreeSet<String>,
    /// Only of service control policies.
    document: Option<Known<Policy>>,
}

/// Reads the whole organization.
pub(super) async fn read(hub: &Reader) -> Result<Guardrails, Error> {
    let mut found = Guardrails::default();
    let roots = pages(hub, &organizations::LIST_ROOTS, json!({}), "Roots").await?;
    let mut places: Vec<String> = roots.iter().filter_map(|root| text(root, "Id").map(str::to_owned)).collect();
    while let Some(place) = places.pop() {
        let asked = json!({ "ParentId": place });
        let (units, accounts) = tokio::try_join!(
            pages(hub, &organizations::LIST_ORGANIZATIONAL_UNITS, asked.clone(), "OrganizationalUnits"),
            pages(hub, &organizations::LIST_ACCOUNTS_FOR_PARENT, asked.clone(), "Accounts"),
        )?;
        let ids = |list: &[Json]| -> Vec<String> {
            list.iter().filter_map(|one| text(one, "Id").map(str::to_owned)).collect()
        };
        for child in ids(&units).into_iter().chain(ids(&accounts)) {
            found.parents.insert(child, place.clone());
        }
        places.extend(ids(&units));
    }
    let kinds = roots.iter().flat_map(|root| repeated(root, "PolicyTypes"));
    let enabled = kinds.filter(|kind| text(kind, "Status") == Some("ENABLED")).filter_map(|kind| text(kind, "Type"));
    for kind in enabled {
        found.policies.extend(of_kind(hub, kind).await?);
    }
    found.policies.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

async fn of_kind(hub: &Reader, kind: &str) -> Result<Vec<Guardrail>, Error> {
    let mut found = Vec::new();
    for policy in pages(hub, &organizations::LIST_POLICIES, json!({ "Filter": kind }), "Policies").await? {
        // AWS's own only say that everything is allowed until somebody says otherwise.
        if flag(&policy, "AwsManaged") == Some(true) {
            continue;
        }
        let asked = json!({"PolicyId": text(&policy, "Id").unwrap_or_default()});
        let targets = pages(hub, &organizations::LIST_TARGETS, asked.clone(), "Targets").await?;
        let document = match kind {
            "SERVICE_CONTROL_POLICY" => {
                let described = hub.json(&organizations::DESCRIBE_POLICY, asked).await?;
                Some(policy_document::parse(text(&described, "Policy/Content").unwrap_or_default()))
            }
            _ => None,
        };
        found.push(Guardrail {
            name: text(&policy, "Name").unwrap_or_default().to_owned(),
            kind: kind.to_owned(),
            targets: targets.iter().filter_map(|target| text(target, "TargetId").map(str::to_owned)).collect(),
            document,
        });
    }
    Ok(found)
}

impl Guardrails {
    /// The guardrails that hold for an account, those of the places above it included.
    fn of(&self, account: &str, management: bool) -> Vec<&Guardrail> {
        let mut chain = BTreeSet::from([account.to_owned()]);
        let mut place = account;
        while let Some(parent) = self.parents.get(place).filter(|parent| !chain.contains(*parent)) {
            chain.insert(parent.clone());
            place = parent;
        }
        let bound = |policy: &&Guardrail| {
            !(management && CONTROL.contains(&policy.kind.as_str()))
                && policy.targets.iter().any(|target| chain.contains(target))
        };
        self.policies.iter().filter(bound).collect()
    }

    /// Their names.
    pub(super) fn names(&self, account: &str, management: bool) -> BTreeSet<String> {
        self.of(account, management).into_iter().map(|policy| policy.name.clone()).collect()
    }

    /// What is refused to whoever is in an account, whatever it is done to.
    fn refusals(&self, account: &str, management: bool) -> Known<Vec<&Statement>> {
        let mut found = Vec::new();
        for policy in self.of(account, management).into_iter().filter_map(|policy| policy.document.as_ref()) {
            let policy = policy.as_ref().map_err(Clone::clone)?;
            found.extend(policy.statements.iter().filter(|one| !one.allow && one.resources.all()));
        }
        Ok(found)
    }

    /// Whether leaving the organization is refused. The management account cannot leave it at all.
    pub(super) fn stays(&self, account: &str, management: bool) -> Known<bool> {
        let refused = self.refusals(account, management)?;
        let leave =
            |one: &&Statement| one.conditions.is_empty() && one.actions.covers("organizations:LeaveOrganization");
        Ok(management || refused.iter().any(leave))
    }

    /// The regions to which an account is held; nothing where it is held to none. Only a refusal of everything, or of all
    /// but some services, counts as one.
    pub(super) fn regions(&self, account: &str, management: bool) -> Known<Option<BTreeSet<String>>> {
        let refused = self.refusals(account, management)?;
        let held = refused.iter().filter(|one| one.actions.all() || one.actions.inverted);
        Ok(held
            .filter_map(|one| one.held_to_regions())
            .reduce(|one, other| one.intersection(&other).cloned().collect()))
    }

    /// The services to which an account is held, by the prefixes of their actions.
    pub(super) fn services(&self, account: &str, management: bool) -> Known<Option<BTreeSet<String>>> {
        let refused = self.refusals(account, management)?;
        let held = refused.iter().filter(|one| one.actions.inverted && one.conditions.is_empty());
        let services = held.map(|one| -> BTreeSet<String> {
            one.actions.names.iter().filter_map(|name| name.split(':').next()).map(str::to_owned).collect()
        });
        Ok(services.reduce(|one, other| one.intersection(&other).cloned().collect()))
    }
}
