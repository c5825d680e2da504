//! Values of the language while it is evaluated, and why some of them are not known.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use polity_model::facet::Reason;
use serde::{Deserialize, Serialize};

/// One thing that is not known, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// The field (`resource.image.owner`), or the words of the assertion that have no value (`a / b`).
    pub at: String,
    /// Why.
    pub reason: Reason,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.at, self.reason)
    }
}

/// All that keeps a value from being known. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Causes(Arc<BTreeSet<Cause>>);

impl Causes {
    /// One cause.
    pub fn one(at: impl Into<String>, reason: Reason) -> Self {
        Self(Arc::new(BTreeSet::from([Cause { at: at.into(), reason }])))
    }

    /// The causes, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &Cause> {
        self.0.iter()
    }

    /// Those of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        if Arc::ptr_eq(&self.0, &other.0) || other.0.is_subset(&self.0) {
            return self.clone();
        }
        if self.0.is_subset(&other.0) {
            return other.clone();
        }
        Self(Arc::new(self.0.union(&other.0).cloned().collect()))
    }
}

/// What an assertion comes to, in the logic of Kleene: what is not known is neither true nor false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It cannot be said, for these causes.
    Unknown(Causes),
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Truth {
    pub(crate) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            unknown => unknown,
        }
    }
}

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// A field that is not there.
    Absent,
    /// Not known.
    Unknown(Causes),
    /// The null of CEL; no facet has it.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number without sign.
    Uint(u64),
    /// A number with a fraction.
    Double(f64),
    /// Text.
    Text(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A moment, in nanoseconds since 1970.
    Timestamp(i128),
    /// A length of time, in nanoseconds.
    Duration(i128),
    /// A list.
    List(Arc<[Value]>),
    /// A map.
    Map(Arc<BTreeMap<Key, Value>>),
    /// The fields of a record, in their order.
    Record(Arc<[Value]>),
}

/// The key of a map. A whole number is the same key with and without sign.
#[derive(Clone, Debug)]
pub enum Key {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number without sign.
    Uint(u64),
    /// Text.
    Text(Arc<str>),
}

impl Key {
    fn number(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some(i128::from(*value)),
            Self::Uint(value) => Some(i128::from(*value)),
            _ => None,
        }
    }

    /// The key that a value is.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Uint(value) => Self::Uint(*value),
            Value::Text(value) => Self::Text(value.clone()),
            _ => return None,
        })
    }

    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Uint(value) => Value::Uint(*value),
            Self::Text(value) => Value::Text(value.clone()),
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Bool(_), _) => Ordering::Less,
            (_, Self::Bool(_)) => Ordering::Greater,
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Text(_), _) => Ordering::Greater,
            (_, Self::Text(_)) => Ordering::Less,
            (a, b) => a.number().cmp(&b.number()),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key {}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self::List(items.into())
    }

    /// This as the outcome of a condition.
    pub(crate) fn truth(self) -> Truth {
        match self {
            Self::Bool(value) => value.into(),
            Self::Unknown(causes) => Truth::Unknown(causes),
            // The checker lets only conditions through.
            _ => Truth::Unknown(Causes::one("", Reason::Undefined("this is not a condition".to_owned()))),
        }
    }

    /// Whether two values are the same. Numbers are compared by what they stand for; what is not known within makes the
    /// answer unknown, unless something else already decides it.
    pub(crate) fn equal(&self, other: &Self) -> Truth {
        match (self, other) {
            (Self::Unknown(a), Self::Unknown(b)) => Truth::Unknown(a.and(b)),
            (Self::Unknown(causes), _) | (_, Self::Unknown(causes)) => Truth::Unknown(causes.clone()),
            (Self::List(a), Self::List(b)) | (Self::Record(a), Self::Record(b)) => {
                if a.len() != b.len() {
                    return Truth::False;
                }
                all(a.iter().zip(b.iter()).map(|(a, b)| a.equal(b)))
            }
            (Self::Map(a), Self::Map(b)) => {
                if a.len() != b.len() || a.keys().zip(b.keys()).any(|(a, b)| a != b) {
                    return Truth::False;
                }
                all(a.values().zip(b.values()).map(|(a, b)| a.equal(b)))
            }
            (Self::Absent, Self::Absent) | (Self::Null, Self::Null) => Truth::True,
            (Self::Bytes(a), Self::Bytes(b)) => (a == b).into(),
            (a, b) => (a.order(b) == Some(Ordering::Equal)).into(),
        }
    }

    /// Whether two values are known to be the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.equal(other) == Truth::True
    }

    /// Which of two values comes first; `None` where none does.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Bytes(a), Self::Bytes(b)) => Some(a.cmp(b)),
            (Self::Timestamp(a), Self::Timestamp(b)) | (Self::Duration(a), Self::Duration(b)) => Some(a.cmp(b)),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(b),
            (Self::Double(a), b) => b.whole().and_then(|b| order_mixed(b, *a)).map(Ordering::reverse),
            (a, Self::Double(b)) => a.whole().and_then(|a| order_mixed(a, *b)),
            (a, b) => Some(a.whole()?.cmp(&b.whole()?)),
        }
    }

    fn whole(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some(i128::from(*value)),
            Self::Uint(value) => Some(i128::from(*value)),
            _ => None,
        }
    }
}

/// Compares a whole number with a double by what they stand for, without rounding either.
fn order_mixed(whole: i128, double: f64) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    // Beyond 2^65 every double is greater than any number of 64 bits; below, its whole part is exact.
    if double.abs() >= 36_893_488_147_419_103_232.0 {
        return Some(if double > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    #[allow(clippy::cast_possible_truncation)]
    let trunc = double.trunc() as i128;
    Some(whole.cmp(&trunc).then_with(|| 0.0_f64.total_cmp(&(double.fract() + 0.0))))
}

/// Whether all of these hold.
pub(crate) fn all(parts: impl Iterator<Item = Truth>) -> Truth {
    let mut causes: Option<Causes> = None;
    for part in parts {
        match part {
            Truth::True => {}
            Truth::False => return Truth::False,
            Truth::Unknown(more) => causes = Some(causes.map_or(more.clone(), |known| known.and(&more))),
        }
    }
    causes.map_or(Truth::True, Truth::Unknown)
}

/// Whether one of these holds.
pub(crate) fn any(parts: impl Iterator<Item = Truth>) -> Truth {
    all(parts.map(Truth::not)).not()
}

impl From<Truth> for Value {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::True => Self::Bool(true),
            Truth::False => Self::Bool(false),
            Truth::Unknown(causes) => Self::Unknown(causes),
        }
    }
}

/// The same value in every respect: for comparing trees, not for the language.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unknown(a), Self::Unknown(b)) => a == b,
            (Self::Int(_), Self::Int(_)) | (Self::Uint(_), Self::Uint(_)) => self.equal(other) == Truth::True,
            (Self::Double(a), Self::Double(b)) => a.to_bits() == b.to_bits(),
            (Self::Int(_) | Self::Uint(_) | Self::Double(_), _) => false,
            (Self::List(a), Self::List(b)) | (Self::Record(a), Self::Record(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a == b,
            _ => self.equal(other) == Truth::True,
        }
    }
}
