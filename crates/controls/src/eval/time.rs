//! Moments and lengths of time, in nanoseconds.

use super::calendar::{Civil, read};
use super::functions::{MISMATCH, Outcome};
use crate::{check::Function, value::Value};

const SECOND: i128 = 1_000_000_000;
/// First and last moment: the years 1 to 9999.
const FIRST: i128 = -62_135_596_800 * SECOND;
const LAST: i128 = 253_402_300_800 * SECOND - 1;
const RANGE: &str = "the moment is not within the years 1 to 9999";
const DURATION_RANGE: &str = "the length of time is greater than 292 years";

pub(super) fn call(function: Function, values: &[Value]) -> Outcome {
    use Function as F;
    match (function, values) {
        (F::Add, [Value::Timestamp(a), Value::Duration(b)] | [Value::Duration(a), Value::Timestamp(b)]) => {
            moment(a + b)
        }
        (F::Add, [Value::Duration(a), Value::Duration(b)]) => duration(a + b),
        (F::Subtract, [Value::Timestamp(a), Value::Duration(b)]) => moment(a - b),
        (F::Subtract, [Value::Timestamp(a), Value::Timestamp(b)] | [Value::Duration(a), Value::Duration(b)]) => {
            duration(a - b)
        }
        (F::ToTimestamp, [same @ Value::Timestamp(_)]) | (F::ToDuration, [same @ Value::Duration(_)]) => {
            Ok(same.clone())
        }
        (F::ToTimestamp, [Value::Int(seconds)]) => moment(i128::from(*seconds) * SECOND),
        (F::ToTimestamp, [Value::Text(text)]) => read_moment(text),
        (F::ToDuration, [Value::Text(text)]) => read_duration(text),
        (_, [Value::Duration(nanos)]) => {
            let unit = match function {
                F::Hours => 3600 * SECOND,
                F::Minutes => 60 * SECOND,
                F::Seconds => SECOND,
                F::Milliseconds => 1_000_000,
                _ => return Err(MISMATCH),
            };
            i64::try_from(nanos / unit).map(Value::Int).map_err(|_| DURATION_RANGE)
        }
        (_, [Value::Timestamp(nanos)]) => part(function, *nanos, 0),
        (_, [Value::Timestamp(nanos), Value::Text(zone)]) => {
            part(function, *nanos, offset(zone).ok_or("only offsets such as `+02:00` are time zones here")?)
        }
        _ => Err(MISMATCH),
    }
}

pub(crate) fn moment(nanos: i128) -> Outcome {
    if (FIRST..=LAST).contains(&nanos) { Ok(Value::Timestamp(nanos)) } else { Err(RANGE) }
}

pub(crate) fn duration(nanos: i128) -> Outcome {
    if i64::try_from(nanos).is_ok() { Ok(Value::Duration(nanos)) } else { Err(DURATION_RANGE) }
}

fn read_moment(text: &str) -> Outcome {
    moment(read(text).ok_or("this text is no moment: write it as `2026-01-31T08:00:00Z`")?)
}

/// `1h30m`, `1.5s`, `-10ms`, and beyond CEL `90d` and `2w`.
fn read_duration(text: &str) -> Outcome {
    const WRONG: &str = "this text is no length of time: write it as `90d`, `1h30m` or `1.5s`";
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Value::Duration(0));
    }
    let mut total: i128 = 0;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(WRONG)?;
        let (number, more) = rest.split_at(end);
        let length = more.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(more.len());
        let (unit, more) = more.split_at(length);
        let unit: i128 = match unit {
            "w" => 604_800 * SECOND,
            "d" => 86_400 * SECOND,
            "h" => 3_600 * SECOND,
            "m" => 60 * SECOND,
            "s" => SECOND,
            "ms" => 1_000_000,
            "us" | "µs" | "μs" => 1_000,
            "ns" => 1,
            _ => return Err(WRONG),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if number.is_empty() || number.len() > 24 || whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return Err(WRONG);
        }
        let digits = |text: &str| if text.is_empty() { Ok(0) } else { text.parse::<i128>().map_err(|_| WRONG) };
        let whole = digits(whole)?.checked_mul(unit).ok_or(DURATION_RANGE)?;
        let scale = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or_default());
        let fraction = digits(fraction)?.checked_mul(unit).ok_or(DURATION_RANGE)? / scale;
        total = total.checked_add(whole + fraction).ok_or(DURATION_RANGE)?;
        if more.is_empty() {
            return duration(if negative { -total } else { total });
        }
        rest = more;
    }
}

/// Seconds east of UTC: `+02:00`, `-09:30`, `02:00`, `UTC`.
pub(crate) fn offset(zone: &str) -> Option<i32> {
    if matches!(zone, "UTC" | "Z") {
        return Some(0);
    }
    let (sign, rest) = match zone.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, zone.strip_prefix('+').unwrap_or(zone)),
    };
    let (hours, minutes) = rest.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 || !hours.bytes().chain(minutes.bytes()).all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn part(function: Function, nanos: i128, offset: i32) -> Outcome {
    let local = Civil::at(nanos + i128::from(offset) * SECOND);
    Ok(Value::Int(match function {
        Function::FullYear => local.year,
        Function::Month => local.month - 1,
        Function::Date => local.day,
        Function::DayOfMonth => local.day - 1,
        Function::DayOfWeek => local.weekday(),
        Function::DayOfYear => local.day_of_year() - 1,
        Function::Hours => local.second / 3600,
        Function::Minutes => local.second / 60 % 60,
        Function::Seconds => local.second % 60,
        Function::Milliseconds => local.nano / 1_000_000,
        _ => return Err(MISMATCH),
    }))
}

pub(super) fn written(nanos: i128) -> String {
    Civil::at(nanos).to_string()
}

pub(super) fn written_duration(nanos: i128) -> String {
    let (sign, nanos) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
    let (seconds, rest) = (nanos / SECOND.unsigned_abs(), nanos % SECOND.unsigned_abs());
    if rest == 0 {
        return format!("{sign}{seconds}s");
    }
    let fraction = format!("{rest:09}");
    format!("{sign}{seconds}.{}s", fraction.trim_end_matches('0'))
}
