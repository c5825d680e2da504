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

    /// A text that must be there, have so many characters, and none but these.
    pub(crate) fn spelled(
        &self,
        name: &str,
        least: usize,
        most: usize,
        allowed: impl Fn(char) -> bool,
    ) -> Result<&'a str, Refusal> {
        let text = self.sized(name, least, most)?;
        if text.chars().all(allowed) {
            return Ok(text);
        }
        Err(misfit(name, text, "Member must satisfy regular expression pattern"))
    }

    /// Reads a member that may be absent.
    pub(crate) fn maybe<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Self) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Refusal> {
        self.get(name).map(|_| read(self)).transpose()
    }

    /// A whole number between two others, where there is one.
    pub(crate) fn within(&self, name: &str, least: i64, most: i64) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = self.number(name).ok_or_else(|| misfit(name, &value.to_string(), "Member must be a number"))?;
        if number < least {
            let wanted = format!("Member must have value greater than or equal to {least}");
            return Err(misfit(name, &number.to_string(), &wanted));
        }
        if number > most {
            let wanted = format!("Member must have value less than or equal to {most}");
            return Err(misfit(name, &number.to_string(), &wanted));
        }
        Ok(Some(number))
    }

    /// A text out of a closed set.
    pub(crate) fn one_of(&self, name: &str, allowed: &[&str]) -> Result<&'a str, Refusal> {
        let text = self.need(name)?;
        if allowed.contains(&text) {
            return Ok(text);
        }
        Err(misfit(name, text, &format!("Member must satisfy enum value set: [{}]", allowed.join(", "))))
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

/// The error for a member whose value does not fit.
pub(crate) fn misfit(name: &str, value: &str, wanted: &str) -> Refusal {
    let name = lower_first(name);
    invalid(format!("1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {wanted}"))
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
