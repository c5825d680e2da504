//! The conformance cases of CEL, in `conformance/cases.json`: derived from <https://github.com/cel-expr/cel-spec>
//! (Copyright Google LLC, Apache-2.0), as lines of name, expression, type and value.
//!
//! A case passes if its value comes out, or if it should be an error and is refused or has no value. A case is *not
//! supported* if it should have a value and is refused when it is loaded, for a reason that `not-supported.txt` names. Anything
//! else is a failure: a wrong value above all.

use std::{collections::BTreeMap, fmt::Write as _};

use polity_controls::{Value, value_of};
use serde_json::Value as Json;

enum Verdict {
    Passed,
    NotSupported(String),
    Failed(String),
}

fn judge(expression: &str, wanted: &str, json: &Json) -> Verdict {
    match (value_of(expression), wanted) {
        (Err(_) | Ok(Value::Unknown(_)), "error") => Verdict::Passed,
        (Err(mistakes), _) => {
            let first = mistakes.first().expect("refused without a word");
            Verdict::NotSupported(format!("{}: {}", first.code, first.help.clone().unwrap_or_default()))
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

/// Why a case is left out, from what the checker said: one short word each, explained in `not-supported.txt`.
fn group(name: &str, expression: &str, said: &str) -> &'static str {
    let code = said.split(':').next().unwrap_or_default();
    match code {
        _ if expression.contains("optional.")
            || expression.contains("[?")
            || expression.contains(".?")
            || expression.contains("{?") =>
        {
            "optional"
        }
        _ if expression.contains("cel.block") => "block",
        _ if expression.contains(".format(") => "format",
        _ if expression.contains("dyn(") => "dyn",
        _ if expression.contains("type(") => "type",
        _ if expression.contains("base64.") => "encoders",
        "not-supported" if name.starts_with("timestamps/") => "named-zone",
        "mixed-types" | "wrong-arguments" if name.starts_with("math_ext/") => "mixed-types",
        "mixed-types" => "mixed-types",
        "never-equal" => "never-equal",
        "wrong-type" => "wrong-type",
        "unknown-name" | "unknown-function" => "unknown-name",
        _ => "other",
    }
}

#[test]
fn cases() {
    let cases: Vec<(String, String, String, Json)> =
        serde_json::from_str(include_str!("conformance/cases.json")).unwrap();
    let (mut passed, mut failed, mut left_out) = (0, String::new(), BTreeMap::<&str, Vec<String>>::new());
    for (name, expression, wanted, json) in &cases {
        match judge(expression, wanted, json) {
            Verdict::Passed => passed += 1,
            Verdict::NotSupported(said) => {
                left_out
                    .entry(group(name, expression, &said))
                    .or_default()
                    .push(format!("{name}   {expression}   {said}"));
            }
            Verdict::Failed(came) => {
                writeln!(failed, "{name}: {expression} should be {wanted} {json}, came to {came}").unwrap()
            }
        }
    }
    let count: usize = left_out.values().map(Vec::len).sum();
    println!(
        "CEL conformance: {passed} passed, {count} not supported, {} failed, of {}",
        failed.lines().count(),
        cases.len()
    );
    for (group, cases) in &left_out {
        println!("  not supported: {group}: {}", cases.len());
        if !matches!(*group, "optional" | "block" | "format" | "dyn" | "type") {
            for case in cases {
                println!("      {case}");
            }
        }
    }
    assert_eq!(failed, "");
}
