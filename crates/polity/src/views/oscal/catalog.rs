//! The catalog: every control, in groups by where it stands.

use std::collections::BTreeMap;

use polity_controls::{
    Value as Held,
    control::{Control, Param},
};
use serde_json::{Value, json};

use super::{
    Export,
    parts::{Ids, line, metadata, property, statement_id},
};

pub(super) fn catalog(export: &Export<'_>, ids: &Ids) -> Value {
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for control in export.catalog.controls.values() {
        groups.entry(group(control)).or_default().push(of(control));
    }
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|(name, controls)| json!({"id": format!("group-{name}"), "title": line(&name), "controls": controls}))
        .collect();
    let mut catalog = json!({"uuid": ids.id(&["catalog"]), "metadata": metadata(export.audit, "Controls")});
    if let (false, Some(catalog)) = (groups.is_empty(), catalog.as_object_mut()) {
        catalog.insert("groups".to_owned(), json!(groups));
    }
    json!({"catalog": catalog})
}

/// The folder that a control stands in: those of the catalog have one for each domain.
fn group(control: &Control) -> String {
    let folder = control.origin.file.rsplit('/').nth(1).unwrap_or("own");
    let name: String = folder.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    if name.is_empty() { "own".to_owned() } else { name }
}

fn of(control: &Control) -> Value {
    let name = &control.name;
    let mut parts = vec![json!({"id": statement_id(name), "name": "statement", "prose": control.statement})];
    if let Some(rationale) = &control.rationale {
        parts.push(json!({"id": format!("{name}_gdn"), "name": "guidance", "prose": rationale}));
    }
    for (number, asked) in asked(control).into_iter().enumerate() {
        parts.push(json!({"id": format!("{name}_obj.{}", number + 1), "name": "assessment-objective", "prose": asked}));
    }
    let mut props = vec![
        property("severity", control.severity.word()),
        property("stage", control.stage.word()),
        property("digest", control.digest().as_str()),
    ];
    props.extend(control.satisfies.iter().map(|one| property("satisfies", &format!("{}/{}", one.framework, one.id))));
    let mut written =
        json!({"id": name, "class": "polity", "title": line(&control.title), "props": props, "parts": parts});
    let params: Vec<Value> = control.params.iter().map(|(param, declared)| parameter(name, param, declared)).collect();
    if let (false, Some(written)) = (params.is_empty(), written.as_object_mut()) {
        written.insert("params".to_owned(), json!(params));
    }
    written
}

/// The assertions, as they are written in the control's own text.
fn asked(control: &Control) -> Vec<String> {
    let text = control.text.to_json();
    let one = |detect: &Value| {
        let field = |name: &str| detect.get(name).and_then(Value::as_str).map(str::to_owned);
        let when = field("when").map_or_else(String::new, |when| format!(" when {when}"));
        Some(format!("{}{when}: {}", detect.get("on")?.to_string().replace('"', ""), field("assert")?))
    };
    match text.get("detect") {
        Some(Value::Array(all)) => all.iter().filter_map(one).collect(),
        Some(detect) => one(detect).into_iter().collect(),
        None => Vec::new(),
    }
}

fn parameter(control: &str, name: &str, declared: &Param) -> Value {
    let mut param = json!({"id": parameter_id(control, name), "label": line(name)});
    if let Some(param) = param.as_object_mut() {
        param.extend(declared.doc.iter().map(|doc| ("usage".to_owned(), json!(line(doc)))));
        let default: Vec<String> = declared.default.iter().flat_map(values).collect();
        if !default.is_empty() {
            param.insert("values".to_owned(), json!(default));
        }
    }
    param
}

pub(super) fn parameter_id(control: &str, name: &str) -> String {
    format!("{control}_{name}")
}

fn values(value: &Held) -> Vec<String> {
    match value {
        Held::List(items) => items.iter().flat_map(values).collect(),
        Held::Bool(value) => vec![value.to_string()],
        Held::Int(value) => vec![value.to_string()],
        Held::Double(value) => vec![value.to_string()],
        Held::Text(text) => vec![line(text)],
        Held::Duration(nanos) => vec![format!("{}s", nanos / 1_000_000_000)],
        _ => Vec::new(),
    }
}
