//! What can go wrong with a call, as the scenario demands it.

use std::time::Duration;

/// What befalls one call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    /// Too many calls: refused, nothing done.
    Throttled,
    /// The service broke before it did anything.
    BrokenBefore,
    /// The service broke after it did everything.
    BrokenAfter,
    /// The connection was cut before the request was read.
    CutBefore,
    /// The connection was cut before the reply was written.
    CutAfter,
    /// The caller may not do this.
    Denied,
    /// The caller's credentials have run out.
    Expired,
    /// Somebody else changes the same thing right now.
    Busy,
    /// The answer is no answer: a page of some proxy.
    Garbled,
    /// No answer ever comes; nothing was done.
    SilentBefore,
    /// No answer ever comes; everything was done.
    SilentAfter,
    /// Reads see what was there so long ago.
    Stale(Duration),
    /// The answer takes longer.
    Late(Duration),
}

impl Fault {
    /// Its name in the log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::BrokenBefore => "broken before the effect",
            Self::BrokenAfter => "broken after the effect",
            Self::CutBefore => "cut before the effect",
            Self::CutAfter => "cut after the effect",
            Self::Denied => "denied",
            Self::Expired => "expired credentials",
            Self::Busy => "concurrent change",
            Self::Garbled => "garbled",
            Self::SilentBefore => "silent before the effect",
            Self::SilentAfter => "silent after the effect",
            Self::Stale(_) => "stale read",
            Self::Late(_) => "late",
        }
    }
}
