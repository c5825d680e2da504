//! Values as people write them.

use std::fmt;

use polity_model::{Map, Value as Native};

use crate::value::{Key, Value};

const NANOS: i128 = 1_000_000_000;

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent | Self::Null => f.write_str("nothing"),
            Self::Unknown(_) => f.write_str("unknown"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Uint(value) => value.fmt(f),
            Self::Double(value) => value.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Timestamp(nanos) => write!(f, "{}", moment(*nanos)),
            Self::Duration(nanos) => f.write_str(&length(*nanos)),
            Self::List(items) | Self::Record(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Self::Map(entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{}: {value}", if index == 0 { "" } else { ", " }, name(key))?;
                }
                f.write_str("}")
            }
        }
    }
}

impl Value {
    /// This as plain data, for documents; moments and lengths of time as text.
    pub fn to_native(&self) -> Native {
        match self {
            Self::Absent | Self::Null | Self::Unknown(_) => Native::Null,
            Self::Bool(value) => Native::Bool(*value),
            Self::Int(value) => Native::Int(*value),
            Self::List(items) | Self::Record(items) => Native::List(items.iter().map(Self::to_native).collect()),
            Self::Map(entries) => {
                let entries: Map = entries.iter().map(|(key, value)| (name(key), value.to_native())).collect();
                Native::Map(entries)
            }
            Self::Uint(_) | Self::Double(_) => Native::Decimal(self.to_string()),
            other => Native::Text(other.to_string()),
        }
    }
}

fn name(key: &Key) -> String {
    match key {
        Key::Bool(value) => value.to_string(),
        Key::Int(value) => value.to_string(),
        Key::Uint(value) => value.to_string(),
        Key::Text(text) => text.to_string(),
    }
}

fn moment(nanos: i128) -> String {
    let moment = polity_model::units::Timestamp::from_nanosecond(nanos);
    moment.map_or_else(|_| format!("{}s since 1970", nanos / NANOS), |moment| moment.to_string())
}

/// `90d`, `1h30m`: the greatest units first, none that is zero.
fn length(nanos: i128) -> String {
    let mut text = String::from(if nanos < 0 { "-" } else { "" });
    let (mut seconds, fraction) = (nanos.unsigned_abs() / 1_000_000_000, nanos.unsigned_abs() % 1_000_000_000);
    for (unit, size) in [("d", 86_400), ("h", 3600), ("m", 60)] {
        if seconds >= size {
            text.push_str(&format!("{}{unit}", seconds / size));
            seconds %= size;
        }
    }
    if fraction > 0 {
        let fraction = format!("{fraction:09}");
        text.push_str(&format!("{seconds}.{}s", fraction.trim_end_matches('0')));
    } else if seconds > 0 || text.trim_start_matches('-').is_empty() {
        text.push_str(&format!("{seconds}s"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_people_write_them() {
        let days = |days: i128| Value::Duration(days * 86_400 * NANOS);
        for (value, text) in [
            (days(90), "90d"),
            (Value::Duration(5400 * NANOS), "1h30m"),
            (Value::Duration(0), "0s"),
            (Value::Duration(-1_500_000_000), "-1.5s"),
            (Value::list(vec![Value::text("a"), Value::Int(2)]), "[a, 2]"),
            (Value::list(Vec::new()), "[]"),
            (Value::Double(0.5), "0.5"),
        ] {
            assert_eq!(value.to_string(), text);
        }
        assert_eq!(days(1).to_native(), Native::text("1d"));
        assert_eq!(Value::Int(3).to_native(), Native::Int(3));
    }
}
