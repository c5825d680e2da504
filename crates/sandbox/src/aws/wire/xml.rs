//! XML in and out, as far as AWS's query and REST protocols need it.

use quick_xml::{
    Reader,
    escape::{escape, resolve_predefined_entity},
    events::{BytesRef, Event},
};
use serde_json::{Map, Value};

use crate::aws::refusal::Refusal;

/// A successful answer of a query service.
pub(super) fn query(namespace: &str, operation: &str, value: &Value, id: &str) -> String {
    let mut body = String::new();
    members(&mut body, value, "member");
    format!(
        "<{operation}Response xmlns=\"{namespace}\"><{operation}Result>{body}</{operation}Result>\
         <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{operation}Response>"
    )
}

/// A successful answer of EC2.
pub(super) fn ec2(namespace: &str, operation: &str, value: &Value, id: &str) -> String {
    let mut body = String::new();
    members(&mut body, value, "item");
    format!("<{operation}Response xmlns=\"{namespace}\"><requestId>{id}</requestId>{body}</{operation}Response>")
}

/// A successful answer of a REST service: the one member of the value is the document.
pub(super) fn rest(namespace: &str, value: &Value) -> String {
    let Some((name, inner)) = value.as_object().and_then(|map| map.iter().next()) else { return String::new() };
    let mut body = String::new();
    members(&mut body, inner, "member");
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><{name} xmlns=\"{namespace}\">{body}</{name}>")
}

pub(super) fn query_error(namespace: &str, refusal: &Refusal, id: &str) -> String {
    let (code, message) = (escape(refusal.code.as_str()), escape(refusal.message.as_str()));
    let at_fault = if refusal.status < 500 { "Sender" } else { "Receiver" };
    format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{at_fault}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>{id}</RequestId></ErrorResponse>"
    )
}

pub(super) fn ec2_error(refusal: &Refusal, id: &str) -> String {
    let (code, message) = (escape(refusal.code.as_str()), escape(refusal.message.as_str()));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>\
         <RequestID>{id}</RequestID></Response>"
    )
}

pub(super) fn rest_error(refusal: &Refusal, id: &str) -> String {
    let (code, message) = (escape(refusal.code.as_str()), escape(refusal.message.as_str()));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>{id}</RequestId></ErrorResponse>"
    )
}

fn members(out: &mut String, value: &Value, item: &str) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                element(out, name, inner, item);
            }
        }
        Value::Array(list) => {
            for inner in list {
                element(out, item, inner, item);
            }
        }
        Value::Null => {}
        Value::String(text) => out.push_str(&escape(text.as_str())),
        other => out.push_str(&other.to_string()),
    }
}

fn element(out: &mut String, name: &str, value: &Value, item: &str) {
    if value.is_null() {
        return;
    }
    // A map is its entries, one beside the other.
    if let ("entry", Value::Array(entries)) = (name, value) {
        for entry in entries {
            element(out, name, entry, item);
        }
        return;
    }
    out.push_str(&format!("<{name}>"));
    members(out, value, item);
    out.push_str(&format!("</{name}>"));
}

/// An element that is still open: its name, its members, its text.
type Open = (String, Map<String, Value>, String);

fn write(open: &mut [Open], text: &str) {
    if let Some((_, _, inner)) = open.last_mut() {
        inner.push_str(text);
    }
}

/// What `&amp;` or `&#38;` stands for.
fn character(reference: &BytesRef<'_>) -> Option<String> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Some(character.to_string()),
        Ok(None) => resolve_predefined_entity(reference).map(str::to_owned),
        Err(_) => None,
    }
}

/// A document as a tree: elements that hold elements become members, all others text; the outermost is left out.
pub(super) fn parse(body: &[u8]) -> Value {
    let mut reader = Reader::from_reader(body);
    let mut open: Vec<Open> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                let name = start.local_name().as_ref().to_owned();
                open.push((name, Map::new(), String::new()));
            }
            Ok(Event::Text(text)) => write(&mut open, &text),
            Ok(Event::CData(text)) => write(&mut open, &text),
            Ok(Event::GeneralRef(reference)) => match character(&reference) {
                Some(character) => write(&mut open, &character),
                None => return Value::Null,
            },
            Ok(Event::End(_)) => {
                let Some((name, members, text)) = open.pop() else { return Value::Null };
                let value = if members.is_empty() { Value::String(text) } else { Value::Object(members) };
                match open.last_mut() {
                    Some((_, outer, _)) => outer.insert(name, value),
                    None => return value,
                };
            }
            Ok(Event::Eof) | Err(_) => return Value::Null,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_for_a_character_is_that_character() {
        let body = "<R><a>R&amp;D &lt;1&gt; &#38; &quot;2&quot;</a><b><![CDATA[<x>]]></b></R>";
        assert_eq!(parse(body.as_bytes()), json!({"a": "R&D <1> & \"2\"", "b": "<x>"}));
        assert_eq!(parse(b"<R><a>&unknown;</a></R>"), Value::Null);
    }
}
