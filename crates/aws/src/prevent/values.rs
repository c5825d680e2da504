//! Values of conditions that are more than text: addresses, dates and numbers.

use std::net::IpAddr;

use polity_model::units::Timestamp;

/// A range of addresses, or one address: the bits that count, and how many.
pub(crate) fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address.parse::<IpAddr>().ok()?, Some(length.parse::<u32>().ok()?)),
        None => (text.parse::<IpAddr>().ok()?, None),
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(most);
    (length <= most).then_some((address, length))
}

/// Whether an address lies in a range.
pub(crate) fn within(range: &str, address: &str) -> Option<bool> {
    let ((base, length), (address, _)) = (network(range)?, network(address)?);
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => u128::from(address),
    };
    if base.is_ipv4() != address.is_ipv4() {
        return Some(false);
    }
    let differ = bits(base) ^ bits(address);
    Some(length == 0 || differ >> (128 - length) == 0)
}

/// A moment: ISO 8601, a day, or seconds since 1970.
pub(crate) fn moment(text: &str) -> Option<f64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return seconds.is_finite().then_some(seconds);
    }
    let day = format!("{text}T00:00:00Z");
    let moment = text.parse::<Timestamp>().or_else(|_| day.parse::<Timestamp>()).ok()?;
    Some(moment.as_second() as f64)
}

/// A number.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lie_in_ranges() {
        assert_eq!(within("10.0.0.0/8", "10.200.0.1"), Some(true));
        assert_eq!(within("10.0.0.0/8", "11.0.0.1"), Some(false));
        assert_eq!(within("192.0.2.7", "192.0.2.7"), Some(true));
        assert_eq!(within("2001:db8::/32", "2001:db8:1::1"), Some(true));
        assert_eq!(within("0.0.0.0/0", "2001:db8::1"), Some(false));
        assert_eq!(within("10.0.0.0/33", "10.0.0.1"), None);
        assert_eq!(within("somewhere", "10.0.0.1"), None);
    }

    #[test]
    fn moments_in_every_form() {
        assert_eq!(moment("1970-01-02"), Some(86_400.0));
        assert_eq!(moment("1970-01-01T00:00:10Z"), Some(10.0));
        assert_eq!(moment("10"), Some(10.0));
        assert_eq!(moment("NaN"), None);
        assert_eq!(moment("31.12.2026"), None);
    }
}
