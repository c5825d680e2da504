//! (desired, inventory, last applied, limits) -> plan. Pure, deterministic, synchronous.
//!
//! One way through the rooms: `world` indexes the input, `pair` finds what is what, `diff` compares, `removal` looks at
//! what nobody asks for, `links` and `access` tell who holds what, `order` puts first things first, `risk`,
//! `brakes`, `lockout` and `limits` judge, `assemble` writes it all down. `stale` judges a plan that was saved.
//!
//! **Never here:** a clock, input or output, a cloud's name, a hash map's order.

mod access;
mod assemble;
mod brakes;
mod compare;
mod diff;
mod draft;
mod limits;
mod links;
mod lockout;
mod order;
mod pair;
mod removal;
mod risk;
mod stale;
mod tree;
mod world;

pub use self::{diff::differences, links::Names, risk::of_undone as risks_of_undone, stale::stale};

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
    /// Principals of the manifest that a platform knows by name alone, by (platform, native id).
    pub names: Names,
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

/// Which desired resource is which native object: native ids by address. What is in conflict is left out.
pub fn pair(input: &Input<'_>) -> BTreeMap<Address, String> {
    let world = world::World::new(input);
    let pairs = pair::pair(&world, &world.by_dependence());
    let id = |number| Some(world.seen(pairs.object(number)?)?.object.id.clone());
    let all = world.desired.iter().enumerate();
    all.filter_map(|(number, wanted)| Some((wanted.desired.address.clone(), id(number)?))).collect()
}

/// Makes the plan.
pub fn plan(input: &Input<'_>) -> Plan {
    let world = world::World::new(input);
    let order = world.by_dependence();
    let mut sketch = draft::Sketch::new(&world, pair::pair(&world, &order));
    sketch.diff(&order);
    sketch.removals();
    sketch.spare_ending_tenants();
    sketch.spare_full_containers();
    sketch.sort_drafts();
    assemble::plan(sketch)
}
