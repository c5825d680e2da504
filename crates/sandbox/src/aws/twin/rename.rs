//! Other ids in place of those that were drawn here, in everything that a world holds.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::World;

/// The world with every id renamed, wherever it stands: by itself, in the name of a resource, in a key. `texts` are
/// replaced where they stand alone.
pub(super) fn rename(
    world: &World,
    ids: &BTreeMap<String, String>,
    texts: &BTreeMap<String, String>,
) -> Result<World, serde_json::Error> {
    serde_json::from_value(value(serde_json::to_value(world)?, ids, texts))
}

fn value(held: Value, ids: &BTreeMap<String, String>, texts: &BTreeMap<String, String>) -> Value {
    match held {
        Value::String(held) => Value::String(texts.get(&held).cloned().unwrap_or_else(|| text(&held, ids))),
        Value::Array(items) => items.into_iter().map(|item| value(item, ids, texts)).collect(),
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, held)| (text(&name, ids), value(held, ids, texts)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        other => other,
    }
}

/// Words of letters, digits and hyphens are looked up whole, so that no id is found within another.
fn text(held: &str, ids: &BTreeMap<String, String>) -> String {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let mut renamed = String::with_capacity(held.len());
    let mut rest = held;
    while let Some(start) = rest.find(is_word) {
        let (before, word) = rest.split_at(start);
        let end = word.find(|letter| !is_word(letter)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        renamed.push_str(before);
        renamed.push_str(ids.get(word).map_or(word, String::as_str));
        rest = after;
    }
    renamed.push_str(rest);
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_renamed_whole_and_wherever_they_stand() {
        let ids = BTreeMap::from([("p-1".to_owned(), "p-real".to_owned()), ("111".to_owned(), "p-1".to_owned())]);
        for (held, renamed) in [
            ("p-1", "p-real"),
            ("arn:aws:organizations::111:policy/o-x/p-1", "arn:aws:organizations::p-1:policy/o-x/p-real"),
            ("p-12 xp-1 p-1-2", "p-12 xp-1 p-1-2"),
            ("ü p-1ü", "ü p-realü"),
            ("", ""),
        ] {
            assert_eq!(text(held, &ids), renamed, "{held}");
        }
        let texts = BTreeMap::from([("root@example".to_owned(), "aws@acme.example".to_owned())]);
        let held = serde_json::json!({"p-1": ["root@example", "to root@example"]});
        let renamed = serde_json::json!({"p-real": ["aws@acme.example", "to root@example"]});
        assert_eq!(value(held, &ids, &texts), renamed);
    }
}
