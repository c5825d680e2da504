//! Value types that people write: money, dates, durations, moments.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use jiff::{Timestamp, civil::Date};

/// An amount in a currency, exact to the hundredth: `5000 EUR`, `99.50 USD`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Money {
    /// Amount in hundredths of the currency's unit.
    pub cents: i64,
    /// ISO 4217 code, three capital letters.
    pub currency: String,
}

/// Text that is not an amount of money.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not an amount of money: write it as `5000 EUR` or `99.50 USD`")]
pub struct NotMoney(String);

impl FromStr for Money {
    type Err = NotMoney;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotMoney(text.to_owned());
        let (amount, currency) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let currency = currency.trim();
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(wrong());
        }
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 12 || fraction.len() > 2 || !digits(whole) || !digits(fraction) {
            return Err(wrong());
        }
        let whole: i64 = whole.parse().map_err(|_| wrong())?;
        let fraction: i64 = format!("{fraction:0<2}").parse().map_err(|_| wrong())?;
        Ok(Self { cents: whole * 100 + fraction, currency: currency.to_owned() })
    }
}

impl Money {
    /// The amount as clouds write it: `5000` or `99.5`.
    pub fn amount(&self) -> String {
        let (whole, cents) = (self.cents / 100, self.cents % 100);
        match (cents, cents % 10) {
            (0, _) => whole.to_string(),
            (_, 0) => format!("{whole}.{}", cents / 10),
            _ => format!("{whole}.{cents:02}"),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

/// A length of time in whole seconds, written `90m`, `8h`, `1h30m`, `30d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seconds(pub i64);

/// Longest duration, in seconds: a hundred years. Whatever is longer is a slip.
const LONGEST: i64 = 36_500 * 86_400;

/// Text that is not a length of time.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a duration: write it as `8h`, `90m`, `1h30m` or `30d`")]
pub struct NotADuration(String);

impl FromStr for Seconds {
    type Err = NotADuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotADuration(text.to_owned());
        let (mut total, mut digits, mut last) = (0_i64, String::new(), i64::MAX);
        for character in text.chars() {
            if character.is_ascii_digit() {
                digits.push(character);
                continue;
            }
            let unit = match character {
                'w' => 604_800,
                'd' => 86_400,
                'h' => 3_600,
                'm' => 60,
                's' => 1,
                _ => return Err(wrong()),
            };
            // Each unit once, the greater before the lesser: `30m1h` is more likely a slip than a wish.
            if unit >= last || digits.is_empty() || digits.len() > 9 {
                return Err(wrong());
            }
            let count: i64 = digits.parse().map_err(|_| wrong())?;
            total += count * unit;
            last = unit;
            digits.clear();
        }
        if !digits.is_empty() || last == i64::MAX || total > LONGEST { Err(wrong()) } else { Ok(Self(total)) }
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, name) in [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')] {
            if rest >= unit {
                write!(f, "{}{name}", rest / unit)?;
                rest %= unit;
            }
        }
        Ok(())
    }
}

/// Computing power in thousandths of a core, written `8` or `500m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MilliCores(pub i64);

/// Text that is not an amount of computing power.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a number of cores: write it as `8` or `500m`")]
pub struct NotCores(String);

impl FromStr for MilliCores {
    type Err = NotCores;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (digits, factor) = text.strip_suffix('m').map_or((text, 1000), |digits| (digits, 1));
        whole(digits).map(|number| Self(number * factor)).ok_or_else(|| NotCores(text.to_owned()))
    }
}

impl fmt::Display for MilliCores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 % 1000 == 0 { write!(f, "{}", self.0 / 1000) } else { write!(f, "{}m", self.0) }
    }
}

/// An amount of memory or storage in MiB, written `512 MiB`, `64 GiB`, `2 TiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mebibytes(pub i64);

/// Units of memory and storage in MiB, the greatest first.
const SIZES: [(&str, i64); 4] = [("PiB", 1 << 30), ("TiB", 1 << 20), ("GiB", 1 << 10), ("MiB", 1)];

/// Text that is not an amount of memory or storage.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not an amount of memory or storage: write it as `512 MiB`, `64 GiB` or `2 TiB`")]
pub struct NotASize(String);

impl FromStr for Mebibytes {
    type Err = NotASize;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (digits, unit) = text.split_once(' ')?;
            let (_, factor) = SIZES.into_iter().find(|(name, _)| *name == unit)?;
            Some(Self(whole(digits)? * factor))
        };
        parse().ok_or_else(|| NotASize(text.to_owned()))
    }
}

impl fmt::Display for Mebibytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, factor): &(&str, i64)| self.0 % factor == 0;
        let (unit, factor) = SIZES.into_iter().filter(|_| self.0 != 0).find(fits).unwrap_or(("MiB", 1));
        write!(f, "{} {unit}", self.0 / factor)
    }
}

/// A number of at most nine digits: so no unit makes it overflow.
fn whole(digits: &str) -> Option<i64> {
    let plain = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact() {
        assert_eq!("5000 EUR".parse::<Money>().unwrap().to_string(), "5000 EUR");
        assert_eq!("99.5 USD".parse::<Money>().unwrap().cents, 9950);
        assert_eq!("99.05 USD".parse::<Money>().unwrap().to_string(), "99.05 USD");
        for wrong in ["", "5000", "EUR 5000", "5000 eur", "1.234 EUR", "-5 EUR", "1e3 EUR", "9999999999999 EUR"] {
            assert!(wrong.parse::<Money>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_read_back() {
        for text in ["8h", "1h30m", "30d", "90s", "0s", "5200w", "36500d"] {
            let seconds = text.parse::<Seconds>().unwrap();
            assert_eq!(seconds.to_string().parse::<Seconds>().unwrap(), seconds);
        }
        for wrong in ["", "8", "h", "30m1h", "8 h", "-1h", "1h1h", "36500d1s", "777777777w"] {
            assert!(wrong.parse::<Seconds>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn cores_and_sizes_read_back() {
        for (text, amount) in [("8", 8000), ("500m", 500), ("0", 0), ("1500m", 1500), ("999999999", 999_999_999_000)] {
            let cores = text.parse::<MilliCores>().unwrap();
            assert_eq!((cores.0, cores.to_string().as_str()), (amount, text));
        }
        assert_eq!("2000m".parse::<MilliCores>().unwrap().to_string(), "2");
        for (text, amount) in [("512 MiB", 512), ("64 GiB", 65_536), ("3 TiB", 3 << 20), ("0 MiB", 0)] {
            let size = text.parse::<Mebibytes>().unwrap();
            assert_eq!((size.0, size.to_string().as_str()), (amount, text));
        }
        assert_eq!("2048 GiB".parse::<Mebibytes>().unwrap().to_string(), "2 TiB");
        for wrong in ["", "m", "-1", "0.5", "8 m", "1000000000", "8000M", "+8"] {
            assert!(wrong.parse::<MilliCores>().is_err(), "{wrong}");
        }
        for wrong in ["", "64", "64GiB", "64 GB", "64Gi", "1.5 GiB", "-1 GiB", "1000000000 MiB", "4 gib", " 4 GiB"] {
            assert!(wrong.parse::<Mebibytes>().is_err(), "{wrong}");
        }
    }
}
