//! Infrastructure code -> rows of facets: (path, bytes) in, and out comes what controls are asked of, each row with its place,
//! together with what could not be read. Whatever is known only after apply is an unknown that says so.
//!
//! `text` reads JSON and YAML with places. `terraform` and `cloudformation` bring what they hold into one shape (`native`), which
//! `resources` makes rows of, one file for each group of types. `kubernetes` and `dockerfile` make rows themselves.
//!
//! **Never here:** the file system, a clock, a control, a verdict; and nothing that is not written becomes a fact.

mod cloudformation;
mod dockerfile;
mod facts;
mod format;
mod images;
mod kubernetes;
mod native;
mod policy;
mod resources;
mod secrets;
mod terraform;
mod text;
mod tree;

use polity_model::{Diagnostic, Origin, facet::Row};

pub use format::Format;
pub use terraform::Sources;

/// A file to read.
#[derive(Clone, Copy, Debug)]
pub struct File<'f> {
    /// Path, as it is shown.
    pub path: &'f str,
    /// Content.
    pub bytes: &'f [u8],
}

/// A row, and what it is a row of.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The facts.
    pub row: Row,
    /// What the code calls it: `module.shop.aws_s3_bucket.logs["eu"]`, `Deployment/shop/web`.
    pub address: String,
    /// Its type in the code's own words: `aws_s3_bucket`, `Deployment`.
    pub kind: String,
    /// Where it is written, as far as that is known.
    pub origin: Origin,
}

/// What came of reading one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// What it was read as; nothing where that could not be told.
    pub format: Option<Format>,
    /// In the order of the file.
    pub found: Vec<Found>,
    /// Errors say what could not be read; warnings say what no facet is there for.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads one file, as the format that is named or the one that its content shows. `sources` are the texts that a plan was made
/// of, to say where a resource is written.
pub fn read(file: File<'_>, format: Option<Format>, sources: &Sources) -> Reading {
    let source = match text::Source::new(file.path, file.bytes) {
        Ok(source) => source,
        Err(diagnostic) => return Reading { format, diagnostics: vec![*diagnostic], ..Reading::default() },
    };
    format::read(&source, format, sources)
}
