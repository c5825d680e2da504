//! What a kind of native object is made of, and what its changes mean. Written once per kind, as data: diff, order,
//! risk, brakes, display, adoption and documentation are derived from it.

use serde::{Deserialize, Serialize};

use crate::Value;

/// The schema of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Kebab-case name, unique per platform type: `account-assignment`.
    pub kind: &'static str,
    /// For people, singular: "account assignment".
    pub title: &'static str,
    /// The level of scope it is read in, as the provider names its levels: `organization`, `account`, `region`.
    pub level: &'static str,
    /// What it is, and so how it may end.
    pub nature: Nature,
    /// How we prove that one is ours.
    pub ownership: Ownership,
    /// What having one does.
    pub effect: Effect,
    /// The attributes.
    pub attributes: Vec<Attribute>,
    /// The lane that its writers share with those of other kinds; no lane, no such limit.
    pub lane: Option<Lane>,
    /// Whether ending one can never be undone.
    pub irreversible: bool,
}

/// Writers that share a lane go one after the other, or a few side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Its name.
    pub name: &'static str,
    /// How many go side by side, at most.
    pub width: usize,
}

/// What a kind is. Decides what the removal of its text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nature {
    /// Holds others (landing zone, tenant): removal of text forgets it with a warning; only a tombstone ends it.
    Container,
    /// A person, team or workload: as a container.
    Identity,
    /// A definition others point at (role, guardrail document): removal of text deletes it if it is ours.
    Definition,
    /// Ties two things (access, membership, attachment): removal of text takes it back.
    Link,
    /// A value that is always there: removal of text sets it back to the vendor's default if we set it.
    Setting,
    /// Only read, never written.
    Observed,
}

/// How we prove that an object is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// It carries our tag.
    Tag,
    /// It is ours if the object that this attribute points at (by native id) is ours: its kind and the attribute.
    Through {
        /// Kind of the owning object, in the same platform.
        kind: &'static str,
        /// Attribute that holds the owning object's native id.
        attribute: &'static str,
    },
    /// Nothing on it can be marked: it is ours if our journal says that we made or set it.
    Journal,
}

/// What having one of a kind does to security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing by itself.
    Neutral,
    /// Gives a principal a role in a place; the attributes hold native ids.
    Grants {
        /// Attribute with the principal.
        principal: &'static str,
        /// Attribute with the role.
        role: &'static str,
        /// Attribute with the place.
        place: &'static str,
        /// Attribute that is true where the role is held in everything below the place, and not in the place itself.
        below: Option<&'static str>,
    },
    /// Puts a principal into a group, which gives it all that the group has; the attributes hold native ids.
    Joins {
        /// Attribute with the member.
        member: &'static str,
        /// Attribute with the group.
        group: &'static str,
    },
    /// Defines what a role may do: widening it widens access.
    Defines,
    /// Restricts: removing or loosening one weakens a guardrail.
    Restricts,
    /// Puts a restriction in force on a target; the attributes hold native ids.
    Attaches {
        /// Attribute with the restriction.
        guardrail: &'static str,
        /// Attribute with the target.
        target: &'static str,
    },
}

/// One attribute of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Snake-case name.
    pub name: &'static str,
    /// What a change of it means.
    pub change: Change,
    /// How two values are compared and shown.
    pub compare: Compare,
    /// What it means when the manifest is silent about it.
    pub absent: Absent,
    /// Of a document that restricts: who can tell whether a new one keeps all that the old one prevented.
    pub keeps: Option<Keeps>,
    /// Of one that is fixed: what is possible instead of changing it, as the end of a brake's help.
    pub instead: Option<&'static str>,
    /// One sentence for the reference.
    pub doc: &'static str,
}

/// Whether the second of two restricting documents prevents all that the first one does: what they mean is known to the
/// platform's provider alone. A `false` may be too careful.
#[derive(Clone, Copy, Debug)]
pub struct Keeps(pub fn(&Value, &Value) -> bool);

/// There is one such question per attribute, so its function does not tell two schemas apart.
impl PartialEq for Keeps {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Keeps {}

/// What a change of an attribute means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Updated in place.
    Update,
    /// Updated in place, and shown as a move: the parent.
    Move,
    /// Cannot be changed: the object is replaced.
    Replace,
    /// Cannot be changed, nor may the object be replaced for it: the plan is refused with this attribute named.
    Fixed,
    /// Only ever read; never compared.
    ReadOnly,
}

/// How two values are compared and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// As they are.
    Exact,
    /// Text without regard to case.
    CaseInsensitive,
    /// Lists without regard to order.
    Set,
    /// A native policy document: shown statement by statement.
    Document,
    /// Never shown.
    Secret,
}

/// What it means when the desired resource does not have the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Whatever is there stays.
    Keep,
    /// It must be empty, absent or null in the cloud too.
    Empty,
}

impl Schema {
    /// The attribute with this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The attribute that says in which container one of these stands, if it can be moved to another one.
    pub fn place(&self) -> Option<&'static str> {
        let moves = self.attributes.iter().find(|attribute| attribute.change == Change::Move);
        moves.filter(|_| self.nature == Nature::Container).map(|attribute| attribute.name)
    }
}

impl Attribute {
    /// An attribute that is updated in place, compared exactly and kept when the manifest is silent.
    pub const fn new(name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            change: Change::Update,
            compare: Compare::Exact,
            absent: Absent::Keep,
            keeps: None,
            instead: None,
            doc,
        }
    }

    /// With another meaning of change.
    #[must_use]
    pub const fn change(mut self, change: Change) -> Self {
        self.change = change;
        self
    }

    /// With another comparison.
    #[must_use]
    pub const fn compare(mut self, compare: Compare) -> Self {
        self.compare = compare;
        self
    }

    /// With somebody who can tell whether a restricting document was loosened.
    #[must_use]
    pub const fn keeps(mut self, keeps: fn(&Value, &Value) -> bool) -> Self {
        self.keeps = Some(Keeps(keeps));
        self
    }

    /// With what is possible instead of changing it.
    #[must_use]
    pub const fn instead(mut self, instead: &'static str) -> Self {
        self.instead = Some(instead);
        self
    }

    /// Emptied in the cloud when the manifest is silent.
    #[must_use]
    pub const fn empties(mut self) -> Self {
        self.absent = Absent::Empty;
        self
    }
}
