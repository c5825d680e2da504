//! The plan of action and milestones: what does not hold, in the order in which it is to be put right.

use std::cmp::Reverse;

use polity_model::finding::{Finding, Judged, Status};
use serde_json::{Value, json};

use super::{
    Export,
    assessment::items,
    parts::{Ids, line, metadata, observation, of_control, property, risk},
};
use crate::views::audit::counts;

pub(super) fn poam(export: &Export<'_>, ids: &Ids) -> Value {
    let audit = export.audit;
    let mut open: Vec<(&String, &Judged, Vec<&Finding>)> = audit
        .controls
        .iter()
        .map(|(name, judged)| {
            let not_passing = |finding: &&Finding| finding.status != Status::Pass;
            (name, judged, of_control(audit, name).into_iter().filter(not_passing).collect::<Vec<_>>())
        })
        .filter(|(_, _, found)| !found.is_empty())
        .collect();
    open.sort_by_key(|(name, judged, _)| {
        (judged.stage, Reverse(judged.severity), Reverse(judged.counts().fail), name.as_str())
    });
    let mut poam = json!({
        "uuid": ids.id(&["poam"]),
        "metadata": metadata(audit, "Plan of action and milestones"),
        "system-id": {"identifier-type": "https://ietf.org/rfc/rfc4122", "id": ids.id(&["system"])},
    });
    let observations: Vec<Value> =
        open.iter().flat_map(|(_, _, found)| found).map(|finding| observation(ids, audit, finding)).collect();
    let risks: Vec<Value> = open.iter().map(|(name, judged, found)| risk(ids, audit, name, judged, found)).collect();
    let mut todo: Vec<Value> =
        open.iter().map(|(name, judged, found)| item(export, ids, name, judged, found)).collect();
    if todo.is_empty() {
        // The format wants at least one item.
        todo.push(json!({"uuid": ids.id(&["item"]), "title": "Nothing to do", "description": "Every control that was judged holds."}));
    }
    if let Some(poam) = poam.as_object_mut() {
        let resources = items(ids, audit);
        if !resources.is_empty() {
            poam.insert("local-definitions".to_owned(), json!({"inventory-items": resources}));
        }
        let lists = [("observations", observations), ("risks", risks), ("poam-items", todo)];
        poam.extend(
            lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| (name.to_owned(), json!(list))),
        );
    }
    json!({"plan-of-action-and-milestones": poam})
}

fn item(export: &Export<'_>, ids: &Ids, name: &str, judged: &Judged, found: &[&Finding]) -> Value {
    let related: Vec<Value> =
        found.iter().map(|finding| json!({"observation-uuid": ids.observation(export.audit, finding)})).collect();
    json!({
        "uuid": ids.id(&["item", name]),
        "title": line(&judged.title),
        "description": line(&format!("{} ({})", judged.statement, counts(judged.counts()))),
        "props": [property("control", name), property("stage", judged.stage.word()), property("severity", judged.severity.word())],
        "related-observations": related,
        "related-risks": [{"risk-uuid": ids.risk(name)}],
    })
}
