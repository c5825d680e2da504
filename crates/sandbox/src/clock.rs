//! The sandbox's time. It runs with tokio's clock: where that is paused, a year passes in the time it takes to ask.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// A clock that begins at a given moment.
#[derive(Clone, Debug)]
pub struct Clock {
    epoch: Timestamp,
    began: Instant,
    skipped: Arc<Mutex<Duration>>,
}

impl Clock {
    /// Begins to run now, and calls this moment `epoch`.
    #[must_use]
    pub fn from(epoch: Timestamp) -> Self {
        Self { epoch, began: Instant::now(), skipped: Arc::default() }
    }

    /// The time by this clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let skipped = *self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = SignedDuration::try_from(self.began.elapsed() + skipped).unwrap_or(SignedDuration::MAX);
        self.epoch.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// Puts the clock forward: nobody waits, but everything that was due in between happens.
    pub fn skip(&self, by: Duration) {
        let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        *skipped = skipped.saturating_add(by);
    }
}
