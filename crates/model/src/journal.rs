//! Entries of the journal: append-only, each chained to the one before by its digest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Address, Digest, Map,
    finding::{Counts, Severity},
    plan::Action,
    units::Timestamp,
};

/// One entry. `digest` is over everything else in it, `previous` included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Number, from 1, without holes.
    pub number: u64,
    /// When it was written.
    pub at: Timestamp,
    /// The run it belongs to.
    pub run: String,
    /// What happened.
    pub event: Event,
    /// Digest of the entry before; of nothing for the first.
    pub previous: Digest,
    /// Digest of this entry.
    pub digest: Digest,
}

impl Entry {
    /// The digest that this entry should carry.
    pub fn expected_digest(&self) -> Digest {
        Digest::of_json(&(self.number, &self.at, &self.run, &self.event, &self.previous))
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// The journal was opened for the first time, for this organization.
    Founded {
        /// Name of the organization.
        organization: String,
    },
    /// A run began.
    RunStarted {
        /// Name of the organization.
        organization: String,
        /// Native identity of each platform, by manifest name.
        platforms: BTreeMap<String, String>,
        /// Digest of the manifest.
        manifest: Digest,
        /// Digest of the approved plan.
        plan: Digest,
        /// How it was approved: `prompt`, `--approve`, `--auto-approve`.
        approved_by: String,
        /// Who runs it, as the platforms know them.
        actors: BTreeMap<String, String>,
    },
    /// A write is about to be made.
    Intent {
        /// Of what.
        address: Address,
        /// What is done.
        action: Action,
        /// Scope it is done in.
        scope: String,
        /// Native id, where known.
        id: Option<String>,
        /// What it should hold afterwards, references resolved.
        after: Map,
    },
    /// Something learned in the middle of a write that a crash must not lose: the id of an asynchronous request.
    Progress {
        /// Of what.
        address: Address,
        /// Name of what was learned.
        name: String,
        /// Its value.
        value: String,
    },
    /// A write was made and read back, or failed.
    Outcome {
        /// Of what.
        address: Address,
        /// What was done.
        action: Action,
        /// How it ended.
        result: Outcome,
    },
    /// An intent that a crash left open was settled by reading the cloud.
    Settled {
        /// Of what.
        address: Address,
        /// What the cloud showed.
        finding: String,
    },
    /// An address is known to be this object, without a write: found in order, adopted by match, renamed.
    Recorded {
        /// Of what.
        address: Address,
        /// Scope it lives in.
        scope: String,
        /// Native id.
        id: String,
        /// What it holds.
        attributes: Map,
    },
    /// An address is no longer managed.
    Forgotten {
        /// Of what.
        address: Address,
        /// Native id.
        id: String,
    },
    /// A run ended.
    RunFinished {
        /// Changes done.
        done: u64,
        /// Changes failed.
        failed: u64,
        /// Changes not tried, because one that they need failed.
        skipped: u64,
    },
    /// Resources were read, to be judged by controls. What is named by its digest is kept beside the entries.
    Surveyed {
        /// Native identity of each platform, by manifest name.
        platforms: BTreeMap<String, String>,
        /// Who read it, as the platforms know them.
        actors: BTreeMap<String, String>,
        /// Digest of the manifest.
        manifest: Digest,
        /// Whether all controls were judged in all tenants.
        whole: bool,
        /// What was read, and the digests of the replies: a kept list of readings, one for each scope and survey.
        readings: Digest,
        /// What the manifest said of the places of the resources; kept.
        places: Digest,
    },
    /// A control was judged.
    Judged {
        /// Its name.
        control: String,
        /// How bad it is if it does not hold.
        severity: Severity,
        /// Its text; kept.
        text: Digest,
        /// Name and version of what judged.
        evaluator: String,
        /// Number of the entry that says what was read.
        surveyed: u64,
        /// How often each verdict fell.
        counts: Counts,
        /// Parameters, exemptions, counts and the ids of what does not pass, by tenant; kept.
        verdicts: Digest,
    },
}

impl Event {
    /// Digests of what is kept beside the entries for this one.
    pub fn keeps(&self) -> Vec<&Digest> {
        match self {
            Self::Surveyed { readings, places, .. } => vec![readings, places],
            Self::Judged { text, verdicts, .. } => vec![text, verdicts],
            _ => Vec::new(),
        }
    }
}

/// How a write ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done; what was read back.
    Done {
        /// Scope it lives in.
        scope: String,
        /// Native id.
        id: String,
        /// What it holds; empty after a deletion.
        attributes: Map,
    },
    /// Failed; nothing is known to have been written, or the next reading will tell.
    Failed {
        /// Why.
        message: String,
    },
}

/// What we last wrote or found at an address: derived from the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Scope it lives in.
    pub scope: String,
    /// Native id.
    pub id: String,
    /// What it held after our last write or reading.
    pub attributes: Map,
}

/// All that the journal knows of what is ours, by address.
pub type LastApplied = BTreeMap<Address, Recorded>;
