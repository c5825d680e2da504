//! Canonical values: what attributes hold, whatever kind or cloud they belong to.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};

use crate::Address;

/// Attributes by name, sorted.
pub type Map = BTreeMap<String, Value>;

/// One canonical value. Decimals keep their written digits, so that no amount is ever rounded.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, in its written form.
    Decimal(String),
    /// Text.
    Text(String),
    /// An ordered list. An attribute that is marked as a set is kept sorted.
    List(Vec<Value>),
    /// A map with sorted keys.
    Map(Map),
    /// A value that another resource has, or will have once it is born.
    Reference(Reference),
    /// A value that is never printed and never written down.
    Secret(Secret),
}

/// Points at an attribute of another resource; `id` is its native id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// The other resource.
    pub address: Address,
    /// Its attribute, or `id`.
    pub attribute: String,
}

/// Text that must not be shown: neither `Debug` nor serde give it away.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: only for putting it on the wire.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A reference to another resource's native id.
    pub fn id_of(address: Address) -> Self {
        Self::Reference(Reference { address, attribute: "id".to_owned() })
    }

    /// A reference to an attribute of another resource.
    pub fn attribute_of(address: Address, attribute: impl Into<String>) -> Self {
        Self::Reference(Reference { address, attribute: attribute.into() })
    }

    /// The text, if this is text.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if this is a whole number.
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The items, if this is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The entries, if this is a map.
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(entries) = self { Some(entries) } else { None }
    }

    /// The entry with this name, if this is a map that has it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_map().and_then(|entries| entries.get(name))
    }

    /// Calls `visit` for every reference within.
    pub fn references<'a>(&'a self, visit: &mut impl FnMut(&'a Reference)) {
        match self {
            Self::Reference(reference) => visit(reference),
            Self::List(items) => items.iter().for_each(|item| item.references(visit)),
            Self::Map(entries) => entries.values().for_each(|item| item.references(visit)),
            _ => {}
        }
    }

    /// This value with every reference replaced for which `known` has an answer.
    #[must_use]
    pub fn resolve(&self, known: &impl Fn(&Reference) -> Option<Value>) -> Value {
        match self {
            Self::Reference(reference) => known(reference).unwrap_or_else(|| self.clone()),
            Self::List(items) => Self::List(items.iter().map(|item| item.resolve(known)).collect()),
            Self::Map(entries) => {
                Self::Map(entries.iter().map(|(name, item)| (name.clone(), item.resolve(known))).collect())
            }
            other => other.clone(),
        }
    }

    /// Whether a reference is left within.
    pub fn is_open(&self) -> bool {
        let mut open = false;
        self.references(&mut |_| open = true);
        open
    }

    /// The value as JSON, with references and secrets in their written form.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or(serde_json::Value::Null)
    }

    /// Canonical value of a JSON value. Inverse of [`Value::to_json`] but for secrets.
    pub fn from_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => {
                number.as_i64().map_or_else(|| Self::Decimal(number.to_string()), Self::Int)
            }
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::from_json).collect()),
            serde_json::Value::Object(entries) => {
                if entries.len() == 1
                    && let Some(written) = entries.get("$reference")
                    && let Ok(reference) = serde_json::from_value(written.clone())
                {
                    return Self::Reference(reference);
                }
                Self::Map(entries.iter().map(|(name, item)| (name.clone(), Self::from_json(item))).collect())
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Decimal(digits) => match serde_json::from_str::<serde_json::Number>(digits) {
                Ok(number) => number.serialize(serializer),
                Err(_) => serializer.serialize_str(digits),
            },
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Map(entries) => entries.serialize(serializer),
            Self::Reference(reference) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("$reference", reference)?;
                map.end()
            }
            Self::Secret(_) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("$secret", &true)?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_json(&serde_json::Value::deserialize(deserializer)?))
    }
}
