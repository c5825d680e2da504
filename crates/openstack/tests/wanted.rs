//! What manifests ask for on OpenStack, as pages to read.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so and stops")]

mod support;

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use polity_manifest::File;
use polity_model::{Value, organization::Organization, resource::Desired, units::Date, vocabulary::Vocabulary};
use polity_openstack::{Login, OpenStackProvider, vocabulary};
use polity_provider::Provider;

fn words() -> Vocabulary {
    Vocabulary { types: [("openstack".to_owned(), vocabulary::platform_type())].into() }
}

fn read(files: &[File], today: Date) -> Organization {
    let reading = polity_manifest::read(files, &words(), today);
    let told: Vec<String> = reading.diagnostics.iter().map(|one| format!("{}: {}", one.code, one.message)).collect();
    reading.organization.unwrap_or_else(|| panic!("{told:#?}"))
}

fn of(text: &str) -> Organization {
    let file = File { path: "organization.yaml".to_owned(), bytes: text.as_bytes().to_vec() };
    read(&[file], Date::constant(2026, 11, 22))
}

fn example() -> Organization {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/observatory");
    let mut files = Vec::new();
    for folder in [root.clone(), root.join("projects")] {
        for entry in std::fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_file()) {
            let path = entry.path().strip_prefix(&root).unwrap().display().to_string();
            files.push(File { path, bytes: std::fs::read(entry.path()).unwrap() });
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    read(&files, Date::constant(2026, 11, 22))
}

/// All that is wanted, in the order of the kinds; projects of tenants are born already where `born`.
fn wanted(organization: &Organization) -> Vec<Desired> {
    let mut all = Vec::new();
    for platform in organization.platforms.values().filter(|platform| platform.kind == "openstack") {
        let login = Login::token("http://keystone.invalid", "none");
        let provider = OpenStackProvider::with_login(platform, support::wire(), login);
        for scope in provider.scopes(organization, &BTreeMap::new()) {
            for kind in provider.kinds().iter().filter(|kind| kind.schema().level == scope.level) {
                all.extend(kind.wanted(organization, &scope));
            }
        }
    }
    all
}

fn page(wanted: &[Desired]) -> String {
    let mut page = String::new();
    for desired in wanted {
        let _ = write!(page, "{}", desired.address);
        for (name, value) in &desired.attributes {
            let shown = match value {
                Value::Reference(reference) => format!("<{}>", reference.address.name),
                other => other.to_json().to_string(),
            };
            let _ = write!(page, " {name}={shown}");
        }
        if let Some(reason) = &desired.retired {
            let _ = write!(page, " (ends: {reason})");
        }
        page.push('\n');
    }
    page
}

#[test]
fn the_example_asks_for_this() {
    insta::assert_snapshot!(page(&wanted(&example())));
}

const SMALL: &str = "kind: organization
name: tiny
version: polity/v1
access: [{team: all, role: reader}]
---
{kind: platform, name: sky, type: openstack, domain: corp, quotas: QUOTAS, users: USERS}
---
{kind: person, name: ada, given_name: Ada, family_name: Lovelace, email: ada@tiny.example}
---
{kind: unit, name: all, owner: ada}
---
{kind: team, name: all, people: [ada]}
---
{kind: role, name: reader, openstack: {role: reader}}
---
{kind: landing_zone, name: top, access: [{person: ada, role: reader}]}
---
{kind: landing_zone, name: below, parent: top, quota: {cpu: 500m, storage: 1536 MiB, networks: 2}}
---
kind: project
name: shop
unit: all
tenants:
  - {platform: sky, landing_zone: below, name: shop, quota: {cpu: 8, memory: 64 GiB}}
  - {platform: sky, name: loose, state: quarantined, reason: odd traffic}
  - {platform: sky, name: gone, state: retired, reason: sold}
";

fn small(quotas: &str, users: &str) -> String {
    page(&wanted(&of(&SMALL.replace("QUOTAS", quotas).replace("USERS", users))))
}

#[test]
fn quotas_come_from_zones_and_what_is_cut_off_or_ends_gets_nothing() {
    insta::assert_snapshot!(small("services", "managed"));
}

#[test]
fn limits_and_people_may_be_kept_elsewhere() {
    insta::assert_snapshot!(small("unified", "existing"));
}

#[test]
fn rules_of_a_security_group_are_for_both_families_and_what_is_none_is_told() {
    let written = |rules: &str| {
        let with =
            format!("landing_zone: below, name: shop, settings: {{openstack: {{default_security_group: {rules}}}}}");
        SMALL
            .replace("QUOTAS", "services")
            .replace("USERS", "managed")
            .replace("landing_zone: below, name: shop", &with)
    };
    let page = page(&wanted(&of(&written("{ingress: [tcp 22 from 10.1.0.0/8, any from members]}"))));
    let group = page.lines().find(|line| line.contains("default-security-group")).unwrap();
    let expected = "sky/default-security-group/shop ingress=[\"ingress ipv4 any from members\",\
                    \"ingress ipv4 tcp 22 from 10.0.0.0/8\",\"ingress ipv6 any from members\"]";
    assert_eq!(group, expected, "nothing is said of what goes out");
    let bytes = written("{ingress: [ssh from anywhere]}").into_bytes();
    let file = File { path: "organization.yaml".to_owned(), bytes };
    let reading = polity_manifest::read(&[file], &words(), Date::constant(2026, 11, 22));
    let told: Vec<&str> = reading.diagnostics.iter().map(|one| one.message.as_str()).collect();
    assert!(told.iter().any(|one| one.contains("ssh from anywhere") && one.contains("tcp 22 from")), "{told:?}");
}
