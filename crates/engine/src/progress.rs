//! What a verb is doing right now, for whoever watches: a progress bar, plain lines, a test.

use polity_model::{
    Address,
    inventory::Gap,
    plan::{Action, Plan},
};

/// One thing that just happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress<'a> {
    /// A scope is being read.
    ScopeStarted {
        /// Its name.
        scope: &'a str,
        /// How many kinds are read in it.
        kinds: usize,
    },
    /// A kind was read in a scope, or could not be.
    KindRead {
        /// Name of the scope.
        scope: &'a str,
        /// The kind.
        kind: &'a str,
        /// How many objects there are.
        found: usize,
        /// What could not be read.
        gaps: &'a [Gap],
    },
    /// A scope was read.
    ScopeDone {
        /// Its name.
        scope: &'a str,
    },
    /// The write of an interrupted run was settled by reading the cloud.
    Settled {
        /// Of what.
        address: &'a Address,
        /// What the cloud showed.
        finding: &'a str,
    },
    /// A run began.
    RunStarted {
        /// Its name in the journal.
        run: &'a str,
        /// How many changes it will try.
        changes: usize,
    },
    /// A further round of the same run begins: what could only be seen once something was born.
    RoundStarted {
        /// Number, from 2.
        round: usize,
        /// Its plan.
        plan: &'a Plan,
    },
    /// A change began.
    ChangeStarted {
        /// Of what.
        address: &'a Address,
        /// What is done.
        action: Action,
    },
    /// A change is tried again, or the cloud does not show it yet.
    ChangeRetrying {
        /// Of what.
        address: &'a Address,
        /// Why.
        reason: &'a str,
    },
    /// A change is done and was read back.
    ChangeDone {
        /// Of what.
        address: &'a Address,
        /// What was done.
        action: Action,
        /// Native id.
        id: &'a str,
        /// Whether anything had to be written.
        written: bool,
    },
    /// A change failed.
    ChangeFailed {
        /// Of what.
        address: &'a Address,
        /// What was tried.
        action: Action,
        /// Why.
        message: &'a str,
        /// What to do next.
        help: Option<&'a str>,
    },
    /// A change was not tried.
    ChangeSkipped {
        /// Of what.
        address: &'a Address,
        /// What would have been done.
        action: Action,
        /// Why not.
        reason: &'a str,
    },
    /// A stop was asked for: running writes are finished, no new one begins.
    Stopping,
    /// A run ended.
    RunFinished {
        /// Changes done.
        done: usize,
        /// Changes failed.
        failed: usize,
        /// Changes not tried.
        skipped: usize,
    },
}

/// Watches. Called from several tasks at once, in the order in which things happen.
pub trait Observer: Send + Sync {
    /// This just happened.
    fn on(&self, progress: &Progress<'_>);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn on(&self, _progress: &Progress<'_>) {}
}
