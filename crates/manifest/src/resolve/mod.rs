//! What the documents say about each other: names, trees, tenants, natives, access.
//!
//! Every question is asked of all documents, whatever went wrong before, so that one reading shows all mistakes. But
//! where a file could not be read to its end, no name is called unknown.

mod access;
mod expressible;
mod ids;
mod natives;
mod references;
mod tags;
mod tenants;
mod trees;
mod unused;

use polity_model::Diagnostic;

use crate::{check::Written, coverage::Inexpressible, syntax::Draft};

/// Judges the draft and completes it. `complete`: all files were read to their end. `sound`: no error so far.
pub(crate) fn resolve(
    draft: &mut Draft,
    references: &[Written],
    inexpressible: &Inexpressible,
    complete: bool,
    sound: bool,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    ids::distribute(draft, &mut diagnostics);
    references::check(draft, references, complete, &mut diagnostics);
    ids::check(draft, &mut diagnostics);
    ids::renames(draft, &mut diagnostics);
    trees::check(draft, &mut diagnostics);
    tags::inherit(draft, &mut diagnostics);
    tenants::check(draft, sound, &mut diagnostics);
    natives::check(draft, &mut diagnostics);
    access::check(draft, sound, &mut diagnostics);
    expressible::check(draft, inexpressible, &mut diagnostics);
    if sound && !diagnostics.iter().any(Diagnostic::is_error) {
        unused::check(draft, &mut diagnostics);
    }
    diagnostics
}
