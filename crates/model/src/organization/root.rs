//! What the `organization` document itself carries: tag rules, brakes, break-glass.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Origin;

/// A rule on one tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRule {
    /// Every tenant must have it.
    pub required: bool,
    /// Its value must match this regular expression, if given.
    pub pattern: Option<String>,
    /// Its value must be one of these, if given.
    pub values: Vec<String>,
    /// Where the rule stands.
    pub origin: Origin,
}

/// A number that a plan may not exceed; both bounds hold where both are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Absolute.
    pub max: Option<u64>,
    /// Percent of what is there now.
    pub percent: Option<u64>,
}

/// Limits that stop a plan before anything is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brakes {
    /// Removals (delete, detach, take back, reset) per kind; the key `*` holds for kinds not named.
    pub removals: BTreeMap<String, Limit>,
    /// People who lose a role somewhere.
    pub people_losing_access: Limit,
    /// Guardrail attachments or documents removed or loosened.
    pub guardrails_removed: Limit,
    /// Tenants retired (closed) in one plan.
    pub tenants_retired: Limit,
    /// At least this many people must hold an admin role on each tenant after the plan, where as many do before.
    pub minimum_admins: u64,
    /// Where the brakes are declared, if they are; defaults hold otherwise.
    pub origin: Option<Origin>,
}

impl Default for Brakes {
    /// Careful numbers for an organization that has not thought about it yet.
    fn default() -> Self {
        Self {
            removals: BTreeMap::from([("*".to_owned(), Limit { max: Some(20), percent: Some(20) })]),
            people_losing_access: Limit { max: Some(10), percent: None },
            guardrails_removed: Limit { max: Some(0), percent: None },
            tenants_retired: Limit { max: Some(1), percent: None },
            minimum_admins: 0,
            origin: None,
        }
    }
}

/// The principal that gets in when all else is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakGlass {
    /// A person's manifest name.
    pub person: String,
    /// The role they must keep.
    pub role: String,
    /// Where it is declared.
    pub origin: Origin,
}
