//! How long a change is waited for: pauses that grow, up to a deadline.

use std::time::Duration;

use tokio::time::Instant;

use super::Pace;

/// The patience left for one change.
pub(super) struct Patience {
    until: Instant,
    pause: Duration,
    longest: Duration,
}

impl Patience {
    pub(super) fn new(pace: &Pace) -> Self {
        Self { until: Instant::now() + pace.patience, pause: pace.pause, longest: pace.longest_pause }
    }

    /// Waits a while and answers true, or answers false at once when patience has ended.
    pub(super) async fn wait(&mut self) -> bool {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        tokio::time::sleep(self.pause.min(left)).await;
        self.pause = (self.pause + self.pause / 2).min(self.longest);
        true
    }
}
