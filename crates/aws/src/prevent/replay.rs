//! What really happened, judged by policies that are not in force yet: who would have been stopped?
//!
//! AWS has no dry run of organization policies, but CloudTrail tells every call. Each is judged by the statements of every control
//! that is to be audited or enforced in its account. What a statement asks and an event does not tell is unknown, with the key
//! named: it is neither stopped nor let through.

use std::collections::{BTreeMap, BTreeSet};

use polity_controls::rules::Rules;
use polity_model::{
    Value,
    organization::{Enforce, Organization},
};
use serde::Serialize;
use serde_json::Value as Json;

use super::{
    decide::{Answer, denies},
    events::{Event, read},
    lower::lower,
    statement::{Layer, document},
    tree::{Node, Tree},
};

pub use super::events::{parse, unwrapped};

/// Version of the JSON form.
pub const VERSION: &str = "polity.replay/v1";

/// What came of a replay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// How many events were read.
    pub events: u64,
    /// How many were judged.
    pub judged: u64,
    /// How many were not, by reason.
    pub passed_over: BTreeMap<&'static str, u64>,
    /// First and last time of the judged ones.
    pub from: Option<String>,
    /// See `from`.
    pub to: Option<String>,
    /// By control, those without any events included.
    pub controls: BTreeMap<String, Outcome>,
}

/// What a control would have done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// How many events it would have stopped.
    pub stopped: u64,
    /// How many it cannot be told of.
    pub unknown: u64,
    /// Those that would have been stopped, most frequent first.
    pub stops: Vec<Stop>,
    /// Those that it cannot be told of, most frequent first.
    pub unknowns: Vec<Unknown>,
}

/// A principal that would have been stopped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Stop {
    /// ARN of the role or user.
    pub principal: String,
    /// What it did.
    pub action: String,
    /// The tenant in which it happened.
    pub tenant: String,
    /// How far the control goes there.
    pub enforce: Enforce,
    /// How often.
    pub count: u64,
    /// Id of one such event.
    pub example: String,
}

/// An action of which it cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unknown {
    /// The action.
    pub action: String,
    /// What events would have to tell: condition keys, or `resource`.
    pub keys: Vec<String>,
    /// How often.
    pub count: u64,
}

/// What is known of the accounts.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    /// Tenants by number of their account.
    pub tenants: BTreeMap<String, String>,
    /// The organization's native id, where it is known.
    pub organization: Option<String>,
}

/// Policies of a tenant: by control, how far it goes and its documents.
type Policies = BTreeMap<String, (Enforce, Vec<(Layer, Value)>)>;

/// What of a stop is counted together.
type Stopped = (String, String, String, String);

/// Replays events one by one.
pub struct Judge<'a> {
    accounts: &'a Accounts,
    policies: BTreeMap<String, Policies>,
    replay: Replay,
    stops: BTreeMap<Stopped, (Enforce, u64, String)>,
    unknowns: BTreeMap<(String, String, Vec<String>), u64>,
}

impl<'a> Judge<'a> {
    /// Prepares the policies of all controls that are audited or enforced, or of one of them.
    pub fn new(organization: &Organization, rules: &Rules, accounts: &'a Accounts, only: Option<&str>) -> Self {
        let tree = Tree::of(organization);
        let lowered = lower(organization, rules, &tree, Enforce::Audit);
        let mut policies: BTreeMap<String, Policies> = BTreeMap::new();
        let mut replay = Replay::default();
        for tenant in accounts.tenants.values() {
            let node = Node::Tenant(tenant.clone());
            let mut way = tree.fences(&node);
            way.push(node);
            for (control, share) in way.iter().filter_map(|node| lowered.shares.get(node)).flatten() {
                let exempt = lowered.exempt.contains(&(tenant.clone(), control.clone()));
                if exempt || only.is_some_and(|only| only != control) || share.statements.is_empty() {
                    continue;
                }
                let rule = rules.of_tenant(tenant).iter().find(|rule| rule.control.name == *control);
                let Some(rule) = rule else { continue };
                replay.controls.entry(control.clone()).or_default();
                let entry = policies.entry(tenant.clone()).or_default().entry(control.clone());
                let (_, documents) = entry.or_insert_with(|| (rule.enforce, Vec::new()));
                documents
                    .extend(share.statements.iter().map(|(layer, statements)| (*layer, document(*layer, statements))));
            }
        }
        Self { accounts, policies, replay, stops: BTreeMap::new(), unknowns: BTreeMap::new() }
    }

    /// Judges one event.
    pub fn event(&mut self, event: &Json) {
        self.replay.events += 1;
        match read(event, self.accounts) {
            Err(reason) => *self.replay.passed_over.entry(reason).or_default() += 1,
            Ok(event) => self.judge(&event),
        }
    }

    fn judge(&mut self, event: &Event) {
        let ours = [(Layer::Principals, &event.principal_account), (Layer::Resources, &event.resource_account)];
        let mut judged = false;
        for (layer, account) in ours {
            // Neither the services themselves nor their roles are bound by these policies.
            if event.is_service {
                continue;
            }
            let tenant = account.as_ref().and_then(|account| self.accounts.tenants.get(account));
            let Some((tenant, policies)) = tenant.and_then(|tenant| Some((tenant, self.policies.get(tenant)?))) else {
                continue;
            };
            judged = true;
            for (control, (enforce, documents)) in policies {
                let of_layer = documents.iter().filter(|(of, _)| *of == layer);
                let mut unknown: Option<BTreeSet<String>> = None;
                let mut stopped = false;
                for (_, document) in of_layer {
                    match denies(document, &event.request) {
                        Answer::No => {}
                        Answer::Yes => stopped = true,
                        Answer::Unknown(keys) => unknown.get_or_insert_default().extend(keys),
                    }
                }
                let action = event.request.action.clone();
                if stopped {
                    let key = (control.clone(), event.principal.clone(), action, tenant.clone());
                    let stop = self.stops.entry(key).or_insert_with(|| (*enforce, 0, event.id.clone()));
                    stop.1 += 1;
                } else if let Some(keys) = unknown {
                    *self.unknowns.entry((control.clone(), action, keys.into_iter().collect())).or_default() += 1;
                }
            }
        }
        if !judged {
            let reason = if event.is_service { "made by AWS itself" } else { "in an account without such controls" };
            *self.replay.passed_over.entry(reason).or_default() += 1;
            return;
        }
        self.replay.judged += 1;
        if let Some(time) = &event.time {
            let (from, to) = (&mut self.replay.from, &mut self.replay.to);
            if from.as_ref().is_none_or(|from| time < from) {
                *from = Some(time.clone());
            }
            if to.as_ref().is_none_or(|to| time > to) {
                *to = Some(time.clone());
            }
        }
    }

    /// What came of it.
    pub fn finish(mut self) -> Replay {
        for ((control, principal, action, tenant), (enforce, count, example)) in self.stops {
            let outcome = self.replay.controls.entry(control).or_default();
            outcome.stopped += count;
            outcome.stops.push(Stop { principal, action, tenant, enforce, count, example });
        }
        for ((control, action, keys), count) in self.unknowns {
            let outcome = self.replay.controls.entry(control).or_default();
            outcome.unknown += count;
            outcome.unknowns.push(Unknown { action, keys, count });
        }
        for outcome in self.replay.controls.values_mut() {
            // The sort keeps the order of names where counts are equal.
            outcome.stops.sort_by_key(|stop| std::cmp::Reverse(stop.count));
            outcome.unknowns.sort_by_key(|unknown| std::cmp::Reverse(unknown.count));
        }
        self.replay
    }
}
