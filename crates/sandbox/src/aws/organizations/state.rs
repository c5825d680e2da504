//! What AWS Organizations holds, indexed so that no call looks at more than it asks for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{creation::Creation, handshakes::Handshake, policies::Policy, resource_policy::ResourcePolicy};

/// What it holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Organizations {
    pub(super) organization: Option<Organization>,
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) units: BTreeMap<String, Unit>,
    /// What is directly below the root and each unit.
    pub(super) below: BTreeMap<String, Below>,
    pub(super) policies: BTreeMap<String, Policy>,
    /// Policies by the root, unit or account that they are attached to, in the order of their attachment.
    pub(super) attached: BTreeMap<String, Vec<String>>,
    /// Tags by the id of what carries them.
    pub(super) tags: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) creations: BTreeMap<String, Creation>,
    pub(super) handshakes: BTreeMap<String, Handshake>,
    /// Services with trusted access, and since when.
    pub(super) trusted: BTreeMap<String, Timestamp>,
    /// Delegated administrators: by account, then by service, since when.
    pub(super) delegated: BTreeMap<String, BTreeMap<String, Timestamp>>,
    pub(super) resource_policy: Option<ResourcePolicy>,
    /// Accounts that belong to nobody here but are known: those that left, and those that were invited.
    pub(super) outside: BTreeMap<String, Outsider>,
    /// E-mail addresses that have an account, in small letters. AWS gives none of them out twice, not even after closure.
    pub(super) emails: BTreeSet<String>,
    /// When accounts were closed, for the quota.
    pub(super) closures: BTreeSet<(Timestamp, String)>,
    /// What is under way, by the time it is done.
    pub(super) work: BTreeSet<(Timestamp, Work)>,
}

/// The organization itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Organization {
    pub(super) id: String,
    pub(super) root: String,
    pub(super) management: String,
    pub(super) all_features: bool,
    /// Accounts can be created from then on.
    pub(super) ready: Timestamp,
    /// Policy types that are enabled, and when policies of the type changed last.
    pub(super) enabled: BTreeMap<String, Timestamp>,
}

/// An account of the organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) arn: String,
    pub(super) state: Life,
    /// Whether it was created here, not invited.
    pub(super) created: bool,
    pub(super) joined: Timestamp,
    pub(super) parent: String,
}

/// Where an account is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Life {
    Active,
    Closing,
    Closed,
}

/// An account outside the organization.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Outsider {
    pub(super) name: String,
    pub(super) email: String,
}

/// An organizational unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Unit {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) parent: String,
}

/// What is directly below a root or a unit.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Below {
    pub(super) units: BTreeSet<String>,
    pub(super) accounts: BTreeSet<String>,
}

/// Something that is under way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Work {
    /// A request to create an account is done.
    Create(String),
    /// An account is closed.
    Close(String),
    /// An account turns out not to be closed.
    KeepOpen(String),
    /// A closed account is gone for good.
    Remove(String),
    /// A handshake has run out.
    Expire(String),
    /// A handshake that ended is shown no more.
    Forget(String),
}

impl Account {
    /// Whether it can be worked in.
    pub(crate) fn is_active(&self) -> bool {
        self.state == Life::Active
    }
}

impl Organizations {
    /// An account of the organization, closed ones included until they are gone.
    pub(crate) fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(id)
    }

    /// The accounts that nobody has closed, by number.
    pub(crate) fn living(&self) -> impl Iterator<Item = &str> {
        self.accounts.iter().filter(|(_, account)| account.is_active()).map(|(id, _)| id.as_str())
    }

    /// Whether there is an organization.
    pub(crate) fn exists(&self) -> bool {
        self.organization.is_some()
    }

    /// Whether this account is the organization's management account.
    pub(crate) fn is_management(&self, id: &str) -> bool {
        self.organization.as_ref().is_some_and(|organization| organization.management == id)
    }

    /// Whether an account is a delegated administrator of a service.
    pub(crate) fn is_delegated(&self, account: &str, service: &str) -> bool {
        self.delegated.get(account).is_some_and(|services| services.contains_key(service))
    }

    /// Gives an account another name. Accounts that are not there have none.
    pub(crate) fn rename_account(&mut self, id: &str, name: &str) {
        if let Some(account) = self.accounts.get_mut(id) {
            name.clone_into(&mut account.name);
        }
    }

    /// Every policy in force on an account, inherited ones included, as `type/name`. Service and resource control policies
    /// do not bind the management account.
    pub(crate) fn guardrails_of(&self, account: &str) -> BTreeSet<String> {
        let exempt = self.is_management(account);
        let mut found = BTreeSet::new();
        for target in self.lineage(account) {
            for policy in self.attached_to(&target) {
                if !(exempt && policy.kind.ends_with("CONTROL_POLICY")) {
                    found.insert(format!("{}/{}", policy.kind, policy.name));
                }
            }
        }
        found
    }

    /// Whether something that was begun is due.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.work.first().is_some_and(|(due, _)| *due <= now)
    }

    /// What is due first, taken off the list.
    pub(super) fn next_due(&mut self, now: Timestamp) -> Option<(Timestamp, Work)> {
        if self.is_due(now) { self.work.pop_first() } else { None }
    }

    /// The parent of a unit or an account.
    pub(super) fn parent_of(&self, id: &str) -> Option<&str> {
        let unit = self.units.get(id).map(|unit| unit.parent.as_str());
        unit.or_else(|| self.accounts.get(id).map(|account| account.parent.as_str()))
    }

    /// From the root down to this unit or account, itself included; nothing when it is not there.
    pub(super) fn lineage(&self, id: &str) -> Vec<String> {
        let mut upwards = Vec::new();
        let mut at = Some(id).filter(|id| self.is_target(id));
        while let Some(id) = at {
            upwards.push(id.to_owned());
            at = self.parent_of(id);
        }
        upwards.reverse();
        upwards
    }

    /// The path that AWS writes for a unit or an account.
    pub(super) fn path_of(&self, id: &str) -> String {
        let organization = self.organization.as_ref().map_or("", |organization| organization.id.as_str());
        format!("{organization}/{}/", self.lineage(id).join("/"))
    }

    /// Whether it is the root or a unit.
    pub(super) fn is_parent(&self, id: &str) -> bool {
        self.units.contains_key(id) || self.organization.as_ref().is_some_and(|organization| organization.root == id)
    }

    /// Whether policies can be attached to it.
    pub(super) fn is_target(&self, id: &str) -> bool {
        self.accounts.contains_key(id) || self.is_parent(id)
    }

    /// The policies that are attached directly.
    pub(super) fn attached_to<'a>(&'a self, target: &str) -> impl Iterator<Item = &'a Policy> + use<'a> {
        self.attached.get(target).into_iter().flatten().filter_map(|id| self.policies.get(id))
    }

    /// Attaches a policy that is not attached there yet.
    pub(super) fn attach(&mut self, policy: &str, target: &str) {
        if let Some(known) = self.policies.get_mut(policy) {
            known.targets.insert(target.to_owned());
            self.attached.entry(target.to_owned()).or_default().push(policy.to_owned());
        }
    }

    /// Takes a policy away.
    pub(super) fn detach(&mut self, policy: &str, target: &str) {
        if let Some(known) = self.policies.get_mut(policy) {
            known.targets.remove(target);
        }
        if let Some(attached) = self.attached.get_mut(target) {
            attached.retain(|id| id != policy);
        }
    }

    /// Puts a new unit or account below its parent, with the policies that AWS attaches to everything.
    pub(super) fn settle_in(&mut self, id: &str, parent: &str) {
        let below = self.below.entry(parent.to_owned()).or_default();
        let kin = if self.units.contains_key(id) { &mut below.units } else { &mut below.accounts };
        kin.insert(id.to_owned());
        let kinds: Vec<String> = self.organization.iter().flat_map(|known| known.enabled.keys().cloned()).collect();
        for policy in kinds.iter().filter_map(|kind| super::kinds::default_policy(kind)) {
            self.attach(policy, id);
        }
    }

    /// Takes a unit or an account out, with all that hangs on it.
    pub(super) fn take_out(&mut self, id: &str) {
        if let Some(parent) = self.parent_of(id).map(ToOwned::to_owned)
            && let Some(below) = self.below.get_mut(&parent)
        {
            below.units.remove(id);
            below.accounts.remove(id);
        }
        for policy in self.attached.remove(id).unwrap_or_default() {
            self.detach(&policy, id);
        }
        self.below.remove(id);
        self.tags.remove(id);
        self.delegated.remove(id);
        self.units.remove(id);
        self.accounts.remove(id);
    }
}
