//! Every function: how it is written, what it takes, what it gives.

use std::sync::Arc;

use crate::types::Type;

/// What is done. Operators are functions too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Function {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Negate,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Size,
    Contains,
    StartsWith,
    EndsWith,
    LowerAscii,
    UpperAscii,
    Trim,
    CharAt,
    IndexOf,
    LastIndexOf,
    Substring,
    Replace,
    Split,
    Join,
    Reverse,
    Quote,
    ToBool,
    ToInt,
    ToUint,
    ToDouble,
    ToText,
    ToBytes,
    ToTimestamp,
    ToDuration,
    FullYear,
    Month,
    DayOfMonth,
    Date,
    DayOfWeek,
    DayOfYear,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
    Greatest,
    Least,
    Ceil,
    Floor,
    Round,
    Trunc,
    Abs,
    Sign,
    IsNan,
    IsInf,
    IsFinite,
    BitAnd,
    BitOr,
    BitXor,
    BitNot,
    BitShiftLeft,
    BitShiftRight,
}

/// What an argument may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    Timestamp,
    Duration,
    Texts,
    AnyList,
    AnyMap,
}

impl Takes {
    pub(crate) fn ty(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Int => Type::Int,
            Self::Uint => Type::Uint,
            Self::Double => Type::Double,
            Self::Text => Type::Text,
            Self::Bytes => Type::Bytes,
            Self::Timestamp => Type::Timestamp,
            Self::Duration => Type::Duration,
            Self::Texts => Type::list(Type::Text),
            Self::AnyList => Type::list(Type::Never),
            Self::AnyMap => Type::Map(Arc::new(Type::Never), Arc::new(Type::Never)),
        }
    }

    pub(crate) fn takes(self, given: &Type) -> bool {
        match self {
            Self::AnyList => matches!(given, Type::List(_)),
            Self::AnyMap => matches!(given, Type::Map(..)),
            other => given.fits(&other.ty()),
        }
    }

    pub(crate) fn called(self) -> String {
        match self {
            Self::AnyList => "a list".to_owned(),
            Self::AnyMap => "a map".to_owned(),
            other => other.ty().called(),
        }
    }
}

/// One way to call a function.
pub(crate) struct Signature {
    /// As written: `size`, `math.ceil`.
    pub(crate) name: &'static str,
    /// Whether it is called on its first argument: `text.contains(..)`.
    pub(crate) method: bool,
    pub(crate) takes: &'static [Takes],
    pub(crate) gives: Takes,
    pub(crate) function: Function,
}

const fn call(name: &'static str, takes: &'static [Takes], gives: Takes, function: Function) -> Signature {
    Signature { name, method: false, takes, gives, function }
}

const fn method(name: &'static str, takes: &'static [Takes], gives: Takes, function: Function) -> Signature {
    Signature { name, method: true, takes, gives, function }
}

use Function as F;
use Takes as T;

/// All functions but those whose result depends on their arguments in other ways (`math.greatest`).
pub(crate) const SIGNATURES: &[Signature] = &[
    call("size", &[T::Text], T::Int, F::Size),
    call("size", &[T::Bytes], T::Int, F::Size),
    call("size", &[T::AnyList], T::Int, F::Size),
    call("size", &[T::AnyMap], T::Int, F::Size),
    method("size", &[T::Text], T::Int, F::Size),
    method("size", &[T::Bytes], T::Int, F::Size),
    method("size", &[T::AnyList], T::Int, F::Size),
    method("size", &[T::AnyMap], T::Int, F::Size),
    method("contains", &[T::Text, T::Text], T::Bool, F::Contains),
    method("startsWith", &[T::Text, T::Text], T::Bool, F::StartsWith),
    method("endsWith", &[T::Text, T::Text], T::Bool, F::EndsWith),
    method("lowerAscii", &[T::Text], T::Text, F::LowerAscii),
    method("upperAscii", &[T::Text], T::Text, F::UpperAscii),
    method("trim", &[T::Text], T::Text, F::Trim),
    method("charAt", &[T::Text, T::Int], T::Text, F::CharAt),
    method("indexOf", &[T::Text, T::Text], T::Int, F::IndexOf),
    method("indexOf", &[T::Text, T::Text, T::Int], T::Int, F::IndexOf),
    method("lastIndexOf", &[T::Text, T::Text], T::Int, F::LastIndexOf),
    method("lastIndexOf", &[T::Text, T::Text, T::Int], T::Int, F::LastIndexOf),
    method("substring", &[T::Text, T::Int], T::Text, F::Substring),
    method("substring", &[T::Text, T::Int, T::Int], T::Text, F::Substring),
    method("replace", &[T::Text, T::Text, T::Text], T::Text, F::Replace),
    method("replace", &[T::Text, T::Text, T::Text, T::Int], T::Text, F::Replace),
    method("split", &[T::Text, T::Text], T::Texts, F::Split),
    method("split", &[T::Text, T::Text, T::Int], T::Texts, F::Split),
    method("join", &[T::Texts], T::Text, F::Join),
    method("join", &[T::Texts, T::Text], T::Text, F::Join),
    method("reverse", &[T::Text], T::Text, F::Reverse),
    call("strings.quote", &[T::Text], T::Text, F::Quote),
    call("bool", &[T::Bool], T::Bool, F::ToBool),
    call("bool", &[T::Text], T::Bool, F::ToBool),
    call("int", &[T::Int], T::Int, F::ToInt),
    call("int", &[T::Uint], T::Int, F::ToInt),
    call("int", &[T::Double], T::Int, F::ToInt),
    call("int", &[T::Text], T::Int, F::ToInt),
    call("int", &[T::Timestamp], T::Int, F::ToInt),
    call("uint", &[T::Uint], T::Uint, F::ToUint),
    call("uint", &[T::Int], T::Uint, F::ToUint),
    call("uint", &[T::Double], T::Uint, F::ToUint),
    call("uint", &[T::Text], T::Uint, F::ToUint),
    call("double", &[T::Double], T::Double, F::ToDouble),
    call("double", &[T::Int], T::Double, F::ToDouble),
    call("double", &[T::Uint], T::Double, F::ToDouble),
    call("double", &[T::Text], T::Double, F::ToDouble),
    call("string", &[T::Text], T::Text, F::ToText),
    call("string", &[T::Bool], T::Text, F::ToText),
    call("string", &[T::Int], T::Text, F::ToText),
    call("string", &[T::Uint], T::Text, F::ToText),
    call("string", &[T::Double], T::Text, F::ToText),
    call("string", &[T::Bytes], T::Text, F::ToText),
    call("string", &[T::Timestamp], T::Text, F::ToText),
    call("string", &[T::Duration], T::Text, F::ToText),
    call("bytes", &[T::Bytes], T::Bytes, F::ToBytes),
    call("bytes", &[T::Text], T::Bytes, F::ToBytes),
    call("timestamp", &[T::Text], T::Timestamp, F::ToTimestamp),
    call("timestamp", &[T::Int], T::Timestamp, F::ToTimestamp),
    call("timestamp", &[T::Timestamp], T::Timestamp, F::ToTimestamp),
    call("duration", &[T::Text], T::Duration, F::ToDuration),
    call("duration", &[T::Duration], T::Duration, F::ToDuration),
    method("getFullYear", &[T::Timestamp], T::Int, F::FullYear),
    method("getFullYear", &[T::Timestamp, T::Text], T::Int, F::FullYear),
    method("getMonth", &[T::Timestamp], T::Int, F::Month),
    method("getMonth", &[T::Timestamp, T::Text], T::Int, F::Month),
    method("getDayOfMonth", &[T::Timestamp], T::Int, F::DayOfMonth),
    method("getDayOfMonth", &[T::Timestamp, T::Text], T::Int, F::DayOfMonth),
    method("getDate", &[T::Timestamp], T::Int, F::Date),
    method("getDate", &[T::Timestamp, T::Text], T::Int, F::Date),
    method("getDayOfWeek", &[T::Timestamp], T::Int, F::DayOfWeek),
    method("getDayOfWeek", &[T::Timestamp, T::Text], T::Int, F::DayOfWeek),
    method("getDayOfYear", &[T::Timestamp], T::Int, F::DayOfYear),
    method("getDayOfYear", &[T::Timestamp, T::Text], T::Int, F::DayOfYear),
    method("getHours", &[T::Timestamp], T::Int, F::Hours),
    method("getHours", &[T::Timestamp, T::Text], T::Int, F::Hours),
    method("getHours", &[T::Duration], T::Int, F::Hours),
    method("getMinutes", &[T::Timestamp], T::Int, F::Minutes),
    method("getMinutes", &[T::Timestamp, T::Text], T::Int, F::Minutes),
    method("getMinutes", &[T::Duration], T::Int, F::Minutes),
    method("getSeconds", &[T::Timestamp], T::Int, F::Seconds),
    method("getSeconds", &[T::Timestamp, T::Text], T::Int, F::Seconds),
    method("getSeconds", &[T::Duration], T::Int, F::Seconds),
    method("getMilliseconds", &[T::Timestamp], T::Int, F::Milliseconds),
    method("getMilliseconds", &[T::Timestamp, T::Text], T::Int, F::Milliseconds),
    method("getMilliseconds", &[T::Duration], T::Int, F::Milliseconds),
    call("math.ceil", &[T::Double], T::Double, F::Ceil),
    call("math.floor", &[T::Double], T::Double, F::Floor),
    call("math.round", &[T::Double], T::Double, F::Round),
    call("math.trunc", &[T::Double], T::Double, F::Trunc),
    call("math.abs", &[T::Int], T::Int, F::Abs),
    call("math.abs", &[T::Uint], T::Uint, F::Abs),
    call("math.abs", &[T::Double], T::Double, F::Abs),
    call("math.sign", &[T::Int], T::Int, F::Sign),
    call("math.sign", &[T::Uint], T::Uint, F::Sign),
    call("math.sign", &[T::Double], T::Double, F::Sign),
    call("math.isNaN", &[T::Double], T::Bool, F::IsNan),
    call("math.isInf", &[T::Double], T::Bool, F::IsInf),
    call("math.isFinite", &[T::Double], T::Bool, F::IsFinite),
    call("math.bitAnd", &[T::Int, T::Int], T::Int, F::BitAnd),
    call("math.bitAnd", &[T::Uint, T::Uint], T::Uint, F::BitAnd),
    call("math.bitOr", &[T::Int, T::Int], T::Int, F::BitOr),
    call("math.bitOr", &[T::Uint, T::Uint], T::Uint, F::BitOr),
    call("math.bitXor", &[T::Int, T::Int], T::Int, F::BitXor),
    call("math.bitXor", &[T::Uint, T::Uint], T::Uint, F::BitXor),
    call("math.bitNot", &[T::Int], T::Int, F::BitNot),
    call("math.bitNot", &[T::Uint], T::Uint, F::BitNot),
    call("math.bitShiftLeft", &[T::Int, T::Int], T::Int, F::BitShiftLeft),
    call("math.bitShiftLeft", &[T::Uint, T::Int], T::Uint, F::BitShiftLeft),
    call("math.bitShiftRight", &[T::Int, T::Int], T::Int, F::BitShiftRight),
    call("math.bitShiftRight", &[T::Uint, T::Int], T::Uint, F::BitShiftRight),
];

/// Macros, and functions with rules of their own.
pub(crate) const SPECIAL: &[&str] = &[
    "has",
    "all",
    "exists",
    "exists_one",
    "existsOne",
    "filter",
    "map",
    "transformList",
    "transformMap",
    "matches",
    "math.greatest",
    "math.least",
    "cel.bind",
];

/// What CEL has and this language leaves out, and why.
pub(crate) fn left_out(name: &str) -> Option<&'static str> {
    Some(match name {
        "dyn" => "every part of an assertion has one type that is known beforehand",
        "type" => "every part of an assertion has one type that is known beforehand, so there is nothing to ask",
        "format" => "an assertion makes no text for people; what is shown about a finding is made elsewhere",
        "optional.of"
        | "optional.none"
        | "optional.ofNonZeroValue"
        | "orValue"
        | "or"
        | "optMap"
        | "optFlatMap"
        | "hasValue"
        | "value" => "what may be absent is asked for with `has(..)`",
        "cel.block" | "cel.index" | "cel.iterVar" => {
            "it is what other tools make of an assertion, not what people write"
        }
        "base64.encode" | "base64.decode" => "facets hold what is meant, not how it is encoded",
        "sort" | "sortBy" | "slice" | "flatten" | "distinct" | "lists.range" => "lists are asked, not rearranged",
        _ => return None,
    })
}
