//! The three principals: person, team, workload.

use std::collections::BTreeMap;

use super::{LifeState, Named, Native};
use crate::Origin;

/// A human being.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Manifest name.
    pub name: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Name as shown; given and family name unless written.
    pub display_name: String,
    /// Login name; the e-mail address unless written.
    pub user_name: String,
    /// Primary e-mail address.
    pub email: String,
    /// Active, or asked to end.
    pub state: LifeState,
    /// Native ids by platform, to adopt existing objects.
    pub ids: BTreeMap<String, String>,
    /// Former manifest names.
    pub renamed_from: Vec<String>,
    /// Where it is declared.
    pub origin: Origin,
}

/// People and further teams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Manifest name.
    pub name: String,
    /// Native name; the manifest name unless written.
    pub title: Option<String>,
    /// One sentence.
    pub description: Option<String>,
    /// People, directly.
    pub people: Vec<Named>,
    /// Teams within, whose people count as members.
    pub teams: Vec<Named>,
    /// The unit it belongs to.
    pub unit: Option<Named>,
    /// Active, or asked to end.
    pub state: LifeState,
    /// Native ids by platform, to adopt existing objects.
    pub ids: BTreeMap<String, String>,
    /// Former manifest names.
    pub renamed_from: Vec<String>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A machine principal: a pipeline, a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Manifest name.
    pub name: String,
    /// One sentence.
    pub description: Option<String>,
    /// The person or team who answers for it.
    pub owner: Option<Named>,
    /// Native sections.
    pub native: Native,
    /// Where it is declared.
    pub origin: Origin,
}
