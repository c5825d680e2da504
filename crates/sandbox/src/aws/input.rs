//! Reading the members of a request, with the errors that AWS answers when they do not fit.

use serde_json::Value;

use super::refusal::Refusal;

/// The members of a request. Query protocols know nothing but text, so numbers and booleans are read from text too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'a> {
    value: &'a Value,
}

impl<'a> Input<'a> {
    pub(crate) fn new(value: &'a Value) -> Self {
        Self { value }
    }

    /// The member as it came; `None` when it is absent or null.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.value.get(name).filter(|value| !value.is_null())
    }

    /// An optional text.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name).and_then(Value::as_str)
    }

    /// A text that must be there.
    pub(crate) fn need(&self, name: &str) -> Result<&'a str, Refusal> {
        self.text(name).ok_or_else(|| {
            invalid(format!(
                "1 validation error detected: Value at '{}' failed to satisfy constraint: Member must not be null",
                lower_first(name)
            ))
        })
    }

    /// A text that must be there and have so many characters.
    pub(crate) fn sized(&self, name: &str, least: usize, most: usize) -> Result<&'a str, Refusal> {
        let text = self.need(name)?;
        let length = text.chars().count();
        if length < least || length > most {
            let wanted = if length < least {
                format!("greater than or equal to {least}")
            } else {
                format!("less than or equal to {most}")
            };
            return Err(invalid(format!(
                "1 validation error detected: Value at '{}' failed to satisfy constraint: Member must have length {wanted}",
                lower_first(name)
            )));
        }
        Ok(text)
    }

    /// A text out of a closed set.
    pub(crate) fn one_of(&self, name: &str, allowed: &[&str]) -> Result<&'a str, Refusal> {
        let text = self.need(name)?;
        if allowed.contains(&text) {
            return Ok(text);
        }
        Err(invalid(format!(
            "1 validation error detected: Value '{text}' at '{}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            lower_first(name),
            allowed.join(", ")
        )))
    }

    /// An optional whole number.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(|value| value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok())))
    }

    /// An optional truth.
    pub(crate) fn truth(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(|value| value.as_bool().or_else(|| value.as_str().and_then(|text| text.parse().ok())))
    }

    /// The items of a list; nothing when it is absent.
    pub(crate) fn list(&self, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
    }

    /// A member that holds members.
    pub(crate) fn inner(&self, name: &str) -> Option<Input<'a>> {
        self.get(name).map(Input::new)
    }
}

/// The error for members that do not fit, as most services call it. `organizations` calls it otherwise.
pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("ValidationException", message)
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
