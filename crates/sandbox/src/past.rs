//! How things were a while ago, for reads that do not see the present yet.

use std::{collections::VecDeque, time::Duration};

use jiff::{SignedDuration, Timestamp};

/// Earlier states, oldest first. Each is remembered at the moment at which it was changed: it held until then.
#[derive(Clone, Debug)]
pub(crate) struct Past<T> {
    states: VecDeque<(Timestamp, T)>,
}

impl<T> Default for Past<T> {
    fn default() -> Self {
        Self { states: VecDeque::new() }
    }
}

impl<T: Clone> Past<T> {
    /// Remembers a state that is about to change, and forgets what nobody can see any more.
    pub(crate) fn keep(&mut self, state: &T, now: Timestamp, window: Duration) {
        let oldest = earlier(now, window);
        while self.states.front().is_some_and(|(until, _)| *until < oldest) {
            self.states.pop_front();
        }
        self.states.push_back((now, state.clone()));
    }

    /// The state at a moment; `None` when nothing has changed since.
    pub(crate) fn at(&self, moment: Timestamp) -> Option<&T> {
        self.states.iter().find(|(until, _)| *until >= moment).map(|(_, state)| state)
    }
}

/// A moment so long ago.
pub(crate) fn earlier(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_sub(by).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_seen_as_far_as_the_window_reaches() {
        let at = |second: i64| Timestamp::from_second(1_000_000 + second).unwrap();
        let window = Duration::from_secs(5);
        let mut past = Past::default();
        past.keep(&"empty", at(10), window);
        past.keep(&"one", at(12), window);
        // At 13 the present is "two".
        assert_eq!(past.at(at(9)), Some(&"empty"));
        assert_eq!(past.at(at(11)), Some(&"one"));
        assert_eq!(past.at(at(13)), None);
        past.keep(&"two", at(30), window);
        assert_eq!(past.at(at(25)), Some(&"two"));
        assert_eq!(past.states.len(), 1, "what nobody can see is forgotten");
    }
}
