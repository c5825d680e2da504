//! CloudFormation templates, as JSON or YAML.

mod adapt;
mod embedded;
mod functions;

use functions::Template;
use polity_model::{Diagnostic, written::Written};

use crate::{
    Reading,
    format::called,
    native::{Native, World},
    resources,
};

pub(crate) fn read(document: &Written) -> Reading {
    let Some(resources) = document.get("Resources").map(|entry| &entry.value) else {
        let message = "this template has no `Resources`";
        let diagnostic = Diagnostic::error("no-resources", &document.origin, message);
        return Reading {
            diagnostics: vec![diagnostic.help("write at least one below `Resources:`")],
            ..Reading::default()
        };
    };
    let mut diagnostics = Vec::new();
    let Some(entries) = resources.entries() else {
        let message = format!("`Resources` is a mapping by name, and here is {}", called(&resources.content));
        let diagnostic = Diagnostic::error("odd-resource", &resources.origin, message);
        return Reading {
            diagnostics: vec![diagnostic.help("write `Name: {Type: ..., Properties: ...}`")],
            ..Reading::default()
        };
    };
    let template = Template::of(document);
    let mut natives: Vec<Native> = Vec::new();
    for entry in entries {
        if entry.key.starts_with("Fn::") {
            let message =
                "resources that are made by a function are not known before the template is used: they are not judged";
            let help =
                "judge the template that comes out of it: `aws cloudformation get-template --template-stage Processed`";
            diagnostics.push(Diagnostic::warning("made-by-function", &entry.key_origin, message).help(help));
            continue;
        }
        let Some(kind) = entry.value.get("Type").and_then(|kind| kind.value.text()) else {
            let message = format!("the resource `{}` has no `Type`", entry.key);
            let help = "write `Type: AWS::...`";
            diagnostics.push(Diagnostic::error("odd-resource", &entry.key_origin, message).help(help));
            continue;
        };
        let condition = entry.value.get("Condition").and_then(|condition| condition.value.text());
        if condition.is_some_and(|name| template.condition(name) == Some(false)) {
            continue;
        }
        let properties = entry.value.get("Properties").map(|properties| template.value(&properties.value));
        let origin = &entry.key_origin;
        natives.extend(adapt::natives(&entry.key, kind, origin, properties));
    }
    let mut reading = resources::read(&World::new(natives, None));
    diagnostics.append(&mut reading.diagnostics);
    Reading { diagnostics, ..reading }
}
