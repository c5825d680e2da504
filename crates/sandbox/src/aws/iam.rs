//! The service iam.

use serde::{Deserialize, Serialize};

use super::service::{Protocol, Service};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "iam",
    signing: "iam",
    protocol: Protocol::Query("https://iam.amazonaws.com/doc/2010-05-08/"),
    operations: &[],
};

/// What it holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Iam {}

impl Iam {
    /// Whether a role of this name is there and lets this account in.
    pub(crate) fn trusts(&self, _role: &str, _account: &str) -> bool {
        true
    }
}
