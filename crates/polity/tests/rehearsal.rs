//! Rehearsals by the binary: no cloud, no network, no time.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reorganization").join(name)
}

/// Rehearses the reorganization; credentials and endpoints of the machine must not matter.
fn rehearse(arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("polity").unwrap();
    command
        .env_clear()
        .args(["rehearse", "--today", "2026-06-01", "--folder"])
        .arg(folder("after"))
        .args(["--applier", "grace"])
        .args(arguments);
    command.assert()
}

fn from_before(arguments: &[&str]) -> assert_cmd::assert::Assert {
    let before = folder("before");
    let mut all = vec!["--from", before.to_str().unwrap()];
    all.extend(arguments);
    rehearse(&all)
}

fn json(assert: &assert_cmd::assert::Assert) -> Value {
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

#[test]
fn a_great_change_converges_and_is_told_step_by_step() {
    let assert = from_before(&["-o", "json"]).code(0);
    let told = json(&assert);
    assert_eq!(told["converged"], true);
    let applies = told["applies"].as_array().unwrap();
    assert_eq!((applies.len(), applies[0]["end"].as_str()), (1, Some("done")));
    let steps = applies[0]["steps"].as_array().unwrap();
    let done = steps.iter().filter(|step| step["what"] == "done").count();
    assert!(done > 170, "{done} changes");
    for action in ["create", "update", "move", "delete"] {
        assert!(steps.iter().any(|step| step["action"] == action), "{action}");
    }
    let (took, bound) = (applies[0]["took_ms"].as_u64().unwrap(), applies[0]["rates_ask_for_ms"].as_u64().unwrap());
    assert!(took >= bound && bound > 0, "{took} {bound}");
    // The same seed, the same rehearsal.
    let again = from_before(&["-o", "json"]).code(0);
    assert_eq!(json(&again), told);
}

#[test]
fn no_fault_at_any_write_does_harm() {
    let assert = from_before(&["--matrix", "--runs", "21", "-o", "json"]);
    let told = json(&assert);
    let wrong: Vec<&Value> = told["runs"].as_array().unwrap().iter().filter(|run| run["verdict"] == "wrong").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert.code(0);
    let rows = told["table"].as_array().unwrap();
    assert!(rows.len() >= 12, "{} kinds of fault", rows.len());
    assert!(rows.iter().all(|row| row["wrong"] == 0 && row["runs"] == 1), "{rows:?}");
    let runs = told["runs"].as_array().unwrap();
    for run in runs.iter().filter(|run| run["verdict"] == "stopped") {
        assert!(!run["told"].as_str().unwrap().is_empty(), "{run}");
    }
    let converged = runs.iter().filter(|run| run["verdict"] == "converged").count();
    assert!(converged * 2 > runs.len(), "{converged} of {}", runs.len());
}

#[test]
fn what_cannot_be_rehearsed_is_said() {
    let text = |assert: assert_cmd::assert::Assert| String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    let unknown = text(from_before(&["--matrix", "--faults", "gremlins"]).code(1));
    assert!(unknown.contains("`gremlins` is no fault") && unknown.contains("cut_after"), "{unknown}");
    let none = text(rehearse(&["--inventory", "nowhere.json"]).code(1));
    assert!(none.contains("`nowhere.json` is no inventory") && none.contains("polity inventory -o json"), "{none}");
}

#[test]
fn three_clouds_are_rehearsed_as_one() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/mercator");
    let mut command = Command::cargo_bin("polity").unwrap();
    command
        .env_clear()
        .args(["rehearse", "--today", "2026-06-01", "--from-nothing", "-o", "json", "--folder"])
        .arg(example);
    let told = json(&command.assert().code(0));
    assert_eq!(told["converged"], true, "{told:#}");
    let steps: Vec<String> = told["applies"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|apply| apply["steps"].as_array().unwrap())
        .map(|step| step["address"].to_string())
        .collect();
    for platform in ["aws", "sky", "cluster"] {
        let own = steps.iter().filter(|address| address.starts_with(&format!("\"{platform}/"))).count();
        assert!(own > 5, "{own} steps on {platform}");
    }
}
