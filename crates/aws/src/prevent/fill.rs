//! `${params.name}` in what prevents: replaced by the parameter's value where a control is attached.
//!
//! A list stands for its items: as an item of a list, as a whole value, and within a text, which is then there once for each
//! item. Everything else in `${...}` is AWS's own and stays.

use std::collections::BTreeMap;

use polity_controls::{Value, control::Param};
use polity_model::{
    Diagnostic, Origin,
    written::{Content, Entry, Written},
};

const START: &str = "${params.";

/// What is known of parameters.
pub(crate) enum Params<'a> {
    /// Their declarations: what names them is checked, and stays.
    Declared(&'a BTreeMap<String, Param>),
    /// Their values.
    Given(&'a BTreeMap<String, Value>),
}

/// The same with the parameters in their places. What is wrong with them is told.
pub(crate) fn fill(written: &Written, params: &Params<'_>, wrong: &mut Vec<Diagnostic>) -> Written {
    let content = match &written.content {
        Content::Text(text) if text.contains(START) => {
            let mut filled = expand(text, &written.origin, params, wrong);
            if filled.is_list {
                Content::List(filled.items)
            } else {
                filled.items.pop().map_or(Content::Null, |one| one.content)
            }
        }
        Content::List(items) => Content::List(items.iter().flat_map(|item| items_of(item, params, wrong)).collect()),
        Content::Map(entries) => Content::Map(entries.iter().map(|entry| fill_entry(entry, params, wrong)).collect()),
        other => other.clone(),
    };
    Written { origin: written.origin.clone(), content }
}

fn items_of(item: &Written, params: &Params<'_>, wrong: &mut Vec<Diagnostic>) -> Vec<Written> {
    match item.text() {
        Some(text) if text.contains(START) => expand(text, &item.origin, params, wrong).items,
        _ => vec![fill(item, params, wrong)],
    }
}

fn fill_entry(entry: &Entry, params: &Params<'_>, wrong: &mut Vec<Diagnostic>) -> Entry {
    let mut key = entry.key.clone();
    if key.contains(START) {
        let filled = expand(&key, &entry.key_origin, params, wrong);
        match filled.items.first().and_then(Written::text) {
            Some(text) if !filled.is_list => key = text.to_owned(),
            _ => wrong.push(
                Diagnostic::error(
                    "wrong-type",
                    &entry.key_origin,
                    format!("`{key}` is no name: the parameter is no text"),
                )
                .help("use a parameter of the type `text` in a name"),
            ),
        }
    }
    Entry { key, key_origin: entry.key_origin.clone(), value: fill(&entry.value, params, wrong) }
}

/// What a text with parameters becomes.
struct Filled {
    items: Vec<Written>,
    is_list: bool,
}

fn expand(text: &str, origin: &Origin, params: &Params<'_>, wrong: &mut Vec<Diagnostic>) -> Filled {
    let keep = |text: &str| Filled {
        items: vec![Written { origin: origin.clone(), content: Content::Text(text.to_owned()) }],
        is_list: false,
    };
    let Some((before, rest)) = text.split_once(START) else { return keep(text) };
    let Some((name, after)) = rest.split_once('}') else {
        let message = format!("`{text}` has a parameter without an end");
        wrong.push(Diagnostic::error("unknown-param", origin, message).help("write `${params.name}`"));
        return keep(text);
    };
    let value = match params {
        Params::Declared(declared) => {
            if !declared.contains_key(name) {
                let known: Vec<String> = declared.keys().map(|name| format!("`{name}`")).collect();
                let help = match known.is_empty() {
                    true => "declare it under `params:`".to_owned(),
                    false => format!("known here: {}; or declare it under `params:`", known.join(", ")),
                };
                let message = format!("there is no parameter `{name}`");
                wrong.push(Diagnostic::error("unknown-param", origin, message).help(help));
            }
            expand(after, origin, params, wrong);
            return keep(text);
        }
        Params::Given(given) => given.get(name),
    };
    let Some((values, is_list)) = value.and_then(contents) else {
        let message = format!("the parameter `{name}` has no value that can be written here");
        wrong.push(
            Diagnostic::error("missing-param", origin, message).help("give it a value where the control is attached"),
        );
        return keep(text);
    };
    if before.is_empty() && after.is_empty() {
        let items = values.into_iter().map(|content| Written { origin: origin.clone(), content }).collect();
        return Filled { items, is_list };
    }
    let rest = expand(after, origin, params, wrong);
    let mut items = Vec::new();
    for value in &values {
        for after in &rest.items {
            let content = Content::Text(format!("{before}{}{}", plain(value), plain(&after.content)));
            items.push(Written { origin: origin.clone(), content });
        }
    }
    Filled { items, is_list: is_list || rest.is_list }
}

/// A value as it is written; a list by its items.
fn contents(value: &Value) -> Option<(Vec<Content>, bool)> {
    let one = |value: &Value| match value {
        Value::Bool(value) => Some(Content::Bool(*value)),
        Value::Int(number) => Some(Content::Int(*number)),
        Value::Double(number) => Some(Content::Decimal(number.to_string())),
        Value::Text(text) => Some(Content::Text(text.to_string())),
        Value::Duration(nanos) => {
            i64::try_from(nanos / 1_000_000_000).ok().map(|seconds| Content::Text(format!("{seconds}s")))
        }
        _ => None,
    };
    match value {
        Value::List(items) => Some((items.iter().map(one).collect::<Option<_>>()?, true)),
        value => Some((vec![one(value)?], false)),
    }
}

fn plain(content: &Content) -> String {
    match content {
        Content::Bool(value) => value.to_string(),
        Content::Int(number) => number.to_string(),
        Content::Decimal(text) | Content::Text(text) => text.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn filled(json: &Json) -> (Json, Vec<String>) {
        let written = Written::of(&polity_model::Value::from_json(json), &Origin::file("c.yaml"));
        let text = |text: &str| Value::Text(text.into());
        let given = BTreeMap::from([
            ("regions".to_owned(), Value::List(vec![text("eu-central-1"), text("eu-west-1")].into())),
            ("days".to_owned(), Value::Int(7)),
            ("tag".to_owned(), text("env")),
        ]);
        let mut wrong = Vec::new();
        let filled = fill(&written, &Params::Given(&given), &mut wrong).value().to_json();
        (filled, wrong.into_iter().map(|diagnostic| diagnostic.message).collect())
    }

    #[test]
    fn parameters_stand_for_their_values() {
        let (value, wrong) = filled(&json!({
            "whole": "${params.regions}",
            "item": ["us-east-1", "${params.regions}"],
            "within": ["arn:${aws:PrincipalAccount}:${params.regions}:x-${params.days}"],
            "number": "${params.days}",
            "tags/${params.tag}": true,
        }));
        assert_eq!(
            value,
            json!({
                "whole": ["eu-central-1", "eu-west-1"],
                "item": ["us-east-1", "eu-central-1", "eu-west-1"],
                "within": ["arn:${aws:PrincipalAccount}:eu-central-1:x-7", "arn:${aws:PrincipalAccount}:eu-west-1:x-7"],
                "number": 7,
                "tags/env": true,
            })
        );
        assert_eq!(wrong, [""; 0]);
    }

    #[test]
    fn what_has_no_value_is_told() {
        assert_eq!(
            filled(&json!("${params.nothing}")).1,
            ["the parameter `nothing` has no value that can be written here"]
        );
        assert_eq!(filled(&json!("${params.days")).1, ["`${params.days` has a parameter without an end"]);
        assert_eq!(
            filled(&json!({"x/${params.regions}": 1})).1,
            ["`x/${params.regions}` is no name: the parameter is no text"]
        );
    }
}
