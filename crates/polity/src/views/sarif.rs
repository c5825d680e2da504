//! Diagnostics as SARIF 2.1.0, which code scanning services read.

use std::collections::BTreeSet;

use polity_model::{Diagnostic, Origin};
use serde_json::{Value, json};

/// One SARIF log with one run. `prefix` leads from the root of the repository to the manifest folder.
pub(crate) fn sarif(diagnostics: &[Diagnostic], prefix: &str) -> Value {
    let codes: BTreeSet<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
    let rules: Vec<Value> =
        codes.iter().map(|code| json!({"id": code, "shortDescription": {"text": code.replace('-', " ")}})).collect();
    let results: Vec<Value> = diagnostics.iter().map(|diagnostic| result(diagnostic, &codes, prefix)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "polity",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(diagnostic: &Diagnostic, codes: &BTreeSet<&str>, prefix: &str) -> Value {
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message.push_str(&format!("\n\nhelp: {help}"));
    }
    let related: Vec<Value> = diagnostic
        .related
        .iter()
        .enumerate()
        .map(|(id, label)| {
            let mut location = location(&label.origin, prefix);
            if let Some(location) = location.as_object_mut() {
                location.insert("id".to_owned(), json!(id));
                location.insert("message".to_owned(), json!({"text": label.text}));
            }
            location
        })
        .collect();
    json!({
        "ruleId": diagnostic.code,
        "ruleIndex": codes.iter().position(|code| *code == diagnostic.code),
        "level": if diagnostic.is_error() { "error" } else { "warning" },
        "message": {"text": message},
        "locations": [location(&diagnostic.at.origin, prefix)],
        "relatedLocations": related,
    })
}

/// Where something is written.
pub(super) fn location(origin: &Origin, prefix: &str) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(&format!("{prefix}{}", origin.file))},
        "region": {"startLine": origin.line, "startColumn": origin.column},
    }})
}

/// A path as a relative URI reference: everything but the unreserved characters and the slash is percent-encoded.
fn uri(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_with_its_rules() {
        let origin = Origin { file: "my teams.yaml".into(), line: 3, column: 15, start: 39, end: 42 };
        let first = Diagnostic::error("unknown-name", &origin, "there is no person `bbo`").help("did you mean `bob`?");
        let second =
            Diagnostic::warning("expired", &origin, "this access has expired").related(&origin, "declared here");
        let mut log = sarif(&[first, second], "org/");
        log["runs"][0]["tool"]["driver"]["semanticVersion"] = json!("[version]");
        insta::assert_json_snapshot!(log);
    }

    #[test]
    fn no_diagnostics_are_a_valid_run() {
        assert_eq!(sarif(&[], "")["runs"][0]["results"], json!([]));
    }
}
