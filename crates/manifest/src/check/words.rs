//! Words for messages: suggestions and lists.

/// Beyond this many candidates no suggestion is sought: a hundred thousand typing errors must not take minutes.
const MOST_CANDIDATES: usize = 20_000;

/// The candidate that was most likely meant.
pub(crate) fn did_you_mean<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if written.is_empty() || written.len() > 100 {
        return None;
    }
    let lower = written.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().take(MOST_CANDIDATES) {
        if candidate.len().abs_diff(written.len()) > 3 {
            continue;
        }
        let allowed = match written.len() {
            0..=2 => 1,
            3..=6 => 2,
            _ => 3,
        };
        let distance = strsim::osa_distance(&lower, &candidate.to_lowercase());
        if distance <= allowed && distance < candidate.len() && best.is_none_or(|known| (distance, candidate) < known) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `` `a`, `b` or `c` ``.
pub(crate) fn quoted_list<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// The one sentence about a field as it stands in documentation: capital first, full stop last.
pub(crate) fn sentence(doc: &str) -> String {
    let mut characters = doc.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    let mut sentence: String = first.chain(characters).collect();
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_close_and_deterministic() {
        assert_eq!(did_you_mean("tags", ["tag", "tages", "name"]), Some("tag"));
        assert_eq!(did_you_mean("Prod", ["prod", "dev"]), Some("prod"));
        assert_eq!(did_you_mean("x", ["y", "prod"]), None);
        assert_eq!(did_you_mean("landng_zone", ["landing_zone"]), Some("landing_zone"));
        assert_eq!(quoted_list(["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
