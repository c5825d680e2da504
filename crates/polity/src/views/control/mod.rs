//! Controls as people and machines read them: listed, whole, tried, and what they cover.

pub(crate) mod cases;
pub(crate) mod coverage;
pub(crate) mod list;
pub(crate) mod requirements;
pub(crate) mod show;

use std::collections::BTreeMap;

use polity_controls::{
    Value,
    control::{Control, Severity, Stage},
};

use crate::controls::BUILT_IN;

/// Version of the JSON forms.
pub(crate) const VERSION: &str = "polity.controls/v1";

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Basic => "basic",
        Stage::Standard => "standard",
        Stage::Advanced => "advanced",
    }
}

/// `max_days: 30, regions: [a, b]`.
fn params(params: &BTreeMap<String, Value>) -> String {
    let written: Vec<String> = params.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    written.join(", ")
}

/// What a control is about: the folder of the catalog that it lies in, or that it is one's own.
fn domain(control: &Control) -> &str {
    match control.origin.file.strip_prefix(BUILT_IN).and_then(|path| path.strip_prefix("catalog/controls/")) {
        Some(path) => path.split('/').next().unwrap_or(path),
        None => "your own",
    }
}

/// Whether the manifest brought it.
fn is_own(control: &Control) -> bool {
    !control.origin.file.starts_with(BUILT_IN)
}

/// Names of the facets that it asks of, each once.
fn facets(control: &Control) -> Vec<&'static str> {
    let mut facets: Vec<&'static str> = control.detect.iter().map(|detect| detect.on.name).collect();
    facets.dedup();
    facets
}
