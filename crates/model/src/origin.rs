//! Where a written value stands, so that every later sentence can name file and line.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// A place in the user's text. Cheap to clone: the file name is shared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// Path of the file, relative to the manifest folder, with forward slashes.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// First byte of the value within the file.
    #[serde(skip)]
    pub start: u32,
    /// Byte behind the value's last one.
    #[serde(skip)]
    pub end: u32,
}

impl Origin {
    /// The beginning of a file: for what concerns the whole file.
    pub fn file(path: &str) -> Self {
        Self { file: path.into(), line: 1, column: 1, start: 0, end: 0 }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
