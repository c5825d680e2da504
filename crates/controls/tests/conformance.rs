//! The conformance cases of CEL, in `conformance/cases.json`: whence they come stands beside them.
//!
//! A case passes if its value comes out, or if it should be an error and is refused or has no value. A case is *not
//! supported* if it should have a value and is refused when it is loaded, for a reason that `not-supported.txt` names. Anything
//! else is a failure: a wrong value above all.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it measured"
)]

use std::{collections::BTreeMap, fmt::Write as _};

use polity_controls::{Value, value_of};
use serde_json::Value as Json;

enum Verdict {
    Passed,
    NotSupported(&'static str),
    Failed(String),
}

fn judge(expression: &str, wanted: &str, json: &Json) -> Verdict {
    match (value_of(expression), wanted) {
        (Err(_) | Ok(Value::Unknown(_)), "error") => Verdict::Passed,
        (Err(mistakes), _) => {
            assert!(!mistakes.is_empty(), "refused without a word: {expression}");
            Verdict::NotSupported(mistakes[0].code)
        }
        (Ok(value), _) if is(&value, wanted, json) => Verdict::Passed,
        (Ok(value), _) => Verdict::Failed(format!("{value:?}")),
    }
}

fn is(value: &Value, wanted: &str, json: &Json) -> bool {
    let text = json.as_str().unwrap_or_default();
    match (value, wanted) {
        (Value::Null, "null") => true,
        (Value::Bool(value), "bool") => json.as_bool() == Some(*value),
        (Value::Int(value), "int") => text.parse() == Ok(*value),
        (Value::Uint(value), "uint") => text.parse() == Ok(*value),
        (Value::Double(value), "double") => {
            let wanted: f64 = json.as_f64().or_else(|| text.parse().ok()).unwrap_or(f64::NAN);
            value.to_bits() == wanted.to_bits() || value.is_nan() && wanted.is_nan()
        }
        (Value::Text(value), "string") => **value == *text,
        _ => false,
    }
}

/// Why a case is left out, from what was said about it: the groups of `not-supported.txt`.
fn group(name: &str, expression: &str, code: &str) -> &'static str {
    let has = |word: &str| expression.contains(word);
    match code {
        _ if has("optional.") || has("[?") || has(".?") || has("{?") => "optional",
        _ if has("cel.block") => "block",
        _ if has(".format(") => "format",
        _ if has("dyn(") => "dyn",
        _ if has("type(") => "type",
        "not-supported" if has("base64.") => "encoders",
        "not-supported" if name.starts_with("timestamps/") => "named-zone",
        "mixed-types" | "never-equal" | "wrong-type" => "static-types",
        "unknown-name" | "unknown-function" => "unbound",
        _ => "unexplained",
    }
}

#[test]
fn cases() {
    let cases: Vec<(String, String, String, Json)> =
        serde_json::from_str(include_str!("conformance/cases.json")).unwrap();
    let (mut passed, mut failed, mut left_out) = (0, String::new(), BTreeMap::<&str, Vec<&str>>::new());
    for (name, expression, wanted, json) in &cases {
        match judge(expression, wanted, json) {
            Verdict::Passed => passed += 1,
            Verdict::NotSupported(code) => {
                left_out.entry(group(name, expression, code)).or_default().push(name);
            }
            Verdict::Failed(came) => {
                writeln!(failed, "{name}: {expression} should be {wanted} {json}, came to {came}").unwrap();
            }
        }
    }
    let count: usize = left_out.values().map(Vec::len).sum();
    let mistakes = failed.lines().count();
    println!("CEL conformance: {passed} passed, {count} not supported, {mistakes} failed, of {}", cases.len());
    for (group, cases) in &left_out {
        println!("  not supported: {group}: {}", cases.len());
    }
    assert_eq!(failed, "");
    // Every group is explained, with its number: nothing becomes unsupported unseen.
    let explained: Vec<(&str, usize)> = include_str!("conformance/not-supported.txt")
        .lines()
        .filter_map(|line| line.split_once(' ').filter(|_| !line.starts_with(' ')))
        .filter_map(|(group, count)| Some((group, count.trim().parse().ok()?)))
        .collect();
    let found: Vec<(&str, usize)> = left_out.iter().map(|(group, cases)| (*group, cases.len())).collect();
    assert_eq!(found, explained);
}
