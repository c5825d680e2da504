//! (desired, inventory, last applied, limits) -> plan. Pure, deterministic, synchronous.
//!
//! **Never here:** a clock, input or output, a cloud's name, a hash map's order.

use std::collections::BTreeMap;

use polity_model::{
    Address, Digest, inventory::Inventory, journal::LastApplied, limit::Limit, organization::Organization, plan::Plan,
    resource::Desired, schema::Schema,
};

/// All that a plan is made of.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The resolved manifest: for brakes, names and admin roles.
    pub organization: &'a Organization,
    /// Digest of the manifest files.
    pub manifest: Digest,
    /// Native identity of each platform, by manifest name.
    pub platforms: BTreeMap<String, String>,
    /// Schemas by (platform, kind).
    pub schemas: &'a BTreeMap<(String, String), Schema>,
    /// What the manifest asks for, over all scopes.
    pub desired: Vec<Desired>,
    /// What was read.
    pub inventory: &'a Inventory,
    /// What the journal knows to be ours.
    pub last: &'a LastApplied,
    /// The platforms' limits.
    pub limits: &'a [Limit],
    /// Manifest name of the person who applies, if known: no plan may lock them out.
    pub applier: Option<String>,
}

/// Which desired resource is which native object: native ids by address.
pub fn pair(_input: &Input<'_>) -> BTreeMap<Address, String> {
    BTreeMap::new()
}

/// Makes the plan.
pub fn plan(input: &Input<'_>) -> Plan {
    Plan {
        version: polity_model::plan::VERSION.to_owned(),
        organization: input.organization.name.clone(),
        manifest: input.manifest.clone(),
        platforms: input.platforms.clone(),
        today: input.organization.today.to_string(),
        changes: Vec::new(),
        notices: Vec::new(),
        access: Vec::new(),
        brakes: Vec::new(),
        gaps: input.inventory.gaps.clone(),
        scopes: Vec::new(),
    }
}

/// Why a saved plan may not be applied any more, compared with a plan made just now: one sentence per reason.
pub fn stale(_saved: &Plan, _fresh: &Plan) -> Vec<String> {
    Vec::new()
}
