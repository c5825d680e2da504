//! Which failures are worth another try, when, and for how long.

use std::time::Duration;

use crate::{Error, Operation, Problem};

/// How long and how often a call is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// No try begins later than this after the first.
    pub deadline: Duration,
    /// Greatest pause before the second try; it doubles with every further one.
    pub pause: Duration,
    /// Greatest pause of all.
    pub pause_max: Duration,
    /// Tries of a call that breaks in transport or in the service, the first included.
    pub tries: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(180),
            pause: Duration::from_millis(250),
            pause_max: Duration::from_secs(20),
            tries: 5,
        }
    }
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Try again after this pause.
    Again(Duration),
    /// Try again once with fresh credentials.
    Renew,
    /// Leave it.
    Never,
}

impl Patience {
    /// What to do after this failure of the `tries`-th try. `asked` is the wait that the answer asked for.
    pub(super) fn after(
        &self,
        error: &Error,
        operation: &Operation,
        tries: u32,
        elapsed: Duration,
        asked: Option<Duration>,
    ) -> Next {
        let worth = match error.problem {
            // Surely nothing was done, and time heals it.
            Problem::Throttled | Problem::Busy => true,
            // Surely nothing was done, but an endpoint that is not there rarely comes back.
            Problem::Unreachable => tries < self.tries.min(3),
            Problem::Transient => operation.repeatable && tries < self.tries,
            Problem::Credentials => return Next::Renew,
            _ => false,
        };
        let pause = self.jitter(tries).max(asked.unwrap_or_default());
        if worth && elapsed + pause < self.deadline { Next::Again(pause) } else { Next::Never }
    }

    /// Full jitter: anything between nothing and the pause, so that those who failed together do not meet again.
    fn jitter(&self, tries: u32) -> Duration {
        let doubled = self.pause.saturating_mul(1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX));
        doubled.min(self.pause_max).mul_f64(fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Operation =
        Operation { service: "nimbus", name: "List", permission: "nimbus:List", family: "list", repeatable: true };
    const ONCE: Operation = Operation { repeatable: false, ..READ };

    fn after(problem: Problem, operation: &Operation, tries: u32, elapsed: u64) -> Next {
        let error = Error::new(problem, "nimbus:List", "no");
        Patience::default().after(&error, operation, tries, Duration::from_secs(elapsed), None)
    }

    fn again(next: Next) -> bool {
        matches!(next, Next::Again(_))
    }

    #[test]
    fn only_what_surely_did_nothing_is_repeated_when_it_may_not_happen_twice() {
        for problem in [Problem::Throttled, Problem::Busy, Problem::Unreachable] {
            assert!(again(after(problem, &ONCE, 1, 0)), "{problem:?}");
        }
        assert_eq!(after(Problem::Transient, &ONCE, 1, 0), Next::Never);
        assert!(again(after(Problem::Transient, &READ, 1, 0)));
    }

    #[test]
    fn verdicts_are_final() {
        use Problem::{AlreadyExists, Denied, Invalid, Limit, NotFound, Unexpected, Unsupported};
        for problem in [AlreadyExists, Denied, Invalid, Limit, NotFound, Unexpected, Unsupported] {
            assert_eq!(after(problem, &READ, 1, 0), Next::Never, "{problem:?}");
        }
        assert_eq!(after(Problem::Credentials, &ONCE, 1, 0), Next::Renew);
    }

    #[test]
    fn patience_ends() {
        assert_eq!(after(Problem::Throttled, &READ, 9, 180), Next::Never);
        assert_eq!(after(Problem::Transient, &READ, 5, 0), Next::Never);
        assert_eq!(after(Problem::Unreachable, &READ, 3, 0), Next::Never);
    }

    #[test]
    fn pauses_grow_with_jitter_and_stay_within_the_greatest() {
        let patience = Patience::default();
        for tries in 1..80 {
            for _ in 0..20 {
                assert!(patience.jitter(tries) <= patience.pause_max.min(patience.pause * (1 << tries.min(10))));
            }
        }
        let error = Error::new(Problem::Throttled, "nimbus:List", "no");
        let asked = Duration::from_secs(33);
        assert_eq!(patience.after(&error, &READ, 1, Duration::ZERO, Some(asked)), Next::Again(asked));
    }
}
