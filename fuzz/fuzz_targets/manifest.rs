//! Any bytes as a manifest: diagnostics or an organization, never a panic; formatting settles after one pass.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use polity_manifest::{File, format, read};
use polity_model::{
    shape::{Field, Shape},
    units::Date,
    vocabulary::{PlatformType, Vocabulary},
};

/// A platform type with a field of most shapes.
static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let fields = || {
        vec![
            Field::new("home", Shape::Region, "a region"),
            Field::new("names", Shape::Set(Box::new(Shape::Name)), "names"),
            Field::new("session", Shape::Duration, "a duration"),
            Field::new("cores", Shape::Cores, "cores"),
            Field::new("size", Shape::Size, "a size"),
            Field::new("document", Shape::Document, "a document"),
            Field::new("limits", Shape::Map(Box::new(Shape::Int { min: 0, max: 9 })), "numbers"),
            Field::new("either", Shape::Either(vec![Shape::Bool, Shape::Money, Shape::Glob]), "one of several"),
        ]
    };
    let nimbus = PlatformType {
        title: "Nimbus",
        platform: fields(),
        role: fields(),
        guardrail: fields(),
        settings: fields(),
        regions: vec!["north", "south"],
        tenant_name_max: 50,
        tenant_email: true,
        landing_zone_depth: 5,
        ..PlatformType::default()
    };
    Vocabulary { types: [("nimbus".to_owned(), nimbus)].into() }
});

fuzz_target!(|bytes: &[u8]| {
    let file = File { path: "organization.yaml".to_owned(), bytes: bytes.to_vec() };
    let reading = read(std::slice::from_ref(&file), &VOCABULARY, Date::constant(2026, 1, 1));
    assert!(reading.organization.is_some() || !reading.diagnostics.is_empty(), "refused without a word");
    if let Ok(once) = format(&file) {
        let again = File { bytes: once.clone().into_bytes(), ..file };
        assert_eq!(format(&again).as_ref(), Ok(&once), "formatting twice differs from formatting once");
    }
});
