//! The plan: an immutable, ordered set of changes, and all that a person must know before saying yes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Address, Digest, Map, Origin, Value,
    inventory::Gap,
    resource::{Group, Scope},
};

/// Version of the JSON form. Readers refuse others.
pub const VERSION: &str = "polity.plan/v1";

/// A plan. Its bytes are the same for the same inputs, whatever order those came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`VERSION`].
    pub version: String,
    /// Name of the organization.
    pub organization: String,
    /// Digest of all manifest files.
    pub manifest: Digest,
    /// The platforms it speaks of: native identity by manifest name (an organization id), as far as known.
    pub platforms: BTreeMap<String, String>,
    /// The day expiry was judged by.
    pub today: String,
    /// The changes, in an order that respects their needs.
    pub changes: Vec<Change>,
    /// What is not changed but must be said.
    pub notices: Vec<Notice>,
    /// Who gains and who loses which role where.
    pub access: Vec<AccessChange>,
    /// Brakes that are on. Not empty: the plan is refused.
    pub brakes: Vec<Brake>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// Scopes that changes are made in, by name.
    pub scopes: Vec<Scope>,
}

impl Plan {
    /// The digest that an approval names: over everything in the plan.
    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }

    /// Whether nothing would be written.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether a brake is on.
    pub fn is_refused(&self) -> bool {
        !self.brakes.is_empty()
    }
}

/// What is done to one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Of what.
    pub address: Address,
    /// What is done.
    pub action: Action,
    /// Name of the scope it is done in.
    pub scope: String,
    /// Native id, where there is one.
    pub id: Option<String>,
    /// What the manifest asks for, references unresolved where the other is not born yet; empty for deletions.
    pub after: Map,
    /// All that was read; empty for creations. `apply` refuses when this has changed meanwhile.
    pub before: Map,
    /// Attributes that differ.
    pub diff: Vec<Difference>,
    /// Why.
    pub because: Because,
    /// Changes of this plan that must be done first.
    pub needs: Vec<Address>,
    /// What could go wrong.
    pub risks: Vec<Risk>,
    /// Where it is shown.
    pub group: Group,
    /// Former address, when a rename is part of it.
    pub renamed_from: Option<Address>,
}

/// What is done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// `+`
    Create,
    /// `~`
    Update,
    /// `>`: another parent, perhaps with updates.
    Move,
    /// `-/+`
    Replace,
    /// `-`: deleted, detached, taken back, closed, or set back to the vendor's default.
    Delete,
    /// `=`: an existing object becomes ours: it is marked, perhaps with updates.
    Adopt,
    /// `!`: no longer ours to manage; nothing is written to the cloud but the removal of our mark is recorded.
    Forget,
}

/// One attribute that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Its name.
    pub attribute: String,
    /// As read; `Null` where there is none.
    pub before: Value,
    /// As asked for; `Null` where there is none.
    pub after: Value,
}

/// Why a change is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// The manifest says so here, and it was never applied.
    Written(Vec<Origin>),
    /// The manifest has said so for long, and it was applied: somebody changed the cloud since.
    Drifted(Vec<Origin>),
    /// The manifest asked for it once and does not any more.
    Removed,
    /// A tombstone asks for its end, with this reason.
    Retired {
        /// Where the tombstone stands.
        origin: Vec<Origin>,
        /// The reason written there.
        reason: String,
    },
    /// It is foreign, and the place it stands in is `mode: own`.
    Foreign,
}

/// What could go wrong. The order is that of rising weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Somebody may do more than before.
    WidensAccess,
    /// Something is prevented less than before.
    WeakensGuardrail,
    /// Something ends.
    Deletes,
    /// Somebody cannot get in any more.
    LocksOut,
    /// It cannot be undone.
    Irreversible,
}

/// What is not changed but must be said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "notice")]
pub enum Notice {
    /// Not ours, left alone.
    Foreign {
        /// Its kind.
        kind: String,
        /// Its scope.
        scope: String,
        /// Native id.
        id: String,
        /// Native name.
        name: String,
        /// Where it stands, if that is known.
        group: Group,
    },
    /// The vendor's, left alone.
    Vendor {
        /// Its kind.
        kind: String,
        /// Its scope.
        scope: String,
        /// Native id.
        id: String,
        /// Native name.
        name: String,
        /// Who made it.
        by: String,
    },
    /// A native object with this name or key is there but not ours, and the mode there is `observe`.
    Conflict {
        /// The address that wants it.
        address: Address,
        /// Native ids of the candidates.
        candidates: Vec<String>,
        /// What it is and what to do.
        message: String,
        /// Where the manifest asks for it.
        origins: Vec<Origin>,
    },
    /// A gap, or a conflict further up, keeps this from being planned.
    Blocked {
        /// The address.
        address: Address,
        /// By what.
        by: String,
        /// Where the manifest asks for it.
        origins: Vec<Origin>,
    },
    /// Its text is gone; it stays in the cloud, and Polity no longer manages it.
    Forgotten {
        /// Its former address.
        address: Address,
        /// Native id.
        id: String,
    },
    /// Anything else worth a sentence.
    Note {
        /// The sentence.
        message: String,
        /// Where in the manifest, if it comes from there.
        origins: Vec<Origin>,
    },
}

/// Who gains or loses which role where. Names are manifest names where there is one, native names otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessChange {
    /// Gains (true) or loses (false).
    pub gains: bool,
    /// Who: a person.
    pub person: String,
    /// Role.
    pub role: String,
    /// Tenant or other place.
    pub place: String,
    /// Through which team, if not directly.
    pub through: Option<String>,
    /// Whether the role is an admin role.
    pub admin: bool,
    /// The changes that do it.
    pub by: Vec<Address>,
}

/// A brake that is on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brake {
    /// Its name: `removals`, `people-losing-access`, `limit`, `lock-out` ...
    pub name: String,
    /// What would happen, with the sum spelled out.
    pub message: String,
    /// What to do if it is really meant.
    pub help: String,
    /// The changes that trip it.
    pub by: Vec<Address>,
}
