//! Words for messages: suggestions and lists.

/// The candidate that was most likely meant.
pub(crate) fn did_you_mean<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if written.is_empty() || written.len() > 100 {
        return None;
    }
    let lower = written.to_lowercase();
    let allowed = match written.len() {
        0..=2 => 1,
        3..=6 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(written.len()) <= allowed)
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.len())
        .min()
        .map(|(_, candidate)| candidate)
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

/// What to do about a word that is not among those known here.
pub(crate) fn suggestion<'c>(written: &str, known: impl IntoIterator<Item = &'c str> + Clone, called: &str) -> String {
    match did_you_mean(written, known.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("{called}: {}", quoted_list(known).replace(" or ", ", ")),
    }
}
