//! A setting that takes a while to change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What holds, and what will. Nobody has to come by when it is due: whoever asks says what time it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Slow<T> {
    held: T,
    change: Option<Change<T>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Change<T> {
    due: Timestamp,
    wanted: T,
    /// A change that comes to nothing looks like any other until it is due.
    fails: bool,
}

impl<T: Clone> Slow<T> {
    /// What holds at a moment.
    pub(crate) fn held(&self, now: Timestamp) -> &T {
        match &self.change {
            Some(change) if change.due <= now && !change.fails => &change.wanted,
            _ => &self.held,
        }
    }

    /// What is being changed to, while it is.
    pub(crate) fn coming(&self, now: Timestamp) -> Option<&T> {
        self.change.as_ref().filter(|change| change.due > now).map(|change| &change.wanted)
    }

    /// Begins a change, in place of one that is under way.
    pub(crate) fn begin(&mut self, now: Timestamp, due: Timestamp, wanted: T, fails: bool) {
        self.held = self.held(now).clone();
        self.change = Some(Change { due, wanted, fails });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows_when_it_is_due_and_not_before() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut setting = Slow::<u8>::default();
        setting.begin(at(0), at(60), 1, false);
        assert_eq!((setting.held(at(59)), setting.coming(at(59))), (&0, Some(&1)));
        assert_eq!((setting.held(at(60)), setting.coming(at(60))), (&1, None));
        setting.begin(at(61), at(90), 2, true);
        assert_eq!((setting.held(at(89)), setting.coming(at(89))), (&1, Some(&2)));
        assert_eq!((setting.held(at(90)), setting.coming(at(90))), (&1, None));
    }
}
