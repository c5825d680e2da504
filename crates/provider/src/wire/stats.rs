//! What went over the wire: counts for people and benchmarks, request ids for the platform's support.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use polity_model::resource::Scope;
use serde::Serialize;

use crate::{Error, Operation, Problem, Reply};

/// So many of the last answers are kept as evidence.
const EVIDENCE: usize = 64;

/// What went over the wire so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Calls that were asked for.
    pub calls: u64,
    /// Requests that were answered; more than calls where some were repeated.
    pub requests: u64,
    /// Requests that were throttled.
    pub throttled: u64,
    /// Calls that failed for good.
    pub failed: u64,
    /// Bytes of request bodies.
    pub bytes_sent: u64,
    /// Bytes of answers' bodies.
    pub bytes_received: u64,
    /// Milliseconds that calls have waited for their rate family, added up.
    pub waited_ms: u64,
    /// By `service:Operation`.
    pub operations: BTreeMap<String, OperationStats>,
    /// The last answers, oldest first.
    pub evidence: Vec<Evidence>,
}

/// What went over the wire for one operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OperationStats {
    /// Calls that were asked for.
    pub calls: u64,
    /// Requests that were answered.
    pub requests: u64,
    /// Requests that were throttled.
    pub throttled: u64,
    /// Tries that failed, whatever came of the call.
    pub failed_tries: u64,
    /// Calls that failed for good.
    pub failed: u64,
    /// Bytes of answers' bodies.
    pub bytes_received: u64,
    /// Milliseconds from asking to answer, waits included, added up.
    pub took_ms: u64,
}

/// One answer, for the platform's support and for an auditor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// `service:Operation`.
    pub operation: String,
    /// Name of the scope.
    pub scope: String,
    /// HTTP status.
    pub status: u16,
    /// The platform's id of the request.
    pub request_id: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct Counter {
    operations: BTreeMap<(&'static str, &'static str), OperationStats>,
    evidence: VecDeque<Evidence>,
    bytes_sent: u64,
    waited: Duration,
}

impl Counter {
    pub(super) fn began(&mut self, operation: &Operation) {
        self.of(operation).calls += 1;
    }

    pub(super) fn waited(&mut self, pause: Duration) {
        self.waited += pause;
    }

    pub(super) fn exchanged(
        &mut self,
        operation: &Operation,
        scope: &Scope,
        sent: usize,
        reply: &Reply,
        request_id: Option<String>,
    ) {
        let stats = self.of(operation);
        stats.requests += 1;
        stats.bytes_received += reply.body.len() as u64;
        self.bytes_sent += sent as u64;
        if self.evidence.len() == EVIDENCE {
            self.evidence.pop_front();
        }
        let operation = format!("{}:{}", operation.service, operation.name);
        self.evidence.push_back(Evidence { operation, scope: scope.name.clone(), status: reply.status, request_id });
    }

    pub(super) fn failed(&mut self, operation: &Operation, error: &Error) {
        let stats = self.of(operation);
        stats.failed_tries += 1;
        stats.throttled += u64::from(error.is(Problem::Throttled));
    }

    pub(super) fn succeeded(&mut self, operation: &Operation, took: Duration) {
        self.of(operation).took_ms += took.as_millis() as u64;
    }

    pub(super) fn gave_up(&mut self, operation: &Operation, took: Duration) {
        let stats = self.of(operation);
        stats.failed += 1;
        stats.took_ms += took.as_millis() as u64;
    }

    pub(super) fn snapshot(&self) -> Stats {
        let sum = |part: fn(&OperationStats) -> u64| self.operations.values().map(part).sum();
        Stats {
            calls: sum(|stats| stats.calls),
            requests: sum(|stats| stats.requests),
            throttled: sum(|stats| stats.throttled),
            failed: sum(|stats| stats.failed),
            bytes_sent: self.bytes_sent,
            bytes_received: sum(|stats| stats.bytes_received),
            waited_ms: self.waited.as_millis() as u64,
            operations: self
                .operations
                .iter()
                .map(|((service, name), stats)| (format!("{service}:{name}"), stats.clone()))
                .collect(),
            evidence: self.evidence.iter().cloned().collect(),
        }
    }

    fn of(&mut self, operation: &Operation) -> &mut OperationStats {
        self.operations.entry((operation.service, operation.name)).or_default()
    }
}
