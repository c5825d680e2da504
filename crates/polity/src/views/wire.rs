//! What went over the wire: calls per operation, and how many had to be tried again.

use polity_provider::wire::Stats;

use super::thousands;
use crate::terminal::{BOLD, paint};

/// A table, the most called operation first.
pub(crate) fn stats(stats: &Stats) -> String {
    let mut operations: Vec<_> = stats.operations.iter().collect();
    operations.sort_by(|a, b| b.1.calls.cmp(&a.1.calls).then(a.0.cmp(b.0)));
    let widest = operations.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(9).max(9);
    let number = |number: u64| thousands(usize::try_from(number).unwrap_or(usize::MAX));
    let mut text = format!("{}\n", paint(BOLD, format!("{:<widest$}  calls  retries  throttled  failed", "operation")));
    for (name, operation) in operations {
        text.push_str(&format!(
            "{name:<widest$}  {:>5}  {:>7}  {:>9}  {:>6}\n",
            number(operation.calls),
            number(operation.requests.saturating_sub(operation.calls)),
            number(operation.throttled),
            number(operation.failed),
        ));
    }
    text.push_str(&format!(
        "{} calls, {} requests, {} throttled, {} failed; {} kB sent, {} kB received; waited {:.1} s for rate limits\n",
        number(stats.calls),
        number(stats.requests),
        number(stats.throttled),
        number(stats.failed),
        number(stats.bytes_sent.div_ceil(1_000)),
        number(stats.bytes_received.div_ceil(1_000)),
        stats.waited_ms as f64 / 1_000.0,
    ));
    text
}

#[cfg(test)]
mod tests {
    use polity_provider::wire::OperationStats;

    use super::*;
    use crate::views::plain;

    #[test]
    fn the_table_counts_retries() {
        let one = OperationStats { calls: 1_200, requests: 1_203, throttled: 3, ..OperationStats::default() };
        let two = OperationStats { calls: 2, requests: 2, failed: 1, ..OperationStats::default() };
        let wire = Stats {
            calls: 1_202,
            requests: 1_205,
            throttled: 3,
            failed: 1,
            bytes_sent: 1_500,
            bytes_received: 90_000,
            waited_ms: 1_240,
            operations: [("a:List".to_owned(), two), ("organizations:ListTags".to_owned(), one)].into(),
            evidence: vec![],
        };
        insta::assert_snapshot!(plain(&stats(&wire)));
    }
}
