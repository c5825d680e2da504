//! The calendar of the years 1 to 9999, in UTC.

use std::fmt;

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// A moment as a clock on the wall shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: i64,
    /// 1 to 31.
    pub(super) day: i64,
    /// Second of the day.
    pub(super) second: i64,
    /// Nanosecond of the second.
    pub(super) nano: i64,
}

/// Days from 1970-01-01 to this day, counted in years that begin in March, so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[allow(clippy::cast_possible_truncation)]
impl Civil {
    pub(super) fn at(nanos: i128) -> Self {
        let (day, rest) = (nanos.div_euclid(DAY) as i64, nanos.rem_euclid(DAY));
        let shifted = day + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let march = (5 * of_year + 2) / 153;
        let month = if march < 10 { march + 3 } else { march - 9 };
        Self {
            year: year + era * 400 + i64::from(month <= 2),
            month,
            day: of_year - (153 * march + 2) / 5 + 1,
            second: (rest / SECOND) as i64,
            nano: (rest % SECOND) as i64,
        }
    }

    /// 0 for Sunday.
    pub(super) fn weekday(self) -> i64 {
        (days(self.year, self.month, self.day) + 4).rem_euclid(7)
    }

    /// 1 for the first of January.
    pub(super) fn day_of_year(self) -> i64 {
        days(self.year, self.month, self.day) - days(self.year, 1, 1) + 1
    }
}

impl fmt::Display for Civil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, second, nano } = self;
        write!(f, "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)?;
        if *nano > 0 {
            write!(f, ".{}", format!("{nano:09}").trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// Nanoseconds since 1970 of a moment by RFC 3339.
pub(super) fn read(text: &str) -> Option<i128> {
    let (date, time) = text.split_once(['T', 't'])?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (clock, offset) = match time.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0),
        None => {
            let at = time.rfind(['+', '-'])?;
            let (clock, zone) = time.split_at(at);
            let [hours, minutes] = numbers(zone.get(1..)?, ':', [2, 2])?;
            let seconds = (hours < 24 && minutes < 60).then_some(hours * 3600 + minutes * 60)?;
            (clock, if zone.starts_with('-') { -seconds } else { seconds })
        }
    };
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let nano = match fraction {
        None => 0,
        Some(digits) if (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{digits:0<9}").parse::<i128>().ok()?
        }
        Some(_) => return None,
    };
    // A day that does not exist comes back as another one.
    let midnight = i128::from(days(year, month, day)) * DAY;
    let back = Civil::at(midnight);
    let exists = (back.year, back.month, back.day) == (year, month, day) && hour < 24 && minute < 60 && second < 60;
    exists.then(|| midnight + i128::from(hour * 3600 + minute * 60 + second - offset) * SECOND + nano)
}

/// Numbers of so many digits each, with a sign between them.
fn numbers<const N: usize>(text: &str, between: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(between);
    let mut numbers = [0; N];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next()?;
        if part.len() != digits || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_comes_back() {
        let (first, last) = (days(1, 1, 1), days(9999, 12, 31));
        for day in (first..=last).step_by(997) {
            let civil = Civil::at(i128::from(day) * DAY);
            assert_eq!(days(civil.year, civil.month, civil.day), day);
            assert_eq!(read(&civil.to_string()), Some(i128::from(day) * DAY));
            assert_eq!(civil.weekday(), (day + 4).rem_euclid(7));
        }
    }

    #[test]
    fn moments_that_are_none() {
        for text in [
            "",
            "2026-01-31",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31 08:00:00Z",
            "2026-01-31T08:00:00",
            "2026-01-31T08:00:00.Z",
            "2026-01-31T08:00:00+2:00",
            "2026-1-31T08:00:00Z",
            "T",
            "é-é",
            "2026-01-31T08:00:00.1234567890Z",
            "2026-01-00T08:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read("2024-02-29T00:00:00.5+01:00"), Some((1_709_161_200 * 2 + 1) * SECOND / 2));
    }
}
