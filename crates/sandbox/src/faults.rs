//! What can go wrong with a call, as the scenario demands it.

use crate::scenario::Effect;

/// What befalls one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection was cut before the request was read.
    CutBefore,
    /// No answer ever comes; nothing was done.
    SilentBefore,
    /// The caller died before the request arrived.
    HaltBefore,
    /// Some proxy answered in place of the service.
    GarbledBefore,
    /// Too many calls: refused, nothing done.
    Throttled,
    /// The service broke before it did anything.
    BrokenBefore,
    /// The caller may not do this.
    Denied,
    /// The caller's credentials have run out.
    Expired,
    /// Somebody else changes the same thing right now.
    Busy,
    /// The service broke after it did everything.
    BrokenAfter,
    /// The connection was cut before the reply was written.
    CutAfter,
    /// No answer ever comes; everything was done.
    SilentAfter,
    /// The caller died before the reply arrived.
    HaltAfter,
    /// Some proxy put a page of its own in place of the reply.
    GarbledAfter,
}

/// How far a call gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// It does not reach the service.
    Way,
    /// The service refuses it.
    Refused,
    /// It is carried out, and the reply is what suffers.
    After,
}

impl Fault {
    /// The fault of an effect that is one.
    pub(crate) fn of(effect: &Effect) -> Option<Self> {
        Some(match effect {
            Effect::CutBefore => Self::CutBefore,
            Effect::SilentBefore => Self::SilentBefore,
            Effect::HaltBefore => Self::HaltBefore,
            Effect::GarbledBefore => Self::GarbledBefore,
            Effect::Throttled => Self::Throttled,
            Effect::BrokenBefore => Self::BrokenBefore,
            Effect::Denied => Self::Denied,
            Effect::Expired => Self::Expired,
            Effect::Busy => Self::Busy,
            Effect::BrokenAfter => Self::BrokenAfter,
            Effect::CutAfter => Self::CutAfter,
            Effect::SilentAfter => Self::SilentAfter,
            Effect::HaltAfter => Self::HaltAfter,
            Effect::GarbledAfter => Self::GarbledAfter,
            _ => return None,
        })
    }

    /// Whether the caller dies of it.
    pub(crate) fn is_halt(self) -> bool {
        matches!(self, Self::HaltBefore | Self::HaltAfter)
    }

    /// How far the call gets.
    pub(crate) fn stage(self) -> Stage {
        match self {
            Self::CutBefore | Self::SilentBefore | Self::HaltBefore | Self::GarbledBefore => Stage::Way,
            Self::Throttled | Self::BrokenBefore | Self::Denied | Self::Expired | Self::Busy => Stage::Refused,
            Self::BrokenAfter | Self::CutAfter | Self::SilentAfter | Self::HaltAfter | Self::GarbledAfter => {
                Stage::After
            }
        }
    }
}
