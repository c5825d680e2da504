//! (path, bytes) -> organization, or all diagnostics at once. Pure: the caller reads the files.
//!
//! Text becomes nodes with places (`yaml`), nodes are checked against the registry of fields (`syntax`, `check`), and
//! what the documents say about each other is resolved (`resolve`). The same registry makes the JSON Schema and the
//! reference, so that editors, documentation and checker never disagree.
//!
//! **Never here:** the file system, a clock, a cloud's name.

mod check;
mod coverage;
mod folder;
mod format;
mod json_schema;
mod locate;
mod reference;
mod resolve;
mod stated;
mod syntax;
mod write;
mod written;
mod yaml;

use polity_model::{
    Diagnostic, Digest, document::Document, organization::Organization, units::Date, vocabulary::Vocabulary,
    written::Written,
};

pub use coverage::{Answer, Coverage, Row};
pub use json_schema::json_schema;
pub use locate::{Line, locate};

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
pub fn read(files: &[File], vocabulary: &Vocabulary, today: Date) -> Reading {
    folder::read(files, vocabulary, today)
}

/// The documents of one YAML file that is no part of a manifest, each value with its place, and what is wrong with the YAML.
pub fn documents(file: &File) -> (Vec<Written>, Vec<Diagnostic>) {
    written::documents(file)
}

/// The canonical layout of one YAML file; comments stay where they are. Diagnostics if it cannot be parsed.
pub fn format(file: &File) -> Result<String, Vec<Diagnostic>> {
    format::format(file)
}

/// The reference of the language as Markdown: every noun, every field, every form of value.
pub fn reference(vocabulary: &Vocabulary) -> String {
    reference::reference(vocabulary)
}

/// Every noun and field of the language, with what each platform type makes of it.
pub fn coverage(vocabulary: &Vocabulary) -> Coverage {
    Coverage::of(vocabulary)
}

/// YAML text of documents, one entry per file, in canonical layout.
pub fn write(documents: &[Document]) -> Vec<File> {
    write::write(documents)
}
