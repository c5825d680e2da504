//! Parameters: what may differ from place to place, with bounds.

use std::cmp::Ordering;

use polity_model::{
    Origin,
    facet::{self, Datum},
    written::Written,
};

use super::reader::Reader;
use crate::{
    types::Type,
    value::{Truth, Value},
    words::quoted_list,
};

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// What it is.
    pub ty: ParamType,
    /// Its value where none is given; without one it has to be given.
    pub default: Option<Value>,
    /// Least value, included.
    pub min: Option<Value>,
    /// Greatest value, included.
    pub max: Option<Value>,
    /// The texts that it may be; any if empty.
    pub one_of: Vec<String>,
    /// Which way is stricter; without one nothing below may change it.
    pub stricter: Option<Stricter>,
    /// One sentence.
    pub doc: Option<String>,
    /// Where it is declared.
    pub origin: Origin,
}

/// What a parameter can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamType {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Double,
    /// Text.
    Text,
    /// A length of time.
    Duration,
    /// A list of texts.
    Texts,
    /// A list of whole numbers.
    Ints,
}

/// Which way a parameter is stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stricter {
    /// The less the stricter; of a list: the fewer.
    Less,
    /// The more the stricter.
    More,
}

const TYPES: &[(&str, ParamType)] = &[
    ("bool", ParamType::Bool),
    ("int", ParamType::Int),
    ("double", ParamType::Double),
    ("text", ParamType::Text),
    ("duration", ParamType::Duration),
    ("texts", ParamType::Texts),
    ("ints", ParamType::Ints),
];

const FIELDS: &[&str] = &["type", "default", "min", "max", "one_of", "stricter", "doc"];

impl ParamType {
    /// Its type in assertions.
    pub fn ty(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Int => Type::Int,
            Self::Double => Type::Double,
            Self::Text => Type::Text,
            Self::Duration => Type::Duration,
            Self::Texts => Type::list(Type::Text),
            Self::Ints => Type::list(Type::Int),
        }
    }

    fn declared(self) -> facet::Type {
        match self {
            Self::Bool => facet::Type::Bool,
            Self::Int => facet::Type::Int,
            Self::Double => facet::Type::Double,
            Self::Text => facet::Type::Text,
            Self::Duration => facet::Type::Duration,
            Self::Texts => facet::Type::List(Box::new(facet::Type::Text)),
            Self::Ints => facet::Type::List(Box::new(facet::Type::Int)),
        }
    }
}

impl Param {
    /// Declares a parameter.
    pub(super) fn declare(reader: &mut Reader, name: &str, written: &Written) -> Option<Self> {
        let of = format!("the parameter `{name}`");
        reader.record(written, &of, FIELDS)?;
        let Some(ty) = written.get("type") else {
            let help = format!("write `type:` with {}", quoted_list(TYPES.iter().map(|(word, _)| *word)));
            reader.wrong("missing-field", &written.origin, format!("{of} needs the field `type`"), help);
            return None;
        };
        let ty = reader.word(&ty.value, "type", TYPES)?;
        let mut param = Self {
            ty,
            default: None,
            min: None,
            max: None,
            one_of: Vec::new(),
            stricter: None,
            doc: reader.optional(written, "doc"),
            origin: written.origin.clone(),
        };
        if let Some(entry) = written.get("one_of") {
            for item in reader.several(&entry.value) {
                param.one_of.extend(reader.text(item, "one_of"));
            }
        }
        if let Some(entry) = written.get("stricter") {
            param.stricter =
                reader.word(&entry.value, "stricter", &[("less", Stricter::Less), ("more", Stricter::More)]);
        }
        // Bounds first: the default has to keep them.
        for bound in ["min", "max"] {
            let Some(entry) = written.get(bound) else { continue };
            let ordered = matches!(ty, ParamType::Int | ParamType::Double | ParamType::Duration);
            let value = if ordered { plain(ty, &entry.value) } else { None };
            if value.is_none() {
                let message = format!("`{bound}` is no bound of {of}");
                reader.wrong(
                    "wrong-type",
                    &entry.value.origin,
                    message,
                    "bounds are for numbers and durations, of the same type",
                );
            }
            if bound == "min" { param.min = value } else { param.max = value }
        }
        if let (Some(min), Some(max)) = (&param.min, &param.max)
            && min.order(max) == Some(Ordering::Greater)
        {
            reader.wrong(
                "empty-range",
                &written.origin,
                format!("{of} has no value between its bounds"),
                "exchange `min` and `max`",
            );
        }
        if let Some(entry) = written.get("default") {
            param.default = param.read(reader, name, &entry.value);
        }
        Some(param)
    }

    /// Reads a value for this parameter; what is wrong with it is in the reader.
    pub(super) fn read(&self, reader: &mut Reader, name: &str, written: &Written) -> Option<Value> {
        let Some(value) = plain(self.ty, written) else {
            let wanted = self.ty.declared().called();
            let message = format!("the parameter `{name}` is {wanted}");
            reader.wrong("wrong-type", &written.origin, message, self.range());
            return None;
        };
        if !self.allows(&value) {
            let message = format!("this value of the parameter `{name}` is out of range");
            reader.wrong("out-of-range", &written.origin, message, self.range());
            return None;
        }
        Some(value)
    }

    /// Whether a value keeps the bounds.
    pub fn allows(&self, value: &Value) -> bool {
        let within = |bound: &Option<Value>, wrong: Ordering| {
            bound.as_ref().is_none_or(|bound| value.order(bound).is_some_and(|order| order != wrong))
        };
        let known = |value: &Value| match value {
            Value::Text(text) => self.one_of.is_empty() || self.one_of.iter().any(|one| one.as_str() == &**text),
            _ => true,
        };
        let words = match value {
            Value::List(items) => items.iter().all(known),
            one => known(one),
        };
        let finite = !matches!(value, Value::Double(number) if !number.is_finite());
        finite && words && within(&self.min, Ordering::Less) && within(&self.max, Ordering::Greater)
    }

    /// Whether `below` asks at least as much as `above`: further down a parameter can be tightened, not weakened.
    pub fn tightens(&self, above: &Value, below: &Value) -> bool {
        if above.equal(below) == Truth::True {
            return true;
        }
        let Some(stricter) = self.stricter else { return false };
        let holds = |outer: &Value, inner: &Value| match (outer, inner) {
            (Value::List(outer), Value::List(inner)) => {
                inner.iter().all(|item| outer.iter().any(|other| other.equal(item) == Truth::True))
            }
            (outer, inner) => self.order(inner, outer).is_some_and(Ordering::is_le),
        };
        match stricter {
            Stricter::Less => holds(above, below),
            Stricter::More => holds(below, above),
        }
    }

    /// Whether two values ask for the same: of lists that get stricter the order does not matter.
    pub(crate) fn same(&self, one: &Value, other: &Value) -> bool {
        self.tightens(one, other) && self.tightens(other, one)
    }

    /// Words that are listed are in the order in which they are; all else in its own.
    fn order(&self, one: &Value, other: &Value) -> Option<Ordering> {
        let rank = |value: &Value| match value {
            Value::Text(text) => self.one_of.iter().position(|word| word.as_str() == &**text),
            _ => None,
        };
        match (rank(one), rank(other)) {
            (Some(one), Some(other)) => Some(one.cmp(&other)),
            _ => one.order(other),
        }
    }

    /// The least strict value that is as strict as both: of two lists what they share, or all of both. `None` where there is
    /// none: neither is stricter, or what they share is nothing.
    pub fn stricter_of(&self, one: &Value, other: &Value) -> Option<Value> {
        if self.tightens(one, other) {
            return Some(other.clone());
        }
        if self.tightens(other, one) {
            return Some(one.clone());
        }
        let (Value::List(one), Value::List(other)) = (one, other) else { return None };
        let has = |list: &[Value], item: &Value| list.iter().any(|known| known.is(item));
        match self.stricter? {
            Stricter::Less => {
                let both: Vec<Value> = one.iter().filter(|item| has(other, item)).cloned().collect();
                // A list that is empty unless somebody fills it, such as of those who are let off, may well end empty; one of
                // what is allowed would then allow nothing at all.
                (!both.is_empty() || self.may_be_empty()).then(|| Value::list(both))
            }
            Stricter::More => {
                let further = other.iter().filter(|item| !has(one, item));
                Some(Value::list(one.iter().chain(further).cloned().collect()))
            }
        }
    }

    fn may_be_empty(&self) -> bool {
        matches!(&self.default, Some(Value::List(items)) if items.is_empty())
    }

    /// What it may be, for a help.
    fn range(&self) -> String {
        match (&self.min, &self.max) {
            (Some(min), Some(max)) => format!("it goes from {min} to {max}"),
            (Some(min), None) => format!("it is at least {min}"),
            (None, Some(max)) => format!("it is at most {max}"),
            (None, None) if !self.one_of.is_empty() => {
                format!("it is {}", quoted_list(self.one_of.iter().map(String::as_str)))
            }
            (None, None) => format!("write {}", self.ty.declared().called()),
        }
    }
}

/// A written value of this type, bounds apart.
fn plain(ty: ParamType, written: &Written) -> Option<Value> {
    fn value(datum: Datum) -> Value {
        match datum {
            Datum::Bool(value) => Value::Bool(value),
            Datum::Int(value) => Value::Int(value),
            Datum::Double(value) => Value::Double(value),
            Datum::Text(text) => Value::text(&text),
            Datum::Duration(micros) => Value::Duration(i128::from(micros) * 1000),
            Datum::List(items) => Value::list(items.into_iter().map(value).collect()),
            // No parameter has these types.
            _ => Value::Null,
        }
    }
    ty.declared().read(&written.value()).ok().map(value)
}
