//! The service budgets.

use serde::{Deserialize, Serialize};

use super::service::{Protocol, Service};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "budgets",
    signing: "budgets",
    protocol: Protocol::Json("AWSBudgetServiceGateway"),
    operations: &[],
};

/// What it holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Budgets {}
