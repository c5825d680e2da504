//! What was asked and answered.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use crate::cloud::Access;

/// One call, after it was answered.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Calls are counted from 1.
    pub number: u64,
    /// When it was answered, by the sandbox's clock.
    pub at: Timestamp,
    /// The service.
    pub service: &'static str,
    /// The operation, as the cloud's own interface calls it.
    pub operation: String,
    /// Whether it is one that changes something.
    pub access: Access,
    /// The account, project or cluster.
    pub place: String,
    /// The region, where there is one.
    pub region: String,
    /// HTTP status; 0 when there was no answer.
    pub status: u16,
    /// The cloud's error code, if it was refused.
    pub error: Option<String>,
    /// Name of the fault that the scenario injected.
    pub fault: Option<&'static str>,
}

/// Hears of every call.
pub type Listener = Arc<dyn Fn(&Entry) + Send + Sync>;

/// Calls by service and operation.
pub type Counts = BTreeMap<(&'static str, String), u64>;
