//! What all documents are put together from: identifiers, metadata, properties, texts.

use polity_model::{
    finding::{Audit, Finding, Judged, Status},
    units::Timestamp,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::VERSION;
use crate::views::{
    audit::{counts, detail, fingerprint, resource},
    clean,
};

/// The namespace of our own properties.
const NAMESPACE: &str = "urn:polity:oscal";

/// Makes identifiers out of what they name.
pub(super) struct Ids(Uuid);

impl Ids {
    pub(super) fn of(organization: &str) -> Self {
        let ours = Uuid::new_v5(&Uuid::NAMESPACE_URL, NAMESPACE.as_bytes());
        Self(Uuid::new_v5(&ours, organization.as_bytes()))
    }

    /// The identifier of this.
    pub(super) fn id(&self, of: &[&str]) -> String {
        // No part can run into the next one.
        let name: Vec<String> = of.iter().map(|part| format!("{}:{part}", part.len())).collect();
        Uuid::new_v5(&self.0, name.join("/").as_bytes()).to_string()
    }

    pub(super) fn resource(&self, finding: &Finding) -> String {
        let (place, resource) = (&finding.place, &finding.resource);
        let region = resource.region.as_deref().unwrap_or_default();
        self.id(&["resource", place.tenant(), &resource.facet, resource.id.as_deref().unwrap_or_default(), region])
    }

    pub(super) fn observation(&self, audit: &Audit, finding: &Finding) -> String {
        self.id(&["observation", &moment(audit), fingerprint(finding).as_str()])
    }

    pub(super) fn risk(&self, control: &str) -> String {
        self.id(&["risk", control])
    }

    pub(super) fn finding(&self, audit: &Audit, control: &str) -> String {
        self.id(&["finding", &moment(audit), control])
    }
}

/// When it was read.
pub(super) fn moment(audit: &Audit) -> String {
    audit.at.unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

pub(super) fn metadata(audit: &Audit, title: &str) -> Value {
    json!({
        "title": line(&format!("{title} of {}", audit.organization)),
        "last-modified": moment(audit),
        "version": audit.manifest.short(),
        "oscal-version": VERSION,
    })
}

/// A property of ours.
pub(super) fn property(name: &str, value: &str) -> Value {
    json!({"name": name, "ns": NAMESPACE, "value": line(value)})
}

/// A text of one line, never empty.
pub(super) fn line(text: &str) -> String {
    let text = clean(text);
    let text = text.trim();
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// The statement of a control, by which findings name it.
pub(super) fn statement_id(control: &str) -> String {
    format!("{control}_smt")
}

/// All controls that are judged, as a selection.
pub(super) fn selection(audit: &Audit) -> Value {
    let controls: Vec<Value> = audit.controls.keys().map(|name| json!({"control-id": name})).collect();
    match controls.is_empty() {
        true => json!({"control-selections": [{"include-all": {}}]}),
        false => json!({"control-selections": [{"include-controls": controls}]}),
    }
}

/// What was seen of a resource.
pub(super) fn observation(ids: &Ids, audit: &Audit, finding: &Finding) -> Value {
    let mut props = vec![
        property("status", finding.status.word()),
        property("control", &finding.control),
        property("severity", finding.severity.word()),
        property("tenant", finding.place.tenant()),
        property("protection", &finding.protection.to_string()),
    ];
    props.extend(finding.place.owner.iter().map(|owner| property("owner", owner)));
    json!({
        "uuid": ids.observation(audit, finding),
        "title": line(&format!("{}: {}", finding.title, resource(finding))),
        "description": line(&format!("{}: {}", finding.status.word(), detail(finding))),
        "props": props,
        "methods": ["TEST"],
        "types": ["finding"],
        "subjects": [{
            "subject-uuid": ids.resource(finding),
            "type": "inventory-item",
            "title": line(&resource(finding)),
        }],
        "collected": moment(audit),
    })
}

/// What a control that does not hold puts at risk.
pub(super) fn risk(ids: &Ids, audit: &Audit, name: &str, judged: &Judged, found: &[&Finding]) -> Value {
    let accepted = judged.counts().fail == 0 && judged.counts().unknown == 0;
    let related: Vec<Value> =
        found.iter().map(|finding| json!({"observation-uuid": ids.observation(audit, finding)})).collect();
    let mut risk = json!({
        "uuid": ids.risk(name),
        "title": line(&judged.title),
        "description": line(&judged.statement),
        "statement": line(judged.rationale.as_deref().unwrap_or(&judged.statement)),
        "props": [property("severity", judged.severity.word()), property("stage", judged.stage.word()), property("counts", &counts(judged.counts()))],
        "status": if accepted { "deviation-approved" } else { "open" },
        "related-observations": related,
    });
    let until = found.iter().filter_map(|finding| match &finding.status {
        Status::Exempt { until, .. } => *until,
        _ => None,
    });
    if let (true, Some(until), Some(risk)) = (accepted, until.min(), risk.as_object_mut()) {
        risk.insert("deadline".to_owned(), json!(format!("{until}T23:59:59Z")));
    }
    risk
}

/// Findings of one control.
pub(super) fn of_control<'a>(audit: &'a Audit, name: &str) -> Vec<&'a Finding> {
    audit.findings.iter().filter(|finding| &*finding.control == name).collect()
}
