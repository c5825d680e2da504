//! The verb `apply`: settle what an interrupted run left open, check that the plan still holds, carry it out,
//! record what is in order, and go on with what was only just born.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use polity_model::{
    Address, Digest,
    organization::Organization,
    plan::{Action, Plan},
};
use polity_provider::WritingProvider;

use crate::{Error, Exit, Ground, Journal, Observation, Observer, journal::Owner};

/// All that an apply needs.
#[derive(Clone)]
pub struct ApplyInput<'a> {
    /// The connected platforms.
    pub providers: &'a [Arc<dyn WritingProvider>],
    /// The resolved manifest.
    pub organization: &'a Organization,
    /// Digest of the manifest files.
    pub manifest: Digest,
    /// Manifest name of the person who applies, if known.
    pub applier: Option<String>,
    /// The plan to carry out.
    pub plan: &'a Plan,
    /// Digest of the plan that was approved.
    pub approved: Digest,
    /// How it was approved: `prompt`, `--approve`, `--auto-approve`.
    pub approved_by: String,
    /// The reading that the plan was made of, if that was just now; otherwise the platforms are read again.
    pub observation: Option<Observation>,
    /// The journal.
    pub journal: &'a Arc<Journal>,
    /// Who holds the journal meanwhile.
    pub owner: Owner,
    /// How fast and how patient.
    pub pace: Pace,
    /// Asks for a stop.
    pub cancel: Cancel,
}

/// How fast and how patient an apply is.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Changes at once, at most.
    pub parallel: usize,
    /// First pause before looking or trying again; each next one is half as long again.
    pub pause: Duration,
    /// Longest pause.
    pub longest_pause: Duration,
    /// How long one change is waited for, until the cloud shows it or lets it be made.
    pub patience: Duration,
    /// Rounds in one run, at most.
    pub rounds: usize,
    /// Whether to read once more at the end and say whether anything is left to do.
    pub verify: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            parallel: 16,
            pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
            patience: Duration::from_secs(120),
            rounds: 3,
            verify: false,
        }
    }
}

/// Asks a running apply to stop: running writes are finished, no new one begins. Clones ask the same run.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks for the stop.
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

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
        if failed + skipped > 0 || self.cancelled || self.stopped.is_some() {
            Exit::PartlyApplied
        } else if self.refused.is_some() {
            Exit::Refused
        } else {
            Exit::Done
        }
    }
}

/// Carries out a plan.
pub async fn apply(input: &ApplyInput<'_>, observer: &dyn Observer) -> Result<Report, Error> {
    let _ = (input, observer);
    Ok(Report::default())
}

/// One write of an interrupted run, settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Of what.
    pub address: Address,
    /// What the cloud showed.
    pub finding: String,
}

/// Settles what an interrupted run left open, by reading the platforms. `apply` does so by itself; a command that
/// plans before it applies calls this first, so that its plan already knows.
pub async fn settle(
    ground: &Ground<'_>,
    journal: &Journal,
    owner: &Owner,
    observer: &dyn Observer,
) -> Result<Vec<Settlement>, Error> {
    let _ = (ground, journal, owner, observer);
    Ok(Vec::new())
}
