//! The catalog: every control of it that prevents on AWS, checked, packed, and measured on a tree of five levels.

use polity_controls::{
    catalog::{self, Catalog},
    control::Prevent,
    rules::Rules,
};
use polity_model::{Diagnostic, organization::Place};

use super::{START, told};
use crate::{
    limits,
    prevent::{check, compile, statement::Layer},
};

fn read() -> Catalog {
    let mut documents = Vec::new();
    for (path, bytes) in catalog::files() {
        let (found, wrong) =
            polity_manifest::documents(&polity_manifest::File { path: (*path).to_owned(), bytes: bytes.to_vec() });
        assert!(wrong.is_empty(), "{:#?}", told(&wrong));
        documents.extend(found);
    }
    let (catalog, wrong) = Catalog::read(&documents);
    assert!(!wrong.iter().any(Diagnostic::is_error), "{:#?}", told(&wrong));
    catalog
}

#[test]
fn every_measure_of_the_catalog_is_understood() {
    let wrong: Vec<String> = read().controls.values().flat_map(|control| told(&check(control))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// All controls that prevent by policies or settings, at the top of a tree of five levels: a landing zone can take as many
/// again, and everything below it inherits them.
#[test]
#[allow(clippy::print_stdout, reason = "it says what it measured")]
fn the_whole_catalog_fits_with_half_of_the_space_free() {
    let catalog = read();
    let prevents = |name: &&String| matches!(catalog.controls[*name].prevent.get("aws"), Some(Prevent::Native(_)));
    let names: Vec<&String> = catalog.controls.keys().filter(prevents).collect();
    assert!(names.len() >= 60, "{}", names.len());
    let attached: Vec<String> = names
        .iter()
        .map(|name| {
            let control = &catalog.controls[*name];
            let missing = control.params.iter().filter(|(_, param)| param.default.is_none());
            let params: Vec<String> =
                missing.map(|(name, param)| format!(", {name}: {}", sample(name, param))).collect();
            format!("  - {{control: {name}{}}}\n", params.concat())
        })
        .collect();
    // A share of them is attached at each of the five levels, and the deepest one inherits all.
    let mut text = START.to_owned();
    for level in 0..5 {
        let own: String = attached.iter().skip(level).step_by(5).cloned().collect();
        let parent = if level == 0 { String::new() } else { format!("parent: level-{}\n", level - 1) };
        text += &format!("kind: landing_zone\nname: level-{level}\n{parent}controls:\n{own}---\n");
    }
    text += &format!("kind: landing_zone\nname: all\ncontrols:\n{}---\n", attached.concat());
    text += "kind: project\nname: shop\nunit: shop\ntenants: [{platform: aws, landing_zone: level-4}, {platform: aws, landing_zone: all}]\n";
    let files = [polity_manifest::File { path: "acme.yaml".to_owned(), bytes: text.into_bytes() }];
    let vocabulary =
        polity_model::vocabulary::Vocabulary { types: [("aws".to_owned(), crate::vocabulary::platform_type())].into() };
    let reading = polity_manifest::read(&files, &vocabulary, "2026-11-22".parse().unwrap());
    let organization = reading.organization.unwrap_or_else(|| panic!("{:#?}", told(&reading.diagnostics)));
    let (rules, wrong) = Rules::resolve(&organization, &catalog);
    assert!(!wrong.iter().any(Diagnostic::is_error), "{:#?}", told(&wrong));
    let compiled = compile(&organization, &rules);
    assert!(!compiled.diagnostics.iter().any(Diagnostic::is_error), "{:#?}", told(&compiled.diagnostics));
    assert_eq!(rules.of_place(&Place::Tenant("shop-level-4".to_owned())).len(), names.len());
    let mut lines = vec![format!("{} controls prevent on AWS", names.len())];
    for zone in organization.landing_zones.keys() {
        let attached = &compiled.organization.landing_zones[zone].guardrails;
        for layer in Layer::ALL {
            let sizes: Vec<u64> = attached
                .iter()
                .map(|named| &compiled.organization.guardrail_documents[&named.name].native["aws"].value)
                .filter(|section| section.get("type").and_then(|kind| kind.as_text()) == Some(layer.kind()))
                .map(|section| crate::prevent::statement::size(section.get("document").unwrap()))
                .collect();
            let (slots, size) = (
                limits::policies_per_target(layer.kind(), "aws").unwrap(),
                limits::policy_size(layer.kind(), "aws").unwrap(),
            );
            let (used, all) = (sizes.iter().sum::<u64>(), slots * size);
            // AWS's own policy takes one of the places; it counts as used.
            let policies = sizes.len() as u64 + 1;
            assert!(
                used * 2 <= all && policies * 2 <= slots + u64::from(layer == Layer::Resources),
                "{zone}: {sizes:?}"
            );
            if !sizes.is_empty() {
                lines.push(format!(
                    "{zone}: {} of {slots} {} policies, {used} of {all} characters ({} % free)",
                    sizes.len(),
                    layer.kind(),
                    100 - used * 100 / all
                ));
            }
        }
    }
    println!("{}", lines.join("\n"));
}

/// A value for a parameter that has no default.
fn sample(name: &str, param: &polity_controls::control::Param) -> String {
    use polity_controls::control::ParamType;
    match param.ty {
        ParamType::Texts if name.contains("region") => "[eu-central-1, eu-west-1]".to_owned(),
        ParamType::Texts if name.contains("service") => "[\"s3:*\", \"ec2:*\"]".to_owned(),
        ParamType::Texts => param.one_of.first().map_or_else(|| "[sample]".to_owned(), |word| format!("[{word}]")),
        ParamType::Text => param.one_of.first().cloned().unwrap_or_else(|| "sample".to_owned()),
        ParamType::Bool => "true".to_owned(),
        ParamType::Duration => "90d".to_owned(),
        ParamType::Ints => "[1]".to_owned(),
        ParamType::Int | ParamType::Double => "1".to_owned(),
    }
}
