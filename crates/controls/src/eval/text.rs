//! Texts, counted in characters.

use super::{
    functions::{MISMATCH, Outcome},
    time,
};
use crate::{check::Function, value::Value};

/// Longest text that an assertion can make, in bytes.
const LONGEST: usize = 1 << 20;
const TOO_LONG: &str = "the text is too long";
const OUTSIDE: &str = "the place is outside the text";

pub(super) fn call(function: Function, values: &[Value]) -> Outcome {
    use Function as F;
    let text = |text: String| if text.len() > LONGEST { Err(TOO_LONG) } else { Ok(Value::Text(text.into())) };
    match (function, values) {
        (F::Add, [Value::Text(a), Value::Text(b)]) => text([&**a, b].concat()),
        (F::Add, [Value::Bytes(a), Value::Bytes(b)]) => {
            if a.len() + b.len() > LONGEST {
                Err(TOO_LONG)
            } else {
                Ok(Value::Bytes([&**a, b].concat().into()))
            }
        }
        (F::Contains, [Value::Text(a), Value::Text(b)]) => Ok(Value::Bool(a.contains(&**b))),
        (F::StartsWith, [Value::Text(a), Value::Text(b)]) => Ok(Value::Bool(a.starts_with(&**b))),
        (F::EndsWith, [Value::Text(a), Value::Text(b)]) => Ok(Value::Bool(a.ends_with(&**b))),
        (F::LowerAscii, [Value::Text(a)]) => text(a.to_ascii_lowercase()),
        (F::UpperAscii, [Value::Text(a)]) => text(a.to_ascii_uppercase()),
        (F::Trim, [Value::Text(a)]) => text(a.trim().to_owned()),
        (F::Reverse, [Value::Text(a)]) => text(a.chars().rev().collect()),
        (F::Quote, [Value::Text(a)]) => text(quote(a)),
        (F::CharAt, [Value::Text(a), Value::Int(at)]) => char_at(a, *at),
        (F::IndexOf, [Value::Text(a), Value::Text(b)]) => index_of(a, b, 0),
        (F::IndexOf, [Value::Text(a), Value::Text(b), Value::Int(from)]) => index_of(a, b, *from),
        (F::LastIndexOf, [Value::Text(a), Value::Text(b)]) => last_index_of(a, b, None),
        (F::LastIndexOf, [Value::Text(a), Value::Text(b), Value::Int(from)]) => last_index_of(a, b, Some(*from)),
        (F::Substring, [Value::Text(a), Value::Int(from)]) => text(substring(a, *from, None)?),
        (F::Substring, [Value::Text(a), Value::Int(from), Value::Int(to)]) => text(substring(a, *from, Some(*to))?),
        (F::Replace, [Value::Text(a), Value::Text(b), Value::Text(c)]) => text(replace(a, b, c, -1)?),
        (F::Replace, [Value::Text(a), Value::Text(b), Value::Text(c), Value::Int(most)]) => {
            text(replace(a, b, c, *most)?)
        }
        (F::Split, [Value::Text(a), Value::Text(b)]) => Ok(split(a, b, -1)),
        (F::Split, [Value::Text(a), Value::Text(b), Value::Int(most)]) => Ok(split(a, b, *most)),
        (F::Join, [Value::List(items)]) => join(items, ""),
        (F::Join, [Value::List(items), Value::Text(between)]) => join(items, between),
        (F::ToBool, [value]) => to_bool(value),
        (F::ToText, [value]) => to_text(value),
        (F::ToBytes, [Value::Text(a)]) => Ok(Value::Bytes(a.as_bytes().into())),
        (F::ToBytes, [same @ Value::Bytes(_)]) => Ok(same.clone()),
        _ => Err(MISMATCH),
    }
}

/// Byte at which the character with this number begins; the end of the text counts as one.
fn byte_of(text: &str, at: i64) -> Result<usize, &'static str> {
    let at = usize::try_from(at).map_err(|_| OUTSIDE)?;
    text.char_indices().map(|(byte, _)| byte).chain([text.len()]).nth(at).ok_or(OUTSIDE)
}

fn number_of(text: &str, byte: usize) -> Outcome {
    let before = text.get(..byte).ok_or(OUTSIDE)?.chars().count();
    i64::try_from(before).map(Value::Int).map_err(|_| TOO_LONG)
}

fn char_at(text: &str, at: i64) -> Outcome {
    let found = text.get(byte_of(text, at)?..).and_then(|rest| rest.chars().next());
    Ok(Value::Text(found.map(String::from).unwrap_or_default().into()))
}

fn index_of(text: &str, sought: &str, from: i64) -> Outcome {
    let start = byte_of(text, from)?;
    match text.get(start..).and_then(|rest| rest.find(sought)) {
        Some(byte) => number_of(text, start + byte),
        None => Ok(Value::Int(-1)),
    }
}

fn last_index_of(text: &str, sought: &str, from: Option<i64>) -> Outcome {
    let start = from.map_or(Ok(text.len()), |from| byte_of(text, from))?;
    // The last place that begins at `start` or before.
    let end = (start + sought.len()).min(text.len());
    let end = (0..=end).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    match text.get(..end).and_then(|head| head.rfind(sought)) {
        Some(byte) => number_of(text, byte),
        None => Ok(Value::Int(-1)),
    }
}

fn substring(text: &str, from: i64, to: Option<i64>) -> Result<String, &'static str> {
    let (start, end) = (byte_of(text, from)?, to.map_or(Ok(text.len()), |to| byte_of(text, to))?);
    text.get(start..end).map(str::to_owned).ok_or("the end is before the beginning")
}

fn replace(text: &str, old: &str, new: &str, most: i64) -> Result<String, &'static str> {
    let count = usize::try_from(most).unwrap_or(usize::MAX);
    let found = text.matches(old).take(count).count();
    if found.saturating_mul(new.len()).saturating_add(text.len()) > LONGEST {
        return Err(TOO_LONG);
    }
    Ok(text.replacen(old, new, count))
}

fn split(text: &str, between: &str, most: i64) -> Value {
    let parts: Vec<Value> = match (usize::try_from(most), between.is_empty()) {
        (Ok(0), _) => Vec::new(),
        (Ok(most), false) => text.splitn(most, between).map(Value::text).collect(),
        (Err(_), false) => text.split(between).map(Value::text).collect(),
        (most, true) => {
            let most = most.unwrap_or(usize::MAX);
            let cut = byte_of(text, i64::try_from(most - 1).unwrap_or(i64::MAX)).unwrap_or(text.len());
            let (head, tail) = text.split_at(cut);
            let tail = (!tail.is_empty()).then(|| Value::text(tail));
            head.chars().map(|letter| Value::Text(String::from(letter).into())).chain(tail).collect()
        }
    };
    Value::list(parts)
}

fn join(items: &[Value], between: &str) -> Outcome {
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        match item {
            Value::Text(item) => {
                text.push_str(if index == 0 { "" } else { between });
                text.push_str(item);
            }
            Value::Unknown(_) => return Ok(item.clone()),
            _ => return Err(MISMATCH),
        }
        if text.len() > LONGEST {
            return Err(TOO_LONG);
        }
    }
    Ok(Value::Text(text.into()))
}

fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0c' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\x0b' => quoted.push_str("\\v"),
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn to_bool(value: &Value) -> Outcome {
    match value {
        Value::Bool(value) => Ok(Value::Bool(*value)),
        Value::Text(text) => match &**text {
            "1" | "t" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
            _ => Err("this text is neither true nor false"),
        },
        _ => Err(MISMATCH),
    }
}

fn to_text(value: &Value) -> Outcome {
    let text = match value {
        Value::Text(_) => return Ok(value.clone()),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        Value::Bytes(bytes) => String::from_utf8(bytes.to_vec()).map_err(|_| "these bytes are no text")?,
        Value::Timestamp(nanos) => time::written(*nanos),
        Value::Duration(nanos) => time::written_duration(*nanos),
        _ => return Err(MISMATCH),
    };
    Ok(Value::Text(text.into()))
}
