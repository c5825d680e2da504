//! The canonical layout: what it does, and that it never changes what is said.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::file;
use polity_manifest::format;

fn formatted(text: &str) -> String {
    format(&file("a.yaml", text)).unwrap()
}

#[test]
fn indentation_blank_lines_and_ends_are_settled() {
    let text = "\u{feff}# the whole\r\nkind:   organization  \r\nname: acme\r\n\r\n\r\n\r\ntags:\r\n    env: {values: [dev,prod]}   # kept\r\n---\r\n\
                kind: unit\r\nname: a\r\naccess:\r\n- person: ada\r\n  role: x\r\n# about the next\r\n-   person: bob\r\n    role: y\r\n\r\n";
    insta::assert_snapshot!(formatted(text));
}

#[test]
fn comments_stay_beside_what_they_tell_about() {
    let text = "kind: unit\ntags:\n      a: b\n      # ends the tags\n# begins the access\naccess:\n   # first\n   - person: ada # who\n     # why\n     reason: r\n   -   # empty dash\n     person: bob\n# the end\n";
    insta::assert_snapshot!(formatted(text));
}

#[test]
fn long_texts_keep_every_character() {
    let text = "a:\n    text: |\n          one  \n            two\n\n          three\n    folded: >-\n      x\n      y\n    quoted: \"a\n       b\"\n    plain: c\n      d\n    list: [\n        1,\n        2,   \n    ]\n";
    insta::assert_snapshot!(formatted(text));
}

#[test]
fn what_is_not_understood_stays_as_it_is() {
    for text in [
        "a: |2\n    x\n   y\n",
        "? [a]\n: b\n",
        "%YAML 1.2\n---\na:   b\n",
        "a: |+\n    x\n\n\n",
        "--- |\n  text\n",
        "a: \"x \\\n   y\"\n...\n",
    ] {
        assert_eq!(formatted(text), text);
    }
}

#[test]
fn empty_and_broken_files() {
    assert_eq!(formatted(""), "");
    assert_eq!(formatted("\n\n"), "");
    assert_eq!(formatted("# only a comment"), "# only a comment\n");
    let broken = format(&file("a.yaml", "a: [1\nb: 2\n")).unwrap_err();
    assert_eq!(broken[0].code, "yaml-syntax");
    assert!(format(&polity_manifest::File { path: "a.yaml".to_owned(), bytes: vec![0xff] }).is_err());
}
