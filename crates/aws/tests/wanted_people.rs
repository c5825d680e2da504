//! What manifests ask of Identity Center and of member accounts, before anything of it exists.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, fmt::Write as _, path::Path, sync::Arc};

use polity_aws::{AwsProvider, Login};
use polity_manifest::File;
use polity_model::{Value, organization::Organization, resource::Desired, units::Date, vocabulary::Vocabulary};
use polity_provider::{Provider as _, Wire, wire::Settings};

fn files(folder: &Path, under: &Path, files: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            self::files(&entry, under, files);
        } else if entry.extension().is_some_and(|end| end == "yaml" || end == "json") {
            let path = entry.strip_prefix(under).unwrap().to_string_lossy().replace('\\', "/");
            files.push(File { path, bytes: std::fs::read(&entry).unwrap() });
        }
    }
}

fn read(files: &[File]) -> Organization {
    let types = BTreeMap::from([("aws".to_owned(), polity_aws::vocabulary::platform_type())]);
    let reading = polity_manifest::read(files, &Vocabulary { types }, Date::constant(2026, 11, 22));
    reading.organization.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

/// All that is asked for, in all scopes.
fn wanted(organization: &Organization) -> Vec<Desired> {
    let wire = Wire::new(Settings::default()).unwrap();
    let login = Login::fixed("test", "test", None, "http://127.0.0.1:1");
    let provider = AwsProvider::with_login(&organization.platforms["aws"], Arc::new(wire), login);
    let mut wanted = Vec::new();
    for scope in provider.scopes(organization, &BTreeMap::new()) {
        for kind in provider.kinds().iter().filter(|kind| kind.schema().level == scope.level) {
            let here = kind.wanted(organization, &scope);
            for desired in &here {
                assert_eq!(desired.scope, scope.name, "{}", desired.address);
                for name in desired.attributes.keys() {
                    assert!(kind.schema().attribute(name).is_some(), "{} has no attribute `{name}`", desired.address);
                }
            }
            wanted.extend(here);
        }
    }
    wanted.sort_by(|one, other| one.address.cmp(&other.address));
    wanted
}

fn example() -> Organization {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme");
    let mut found = Vec::new();
    files(&folder, &folder, &mut found);
    read(&found)
}

fn short(value: &Value) -> String {
    match value {
        Value::Reference(reference) if reference.attribute == "id" => format!("<{}>", reference.address),
        Value::Reference(reference) => format!("<{}.{}>", reference.address, reference.attribute),
        Value::List(items) => format!("[{}]", items.iter().map(short).collect::<Vec<_>>().join(", ")),
        other => other.to_json().to_string(),
    }
}

#[test]
fn the_example_asks_for_people_and_access() {
    let kinds = ["user", "group", "group-membership", "permission-set", "account-assignment"];
    let mut text = String::new();
    for desired in wanted(&example()).iter().filter(|desired| kinds.contains(&desired.address.kind.as_str())) {
        writeln!(text, "{}  # {}", desired.address, desired.origins[0]).unwrap();
        for (name, value) in &desired.attributes {
            writeln!(text, "  {name}: {}", short(value)).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_example_asks_for_settings_of_every_tenant() {
    let organization = example();
    let all = wanted(&organization);
    let of = |kind: &str| all.iter().filter(|desired| desired.address.kind == kind).collect::<Vec<_>>();
    for kind in ["s3-public-access-block", "password-policy", "ebs-encryption-default"] {
        assert_eq!(of(kind).len(), organization.tenants.len(), "{kind}");
    }
    let passwords = &of("password-policy")[0].attributes;
    assert_eq!(passwords["max_age_days"], Value::Int(90));
    assert_eq!(passwords["minimum_length"], Value::Int(16));
    assert!(of("ebs-encryption-default").iter().all(|desired| desired.address.name.ends_with("/us-east-1")));
}

const BASE: &str = "kind: organization\nname: acme\nversion: polity/v1\n---\nkind: platform\nname: aws\ntype: aws\n\
     management_account: '111111111111'\ntenant_email: 'aws+{tenant}@acme.example'\n---\nkind: unit\nname: all\n---\n\
     kind: role\nname: admin\naws: {managed_policies: [AdministratorAccess]}\n---\n";

fn small(text: &str) -> Vec<Desired> {
    wanted(&read(&[File { path: "all.yaml".to_owned(), bytes: format!("{BASE}{text}").into_bytes() }]))
}

fn names(all: &[Desired], kind: &str) -> Vec<String> {
    all.iter().filter(|desired| desired.address.kind == kind).map(|desired| desired.address.name.clone()).collect()
}

const PEOPLE: &str = "kind: person\nname: ada\ngiven_name: A\nfamily_name: L\nemail: ada@acme.example\n---\n\
     kind: person\nname: alan\ngiven_name: A\nfamily_name: T\nemail: alan@acme.example\nstate: retired\nreason: left\n---\n\
     kind: person\nname: grace\ngiven_name: G\nfamily_name: H\nemail: grace@acme.example\nrenamed_from: [amazing]\n---\n";

#[test]
fn nested_teams_are_flattened_and_who_left_is_in_none() {
    let all = small(&format!(
        "{PEOPLE}kind: team\nname: inner\npeople: [grace, alan]\n---\nkind: team\nname: outer\npeople: [ada]\nteams: [inner]\n"
    ));
    assert_eq!(names(&all, "group-membership"), ["ada@outer", "grace@inner", "grace@outer"]);
    let retired: Vec<_> =
        all.iter().filter(|desired| desired.retired.is_some()).map(|one| one.address.to_string()).collect();
    assert_eq!(retired, ["aws/user/alan"]);
    let moved = all.iter().find(|desired| desired.address.name == "grace@outer").unwrap();
    assert_eq!(moved.renamed_from[0].name, "amazing@outer");
    assert_eq!(moved.origins[0].line, all.iter().find(|one| one.address.name == "outer").unwrap().origins[0].line + 2);
}

#[test]
fn access_ends_where_its_place_or_its_people_do() {
    let all = small(&format!(
        "{PEOPLE}kind: project\nname: shop\nunit: all\naccess: [{{person: ada, role: admin}}]\ntenants:\n\
         - {{platform: aws, name: open, access: [{{person: grace, role: admin, until: 2026-11-21}}]}}\n\
         - {{platform: aws, name: shut, state: retired, reason: over}}\n"
    ));
    assert_eq!(names(&all, "account-assignment"), ["person:ada/admin@open"]);
    let assignment = all.iter().find(|desired| desired.address.kind == "account-assignment").unwrap();
    assert_eq!(short(&assignment.attributes["account"]), "<aws/account/open>");
    assert_eq!(short(&assignment.attributes["permission_set"]), "<aws/permission-set/admin>");
}

#[test]
fn settings_reach_down_and_stop_at_what_ends() {
    let all = small(
        "kind: landing_zone\nname: prod\nsettings: {aws: {imds: required, regions: [eu-central-1, us-east-1], account_alias: 'acme-{tenant}', \
         snapshot_public_access: block-all-sharing, image_public_access: block-new-sharing, regions_opt_in: [eu-south-1]}}\n---\n\
         kind: project\nname: shop\nunit: all\ntenants:\n\
         - {platform: aws, landing_zone: prod, name: live, settings: {aws: {imds: {tokens: optional, hop_limit: 3}}}}\n\
         - {platform: aws, landing_zone: prod, name: over, state: retired, reason: done}\n",
    );
    assert_eq!(names(&all, "imds-defaults"), ["live/eu-central-1", "live/us-east-1"]);
    assert_eq!(names(&all, "region-opt-in"), ["live/eu-south-1"]);
    assert_eq!(names(&all, "snapshot-public-access-block").len(), 2);
    assert_eq!(names(&all, "image-public-access-block").len(), 2);
    let of = |kind: &str| all.iter().find(|desired| desired.address.kind == kind).unwrap();
    assert_eq!(of("account-alias").attributes["alias"], Value::text("acme-live"));
    let imds = &of("imds-defaults").attributes;
    assert_eq!((&imds["http_tokens"], &imds["hop_limit"]), (&Value::text("optional"), &Value::Int(3)));
}
