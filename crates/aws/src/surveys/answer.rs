//! Answers of services as values: texts, truths, numbers, moments, lists, tags. What an answer does not hold is told as
//! such; what it holds in a form that nobody can read is an unknown that says so.

use polity_model::{
    facet::{Datum, Reason},
    units::Timestamp,
};
use serde_json::Value as Json;

/// The member at this path (`a/b`), unless it is missing, null, or an empty text.
pub(crate) fn at<'a>(answer: &'a Json, path: &str) -> Option<&'a Json> {
    let found = path.split('/').try_fold(answer, |inner, name| inner.get(name))?;
    let empty = found.is_null() || found.as_str().is_some_and(|text| text.trim().is_empty());
    (!empty).then_some(found)
}

/// Text at this path.
pub(crate) fn text<'a>(answer: &'a Json, path: &str) -> Option<&'a str> {
    at(answer, path)?.as_str()
}

/// A truth value at this path, as JSON or as XML writes it.
pub(crate) fn flag(answer: &Json, path: &str) -> Option<bool> {
    match at(answer, path)? {
        Json::Bool(value) => Some(*value),
        Json::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Json::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A whole number at this path, as JSON or as XML writes it.
pub(crate) fn number(answer: &Json, path: &str) -> Option<i64> {
    match at(answer, path)? {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A moment at this path: absent where there is none, unknown where it is no moment.
pub(crate) fn moment(answer: &Json, path: &str) -> Datum {
    at(answer, path).map_or(Datum::Absent, moment_of)
}

/// A moment: ISO 8601, or seconds since 1970 with a fraction, as text or as a number.
pub(crate) fn moment_of(written: &Json) -> Datum {
    let read = match written {
        Json::String(text) => moment_in(text.trim()),
        Json::Number(number) => number.as_f64().and_then(seconds),
        _ => None,
    };
    let unreadable = || Datum::Unknown(Reason::Undefined(format!("the cloud told a moment that is none: {written}")));
    read.map_or_else(unreadable, Datum::from)
}

/// A moment in any of the forms in which AWS writes them as text.
pub(crate) fn moment_in(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| text.parse::<f64>().ok().and_then(seconds))
}

fn seconds(value: f64) -> Option<Timestamp> {
    // Doubles hold whole microseconds of every year that a timestamp can be in.
    #[allow(clippy::cast_possible_truncation)]
    let microseconds = (value.is_finite() && value.abs() < 1e12).then(|| (value * 1e6).round() as i64)?;
    Timestamp::from_microsecond(microseconds).ok()
}

/// The items of a list that stands in an element of its own: `<Buckets><Bucket/><Bucket/></Buckets>`.
pub(crate) fn wrapped<'a>(answer: &'a Json, path: &str) -> Vec<&'a Json> {
    match at(answer, path) {
        Some(Json::Object(children)) => children.values().flat_map(items).collect(),
        Some(Json::Array(list)) => list.iter().collect(),
        _ => Vec::new(),
    }
}

/// The elements of this name, one beside the other: `<Rule/><Rule/>`; the items of a JSON list likewise.
pub(crate) fn repeated<'a>(answer: &'a Json, path: &str) -> Vec<&'a Json> {
    at(answer, path).map(items).unwrap_or_default()
}

fn items(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(list) => list.iter().collect(),
        Json::Null => Vec::new(),
        one => vec![one],
    }
}

/// The texts among these.
pub(crate) fn texts<'a>(items: impl IntoIterator<Item = &'a Json>) -> Vec<&'a str> {
    items.into_iter().filter_map(Json::as_str).filter(|text| !text.is_empty()).collect()
}

/// Tags from a list of pairs with these member names.
pub(crate) fn tags(pairs: &[&Json], key: &str, value: &str) -> Datum {
    let pair = |pair: &&Json| Some((text(pair, key)?.to_owned(), text(pair, value).unwrap_or_default().to_owned()));
    Datum::texts(pairs.iter().filter_map(pair))
}

/// Tags from a JSON object; nothing where there is none.
pub(crate) fn tag_map(answer: &Json, path: &str) -> Datum {
    let entries = at(answer, path).and_then(Json::as_object);
    Datum::texts(entries.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))))
}

/// A value, or that the cloud does not tell it.
pub(crate) fn told<T: Into<Datum>>(value: Option<T>) -> Datum {
    value.map_or(Datum::Unknown(Reason::NotInApi), Into::into)
}

/// A list of texts.
pub(crate) fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> Datum {
    Datum::List(items.into_iter().map(|item| item.as_ref().into()).collect())
}

/// The account in an ARN, if it names one.
pub(crate) fn account_in(arn: &str) -> Option<&str> {
    arn.starts_with("arn:").then(|| arn.split(':').nth(4)).flatten().filter(|account| !account.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_are_read_in_every_form_and_what_is_none_says_so() {
        let new_year = Datum::Timestamp(1_767_225_600_000_000);
        for written in [
            json!("2026-01-01T00:00:00Z"),
            json!("2026-01-01T00:00:00.000Z"),
            json!("2026-01-01T01:00:00.000+0100"),
            json!("2026-01-01T00:00:00+00:00"),
            json!(1_767_225_600),
            json!(1_767_225_600.0),
            json!("1767225600.0"),
        ] {
            assert_eq!(moment_of(&written), new_year, "{written}");
        }
        for written in
            [json!("N/A"), json!(1e300), json!("NaN"), json!("-inf"), json!(true), json!("2026-02-31T00:00:00Z")]
        {
            assert!(matches!(moment_of(&written), Datum::Unknown(Reason::Undefined(_))), "{written}");
        }
        assert_eq!(moment(&json!({"at": ""}), "at"), Datum::Absent);
    }

    #[test]
    fn lists_are_read_wrapped_and_side_by_side() {
        let answer = json!({"set": {"item": [{"a": "1"}, {"a": "2"}]}, "rule": {"a": "3"}, "none": "", "list": ["x"]});
        assert_eq!(wrapped(&answer, "set").len(), 2);
        assert_eq!(repeated(&answer, "rule"), [&json!({"a": "3"})]);
        assert!(wrapped(&answer, "none").is_empty() && repeated(&answer, "none").is_empty());
        assert_eq!(texts(repeated(&answer, "list")), ["x"]);
    }

    #[test]
    fn numbers_and_truths_are_read_from_both_protocols() {
        let answer = json!({"a": "42", "b": 7, "c": "true", "d": false, "e": "", "f": "99999999999999999999"});
        assert_eq!((number(&answer, "a"), number(&answer, "b"), number(&answer, "f")), (Some(42), Some(7), None));
        assert_eq!((flag(&answer, "c"), flag(&answer, "d"), flag(&answer, "e")), (Some(true), Some(false), None));
    }

    #[test]
    fn ten_thousand_tags_are_tags() {
        let pairs: Vec<Json> = (0..10_000).map(|n| json!({"Key": format!("k{n}"), "Value": "v"})).collect();
        let Datum::Map(tags) = tags(&pairs.iter().collect::<Vec<_>>(), "Key", "Value") else { panic!("no map") };
        assert_eq!(tags.len(), 10_000);
    }

    #[test]
    fn accounts_stand_in_arns() {
        assert_eq!(account_in("arn:aws:kms:eu-central-1:111111111111:key/k"), Some("111111111111"));
        assert_eq!(account_in("arn:aws:s3:::bucket"), None);
        assert_eq!(account_in("alias/aws/s3"), None);
    }
}
