//! What an unquoted word means: the core schema of YAML 1.2, so `no` and `on` are text, and dates are text too.

use super::Content;

/// The meaning of an unquoted scalar.
pub(crate) fn plain(text: &str) -> Content {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Content::Null,
        "true" | "True" | "TRUE" => return Content::Bool(true),
        "false" | "False" | "FALSE" => return Content::Bool(false),
        _ => {}
    }
    // Nearly all scalars are words: look at the first byte before trying numbers.
    if text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.')) {
        number(text).unwrap_or_else(|| Content::Text(text.to_owned()))
    } else {
        Content::Text(text.to_owned())
    }
}

/// The number that this text writes, if it writes one.
pub(crate) fn number(text: &str) -> Option<Content> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let valid = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
            return valid.then(|| i64::from_str_radix(digits, radix).ok()).flatten().map(Content::Int);
        }
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !unsigned.is_empty() && all_digits(unsigned) {
        return Some(match text.parse() {
            Ok(number) => Content::Int(number),
            Err(_) => Content::Decimal(decimal(text.starts_with('-'), unsigned, "", "")),
        });
    }
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (unsigned.get(..at)?, unsigned.get(at + 1..)?),
        None => (unsigned, ""),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let valid = !(whole.is_empty() && fraction.is_empty())
        && all_digits(whole)
        && all_digits(fraction)
        && all_digits(exponent_digits)
        && unsigned.contains(['e', 'E']) != exponent_digits.is_empty();
    valid.then(|| Content::Decimal(decimal(text.starts_with('-'), whole, fraction, exponent)))
}

/// The digits as JSON writes them, so that the value can be written down anywhere.
fn decimal(negative: bool, whole: &str, fraction: &str, exponent: &str) -> String {
    let whole = whole.trim_start_matches('0');
    let mut text = String::from(if negative { "-" } else { "" });
    text.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    if !exponent.is_empty() {
        text.push('e');
        text.push_str(exponent.strip_prefix('+').unwrap_or(exponent));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_the_core_schema_says() {
        for text in ["yes", "no", "on", "2027-01-31", "1.2.3", "1_000", "e5", ".", "-", "0x", "1e", ".inf", "12:30"] {
            assert_eq!(plain(text), Content::Text(text.to_owned()), "{text}");
        }
        assert_eq!(plain("True"), Content::Bool(true));
        assert_eq!(plain("~"), Content::Null);
        for (text, number) in [("007", 7), ("-3", -3), ("+4", 4), ("0x1F", 31), ("0o17", 15)] {
            assert_eq!(plain(text), Content::Int(number), "{text}");
        }
        for (text, digits) in [("1.50", "1.50"), (".5", "0.5"), ("-1.", "-1"), ("1e+5", "1e5"), ("1E-3", "1e-3")] {
            assert_eq!(plain(text), Content::Decimal(digits.to_owned()), "{text}");
        }
        assert_eq!(plain("99999999999999999999"), Content::Decimal("99999999999999999999".to_owned()));
    }
}
