//! Small acts on objects, their labels and the parameters of requests.

use serde_json::{Value, json};

use crate::cloud::Request;

/// `a=b,c!=d,e,!f` over labels.
pub(super) fn selects(selector: &str, object: &Value) -> bool {
    let label = |name: &str| object.pointer("/metadata/labels").and_then(|labels| labels.get(name.trim())?.as_str());
    selector.split(',').filter(|term| !term.trim().is_empty()).all(|term| {
        if let Some((name, value)) = term.split_once("!=") {
            label(name) != Some(value.trim())
        } else if let Some((name, value)) = term.split_once('=') {
            label(name) == Some(value.trim_start_matches('=').trim())
        } else if let Some(name) = term.trim().strip_prefix('!') {
            label(name).is_none()
        } else {
            label(term).is_some()
        }
    })
}

/// The parameters of a request.
pub(super) fn query(request: &Request) -> Vec<(String, String)> {
    let decode =
        |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = request.uri().query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// An object within a list, which says of what it is a list.
pub(super) fn bare(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(entries) = object.as_object_mut() {
        entries.remove("kind");
        entries.remove("apiVersion");
    }
    object
}

/// A text within an object.
pub(super) fn text<'v>(object: &'v Value, pointer: &str) -> Option<&'v str> {
    object.pointer(pointer).and_then(Value::as_str)
}

/// Puts a value into a part of an object.
pub(super) fn set(object: &mut Value, part: &str, name: &str, value: Value) {
    if let Some(entries) = object.as_object_mut() {
        let part = entries.entry(part.to_owned()).or_insert_with(|| json!({}));
        if let Some(part) = part.as_object_mut() {
            part.insert(name.to_owned(), value);
        }
    }
}

/// Puts a value at the top of an object.
pub(super) fn set_top(object: &mut Value, name: &str, value: Value) {
    if let Some(entries) = object.as_object_mut() {
        entries.insert(name.to_owned(), value);
    }
}
