//! What is known of one resource, in the order of its facet's fields.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Facet, Misfit};

/// Why something is not known. An unknown is never a pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Nobody read it.
    NotCollected,
    /// We may not read it.
    Denied {
        /// The permission that is missing.
        permission: String,
    },
    /// The cloud does not say.
    NotInApi,
    /// It will be known when what it depends on is there.
    AfterApply,
    /// It has no value: a division by zero, an index past the end. The text says what went wrong.
    Undefined(String),
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotCollected => f.write_str("not collected"),
            Self::Denied { permission } => write!(f, "the permission `{permission}` is missing"),
            Self::NotInApi => f.write_str("the cloud does not say"),
            Self::AfterApply => f.write_str("known only after apply"),
            Self::Undefined(what) => f.write_str(what),
        }
    }
}

/// One value of a facet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Datum {
    /// It is not there; only for fields that may be absent.
    Absent,
    /// Not known.
    Unknown(Reason),
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Double(f64),
    /// Text, and words.
    Text(Box<str>),
    /// A moment, in microseconds since 1970.
    Timestamp(i64),
    /// A length of time, in microseconds.
    Duration(i64),
    /// A list.
    List(Vec<Datum>),
    /// A map.
    Map(BTreeMap<String, Datum>),
    /// The fields of a record, in their order.
    Record(Vec<Datum>),
}

impl Datum {
    /// Not known because the permission is missing.
    pub fn denied(permission: impl Into<String>) -> Self {
        Self::Unknown(Reason::Denied { permission: permission.into() })
    }

    /// A value, or absent.
    pub fn maybe(value: Option<impl Into<Self>>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }

    /// A map of texts: tags.
    pub fn texts<K: Into<String>, V: Into<String>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.into(), value.into().into())).collect())
    }
}

impl From<bool> for Datum {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Datum {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Datum {
    fn from(value: f64) -> Self {
        Self::Double(value)
    }
}

impl From<&str> for Datum {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Datum {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<Timestamp> for Datum {
    fn from(value: Timestamp) -> Self {
        Self::Timestamp(value.as_microsecond())
    }
}

impl From<Reason> for Datum {
    fn from(reason: Reason) -> Self {
        Self::Unknown(reason)
    }
}

impl<T: Into<Datum>> From<Vec<T>> for Datum {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

/// A row of a facet: one value per field. Made by [`Row::of`], so that what nobody set is unknown and never guessed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Name of the facet.
    pub facet: String,
    /// In the order of its fields.
    pub values: Vec<Datum>,
}

/// A row in the making.
#[derive(Clone, Debug)]
pub struct Draft<'f> {
    facet: &'f Facet,
    values: Vec<Datum>,
    misfit: Option<Misfit>,
}

impl Row {
    /// Begins a row of which nothing is known yet.
    pub fn of(facet: &Facet) -> Draft<'_> {
        let values = vec![Datum::Unknown(Reason::NotCollected); facet.fields.len()];
        Draft { facet, values, misfit: None }
    }

    /// The value of this field.
    pub fn get(&self, facet: &Facet, name: &str) -> Option<&Datum> {
        self.values.get(facet.field(name)?.0)
    }
}

impl Draft<'_> {
    /// Sets a field. A name that the facet does not have, or a value of another type, is told by [`Draft::finish`].
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<Datum>) -> Self {
        let value = value.into();
        match self.facet.field(name) {
            Some((index, field)) => match field.fits(&value) {
                Ok(()) => {
                    if let Some(slot) = self.values.get_mut(index) {
                        *slot = value;
                    }
                }
                Err(misfit) => self.misfit = self.misfit.or(Some(misfit)),
            },
            None => {
                let message = format!("`{}` has no field `{name}`", self.facet.name);
                self.misfit = self.misfit.or(Some(Misfit { path: vec![name.to_owned()], message }));
            }
        }
        self
    }

    /// Sets every field of which nothing is known yet to this reason.
    #[must_use]
    pub fn rest(mut self, reason: &Reason) -> Self {
        for value in &mut self.values {
            if *value == Datum::Unknown(Reason::NotCollected) {
                *value = Datum::Unknown(reason.clone());
            }
        }
        self
    }

    /// The row, or the first thing that did not fit.
    pub fn finish(self) -> Result<Row, Misfit> {
        self.misfit.map_or_else(|| Ok(Row { facet: self.facet.name.to_owned(), values: self.values }), Err)
    }
}
