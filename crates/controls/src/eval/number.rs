//! Arithmetic: never wraps around.

use std::cmp::Ordering;

use super::functions::{MISMATCH, Outcome};
use crate::{check::Function, value::Value};

const OVERFLOW: &str = "the number is too great";
const ZERO: &str = "division by zero";

pub(super) fn call(function: Function, values: &[Value]) -> Outcome {
    match (function, values) {
        (Function::Greatest | Function::Least, _) => extreme(function, values),
        (Function::ToInt, [value]) => to_int(value),
        (Function::ToUint, [value]) => to_uint(value),
        (Function::ToDouble, [value]) => to_double(value),
        (_, [Value::Int(a), Value::Int(b)]) => ints(function, *a, *b),
        (_, [Value::Uint(a), Value::Uint(b)]) => uints(function, *a, *b),
        (Function::BitShiftLeft | Function::BitShiftRight, [Value::Uint(a), Value::Int(by)]) => {
            shift(function, *a, *by).map(Value::Uint)
        }
        (_, [Value::Double(a), Value::Double(b)]) => match function {
            Function::Add => Ok(Value::Double(a + b)),
            Function::Subtract => Ok(Value::Double(a - b)),
            Function::Multiply => Ok(Value::Double(a * b)),
            Function::Divide => Ok(Value::Double(a / b)),
            _ => Err(MISMATCH),
        },
        (_, [Value::Int(a)]) => match function {
            Function::Negate => a.checked_neg().map(Value::Int).ok_or(OVERFLOW),
            Function::Abs => a.checked_abs().map(Value::Int).ok_or(OVERFLOW),
            Function::Sign => Ok(Value::Int(a.signum())),
            Function::BitNot => Ok(Value::Int(!a)),
            _ => Err(MISMATCH),
        },
        (_, [Value::Uint(a)]) => match function {
            Function::Abs => Ok(Value::Uint(*a)),
            Function::Sign => Ok(Value::Uint(u64::from(*a > 0))),
            Function::BitNot => Ok(Value::Uint(!a)),
            _ => Err(MISMATCH),
        },
        (_, [Value::Double(a)]) => double(function, *a),
        _ => Err(MISMATCH),
    }
}

fn ints(function: Function, a: i64, b: i64) -> Outcome {
    let value = match function {
        Function::Add => a.checked_add(b),
        Function::Subtract => a.checked_sub(b),
        Function::Multiply => a.checked_mul(b),
        Function::Divide | Function::Remainder if b == 0 => return Err(ZERO),
        Function::Divide => a.checked_div(b),
        Function::Remainder => a.checked_rem(b),
        Function::BitAnd => Some(a & b),
        Function::BitOr => Some(a | b),
        Function::BitXor => Some(a ^ b),
        // The bits are shifted, not the number: as CEL says.
        Function::BitShiftLeft | Function::BitShiftRight => Some(shift(function, a.cast_unsigned(), b)?.cast_signed()),
        _ => return Err(MISMATCH),
    };
    value.map(Value::Int).ok_or(OVERFLOW)
}

fn uints(function: Function, a: u64, b: u64) -> Outcome {
    let value = match function {
        Function::Add => a.checked_add(b),
        Function::Subtract => a.checked_sub(b),
        Function::Multiply => a.checked_mul(b),
        Function::Divide | Function::Remainder if b == 0 => return Err(ZERO),
        Function::Divide => a.checked_div(b),
        Function::Remainder => a.checked_rem(b),
        Function::BitAnd => Some(a & b),
        Function::BitOr => Some(a | b),
        Function::BitXor => Some(a ^ b),
        _ => return Err(MISMATCH),
    };
    value.map(Value::Uint).ok_or(OVERFLOW)
}

fn shift(function: Function, bits: u64, by: i64) -> Result<u64, &'static str> {
    let by = u32::try_from(by).map_err(|_| if by < 0 { "bits are not shifted by less than nothing" } else { OVERFLOW });
    let by = match by {
        Ok(by) => by,
        Err(OVERFLOW) => 64,
        Err(wrong) => return Err(wrong),
    };
    let shifted = if function == Function::BitShiftLeft { bits.checked_shl(by) } else { bits.checked_shr(by) };
    Ok(shifted.unwrap_or(0))
}

fn double(function: Function, a: f64) -> Outcome {
    Ok(match function {
        Function::Negate => Value::Double(-a),
        Function::Abs => Value::Double(a.abs()),
        Function::Ceil => Value::Double(a.ceil()),
        Function::Floor => Value::Double(a.floor()),
        Function::Round => Value::Double(a.round()),
        Function::Trunc => Value::Double(a.trunc()),
        Function::Sign => Value::Double(if a == 0.0 || a.is_nan() { a } else { a.signum() }),
        Function::IsNan => Value::Bool(a.is_nan()),
        Function::IsInf => Value::Bool(a.is_infinite()),
        Function::IsFinite => Value::Bool(a.is_finite()),
        _ => return Err(MISMATCH),
    })
}

fn extreme(function: Function, values: &[Value]) -> Outcome {
    let items = match values {
        [Value::List(items)] => items,
        more => more,
    };
    let wanted = if function == Function::Greatest { Ordering::Greater } else { Ordering::Less };
    let mut best = items.first().ok_or("the list is empty")?;
    for item in items {
        if let Value::Unknown(_) = item {
            return Ok(item.clone());
        }
        if item.order(best) == Some(wanted) {
            best = item;
        }
    }
    Ok(best.clone())
}

/// The greatest double below 2^63 and 2^64: at these a whole number does not fit any more.
const INT_END: f64 = 9_223_372_036_854_775_808.0;
const UINT_END: f64 = 18_446_744_073_709_551_616.0;

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn to_int(value: &Value) -> Outcome {
    let number = match value {
        Value::Int(number) => Some(*number),
        Value::Uint(number) => i64::try_from(*number).ok(),
        Value::Double(number) => (*number > -INT_END && *number < INT_END).then_some(*number as i64),
        Value::Text(text) => return text.parse().map(Value::Int).map_err(|_| "this text is no whole number"),
        Value::Timestamp(nanos) => i64::try_from(nanos.div_euclid(1_000_000_000)).ok(),
        _ => return Err(MISMATCH),
    };
    number.map(Value::Int).ok_or(OVERFLOW)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn to_uint(value: &Value) -> Outcome {
    let number = match value {
        Value::Uint(number) => Some(*number),
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::Double(number) => (*number >= 0.0 && *number < UINT_END).then_some(*number as u64),
        Value::Text(text) => return text.parse().map(Value::Uint).map_err(|_| "this text is no whole number"),
        _ => return Err(MISMATCH),
    };
    number.map(Value::Uint).ok_or("the number is out of range")
}

#[allow(clippy::cast_precision_loss)]
fn to_double(value: &Value) -> Outcome {
    Ok(Value::Double(match value {
        Value::Double(number) => *number,
        Value::Int(number) => *number as f64,
        Value::Uint(number) => *number as f64,
        Value::Text(text) => text.parse().map_err(|_| "this text is no number")?,
        _ => return Err(MISMATCH),
    }))
}
