//! The resolved organization: every name found, every default filled in, every origin kept.
//!
//! One file per noun. What is inherited downward (access, settings) is answered by [`inherit`], so that
//! nobody derives it a second time.

mod access;
mod control;
mod guardrail;
mod inherit;
mod landing_zone;
mod people;
mod platform;
mod project;
pub mod quota;
mod role;
mod root;
mod unit;

use std::collections::BTreeMap;

pub use access::{Access, EffectiveAccess, Place, Principal};
pub use control::{Attached, Attachment, Correct, Enforce, Exemption};
pub use guardrail::Guardrail;
pub use landing_zone::{LandingZone, Mode};
pub use people::{Person, Team, Workload};
pub use platform::Platform;
pub use project::{Budget, LifeState, Project, Tenant};
pub use quota::Quota;
pub use role::Role;
pub use root::{Brakes, BreakGlass, Limit, TagRule};
pub use unit::Unit;

use crate::{Origin, Value, units::Date, written::Written};

/// A name that points at something, with the place where it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The bare name.
    pub name: String,
    /// Where it was written.
    pub origin: Origin,
}

/// A native section by platform type (`sky: {...}`), checked against that type's vocabulary.
pub type Native = BTreeMap<String, NativeSection>;

/// One native section and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeSection {
    /// The checked value, a `Map`.
    pub value: Value,
    /// Where it stands.
    pub origin: Origin,
}

/// The whole manifest, resolved. Maps are keyed by manifest name, so that iteration is in order of names.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Manifest name.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// Where it is declared.
    pub origin: Origin,
    /// The day that expiry is judged by; given by the caller.
    pub today: Date,
    /// Rules that tags of projects and tenants must satisfy.
    pub tag_rules: BTreeMap<String, TagRule>,
    /// Limits that stop a plan.
    pub brakes: Brakes,
    /// The principal that no plan may lock out.
    pub break_glass: Option<BreakGlass>,
    /// Access everywhere.
    pub access: Vec<Access>,
    /// Guardrails at the root of every platform for which they have a section.
    pub guardrails: Vec<Named>,
    /// Controls attached everywhere.
    pub controls: Vec<Attachment>,
    /// Settings of every tenant.
    pub settings: Native,
    /// The business tree.
    pub units: BTreeMap<String, Unit>,
    /// People.
    pub people: BTreeMap<String, Person>,
    /// Teams.
    pub teams: BTreeMap<String, Team>,
    /// Machine principals.
    pub workloads: BTreeMap<String, Workload>,
    /// Roles.
    pub roles: BTreeMap<String, Role>,
    /// Connected platforms.
    pub platforms: BTreeMap<String, Platform>,
    /// The platform tree.
    pub landing_zones: BTreeMap<String, LandingZone>,
    /// Guardrails.
    pub guardrail_documents: BTreeMap<String, Guardrail>,
    /// The organization's own controls, baselines and frameworks, as they are written: what they say is read elsewhere.
    pub control_documents: Vec<Written>,
    /// Accepted deviations from controls, expired ones included.
    pub exemptions: BTreeMap<String, Exemption>,
    /// Projects.
    pub projects: BTreeMap<String, Project>,
    /// All tenants of all projects, by tenant name (unique in the organization).
    pub tenants: BTreeMap<String, Tenant>,
}
