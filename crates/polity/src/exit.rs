//! How a command ends: the exit codes as people read them, and the failure that a command hands back to `main`.

use std::fmt;

pub(crate) use polity_engine::Exit;

/// The table as it is printed below `--help`.
pub(crate) const TABLE: &str = "\
Exit codes:
  0  nothing to do, or all done
  1  error: in the manifest, on this machine, or in the cloud
  2  there are changes, drift, or controls that do not hold
  3  refused by a brake
  4  partly done: something failed, or a platform could not be reached; run it again to go on
  5  locked: another run is at work";

/// Why a command could not do its work: what happened, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How the process ends.
    pub(crate) exit: Exit,
    /// The sentence.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) help: Option<String>,
}

impl Failure {
    /// An error, exit code 1.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { exit: Exit::Error, message: message.into(), help: None }
    }

    /// With what to do next.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<polity_provider::Error> for Failure {
    fn from(error: polity_provider::Error) -> Self {
        let mut message = error.to_string();
        if let Some(request) = &error.request_id {
            message.push_str(&format!(" (request {request})"));
        }
        Self { exit: Exit::Error, message, help: error.help }
    }
}

impl From<polity_engine::Error> for Failure {
    fn from(error: polity_engine::Error) -> Self {
        Self { exit: error.exit(), message: error.to_string(), help: error.help() }
    }
}

/// What every command answers.
pub(crate) type Ended = Result<Exit, Failure>;
