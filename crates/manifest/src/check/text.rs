//! Shapes that are written as one word or a line of text.

use std::str::FromStr;

use polity_model::{
    Diagnostic,
    shape::Shape,
    units::{Date, Money, Seconds},
};
use regex::Regex;

use super::{Checker, Written, called, did_you_mean, quoted_list, shorten};
use crate::yaml::{Content, Node, Source};

/// Longest name of ours, in characters.
const NAME_MAX: usize = 100;

impl Checker<'_> {
    /// Shapes of a single text.
    pub(super) fn word(&mut self, source: &Source<'_>, field: &str, shape: &Shape, node: &mut Node) -> bool {
        let Content::Text(text) = &node.content else {
            if matches!(shape, Shape::Money | Shape::Duration) && matches!(node.content, Content::Int(_)) {
                let (lacks, example) = if *shape == Shape::Money { ("currency", "5000 EUR") } else { ("unit", "8h") };
                let message = format!("`{field}` lacks its {lacks}: `{}`", source.written(node.span));
                self.report(source, node.span, "bad-value", message, &format!("write it as `{example}`"));
                return false;
            }
            return self.wrong_type(source, field, &called(shape), node);
        };
        let text = text.clone();
        let canonical = match shape {
            Shape::Text => return true,
            Shape::Pattern { regex, called } => return self.pattern(source, field, regex, called, node, &text),
            Shape::Name => match bad_name(&text) {
                Some((message, help)) => Err((message, help)),
                None => return true,
            },
            Shape::OneOf(words) => return self.one_of(source, field, words, node, &text),
            Shape::Reference(nouns) => return self.reference(source, field, nouns, node, &text),
            Shape::Duration => match Seconds::from_str(&text) {
                Ok(Seconds(seconds)) => Ok(Content::Int(seconds)),
                Err(_) => Err((
                    format!("`{}` is not a duration", shorten(&text)),
                    "write it as `8h`, `90m`, `1h30m` or `30d`, greater units first".to_owned(),
                )),
            },
            Shape::Money => match Money::from_str(&text) {
                Ok(money) => Ok(Content::Text(money.to_string())),
                Err(_) => Err((
                    format!("`{}` is not an amount of money", shorten(&text)),
                    "write it as `5000 EUR` or `99.50 USD`".to_owned(),
                )),
            },
            Shape::Date => match Date::from_str(&text).ok().filter(|_| text.len() == 10) {
                Some(date) => Ok(Content::Text(date.to_string())),
                None => Err((
                    format!("`{}` is not a date", shorten(&text)),
                    "write it as year-month-day: `2027-01-31`".to_owned(),
                )),
            },
            Shape::Glob => match globset::Glob::new(&text) {
                Ok(_) => return true,
                Err(_) => Err((
                    format!("`{}` is not a pattern", shorten(&text)),
                    "use `*` for any text and `?` for any character".to_owned(),
                )),
            },
            Shape::Region => return self.region(source, field, node, &text),
            Shape::Email => {
                if is_email(&text) {
                    return true;
                }
                let help = "write it as `name@example.com`".to_owned();
                Err((format!("`{}` is not an e-mail address", shorten(&text)), help))
            }
            _ => return true,
        };
        match canonical {
            Ok(content) => {
                node.content = content;
                true
            }
            Err((message, help)) => {
                self.report(source, node.span, "bad-value", message, &help);
                false
            }
        }
    }

    fn pattern(
        &mut self,
        source: &Source<'_>,
        field: &str,
        regex: &'static str,
        called: &str,
        node: &Node,
        text: &str,
    ) -> bool {
        let compiled =
            self.patterns.entry(regex).or_insert_with(|| Regex::new(&format!("^(?:{regex})$")).ok()).as_ref();
        // A vocabulary whose pattern does not compile is caught by its own tests; nobody's manifest is wrong for it.
        if compiled.is_none_or(|compiled| compiled.is_match(text)) {
            return true;
        }
        let message = format!("`{field}` must be {called}, not `{}`", shorten(text));
        self.report(source, node.span, "bad-value", message, "");
        false
    }

    fn one_of(&mut self, source: &Source<'_>, field: &str, words: &[&str], node: &Node, text: &str) -> bool {
        if words.contains(&text) {
            return true;
        }
        let message = format!("`{}` is not possible in `{field}`", shorten(text));
        let help = match did_you_mean(text, words.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write {}", quoted_list(words.iter().copied())),
        };
        self.report(source, node.span, "unknown-word", message, &help);
        false
    }

    fn reference(
        &mut self,
        source: &Source<'_>,
        field: &str,
        nouns: &'static [&'static str],
        node: &mut Node,
        text: &str,
    ) -> bool {
        let (noun, name) = match text.split_once('/') {
            None => (None, text),
            Some((written, name)) => match nouns.iter().find(|noun| **noun == written) {
                Some(noun) => (Some(*noun), name),
                None => {
                    let message = format!("`{field}` cannot point at a `{}`", shorten(written));
                    let help = match nouns.first() {
                        Some(noun) => format!("write `{name}` or `{noun}/{name}`"),
                        None => String::new(),
                    };
                    self.report(source, node.span, "bad-reference", message, &help);
                    return false;
                }
            },
        };
        if let Some((message, _)) = bad_name(name) {
            self.report(source, node.span, "bad-reference", message, "write the `name` of the document it points at");
            return false;
        }
        let may_be_retired = matches!(field, "people" | "teams");
        let origin = source.origin(node.span);
        self.references.push(Written { nouns, name: name.to_owned(), noun, may_be_retired, origin });
        if noun.is_some() {
            node.content = Content::Text(name.to_owned());
        }
        true
    }

    /// Regions are opened faster than Polity is released: an unknown one is a warning, unless it cannot be one.
    fn region(&mut self, source: &Source<'_>, field: &str, node: &Node, text: &str) -> bool {
        let likely = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
        if text.is_empty() || !text.chars().all(likely) {
            let message = format!("`{field}` must be a region, not `{}`", shorten(text));
            self.report(source, node.span, "bad-value", message, "regions are written in letters, digits and `-`");
            return false;
        }
        let types = &self.vocabulary.types;
        let known: Vec<&str> = match self.section.as_deref().and_then(|section| types.get(section)) {
            Some(platform_type) => platform_type.regions.clone(),
            None => types.values().flat_map(|platform_type| platform_type.regions.iter().copied()).collect(),
        };
        if !known.is_empty() && !known.contains(&text) {
            let help = match did_you_mean(text, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "check its spelling; a region that is new may stay as it is".to_owned(),
            };
            self.diagnostics.push(
                Diagnostic::warning(
                    "unknown-region",
                    &source.origin(node.span),
                    format!("no region `{text}` is known"),
                )
                .help(help),
            );
        }
        true
    }
}

/// Why a text cannot be a name of ours, and what to do about it.
pub(crate) fn bad_name(text: &str) -> Option<(String, String)> {
    let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    if text.is_empty() {
        return Some(("a name cannot be empty".to_owned(), "write a short word in lower case".to_owned()));
    }
    if text.chars().count() > NAME_MAX {
        let message = format!("this name is too long: at most {NAME_MAX} characters");
        return Some((message, "shorten it, and put the long form into `title`".to_owned()));
    }
    let strange = text.chars().find(|character| !allowed(*character));
    let first_is_right = text.starts_with(|first: char| first.is_ascii_alphanumeric());
    if strange.is_none() && first_is_right {
        return None;
    }
    let message = match strange {
        Some(' ') => format!("a name cannot hold a space: `{}`", shorten(text)),
        Some(character) => format!("a name cannot hold `{character}`: `{}`", shorten(text)),
        None => format!("a name starts with a letter or a digit: `{}`", shorten(text)),
    };
    let plain = plain_name(text);
    let help = if plain.is_empty() {
        "use letters a to z, digits, `-`, `_` and `.`; any text may stand in `title`".to_owned()
    } else {
        format!("write `{plain}`, and put `{}` into `title`", shorten(text))
    };
    Some((message, help))
}

/// A name of ours that is near to this text.
fn plain_name(text: &str) -> String {
    let mut plain = String::new();
    for character in text.chars().flat_map(char::to_lowercase) {
        let written = match character {
            'a'..='z' | '0'..='9' | '_' | '.' => Some(character.to_string()),
            'ä' | 'æ' => Some("ae".to_owned()),
            'ö' | 'ø' | 'œ' => Some("oe".to_owned()),
            'ü' => Some("ue".to_owned()),
            'ß' => Some("ss".to_owned()),
            'à' | 'á' | 'â' | 'ã' | 'å' => Some("a".to_owned()),
            'ç' | 'č' | 'ć' => Some("c".to_owned()),
            'è' | 'é' | 'ê' | 'ë' | 'ě' | 'ę' => Some("e".to_owned()),
            'ì' | 'í' | 'î' | 'ï' => Some("i".to_owned()),
            'ñ' | 'ń' => Some("n".to_owned()),
            'ò' | 'ó' | 'ô' | 'õ' => Some("o".to_owned()),
            'ù' | 'ú' | 'û' => Some("u".to_owned()),
            'ř' => Some("r".to_owned()),
            'š' | 'ś' => Some("s".to_owned()),
            'ý' | 'ÿ' => Some("y".to_owned()),
            'ž' | 'ź' | 'ż' => Some("z".to_owned()),
            'ł' => Some("l".to_owned()),
            character if character.is_alphanumeric() => None,
            _ => Some("-".to_owned()),
        };
        match written {
            Some(written) if written == "-" && (plain.is_empty() || plain.ends_with('-')) => {}
            Some(written) => plain.push_str(&written),
            None => return String::new(),
        }
    }
    plain.trim_matches(['-', '_', '.']).chars().take(NAME_MAX).collect()
}

/// Whether mail could be sent there: one `@`, a domain with a dot, nothing invisible.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let visible = |part: &str| part.bytes().all(|byte| byte.is_ascii_graphic() && !b"()<>[]:;@\\,\"".contains(&byte));
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    !local.is_empty()
        && local.len() <= 64
        && text.len() <= 254
        && visible(local)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && domain.contains('.')
        && domain.split('.').all(label)
}

/// A noun as it is spoken.
pub(crate) fn spoken(noun: &'static str) -> &'static str {
    if noun == "landing_zone" { "landing zone" } else { noun }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_a_plain_one_is_suggested() {
        for name in ["prod", "a", "9", "team.b_c-d"] {
            assert_eq!(bad_name(name), None, "{name}");
        }
        for name in ["", "-a", "a b", "a/b", "größe", &"a".repeat(101)] {
            assert!(bad_name(name).is_some(), "{name}");
        }
        assert_eq!(plain_name("Größe & Maß"), "groesse-mass");
        assert_eq!(plain_name("Zürich Team"), "zuerich-team");
        assert_eq!(plain_name("東京"), "");
    }

    #[test]
    fn addresses_of_mail() {
        for good in ["a@b.co", "sky+x.y@acme.example", "o'neil@x.example"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "a@b", "@b.co", "a@", "a b@c.de", "a@b..c", "a@-b.co", ".a@b.co", "a@b@c.de"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
