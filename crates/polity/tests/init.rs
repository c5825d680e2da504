//! `polity init`: starters that check, format and plan, and that never cost anybody a file.

// Clippy takes only functions that are marked as tests for tests; the helpers of this file are part of them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{fs, path::Path, process::Command, time::Duration};

use assert_cmd::cargo::CommandCargoExt as _;
use polity_sandbox::{Clock, Effect, Rule, Sandbox, Scenario, aws::Aws};

/// What a run left behind.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn polity(within: &Path, words: &[&str]) -> Ran {
    polity_at("", within, words)
}

/// Runs it against the cloud at this endpoint.
fn polity_at(endpoint: &str, within: &Path, words: &[&str]) -> Ran {
    let mut command = Command::cargo_bin("polity").unwrap();
    command
        .args(words)
        .current_dir(within)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", within)
        .env("POLITY_TODAY", "2026-11-22");
    if !endpoint.is_empty() {
        command.envs([("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00"), ("AWS_SECRET_ACCESS_KEY", "test")]);
        command.env("AWS_ENDPOINT_URL", endpoint);
    }
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The words that a pipeline says.
fn words<'a>(profile: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let said = ["init", "--profile", profile, "--name", "acme", "--management-account", "123456789012"];
    [&said[..], &["--domain", "acme.example"], more].concat()
}

#[test]
fn every_profile_checks_formats_and_shows() {
    for profile in ["team", "company", "regulated"] {
        let place = tempfile::tempdir().unwrap();
        let ran = polity(place.path(), &words(profile, &["--into", "org", "--yes"]));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{profile}: {}", ran.out);
        let check = polity(place.path(), &["check", "org"]);
        assert_eq!(check.code, 0, "{profile}: {}", check.out);
        assert!(check.out.starts_with("no mistakes in "), "{profile}: {}", check.out);
        assert_eq!(polity(place.path(), &["fmt", "--check", "org"]).code, 0, "{profile}");
        assert_eq!(polity(place.path(), &["show", "--folder", "org"]).code, 0, "{profile}");
    }
}

/// An empty cloud, where nothing takes long.
async fn cloud() -> String {
    let scenario = Scenario::calm().with(Rule::new(Effect::Slow(Duration::from_millis(50))));
    let clock = Clock::from("2026-11-22T08:00:00Z".parse().unwrap());
    let sandbox = Sandbox::new(clock, &scenario, Aws::new("123456789012", 1));
    let door = polity_sandbox::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let endpoint = format!("http://{}", door.local_addr().unwrap());
    tokio::spawn(polity_sandbox::serve(sandbox, door));
    endpoint
}

/// Applied once, a starter asks for nothing more; no limit of the cloud is met, nothing is refused, nothing unreadable.
async fn applies(profile: &str) {
    let place = tempfile::tempdir().unwrap();
    assert_eq!(polity(place.path(), &words(profile, &["--into", "org"])).code, 0);
    let endpoint = cloud().await;
    let run = |words: &[&str], code: i32| {
        let ran = polity_at(&endpoint, place.path(), words);
        assert_eq!(ran.code, code, "{profile}: {}\n{}", ran.out, ran.err);
        for bad in ["could not be read", "not planned", "failed", "REFUSED"] {
            assert!(!ran.out.contains(bad), "{profile}: {}", ran.out);
        }
        ran.out
    };
    tokio::task::block_in_place(|| {
        run(&["plan", "org"], 2);
        run(&["apply", "--auto-approve", "--folder", "org"], 0);
        assert!(run(&["plan", "org"], 0).contains("the clouds are as the manifest asks"));
        run(&["drift", "org"], 0);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_team_applies() {
    applies("team").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_company_applies() {
    applies("company").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_regulated_enterprise_applies() {
    applies("regulated").await;
}

#[test]
fn it_tells_what_it_wrote_and_what_comes_next() {
    let place = tempfile::tempdir().unwrap();
    let ran = polity(place.path(), &words("team", &[]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(ran.out);
    assert!(place.path().join("acme/organization.yaml").is_file(), "the folder is named like the organization");
}

#[test]
fn what_a_pipeline_does_not_say_is_named() {
    let place = tempfile::tempdir().unwrap();
    let full = words("team", &[]);
    for flag in ["--profile", "--name", "--management-account", "--domain"] {
        let at = full.iter().position(|word| *word == flag).unwrap();
        let said: Vec<&str> = [&full[..at], &full[at + 2..]].concat();
        let ran = polity(place.path(), &said);
        assert_eq!(ran.code, 1, "{flag}");
        assert!(ran.err.contains(&format!("error: `{flag}` is missing")), "{flag}: {}", ran.err);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "{flag}: nothing is written");
    }
}

#[test]
fn nothing_is_ever_written_over() {
    let place = tempfile::tempdir().unwrap();
    let org = place.path().join("org");
    fs::create_dir_all(org.join("mine")).unwrap();
    fs::write(org.join("README.md"), "ours").unwrap();
    fs::write(org.join("people.yaml"), "mine").unwrap();
    fs::write(org.join("mine/extra.yml"), "mine too").unwrap();
    let ran = polity(place.path(), &words("company", &["--into", "org"]));
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.err, @r"
    error: the folder `org` already holds `mine/extra.yml`, `people.yaml`
      help: nothing was written: a folder is one manifest. Name one that is empty or not there yet with `--into DIR`
    ");
    assert_eq!(fs::read_to_string(org.join("people.yaml")).unwrap(), "mine");
    assert_eq!(fs::read_dir(&org).unwrap().count(), 3);
    // A readme is no part of a manifest, so a fresh repository may be begun in.
    fs::remove_file(org.join("people.yaml")).unwrap();
    fs::remove_dir_all(org.join("mine")).unwrap();
    assert_eq!(polity(place.path(), &words("company", &["--into", "org"])).code, 0);
    assert_eq!(fs::read_to_string(org.join("README.md")).unwrap(), "ours");
    assert_eq!(polity(place.path(), &words("team", &["--into", "org/README.md"])).code, 1);
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_is_something() {
    let place = tempfile::tempdir().unwrap();
    let outside = place.path().join("outside.yaml");
    fs::create_dir(place.path().join("org")).unwrap();
    std::os::unix::fs::symlink(&outside, place.path().join("org/people.yaml")).unwrap();
    let ran = polity(place.path(), &words("team", &["--into", "org"]));
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("already holds `people.yaml`"), "{}", ran.err);
    assert!(!outside.exists());
}
