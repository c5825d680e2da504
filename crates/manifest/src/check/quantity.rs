//! Cores and sizes: amounts with units, whose wrong forms are common habits from elsewhere, each with its right writing.

use std::str::FromStr;

use polity_model::{
    shape::Shape,
    units::{Mebibytes, MilliCores},
};

use super::{Checker, called, shorten};
use crate::yaml::{Content, Node, Source};

impl Checker<'_> {
    /// `cpu: 8`, `cpu: 500m`, `memory: 64 GiB`. Afterwards the node holds thousandths of a core, or MiB.
    pub(super) fn quantity(&mut self, source: &Source<'_>, field: &str, shape: &Shape, node: &mut Node) -> bool {
        let written = match &node.content {
            Content::Text(text) => text.clone(),
            Content::Int(_) | Content::Decimal(_) => source.written(node.span).to_owned(),
            Content::Bool(_) => {
                let message = format!("`{field}` must be {}, not {}", called(shape), node.described());
                self.report(source, node.span, "wrong-type", message, "");
                return false;
            }
            _ => return self.wrong_type(source, field, &called(shape), node),
        };
        let parsed = match shape {
            Shape::Size => Mebibytes::from_str(&written).ok().map(|Mebibytes(amount)| amount),
            _ => MilliCores::from_str(&written).ok().map(|MilliCores(amount)| amount),
        };
        if let Some(amount) = parsed {
            node.content = Content::Int(amount);
            return true;
        }
        let negative = written.starts_with('-') && !matches!(node.content, Content::Text(_));
        let lacks_unit = *shape == Shape::Size && matches!(node.content, Content::Int(_) | Content::Decimal(_));
        let short = shorten(&written);
        let (code, message) = match shape {
            _ if negative => ("out-of-range", format!("`{field}` must be at least 0, not {short}")),
            Shape::Size if lacks_unit => ("bad-value", format!("`{field}` lacks its unit: `{short}`")),
            Shape::Size => ("bad-value", format!("`{short}` is not an amount of memory or storage")),
            _ => ("bad-value", format!("`{short}` is not a number of cores")),
        };
        let likely = if *shape == Shape::Size { likely_size(&written) } else { likely_cores(&written) };
        let help = match likely {
            Some(meant) => format!("write `{meant}`"),
            None if *shape == Shape::Size => "write it as `512 MiB`, `64 GiB` or `2 TiB`".to_owned(),
            None => "write it as `8`, or `500m` for half a core".to_owned(),
        };
        // A negative number is no slip of writing: nothing is suggested but the form.
        self.report(source, node.span, code, message, if negative { "" } else { &help });
        false
    }
}

/// `0.5` and `1.5` are meant as parts of a core; `8 cores` as 8.
fn likely_cores(written: &str) -> Option<String> {
    let digits = written.trim_end_matches(|last: char| !last.is_ascii_digit());
    let thousandths = parts(digits, 1000)?;
    let unit = written.get(digits.len()..)?.trim();
    let known = matches!(unit.to_ascii_lowercase().as_str(), "" | "core" | "cores" | "cpu" | "cpus" | "vcpu" | "vcpus");
    known.then(|| MilliCores(thousandths).to_string())
}

/// `64GiB`, `64 GB`, `64Gi` and `1.5 TiB` are meant as powers of 1024.
fn likely_size(written: &str) -> Option<String> {
    let digits = written.trim_end_matches(|last: char| !last.is_ascii_digit());
    let unit = written.get(digits.len()..)?.trim().to_ascii_lowercase();
    let factor = match unit.as_str() {
        "m" | "mb" | "mi" | "mib" => 1,
        "g" | "gb" | "gi" | "gib" => 1 << 10,
        "t" | "tb" | "ti" | "tib" => 1 << 20,
        "p" | "pb" | "pi" | "pib" => 1 << 30,
        _ => return None,
    };
    Some(Mebibytes(parts(digits, factor)?).to_string())
}

/// A number with a fraction in parts of which `of` make one; `None` if it is none, or does not come out even.
fn parts(digits: &str, of: i64) -> Option<i64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.len() <= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) {
        return None;
    }
    let scale = 10_i64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let counted = format!("{whole}{fraction}").parse::<i64>().ok()?.checked_mul(of)?;
    (counted % scale == 0).then_some(counted / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn habits_from_elsewhere_are_understood() {
        for (written, meant) in [("0.5", "500m"), ("1.5", "1500m"), ("8 cores", "8"), ("2vCPU", "2"), ("8.0", "8")] {
            assert_eq!(likely_cores(written).as_deref(), Some(meant), "{written}");
        }
        for (written, meant) in
            [("64GiB", "64 GiB"), ("64 GB", "64 GiB"), ("64Gi", "64 GiB"), ("1.5 TiB", "1536 GiB"), ("2048m", "2 GiB")]
        {
            assert_eq!(likely_size(written).as_deref(), Some(meant), "{written}");
        }
        for none in ["", "many", "0.0001", "9999999", "8 apples", "."] {
            assert_eq!(likely_cores(none), None, "{none}");
        }
        for none in ["", "64", "0.3 MiB", "GiB", "1e3 GiB", "64 KiB"] {
            assert_eq!(likely_size(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_suggested_can_be_read() {
        for written in ["0.25", "3 cpus", "999999"] {
            assert!(likely_cores(written).unwrap().parse::<MilliCores>().is_ok(), "{written}");
        }
        for written in ["0.5gb", "999999PiB", "7 t"] {
            assert!(likely_size(written).is_none_or(|meant| meant.parse::<Mebibytes>().is_ok()), "{written}");
        }
    }
}
