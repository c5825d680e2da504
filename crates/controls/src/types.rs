//! The types of the language.

use std::sync::Arc;

use polity_model::facet::{self, Field};

/// What a part of an assertion is.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// The items of an empty list: fits everything.
    Never,
    /// `null`.
    Null,
    /// A condition.
    Bool,
    /// A whole number.
    Int,
    /// A whole number without sign.
    Uint,
    /// A number with a fraction.
    Double,
    /// Text.
    Text,
    /// Text that is one of these words.
    Word(&'static [&'static str]),
    /// Bytes.
    Bytes,
    /// A moment.
    Timestamp,
    /// A length of time.
    Duration,
    /// A list.
    List(Arc<Type>),
    /// A map.
    Map(Arc<Type>, Arc<Type>),
    /// Named fields.
    Record(&'static [Field]),
}

impl Type {
    /// The type of a declared field.
    pub fn of(declared: &'static facet::Type) -> Self {
        match declared {
            facet::Type::Bool => Self::Bool,
            facet::Type::Int => Self::Int,
            facet::Type::Double => Self::Double,
            facet::Type::Text => Self::Text,
            facet::Type::Word(words) => Self::Word(words),
            facet::Type::Timestamp => Self::Timestamp,
            facet::Type::Duration => Self::Duration,
            facet::Type::List(item) => Self::list(Self::of(item)),
            facet::Type::Map(item) => Self::Map(Arc::new(Self::Text), Arc::new(Self::of(item))),
            facet::Type::Record(fields) => Self::Record(fields),
        }
    }

    pub(crate) fn list(item: Self) -> Self {
        Self::List(Arc::new(item))
    }

    /// What this is, in the words of the messages.
    pub fn called(&self) -> String {
        match self {
            Self::Never => "nothing".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Bool => "a condition".to_owned(),
            Self::Int => "a whole number".to_owned(),
            Self::Uint => "a whole number without sign".to_owned(),
            Self::Double => "a number with a fraction".to_owned(),
            Self::Text | Self::Word(_) => "text".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Timestamp => "a moment".to_owned(),
            Self::Duration => "a length of time".to_owned(),
            Self::List(item) => match item.as_ref() {
                Self::Never => "an empty list".to_owned(),
                item => format!("a list of {}", item.plural()),
            },
            Self::Map(_, item) => match item.as_ref() {
                Self::Never => "an empty map".to_owned(),
                item => format!("a map of {}", item.plural()),
            },
            Self::Record(_) => "a record".to_owned(),
        }
    }

    fn plural(&self) -> String {
        match self {
            Self::Bool => "conditions".to_owned(),
            Self::Int | Self::Uint => "whole numbers".to_owned(),
            Self::Double => "numbers".to_owned(),
            Self::Text | Self::Word(_) => "texts".to_owned(),
            Self::Timestamp => "moments".to_owned(),
            Self::Duration => "lengths of time".to_owned(),
            Self::List(_) => "lists".to_owned(),
            Self::Map(..) => "maps".to_owned(),
            Self::Record(_) => "records".to_owned(),
            other => other.called(),
        }
    }

    /// The type that both are, if there is one.
    pub(crate) fn join(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (Self::Never, same) | (same, Self::Never) => same.clone(),
            (Self::Word(a), Self::Word(b)) if a == b => self.clone(),
            (Self::Text | Self::Word(_), Self::Text | Self::Word(_)) => Self::Text,
            (Self::List(a), Self::List(b)) => Self::list(a.join(b)?),
            (Self::Map(a, x), Self::Map(b, y)) => Self::Map(Arc::new(a.join(b)?), Arc::new(x.join(y)?)),
            (Self::Record(a), Self::Record(b)) => std::ptr::eq(*a, *b).then(|| self.clone())?,
            (a, b) => (a == b).then(|| a.clone())?,
        })
    }

    /// Whether a value of this type can stand where `wanted` is asked for.
    pub(crate) fn fits(&self, wanted: &Self) -> bool {
        self.join(wanted).is_some_and(|both| both == *wanted)
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Uint | Self::Double)
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Word(_))
    }

    /// Whether values of this type have an order.
    pub(crate) fn is_ordered(&self) -> bool {
        matches!(
            self,
            Self::Never
                | Self::Bool
                | Self::Int
                | Self::Uint
                | Self::Double
                | Self::Text
                | Self::Word(_)
                | Self::Bytes
                | Self::Timestamp
                | Self::Duration
        )
    }
}
