//! What an audit came to, in every form that somebody reads: one file for each.

use polity_model::finding::Counts;

use super::thousands;

/// `12 pass, 3 fail, 1 unknown`: what there is none of is left out, but for what passes.
pub(crate) fn counts(counts: Counts) -> String {
    let number = |count: u64| thousands(usize::try_from(count).unwrap_or(usize::MAX));
    let mut text = format!("{} pass", number(counts.pass));
    for (count, word) in [(counts.fail, "fail"), (counts.unknown, "unknown"), (counts.exempt, "exempt")] {
        if count > 0 {
            text.push_str(&format!(", {} {word}", number(count)));
        }
    }
    text
}
