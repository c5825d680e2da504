//! One conformance test for all kinds, driven by files: `fixtures/<kind>/`.
//!
//! - `life.json`: absent -> create -> read -> update -> read -> delete -> absent against moto, with boto3 as the witness
//!   of what the cloud really holds.
//! - every other `*.json`: a dialogue of requests and answers for what moto lacks or cannot show. The same files are
//!   checked against botocore's model of the service, so that no fixture can say what AWS would not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so and stops"
)]

#[path = "conformance/cloud.rs"]
mod cloud;
#[path = "conformance/dialogue.rs"]
mod dialogue;
#[path = "conformance/life.rs"]
mod life;
#[path = "conformance/world.rs"]
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde_json::Value as Json;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// All fixture files of all kinds: (kind, file name, content).
fn files() -> Vec<(String, String, Json)> {
    let mut files = Vec::new();
    for folder in std::fs::read_dir(fixtures()).expect("fixtures").map(|entry| entry.unwrap().path()) {
        let kind = folder.file_name().unwrap().to_string_lossy().into_owned();
        for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let text = std::fs::read_to_string(&file).unwrap();
            let content = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            files.push((kind.clone(), file.file_name().unwrap().to_string_lossy().into_owned(), content));
        }
    }
    files.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
    files
}

#[test]
fn every_kind_has_fixtures() {
    let covered: BTreeSet<String> = files().into_iter().map(|(kind, ..)| kind).collect();
    let kinds: BTreeSet<String> = polity_aws::kinds::all().iter().map(|kind| kind.schema().kind.to_owned()).collect();
    assert_eq!(kinds, covered);
}

#[tokio::test]
async fn every_kind_lives_a_whole_life_on_moto() {
    let mut cloud = cloud::Cloud::beside(None);
    let mut failures = BTreeMap::new();
    for (kind, _, content) in files().into_iter().filter(|(_, name, _)| name == "life.json") {
        cloud.ask(&serde_json::json!({"reset": true})).unwrap();
        if let Err(failure) = life::live(&mut cloud, &kind, &content).await {
            failures.insert(kind, failure);
        }
    }
    let lines: Vec<String> = failures.iter().map(|(kind, failure)| format!("{kind}: {failure}")).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

// Nothing is sent, so nobody waits either.
#[tokio::test(start_paused = true)]
async fn every_dialogue_is_held_as_written() {
    let mut failures = Vec::new();
    for (kind, name, content) in files().into_iter().filter(|(_, name, _)| name != "life.json") {
        if let Err(failure) = dialogue::hold(&kind, &content).await {
            failures.push(format!("{kind}/{name}: {failure}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn dialogues_say_only_what_the_service_model_allows() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/model.py");
    let output = std::process::Command::new(cloud::python()).arg(script).arg(fixtures()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let checked: usize = said.trim().parse().expect("the number of calls that were checked");
    assert!(checked > 20, "only {checked} calls were checked");
}
