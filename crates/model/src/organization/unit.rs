//! A node of the business tree: who owns and pays.

use super::{Access, Attachment, Named};
use crate::Origin;

/// A unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Manifest name.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// The unit above.
    pub parent: Option<Named>,
    /// The person who answers for it.
    pub owner: Option<Named>,
    /// Tags that projects inherit.
    pub tags: std::collections::BTreeMap<String, String>,
    /// Access to all tenants of all projects of this unit and those below.
    pub access: Vec<Access>,
    /// Controls attached here; they hold for all tenants of all projects of this unit and those below.
    pub controls: Vec<Attachment>,
    /// Where it is declared.
    pub origin: Origin,
}
