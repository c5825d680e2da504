//! Our mark on native objects, and people's tags on projects.
//!
//! A project has tags: plain words without `/` and `,`. A tag of the manifest is written as `key=value`, our mark as
//! `polity:address=acme:sky:project:checkout`. Roles, users and groups have no tags, but Keystone keeps any further member
//! that it is given with an object: there the mark is the member `polity_address` (of a colon Keystone makes that by itself).

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    Address, Value,
    resource::{MARK_ATTRIBUTE, Mark},
};
use polity_provider::Ask;
use serde_json::{Value as Json, json};

/// The further member that holds the mark.
const MEMBER: &str = "polity_address";

/// The mark in the further members of an object.
pub(crate) fn read(object: &Json) -> Option<Mark> {
    object.get(MEMBER).and_then(Json::as_str).and_then(Mark::read)
}

/// Adds the mark to what is written, if it must be.
pub(crate) fn write(body: &mut serde_json::Map<String, Json>, ask: &Ask<'_>) {
    if let Some(mark) = ask.mark {
        body.insert(MEMBER.to_owned(), mark.written().into());
    } else if ask.changes(MARK_ATTRIBUTE) {
        body.insert(MEMBER.to_owned(), Json::Null);
    }
}

/// The tags of a project that people set, as an attribute, and our mark among them.
pub(crate) fn of_tags(project: &Json) -> (Value, Option<Mark>) {
    let (mut tags, mut marks) = (BTreeMap::<String, BTreeSet<String>>::new(), BTreeSet::new());
    for tag in project.get("tags").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str) {
        match tag.split_once('=') {
            Some((MARK_ATTRIBUTE, written)) => drop(marks.insert(written)),
            Some((key, value)) => drop(tags.entry(decode(key)).or_default().insert(decode(value))),
            None => drop(tags.entry(decode(tag)).or_default().insert(String::new())),
        }
    }
    // Keystone knows no keys, so one may have several values. None of them is lost: what is shown is then none of them alone.
    let joined = |(key, values): (String, BTreeSet<String>)| {
        (key, Value::Text(values.into_iter().collect::<Vec<_>>().join(", ")))
    };
    // Of two marks neither tells whose it is.
    let mark = if marks.len() == 1 { marks.pop_first().and_then(from_tag) } else { None };
    (Value::Map(tags.into_iter().map(joined).collect()), mark)
}

/// The tags of the manifest, as an attribute.
pub(crate) fn wanted(tags: &BTreeMap<String, String>) -> Value {
    Value::Map(tags.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect())
}

/// All tags that a project shall have: they are written as a whole.
pub(crate) fn tags(attribute: Option<&Value>, mark: Option<&Mark>) -> Vec<String> {
    let tags = attribute.and_then(Value::as_map).into_iter().flatten();
    let mut all: Vec<String> = tags
        .map(|(key, value)| match value.as_text() {
            None | Some("") => encode(key),
            Some(value) => format!("{}={}", encode(key), encode(value)),
        })
        .collect();
    all.extend(mark.map(|mark| format!("{MARK_ATTRIBUTE}={}", to_tag(mark))));
    all.sort();
    all
}

/// The body that writes tags.
pub(crate) fn tags_body(tags: &[String]) -> Json {
    json!({ "tags": tags })
}

/// A slash may not stand in a tag, and none of the parts of an address has a colon but the name, which is the last.
fn to_tag(mark: &Mark) -> String {
    let Address { platform, kind, name } = &mark.address;
    encode_but_colons(&format!("{}:{platform}:{kind}:{name}", mark.organization))
}

fn from_tag(written: &str) -> Option<Mark> {
    let written = decode(written);
    let mut parts = written.splitn(4, ':');
    let (organization, platform, kind, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some(Mark { organization: organization.to_owned(), address: Address::new(platform, kind, name) })
}

/// Slashes and commas may not stand in a tag; `=` parts key and value.
fn encode(text: &str) -> String {
    encode_but_colons(text).replace('=', "%3D")
}

fn encode_but_colons(text: &str) -> String {
    text.replace('%', "%25").replace(',', "%2C").replace('/', "%2F")
}

fn decode(text: &str) -> String {
    text.replace("%3D", "=").replace("%2F", "/").replace("%2C", ",").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mark(name: &str) -> Mark {
        Mark { organization: "acme".to_owned(), address: Address::new("sky", "project", name) }
    }

    #[test]
    fn a_project_carries_tags_and_mark_in_words_that_keystone_takes() {
        let tags: Vec<String> = tags(
            Some(&wanted(
                &[("env", "prod"), ("path", "a/b,c=d"), ("plain", "")].map(|(k, v)| (k.into(), v.into())).into(),
            )),
            Some(&mark("zone:prod")),
        );
        insta::assert_snapshot!(tags.join("\n"));
    }

    #[test]
    fn a_foreign_tag_is_read_and_a_broken_mark_is_none() {
        let (tags, mark) = of_tags(&json!({"tags": ["Team A", "polity:address=nonsense", "a=b=c"]}));
        assert_eq!(mark, None);
        assert_eq!(tags.to_json(), json!({"Team A": "", "a": "b=c"}));
        assert_eq!(of_tags(&json!({})).0, wanted(&BTreeMap::new()));
    }

    #[test]
    fn a_second_value_of_a_key_is_seen_and_two_marks_prove_nothing() {
        let written = tags(None, Some(&mark("shop"))).remove(0);
        let other = tags(None, Some(&mark("store"))).remove(0);
        let (tags, found) = of_tags(&json!({"tags": ["env=prod", "env=dev", written]}));
        assert_eq!((tags.to_json(), found), (json!({"env": "dev, prod"}), Some(mark("shop"))));
        assert_eq!(of_tags(&json!({"tags": [written, other]})).1, None);
    }

    proptest! {
        #[test]
        fn tags_read_back_as_they_were_written(
            pairs in proptest::collection::btree_map("[ -~]{1,20}", "[ -~]{0,20}", 0..5), name in "[a-z:.@-]{1,20}"
        ) {
            let mark = mark(&name);
            let written = tags(Some(&wanted(&pairs)), Some(&mark));
            prop_assert!(written.iter().all(|tag| !tag.contains(['/', ','])));
            let (read, found) = of_tags(&json!({ "tags": written }));
            prop_assert_eq!(found, Some(mark));
            prop_assert_eq!(read, wanted(&pairs));
        }
    }
}
