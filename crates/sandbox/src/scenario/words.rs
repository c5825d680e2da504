//! How scenario files write durations, lists and patterns.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};
use serde::{Deserialize, Deserializer, de};

/// Reads `250ms`, `90s`, `1h 30m`, `90d`: a day is 24 hours.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration: write `250ms`, `90s`, `15m`, `1h 30m` or `90d`");
    let span: Span = text.trim().parse().map_err(|_| wrong())?;
    let exact = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    Duration::try_from(exact).map_err(|_| wrong())
}

pub(super) fn one_duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    duration(&String::deserialize(from)?).map_err(de::Error::custom)
}

pub(super) fn optional_duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    one_duration(from).map(Some)
}

/// A text, or a list of texts.
pub(super) fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    struct Visitor;
    impl<'de> de::Visitor<'de> for Visitor {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a word or a list of words")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(vec![text.to_owned()])
        }

        // An account number without quotes is a number to YAML.
        fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
            Ok(vec![number.to_string()])
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut words = Vec::new();
            while let Some(word) = list.next_element::<String>()? {
                words.push(word);
            }
            Ok(words)
        }
    }
    from.deserialize_any(Visitor)
}

/// Whether a text fits a pattern, in which `*` stands for anything.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(head) else { return false };
    let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    starts.into_iter().any(|at| text.get(at..).is_some_and(|tail| fits(rest, tail)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_stars() {
        for (pattern, text) in
            [("Create*", "CreateAccount"), ("*", ""), ("*Account*", "CreateAccount"), ("a*c*e", "abcde"), ("a", "a")]
        {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("Create*", "DeleteAccount"), ("", "a"), ("a*c", "ab"), ("*x", "xy")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn durations_are_written_as_people_write_them() {
        let seconds = |text: &str| duration(text).map(|read| read.as_secs_f64());
        assert_eq!(seconds("250ms"), Ok(0.25));
        assert_eq!(seconds("1h 30m"), Ok(5400.0));
        assert_eq!(seconds("90d"), Ok(7_776_000.0));
        assert_eq!(seconds("0s"), Ok(0.0));
        for wrong in ["", "5", "soon", "-5s", "1 month", "5s ago"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
