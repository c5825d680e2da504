//! All that was read, and what could not be read.

use serde::{Deserialize, Serialize};

use crate::{
    resource::{Observed, Scope},
    units::Timestamp,
};

/// One reading of one or more platforms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// When the reading began; `None` in tests.
    pub taken_at: Option<Timestamp>,
    /// The scopes that were read or tried, by name.
    pub scopes: Vec<Scope>,
    /// What was found, sorted by scope, kind and id.
    pub resources: Vec<Observed>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// Something that could not be read. Nothing in it is created or deleted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// Name of the scope.
    pub scope: String,
    /// The kind that could not be read there; `None`: nothing in this scope could.
    pub kind: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// The permission that was missing, if that was the reason.
    pub permission: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Inventory {
    /// The gap that covers this scope and kind, if there is one.
    pub fn gap(&self, scope: &str, kind: &str) -> Option<&Gap> {
        self.gaps.iter().find(|gap| gap.scope == scope && gap.kind.as_deref().is_none_or(|gapped| gapped == kind))
    }

    /// Brings resources and gaps into their canonical order and drops repeats.
    pub fn normalize(&mut self) {
        self.scopes.sort();
        self.scopes.dedup();
        self.resources.sort_by(|a, b| (&a.scope, &a.kind, &a.id).cmp(&(&b.scope, &b.kind, &b.id)));
        self.resources.dedup();
        self.gaps.sort();
        self.gaps.dedup();
    }
}
