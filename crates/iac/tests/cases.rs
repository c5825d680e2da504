//! Whole files and what is read from them, as snapshots.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::{fmt::Write as _, fs, path::Path};

use polity_iac::{File, Reading, Sources, read};
use polity_model::facet::{self, Datum, Reason};

fn cases(folder: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder)
}

/// What was read, for eyes: facts by name, and what is not known by its reason. What nobody looks for is left out.
fn shown(reading: &Reading) -> String {
    let mut text = String::new();
    if let Some(format) = reading.format {
        writeln!(text, "{format}").unwrap();
    }
    for found in &reading.found {
        writeln!(text, "\n{} ({}) at {}: {}", found.address, found.kind, found.origin, found.row.facet).unwrap();
        let facet = facet::find(&found.row.facet).unwrap();
        let mut open = Vec::new();
        for (field, value) in facet.fields.iter().zip(&found.row.values) {
            match value {
                Datum::Unknown(Reason::NotCollected) => {}
                Datum::Unknown(Reason::AfterApply) => open.push(field.name),
                value => writeln!(text, "  {}: {}", field.name, datum(value)).unwrap(),
            }
        }
        writeln!(text, "  after apply: {}", open.join(" ")).unwrap();
    }
    for diagnostic in &reading.diagnostics {
        let (origin, severity) = (&diagnostic.at.origin, diagnostic.severity);
        write!(text, "\n{severity:?} {} at {origin}:{}: {}", diagnostic.code, origin.column, diagnostic.message)
            .unwrap();
    }
    text
}

fn datum(value: &Datum) -> String {
    let list = |items: &[Datum]| items.iter().map(datum).collect::<Vec<_>>().join(", ");
    match value {
        Datum::Absent => "absent".to_owned(),
        Datum::Unknown(reason) => format!("({reason})"),
        Datum::Bool(value) => value.to_string(),
        Datum::Int(value) => value.to_string(),
        Datum::Text(value) => format!("`{value}`"),
        Datum::List(items) => format!("[{}]", list(items)),
        Datum::Record(items) => format!("{{{}}}", list(items)),
        Datum::Map(entries) => {
            format!(
                "{{{}}}",
                entries.iter().map(|(key, value)| format!("{key}: {}", datum(value))).collect::<Vec<_>>().join(", ")
            )
        }
        other => format!("{other:?}"),
    }
}

fn plan(name: &str) -> Reading {
    let folder = cases("terraform").join(name);
    let mut sources = Sources::default();
    let mut open = vec![String::new()];
    while let Some(below) = open.pop() {
        let mut entries: Vec<_> = fs::read_dir(folder.join(&below)).unwrap().map(Result::unwrap).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path =
                format!("{below}{}{}", if below.is_empty() { "" } else { "/" }, entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                open.push(path);
            } else if path.ends_with(".tf") {
                sources.add(&below, &path, &fs::read(entry.path()).unwrap());
            }
        }
    }
    let bytes = fs::read(folder.join("plan.json")).unwrap();
    read(File { path: "plan.json", bytes: &bytes }, None, &sources)
}

fn text(folder: &str, name: &str) -> Reading {
    let bytes = fs::read(cases(folder).join(name)).unwrap();
    read(File { path: name, bytes: &bytes }, None, &Sources::default())
}

macro_rules! snapshots {
    ($($test:ident: $reading:expr;)*) => {
        $(#[test]
        fn $test() {
            insta::assert_snapshot!(shown(&$reading));
        })*
    };
}

snapshots! {
    a_plan_that_is_good: plan("good");
    a_plan_that_is_bad: plan("bad");
    what_belongs_to_what: plan("joins");
    parts_in_modules: plan("modules");
    a_template_that_is_good: text("cloudformation", "good.json");
    a_template_that_is_bad: text("cloudformation", "bad.yaml");
    manifests: text("kubernetes", "shop.yaml");
    a_recipe_that_is_good: text("dockerfile", "good.Dockerfile");
    a_recipe_that_is_bad: text("dockerfile", "bad.Dockerfile");
    a_recipe_with_variables: text("dockerfile", "open.Dockerfile");
}
