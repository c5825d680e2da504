//! Audits of nimbus, a cloud of three tenants that nobody runs: what fails, what is not known, what is exempt, and what is kept.

use std::sync::Arc;

use polity_controls::{catalog::Catalog, control::Control};
use polity_manifest::File;
use polity_model::{
    Origin, Value,
    facet::{self, Datum, Reason, Row},
    finding::{Attached, Protection, Status, Whereabouts},
    journal::Event,
    units::{Date, Timestamp},
};

use super::{
    evidence::{Evidence, former, prove},
    *,
};
use crate::{Clock, Journal, journal::Verification};

const CONTROLS: &str = "\
kind: control
name: never-public
title: Stores are never public
statement: Nobody reads a store whom we do not know.
severity: high
params: {spared: {type: texts, default: []}}
detect: {on: object_store, assert: '!resource.public || resource.name in params.spared'}
cases: [{pass: {public: false}}, {fail: {public: true, name: a}}, {unknown: {}}]
---
kind: control
name: keys-rotate
title: Keys rotate
statement: Every key is made anew by itself.
severity: low
detect: {on: key, assert: resource.rotation}
cases: [{pass: {rotation: true}}, {fail: {rotation: false}}, {unknown: {}}]
";

fn control(name: &str) -> Arc<Control> {
    let file = File { path: "controls.yaml".to_owned(), bytes: CONTROLS.into() };
    let (catalog, wrong) = Catalog::read(&polity_manifest::documents(&file).0);
    assert_eq!(wrong, []);
    Arc::clone(&catalog.controls[name])
}

fn asked(name: &str, exemptions: Vec<KeptExemption>, params: &[(&str, serde_json::Value)]) -> Question {
    let control = control(name);
    let params: std::collections::BTreeMap<_, _> =
        params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let given = polity_model::written::Written::of(
        &Value::from_json(&serde_json::Value::from_iter(params.clone())),
        &Origin::file("organization.yaml"),
    );
    let bound = control.bind(&control.params(&given).unwrap()).unwrap();
    let terms = Terms {
        params,
        attached: Attached { place: "the organization".to_owned(), origin: Origin::file("organization.yaml") },
        protection: Protection::Luck,
        correctable: true,
        exemptions,
    };
    Question::new(control, Arc::new(bound), terms)
}

fn exempt(until: &str, resources: &[&str]) -> KeptExemption {
    KeptExemption {
        name: "website".to_owned(),
        owner: "ada".to_owned(),
        until: until.parse().unwrap(),
        resources: resources.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn store(name: &str, public: impl Into<Datum>) -> Row {
    let facet = facet::find("object_store").unwrap();
    Row::of(facet)
        .set("id", format!("store:{name}"))
        .set("name", name)
        .set("account", "n-1")
        .set("public", public)
        .finish()
        .unwrap()
}

fn batch(tenant: Option<&str>, rows: Vec<Row>, gaps: Vec<Gap>) -> Batch {
    let source = Source {
        platform: "nimbus".to_owned(),
        scope: format!("nimbus/{}", tenant.unwrap_or("outside")),
        tenant: tenant.map(str::to_owned),
        survey: "stores".to_owned(),
        facets: vec!["object_store".to_owned()],
        replies: 1,
        bytes: 2,
        digest: Digest::of(b"reply"),
    };
    Batch { source, rows, gaps }
}

fn gap(permission: Option<&str>) -> Gap {
    Gap {
        scope: "nimbus/shop".to_owned(),
        kind: Some("stores".to_owned()),
        reason: "the line is cut".to_owned(),
        permission: permission.map(str::to_owned),
        help: None,
    }
}

fn case(batches: Vec<Batch>, questions: &[(&str, Vec<Question>)]) -> Case {
    let facts = |name: &str| Facts {
        whereabouts: Arc::new(Whereabouts {
            platform: Some("nimbus".to_owned()),
            tenant: Some(name.to_owned()),
            ..Whereabouts::default()
        }),
        platform_type: "nimbus".to_owned(),
        rows: vec![None; 4],
    };
    let collected = Collected {
        version: ROWS_VERSION.to_owned(),
        organization: "acme".to_owned(),
        at: Some(now()),
        platforms: [("nimbus".to_owned(), "n-0".to_owned())].into(),
        actors: [("nimbus".to_owned(), "role/auditor".to_owned())].into(),
        facets: BTreeMap::new(),
        tenants: [("shop".to_owned(), "n-1".to_owned())].into(),
        unborn: BTreeSet::new(),
        in_force: BTreeSet::new(),
        batches,
        notices: Vec::new(),
    };
    Case {
        collected,
        questions: Questions(questions.iter().map(|(tenant, asked)| ((*tenant).to_owned(), asked.clone())).collect()),
        places: Places(["shop", "bank"].map(|name| (name.to_owned(), facts(name))).into()),
        manifest: Digest::of(b"manifest"),
    }
}

fn now() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn today() -> Date {
    "2026-11-22".parse().unwrap()
}

fn how() -> Judging {
    Judging { today: today(), passes: false, cores: 2 }
}

/// `status tenant resource`, in the order of the findings.
fn lines(audit: &Audit) -> Vec<String> {
    let line = |finding: &polity_model::finding::Finding| {
        format!("{} {} {}", finding.status.word(), finding.place.tenant(), finding.resource.called())
    };
    audit.findings.iter().map(line).collect()
}

fn counts(audit: &Audit, control: &str, tenant: &str) -> (u64, u64, u64, u64) {
    let counts = audit.controls[control].tenants[tenant].counts;
    (counts.pass, counts.fail, counts.unknown, counts.exempt)
}

#[test]
fn each_resource_is_judged_on_the_terms_of_its_tenant() {
    let spared = asked("never-public", vec![], &[("spared", serde_json::json!(["site"]))]);
    let strict = asked("never-public", vec![], &[]);
    let rows =
        || vec![store("site", true), store("logs", false), store("old", Reason::Denied { permission: "n:Get".into() })];
    let batches = vec![batch(Some("bank"), rows(), vec![]), batch(Some("shop"), rows(), vec![])];
    let audit = case(batches, &[("bank", vec![spared]), ("shop", vec![strict])]).judge(&how());
    assert_eq!(lines(&audit), ["fail shop site", "unknown bank old", "unknown shop old"]);
    assert_eq!(counts(&audit, "never-public", "bank"), (2, 0, 1, 0));
    assert_eq!(counts(&audit, "never-public", "shop"), (1, 1, 1, 0));
    assert!(audit.fails_at(finding::Severity::High) && !audit.fails_at(finding::Severity::Critical));
}

#[test]
fn what_could_not_be_listed_is_unknown_with_the_permission() {
    let question = || asked("never-public", vec![], &[]);
    let batches = vec![batch(Some("shop"), vec![store("logs", false)], vec![gap(Some("n:List"))])];
    let audit = case(batches, &[("shop", vec![question()]), ("bank", vec![question()])]).judge(&how());
    assert_eq!(lines(&audit), ["unknown bank object_store", "unknown shop object_store"]);
    let said: Vec<String> = audit.findings.iter().map(|finding| finding.status.reasons()[0].to_string()).collect();
    assert_eq!(
        said,
        ["`object_store`: not collected", "`stores` in `nimbus/shop`: the permission `n:List` is missing"]
    );
    assert_eq!(counts(&audit, "never-public", "shop"), (1, 0, 1, 0), "what was read is judged");
    assert_eq!(audit.gaps.len(), 1);

    let batches = vec![batch(Some("shop"), vec![], vec![gap(None)])];
    let audit = case(batches, &[("shop", vec![question()])]).judge(&how());
    assert_eq!(audit.findings[0].status.reasons()[0].reason, Reason::Undefined("the line is cut".to_owned()));
}

#[test]
fn a_gap_that_names_a_facet_is_about_that_facet() {
    let mut read = batch(Some("shop"), vec![], vec![Gap { kind: Some("key".to_owned()), ..gap(Some("n:List")) }]);
    read.source.facets.push("key".to_owned());
    let questions = vec![asked("keys-rotate", vec![], &[]), asked("never-public", vec![], &[])];
    let audit = case(vec![read], &[("shop", questions)]).judge(&how());
    assert_eq!(lines(&audit), ["unknown shop key"]);
    assert_eq!(counts(&audit, "never-public", "shop"), (0, 0, 0, 0));
}

#[test]
fn exemptions_hold_for_their_time_and_their_resources() {
    let rows = || vec![store("site-1", true), store("site-2", true)];
    let of = |exempt: KeptExemption| {
        let audit = case(
            vec![batch(Some("shop"), rows(), vec![])],
            &[("shop", vec![asked("never-public", vec![exempt], &[])])],
        );
        audit.judge(&how())
    };
    assert_eq!(lines(&of(exempt("2026-11-22", &["*-1"]))), ["fail shop site-2", "exempt shop site-1"]);
    assert_eq!(lines(&of(exempt("2026-11-21", &[]))), ["fail shop site-1", "fail shop site-2"], "expired");
    assert_eq!(lines(&of(exempt("2027-01-01", &[]))), ["exempt shop site-1", "exempt shop site-2"]);
    let idle = of(exempt("2027-01-01", &["store:gone"]));
    assert!(idle.notices.iter().any(|notice| notice.contains("`website` matched nothing")), "{:?}", idle.notices);

    // What could not be listed is covered by an exemption of everything alone.
    let unlisted = |exempt: KeptExemption| {
        let batches = vec![batch(Some("shop"), vec![], vec![gap(Some("n:List"))])];
        case(batches, &[("shop", vec![asked("never-public", vec![exempt], &[])])]).judge(&how())
    };
    assert_eq!(lines(&unlisted(exempt("2027-01-01", &["*"]))), ["unknown shop object_store"]);
    let covered = unlisted(exempt("2027-01-01", &[]));
    assert!(matches!(&covered.findings[0].status, Status::Exempt { reasons, .. } if !reasons.is_empty()));
}

#[test]
fn rows_find_their_tenant_by_its_native_id() {
    let question = || asked("never-public", vec![], &[]);
    let stray = |name: &str, account: &str| {
        let facet = facet::find("object_store").unwrap();
        let row = Row::of(facet).set("id", name).set("name", name).set("account", account).set("public", true);
        row.finish().unwrap()
    };
    let rows = vec![stray("known", "n-1"), stray("unknown", "n-9")];
    let audit =
        case(vec![batch(None, rows, vec![])], &[("shop", vec![question()]), ("", vec![question()])]).judge(&how());
    assert_eq!(lines(&audit), ["fail n-9 unknown", "fail shop known"]);
}

#[test]
fn any_order_and_number_of_cores_comes_to_the_same() {
    let batches = |turned: bool| {
        let names: Vec<String> = (0..500).map(|number| format!("store-{number}")).collect();
        let rows: Vec<Row> = names.iter().enumerate().map(|(number, name)| store(name, number % 3 == 0)).collect();
        let mut batches = vec![batch(Some("bank"), rows.clone(), vec![]), batch(Some("shop"), rows, vec![])];
        if turned {
            batches.reverse();
        }
        batches
    };
    let of = |turned, cores| {
        let questions =
            [("bank", vec![asked("never-public", vec![], &[])]), ("shop", vec![asked("never-public", vec![], &[])])];
        case(batches(turned), &questions).judge(&Judging { cores, passes: true, ..how() })
    };
    assert_eq!(of(false, 1), of(true, 4));
    assert_eq!(of(false, 1).findings.len(), 1000);
}

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        now()
    }
}

/// A journal in which an audit left its evidence, and what the audit came to.
fn kept(folder: &std::path::Path) -> (Journal, Audit) {
    let journal = Journal::open(&folder.join("journal.db"), "acme", Arc::new(Fixed)).unwrap();
    let rows = vec![store("site", true), store("logs", false)];
    let batches = vec![batch(Some("bank"), rows.clone(), vec![]), batch(Some("shop"), rows, vec![gap(Some("n:List"))])];
    let params = [("spared", serde_json::json!(["site"]))];
    let questions = [
        ("bank", vec![asked("never-public", vec![], &params)]),
        ("shop", vec![asked("never-public", vec![exempt("2027-01-01", &["*site"])], &[])]),
    ];
    let case = case(batches, &questions);
    let evidence = Evidence::of(&case, &Choice::default(), today());
    let audit = case.judge(&how());
    evidence.keep(&journal, &audit).unwrap();
    (journal, audit)
}

#[test]
fn a_verdict_is_come_to_again_from_what_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, audit) = kept(folder.path());
    assert!(matches!(journal.verify().unwrap(), Verification::Whole { entries: 3, .. }));
    let proof = prove(&journal, "never-public", None, None).unwrap().unwrap();
    assert!(proof.holds());
    assert_eq!(proof.recorded.0["shop"].exempt, ["object_store store:site"]);
    assert_eq!(proof.recorded.0["shop"].unknown, ["object_store *"]);
    assert_eq!(proof.recorded.0["bank"].counts, audit.controls["never-public"].tenants["bank"].counts);
    assert_eq!(proof.actors["nimbus"], "role/auditor");
    let one = prove(&journal, "never-public", Some(now()), Some("bank")).unwrap().unwrap();
    assert!(one.holds() && one.recorded.0.len() == 1);
    assert!(prove(&journal, "never-public", Some(Timestamp::UNIX_EPOCH), None).unwrap().is_none());
    assert!(prove(&journal, "keys-rotate", None, None).unwrap().is_none());
    assert_eq!(former(&journal).unwrap(), [evidence::Former { at: now(), counts: audit.counts() }]);
}

#[test]
fn equal_rows_are_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = kept(folder.path());
    let count = || {
        let open = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
        open.query_row("SELECT count(*) FROM kept", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let before = count();
    drop(journal);
    kept(folder.path());
    assert_eq!(count(), before);
}

#[test]
fn whatever_was_changed_is_found() {
    let tables = |journal: &Journal| -> Vec<Digest> {
        let entries = journal.entries().unwrap();
        entries.iter().flat_map(|entry| entry.event.keeps().into_iter().cloned().collect::<Vec<_>>()).collect()
    };
    for at in 0..4 {
        for how in
            ["UPDATE kept SET pressed = x'789c030000000001' WHERE digest = ?1", "DELETE FROM kept WHERE digest = ?1"]
        {
            let folder = tempfile::tempdir().unwrap();
            let (journal, _) = kept(folder.path());
            let digest = tables(&journal)[at].clone();
            let open = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
            assert_eq!(open.execute(how, [digest.as_str()]).unwrap(), 1);
            assert!(matches!(journal.verify().unwrap(), Verification::Broken { .. }), "{how} {at}");
            prove(&journal, "never-public", None, None).unwrap_err();
        }
    }
}

#[test]
fn rows_that_were_changed_are_found_though_no_entry_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = kept(folder.path());
    let named: BTreeSet<String> = journal
        .entries()
        .unwrap()
        .iter()
        .flat_map(|entry| entry.event.keeps().into_iter().map(ToString::to_string).collect::<Vec<_>>())
        .collect();
    let open = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    let all: Vec<String> = {
        let mut statement = open.prepare("SELECT digest FROM kept").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let rows = all.iter().find(|digest| !named.contains(*digest)).unwrap();
    open.execute("DELETE FROM kept WHERE digest = ?1", [rows]).unwrap();
    assert!(matches!(journal.verify().unwrap(), Verification::Broken { number: 2, .. }));
    prove(&journal, "never-public", None, None).unwrap_err();
}

#[test]
fn a_journal_of_the_former_format_gets_its_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    drop(Journal::open(&path, "acme", Arc::new(Fixed)).unwrap());
    let open = rusqlite::Connection::open(&path).unwrap();
    open.execute_batch("DROP TABLE kept; PRAGMA user_version = 1").unwrap();
    drop(open);
    let (journal, _) = kept(folder.path());
    assert!(matches!(journal.verify().unwrap(), Verification::Whole { .. }));
    assert!(journal.entries().unwrap().iter().any(|entry| matches!(entry.event, Event::Surveyed { whole: true, .. })));
}
