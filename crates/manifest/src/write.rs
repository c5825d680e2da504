//! Documents -> YAML text that reads back as the same values, quoted only where that is needed.

use std::{collections::BTreeMap, fmt::Write};

use polity_model::{Map, Value, document::Document};

use crate::{
    File,
    yaml::{Content, is_hidden, plain},
};

/// Longest line that is written in one piece.
const WIDTH: usize = 110;
/// So many fields of a mapping still fit on a line that a person reads at a glance.
const FEW_FIELDS: usize = 6;

/// One file per path, in order of paths; documents keep their order within.
pub(crate) fn write(documents: &[Document]) -> Vec<File> {
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for document in documents {
        let text = files.entry(&document.path).or_default();
        if !text.is_empty() {
            text.push_str("---\n");
        }
        for line in document.comment.iter().flat_map(|comment| comment.lines()) {
            let line: String = line.chars().filter(|character| !is_hidden(*character)).collect();
            text.push_str(format!("# {line}").trim_end());
            text.push('\n');
        }
        for (name, value) in &document.fields {
            entry(text, name, value, 0);
        }
    }
    files.into_iter().map(|(path, text)| File { path: path.to_owned(), bytes: text.into_bytes() }).collect()
}

/// `name: value` at an indentation that is already written.
fn entry(text: &mut String, name: &str, value: &Value, indent: usize) {
    let name = word(name, true);
    text.push_str(&name);
    text.push(':');
    let room = WIDTH.saturating_sub(indent + name.len() + 2);
    match value {
        Value::Text(content) if is_literal(content) => literal(text, content, indent + 2),
        Value::List(items) if !fits(value, room) => list(text, items, indent + 2),
        Value::Map(entries) if !fits(value, room) || indent == 0 && entries.len() > 3 => {
            text.push('\n');
            block(text, entries, indent + 2, true);
        }
        _ => {
            text.push(' ');
            text.push_str(&inline(value, false));
            text.push('\n');
        }
    }
}

/// The entries of a mapping, one on each line; the first one may follow a dash.
fn block(text: &mut String, entries: &Map, indent: usize, first_indented: bool) {
    for (index, (name, value)) in entries.iter().enumerate() {
        if index > 0 || first_indented {
            text.push_str(&" ".repeat(indent));
        }
        entry(text, name, value, indent);
    }
}

/// The items of a list, one on each line.
fn list(text: &mut String, items: &[Value], indent: usize) {
    text.push('\n');
    for item in items {
        text.push_str(&" ".repeat(indent));
        text.push('-');
        let room = WIDTH.saturating_sub(indent + 2);
        match item {
            Value::Text(content) if is_literal(content) => literal(text, content, indent + 2),
            Value::Map(entries) if !fits(item, room) => {
                text.push(' ');
                block(text, entries, indent + 2, false);
            }
            Value::List(items) if !fits(item, room) => list(text, items, indent + 2),
            _ => {
                text.push(' ');
                text.push_str(&inline(item, false));
                text.push('\n');
            }
        }
    }
}

/// Whether a value is simple and short enough for one line.
fn fits(value: &Value, room: usize) -> bool {
    let scalar = |value: &Value| match value {
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        Value::Text(text) => !text.contains('\n'),
        _ => true,
    };
    let simple = match value {
        Value::List(items) => items.iter().all(scalar),
        Value::Map(entries) => entries.len() <= FEW_FIELDS && entries.values().all(scalar),
        _ => true,
    };
    simple && inline(value, false).chars().count() <= room
}

/// A value on one line.
fn inline(value: &Value, within_brackets: bool) -> String {
    match value {
        // A secret is never written down, and nothing in a document of ours points at a native object.
        Value::Null | Value::Secret(_) => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(digits) if plain(digits) == Content::Decimal(digits.clone()) => digits.clone(),
        Value::Decimal(text) | Value::Text(text) => word(text, within_brackets),
        Value::Reference(reference) => word(&reference.address.to_string(), within_brackets),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| inline(item, true)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(name, value)| format!("{}: {}", word(name, true), inline(value, true))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// Text as one word of YAML.
fn word(text: &str, within_brackets: bool) -> String {
    if needs_quotes(text, within_brackets) { quoted(text) } else { text.to_owned() }
}

fn needs_quotes(text: &str, within_brackets: bool) -> bool {
    // These are text for us, but a truth value for readers of older YAML.
    let ambiguous = ["y", "n", "yes", "no", "on", "off", "=", "<<"];
    let Some(first) = text.chars().next() else { return true };
    plain(text) != Content::Text(text.to_owned())
        || ambiguous.iter().any(|word| text.eq_ignore_ascii_case(word))
        || "-?:,[]{}#&*!|>'\"%@`.".contains(first)
        || first.is_whitespace()
        || text.ends_with(|last: char| last == ':' || last.is_whitespace())
        || text.contains(": ")
        || text.contains(" #")
        || (within_brackets && text.contains([',', '[', ']', '{', '}', ':']))
        || text.chars().any(|character| character.is_control() || is_hidden(character) || is_break(character))
}

fn is_break(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' | '\u{85}')
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            character if character.is_control() || is_hidden(character) || is_break(character) => {
                // Writing to text cannot fail.
                let _ = write!(quoted, "\\U{:08X}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether text of several lines can stand as it is, below a `|`.
fn is_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let line_is_plain = |line: &str| {
        !line.ends_with([' ', '\t'])
            && !line.starts_with('\t')
            && !line.chars().any(|character| character.is_control() || is_hidden(character) || is_break(character))
    };
    body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with(['\n', ' '])
        && body.split('\n').all(line_is_plain)
}

fn literal(text: &mut String, content: &str, indent: usize) {
    let body = content.strip_suffix('\n');
    text.push_str(if body.is_some() { " |\n" } else { " |-\n" });
    for line in body.unwrap_or(content).split('\n') {
        if !line.is_empty() {
            text.push_str(&" ".repeat(indent));
            text.push_str(line);
        }
        text.push('\n');
    }
}
