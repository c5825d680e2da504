//! AWS Organizations.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    service::{Protocol, Service},
    world::World,
};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "organizations",
    signing: "organizations",
    protocol: Protocol::Json("AWSOrganizationsV20161128"),
    operations: &[],
};

/// What it holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Organizations {}

impl Organizations {
    /// Whether something that was begun is due.
    pub(crate) fn is_due(&self, _now: Timestamp) -> bool {
        false
    }
}

/// Ends what was begun and is due.
pub(crate) fn settle(_world: &mut World, _now: Timestamp) {}
