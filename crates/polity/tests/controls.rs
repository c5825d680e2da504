//! Controls through the binary: attached and exempt in a manifest, listed, shown, begun, tested.

// Clippy takes only functions that are marked as tests for tests; the helpers of this file are part of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/binary.rs"]
mod binary;

use std::{fs, path::Path};

use binary::{folder, polity};
use serde_json::Value as Json;
use tempfile::TempDir;

/// An organization with two controls of its own; nothing of the catalog is attached, so that the catalog may grow.
const ORGANIZATION: &str = "\
kind: organization
name: acme
version: polity/v1
controls: [{baseline: ours, enforce: audit}]
---
kind: platform
name: aws
type: aws
management_account: \"111111111111\"
tenant_email: \"aws+{tenant}@acme.example\"
---
kind: landing_zone
name: prod
controls:
  - {control: our-key-age, max_days: 30, enforce: enforce}
---
kind: unit
name: commerce
owner: ada
---
kind: project
name: checkout
unit: commerce
tenants:
  - {platform: aws, landing_zone: prod}
---
kind: person
name: ada
given_name: Ada
family_name: Lovelace
email: ada@acme.example
---
kind: exemption
name: old-robot
controls: [our-key-age]
tenants: [checkout-prod]
resources: [\"*robot*\"]
owner: ada
reason: it is replaced next year
until: 2027-03-31
";

const CONTROLS: &str = "\
kind: control
name: our-key-age
title: Our keys are young
statement: Keys that work for ever are changed in time.
rationale: Old keys have been seen by many.
severity: high
params:
  max_days: {type: int, default: 90, min: 1, max: 365, stricter: less, doc: How old a key may be.}
prevent:
  aws: {impossible: no policy knows how old a key is}
detect: {on: credential, when: resource.active, assert: (now - resource.rotated_at).getHours() <= params.max_days * 24}
satisfies: [house/1]
cases:
  - {pass: {active: true, rotated_at: 2025-12-01}}
  - {fail: {active: true, rotated_at: 2025-01-01}}
  - {unknown: {active: true}}
---
kind: control
name: our-logs
title: Our stores tell who reads
statement: Who reads our stores is written down.
severity: low
detect: {on: object_store, assert: resource.access_logs}
cases:
  - {pass: {access_logs: true}}
  - {fail: {access_logs: false}}
---
kind: baseline
name: ours
title: What we ask
statement: For everybody here.
controls: [our-logs, {control: our-key-age, max_days: 60}]
---
kind: framework
name: house
title: Rules of the house
lines: [{id: \"1\", title: Keys are young}]
";

fn acme() -> TempDir {
    folder(&[("org.yaml", ORGANIZATION), ("controls.yaml", CONTROLS)])
}

/// Standard output of what has to go well.
#[track_caller]
fn out(within: &Path, arguments: &[&str]) -> String {
    let ran = polity(within, arguments);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    ran.out
}

fn json(within: &Path, arguments: &[&str]) -> Json {
    serde_json::from_str(&out(within, arguments)).unwrap()
}

#[test]
fn what_holds_for_a_tenant_and_why() {
    let folder = acme();
    out(folder.path(), &["check"]);
    insta::assert_snapshot!("tenant", out(folder.path(), &["control", "list", "--tenant", "checkout-prod"]));
    insta::assert_snapshot!("place", out(folder.path(), &["control", "list", "--place", "organization"]));
    insta::assert_snapshot!("baseline", out(folder.path(), &["control", "list", "--baseline", "ours"]));
    let held = json(folder.path(), &["control", "list", "--place", "landing_zone/prod", "-o", "json"]);
    assert_eq!(held["version"], "polity.controls/v1");
    let rule = held["rules"].as_array().unwrap().iter().find(|rule| rule["name"] == "our-key-age").unwrap();
    assert_eq!((&rule["enforce"], &rule["params"]["max_days"]), (&Json::from("enforce"), &Json::from(30)));
    assert_eq!(rule["attached"].as_array().unwrap().len(), 2);
    assert_eq!(rule["exemptions"][0], "old-robot");
    let shown = json(folder.path(), &["show", "-o", "json"]);
    assert_eq!(shown["controls"][0]["baseline"], "ours");
    assert_eq!(shown["landing_zones"]["prod"]["controls"][0]["params"]["max_days"], 30);
    assert_eq!(shown["exemptions"]["old-robot"]["owner"], "ada");
    let said = out(folder.path(), &["show"]);
    assert!(said.contains("baseline ours: audit") && said.contains("old-robot"), "{said}");
}

#[test]
fn a_control_whole() {
    let folder = acme();
    insta::assert_snapshot!("show", out(folder.path(), &["control", "show", "our-key-age"]));
    let shown = json(folder.path(), &["control", "show", "our-key-age", "-o", "json"]);
    assert_eq!(shown["prevent"]["aws"]["impossible"], "no policy knows how old a key is");
    assert_eq!(shown["attached"].as_array().unwrap().len(), 2);
    let ran = polity(folder.path(), &["control", "show", "our-key"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("did you mean `our-key-age`?"), "{}", ran.err);
}

/// Without a manifest there is the catalog, and all of it says what it covers.
#[test]
fn the_catalog_needs_no_manifest() {
    let folder = folder(&[]);
    let listed = json(folder.path(), &["control", "list", "-o", "json"]);
    let controls = listed["controls"].as_array().unwrap();
    assert!(controls.len() >= 60, "{} controls", controls.len());
    let human = out(folder.path(), &["control", "list"]);
    let coverage = json(folder.path(), &["coverage", "-o", "json"]);
    let covers = coverage["controls"].as_array().unwrap();
    assert_eq!(covers.len(), controls.len());
    for control in controls {
        let name = control["name"].as_str().unwrap();
        assert!(human.contains(name), "{name}");
        let cover = covers.iter().find(|cover| cover["control"] == name).unwrap();
        for extent in ["prevent", "detect", "correct"] {
            let (is, why) = (cover[extent]["is"].as_str().unwrap(), cover[extent]["why"].as_str());
            assert!(is == "exact" || why.is_some_and(|why| !why.is_empty()), "{name} {extent}");
        }
    }
    let ran = polity(folder.path(), &["control", "list", "--tenant", "checkout"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("there is no manifest here"), "{}", ran.err);
}

#[test]
fn what_is_covered_and_what_not() {
    let folder = acme();
    let said = out(folder.path(), &["coverage", "--attached"]);
    insta::assert_snapshot!("coverage", said);
    let page = out(folder.path(), &["coverage", "--attached", "-o", "markdown"]);
    assert!(page.contains("| `our-key-age` | impossible: no policy knows how old a key is |"), "{page}");
    let ran = polity(folder.path(), &["coverage", "--platform", "awz"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("there is no platform type `awz`"), "{}", ran.err);
}

/// Mistakes in controls, in what is attached and in exemptions are mistakes of the manifest, all told at once.
#[test]
fn check_tells_what_is_wrong_with_rules() {
    let wrong = ORGANIZATION
        .replace("max_days: 30", "max_days: 61")
        .replace("controls: [our-key-age]", "controls: [our-key-ages]")
        .replace("until: 2027-03-31", "until: 2026-03-31");
    let place = folder(&[("org.yaml", &wrong), ("controls.yaml", CONTROLS)]);
    let ran = polity(place.path(), &["check"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("mistakes-in-rules", ran.out);
    let ran = polity(place.path(), &["plan"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("is weakened"), "{}", ran.err);
    // A control that is wrong is told even where something else is too.
    let wrong = CONTROLS.replace("resource.access_logs", "resource.acces_logs");
    let place = folder(&[
        ("org.yaml", &ORGANIZATION.replace("owner: ada\n---", "owner: adda\n---")),
        ("controls.yaml", &wrong),
    ]);
    let ran = polity(place.path(), &["check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("`adda`") && ran.out.contains("did you mean `access_logs`?"), "{}", ran.out);
}

/// A name of the catalog is taken.
#[test]
fn no_control_has_the_name_of_another() {
    let empty = folder(&[]);
    let listed = json(empty.path(), &["control", "list", "-o", "json"]);
    let taken = listed["controls"][0]["name"].as_str().unwrap().to_owned();
    let place = folder(&[("org.yaml", ORGANIZATION), ("controls.yaml", &CONTROLS.replace("our-logs", &taken))]);
    let ran = polity(place.path(), &["check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains(&format!("the control `{taken}` is there already")), "{}", ran.out);
    assert!(ran.out.contains("<built in>/catalog/"), "{}", ran.out);
    let ran = polity(empty.path(), &["control", "new", &taken]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("already"), "{}", ran.err);
}

#[test]
fn a_new_control_is_right_and_never_written_over() {
    let folder = acme();
    let said = out(folder.path(), &["control", "new", "our-volumes", "--on", "volume"]);
    assert!(said.contains("controls/our-volumes.yaml"), "{said}");
    out(folder.path(), &["check"]);
    assert!(out(folder.path(), &["control", "test", "our-volumes"]).contains("3 cases: all as they should be"));
    assert_eq!(polity(folder.path(), &["fmt", "--check"]).code, 0);
    let path = folder.path().join("controls/our-volumes.yaml");
    fs::write(&path, "# mine\n").unwrap();
    let ran = polity(folder.path(), &["control", "new", "our-volumes"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("is there already"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\n");
    for name in ["Our Volumes", "../out", "a: b", "", "a\nb"] {
        assert_eq!(polity(folder.path(), &["control", "new", name]).code, 1, "{name}");
    }
    let ran = polity(folder.path(), &["control", "new", "ours", "--on", "volumes"]);
    assert!(ran.err.contains("did you mean `volume`?"), "{}", ran.err);
}

#[test]
fn cases_are_run_and_told_in_every_form() {
    let folder = acme();
    insta::assert_snapshot!("test-right", out(folder.path(), &["control", "test"]));
    let wrong = CONTROLS
        .replace("{fail: {access_logs: false}}", "{pass: {access_logs: false}}")
        .replace("severity: high", "severity: hihg");
    fs::write(folder.path().join("controls.yaml"), wrong).unwrap();
    let ran = polity(folder.path(), &["control", "test"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("test-wrong", ran.out);
    let ran = polity(folder.path(), &["control", "test", "-o", "junit"]);
    insta::assert_snapshot!("test-junit", ran.out);
    let ran = polity(folder.path(), &["control", "test", "our-logs", "-o", "json"]);
    let tested: Json = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &tested["controls"][0]["ok"]), (1, &Json::from(false)));
    assert_eq!(tested["controls"][0]["cases"][1]["ok"], false);
    // One of the catalog can be tested too; nothing to test is not all well.
    let empty = tempfile::tempdir().unwrap();
    let listed = json(empty.path(), &["control", "list", "-o", "json"]);
    out(empty.path(), &["control", "test", listed["controls"][0]["name"].as_str().unwrap()]);
    assert_eq!(polity(empty.path(), &["control", "test"]).code, 1);
}
