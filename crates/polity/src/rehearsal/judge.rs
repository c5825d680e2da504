//! Whether a rehearsal went as it should: what may never happen is looked for after every write and in the end.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use polity_engine::{Exit, journal::Verification};
use polity_model::inventory::Inventory;
use polity_sandbox::{Access, Entry, Sandbox};
use serde_json::Value;

use super::performance::{Act, Ear, Ending, Performance, What};

/// What is to be said of a rehearsal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It came to the desired organization; a client that died did so when it was started again.
    Converged,
    /// The apply stopped and said what to do; once the fault was over, the next one came to the desired organization.
    Stopped(String),
    /// Something that must not happen.
    Wrong(String),
}

/// Guardrails in force, by account.
pub(crate) type Guardrails = BTreeMap<String, BTreeSet<String>>;

/// How things are after a rehearsal in which nothing went wrong: what every other one is held against.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    things: BTreeMap<String, usize>,
    /// What every account has both before and after; one that ends keeps all that it has until it has ended.
    floor: Guardrails,
}

impl Model {
    /// From the guardrails before, and the rehearsal without faults.
    pub(crate) fn of(before: &Guardrails, after: &Guardrails, clean: &Performance) -> Self {
        let floor = before.iter().map(|(account, there)| {
            let kept = after.get(account).unwrap_or(there);
            (account.clone(), there.intersection(kept).cloned().collect())
        });
        Self { things: things(&clean.inventory), floor: floor.collect() }
    }
}

/// Watches that no write takes a guardrail from an account that has it both before and after.
#[derive(Clone)]
pub(crate) struct Watchman {
    floor: Arc<Guardrails>,
    seen: Arc<Mutex<Seen>>,
}

struct Seen {
    now: Guardrails,
    breach: Option<String>,
}

/// Operations after which other guardrails may be in force.
const DECISIVE: [&str; 9] = [
    "AttachPolicy",
    "DetachPolicy",
    "DeletePolicy",
    "UpdatePolicy",
    "MoveAccount",
    "EnablePolicyType",
    "DisablePolicyType",
    "DeleteOrganizationalUnit",
    "RemoveAccountFromOrganization",
];

impl Watchman {
    pub(crate) fn new(model: &Model, before: &Guardrails) -> Self {
        let seen = Seen { now: before.clone(), breach: None };
        Self { floor: Arc::new(model.floor.clone()), seen: Arc::new(Mutex::new(seen)) }
    }

    /// Hears of the calls.
    pub(crate) fn ear(&self) -> Ear {
        let watchman = self.clone();
        Box::new(move |sandbox, entry| watchman.hear(sandbox, entry))
    }

    fn hear(&self, sandbox: &Sandbox, entry: &Entry) {
        let decisive = entry.access == Access::Write
            && entry.service == "organizations"
            && DECISIVE.contains(&entry.operation.as_str());
        if !decisive {
            return;
        }
        let now = sandbox.guardrails();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // What other hands take away is not ours to answer for.
        if entry.hand.is_none() && seen.breach.is_none() {
            seen.breach = self.breach(&seen.now, &now, entry);
        }
        seen.now = now;
    }

    fn breach(&self, before: &Guardrails, now: &Guardrails, entry: &Entry) -> Option<String> {
        self.floor.iter().find_map(|(account, floor)| {
            let (had, has) = (before.get(account)?, now.get(account)?);
            let lost = floor.iter().find(|one| had.contains(*one) && !has.contains(*one))?;
            Some(format!(
                "after call {} ({}:{}) the account `{account}` is without `{lost}`, which it has before and after",
                entry.number, entry.service, entry.operation
            ))
        })
    }

    fn found(&self) -> Option<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).breach.clone()
    }
}

/// Judges one rehearsal.
pub(crate) fn judge(played: &Performance, model: &Model, watchman: &Watchman, tampered: bool) -> Verdict {
    if let Some(breach) = watchman.found() {
        return Verdict::Wrong(breach);
    }
    if let Verification::Broken { number, reason } = &played.journal {
        return Verdict::Wrong(format!("the journal is broken at entry {number}: {reason}"));
    }
    if !played.left.is_empty() {
        let told = played.further.last().map(account).unwrap_or_default();
        return Verdict::Wrong(format!(
            "after {} more applies there is still something to do: {}{told}",
            played.further.len(),
            crate::views::plan::summary(&played.left)
        ));
    }
    if let Some(wrong) = differences(&things(&played.inventory), &model.things) {
        return Verdict::Wrong(wrong);
    }
    match &played.first.ending {
        Ending::Endless => Verdict::Wrong("the apply did not end within a week".to_owned()),
        // It said nothing, for it was dead; whoever started it again had nothing to find out.
        Ending::Died => Verdict::Converged,
        Ending::Refused(error) if error.help().is_none() => {
            Verdict::Wrong(format!("the apply stopped without a word of what to do: {error}"))
        }
        Ending::Refused(_) => Verdict::Stopped(account(&played.first)),
        Ending::Told(report) => match report.exit() {
            Exit::Done if played.left_first.is_empty() || tampered => Verdict::Converged,
            Exit::Done => Verdict::Wrong(format!(
                "the apply said that all is done, but there is something to do: {}",
                crate::views::plan::summary(&played.left_first)
            )),
            _ if account(&played.first).is_empty() => {
                Verdict::Wrong("the apply stopped without a word of why".to_owned())
            }
            _ => Verdict::Stopped(account(&played.first)),
        },
    }
}

/// What an apply that stopped told a person.
pub(crate) fn account(act: &Act) -> String {
    match &act.ending {
        Ending::Refused(error) => match error.help() {
            Some(help) => format!("{error}; {help}"),
            None => error.to_string(),
        },
        Ending::Told(report) => {
            let failed = act.moments.iter().filter_map(|moment| match &moment.what {
                What::Failed { address, message, help, .. } => Some(match help {
                    Some(help) => format!("{address}: {message}; {help}"),
                    None => format!("{address}: {message}"),
                }),
                _ => None,
            });
            let mut told: Vec<String> = failed.collect();
            told.extend(report.stopped.clone());
            told.extend(report.refused.iter().flat_map(|plan| plan.brakes.iter().map(|brake| brake.message.clone())));
            told.join("; ")
        }
        Ending::Died | Ending::Endless => String::new(),
    }
}

/// What is there too often, or not at all.
fn differences(found: &BTreeMap<String, usize>, model: &BTreeMap<String, usize>) -> Option<String> {
    let all: BTreeSet<&String> = found.keys().chain(model.keys()).collect();
    all.into_iter().find_map(|thing| {
        let (is, should) = (found.get(thing).copied().unwrap_or(0), model.get(thing).copied().unwrap_or(0));
        match is.cmp(&should) {
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Less => Some(format!("this is gone or not as it should be: {thing}")),
            std::cmp::Ordering::Greater => {
                Some(format!("this is there {is} times and should be {should} times: {thing}"))
            }
        }
    })
}

/// Attributes that say when or by whom something was made, or how far on its way it is, not what it is.
const CHANCE: [&str; 4] = ["arn", "joined", "state", "unprovisioned"];

/// Everything in an inventory, told by names instead of ids, for ids differ from run to run.
fn things(inventory: &Inventory) -> BTreeMap<String, usize> {
    let names: HashMap<&str, String> =
        inventory.resources.iter().map(|one| (one.id.as_str(), format!("{}:{}", one.kind, one.name))).collect();
    let mut things = BTreeMap::new();
    for one in &inventory.resources {
        // Where a hand put it before it ended is of no matter any more.
        let settled = |name: &str| CHANCE.contains(&name) || (one.ended.is_some() && name == "parent");
        let attributes: BTreeMap<&String, Value> = one
            .attributes
            .iter()
            .filter(|(name, _)| !settled(name))
            .map(|(name, value)| (name, named(value.to_json(), &names)))
            .collect();
        let told = serde_json::to_string(&attributes).unwrap_or_default();
        // What has ended goes on ending: closed today, gone in ninety days.
        let ended = if one.ended.is_some() { "ended " } else { "" };
        *things.entry(format!("{ended}{} in {} {told}", one.kind, one.scope)).or_default() += 1;
    }
    things
}

fn named(value: Value, names: &HashMap<&str, String>) -> Value {
    match value {
        Value::String(text) => Value::String(names.get(text.as_str()).cloned().unwrap_or(text)),
        Value::Array(items) => Value::Array(items.into_iter().map(|item| named(item, names)).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, named(value, names))).collect())
        }
        other => other,
    }
}
