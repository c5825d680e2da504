//! The table of nouns and fields: complete, and each field with the nearest answer.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{today, vocabulary};
use polity_manifest::{Answer, Coverage, File, coverage};
use polity_model::{
    coverage::{Covered, Extent},
    vocabulary::{PlatformType, Vocabulary},
};

fn table(answers: &[Covered]) -> Coverage {
    let nimbus = PlatformType { title: "Nimbus", coverage: answers.to_vec(), ..PlatformType::default() };
    coverage(&Vocabulary { types: [("nimbus".to_owned(), nimbus)].into() })
}

fn says(table: &Coverage, field: &str) -> Option<&'static str> {
    table.rows.iter().find(|row| row.field == field).unwrap().of("nimbus").map(|answer| answer.says)
}

#[test]
fn every_noun_and_field_has_one_row() {
    let table = coverage(&vocabulary());
    let fields: Vec<&str> = table.rows.iter().map(|row| row.field.as_str()).collect();
    let mut unique = fields.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), fields.len());
    insta::assert_snapshot!(fields.join("\n"));
}

#[test]
fn the_nearest_answer_holds() {
    let table = table(&[
        Covered::exact("tenant", "noun"),
        Covered::exact("*.quota", "any quota"),
        Covered::exact("tenant.quota", "quota of a tenant"),
        Covered::approximated("*.quota.pods", "pods anywhere"),
        Covered::exact("tenant.quota.cpu", "cpu of a tenant"),
    ]);
    assert_eq!(says(&table, "tenant.quota.cpu"), Some("cpu of a tenant"));
    assert_eq!(says(&table, "tenant.quota.pods"), Some("pods anywhere"));
    assert_eq!(says(&table, "tenant.quota.memory"), Some("quota of a tenant"));
    assert_eq!(says(&table, "landing_zone.quota.pods"), Some("pods anywhere"));
    assert_eq!(says(&table, "landing_zone.quota.memory"), Some("any quota"));
    assert_eq!(says(&table, "tenant"), Some("noun"));
    assert_eq!(says(&table, "tenant.title"), None, "a noun answers for none of its fields");
}

#[test]
fn a_noun_that_cannot_be_expressed_has_no_field_that_can() {
    let table =
        table(&[Covered::not_expressible("person", "no people", "none"), Covered::exact("person.email", "mail")]);
    assert_eq!(says(&table, "person.email"), Some("no people"));
    assert!(table.mistakes("nimbus").contains(&"an answer about `person.email` that nobody asks for".to_owned()));
}

#[test]
fn what_polity_keeps_is_asked_of_nobody() {
    let table = table(&[Covered::exact("organization.brakes", "brakes"), Covered::exact("*.id", "ids")]);
    for field in ["organization.brakes", "organization.brakes.removals.max", "tenant.id", "control", "exemption.until"]
    {
        let row = table.rows.iter().find(|row| row.field == field).unwrap_or_else(|| panic!("{field}"));
        assert!(matches!(row.answer, Answer::Polity(_)), "{field}");
    }
    assert_eq!(table.mistakes("nimbus").iter().filter(|mistake| mistake.contains("nobody asks for")).count(), 2);
}

#[test]
fn what_is_missing_and_what_is_too_much_is_told() {
    let exact = Covered::exact("tenant", "an account");
    let mistakes = table(&[exact, exact, Covered::exact("tenant.colour", "paint")]).mistakes("nimbus");
    for expected in [
        "no answer about `landing_zone`",
        "no answer about `tenant.quota.pods`",
        "an answer about `tenant` that nobody asks for",
        "an answer about `tenant.colour` that nobody asks for",
    ] {
        assert!(mistakes.iter().any(|mistake| mistake == expected), "{expected}: {mistakes:?}");
    }
    assert!(!mistakes.contains(&"no answer about `tenant`".to_owned()));
}

#[test]
fn an_answer_about_everything_leaves_nothing_open() {
    let table = table(&[]);
    let open = table.rows.iter().filter(|row| matches!(row.answer, Answer::Platforms(_)));
    let all: Vec<Covered> = open.map(|row| Covered::exact(row.field.clone().leak(), "as it is")).collect();
    let whole = self::table(&all);
    assert_eq!(whole.mistakes("nimbus"), Vec::<String>::new());
    assert!(whole.rows.iter().filter_map(|row| row.of("nimbus")).all(|answer| answer.extent == Extent::Exact));
}

#[test]
fn what_one_type_lacks_as_a_whole_is_looked_into_for_another() {
    let of = |coverage: Vec<Covered>| PlatformType { coverage, ..PlatformType::default() };
    let types = [
        ("cirrus", of(vec![Covered::not_expressible("*.quota", "it counts nothing", "remove it")])),
        ("nimbus", of(vec![Covered::not_expressible("*.quota.pods", "it has no pods", "limit `cpu`")])),
    ];
    let vocabulary = Vocabulary { types: types.map(|(name, kind)| (name.to_owned(), kind)).into() };
    let text = "kind: organization\nname: acme\nversion: polity/v1\n---\nkind: platform\nname: sky\ntype: nimbus\n---\n\
                kind: platform\nname: pit\ntype: cirrus\n---\nkind: unit\nname: pay\n---\nkind: landing_zone\nname: both\n\
                quota: {pods: 1, cpu: 2}\n---\nkind: project\nname: shop\nunit: pay\ntenants:\n\
                - {platform: sky, landing_zone: both, name: a, quota: {pods: 3}}\n- {platform: pit, landing_zone: both, name: b}\n";
    let file = File { path: "all.yaml".to_owned(), bytes: text.as_bytes().to_vec() };
    let reading = polity_manifest::read(&[file], &vocabulary, today());
    let mut told: Vec<(bool, &str)> = reading
        .diagnostics
        .iter()
        .filter(|told| told.code == "not-expressible")
        .map(|told| (told.is_error(), told.message.as_str()))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            (false, "`quota` cannot be expressed on `pit` (): it counts nothing"),
            (true, "`quota.pods` cannot be expressed on `sky` (): it has no pods"),
            (true, "`quota.pods` cannot be expressed on `sky` (): it has no pods"),
        ],
        "of the landing zone, where neither has any, and of the tenant"
    );
}
