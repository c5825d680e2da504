//! IAM Identity Center: permission sets and assignments. Its users and groups are in [`super::identity_store`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    service::{Protocol, Service},
    world::World,
};
use crate::ids::Ids;

/// The service.
pub(crate) static SERVICE: Service =
    Service { name: "sso-admin", signing: "sso", protocol: Protocol::Json("SWBExternalService"), operations: &[] };

/// What it and the identity store hold.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Center {}

impl Center {
    /// Draws the ids of the one instance.
    pub(crate) fn begin(&mut self, _ids: &mut Ids) {}

    /// Whether something that was begun is due.
    pub(crate) fn is_due(&self, _now: Timestamp) -> bool {
        false
    }
}

/// Ends what was begun and is due.
pub(crate) fn settle(_world: &mut World, _now: Timestamp) {}
