//! What can go wrong with a call: what, where, why, and whether trying again could help.

use std::fmt;

/// The nature of a failure, the same for all clouds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// Too many calls: surely nothing was done; try later.
    Throttled,
    /// Another writer is at work, or the service is still busy with the last change: surely nothing was done; try later.
    Busy,
    /// The service failed or the connection broke: it may or may not have been done.
    Transient,
    /// This principal may not do that.
    Denied,
    /// No usable credentials.
    Credentials,
    /// The object is not there.
    NotFound,
    /// It is there already.
    AlreadyExists,
    /// A limit of the cloud is reached.
    Limit,
    /// The cloud does not accept the request as it is.
    Invalid,
    /// This endpoint does not know the operation.
    Unsupported,
    /// The endpoint cannot be reached at all.
    Unreachable,
    /// An answer that makes no sense.
    Unexpected,
}

/// A failed call or a failed step around one.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Error {
    /// Its nature.
    pub problem: Problem,
    /// `service:Operation`, or what was attempted.
    pub operation: String,
    /// The permission that the operation takes.
    pub permission: Option<String>,
    /// Name of the scope.
    pub scope: String,
    /// The cloud's own code, if it gave one.
    pub code: Option<String>,
    /// The cloud's own message, or ours.
    pub message: String,
    /// The cloud's id of the request, for its support.
    pub request_id: Option<String>,
    /// What to do next.
    pub help: Option<String>,
}

impl Error {
    /// A failure of this nature, of our own wording.
    pub fn new(problem: Problem, operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            problem,
            operation: operation.into(),
            permission: None,
            scope: String::new(),
            code: None,
            message: message.into(),
            request_id: None,
            help: None,
        }
    }

    /// With what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether this is of that nature.
    pub fn is(&self, problem: Problem) -> bool {
        self.problem == problem
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.operation)?;
        if !self.scope.is_empty() {
            write!(f, " in `{}`", self.scope)?;
        }
        match self.problem {
            Problem::Denied => write!(f, " was denied")?,
            Problem::Throttled => write!(f, " was throttled until our patience ended")?,
            _ => write!(f, " failed")?,
        }
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        write!(f, ": {}", self.message)?;
        if let (Problem::Denied, Some(permission)) = (self.problem, &self.permission) {
            write!(f, "; it takes the permission `{permission}`")?;
        }
        Ok(())
    }
}
