//! Putting things right that a control found wrong: one small kind for each way to do so, with what it reads and what it writes.
//!
//! A correction is a kind like any other, so that plan, approval, journal and reading back exist once. It asks for nothing by itself: what
//! it is asked for are targets, which somebody's findings name.

mod accounts;
mod kind;
mod machines;
mod networks;
pub mod operations;
mod services;
mod stores;

use std::collections::BTreeMap;

use polity_model::{Map, Value};
use polity_provider::{Kind, Remedy, Target};

use self::kind::{Correction, CorrectionKind};

/// The resource that something is wrong with.
#[derive(Clone, Copy, Debug)]
pub struct Wrong<'f> {
    /// Native id.
    pub id: &'f str,
    /// Native name.
    pub name: &'f str,
    /// Parameters of the control.
    pub params: &'f BTreeMap<String, Value>,
}

fn all() -> Vec<Box<dyn Correction>> {
    vec![
        Box::new(stores::PublicAccess::new()),
        Box::new(stores::Versioning::new()),
        Box::new(stores::Ownership::new()),
        Box::new(services::KeyRotation::new()),
        Box::new(services::LogRetention::new()),
        Box::new(services::TrailSettings::new()),
        Box::new(services::TrailLogging::new()),
        Box::new(services::Database::new()),
        Box::new(accounts::AccessKey::new()),
        Box::new(machines::SnapshotSharing::new()),
        Box::new(machines::ImageSharing::new()),
        Box::new(machines::Metadata::new()),
        Box::new(networks::RuleSource::new()),
    ]
}

/// The kinds of corrections, with these targets.
pub fn kinds(targets: &[Target]) -> Vec<Box<dyn Kind>> {
    let kind = |correction| -> Box<dyn Kind> { Box::new(CorrectionKind::new(correction, targets)) };
    all().into_iter().map(kind).collect()
}

/// Whether a kind is that of a correction.
pub fn is_correction(kind: &str) -> bool {
    all().iter().any(|correction| correction.schema().kind == kind)
}

/// The operations that corrections take beyond those to read.
pub fn writes() -> impl Iterator<Item = &'static polity_provider::WriteOperation> {
    operations::writes()
}

/// The families of calls that corrections make, each of which needs a rate.
#[cfg(test)]
pub(crate) fn families() -> impl Iterator<Item = &'static str> {
    writes().map(|operation| operation.0.family)
}

/// What `correct.aws` of a control comes to for one resource, or why it is left to people.
pub fn remedy(words: &Value, wrong: &Wrong<'_>) -> Result<Remedy, String> {
    if let Some(text) = words.get("by_hand").and_then(Value::as_text) {
        return Err(text.to_owned());
    }
    if let Some(setting) = words.get("setting").and_then(Value::as_text) {
        return Err(format!(
            "write `{setting}` in the settings of the tenant, or attach the control with `enforce: enforce`"
        ));
    }
    let call = words.get("call").and_then(Value::as_text).unwrap_or_default();
    let with = filled(words.get("with").unwrap_or(&Value::Null), wrong)?;
    let corrections = all();
    let by_call = corrections.iter().filter(|correction| correction.call() == call);
    for correction in by_call {
        let mut attributes = Map::new();
        for (attribute, path) in correction.parts() {
            let value = path.split('.').try_fold(&with, |value, name| value.get(name));
            attributes.extend(value.map(|value| ((*attribute).to_owned(), value.clone())));
        }
        let mut attributes = correction.asked(attributes);
        attributes.extend(correction.always());
        let understood = correction.understands(&with);
        if !attributes.is_empty() && understood {
            let (kind, regional) = (correction.schema().kind, correction.schema().level == "region");
            let id = if correction.by_name() { wrong.name } else { short(wrong.id) };
            return Ok(Remedy { kind, id: id.to_owned(), attributes, regional });
        }
    }
    Err(format!("`{call}` is not among the calls that are made from here: make it by hand"))
}

/// The last part of an ARN.
fn short(id: &str) -> &str {
    let tail = if id.starts_with("arn:") { id.rsplit(':').next().unwrap_or(id) } else { id };
    tail.rsplit('/').next().unwrap_or(tail)
}

/// A value with its places filled in.
fn filled(value: &Value, wrong: &Wrong<'_>) -> Result<Value, String> {
    Ok(match value {
        Value::Text(text) => match text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
            Some("resource.id") => Value::text(wrong.id),
            Some("resource.name") => Value::text(wrong.name),
            Some(name) => match name.strip_prefix("params.") {
                Some(param) => {
                    wrong.params.get(param).cloned().ok_or_else(|| format!("the parameter `{param}` has no value"))?
                }
                // Other facts are read anew by whoever needs them.
                None => Value::Null,
            },
            None => value.clone(),
        },
        Value::List(items) => Value::List(items.iter().map(|item| filled(item, wrong)).collect::<Result<_, _>>()?),
        Value::Map(entries) => Value::Map(
            entries
                .iter()
                .map(|(name, item)| Ok((name.clone(), filled(item, wrong)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &serde_json::Value) -> Result<Remedy, String> {
        let params = BTreeMap::from([("min_days".to_owned(), Value::Int(365))]);
        let wrong = Wrong { id: "arn:aws:ec2:eu-central-1:1:snapshot/snap-1", name: "logs", params: &params };
        remedy(&Value::from_json(json), &wrong)
    }

    #[test]
    fn calls_of_controls_become_attributes() {
        let found = of(&serde_json::json!({"call": "logs:PutRetentionPolicy", "with": {"logGroupName": "${resource.name}", "retentionInDays": "${params.min_days}"}})).unwrap();
        assert_eq!((found.kind, found.id.as_str(), found.regional), ("log-retention", "logs", true));
        assert_eq!(found.attributes, Map::from([("days".to_owned(), Value::Int(365))]));
        let found = of(&serde_json::json!({"call": "ec2:ModifySnapshotAttribute", "with": {"SnapshotId": "${resource.id}", "Attribute": "createVolumePermission", "OperationType": "remove", "GroupNames": ["all"]}})).unwrap();
        assert_eq!(
            (found.id.as_str(), found.attributes),
            ("snap-1", Map::from([("private".to_owned(), Value::Bool(true))]))
        );
    }

    #[test]
    fn what_people_have_to_do_is_said() {
        assert_eq!(of(&serde_json::json!({"by_hand": "move it"})).unwrap_err(), "move it");
        assert!(of(&serde_json::json!({"call": "x:Y"})).unwrap_err().contains("`x:Y`"));
        let missing =
            serde_json::json!({"call": "logs:PutRetentionPolicy", "with": {"retentionInDays": "${params.gone}"}});
        assert!(of(&missing).unwrap_err().contains("`gone`"));
        // Giving a snapshot to everybody is no correction.
        let add = serde_json::json!({"call": "ec2:ModifySnapshotAttribute", "with": {"OperationType": "add", "GroupNames": ["all"]}});
        assert!(of(&add).is_err());
    }

    #[test]
    fn kinds_are_told_apart() {
        let kinds = kinds(&[]);
        let mut names: Vec<&str> = kinds.iter().map(|kind| kind.schema().kind).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), kinds.len());
        let known = crate::kinds::all();
        assert!(known.iter().all(|kind| !is_correction(kind.schema().kind)));
        assert!(writes().any(|operation| operation.0.permission == "kms:EnableKeyRotation"));
    }
}
