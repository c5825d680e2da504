//! What an apply is told: the plan that was approved, how fast to be, and when to stop.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use polity_model::{Digest, organization::Organization, plan::Plan};
use polity_provider::WritingProvider;

use crate::{Journal, Observation, journal::Owner};

/// How a plan is approved that nobody looks at.
pub const AUTO_APPROVE: &str = "--auto-approve";

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
    /// How it was approved: `prompt`, `--approve`, or [`AUTO_APPROVE`].
    pub approved_by: String,
    /// The reading that the plan was made of. It saves another one only if nobody was waited for since and nothing was
    /// journaled since; otherwise the platforms are read again, and the plan must still hold.
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
