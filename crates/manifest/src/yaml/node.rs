//! A value of a YAML document and its place.

use polity_model::{Map, Value};

/// A place within one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    /// Line, from 1.
    pub(crate) line: u32,
    /// Column in characters, from 1.
    pub(crate) column: u32,
    /// First byte.
    pub(crate) start: u32,
    /// Byte behind the last one.
    pub(crate) end: u32,
}

/// What is written there. The checker replaces what people write (`8h`) by its canonical value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Null,
    Bool(bool),
    Int(i64),
    Decimal(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// A whole value that came from elsewhere: a document in a file of its own.
    Value(Value),
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) content: Content,
}

/// A key, its place and its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) node: Node,
}

impl Node {
    /// The text, if this is text.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Content::Text(text) = &self.content { Some(text) } else { None }
    }

    /// What this is, in the words of the messages.
    pub(crate) fn described(&self) -> &'static str {
        match &self.content {
            Content::Null => "nothing",
            Content::Bool(_) => "a truth value",
            Content::Int(_) => "a whole number",
            Content::Decimal(_) => "a number",
            Content::Text(_) => "text",
            Content::List(_) => "a list",
            Content::Map(_) => "a mapping",
            Content::Value(_) => "a document",
        }
    }

    /// The place to underline: all of a value on one line, else where it begins.
    pub(crate) fn head(&self) -> Span {
        match &self.content {
            Content::Map(entries) => match (entries.first(), entries.last()) {
                (Some(first), Some(last)) if last.node.span.line != first.key_span.line => first.key_span,
                _ => self.span,
            },
            Content::List(items) => match (items.first(), items.last()) {
                (Some(first), Some(last)) if last.span.line != first.span.line => first.head(),
                _ => self.span,
            },
            _ => self.span,
        }
    }

    /// The canonical value, without its place.
    pub(crate) fn into_value(self) -> Value {
        match self.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(value),
            Content::Int(number) => Value::Int(number),
            Content::Decimal(digits) => Value::Decimal(digits),
            Content::Text(text) => Value::Text(text),
            Content::List(items) => Value::List(items.into_iter().map(Self::into_value).collect()),
            Content::Map(entries) => Value::Map(into_map(entries)),
            Content::Value(value) => value,
        }
    }
}

/// The canonical map of these entries.
pub(crate) fn into_map(entries: Vec<Entry>) -> Map {
    entries.into_iter().map(|entry| (entry.key, entry.node.into_value())).collect()
}
