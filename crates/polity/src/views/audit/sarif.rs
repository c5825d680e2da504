//! Findings as SARIF 2.1.0, for code scanning: each stands at the line of the manifest that attaches its control.

use polity_model::finding::{Audit, Finding, Severity, Status};
use serde_json::{Value, json};

use super::{detail, fingerprint, resource};
use crate::views::{clean, sarif::location};

/// One log with one run. `prefix` leads from the root of the repository to the manifest folder.
pub(crate) fn sarif(audit: &Audit, prefix: &str) -> Value {
    let names: Vec<&str> = audit.controls.keys().map(String::as_str).collect();
    let rules: Vec<Value> = audit
        .controls
        .iter()
        .map(|(name, judged)| {
            let tags: Vec<&str> = ["security"].into_iter().chain(judged.satisfies.iter().map(String::as_str)).collect();
            json!({
                "id": name,
                "shortDescription": {"text": judged.title},
                "fullDescription": {"text": judged.statement},
                "help": {"text": judged.rationale.as_ref().unwrap_or(&judged.statement)},
                "defaultConfiguration": {"level": level(judged.severity)},
                "properties": {
                    "security-severity": score(judged.severity),
                    "tags": tags,
                },
            })
        })
        .collect();
    let results: Vec<Value> = audit.findings.iter().map(|finding| result(finding, &names, prefix)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "polity", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(finding: &Finding, names: &[&str], prefix: &str) -> Value {
    let tenant = clean(finding.place.tenant());
    let what = resource(finding);
    let (kind, level) = match &finding.status {
        Status::Fail | Status::Exempt { .. } => ("fail", level(finding.severity)),
        // By the standard: evaluated, but not enough was known.
        Status::Unknown { .. } => ("open", "none"),
        Status::Pass => ("pass", "none"),
    };
    let origin = finding.resource.written.as_ref().unwrap_or(&finding.attached.origin);
    let mut location = location(origin, prefix);
    if let Some(location) = location.as_object_mut() {
        let named = format!("{tenant}/{}/{}", finding.resource.facet, finding.resource.id.as_deref().unwrap_or("*"));
        location.insert(
            "logicalLocations".to_owned(),
            json!([{"name": finding.resource.called(), "fullyQualifiedName": named, "kind": "resource"}]),
        );
    }
    let mut result = json!({
        "ruleId": finding.control,
        "ruleIndex": names.iter().position(|name| *name == &*finding.control),
        "kind": kind,
        "level": level,
        "message": {"text": format!("{}: {what} in {tenant}; {}", finding.title, detail(finding))},
        "locations": [location],
        "partialFingerprints": {"polityFinding/v1": fingerprint(finding).as_str()},
    });
    if let (Status::Exempt { .. }, Some(result)) = (&finding.status, result.as_object_mut()) {
        let suppression = json!({"kind": "external", "status": "accepted", "justification": detail(finding)});
        result.insert("suppressions".to_owned(), json!([suppression]));
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// What code scanning sorts by: the middle of the band of each word.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}
