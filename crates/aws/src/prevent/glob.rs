//! Patterns with `*` (any text) and `?` (one character): what fits them, and which of two says more.
//!
//! A policy variable (`${aws:username}`) stands for text that is not known here: any text, where that is the careful reading, and
//! otherwise only for itself.

/// One part of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Letter(char),
    One,
    Many,
}

fn parts(pattern: &str) -> Vec<Part> {
    pattern
        .chars()
        .map(|letter| match letter {
            '*' => Part::Many,
            '?' => Part::One,
            letter => Part::Letter(letter),
        })
        .collect()
}

/// One writing for patterns that mean the same: within a run of wildcards each `?` comes first, then one `*` at most.
pub(crate) fn canonical(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut many = false;
    for letter in pattern.chars() {
        match letter {
            '*' => many = true,
            '?' => text.push('?'),
            letter => {
                if std::mem::take(&mut many) {
                    text.push('*');
                }
                text.push(letter);
            }
        }
    }
    if many {
        text.push('*');
    }
    text
}

/// Whether this text fits this pattern.
#[cfg(test)]
fn fits(pattern: &str, text: &str) -> bool {
    let text: Vec<Part> = text.chars().map(Part::Letter).collect();
    contains(&parts(pattern), &text)
}

/// Whether all that fits `narrow` fits `wide`. Never wrongly so; both are canonical.
pub(crate) fn covers(wide: &str, narrow: &str) -> bool {
    if wide == "*" || wide == narrow {
        return true;
    }
    // Most patterns are plain names, which cover themselves alone.
    is_wild(wide) && !has_variable(wide) && contains(&parts(wide), &parts(&opened(narrow)))
}

/// Whether more than one text can fit.
pub(crate) fn is_wild(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// As [`covers`], for resource names in segments (`arn:partition:service:region:account:rest`): a wildcard is not trusted to
/// reach over the end of its segment.
pub(crate) fn covers_resource(wide: &str, narrow: &str) -> bool {
    if wide == "*" || wide == narrow {
        return true;
    }
    let segments = |name: &str| name.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    if !is_wild(wide) || has_variable(wide) {
        return false;
    }
    let (wide, narrow) = (segments(wide), segments(&opened(narrow)));
    wide.len() == 6 && narrow.len() == 6 && wide.iter().zip(&narrow).all(|(wide, narrow)| covers(wide, narrow))
}

/// Whether no text fits both. Never wrongly so.
pub(crate) fn apart(one: &str, other: &str) -> bool {
    let (one, other) = (parts(&opened(one)), parts(&opened(other)));
    // Whether the rests behind these two places have a text in common, from the ends backwards.
    let mut behind = vec![false; other.len() + 1];
    for at in (0..=one.len()).rev() {
        let mut now = vec![false; other.len() + 1];
        for against in (0..=other.len()).rev() {
            let get = |row: &[bool], place: usize| row.get(place).copied().unwrap_or(false);
            let meet = match (one.get(at), other.get(against)) {
                (None, None) => true,
                (Some(Part::Many), None) => get(&behind, against),
                (None, Some(Part::Many)) => get(&now, against + 1),
                (None, Some(_)) | (Some(_), None) => false,
                (Some(Part::Many), Some(_)) | (Some(_), Some(Part::Many)) => {
                    get(&behind, against) || get(&now, against + 1)
                }
                (Some(Part::Letter(a)), Some(Part::Letter(b))) if a != b => false,
                _ => get(&behind, against + 1),
            };
            if let Some(slot) = now.get_mut(against) {
                *slot = meet;
            }
        }
        behind = now;
    }
    !behind.first().copied().unwrap_or(false)
}

fn has_variable(pattern: &str) -> bool {
    pattern.contains("${")
}

/// The pattern with any text in place of variables.
fn opened(pattern: &str) -> String {
    let (mut text, mut rest) = (String::new(), pattern);
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        text.push('*');
        rest = after.split_once('}').map_or("", |(_, behind)| behind);
    }
    text.push_str(rest);
    canonical(&text)
}

/// Whether every text of `narrow` is one of `wide`: its parts are read as if each were a letter of its own.
fn contains(wide: &[Part], narrow: &[Part]) -> bool {
    let mut row = vec![false; narrow.len() + 1];
    if let Some(first) = row.first_mut() {
        *first = true;
    }
    for part in wide {
        let mut next = vec![false; narrow.len() + 1];
        for place in 0..=narrow.len() {
            let before = |row: &[bool]| place > 0 && row.get(place - 1).copied().unwrap_or(false);
            let read = place.checked_sub(1).and_then(|place| narrow.get(place));
            let holds = match part {
                Part::Many => row.get(place).copied().unwrap_or(false) || before(&next),
                Part::One => before(&row) && matches!(read, Some(Part::Letter(_) | Part::One)),
                Part::Letter(letter) => before(&row) && read == Some(&Part::Letter(*letter)),
            };
            if let Some(slot) = next.get_mut(place) {
                *slot = holds;
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_and_patterns() {
        for (pattern, text, expected) in [
            ("s3:Get*", "s3:GetObject", true),
            ("s3:Get*", "s3:PutObject", false),
            ("*", "", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*:*tag*", "ec2:CreateTags", false),
            ("a*b*c", "a-b-b-c", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
        assert_eq!(canonical("a**b*?c?*"), "a*b?*c?*");
    }

    #[test]
    fn a_variable_is_any_text_or_itself() {
        assert!(covers("*", "home/${aws:username}"));
        assert!(covers("home/${aws:username}", "home/${aws:username}"));
        assert!(covers("home/*", "home/${aws:username}"));
        assert!(!covers("home/$*", "home/${aws:username}") && !covers("home/${aws:username}", "home/ada"));
        assert!(!apart("a", "${aws:username}") && apart("a/*", "b/${aws:username}"));
        let own = "arn:aws:iam::${aws:PrincipalAccount}:role/x";
        assert!(covers_resource("arn:*:iam::*:role/*", own) && !covers_resource("arn:aws:iam::*:P*role/x", own));
    }

    #[test]
    fn wildcards_are_not_trusted_over_segments() {
        assert!(covers_resource("arn:aws:s3:::*", "arn:aws:s3:::logs/*"));
        assert!(covers_resource("arn:*:iam::*:role/x", "arn:aws:iam::1:role/x"));
        assert!(!covers_resource("arn:*", "arn:aws:s3:::logs"));
        assert!(!covers_resource("arn:*:role/x", "arn:aws:iam::1:role/x"));
    }

    proptest! {
        /// Both questions are held against texts: all of two letters that are at most five long.
        #[test]
        fn covering_and_being_apart_are_true_of_texts(one in "[ab*?]{0,5}", other in "[ab*?]{0,5}") {
            let (one, other) = (canonical(&one), canonical(&other));
            let (covers, apart) = (covers(&one, &other), apart(&one, &other));
            let mut texts = vec![String::new()];
            for _ in 0..5 {
                let longer: Vec<String> =
                    texts.iter().flat_map(|text| ["a", "b", "c"].map(|letter| format!("{text}{letter}"))).collect();
                texts.extend(longer);
                texts.sort();
                texts.dedup();
            }
            for text in &texts {
                let (fits_one, fits_other) = (fits(&one, text), fits(&other, text));
                prop_assert!(!covers || !fits_other || fits_one, "{one} covers {other}, but not `{text}`");
                prop_assert!(!apart || !fits_one || !fits_other, "{one} is apart from {other}, but for `{text}`");
            }
            prop_assert_eq!(canonical(&one), one);
        }
    }
}
