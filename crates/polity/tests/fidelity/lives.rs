//! Every kind lives its whole life on the sandbox: those that moto can hold by the fixture that they live by there, the
//! others by a fixture of this folder.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value as Json;

use crate::{
    cloud::Cloud,
    life,
    support::{Simulated, root},
};

/// Every fixture of a life, by kind.
fn fixtures() -> BTreeMap<String, Json> {
    let read = |path: &Path| serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let kinds = fs::read_dir(root().join("crates/aws/fixtures")).unwrap().map(|entry| entry.unwrap());
    kinds
        .map(|folder| {
            let kind = folder.file_name().into_string().unwrap();
            let (on_moto, here) = (folder.path().join("life.json"), root().join("crates/polity/tests/fidelity/lives"));
            let path = if on_moto.exists() { on_moto } else { here.join(format!("{kind}.json")) };
            (kind, read(&path))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_lives_a_whole_life() {
    let sandbox = tokio::task::spawn_blocking(Simulated::start).await.unwrap();
    let mut cloud = Cloud::beside(Some(sandbox.endpoint()));
    let mut failures = BTreeMap::new();
    for (kind, content) in fixtures() {
        sandbox.start_over();
        cloud.ask(&serde_json::json!({"reset": true})).unwrap();
        if let Err(failure) = life::live(&mut cloud, &kind, &content).await {
            failures.insert(kind, failure);
        }
    }
    // It ends by running Python, and stops a runtime of its own.
    tokio::task::spawn_blocking(move || drop(sandbox)).await.unwrap();
    let lines: Vec<String> = failures.iter().map(|(kind, failure)| format!("{kind}: {failure}")).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}
