//! A sandbox written down, and read again.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{answer::Sandbox, aws::Aws, kubernetes::Kubernetes, openstack::OpenStack};

/// What this build writes and reads.
const FORMAT: &str = "polity/sandbox-snapshot";
const VERSION: u64 = 1;

/// Why a snapshot cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It is not even JSON, or breaks off.
    #[error("it is damaged: line {line}, column {column} is not what should stand there")]
    Damaged {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// It is JSON, but no snapshot.
    #[error("it is no snapshot of a sandbox")]
    Foreign,
    /// Another build wrote it.
    #[error("it has the version {found}, and this build reads the version {VERSION}")]
    Version {
        /// Its version.
        found: u64,
    },
    /// It says that it is one, but what it holds does not fit.
    #[error("it is damaged: {0}")]
    Unfit(String),
}

/// What a snapshot holds.
#[derive(Debug)]
pub struct Snapshot {
    /// The simulated AWS.
    pub aws: Aws,
    /// The simulated cluster, if there was one.
    pub kubernetes: Option<Kubernetes>,
    /// The simulated OpenStack, if there was one.
    pub openstack: Option<OpenStack>,
    /// The time by the sandbox's clock when it was written. A clock that goes back would undo what was due since.
    pub at: Timestamp,
}

impl Snapshot {
    /// Reads what [`Snapshot::write`] wrote.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn read(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| SnapshotError::Damaged { line: error.line(), column: error.column() })?;
        if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
            return Err(SnapshotError::Foreign);
        }
        match value.get("version").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(found) => return Err(SnapshotError::Version { found }),
            None => return Err(SnapshotError::Foreign),
        }
        let unfit = |error: serde_json::Error| SnapshotError::Unfit(error.to_string());
        let nothing = Value::Null;
        let at = Timestamp::deserialize(value.get("at").unwrap_or(&nothing)).map_err(unfit)?;
        let aws = Aws::load(value.pointer("/clouds/aws").unwrap_or(&nothing)).map_err(unfit)?;
        let cluster = value.pointer("/clouds/kubernetes").map(Kubernetes::load).transpose().map_err(unfit)?;
        let openstack = value.pointer("/clouds/openstack").map(OpenStack::load).transpose().map_err(unfit)?;
        Ok(Self { aws, kubernetes: cluster, openstack, at })
    }

    /// Writes a sandbox down as it is now.
    #[must_use]
    pub fn write(sandbox: &Sandbox) -> Vec<u8> {
        format!("{}\n", document(sandbox)).into_bytes()
    }
}

/// A sandbox as it is now, as JSON.
pub(crate) fn document(sandbox: &Sandbox) -> Value {
    let clouds = sandbox.save();
    json!({"format": FORMAT, "version": VERSION, "at": sandbox.clock().now(), "clouds": clouds})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, Scenario};

    fn sandbox() -> Sandbox {
        let clock = Clock::from("2026-06-01T08:00:00Z".parse().unwrap());
        Sandbox::new(clock, &Scenario::calm(), Aws::new("111111111111", 7))
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_written_reads_back_and_is_written_the_same() {
        let written = Snapshot::write(&sandbox());
        let read = Snapshot::read(&written).unwrap();
        let again = Sandbox::new(Clock::from(read.at), &Scenario::calm(), read.aws);
        assert_eq!(Snapshot::write(&again), written);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_no_snapshot_is_refused_in_words() {
        let good = String::from_utf8(Snapshot::write(&sandbox())).unwrap();
        let told = |text: &str| Snapshot::read(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            told(&good[..good.len() / 2]),
            "it is damaged: line 1, column 0 is not what should stand there"
                .replace("column 0", &format!("column {}", good.len() / 2))
        );
        assert_eq!(told("{}"), "it is no snapshot of a sandbox");
        assert_eq!(
            told(&good.replace("\"version\":1", "\"version\":9")),
            "it has the version 9, and this build reads the version 1"
        );
        assert!(told(&good.replace("\"partition\":\"aws\"", "\"partition\":7")).starts_with("it is damaged: "));
    }
}
