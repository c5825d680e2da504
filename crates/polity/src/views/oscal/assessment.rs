//! The assessment plan - what is asked, how, of what - and the results.

use std::collections::BTreeMap;

use polity_model::finding::{Audit, Finding, Judged};
use serde_json::{Value, json};

use super::{
    Export,
    parts::{Ids, line, metadata, moment, observation, of_control, property, risk, selection, statement_id},
};
use crate::views::audit::{counts, resource};

pub(super) fn plan(export: &Export<'_>, ids: &Ids) -> Value {
    let audit = export.audit;
    let manifest = ids.id(&["manifest", audit.manifest.as_str()]);
    let polity = ids.id(&["component", "polity"]);
    json!({"assessment-plan": {
        "uuid": ids.id(&["assessment-plan"]),
        "metadata": metadata(audit, "Assessment plan"),
        "import-ssp": {"href": format!("#{manifest}")},
        "reviewed-controls": selection(audit),
        "assessment-subjects": [{"type": "inventory-item", "include-all": {}}],
        "assessment-assets": {
            "components": [{
                "uuid": polity,
                "type": "software",
                "title": "Polity",
                "description": line(&audit.evaluator),
                "status": {"state": "operational"},
            }],
            "assessment-platforms": [{
                "uuid": ids.id(&["assessment-platform"]),
                "title": "Polity",
                "uses-components": [{"component-uuid": polity}],
            }],
        },
        "back-matter": {"resources": [{
            "uuid": manifest,
            "title": line(&format!("The manifest of {}", audit.organization)),
            "description": "The manifest describes the system: who belongs to it, what lies where, and which controls hold.",
            "props": [property("digest", audit.manifest.as_str())],
        }]},
    }})
}

pub(super) fn results(export: &Export<'_>, ids: &Ids) -> Value {
    let audit = export.audit;
    let mut result = json!({
        "uuid": ids.id(&["result", &moment(audit)]),
        "title": line(&format!("Audit of {}", audit.organization)),
        "description": line(&format!("{}. What could not be said is not satisfied.", counts(audit.counts()))),
        "start": moment(audit),
        "reviewed-controls": selection(audit),
    });
    let items = items(ids, audit);
    let observations: Vec<Value> = audit.findings.iter().map(|finding| observation(ids, audit, finding)).collect();
    let risks: Vec<Value> = audit
        .controls
        .iter()
        .map(|(name, judged)| (name, judged, of_control(audit, name)))
        .filter(|(_, _, found)| !found.is_empty())
        .map(|(name, judged, found)| risk(ids, audit, name, judged, &found))
        .collect();
    let findings: Vec<Value> =
        audit.controls.iter().filter_map(|(name, judged)| finding(ids, audit, name, judged)).collect();
    if let Some(result) = result.as_object_mut() {
        if !items.is_empty() {
            result.insert("local-definitions".to_owned(), json!({"inventory-items": items}));
        }
        // The format knows no empty lists.
        let lists = [("observations", observations), ("risks", risks), ("findings", findings)];
        result.extend(
            lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| (name.to_owned(), json!(list))),
        );
    }
    json!({"assessment-results": {
        "uuid": ids.id(&["assessment-results", &moment(audit)]),
        "metadata": metadata(audit, "Assessment results"),
        "import-ap": {"href": "assessment-plan.json"},
        "results": [result],
    }})
}

/// Every resource that is spoken of, once.
pub(super) fn items(ids: &Ids, audit: &Audit) -> Vec<Value> {
    let mut items: BTreeMap<String, Value> = BTreeMap::new();
    for finding in &audit.findings {
        let id = ids.resource(finding);
        items.entry(id.clone()).or_insert_with(|| item(&id, finding));
    }
    items.into_values().collect()
}

fn item(id: &str, finding: &Finding) -> Value {
    let native = finding.resource.id.as_deref().unwrap_or("*");
    let mut props = vec![
        json!({"name": "asset-id", "value": line(native)}),
        property("facet", &finding.resource.facet),
        property("tenant", finding.place.tenant()),
    ];
    props.extend(finding.resource.region.iter().map(|region| property("region", region)));
    json!({"uuid": id, "description": line(&resource(finding)), "props": props})
}

/// What a control comes to over all tenants; nothing where there was nothing to ask.
fn finding(ids: &Ids, audit: &Audit, name: &str, judged: &Judged) -> Option<Value> {
    let sums = judged.counts();
    let status = match (sums.fail, sums.unknown, sums.asked()) {
        (0, 0, 0) => return None,
        (0, 0, _) => json!({"state": "satisfied", "reason": "pass"}),
        (0, _, _) => {
            json!({"state": "not-satisfied", "reason": "other", "remarks": "it cannot be said of everything that was asked"})
        }
        _ => json!({"state": "not-satisfied", "reason": "fail"}),
    };
    let found = of_control(audit, name);
    let mut finding = json!({
        "uuid": ids.finding(audit, name),
        "title": line(&judged.title),
        "description": line(&counts(sums)),
        "target": {"type": "statement-id", "target-id": statement_id(name), "status": status},
    });
    if let (false, Some(finding)) = (found.is_empty(), finding.as_object_mut()) {
        let related: Vec<Value> =
            found.iter().map(|one| json!({"observation-uuid": ids.observation(audit, one)})).collect();
        finding.insert("related-observations".to_owned(), json!(related));
        finding.insert("related-risks".to_owned(), json!([{"risk-uuid": ids.risk(name)}]));
    }
    Some(finding)
}
