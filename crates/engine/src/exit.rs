//! How a command ends, as a number that scripts can rely on.

/// Exit codes of every command. The order is that of rising weight when several would hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing to do, or all done.
    Done,
    /// There are changes, drift, or failed controls.
    Changes,
    /// Partly done: something failed, or a platform could not be reached; running it again goes on.
    PartlyApplied,
    /// Another run holds the journal.
    Locked,
    /// A brake refused the plan.
    Refused,
    /// Something failed.
    Error,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Changes => 2,
            Self::Refused => 3,
            Self::PartlyApplied => 4,
            Self::Locked => 5,
        }
    }
}
