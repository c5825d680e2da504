//! What the catalog says about AWS is in words that AWS has: every measure of every control reads without a word against it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, and says what it measured")]

use polity_aws::prevent;
use polity_controls::{
    catalog::{self, Catalog},
    control::Prevent,
};
use polity_manifest::File;

#[test]
fn every_measure_of_the_catalog_can_be_read() {
    let documents: Vec<_> = catalog::files()
        .iter()
        .flat_map(|(path, bytes)| {
            polity_manifest::documents(&File { path: (*path).to_owned(), bytes: bytes.to_vec() }).0
        })
        .collect();
    let (catalog, diagnostics) = Catalog::read(&documents);
    assert_eq!(diagnostics, []);
    let (mut native, mut wrong) = (0, Vec::new());
    for control in catalog.controls.values() {
        native += usize::from(matches!(control.prevent.get("aws"), Some(Prevent::Native(_))));
        for it in prevent::check(control) {
            wrong.push(format!("{}: {} ({})", it.at.origin, it.message, it.help.unwrap_or_default()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(native >= 60, "{native} controls prevent on AWS");
}
