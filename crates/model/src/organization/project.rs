//! What a unit works on, and its tenants: one per landing zone and platform.

use std::collections::BTreeMap;

use super::{Access, Attachment, Named, Native, Quota};
use crate::{Origin, units::Money};

/// Whether something lives, or its end is asked for. Removing text never ends a container or an identity; this does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LifeState {
    /// Lives.
    #[default]
    Active,
    /// Cut off but kept: no access, moved to the platform's quarantine place. Only tenants.
    Quarantined {
        /// Why.
        reason: String,
    },
    /// Its end is asked for.
    Retired {
        /// Why.
        reason: String,
    },
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Manifest name.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// The unit that works on it.
    pub unit: Named,
    /// Tags, with those of its units merged in.
    pub tags: BTreeMap<String, String>,
    /// Access to all of its tenants.
    pub access: Vec<Access>,
    /// Controls attached to all of its tenants.
    pub controls: Vec<Attachment>,
    /// Settings of all of its tenants.
    pub settings: Native,
    /// Names of its tenants, in the order written.
    pub tenants: Vec<String>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A tenant: project x landing zone x platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Manifest name: written, or `{project}-{landing zone}`.
    pub name: String,
    /// Native name; the manifest name unless written.
    pub title: Option<String>,
    /// The project.
    pub project: String,
    /// The platform.
    pub platform: Named,
    /// The landing zone; directly under the platform's root without one.
    pub landing_zone: Option<Named>,
    /// E-mail address of its own, where the platform type needs one: written, or from the platform's pattern.
    pub email: Option<String>,
    /// Tags, with those of the project merged in.
    pub tags: BTreeMap<String, String>,
    /// Money it may cost.
    pub budget: Option<Budget>,
    /// How much it may use, with what its landing zones say merged in.
    pub quota: Option<Quota>,
    /// Access to it alone.
    pub access: Vec<Access>,
    /// Guardrails attached to it alone.
    pub guardrails: Vec<Named>,
    /// Controls attached to it alone.
    pub controls: Vec<Attachment>,
    /// Settings of it alone.
    pub settings: Native,
    /// Lives, is cut off, or ends.
    pub state: LifeState,
    /// Native id, to adopt an existing one.
    pub id: Option<String>,
    /// Former tenant names.
    pub renamed_from: Vec<String>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A monthly budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Amount a month.
    pub monthly: Money,
    /// Percentages of actual cost at which somebody is told; sorted.
    pub alert_at: Vec<i64>,
    /// Who is told: e-mail addresses; the unit owner's unless written.
    pub notify: Vec<String>,
    /// Where it is declared.
    pub origin: Origin,
}
