//! Findings as a table for spreadsheets, which run what looks like a formula: no cell does.

use polity_model::finding::{Audit, Finding, Status};

use crate::views::clean;

const COLUMNS: &[&str] = &[
    "status",
    "severity",
    "control",
    "title",
    "platform",
    "tenant",
    "tenant_id",
    "project",
    "unit",
    "landing_zone",
    "owner",
    "facet",
    "resource_id",
    "resource_name",
    "region",
    "reasons",
    "exemption",
    "exempt_until",
    "exempt_owner",
    "protection",
    "correctable",
    "attached_to",
    "file",
    "line",
];

/// A line for each finding, below one of headings.
pub(crate) fn csv(audit: &Audit) -> String {
    let mut text = COLUMNS.join(",");
    text.push_str("\r\n");
    for finding in &audit.findings {
        let cells: Vec<String> = cells(finding).iter().map(|value| cell(value)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn cells(finding: &Finding) -> Vec<String> {
    let (place, resource) = (&finding.place, &finding.resource);
    let known = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let reasons: Vec<String> = finding.status.reasons().iter().map(ToString::to_string).collect();
    let (exemption, until, exempt_owner) = match &finding.status {
        Status::Exempt { exemption, until, owner, .. } => {
            (exemption.clone(), until.map(|until| until.to_string()).unwrap_or_default(), known(owner.as_deref()))
        }
        _ => Default::default(),
    };
    vec![
        finding.status.word().to_owned(),
        finding.severity.to_string(),
        finding.control.to_string(),
        finding.title.to_string(),
        known(place.platform.as_deref()),
        known(place.tenant.as_deref()),
        known(place.tenant_id.as_deref()),
        known(place.project.as_deref()),
        known(place.unit.as_deref()),
        known(place.landing_zone.as_deref()),
        known(place.owner.as_deref()),
        resource.facet.to_string(),
        known(resource.id.as_deref()),
        known(resource.name.as_deref()),
        known(resource.region.as_deref()),
        reasons.join("; "),
        exemption,
        until,
        exempt_owner,
        finding.protection.to_string(),
        finding.correctable.to_string(),
        finding.attached.place.clone(),
        finding.attached.origin.file.to_string(),
        finding.attached.origin.line.to_string(),
    ]
}

/// One cell. What a spreadsheet would take for a formula begins with an apostrophe, which makes it text.
fn cell(value: &str) -> String {
    let value = clean(value);
    let first = value.trim_start().chars().next();
    let formula = first.is_some_and(|first| "=+-@|%＝＋－＠".contains(first));
    let value = if formula { format!("'{value}") } else { value };
    if value.contains([',', '"', ';', '\'']) || value.starts_with(' ') || value.ends_with(' ') {
        return format!("\"{}\"", value.replace('"', "\"\""));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_formula() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell(" =HYPERLINK(\"x\")"), "\"' =HYPERLINK(\"\"x\"\")\"");
        assert_eq!(cell("＝1"), "\"'＝1\"");
        assert_eq!(cell("-x"), "\"'-x\"");
        assert_eq!(cell("\t=1"), "\\u{9}=1");
        assert_eq!(cell("a,b\nc"), "\"a,b\\u{a}c\"");
        assert_eq!(cell("plain-name_1"), "plain-name_1");
    }
}
