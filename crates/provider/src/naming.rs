//! Manifest names for native objects that are adopted: readable, stable, and no two the same.

use std::collections::BTreeMap;

/// Longest name that is made here, in characters; the language allows more.
const LONGEST: usize = 50;

/// A kebab-case name of ASCII letters and digits; empty where nothing of the text can be written so.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.chars().flat_map(char::to_lowercase) {
        match plain(character) {
            Some(written) => slug.push_str(written),
            None if character.is_ascii_alphanumeric() => slug.push(character),
            // An apostrophe or an accent of its own joins what stands around it.
            None if character == '\'' || character == '\u{2019}' || ('\u{300}'..='\u{36f}').contains(&character) => {}
            None if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            None => {}
        }
        if slug.len() >= LONGEST {
            break;
        }
    }
    slug.truncate(LONGEST);
    slug.trim_end_matches('-').to_owned()
}

/// How letters with accents of the Latin alphabet are written without them.
fn plain(character: char) -> Option<&'static str> {
    const LETTERS: [(&str, &str); 22] = [
        ("äæ", "ae"),
        ("öœø", "oe"),
        ("ü", "ue"),
        ("ß", "ss"),
        ("àáâãåāăą", "a"),
        ("çćčĉ", "c"),
        ("ďđð", "d"),
        ("èéêëēėęě", "e"),
        ("ğģĝ", "g"),
        ("ìíîïīįı", "i"),
        ("ķ", "k"),
        ("łļĺľ", "l"),
        ("ñńņň", "n"),
        ("òóôõōő", "o"),
        ("ŕř", "r"),
        ("śşšșŝ", "s"),
        ("ţťț", "t"),
        ("ùúûūůűų", "u"),
        ("ŵ", "w"),
        ("ýÿŷ", "y"),
        ("źżž", "z"),
        ("þ", "th"),
    ];
    LETTERS.iter().find(|(letters, _)| letters.contains(character)).map(|(_, written)| *written)
}

/// Joins the parts of a name that have something to say.
pub fn join(parts: &[&str]) -> String {
    let joined = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("-");
    joined.chars().take(LONGEST * 2 - 10).collect::<String>().trim_end_matches('-').to_owned()
}

/// An object that wants a name: the names that would do, the best first.
#[derive(Clone, Debug)]
pub struct Wish<'a> {
    /// Native id.
    pub id: &'a str,
    /// The best first.
    pub names: Vec<String>,
}

impl<'a> Wish<'a> {
    /// The last resort is made of the native id, so no two objects share it.
    pub fn new(id: &'a str, noun: &str, names: impl IntoIterator<Item = String>) -> Self {
        let mut names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
        names.dedup();
        let tail = slug(id.rsplit(['-', '/']).next().unwrap_or(id));
        let head: String = names.first().map_or(noun, String::as_str).chars().take(LONGEST - 15).collect();
        names.push(join(&[head.trim_end_matches('-'), &tail]));
        names.push(join(&[noun, &slug(id)]));
        Self { id, names }
    }
}

/// Names by native id. All who want the same name step back to their next wish together, so that a name says nothing
/// about who came first, and stays the same whatever else is there.
pub fn distinct(wishes: &[Wish<'_>]) -> BTreeMap<String, String> {
    let mut step: BTreeMap<&str, usize> = wishes.iter().map(|wish| (wish.id, 0)).collect();
    let name = |wish: &Wish<'_>, step: &BTreeMap<&str, usize>| {
        wish.names.get(step.get(wish.id).copied().unwrap_or(0)).or(wish.names.last()).cloned().unwrap_or_default()
    };
    loop {
        let mut takers: BTreeMap<String, Vec<&Wish<'_>>> = BTreeMap::new();
        for wish in wishes {
            takers.entry(name(wish, &step)).or_default().push(wish);
        }
        let mut stepped = false;
        for wish in takers.values().filter(|same| same.len() > 1).flatten() {
            let at = step.entry(wish.id).or_default();
            if *at + 1 < wish.names.len() {
                *at += 1;
                stepped = true;
            }
        }
        if !stepped {
            return wishes.iter().map(|wish| (wish.id.to_owned(), name(wish, &step))).collect();
        }
    }
}

/// Whether the language takes this as an e-mail address. Somewhat stricter is fine: a doubtful one is left out.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let word = |part: &str, more: &[u8]| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    let label = |part: &str| word(part, b"-") && !part.starts_with('-') && !part.ends_with('-');
    text.len() <= 254
        && local.len() <= 64
        && local.split('.').all(|part| word(part, b"!#$%&'*+-/=?^_`{|}~"))
        && domain.contains('.')
        && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain_and_readable() {
        for (text, expected) in [
            ("Prod", "prod"),
            ("Card Data (EU)", "card-data-eu"),
            ("Größe & Übung", "groesse-uebung"),
            ("Ça va, l'Été", "ca-va-lete"),
            ("  --x__y..z--  ", "x-y-z"),
            ("日本", ""),
            ("日本 prod", "prod"),
            ("🚀", ""),
            ("O'Brien", "obrien"),
        ] {
            assert_eq!(slug(text), expected, "{text}");
        }
        assert!(slug(&"long ".repeat(50)).len() <= LONGEST);
    }

    #[test]
    fn all_who_want_the_same_name_step_back() {
        let wishes = [
            Wish::new("ou-1", "zone", ["prod".to_owned(), "shop-prod".to_owned()]),
            Wish::new("ou-2", "zone", ["prod".to_owned(), "bank-prod".to_owned()]),
            Wish::new("ou-3", "zone", ["dev".to_owned()]),
        ];
        let names = distinct(&wishes);
        assert_eq!(names["ou-1"], "shop-prod");
        assert_eq!(names["ou-2"], "bank-prod");
        assert_eq!(names["ou-3"], "dev");
        let mut turned = wishes.to_vec();
        turned.reverse();
        assert_eq!(distinct(&turned), names);
    }

    #[test]
    fn who_cannot_be_told_apart_gets_its_id() {
        let wishes = [Wish::new("ou-a-11", "zone", ["x".to_owned()]), Wish::new("ou-a-22", "zone", ["x".to_owned()])];
        assert_eq!(distinct(&wishes).into_values().collect::<Vec<_>>(), ["x-11", "x-22"]);
        let nameless = [Wish::new("ou-a-33", "zone", [String::new()])];
        assert_eq!(distinct(&nameless)["ou-a-33"], "zone-33");
    }

    #[test]
    fn stepping_back_onto_a_taken_name_goes_on() {
        let wishes = [
            Wish::new("a-1", "zone", ["prod".to_owned(), "shop-prod".to_owned()]),
            Wish::new("a-2", "zone", ["prod".to_owned(), "bank-prod".to_owned()]),
            Wish::new("a-3", "zone", ["shop-prod".to_owned()]),
        ];
        let names = distinct(&wishes);
        let mut values: Vec<_> = names.values().collect();
        values.sort();
        values.dedup();
        assert_eq!(values.len(), 3, "{names:?}");
    }

    #[test]
    fn doubtful_addresses_are_refused() {
        for right in ["ada@acme.example", "sky+shop-prod@acme.example", "a.b_c@x-y.example"] {
            assert!(is_email(right), "{right}");
        }
        for wrong in ["", "ada", "ada@acme", "a b@acme.example", "a@@acme.example", ".a@acme.example", "a@-x.example"] {
            assert!(!is_email(wrong), "{wrong}");
        }
    }
}
