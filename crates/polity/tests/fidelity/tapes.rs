//! What holds tapes to the models must be able to say no.

use std::fs;

use serde_json::Value as Json;

use crate::support::{cloud::script, root};

/// Exchanges that are as AWS would have them, and others with one mistake each; `says` is what must be said of it.
const TAPES: &str = "crates/polity/tests/fidelity/tapes";

fn check(lines: &[String]) -> Result<String, String> {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("tape");
    fs::write(&path, lines.join("\n")).unwrap();
    script("http://127.0.0.1:1", "fidelity.py", &[path.to_str().unwrap()])
}

fn lines(name: &str) -> Vec<String> {
    fs::read_to_string(root().join(TAPES).join(name)).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_faithful_tape_is_accepted() {
    let lines = lines("faithful.jsonl");
    assert_eq!(check(&lines).unwrap().trim(), lines.len().to_string());
}

#[test]
fn every_broken_exchange_is_found() {
    let lines = lines("broken.jsonl");
    assert!(lines.len() >= 20);
    let said = check(&lines).unwrap_err();
    for (number, line) in lines.iter().enumerate() {
        let line: Json = serde_json::from_str(line).unwrap();
        let says = line["says"].as_str().unwrap();
        let place = format!("(line {}", number + 1);
        assert!(said.lines().any(|one| one.contains(says) && one.contains(&place)), "{place}: no `{says}` in\n{said}");
    }
}
