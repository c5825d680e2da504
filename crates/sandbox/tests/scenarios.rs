//! Scenario files: what is wrong with them is told with its place; what is right means what it says.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::{fmt::Write as _, fs, path::Path, time::Duration};

use polity_sandbox::{Access, Effect, Scenario, scenario::Latency};

fn folder(path: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn mistakes_are_told_with_their_place() {
    let mut told = String::new();
    for (name, bytes) in folder("tests/scenarios") {
        let wrong = Scenario::parse(&name, &bytes).expect_err(&name);
        for one in wrong {
            let origin = &one.at.origin;
            let marked = String::from_utf8_lossy(&bytes[origin.start as usize..origin.end as usize]).into_owned();
            let marked = marked.lines().next().unwrap_or_default().to_owned();
            let _ = writeln!(told, "{origin}:{} [{}] {}", origin.column, one.code, one.message);
            let _ = writeln!(told, "    under: {marked:?}\n    help: {}", one.help.unwrap_or_default());
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_file_means_what_it_says() {
    let text = b"version: polity/sandbox/v1\nseed: 7\nrules:\n  - select: {service: organizations, operation: [Create*, Move*], access: write, account: 222222222222}\n    when: {share: 0.05, after: 1m, until: 1h 30m}\n    effect: {latency: 40ms..2s}\n";
    let scenario = Scenario::parse("scenario.yaml", text).unwrap();
    assert_eq!(scenario.seed, 7);
    let rule = &scenario.rules[0];
    assert_eq!(rule.select.operation, ["Create*", "Move*"]);
    assert_eq!(rule.select.account, ["222222222222"]);
    assert_eq!(rule.select.access, Some(Access::Write));
    assert_eq!((rule.when.share, rule.when.until), (Some(0.05), Some(Duration::from_secs(5400))));
    let (from, to) = (Duration::from_millis(40), Duration::from_secs(2));
    assert_eq!(rule.effect, Effect::Latency(Latency { from, to }));
}

#[test]
fn the_examples_are_scenarios() {
    for (name, bytes) in folder("../../examples/scenarios") {
        if let Err(wrong) = Scenario::parse(&name, &bytes) {
            panic!("{name}: {wrong:#?}");
        }
    }
}
