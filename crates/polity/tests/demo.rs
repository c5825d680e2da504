//! `polity demo`: what a person reads who tries Polity for the first time.

// Clippy takes only functions that are marked as tests for tests; the helpers of this file are part of them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use assert_cmd::cargo::CommandCargoExt as _;

/// The demo, among settings that would lead any other command astray.
fn demo(within: &Path, words: &[&str]) -> Output {
    Command::cargo_bin("polity")
        .unwrap()
        .arg("demo")
        .args(words)
        .current_dir(within)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", within)
        .env("TMPDIR", within)
        .env("POLITY_TODAY", "2026-11-22")
        .envs([("HTTP_PROXY", "http://127.0.0.1:1"), ("https_proxy", "http://127.0.0.1:1"), ("ALL_PROXY", "nonsense")])
        .envs([
            ("AWS_PROFILE", "production"),
            ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"),
            ("AWS_SESSION_TOKEN", "old"),
            ("OS_CLOUD", "production"),
            ("KUBECONFIG", "/nonexistent/config"),
        ])
        .envs([("POLITY_FOLDER", "/nonexistent"), ("POLITY_JOURNAL", "/nonexistent/journal.db")])
        .output()
        .unwrap()
}

/// What is drawn by lot, told by the clock or counted in tries, as words; what comes in no particular order, left out.
const LOTS: [(&str, &str); 12] = [
    // Changes that need nothing of each other are made side by side.
    (r"(?m)^\[\d+/\d+\] .*\n(    .*\n)?", ""),
    (r"(?m)^ +- unprovisioned .*\n", ""),
    (r"(?m)^done in .*\n", ""),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", "<when>"),
    (r"permissionSet/ssoins-[^)\s]+", "permissionSet/<id>"),
    (r"\((\d{12}|ou-[a-z0-9-]+|p-[a-z0-9]+|[0-9a-f]{8}-[0-9a-f-]+)\)", "(<id>)"),
    (r"\b[0-9a-f]{64}\b", "<digest>"),
    (r"\b[0-9a-f]{32}\b", "<id>"),
    // How much was done when the process was killed is a matter of luck.
    (r"(?m)^\d+ changes done", "<number> changes done"),
    (r"(?m)^  … \d+ lines?$", "  …"),
    (r"--approve [0-9a-f]{12}", "--approve <digest>"),
    (r"run-\d+|\d+ entries", "<number>"),
];

fn normal(text: &str) -> String {
    let text = text.replace("(123456789012)", "(management)");
    let text = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap().replace_all(&text, "127.0.0.1:<port>").into_owned();
    LOTS.iter().fold(text, |text, (lot, word)| regex::Regex::new(lot).unwrap().replace_all(&text, *word).into_owned())
}

#[test]
fn the_demo_tells_the_whole_story_and_means_it() {
    let place = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let output = demo(place.path(), &["--keep", "kept"]);
    let took = began.elapsed();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!((output.status.code(), err.as_str()), (Some(0), ""), "{out}");
    assert!(took < Duration::from_secs(60), "it took {took:?}");
    assert!(!out.contains('\u{1b}'), "colours are for terminals");
    let widest = out.lines().map(|line| line.chars().count()).max();
    assert!(widest.is_some_and(|widest| widest <= 120), "{widest:?}");
    let kept = place.path().join("kept").display().to_string();
    insta::assert_snapshot!(normal(&out.replace(&kept, "<folder>")));
    // What it leaves behind is what it says: the organization, a journal, and the cloud.
    for left in ["mercator/organization.yaml", "mercator/.polity/journal.db", "mercator.plan", "clouds.json"] {
        assert!(place.path().join("kept").join(left).is_file(), "{left}");
    }
    let again = demo(place.path(), &["--keep", "kept"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr).unwrap().contains("the folder `kept` is not empty"));
}

#[test]
fn a_place_that_cannot_be_used_is_told() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("file"), "mine").unwrap();
    let output = demo(place.path(), &["--keep", "file"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("error: the folder `file` cannot be used"));
    assert_eq!(fs::read_to_string(place.path().join("file")).unwrap(), "mine");
}
