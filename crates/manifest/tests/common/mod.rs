//! An invented platform type, and how messages are written down in snapshots.
#![allow(dead_code)] // each test file uses a part of it

use std::{fmt::Write, path::Path};

use polity_manifest::File;
use polity_model::{
    Diagnostic, Severity,
    coverage::Covered,
    shape::{Field, Shape},
    units::Date,
    vocabulary::{PlatformType, Vocabulary},
};

/// The day on which all cases are read.
pub(crate) fn today() -> Date {
    Date::constant(2026, 6, 1)
}

/// Two platform types that no cloud has.
pub(crate) fn vocabulary() -> Vocabulary {
    let tenant: &[&str] = &["tenant"];
    let nimbus = PlatformType {
        title: "Nimbus",
        platform: vec![
            Field::required(
                "root_account",
                Shape::Pattern { regex: "[0-9]{6}", called: "a 6-digit account number" },
                "Number of the account at the root.",
            ),
            Field::new("tenant_email", Shape::Text, "Pattern of the addresses of tenants, with `{tenant}`."),
            Field::new("quarantine", Shape::Reference(&["landing_zone"]), "Where quarantined tenants go."),
            Field::new("regions", Shape::Set(Box::new(Shape::Region)), "Regions in use."),
            Field::new(
                "delegated",
                Shape::List(Box::new(Shape::Record(vec![
                    Field::required("service", Shape::Text, "The service."),
                    Field::required("tenant", Shape::Reference(tenant), "The tenant."),
                ]))),
                "Services that a tenant looks after.",
            ),
        ],
        home: "root_account",
        role: vec![
            Field::new("policies", Shape::Set(Box::new(Shape::Text)), "Native policies."),
            Field::new("session", Shape::Duration, "Length of a session."),
            Field::new("inline", Shape::Document, "A native document."),
        ],
        guardrail: vec![
            Field::required("type", Shape::OneOf(&["deny", "tag"]), "Type of the document."),
            Field::required("document", Shape::Document, "The document."),
        ],
        settings: vec![
            Field::new("encryption", Shape::Bool, "Whether storage is encrypted."),
            Field::new("regions", Shape::Set(Box::new(Shape::Region)), "Regions in use."),
            Field::new(
                "tokens",
                Shape::Either(vec![
                    Shape::OneOf(&["required"]),
                    Shape::Record(vec![Field::new("hops", Shape::Int { min: 1, max: 64 }, "Hops.")]),
                ]),
                "Tokens.",
            ),
        ],
        regions: vec!["north-1", "south-1"],
        tenant_name_max: 30,
        tenants_reserved: vec!["core-"],
        tenant_email: true,
        currencies: vec!["USD"],
        landing_zone_depth: 3,
        coverage: vec![
            Covered::exact("tenant", "an account"),
            Covered::exact("*.access", "assignments"),
            Covered::not_expressible("*.access.workload", "it knows people and teams only", "remove the line"),
            Covered::not_expressible("landing_zone.tags", "its zones have no tags", "tag the tenants instead"),
            Covered::exact("*.quota", "account limits"),
            Covered::not_expressible("*.quota.load_balancers", "it has none", "limit `ports` instead"),
            Covered::not_expressible("team.description", "its teams have names only", "remove it"),
            Covered::not_expressible("person.email", "its people have no addresses", "nothing can be done"),
        ],
    };
    let cirrus = PlatformType {
        title: "Cirrus",
        coverage: vec![
            Covered::not_expressible("tenant.budget", "it sends no bill", "remove it"),
            Covered::not_expressible("*.quota.volumes", "it counts no volumes", "limit `storage` instead"),
        ],
        ..PlatformType::default()
    };
    let types = [("nimbus".to_owned(), nimbus), ("cirrus".to_owned(), cirrus)];
    Vocabulary { types: types.into_iter().collect() }
}

/// `file:line:col severity[code] message | help`, with labels and further places below.
pub(crate) fn rendered(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
        let at = &diagnostic.at.origin;
        let place = format!("{}:{}:{}", at.file, at.line, at.column);
        write!(text, "{place} {severity}[{}] {}", diagnostic.code, diagnostic.message).unwrap();
        if let Some(help) = &diagnostic.help {
            write!(text, " | {help}").unwrap();
        }
        text.push('\n');
        if !diagnostic.at.text.is_empty() {
            writeln!(text, "    here: {}", diagnostic.at.text).unwrap();
        }
        for related in &diagnostic.related {
            let at = &related.origin;
            writeln!(text, "    {}:{}:{} {}", at.file, at.line, at.column, related.text).unwrap();
        }
    }
    text
}

/// All files below a folder, by path relative to it.
pub(crate) fn folder(root: &Path) -> Vec<File> {
    let mut files = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let relative = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            files.push(File { path: relative, bytes: std::fs::read(&path).unwrap() });
        }
    }
    files
}

/// A file of a folder that exists only in a test.
pub(crate) fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), bytes: text.as_bytes().to_vec() }
}
