//! What was asked and answered.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::cloud::Access;

/// One call, after it was answered; or one change that the scenario made by somebody's hand.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Calls are counted from 1; hands are not.
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
    /// HTTP status; 0 when there was no answer, and for hands.
    pub status: u16,
    /// The cloud's error code, if it was refused; what kept a hand from its work.
    pub error: Option<String>,
    /// What the scenario did to it, by the names that scenario files use.
    pub faults: Vec<&'static str>,
    /// How much longer the scenario made it take.
    pub late: Duration,
    /// Whose hand it was, where the scenario tampered.
    pub hand: Option<String>,
}

/// Hears of every call.
pub type Listener = Arc<dyn Fn(&Entry) + Send + Sync>;

/// Calls by service and operation.
pub type Counts = BTreeMap<(&'static str, String), u64>;
