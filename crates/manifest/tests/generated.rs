//! JSON Schema and reference: both come from the registry that the checker uses.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::vocabulary;
use polity_manifest::{json_schema, reference};

#[test]
fn the_schema_of_editors() {
    insta::assert_json_snapshot!(json_schema(&vocabulary()));
}

#[test]
fn the_reference_of_the_language() {
    insta::assert_snapshot!(reference(&vocabulary()));
}

#[test]
fn every_pattern_of_the_schema_is_a_regular_expression() {
    fn patterns<'v>(value: &'v serde_json::Value, found: &mut Vec<&'v str>) {
        match value {
            serde_json::Value::Object(entries) => {
                found.extend(entries.get("pattern").and_then(serde_json::Value::as_str));
                entries.values().for_each(|value| patterns(value, found));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|value| patterns(value, found)),
            _ => {}
        }
    }
    let schema = json_schema(&vocabulary());
    let mut found = Vec::new();
    patterns(&schema, &mut found);
    assert!(found.len() > 50);
    for pattern in found {
        // Editors know lookahead, this engine does not.
        regex::Regex::new(&pattern.replace("(?=.)", "")).unwrap();
    }
}
