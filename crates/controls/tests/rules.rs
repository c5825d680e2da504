//! What is attached and exempt -> rules, or what is said about it: one file per case, read together with `rules/base.yaml`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::{fmt::Write as _, path::Path};

use polity_controls::{
    Value,
    catalog::Catalog,
    rules::{Rule, Rules},
};
use polity_manifest::File;
use polity_model::{
    Diagnostic,
    organization::{Correct, Organization, Place},
    units::Date,
    vocabulary::{PlatformType, Vocabulary},
};
use proptest::prelude::*;

/// Later documents of a case stand for those of the base that have the same kind and name.
fn folder(case: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let base = std::fs::read_to_string(root.join("base.yaml")).unwrap();
    let head = |document: &str| {
        let line = |key: &str| document.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
        (line("kind:"), line("name:"))
    };
    let own: Vec<_> = case.split("---\n").map(head).collect();
    let kept: Vec<&str> = base.split("---\n").filter(|document| !own.contains(&head(document))).collect();
    let file = |path: &str, text: &str| File { path: path.to_owned(), bytes: text.as_bytes().to_vec() };
    vec![file("base.yaml", &kept.join("---\n")), file("case.yaml", case)]
}

fn read(case: &str) -> (Organization, Catalog) {
    let nimbus = PlatformType { title: "Nimbus", ..PlatformType::default() };
    let vocabulary = Vocabulary { types: [("nimbus".to_owned(), nimbus)].into() };
    let reading = polity_manifest::read(&folder(case), &vocabulary, Date::constant(2026, 6, 1));
    let errors: Vec<&Diagnostic> = reading.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let organization = reading.organization.unwrap();
    let (catalog, diagnostics) = Catalog::read(&organization.control_documents);
    assert_eq!(diagnostics, []);
    (organization, catalog)
}

fn told(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        let at = &diagnostic.at;
        let severity = if diagnostic.is_error() { "error" } else { "warning" };
        writeln!(text, "{}:{} {severity}[{}] {}", at.origin, at.origin.column, diagnostic.code, diagnostic.message)
            .unwrap();
        if !at.text.is_empty() {
            writeln!(text, "    here: {}", at.text).unwrap();
        }
        for related in &diagnostic.related {
            writeln!(text, "    {}:{} {}", related.origin, related.origin.column, related.text).unwrap();
        }
        writeln!(text, "    help: {}", diagnostic.help.as_deref().unwrap_or("none")).unwrap();
    }
    text
}

fn shown(rules: &Rules) -> String {
    let mut text = String::new();
    for (place, rules) in rules.places().filter(|(_, rules)| !rules.is_empty()) {
        writeln!(text, "{place}").unwrap();
        for rule in rules {
            let params: Vec<String> = rule.params.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let exempt: Vec<&str> = rule.exemptions.iter().map(|exemption| exemption.name.as_str()).collect();
            write!(text, "  {} {} {{{}}}", rule.control.name, rule.enforce.word(), params.join(", ")).unwrap();
            write!(text, " by {} ({}), attached {}x", rule.place, rule.origin, rule.attached.len()).unwrap();
            if rule.correct != Correct::default() {
                write!(text, ", correct: {}", rule.correct.word()).unwrap();
            }
            writeln!(
                text,
                "{}",
                if exempt.is_empty() { String::new() } else { format!(", exempt: {}", exempt.join(", ")) }
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn every_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let mut names: Vec<String> =
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "base.yaml");
    names.sort();
    assert!(names.len() >= 9, "{names:?}");
    for name in names {
        let case = std::fs::read_to_string(root.join(&name)).unwrap();
        let (organization, catalog) = read(&case);
        let (rules, diagnostics) = Rules::resolve(&organization, &catalog);
        for diagnostic in &diagnostics {
            let message = &diagnostic.message;
            assert!(!message.ends_with('.') && !message.starts_with(char::is_uppercase), "{message}");
            assert!(diagnostic.help.is_some(), "{message}");
        }
        let text = format!("{}\n{}", told(&diagnostics), shown(&rules));
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots/rules" }, {
            insta::assert_snapshot!(name.trim_end_matches(".yaml"), text);
        });
    }
}

#[test]
fn an_exemption_holds_for_its_resources_in_its_tenants() {
    let case =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules/exemptions.yaml")).unwrap();
    let (organization, catalog) = read(
        &case
            .replace("\nname: itself\n", "\nname: else\n")
            .replace("projects: [checkout]", "tenants: [checkout-prod]\nresources: [x]"),
    );
    let (rules, _) = Rules::resolve(&organization, &catalog);
    let rule = rules.of_tenant("checkout-prod").iter().find(|rule| rule.control.name == "storage-private").unwrap();
    let exempt = |tenant, id| rule.exemption(&organization, tenant, id).map(|exemption| exemption.name.as_str());
    assert_eq!(exempt(Some("checkout-prod"), "page-1"), Some("page"));
    assert_eq!(exempt(Some("checkout-prod"), "other"), None);
    // Nobody knows what lies in a tenant that is not declared.
    assert_eq!(exempt(Some("nobody"), "page-1"), None);
    assert_eq!(exempt(None, "page-1"), None);
    assert!(rules.of_tenant("nobody").is_empty());
    assert!(rules.of_organization().is_empty() && !rules.is_empty());
}

/// Items of `controls:` at random, as they are written.
fn item() -> impl Strategy<Value = String> {
    let enforce =
        prop_oneof![Just(""), Just(", enforce: \"off\""), Just(", enforce: audit"), Just(", enforce: enforce")];
    let exempt = proptest::sample::subsequence(vec!["a", "b", "c"], 0..=3);
    let regions = proptest::sample::subsequence(vec!["n", "s", "w"], 1..=3);
    prop_oneof![
        (1..=365u16, exempt, enforce.clone()).prop_map(|(days, exempt, enforce)| format!(
            "{{control: credential-age, max_days: {days}, exempt: [{}]{enforce}}}",
            exempt.join(", ")
        )),
        (regions, enforce.clone()).prop_map(|(regions, enforce)| format!(
            "{{control: allowed-regions, regions: [{}]{enforce}}}",
            regions.join(", ")
        )),
        enforce.clone().prop_map(|enforce| format!("{{control: storage-private{enforce}}}")),
        (1..=365u16, enforce).prop_map(|(days, enforce)| format!("{{baseline: standard, max_days: {days}{enforce}}}")),
    ]
}

fn places() -> impl Strategy<Value = [Vec<String>; 6]> {
    proptest::array::uniform6(proptest::collection::vec(item(), 0..3))
}

fn manifest(controls: &[Vec<String>; 6]) -> String {
    let [root, upper, lower, unit, project, tenant] = controls.each_ref().map(|items| items.join(", "));
    format!(
        "kind: organization\nname: acme\nversion: polity/v1\ncontrols: [{root}]\n---\nkind: landing_zone\nname: workloads\n\
         controls: [{upper}]\n---\nkind: landing_zone\nname: prod\nparent: workloads\ncontrols: [{lower}]\n---\nkind: unit\n\
         name: pay\nparent: trade\ncontrols: [{unit}]\n---\nkind: project\nname: checkout\nunit: pay\ncontrols: [{project}]\n\
         tenants:\n  - {{platform: sky, landing_zone: prod, controls: [{tenant}]}}\n"
    )
}

/// Whether one rule asks for at least as much as another one.
fn as_strict(below: &Rule, above: &Rule) -> bool {
    let tightens = |(name, value): (&String, &Value)| below.control.params[name].tightens(value, &below.params[name]);
    below.enforce >= above.enforce && above.params.iter().all(tightens)
}

/// What cannot be had on both sides at once has been said, and nothing follows from it.
fn contradicts(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.code == "contradiction")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is written at a place, what holds above holds there too; and what is said to be wrong changes nothing.
    #[test]
    fn nothing_below_weakens_what_is_above(controls in places()) {
        let (organization, catalog) = read(&manifest(&controls));
        let (rules, diagnostics) = Rules::resolve(&organization, &catalog);
        for (place, below) in rules.places() {
            if contradicts(&diagnostics) && matches!(place, Place::Tenant(_)) {
                continue;
            }
            for above in organization.places_down_to(place) {
                for rule in rules.of_place(&above) {
                    let same = below.iter().find(|known| known.control.name == rule.control.name);
                    prop_assert!(same.is_some_and(|same| as_strict(same, rule)), "{} at {place}", rule.control.name);
                }
            }
        }
    }

    /// An item at a place that had none: what held there before holds as strictly as it did.
    #[test]
    fn a_further_attachment_below_never_weakens(mut controls in places(), at in 0..6usize, further in item()) {
        controls[at].clear();
        let (organization, catalog) = read(&manifest(&controls));
        controls[at].push(further);
        let (tightened, _) = read(&manifest(&controls));
        let (before, wrong) = Rules::resolve(&organization, &catalog);
        let (after, now) = Rules::resolve(&tightened, &catalog);
        prop_assume!(at < 5 || !contradicts(&wrong) && !contradicts(&now));
        let place = [
            Place::Organization,
            Place::LandingZone("workloads".to_owned()),
            Place::LandingZone("prod".to_owned()),
            Place::Unit("pay".to_owned()),
            Place::Project("checkout".to_owned()),
            Place::Tenant("checkout-prod".to_owned()),
        ][at].clone();
        for rule in before.of_place(&place) {
            let same = after.of_place(&place).iter().find(|known| known.control.name == rule.control.name);
            prop_assert!(same.is_some_and(|same| as_strict(same, rule)), "{} by {same:?}", rule.control.name);
        }
    }
}

#[test]
fn the_order_of_items_means_nothing() {
    let items = [
        "{baseline: standard, enforce: audit}",
        "{control: credential-age, max_days: 20}",
        "{control: allowed-regions, regions: [n]}",
    ];
    let rules = |items: Vec<String>| {
        let mut controls: [Vec<String>; 6] = Default::default();
        controls[2] = items;
        let (organization, catalog) = read(&manifest(&controls));
        let (rules, diagnostics) = Rules::resolve(&organization, &catalog);
        let shown = rules.of_tenant("checkout-prod").iter().map(|rule| {
            let days = rule.params.get("max_days").map(Value::to_string);
            format!("{} {} {days:?}", rule.control.name, rule.enforce.word())
        });
        (shown.collect::<Vec<_>>(), diagnostics.len())
    };
    let forward = rules(items.map(str::to_owned).to_vec());
    let mut reversed = items.map(str::to_owned).to_vec();
    reversed.reverse();
    assert_eq!(forward, rules(reversed));
    assert_eq!(forward.0.len(), 4);
}
