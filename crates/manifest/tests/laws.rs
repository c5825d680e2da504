//! What holds for any input: no panic, no lost content, text that reads back as it was meant.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{file, today, vocabulary};
use polity_manifest::{File, format, read, write};
use polity_model::{Map, Value, document::Document};
use proptest::prelude::*;

/// Pieces from which text grows that is nearly a manifest.
const PIECES: &[&str] = &[
    "kind: ",
    "name: ",
    "organization",
    "unit",
    "project",
    "platform",
    "guardrail",
    "version: polity/v1",
    "\n",
    "\n",
    "\n",
    "  ",
    "    ",
    "- ",
    "-",
    ": ",
    ":",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "#",
    " # x",
    "---\n",
    "...",
    "|\n",
    ">-\n",
    "|2",
    "'",
    "\"",
    "&a ",
    "*a",
    "!!str ",
    "? ",
    "\t",
    "\r\n",
    "é",
    "\u{1F600}",
    "\u{feff}",
    "a",
    "b",
    "null",
    "1",
    "5000 EUR",
    "tenants:\n",
    "access:\n",
    "team: ",
    "until: 2027-01-31",
    "parent: a",
    "%YAML 1.2\n",
    "\u{0}",
    "nimbus: ",
    "document: ",
    "file: x.json",
    "<<: ",
];

fn yaml_like() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..60).prop_map(|pieces| pieces.concat())
}

/// Nested mappings and lists with some disorder of indentation, comments and blank lines.
fn nested() -> impl Strategy<Value = String> {
    let line = (0_usize..4, 0_usize..9, 1_usize..5);
    prop::collection::vec(line, 1..25).prop_map(|lines| {
        let (mut text, mut depth) = (String::new(), 0_usize);
        for (index, (rise, form, step)) in lines.into_iter().enumerate() {
            depth = if rise == 3 { depth + 1 } else { depth.saturating_sub(rise) };
            let indent = " ".repeat(depth * step);
            text += &match form {
                0 => format!("{indent}k{index}:\n"),
                1 => format!("{indent}k{index}: v  \n"),
                2 => format!("{indent}- k{index}: v\n"),
                3 => format!("{indent}-   v{index}\n"),
                4 => format!("{indent}# note {index}\n"),
                5 => "\n\n".to_owned(),
                6 => format!("{indent}k{index}: |\n{indent}   text\n{indent}     more\n"),
                7 => format!("{indent}k{index}: [a,\n{indent}  b]\n"),
                _ => format!("{indent}k{index}: {{a: b}} # note\n"),
            };
        }
        text
    })
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        prop::sample::select(vec!["0.5", "-1.25", "1e5", "12345678901234567890"])
            .prop_map(|text| Value::Decimal(text.to_owned())),
        "[ -~]{0,12}".prop_map(Value::Text),
        "[a-z:#,\\[\\]{}'\" \n\t-]{0,14}".prop_map(Value::Text),
        any::<String>().prop_map(Value::Text),
        prop::sample::select(vec![
            "yes",
            "~",
            "0x1F",
            "---",
            "- a",
            "a: b",
            "a #b",
            "2012-10-17",
            ".inf.",
            "é",
            "a\nb\n",
            "a\n\n b",
            "x.json"
        ])
        .prop_map(Value::text),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 40, 5, |inner| {
        let name = prop_oneof!["[A-Za-z]{1,8}", "[ -~]{1,10}", Just("sky:Principal".to_owned())];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            prop::collection::btree_map(name, inner, 0..5).prop_map(Value::Map),
        ]
    })
}

/// What holds for any bytes: an organization or an error, and a layout that settles at once.
fn holds(bytes: &[u8]) {
    let file = File { path: "any.yaml".to_owned(), bytes: bytes.to_vec() };
    let reading = read(std::slice::from_ref(&file), &vocabulary(), today());
    assert_eq!(reading.organization.is_none(), reading.diagnostics.iter().any(polity_model::Diagnostic::is_error));
    if let Ok(text) = format(&file) {
        let again = format(&File { bytes: text.clone().into_bytes(), ..file });
        assert_eq!(again.as_deref(), Ok(text.as_str()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_never_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        holds(&bytes);
    }

    #[test]
    fn text_that_is_nearly_yaml_never_makes_it_panic(text in yaml_like()) {
        holds(text.as_bytes());
    }

    #[test]
    fn layout_moves_white_space_only_and_settles_at_once(text in prop_oneof![nested(), yaml_like()]) {
        if let Ok(once) = format(&file("a.yaml", &text)) {
            let again = format(&file("a.yaml", &once)).unwrap();
            prop_assert_eq!(&again, &once);
            let visible = |text: &str| text.replace('\u{feff}', "").split_whitespace().collect::<String>();
            prop_assert_eq!(visible(&text), visible(&once));
        }
    }

    #[test]
    fn what_is_written_reads_back(document in prop::collection::btree_map("[a-z]{1,6}", value(), 0..4), comment in any::<Option<String>>()) {
        prop_assume!(!(document.len() == 1 && document.contains_key("file")));
        let native = Map::from([("type".to_owned(), Value::text("deny")), ("document".to_owned(), Value::Map(document.clone()))]);
        let fields = |fields: Vec<(&str, Value)>| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let path = "all.yaml".to_owned();
        let documents = [
            Document { path: path.clone(), comment, fields: fields(vec![
                ("kind", Value::text("organization")), ("name", Value::text("acme")), ("version", Value::text("polity/v1")),
            ])},
            Document { path, comment: None, fields: fields(vec![
                ("kind", Value::text("guardrail")), ("name", Value::text("g")), ("nimbus", Value::Map(native)),
            ])},
        ];
        let files = write(&documents);
        let text = String::from_utf8(files[0].bytes.clone()).unwrap();
        let reading = read(&files, &vocabulary(), today());
        let organization = reading.organization.ok_or_else(|| TestCaseError::fail(format!("{:?}\n{text}", reading.diagnostics)))?;
        let read_back = organization.guardrail_documents["g"].native["nimbus"].value.get("document").cloned();
        prop_assert_eq!(read_back, Some(Value::Map(document)), "{}", text);
        prop_assert_eq!(format(&files[0]).unwrap(), text);
    }
}

#[test]
fn hostile_files_are_refused_quickly() {
    let deep = |piece: &str, count: usize| piece.repeat(count);
    for text in [
        deep("[", 200_000),
        deep("{a: ", 100_000),
        deep("- ", 200_000),
        deep("? ", 200_000),
        deep("a: &a [*a, *a]\n", 50_000),
        format!("a: [{}]", deep("x,", 500_000)),
        format!("\"{}", deep("\\n", 200_000)),
        deep("a:\n", 50_000),
        deep("!", 200_000),
        deep("---\n", 100_000),
        deep("&", 200_000),
    ] {
        let started = std::time::Instant::now();
        read_alone(&text);
        assert!(started.elapsed().as_secs() < 20, "{} took {:?}", &text[..12], started.elapsed());
    }
}

fn read_alone(text: &str) {
    let reading = read(&[File { path: "a.yaml".to_owned(), bytes: text.as_bytes().to_vec() }], &vocabulary(), today());
    assert!(reading.organization.is_none());
}
