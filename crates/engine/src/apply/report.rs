//! What came of an apply: one result per change.

use std::collections::BTreeMap;

use polity_model::{
    Address,
    plan::{Action, Plan},
};

use crate::Exit;

/// What came of an apply.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Name of the run in the journal.
    pub run: String,
    /// One result per change, in the order of the plans, over all rounds.
    pub results: Vec<ChangeResult>,
    /// Rounds made.
    pub rounds: usize,
    /// The plan of a further round that a brake stopped.
    pub refused: Option<Plan>,
    /// What was left to do after the last round, if [`Pace::verify`] asked for it.
    pub remaining: Option<Plan>,
    /// Whether a stop was asked for.
    pub cancelled: bool,
    /// Platforms that could not be reached, and why: nothing was changed there, or nothing more once they were down.
    pub unreached: BTreeMap<String, String>,
    /// Why the run ended early: the journal could not be written.
    pub stopped: Option<String>,
}

/// How one change ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeResult {
    /// Of what.
    pub address: Address,
    /// What was asked.
    pub action: Action,
    /// How it ended.
    pub end: End,
}

/// How a change ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Done and read back.
    Done {
        /// Native id.
        id: String,
        /// Whether anything had to be written.
        written: bool,
    },
    /// Failed.
    Failed {
        /// Why.
        message: String,
        /// What to do next.
        help: Option<String>,
    },
    /// Not tried.
    Skipped {
        /// Why not.
        reason: String,
    },
}

impl Report {
    /// Changes done, failed and skipped.
    pub fn counts(&self) -> (usize, usize, usize) {
        self.results.iter().fold((0, 0, 0), |(done, failed, skipped), result| match result.end {
            End::Done { .. } => (done + 1, failed, skipped),
            End::Failed { .. } => (done, failed + 1, skipped),
            End::Skipped { .. } => (done, failed, skipped + 1),
        })
    }

    /// How the command ends.
    pub fn exit(&self) -> Exit {
        let (_, failed, skipped) = self.counts();
        let partly = failed + skipped > 0 || !self.unreached.is_empty();
        if partly || self.cancelled || self.stopped.is_some() {
            Exit::PartlyApplied
        } else if self.refused.is_some() {
            Exit::Refused
        } else {
            Exit::Done
        }
    }
}
