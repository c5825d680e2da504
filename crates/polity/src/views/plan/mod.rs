//! A plan, as a person reads it before saying yes: what changes where and why, what could go wrong, who gains and who
//! loses what, and, last and loud, what stops it.

mod attributes;
mod because;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod markdown;
mod policy_document;
mod sections;
mod surroundings;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use polity_model::{
    Address, Origin,
    plan::{Action, Change, Plan, Risk},
};

use super::{count, names::Names, thousands};
pub(crate) use surroundings::gaps as gap_lines;

/// What a view knows beyond the plan itself. All of it may be missing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    /// The commit behind a place of the manifest.
    pub(crate) commits: BTreeMap<(String, u32), Commit>,
    /// Who changed a drifted object, in words.
    pub(crate) actors: BTreeMap<Address, String>,
    /// The risks of what was done to a drifted object.
    pub(crate) done: BTreeMap<Address, Vec<Risk>>,
    /// The controls that a guardrail is made of.
    pub(crate) controls: BTreeMap<Address, Vec<String>>,
    /// Readable names for native ids.
    pub(crate) names: Names,
    /// Show every change in full, however many there are.
    pub(crate) all: bool,
    /// Path of the plan file that was saved, for the hint on what to do next.
    pub(crate) saved: Option<String>,
    /// Whether the plan is about to be applied: then there is no hint on what to do next.
    pub(crate) applies: bool,
    /// How the folder was named on the command line, for that hint.
    pub(crate) folder: Option<String>,
}

/// The commit that last wrote a line, or something that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Commit {
    /// Its id; `None` for a line that is not committed yet.
    pub(crate) id: Option<String>,
    /// The line (the newest one of those that belong to a place).
    pub(crate) line: u32,
    /// When it was written, in seconds since 1970.
    #[serde(skip)]
    pub(crate) time: i64,
    /// Who wrote it.
    pub(crate) author: String,
    /// On which day.
    pub(crate) date: String,
    /// The first line of its message.
    pub(crate) summary: String,
}

impl Context {
    fn commit(&self, origin: &Origin) -> Option<&Commit> {
        self.commits.get(&(origin.file.to_string(), origin.line))
    }
}

/// What a line of a view is about; decides its sign and its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Plain,
    Add,
    Remove,
    Change,
    Move,
    Adopt,
    Forget,
    /// Explanation, in the background.
    Note,
    /// A warning.
    Risk,
}

/// One line of a view, before it is painted or put into Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) sign: Sign,
    pub(crate) depth: usize,
    pub(crate) text: String,
}

impl Line {
    fn new(sign: Sign, depth: usize, text: impl Into<String>) -> Self {
        Self { sign, depth, text: text.into() }
    }
}

/// The symbol of an action.
pub(crate) fn symbol(action: Action) -> &'static str {
    match action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Move => ">",
        Action::Replace => "-/+",
        Action::Delete => "-",
        Action::Adopt => "=",
        Action::Forget => "!",
    }
}

/// What an action does, as an infinitive.
pub(crate) fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Move => "move",
        Action::Replace => "replace",
        Action::Delete => "delete",
        Action::Adopt => "adopt",
        Action::Forget => "forget",
    }
}

fn sign(action: Action) -> Sign {
    match action {
        Action::Create => Sign::Add,
        Action::Update => Sign::Change,
        Action::Move => Sign::Move,
        Action::Replace | Action::Delete => Sign::Remove,
        Action::Adopt => Sign::Adopt,
        Action::Forget => Sign::Forget,
    }
}

/// What a risk means, in words.
pub(crate) fn risk(risk: Risk) -> &'static str {
    match risk {
        Risk::WidensAccess => "widens access",
        Risk::WeakensGuardrail => "weakens a guardrail",
        Risk::Deletes => "deletes",
        Risk::LocksOut => "locks out",
        Risk::Irreversible => "cannot be undone",
    }
}

/// Several of them, the gravest first.
pub(crate) fn risk_words(risks: &[Risk]) -> String {
    let mut weights = risks.to_vec();
    weights.sort_unstable_by(|a, b| b.cmp(a));
    weights.into_iter().map(risk).collect::<Vec<_>>().join(", ")
}

/// Every action with its number of changes, in order of the actions.
pub(crate) fn totals(changes: &[Change]) -> BTreeMap<Action, usize> {
    changes.iter().fold(BTreeMap::new(), |mut totals, change| {
        *totals.entry(change.action).or_default() += 1;
        totals
    })
}

/// Every risk with its number of changes, in order of weight.
pub(crate) fn risks(changes: &[Change]) -> BTreeMap<Risk, usize> {
    changes.iter().flat_map(|change| &change.risks).fold(BTreeMap::new(), |mut totals, risk| {
        *totals.entry(*risk).or_default() += 1;
        totals
    })
}

/// `12 changes: 8 to create, 3 to update, 1 to delete`.
pub(crate) fn summary(plan: &Plan) -> String {
    if plan.changes.is_empty() {
        return "no changes".to_owned();
    }
    let parts: Vec<String> = totals(&plan.changes)
        .into_iter()
        .map(|(action, number)| format!("{} to {}", thousands(number), verb(action)))
        .collect();
    format!("{}: {}", count(plan.changes.len(), "change"), parts.join(", "))
}

/// `2 widen access, 1 cannot be undone`; empty without risks.
pub(crate) fn risk_summary(plan: &Plan) -> String {
    let parts: Vec<String> = risks(&plan.changes)
        .into_iter()
        .rev()
        .map(|(weight, number)| format!("{} × {}", thousands(number), risk(weight)))
        .collect();
    parts.join(", ")
}
