//! What each function comes to. An error is what went wrong, and makes the result unknown.

use std::cmp::Ordering;

use super::{number, text, time};
use crate::{
    check::Function,
    value::{Key, Truth, Value, any},
};

/// The outcome of a function: a value, or why there is none.
pub(crate) type Outcome = Result<Value, &'static str>;

/// Most items of a list that an assertion can make.
const MOST_ITEMS: usize = 1 << 20;

/// Applies a function to values that are known.
pub(crate) fn call(function: Function, values: &[Value]) -> Outcome {
    use Function as F;
    match (function, values) {
        (F::Equal, [a, b]) => Ok(a.equal(b).into()),
        (F::NotEqual, [a, b]) => Ok(a.equal(b).not().into()),
        (F::Less, [a, b]) => ordered(a, b, Ordering::is_lt),
        (F::LessOrEqual, [a, b]) => ordered(a, b, Ordering::is_le),
        (F::Greater, [a, b]) => ordered(a, b, Ordering::is_gt),
        (F::GreaterOrEqual, [a, b]) => ordered(a, b, Ordering::is_ge),
        (F::In, [item, Value::List(items)]) => Ok(any(items.iter().map(|other| item.equal(other))).into()),
        (F::In, [Value::Double(item), Value::Map(entries)]) => {
            let same = |key: &Key| key.value().equal(&Value::Double(*item)) == Truth::True;
            Ok(Value::Bool(entries.keys().any(same)))
        }
        (F::In, [item, Value::Map(entries)]) => {
            Ok(Value::Bool(Key::of(item).is_some_and(|key| entries.contains_key(&key))))
        }
        (F::Add, [Value::List(a), Value::List(b)]) => {
            if a.len() + b.len() > MOST_ITEMS {
                return Err("the list is too long");
            }
            Ok(Value::list(a.iter().chain(b.iter()).cloned().collect()))
        }
        (F::Size, [value]) => size(value),
        (F::FullYear | F::Month | F::DayOfMonth | F::Date | F::DayOfWeek | F::DayOfYear, _)
        | (F::Hours | F::Minutes | F::Seconds | F::Milliseconds | F::ToTimestamp | F::ToDuration, _) => {
            time::call(function, values)
        }
        (F::Add | F::Subtract, [Value::Timestamp(_) | Value::Duration(_), _]) => time::call(function, values),
        (F::Add, [Value::Text(_) | Value::Bytes(_), _]) => text::call(function, values),
        (F::ToText | F::ToBool | F::ToBytes, _) => text::call(function, values),
        (F::Contains | F::StartsWith | F::EndsWith | F::LowerAscii | F::UpperAscii | F::Trim | F::CharAt, _)
        | (F::IndexOf | F::LastIndexOf | F::Substring | F::Replace | F::Split | F::Join | F::Reverse | F::Quote, _) => {
            text::call(function, values)
        }
        _ => number::call(function, values),
    }
}

fn ordered(a: &Value, b: &Value, holds: fn(Ordering) -> bool) -> Outcome {
    Ok(Value::Bool(a.order(b).is_some_and(holds)))
}

fn size(value: &Value) -> Outcome {
    let size = match value {
        Value::Text(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.len(),
        _ => return Err(MISMATCH),
    };
    i64::try_from(size).map(Value::Int).map_err(|_| "it is too long")
}

/// The checker lets no such call through.
pub(super) const MISMATCH: &str = "it is used with values of the wrong type";
