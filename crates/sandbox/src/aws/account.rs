//! The service account.

use serde::{Deserialize, Serialize};

use super::service::{Protocol, Service};

/// The service.
pub(crate) static SERVICE: Service =
    Service { name: "account", signing: "account", protocol: Protocol::RestJson, operations: &[] };

/// What it holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Contacts {}
