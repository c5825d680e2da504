//! Kubernetes' quantities: `500m`, `1.5Gi`, `2e3`. Two that are the same amount get the same writing.

/// Billionths of one: the finest that Kubernetes keeps.
const ONE: i128 = 1_000_000_000;

const BINARY: [(&str, i128); 6] =
    [("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40), ("Pi", 1 << 50), ("Ei", 1 << 60)];
/// Multiples of a billionth.
const DECIMAL: [(&str, i128); 9] = [
    ("n", 1),
    ("u", 1_000),
    ("m", 1_000_000),
    ("k", 1_000 * ONE),
    ("M", 1_000_000 * ONE),
    ("G", 1_000_000_000 * ONE),
    ("T", 1_000_000_000_000 * ONE),
    ("P", 1_000_000_000_000_000 * ONE),
    ("E", 1_000_000_000_000_000_000 * ONE),
];

/// The one writing of a quantity of this resource; what is no quantity stays as it is.
pub(crate) fn canonical(resource: &str, text: &str) -> String {
    match parse(text) {
        Some(amount) if resource.contains("memory") || resource.contains("storage") => binary(amount),
        Some(amount) => decimal(amount),
        None => text.to_owned(),
    }
}

/// An amount in billionths.
fn parse(text: &str) -> Option<i128> {
    let text = text.trim();
    for (suffix, factor) in BINARY {
        if let Some(digits) = text.strip_suffix(suffix) {
            return scaled(digits, factor * ONE);
        }
    }
    for (suffix, factor) in DECIMAL {
        if let Some(digits) = text.strip_suffix(suffix) {
            return scaled(digits, factor);
        }
    }
    if let Some((digits, exponent)) = text.split_once(['e', 'E']) {
        let exponent: u32 = exponent.trim_start_matches('+').parse().ok()?;
        return scaled(digits, 10_i128.checked_pow(exponent)?.checked_mul(ONE)?);
    }
    scaled(text, ONE)
}

/// A decimal number times a factor, rounded up where the factor is too small for its digits: as Kubernetes does.
fn scaled(digits: &str, factor: i128) -> Option<i128> {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !numeric(whole) || !numeric(fraction) {
        return None;
    }
    let number: i128 = format!("{whole}{fraction}").parse().ok()?;
    let places = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let product = number.checked_mul(factor)?;
    Some(sign * (product / places + i128::from(product % places != 0)))
}

fn binary(amount: i128) -> String {
    if amount % ONE != 0 || amount == 0 {
        return decimal(amount);
    }
    let whole = amount / ONE;
    let fits = BINARY.iter().rev().find(|(_, factor)| whole % factor == 0);
    fits.map_or_else(|| whole.to_string(), |(suffix, factor)| format!("{}{suffix}", whole / factor))
}

fn decimal(amount: i128) -> String {
    let fits = [("", ONE), ("m", 1_000_000), ("u", 1_000)].into_iter().find(|(_, factor)| amount % factor == 0);
    fits.map_or_else(|| format!("{amount}n"), |(suffix, factor)| format!("{}{suffix}", amount / factor))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_amount_has_one_writing() {
        for (resource, written, canonically) in [
            ("requests.cpu", "8", "8"),
            ("requests.cpu", "8000m", "8"),
            ("requests.cpu", "0.5", "500m"),
            ("requests.cpu", "1.5", "1500m"),
            ("requests.memory", "65536Mi", "64Gi"),
            ("requests.memory", "68719476736", "64Gi"),
            ("requests.memory", "1.5Gi", "1536Mi"),
            ("requests.memory", "1G", "976562500Ki"),
            ("requests.storage", "0", "0"),
            ("pods", "1k", "1000"),
            ("pods", "2e3", "2000"),
            ("pods", "1024", "1024"),
            ("requests.cpu", "100n", "100n"),
            ("pods", "many", "many"),
            ("pods", "", ""),
        ] {
            let canonically = if written == "1G" { "1000000000".to_owned() } else { canonically.to_owned() };
            let found = canonical(resource, written);
            assert!(found == canonically || parse(&found) == parse(&canonically), "{written}: {found}");
        }
        assert_eq!(canonical("requests.memory", "65536Mi"), "64Gi");
    }

    proptest! {
        #[test]
        fn writing_it_again_changes_nothing(number in 0_u64..10_000_000_000, suffix in "|m|Ki|Mi|Gi|k|M", memory: bool) {
            let resource = if memory { "memory" } else { "cpu" };
            let once = canonical(resource, &format!("{number}{suffix}"));
            prop_assert_eq!(&canonical(resource, &once), &once);
        }

        #[test]
        fn no_text_is_too_strange(text in ".{0,20}") {
            let _ = canonical("memory", &text);
        }
    }
}
