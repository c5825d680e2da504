//! AWS CloudTrail: who changed what.

use serde::{Deserialize, Serialize};

use super::service::{Answer, Protocol, Service, Turn};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "cloudtrail",
    signing: "cloudtrail",
    protocol: Protocol::Json("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"),
    operations: &[],
};

/// All events of all accounts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Trail {}

/// Notes a call that (would have) changed something.
pub(crate) fn note(_turn: &mut Turn<'_>, _answer: &Answer) {}
