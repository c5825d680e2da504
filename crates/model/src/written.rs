//! A document as it was written, each value with its place: what a reader of YAML hands to those who know what it means.

use crate::{Map, Origin, Value};

/// A written value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where it stands.
    pub origin: Origin,
    /// What stands there.
    pub content: Content,
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// `null`, or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, as written.
    Decimal(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Written>),
    /// Entries, in the order written; no key twice.
    Map(Vec<Entry>),
}

/// A key, its place and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_origin: Origin,
    /// The value.
    pub value: Written,
}

impl Written {
    /// The text, if this is text.
    pub fn text(&self) -> Option<&str> {
        if let Content::Text(text) = &self.content { Some(text) } else { None }
    }

    /// The entries, if this is a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        if let Content::Map(entries) = &self.content { Some(entries) } else { None }
    }

    /// The entry with this key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| entry.key == key)
    }

    /// What lies at this path of keys and indexes, or the last part of it that is there.
    pub fn deepest(&self, path: &[String]) -> &Self {
        let Some((first, rest)) = path.split_first() else { return self };
        let below = match &self.content {
            Content::List(items) => first.parse().ok().and_then(|index: usize| items.get(index)),
            _ => self.get(first).map(|entry| &entry.value),
        };
        below.map_or(self, |below| below.deepest(rest))
    }

    /// The value, without its places.
    pub fn value(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Int(number) => Value::Int(*number),
            Content::Decimal(digits) => Value::Decimal(digits.clone()),
            Content::Text(text) => Value::Text(text.clone()),
            Content::List(items) => Value::List(items.iter().map(Self::value).collect()),
            Content::Map(entries) => {
                let entries: Map = entries.iter().map(|entry| (entry.key.clone(), entry.value.value())).collect();
                Value::Map(entries)
            }
        }
    }

    /// A value that was not written by hand, all of it at one place.
    pub fn of(value: &Value, origin: &Origin) -> Self {
        let content = match value {
            Value::Null => Content::Null,
            Value::Bool(value) => Content::Bool(*value),
            Value::Int(number) => Content::Int(*number),
            Value::Decimal(digits) => Content::Decimal(digits.clone()),
            Value::Text(text) => Content::Text(text.clone()),
            Value::List(items) => Content::List(items.iter().map(|item| Self::of(item, origin)).collect()),
            Value::Map(entries) => Content::Map(
                entries
                    .iter()
                    .map(|(key, value)| Entry {
                        key: key.clone(),
                        key_origin: origin.clone(),
                        value: Self::of(value, origin),
                    })
                    .collect(),
            ),
            // Neither is ever written in such a document.
            Value::Reference(_) | Value::Secret(_) => Content::Null,
        };
        Self { origin: origin.clone(), content }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_part_of_a_path() {
        let json = serde_json::json!({"a": [{"b": 1}, 2]});
        let written = Written::of(&Value::from_json(&json), &Origin::file("x.yaml"));
        let at =
            |path: &[&str]| written.deepest(&path.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>()).value();
        assert_eq!(at(&["a", "0", "b"]), Value::Int(1));
        assert_eq!(at(&["a", "1", "b"]), Value::Int(2));
        assert_eq!(at(&["c"]), written.value());
        assert_eq!(written.value().to_json(), json);
    }
}
