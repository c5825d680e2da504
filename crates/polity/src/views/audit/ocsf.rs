//! Findings as compliance findings of the Open Cybersecurity Schema Framework (class 2003), one event for each.

use std::collections::BTreeSet;

use polity_model::finding::{Audit, Finding, Severity, Status};
use serde_json::{Value, json};

use super::{detail, fingerprint, resource};

/// Version of the framework's schema.
const SCHEMA: &str = "1.5.0";
/// Findings.
const CATEGORY: u32 = 2;
/// Compliance findings.
const CLASS: u32 = 2003;
/// The activity `create`.
const CREATE: u32 = 1;

/// A list of events.
pub(crate) fn ocsf(audit: &Audit) -> Value {
    audit.findings.iter().map(|finding| event(audit, finding)).collect()
}

fn event(audit: &Audit, finding: &Finding) -> Value {
    let time = audit.at.map_or(0, |at| at.as_millisecond());
    let (severity_id, severity) = severity(finding.severity);
    let (status_id, status) = match &finding.status {
        Status::Exempt { .. } => (3, "Suppressed"),
        Status::Pass => (4, "Resolved"),
        Status::Fail | Status::Unknown { .. } => (1, "New"),
    };
    let mut event = json!({
        "activity_id": CREATE,
        "activity_name": "Create",
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Compliance Finding",
        "type_uid": CLASS * 100 + CREATE,
        "type_name": "Compliance Finding: Create",
        "time": time,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "message": format!("{}: {}; {}", finding.title, resource(finding), detail(finding)),
        "metadata": {
            "version": SCHEMA,
            "product": {"name": "Polity", "vendor_name": "Polity", "version": env!("CARGO_PKG_VERSION")},
            "profiles": ["cloud"],
            "event_code": finding.control,
        },
        "finding_info": {
            "uid": fingerprint(finding).as_str(),
            "title": finding.title,
            "desc": finding.statement,
            "created_time": time,
            "types": [finding.control],
        },
        "compliance": compliance(audit, finding),
        "resources": [subject(finding)],
        "cloud": cloud(finding),
    });
    if let (true, Some(event)) = (finding.correctable, event.as_object_mut()) {
        let how = format!("polity can put it right: the control `{}` says how", finding.control);
        event.insert("remediation".to_owned(), json!({"desc": how}));
    }
    event
}

fn compliance(audit: &Audit, finding: &Finding) -> Value {
    let judged = audit.controls.get(&*finding.control);
    let satisfies = judged.map(|judged| judged.satisfies.as_slice()).unwrap_or_default();
    let standards: BTreeSet<&str> = satisfies.iter().filter_map(|line| Some(line.split_once('/')?.0)).collect();
    let (status_id, status) = match &finding.status {
        Status::Pass => (1, "Pass"),
        Status::Unknown { .. } => (2, "Warning"),
        Status::Fail | Status::Exempt { .. } => (3, "Fail"),
    };
    json!({
        "control": finding.control,
        "desc": finding.statement,
        "standards": standards,
        "requirements": satisfies,
        "status_id": status_id,
        "status": status,
        "status_code": finding.status.word(),
        "status_details": [detail(finding)],
    })
}

fn subject(finding: &Finding) -> Value {
    let mut subject = json!({
        "uid": finding.resource.id.as_deref().unwrap_or("*"),
        "name": finding.resource.called(),
        "type": finding.resource.facet,
    });
    if let Some(subject) = subject.as_object_mut() {
        let region = finding.resource.region.iter().map(|region| ("region".to_owned(), json!(region)));
        // A user of the framework has an account of its own, which we know nothing of; a label says who it is.
        let owner = finding.place.owner.iter().map(|owner| ("labels".to_owned(), json!([format!("owner:{owner}")])));
        subject.extend(region.chain(owner));
    }
    subject
}

fn cloud(finding: &Finding) -> Value {
    let place = &finding.place;
    let provider = place.platform_type.as_ref().or(place.platform.as_ref());
    let mut cloud = json!({"provider": provider.map_or("unknown", String::as_str)});
    if let Some(cloud) = cloud.as_object_mut() {
        if place.tenant.is_some() || place.tenant_id.is_some() {
            let mut account = json!({"name": place.tenant()});
            if let (Some(id), Some(account)) = (&place.tenant_id, account.as_object_mut()) {
                account.insert("uid".to_owned(), json!(id));
            }
            cloud.insert("account".to_owned(), account);
        }
        cloud.extend(finding.resource.region.iter().map(|region| ("region".to_owned(), json!(region))));
    }
    cloud
}

fn severity(severity: Severity) -> (u32, &'static str) {
    match severity {
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}
