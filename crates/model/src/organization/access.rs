//! Principal x role x place, with reason and expiry.

use serde::{Deserialize, Serialize};

use crate::{Origin, units::Date};

/// Who.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Principal {
    /// A person by manifest name.
    Person(String),
    /// A team by manifest name.
    Team(String),
    /// A workload by manifest name.
    Workload(String),
}

impl Principal {
    /// The noun and the manifest name.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Person(name) => ("person", name),
            Self::Team(name) => ("team", name),
            Self::Workload(name) => ("workload", name),
        }
    }
}

/// Where an access was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Everywhere.
    Organization,
    /// A unit and all below.
    Unit(String),
    /// A landing zone and all below.
    LandingZone(String),
    /// A project.
    Project(String),
    /// One tenant.
    Tenant(String),
}

/// One written access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Who.
    pub principal: Principal,
    /// What: a role's manifest name.
    pub role: String,
    /// Last day on which it holds.
    pub until: Option<Date>,
    /// Why.
    pub reason: Option<String>,
    /// Where it was written.
    pub origin: Origin,
}

/// An access as it reaches one tenant, after inheritance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveAccess<'a> {
    /// The written access. Where several places give the same, the one that lasts longest.
    pub access: &'a Access,
    /// Where it was written.
    pub place: Place,
}
