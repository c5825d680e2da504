//! The catalog: every file reads without a word said against it, and its cases come out in both evaluators.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, and says what it measured"
)]

use std::collections::{BTreeMap, BTreeSet};

use polity_controls::{
    catalog::{self, Catalog},
    control::{Control, Expected, Prevent, Stage},
};
use polity_manifest::File;
use polity_model::{Diagnostic, written::Written};

fn parse(path: &str, bytes: &[u8]) -> Vec<Written> {
    let (documents, diagnostics) = polity_manifest::documents(&File { path: path.to_owned(), bytes: bytes.to_vec() });
    assert_eq!(diagnostics, [], "{path}");
    documents
}

fn ours() -> Vec<Written> {
    catalog::files().iter().flat_map(|(path, bytes)| parse(path, bytes)).collect()
}

fn read() -> Catalog {
    let (catalog, diagnostics) = Catalog::read(&ours());
    assert_eq!(shown(&diagnostics), "");
    catalog
}

fn shown(diagnostics: &[Diagnostic]) -> String {
    let line = |it: &Diagnostic| {
        let related: String = it.related.iter().map(|label| format!("  {}: {}\n", label.origin, label.text)).collect();
        let help = it.help.as_ref().map_or_else(String::new, |help| format!("  help: {help}\n"));
        format!("{:?} {} at {}: {}\n{related}{help}", it.severity, it.code, it.at.origin, it.message)
    };
    diagnostics.iter().map(line).collect()
}

#[test]
fn all_of_it_is_sound() {
    let catalog = read();
    assert!(catalog.controls.len() >= 60, "{} controls", catalog.controls.len());
    assert_eq!(catalog.frameworks.len(), 6);
    for framework in catalog.frameworks.values() {
        let named = |control: &Control| control.satisfies.iter().any(|one| one.framework == framework.name);
        assert!(catalog.controls.values().any(|control| named(control)), "nothing names `{}`", framework.name);
    }
    assert_eq!(catalog.baselines.keys().collect::<Vec<_>>(), ["regulated", "standard", "starter"]);
}

#[test]
fn files_are_named_after_what_is_in_them() {
    for (path, bytes) in catalog::files() {
        let documents = parse(path, bytes);
        let [document] = documents.as_slice() else { panic!("{path} holds {} documents", documents.len()) };
        let text = |key: &str| document.get(key).unwrap().value.text().unwrap().to_owned();
        let (kind, name) = (text("kind"), text("name"));
        let folder = match kind.as_str() {
            "control" => "catalog/controls/",
            "framework" => "catalog/frameworks/",
            _ => "catalog/baselines/",
        };
        assert!(path.starts_with(folder) && path.ends_with(&format!("/{name}.yaml")), "{path} holds {kind} {name}");
    }
}

#[test]
fn controls_prevent_detect_or_say_why_not() {
    let catalog = read();
    let mut native = 0;
    for control in catalog.controls.values() {
        let name = &control.name;
        assert!(!control.prevent.is_empty(), "{name} does not say what prevents it");
        native += usize::from(control.prevent.values().any(|one| matches!(one, Prevent::Native(..))));
        assert_ne!(control.detect.is_empty(), control.undetected.is_none(), "{name} does not say how it is detected");
        assert_eq!(control.detect.is_empty(), control.correct.is_empty(), "{name} does not say how it is put right");
        assert!(control.rationale.is_some(), "{name} has no rationale");
        for framework in ["nist-800-53", "iso-27001-2022", "csa-ccm"] {
            let has = control.satisfies.iter().any(|one| one.framework == framework);
            // A few are about money and order alone, where the first of these has no line.
            assert!(
                has || framework == "nist-800-53" && name == "tenant-budget",
                "{name} names no line of {framework}"
            );
        }
    }
    assert!(native >= 60, "{native} controls prevent");
}

/// A case for each verdict that a control can come to, so that none of them is there by luck.
#[test]
fn cases_show_every_verdict() {
    for control in read().controls.values().filter(|control| control.undetected.is_none()) {
        let shown: BTreeSet<String> = control.cases.iter().map(|case| format!("{:?}", case.expected)).collect();
        for expected in [Expected::Pass, Expected::Fail, Expected::Unknown] {
            assert!(shown.contains(&format!("{expected:?}")), "{} shows no {expected:?}", control.name);
        }
        let asks = control.detect.iter().any(|detect| detect.when.is_some());
        assert_eq!(
            asks,
            shown.contains("NotApplicable"),
            "{}: `when`, and a case where it does not hold",
            control.name
        );
    }
}

#[test]
fn no_two_controls_ask_the_same() {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for document in ours() {
        let text = |written: &Written, key: &str| format!("{:?}", written.get(key).map(|entry| entry.value.value()));
        let Some(detect) = document.get("detect").filter(|entry| entry.value.get("impossible").is_none()) else {
            continue;
        };
        let name = document.get("name").unwrap().value.text().unwrap().to_owned();
        let asked =
            format!("{} {} {}", text(&detect.value, "on"), text(&detect.value, "when"), text(&detect.value, "assert"));
        if let Some(other) = seen.insert(asked, name.clone()) {
            assert!(detect.value.entries().is_none(), "`{name}` asks what `{other}` asks");
        }
    }
}

/// An auditor reads one sentence; so does whoever looks at a list.
#[test]
fn statements_are_sentences() {
    for control in read().controls.values() {
        let sentences: Vec<&String> = [&control.statement].into_iter().chain(&control.rationale).collect();
        for sentence in sentences {
            assert!(
                sentence.ends_with('.') && sentence.starts_with(char::is_uppercase),
                "{}: {sentence}",
                control.name
            );
        }
        assert!(!control.title.ends_with('.') && control.title.len() < 70, "{}: {}", control.name, control.title);
        assert!(control.statement.matches(". ").count() == 0, "{} has more than one sentence", control.name);
    }
}

/// Later baselines hold all of the earlier ones, and what a baseline cannot give a parameter is in none.
#[test]
fn baselines_grow() {
    let catalog = read();
    let names = |baseline: &str| catalog.controls_of(baseline).into_keys().collect::<BTreeSet<String>>();
    let (starter, standard, regulated) = (names("starter"), names("standard"), names("regulated"));
    assert!(starter.len() >= 20 && starter.is_subset(&standard) && standard.is_subset(&regulated));
    assert!(starter.len() < standard.len() && standard.len() < regulated.len());
    let basic = |control: &&String| catalog.controls[*control].stage == Stage::Basic;
    assert_eq!(starter.iter().find(|name| !basic(name)), None, "a starter has what is basic alone");
    for name in &regulated {
        let open = |control: &Control| control.params.values().any(|param| param.default.is_none());
        assert!(!open(&catalog.controls[name]), "{name} needs a parameter");
    }
    // What a later baseline writes stands over what it includes.
    let days = |baseline: &str| {
        let found = catalog.controls_of(baseline).remove("log-retention").unwrap().params;
        found.get("min_days").map(|entry| entry.value.value())
    };
    assert_eq!((days("standard"), days("regulated")), (None, Some(polity_model::Value::Int(1095))));
}

/// What is said about bad documents, each file of `tests/catalog` a snapshot.
#[test]
fn mistakes() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/catalog");
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= 4);
    for name in names {
        let bytes = std::fs::read(format!("{folder}/{name}")).unwrap();
        let (catalog, diagnostics) = Catalog::read(&parse(&name, &bytes));
        let held = [
            catalog.controls.keys().cloned().collect::<Vec<_>>(),
            catalog.frameworks.keys().cloned().collect(),
            catalog.baselines.keys().cloned().collect(),
        ];
        let [controls, frameworks, baselines] = held.map(|names| names.join(", "));
        let kept = format!("controls: {controls}\nframeworks: {frameworks}\nbaselines: {baselines}\n");
        insta::assert_snapshot!(name.trim_end_matches(".yaml"), format!("{}\nkept\n{kept}", shown(&diagnostics)));
    }
}

/// `cargo xtask generate` writes the page; this says at once that it has to.
#[test]
fn the_page_is_up_to_date() {
    let page = include_str!("../../../docs/catalog.md");
    let made = read().page();
    let differs = made.trim_end().lines().zip(page.trim_end().lines()).find(|(made, held)| made != held);
    assert_eq!(differs, None, "run `cargo xtask generate`");
    assert_eq!(made.trim_end().lines().count(), page.trim_end().lines().count(), "run `cargo xtask generate`");
}
