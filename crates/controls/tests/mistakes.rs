//! What is said about assertions that are wrong: each with its place and what to do next.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it measured"
)]

use std::collections::BTreeMap;

use polity_controls::{Assertion, Environment, Type};
use polity_model::facet;
use proptest::prelude::*;

/// The assertions, by what is wrong with them.
const WRONG: &[(&str, &[&str])] = &[
    (
        "names",
        &[
            "resource.pubic == false",
            "resource.public_access.blocked",
            "resorce.public",
            "public == false",
            "max_days < 3",
            "params.max_dais < 3",
            "params.nothing",
            "params",
            "resource.tags.env.x == ''",
            "resource.shared_with.name == ''",
            "resource.encrypted.yes",
        ],
    ),
    (
        "types",
        &[
            "resource.name",
            "resource.public == 'false'",
            "resource.name == 3",
            "resource.name && resource.public",
            "!resource.name",
            "resource.shared_with == 'x'",
            "resource.shared_with.size() == '0'",
            "resource.name in resource.name",
            "resource.public in resource.shared_with",
            "has(resource.created_at) && now - resource.created_at < 90",
            "has(resource.created_at) && resource.created_at > '2026-01-31'",
            "resource.name + 1 == 'x'",
            "params.max_days + 1.5 > 2.0",
            "resource.name == null",
            "[1, 'a'].size() == 2",
            "resource.public ? 1 : 'a'",
            "-resource.public",
            "{'a': 1, 'a': 2}.size() > params.max_days",
            "resource.shared_with['x'] == ''",
            "resource[0] == 1",
        ],
    ),
    (
        "absence",
        &[
            "resource.region == 'north'",
            "resource.tags['env'] == 'prod'",
            "resource.tags.env == 'prod' || resource.public",
            "project.name == 'x'",
            "has(project) || project.name == 'x'",
            "!has(resource.region) && resource.region == 'north'",
            "has(resource.public) && resource.public",
            "has(now)",
            "has(resource.name == 'x')",
            "has(resource.shared_with[0])",
            "has(resource.tags['env'])",
        ],
    ),
    (
        "functions",
        &[
            "resource.name.startswith('a')",
            "resource.name.contains(3)",
            "startsWith(resource.name, 'a')",
            "size(resource.public) > 1",
            "resource.name.frobnicate()",
            "resource.name.matches('(')",
            "resource.name.matches('(?=a)b')",
            "resource.name.matches(resource.id)",
            "resource.shared_with.all(x)",
            "resource.shared_with.all(x.y, true)",
            "resource.name.all(x, x == '')",
            "resource.shared_with.exists(x, x)",
            "dyn(resource.name) == 1",
            "type(resource.name) == string",
            "has(resource.created_at) && resource.created_at.getHours('Europe/Berlin') == 1",
            "math.greatest('a', 'b') == 1",
        ],
    ),
    (
        "words",
        &["identity.kind == 'person'", "tenant.state == 'live'", "has(tenant) && tenant.state in ['active', 'retird']"],
    ),
    (
        "sense",
        &[
            "true",
            "1 < 2 || resource.public",
            "resource.name == resource.name",
            "resource.public && !resource.public",
            "resource.public || !resource.public",
            "resource.name == 'a' && resource.name == 'b'",
            "resource.name != 'a' || resource.name != 'b'",
            "resource.shared_with.size() > 5 && resource.shared_with.size() < 3",
            "resource.public && resource.public",
            "resource.shared_with.all(x, x == x)",
            "has(resource.created_at) && resource.created_at > timestamp('2026-02-30T00:00:00Z')",
            "has(resource.created_at) && now - resource.created_at < duration('90')",
            "resource.shared_with.size() / 0 == 1",
            "'ab'.matches('a') && resource.public",
        ],
    ),
    (
        "syntax",
        &[
            "",
            "resource.public = false",
            "resource.public and resource.encrypted",
            "not resource.public",
            "resource.public &&",
            "(resource.public",
            "resource.name == 'abc",
            "resource.name == “abc”",
            "resource.name == 'a\\qb'",
            "resource.public; drop",
            "3d < 4",
            "99999999999999999999 > 1",
            "resource.?name == 'x'",
            "if == 1",
            "resource.public ? true",
            "resource..public",
            "resource.name == 'x' // a comment\n  && reource.public",
        ],
    ),
];

fn environment() -> Environment {
    let params =
        BTreeMap::from([("max_days".to_owned(), Type::Int), ("names".to_owned(), Type::List(Type::Text.into()))]);
    Environment { resource: facet::find("object_store"), places: true, params }
}

/// A mistake under the words that it is about.
fn shown(text: &str) -> String {
    let mut out = format!("{text}\n");
    for mistake in Assertion::read(text, &environment(), None).mistakes {
        let before = &text[..mistake.span.start];
        let under = mistake.span.of(text).chars().take_while(|c| *c != '\n').count().max(1);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        let (blank, under) = (" ".repeat(column), "^".repeat(under));
        out += &format!("{blank}{under} {}: {}\n", mistake.code, mistake.message);
        if let Some(help) = &mistake.help {
            out += &format!("{blank}  help: {help}\n");
        }
    }
    out
}

#[test]
fn mistakes_are_said_at_their_place() {
    for (name, texts) in WRONG {
        let shown: Vec<String> = texts.iter().map(|text| shown(text)).collect();
        for (text, shown) in texts.iter().zip(&shown) {
            assert!(shown.lines().count() > text.lines().count(), "nothing is said about {text}");
        }
        insta::assert_snapshot!(*name, shown.join("\n"));
    }
}

/// What people should be able to write.
#[test]
fn good_assertions_are_taken() {
    for text in [
        "!resource.public",
        "resource.public == false && resource.public_write == false",
        "!has(resource.region) || resource.region in params.names",
        "has(resource.region) ? resource.region != 'x' : true",
        "params.names.all(t, t in resource.tags && resource.tags[t] != '')",
        "'env' in resource.tags && resource.tags.env == 'prod' || resource.versioning",
        "!('env' in resource.tags) || resource.tags['env'].startsWith('p')",
        "has(project) && 'pci' in project.tags && resource.tags.exists(k, v, k == 'owner' && v != '')",
        "has(resource.last_backup_at) && now - resource.last_backup_at <= duration('26h')",
        "has(resource.min_tls) && resource.min_tls >= 1.2",
        "resource.shared_with.size() <= params.max_days",
        "resource.name.matches('^[a-z0-9-]+$') && !resource.name.contains('..')",
        "has(landing_zone) && 'prod' in landing_zone.path && resource.locked",
        "has(tenant) && tenant.state == 'active' && has(tenant.id) && tenant.id == resource.account",
        "cel.bind(days, params.max_days + 1, resource.shared_with.size() < days)",
    ] {
        let reading = Assertion::read(text, &environment(), None);
        assert!(reading.mistakes.is_empty() && reading.assertion.is_some(), "{text}: {:?}", reading.mistakes);
    }
}

/// Text of any size and depth is refused or read, never more.
#[test]
fn hostile_texts() {
    let deep = |open: &str, close: &str| format!("{}true{}", open.repeat(5_000), close.repeat(5_000));
    for text in [
        deep("(", ")"),
        deep("[", "]"),
        deep("{'a':", "}"),
        deep("!", ""),
        deep("true ? ", " : false"),
        format!("1{} > 2", " + 1".repeat(5_000)),
        format!("resource{}", ".tags".repeat(5_000)),
        format!("'{}' == ''", "x".repeat(1_000_000)),
        format!("resource.public {}", "&& resource.public ".repeat(3_000)),
        "\u{0}\u{feff}".to_owned(),
        format!("resource.name.matches('{}')", "(a{1000}){1000}"),
        "cel.bind(a, 'xxxxxxxx', cel.bind(b, a+a+a+a+a+a+a+a, cel.bind(c, b+b+b+b+b+b+b+b, cel.bind(d, c+c+c+c+c+c+c+c, cel.bind(e, d+d+d+d+d+d+d+d, cel.bind(f, e+e+e+e+e+e+e+e, cel.bind(g, f+f+f+f+f+f+f+f, g+g+g+g+g+g+g+g != resource.name)))))))".to_owned(),
        {
            let list = format!("[{}]", vec!["1"; 300].join(","));
            format!("{list}.all(a, {list}.all(b, {list}.all(c, {list}.all(d, a + b + c + d > 0)))) && resource.public")
        },
    ] {
        let reading = Assertion::read(&text, &environment(), None);
        assert!(reading.assertion.is_some() || !reading.mistakes.is_empty());
    }
}

/// Pieces of assertions, and of what somebody might take for one.
const PIECES: &[&str] = &[
    "resource",
    ".",
    "public",
    "name",
    "tags",
    "shared_with",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'a'",
    "'",
    "\"ä\\n\"",
    "1",
    "0x1F",
    "9223372036854775807",
    "-",
    "1.5",
    "2u",
    "&&",
    "||",
    "!",
    "==",
    "!=",
    "<",
    ">=",
    " in ",
    "?",
    ":",
    ",",
    "+",
    "*",
    "/",
    "%",
    ".all(x, ",
    ".exists(k, v, ",
    ".map(x, ",
    ".filter(x, ",
    "x",
    "k",
    "has(",
    "size(",
    "now",
    "params.max_days",
    "tenant",
    "duration('1d')",
    "timestamp('2026-01-01T00:00:00Z')",
    ".matches('",
    "true",
    "null",
    "b'\\xff'",
    "r'\\'",
    "cel.bind(y, ",
    ".substring(",
    ".split(',')",
    "math.greatest(",
    "// c\n",
    "`a-b`",
    "int(",
    "string(",
    "\u{feff}",
    "é",
    ";",
    "=",
];

proptest! {
    #[test]
    fn any_text_is_read_or_refused(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        let text = pieces.concat();
        let reading = Assertion::read(&text, &environment(), None);
        prop_assert!(reading.assertion.is_some() || !reading.mistakes.is_empty());
        for mistake in &reading.mistakes {
            prop_assert!(text.get(mistake.span.start..mistake.span.end).is_some(), "{:?}", mistake);
        }
        let _ = polity_controls::value_of(&text);
    }
}
