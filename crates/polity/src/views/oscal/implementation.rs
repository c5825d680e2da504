//! The profile - which controls hold, with which parameters - and the components that implement them.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::finding::{Judged, Protection};
use serde_json::{Value, json};

use super::{
    Export,
    catalog::parameter_id,
    parts::{Ids, line, metadata, property},
};

pub(super) fn profile(export: &Export<'_>, ids: &Ids) -> Value {
    let names: Vec<&String> = export.audit.controls.keys().collect();
    let selected = match names.is_empty() {
        true => json!({"href": "catalog.json", "include-all": {}}),
        false => json!({"href": "catalog.json", "include-controls": [{"with-ids": names}]}),
    };
    let mut profile = json!({
        "uuid": ids.id(&["profile"]),
        "metadata": metadata(export.audit, "Controls in force"),
        "imports": [selected],
        "merge": {"as-is": true},
    });
    let settings: Vec<Value> = export.audit.controls.iter().flat_map(|(name, judged)| settings(name, judged)).collect();
    if let (false, Some(profile)) = (settings.is_empty(), profile.as_object_mut()) {
        profile.insert("modify".to_owned(), json!({"set-parameters": settings}));
    }
    json!({"profile": profile})
}

/// Parameters that are the same in all tenants; a profile has no place for others.
fn settings(control: &str, judged: &Judged) -> Vec<Value> {
    let mut all: BTreeMap<&String, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in judged.tenants.values().flat_map(|judgement| &judgement.params) {
        all.entry(name).or_default().insert(value.to_string());
    }
    let first = |name: &str| judged.tenants.values().find_map(|judgement| judgement.params.get(name));
    all.into_iter()
        .filter(|(_, values)| values.len() == 1)
        .filter_map(|(name, _)| {
            let values = values(first(name)?);
            (!values.is_empty()).then(|| json!({"param-id": parameter_id(control, name), "values": values}))
        })
        .collect()
}

fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(values).collect(),
        Value::String(text) => vec![line(text)],
        Value::Null => Vec::new(),
        other => vec![other.to_string()],
    }
}

pub(super) fn components(export: &Export<'_>, ids: &Ids) -> Value {
    let audit = export.audit;
    let requirements: Vec<Value> = audit.controls.iter().map(|(name, judged)| requirement(ids, name, judged)).collect();
    let mut component = json!({
        "uuid": ids.id(&["component", "platforms"]),
        "type": "policy",
        "title": line(&format!("Platforms of {}", audit.organization)),
        "description": "The connected platforms, with the guardrails and settings that the manifest puts on them.",
    });
    if let (false, Some(component)) = (requirements.is_empty(), component.as_object_mut()) {
        let implementation = json!({
            "uuid": ids.id(&["implementation"]),
            "source": "profile.json",
            "description": "Each control: what prevents the opposite, tenant by tenant, and what is asked of resources.",
            "implemented-requirements": requirements,
        });
        component.insert("control-implementations".to_owned(), json!([implementation]));
    }
    json!({"component-definition": {
        "uuid": ids.id(&["component-definition"]),
        "metadata": metadata(audit, "Components"),
        "components": [component],
    }})
}

fn requirement(ids: &Ids, name: &str, judged: &Judged) -> Value {
    let mut tenants: BTreeMap<&Protection, Vec<&str>> = BTreeMap::new();
    for (tenant, judgement) in &judged.tenants {
        let tenant = if tenant.is_empty() { "outside of all tenants" } else { tenant };
        tenants.entry(&judgement.protection).or_default().push(tenant);
    }
    let prevented: Vec<String> =
        tenants.iter().map(|(protection, tenants)| format!("{protection} in {}", tenants.join(", "))).collect();
    let asked = match judged.facets.is_empty() {
        true => "nothing is asked of resources".to_owned(),
        false => format!("asked of every {}", judged.facets.join(", ")),
    };
    let attached: BTreeSet<String> =
        judged.tenants.values().map(|judgement| judgement.attached.origin.to_string()).collect();
    let mut props = vec![property("facets", &judged.facets.join(", "))];
    props.extend(attached.iter().map(|origin| property("attached", origin)));
    json!({
        "uuid": ids.id(&["requirement", name]),
        "control-id": name,
        "description": line(&format!("{}; {asked}", prevented.join("; "))),
        "props": props,
    })
}
