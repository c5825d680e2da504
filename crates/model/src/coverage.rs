//! How far a platform type can express what the manifest says: data that each type hands in with its vocabulary.

use serde::{Deserialize, Serialize};

/// How far something can be expressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// As written.
    Exact,
    /// Nearly, or by other means.
    Approximated,
    /// Not at all.
    NotExpressible,
}

impl Extent {
    /// As people read it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Approximated => "approximated",
            Self::NotExpressible => "not expressible",
        }
    }
}

/// The answer of one platform type about one noun or field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The noun (`tenant`) or the field with its noun (`tenant.quota.pods`); `*` stands for every noun that has such a
    /// field (`*.access.until`). An answer about a field holds for what is written within it, too, where nothing nearer
    /// is answered; one about a noun holds for its fields only if it says that the noun is not expressible.
    pub field: &'static str,
    /// How far.
    pub extent: Extent,
    /// What it becomes there, how it is approximated, or why it is not expressible. Lower case, no final stop.
    pub says: &'static str,
    /// What to write or do instead of what is not expressible.
    pub instead: &'static str,
}

impl Covered {
    /// Expressed as written; it becomes this.
    pub const fn exact(field: &'static str, becomes: &'static str) -> Self {
        Self { field, extent: Extent::Exact, says: becomes, instead: "" }
    }

    /// Expressed nearly, or by other means: how.
    pub const fn approximated(field: &'static str, how: &'static str) -> Self {
        Self { field, extent: Extent::Approximated, says: how, instead: "" }
    }

    /// Not expressed: why, and what to do instead. Where it is written all the same, this is what is told.
    pub const fn not_expressible(field: &'static str, why: &'static str, instead: &'static str) -> Self {
        Self { field, extent: Extent::NotExpressible, says: why, instead }
    }
}
