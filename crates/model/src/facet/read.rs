//! Whether a value fits its type, and reading one that people wrote.

use jiff::Timestamp;

use super::{Datum, Facet, Field, Reason, Row, Type};
use crate::{
    Value,
    units::{Date, Seconds},
};

/// A value that is not what its field holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Misfit {
    /// Names and indexes that lead to it, from the outside.
    pub path: Vec<String>,
    /// What is wrong.
    pub message: String,
}

impl Misfit {
    fn new(message: impl Into<String>) -> Self {
        Self { path: Vec::new(), message: message.into() }
    }

    fn within(mut self, name: impl Into<String>) -> Self {
        self.path.insert(0, name.into());
        self
    }
}

impl Type {
    /// What this is, in the words of the messages.
    pub fn called(&self) -> String {
        match self {
            Self::Bool => "true or false".to_owned(),
            Self::Int => "a whole number".to_owned(),
            Self::Double => "a number".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Word(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                format!("one of {}", words.join(", "))
            }
            Self::Timestamp => "a moment such as `2026-01-31T08:00:00Z`".to_owned(),
            Self::Duration => "a duration such as `90d`".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Map(_) => "a mapping".to_owned(),
            Self::Record(_) => "a mapping with named fields".to_owned(),
        }
    }

    /// Whether this value is of this type, all the way down.
    fn fits(&self, value: &Datum) -> Result<(), Misfit> {
        match (self, value) {
            (_, Datum::Unknown(_))
            | (Self::Bool, Datum::Bool(_))
            | (Self::Int, Datum::Int(_))
            | (Self::Double, Datum::Double(_))
            | (Self::Text, Datum::Text(_))
            | (Self::Timestamp, Datum::Timestamp(_))
            | (Self::Duration, Datum::Duration(_)) => Ok(()),
            (Self::Word(words), Datum::Text(text)) if words.contains(&&**text) => Ok(()),
            (Self::List(item), Datum::List(items)) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, value)| item.fits(value).map_err(|misfit| misfit.within(index.to_string()))),
            (Self::Map(item), Datum::Map(entries)) => {
                entries.iter().try_for_each(|(key, value)| item.fits(value).map_err(|misfit| misfit.within(key)))
            }
            (Self::Record(fields), Datum::Record(values)) if fields.len() == values.len() => {
                fields.iter().zip(values).try_for_each(|(field, value)| field.fits(value))
            }
            _ => Err(Misfit::new(format!("this is not {}", self.called()))),
        }
    }

    /// The value that people wrote for this type.
    pub fn read(&self, written: &Value) -> Result<Datum, Misfit> {
        let wrong = || Misfit::new(format!("this is not {}", self.called()));
        Ok(match (self, written) {
            (Self::Bool, Value::Bool(value)) => Datum::Bool(*value),
            (Self::Int, Value::Int(value)) => Datum::Int(*value),
            // A whole number is the double that it is, as far as doubles go.
            #[allow(clippy::cast_precision_loss)]
            (Self::Double, Value::Int(value)) => Datum::Double(*value as f64),
            (Self::Double, Value::Decimal(digits)) => {
                let number = digits.parse().ok().filter(|number: &f64| number.is_finite());
                Datum::Double(number.ok_or_else(wrong)?)
            }
            (Self::Text, Value::Text(text)) => Datum::Text(text.as_str().into()),
            (Self::Word(words), Value::Text(text)) if words.contains(&text.as_str()) => {
                Datum::Text(text.as_str().into())
            }
            (Self::Timestamp, Value::Text(text)) => moment(text).ok_or_else(wrong)?,
            (Self::Duration, Value::Text(text)) => {
                let seconds: Seconds = text.parse().map_err(|_| wrong())?;
                Datum::Duration(seconds.0.checked_mul(1_000_000).ok_or_else(wrong)?)
            }
            (Self::List(item), Value::List(items)) => Datum::List(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, value)| item.read(value).map_err(|misfit| misfit.within(index.to_string())))
                    .collect::<Result<_, _>>()?,
            ),
            (Self::Map(item), Value::Map(entries)) => Datum::Map(
                entries
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), item.read(value).map_err(|misfit| misfit.within(key))?)))
                    .collect::<Result<_, Misfit>>()?,
            ),
            (Self::Record(fields), Value::Map(_)) => Datum::Record(read_fields(fields, written)?),
            _ => return Err(wrong()),
        })
    }
}

impl Field {
    /// Whether this field can hold this value.
    pub(super) fn fits(&self, value: &Datum) -> Result<(), Misfit> {
        match value {
            Datum::Absent if self.optional => Ok(()),
            Datum::Absent => Err(Misfit::new(format!("`{}` is never absent", self.name)).within(self.name)),
            value => self.ty.fits(value).map_err(|misfit| misfit.within(self.name)),
        }
    }
}

impl Facet {
    /// The row that people wrote: a mapping by field name. What is not written is unknown, `null` is absent.
    pub fn read(&self, written: &Value) -> Result<Row, Misfit> {
        Ok(Row { facet: self.name.to_owned(), values: read_fields(&self.fields, written)? })
    }
}

fn read_fields(fields: &[Field], written: &Value) -> Result<Vec<Datum>, Misfit> {
    let Value::Map(entries) = written else { return Err(Misfit::new("this is not a mapping by field")) };
    if let Some(name) = entries.keys().find(|name| !fields.iter().any(|field| field.name == name.as_str())) {
        return Err(Misfit::new(format!("there is no field `{name}`")).within(name));
    }
    fields
        .iter()
        .map(|field| match entries.get(field.name) {
            None => Ok(Datum::Unknown(Reason::NotCollected)),
            Some(Value::Null) if field.optional => Ok(Datum::Absent),
            Some(Value::Null) => Err(Misfit::new(format!("`{}` is never absent", field.name)).within(field.name)),
            Some(value) => field.ty.read(value).map_err(|misfit| misfit.within(field.name)),
        })
        .collect()
}

/// A moment or a day, which stands for its first moment in UTC.
fn moment(text: &str) -> Option<Datum> {
    let at = match text.parse::<Timestamp>() {
        Ok(at) => at,
        Err(_) if text.len() == 10 => text.parse::<Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(),
        Err(_) => return None,
    };
    Some(at.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facet;

    fn read(json: serde_json::Value) -> Result<Row, Misfit> {
        facet::find("machine").unwrap().read(&Value::from_json(&json))
    }

    #[test]
    fn what_is_not_written_is_unknown_and_null_is_absent() {
        let machine = facet::find("machine").unwrap();
        let row = read(serde_json::json!({"public_address": null, "patched_at": "2026-01-31"})).unwrap();
        assert_eq!(row.get(machine, "public_address"), Some(&Datum::Absent));
        assert_eq!(row.get(machine, "secure_boot"), Some(&Datum::Unknown(Reason::NotCollected)));
        assert_eq!(row.get(machine, "patched_at"), Some(&Datum::Timestamp(1_769_817_600_000_000)));
    }

    #[test]
    fn mistakes_say_where() {
        let wrong = |json| read(json).unwrap_err();
        assert_eq!(wrong(serde_json::json!({"disks": [{"encrypted": 1}]})).path, ["disks", "0", "encrypted"]);
        assert_eq!(wrong(serde_json::json!({"secure_boot": null})).message, "`secure_boot` is never absent");
        assert_eq!(wrong(serde_json::json!({"sate": "x"})).message, "there is no field `sate`");
        assert_eq!(
            wrong(serde_json::json!({"state": "on"})).message,
            "this is not one of `running`, `stopped`, `other`"
        );
        assert!(read(serde_json::json!({"patched_at": "2026-02-31"})).is_err());
    }

    #[test]
    fn drafts_hold_what_fits() {
        let machine = facet::find("machine").unwrap();
        let draft = Row::of(machine).set("secure_boot", true).rest(&Reason::NotInApi).finish().unwrap();
        assert_eq!(draft.get(machine, "secure_boot"), Some(&Datum::Bool(true)));
        assert_eq!(draft.get(machine, "managed"), Some(&Datum::Unknown(Reason::NotInApi)));
        assert!(Row::of(machine).set("secure_boot", "yes").finish().is_err());
        assert!(Row::of(machine).set("secure", true).finish().is_err());
        assert!(Row::of(machine).set("secure_boot", Datum::Absent).finish().is_err());
    }
}
