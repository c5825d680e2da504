//! The service tagging.

use super::service::{Protocol, Service};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "tagging",
    signing: "tagging",
    protocol: Protocol::Json("ResourceGroupsTaggingAPI_20170126"),
    operations: &[],
};
