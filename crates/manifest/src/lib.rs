//! (path, bytes) -> organization, or all diagnostics at once. Pure: the caller reads the files.
//!
//! **Never here:** the file system, a clock, a cloud's name.

use polity_model::{
    Diagnostic, Digest, document::Document, organization::Organization, units::Date, vocabulary::Vocabulary,
};

/// One file of a manifest folder: `.yaml`, `.yml`, or a `.json` document that a guardrail or role refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Path relative to the folder, with forward slashes.
    pub path: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// What came of reading a folder.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The organization; `None` when there is an error among the diagnostics.
    pub organization: Option<Organization>,
    /// All messages, sorted by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// Digest over all files, sorted by path.
    pub digest: Digest,
}

/// Reads a manifest folder. `today` decides what has expired.
pub fn read(_files: &[File], _vocabulary: &Vocabulary, _today: Date) -> Reading {
    Reading { organization: None, diagnostics: Vec::new(), digest: Digest::of(b"") }
}

/// The canonical layout of one YAML file; comments stay where they are. Diagnostics if it cannot be parsed.
pub fn format(_file: &File) -> Result<String, Vec<Diagnostic>> {
    Err(Vec::new())
}

/// JSON Schema (2020-12) of one manifest document, for editors.
pub fn json_schema(_vocabulary: &Vocabulary) -> serde_json::Value {
    serde_json::Value::Null
}

/// YAML text of documents, one entry per file, in canonical layout.
pub fn write(_documents: &[Document]) -> Vec<File> {
    Vec::new()
}
