//! What people and machines read: pure functions from plain data to text. Colours are in the text as escape
//! sequences; whoever prints takes them off where they do not belong.

pub(crate) mod access;
pub(crate) mod audit;
pub(crate) mod code;
pub(crate) mod control;
pub(crate) mod coverage;
pub(crate) mod diagnostics;
pub(crate) mod drift;
pub(crate) mod graph;
pub(crate) mod inventory;
pub(crate) mod journal;
pub(crate) mod names;
pub(crate) mod organization;
pub(crate) mod oscal;
pub(crate) mod plan;
pub(crate) mod rehearse;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod sarif;
pub(crate) mod svg;
pub(crate) mod wire;

use std::fmt::Write as _;

/// `1 change`, `3 changes`.
pub(crate) fn count(number: usize, singular: &str) -> String {
    let plural = match singular.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if singular.ends_with('s') => format!("{singular}es"),
        _ => format!("{singular}s"),
    };
    if number == 1 { format!("1 {singular}") } else { format!("{} {plural}", thousands(number)) }
}

/// `100,000`.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Text from a cloud or a file made safe to print: control characters (and with them terminal escapes and line breaks)
/// are shown, not obeyed; so are the marks that turn the direction of writing around.
pub(crate) fn clean(text: &str) -> String {
    let harmless = |c: char| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.chars().all(harmless) {
        return text.to_owned();
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if harmless(character) {
            safe.push(character);
        } else {
            let _ = write!(safe, "{}", character.escape_unicode());
        }
    }
    safe
}

/// Cuts text that is too long to read in a line, and says so.
pub(crate) fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

/// `a, b, c and 4 more`.
pub(crate) fn some_of<T: AsRef<str>>(names: &[T], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    // "and 1 more" is as long as the name itself.
    if names.len() <= most + 1 {
        return names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    }
    format!("{} and {} more", shown.join(", "), thousands(names.len() - most))
}

/// The text without escape sequences, as tests and files want it.
#[cfg(test)]
pub(crate) fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_like_english() {
        assert_eq!(count(1, "change"), "1 change");
        assert_eq!(count(0, "entry"), "0 entries");
        assert_eq!(count(2, "policy"), "2 policies");
        assert_eq!(count(12_345, "day"), "12,345 days");
        assert_eq!(count(2, "access"), "2 accesses");
        assert_eq!(thousands(100_000), "100,000");
        assert_eq!(thousands(999), "999");
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(clean("\u{1b}[2Jgone\nnext"), "\\u{1b}[2Jgone\\u{a}next");
        assert_eq!(clean("zürich 東京"), "zürich 東京");
        assert_eq!(clean("a\u{202e}b"), "a\\u{202e}b");
    }

    #[test]
    fn long_lists_say_how_much_is_left_out() {
        assert_eq!(some_of(&["a", "b", "c"], 2), "a, b, c");
        assert_eq!(some_of(&["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(cut("abcdef", 3), "abc…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
