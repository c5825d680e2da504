//! The service identitystore.

use super::service::{Protocol, Service};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "identitystore",
    signing: "identitystore",
    protocol: Protocol::Json("AWSIdentityStore"),
    operations: &[],
};
