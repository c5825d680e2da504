//! The documents of one audit: as they are, and as an independent tool reads them.

use std::{collections::BTreeSet, path::Path, process::Command};

use polity_controls::catalog::Catalog;
use serde_json::Value;

use super::*;
use crate::views::audit::tests::case;

const CONTROL: &str = "\
kind: control
name: NAME
title: TITLE
statement: Objects in our storage can be read only by principals we know.
rationale: Most leaks are found by a search engine.
severity: high
stage: basic
params:
  max_age: {type: duration, default: 90d, stricter: less, doc: How old it may be.}
detect: {on: object_store, when: 'resource.tags.size() < 9', assert: 'resource.public == false'}
satisfies: [nist-800-53/AC-3]
cases: [{pass: {public: false, tags: {}}}, {fail: {public: true, tags: {}}}, {unknown: {}}]
";

fn catalog() -> Catalog {
    let audit = case();
    let written = audit.controls.keys().flat_map(|name| {
        let text = CONTROL.replace("NAME", name).replace("TITLE", &format!("All of {name}"));
        let file = polity_manifest::File { path: format!("catalog/controls/data/{name}.yaml"), bytes: text.into() };
        polity_manifest::documents(&file).0
    });
    let (catalog, _) = Catalog::read(&written.collect::<Vec<_>>());
    // Only the framework that they serve is missing.
    assert_eq!(catalog.controls.len(), audit.controls.len());
    catalog
}

fn all() -> Vec<(&'static str, Value)> {
    documents(&Export { catalog: &catalog(), audit: &case() })
}

#[test]
fn the_documents() {
    let all = all();
    assert_eq!(all.len(), 6);
    for (name, document) in &all {
        insta::assert_json_snapshot!(name.trim_end_matches(".json"), document);
    }
    assert_eq!(all, self::all(), "the same audit makes the same documents");
}

#[test]
fn what_is_named_is_there() {
    let mut defined = BTreeSet::new();
    let mut named = BTreeSet::new();
    for (_, document) in all() {
        walk(&document, &mut defined, &mut named);
    }
    assert!(!named.is_empty());
    assert_eq!(named.difference(&defined).collect::<Vec<_>>(), Vec::<&String>::new());
}

fn walk(value: &Value, defined: &mut BTreeSet<String>, named: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value.as_str()) {
                    ("uuid", Some(id)) => drop(defined.insert(id.to_owned())),
                    (name, Some(id)) if name.ends_with("-uuid") => drop(named.insert(id.to_owned())),
                    _ => walk(value, defined, named),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, defined, named)),
        _ => {}
    }
}

/// Reads each document with the models that compliance-trestle makes of the official schemas.
const READ: &str = r"
import sys
from pathlib import Path
from trestle.oscal.catalog import Catalog
from trestle.oscal.profile import Profile
from trestle.oscal.component import ComponentDefinition
from trestle.oscal.assessment_plan import AssessmentPlan
from trestle.oscal.assessment_results import AssessmentResults
from trestle.oscal.poam import PlanOfActionAndMilestones
folder = Path(sys.argv[1])
for name, model in [
    ('catalog', Catalog), ('profile', Profile), ('component-definition', ComponentDefinition), ('assessment-plan', AssessmentPlan),
    ('assessment-results', AssessmentResults), ('poam', PlanOfActionAndMilestones),
]:
    document = model.oscal_read(folder / (name + '.json'))
    assert document is not None, name
    print(name, document.metadata.title)
";

#[test]
fn an_independent_tool_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    for (name, document) in all() {
        std::fs::write(folder.path().join(name), document.to_string()).unwrap();
    }
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/venv-formats/bin/python");
    assert!(python.exists(), "compliance-trestle is not installed: run `cargo xtask servers`");
    let read = Command::new(python).args(["-c", READ]).arg(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&read.stdout);
    assert!(read.status.success(), "{said}{}", String::from_utf8_lossy(&read.stderr));
    assert_eq!(said.lines().count(), 6, "{said}");
}
