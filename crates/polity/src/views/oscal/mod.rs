//! What controls say and what they come to as OSCAL, the exchange format of auditors: catalog, profile, component definition,
//! assessment plan, assessment results, and plan of action and milestones. The same audit makes the same bytes: every
//! identifier follows from what it names.

mod assessment;
mod catalog;
mod implementation;
mod milestones;
mod parts;
#[cfg(test)]
mod tests;

use parts::Ids;
use polity_controls::catalog::Catalog;
use polity_model::finding::Audit;
use serde_json::Value;

/// Version of OSCAL that is written.
pub(crate) const VERSION: &str = "1.2.1";

/// What the documents are made of.
pub(crate) struct Export<'a> {
    /// All controls.
    pub(crate) catalog: &'a Catalog,
    /// What was judged.
    pub(crate) audit: &'a Audit,
}

/// All documents with the names of their files.
pub(crate) fn documents(export: &Export<'_>) -> Vec<(&'static str, Value)> {
    let ids = Ids::of(&export.audit.organization);
    vec![
        ("catalog.json", catalog::catalog(export, &ids)),
        ("profile.json", implementation::profile(export, &ids)),
        ("component-definition.json", implementation::components(export, &ids)),
        ("assessment-plan.json", assessment::plan(export, &ids)),
        ("assessment-results.json", assessment::results(export, &ids)),
        ("poam.json", milestones::poam(export, &ids)),
    ]
}
