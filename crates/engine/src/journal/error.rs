//! What can go wrong with a journal.

use std::path::{Path, PathBuf};

/// A journal that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another run holds it.
    #[error("the journal `{path}` is locked by {owner}")]
    Locked {
        /// The journal.
        path: PathBuf,
        /// Who holds it, since when.
        owner: String,
    },
    /// It belongs to another organization.
    #[error("the journal `{path}` belongs to the organization `{found}`, not to `{expected}`")]
    OtherOrganization {
        /// The journal.
        path: PathBuf,
        /// Whose it is.
        found: String,
        /// Whose it should be.
        expected: String,
    },
    /// It is something else.
    #[error("`{path}` is not a journal of Polity")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It was written by a later version.
    #[error("the journal `{path}` has format {found}; this version of Polity reads format {known}")]
    Newer {
        /// The journal.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The format that we know.
        known: i64,
    },
    /// An entry makes no sense.
    #[error("the journal is broken at entry {number}: {reason}")]
    Broken {
        /// The entry.
        number: u64,
        /// What is wrong.
        reason: String,
    },
    /// What is kept beside the entries was changed.
    #[error("the journal `{path}` is not what it was: {reason}")]
    Changed {
        /// The journal.
        path: PathBuf,
        /// What was changed.
        reason: String,
    },
    /// The database failed.
    #[error("the journal `{path}` cannot be read or written: {source}")]
    Database {
        /// The journal.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file system failed.
    #[error("`{path}` cannot be opened: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Error {
    pub(super) fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Self::Foreign { path: path.to_owned() },
            _ => Self::Database { path: path.to_owned(), source },
        }
    }

    /// What to do next.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Locked { .. } => {
                "wait until that run has ended; a lock is freed by itself when its process ends".into()
            }
            Self::OtherOrganization { .. } => "each organization has a journal of its own: name the right one".into(),
            Self::Foreign { .. } => "name another file for the journal".into(),
            Self::Newer { .. } => "use the version of Polity that wrote it, or a later one".into(),
            Self::Broken { .. } | Self::Changed { .. } => {
                "run `polity journal verify`, and compare with a backup".into()
            }
            Self::Database { .. } | Self::File { .. } => {
                "check that the folder is there, writable and not full; nothing is written to a cloud without a journal"
                    .into()
            }
        })
    }
}
