//! How fast an audit judges, for `cargo xtask bench`: `audit_speed whole|questions ROWS`. Prints one JSON object.
//!
//! `whole`: sixty controls of the catalog over so many synthetic resources of all facets, in fifty tenants.
//! `questions`: three questions of three conditions each, by columns and by a loop written by hand, on the same resources. The
//! same resources and questions are in `xtask/bench/custodian.py`, for Cloud Custodian.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement fails by panicking, and says what it measured"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    hint::black_box,
    sync::Arc,
    time::Instant,
};

use polity_controls::{
    Assertion, Environment, Program, Table,
    catalog::{self, Catalog},
    control::Control,
    judge,
};
use polity_engine::audit::{
    Batch, Collected, Facts, Judging, Places, Question, Questions, ROWS_VERSION, Sheets, Source, Terms,
};
use polity_manifest::File;
use polity_model::{
    Digest, Origin,
    facet::{self, Datum, Facet, Field, Reason, Row, Type},
    finding::{Attached, Protection, Whereabouts},
    units::Timestamp,
};
use serde_json::json;

const TENANTS: usize = 50;
const CONTROLS: usize = 60;
const BATCH: usize = 10_000;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let rows: usize = words[1].parse().unwrap();
    match words[0].as_str() {
        "whole" => whole(rows),
        "questions" => questions(rows),
        other => panic!("`{other}` is nothing that is measured"),
    }
}

/// The same numbers on every run, and in Python.
fn dice(at: usize, sides: usize, salt: usize) -> usize {
    ((at as u64).wrapping_mul(2_654_435_761).wrapping_add(salt as u64 * 40_503) >> 7) as usize % sides
}

fn now() -> Timestamp {
    "2024-03-01T00:00:00Z".parse().unwrap()
}

fn controls() -> Vec<Arc<Control>> {
    let read = |(path, bytes): &(&str, &[u8])| {
        polity_manifest::documents(&File { path: (*path).to_owned(), bytes: bytes.to_vec() }).0
    };
    let documents: Vec<_> = catalog::files().iter().flat_map(read).collect();
    let asks = |control: &&Arc<Control>| {
        !control.detect.is_empty() && control.params.values().all(|param| param.default.is_some())
    };
    Catalog::read(&documents).0.controls.values().filter(asks).take(CONTROLS).cloned().collect()
}

/// A value of this type: now and then absent where it may be, once in two hundred unknown.
fn datum(field: &Field, at: usize, salt: usize) -> Datum {
    if field.optional && dice(at, 4, salt) == 0 {
        return Datum::Absent;
    }
    if dice(at, 200, salt + 1) == 0 {
        return Datum::Unknown(Reason::Denied { permission: format!("nimbus:Get{}", field.name) });
    }
    of_type(&field.ty, at, salt + 2)
}

fn of_type(ty: &Type, at: usize, salt: usize) -> Datum {
    const DAY: i64 = 86_400_000_000;
    let number = |sides: usize| i64::try_from(dice(at, sides, salt)).unwrap();
    match ty {
        Type::Bool => Datum::Bool(dice(at, 3, salt) > 0),
        Type::Int => Datum::Int(number(400)),
        Type::Double => Datum::Double(number(1000) as f64 / 7.0),
        Type::Text => format!("text-{}", dice(at, 5000, salt)).into(),
        Type::Word(words) => words[dice(at, words.len(), salt)].into(),
        Type::Timestamp => Datum::Timestamp(now().as_microsecond() - number(900) * DAY),
        Type::Duration => Datum::Duration(number(400) * DAY),
        Type::List(item) => {
            Datum::List((0..dice(at, 3, salt)).map(|each| of_type(item, at, salt + 7 * each + 1)).collect())
        }
        Type::Map(item) => {
            let keys = ["owner", "env", "data"].iter().take(dice(at, 4, salt));
            Datum::Map(keys.map(|key| ((*key).to_owned(), of_type(item, at, salt + key.len()))).collect())
        }
        Type::Record(fields) => Datum::Record(
            fields.iter().enumerate().map(|(number, field)| datum(field, at, salt + 11 * number)).collect(),
        ),
    }
}

fn row(facet: &'static Facet, at: usize) -> Row {
    let mut values: Vec<Datum> =
        facet.fields.iter().enumerate().map(|(number, field)| datum(field, at, 31 * number)).collect();
    values[0] = format!("urn:nimbus:{}/{at}", facet.name).into();
    values[1] = format!("{}-{at}", facet.name).into();
    Row { facet: facet.name.to_owned(), values }
}

fn tenant(number: usize) -> String {
    format!("tenant-{number:02}")
}

fn head() -> Collected {
    Collected {
        version: ROWS_VERSION.to_owned(),
        organization: "large".to_owned(),
        at: Some(now()),
        platforms: BTreeMap::new(),
        actors: BTreeMap::new(),
        facets: BTreeMap::new(),
        tenants: (0..TENANTS).map(|number| (tenant(number), format!("n-{number}"))).collect(),
        unborn: BTreeSet::new(),
        in_force: BTreeSet::new(),
        batches: Vec::new(),
        notices: Vec::new(),
    }
}

fn places() -> Places {
    let facts = |number: usize| Facts {
        whereabouts: Arc::new(Whereabouts { tenant: Some(tenant(number)), ..Whereabouts::default() }),
        platform_type: "nimbus".to_owned(),
        rows: vec![None, None, None, None],
    };
    Places((0..TENANTS).map(|number| (tenant(number), facts(number))).collect())
}

fn asked(controls: &[Arc<Control>]) -> Questions {
    let terms = Terms {
        params: BTreeMap::new(),
        attached: Attached { place: "the organization".to_owned(), origin: Origin::file("organization.yaml") },
        protection: Protection::Luck,
        correctable: false,
        exemptions: Vec::new(),
    };
    let bound: Vec<_> = controls.iter().map(|control| Arc::new(control.bind(&BTreeMap::new()).unwrap())).collect();
    let of_tenant = || {
        let each = controls.iter().zip(&bound);
        each.map(|(control, bound)| Question::new(Arc::clone(control), Arc::clone(bound), terms.clone())).collect()
    };
    Questions((0..TENANTS).map(|number| (tenant(number), of_tenant())).collect())
}

/// Bytes as they would come from a file, to rows, to columns; and then every control on every row.
fn whole(rows: usize) {
    let controls = controls();
    let facets: BTreeSet<&str> =
        controls.iter().flat_map(|control| &control.detect).map(|detect| detect.on.name).collect();
    let facets: Vec<&'static Facet> = facets.into_iter().filter_map(facet::find).collect();
    let (questions, places, head) = (asked(&controls), places(), head());
    let mut sheets = Sheets::new(&head, &questions, &places);
    let (mut parsing, mut filling, mut bytes) = (0.0, 0.0, 0);
    for batch in 0..rows.div_ceil(BATCH) {
        let ats = batch * BATCH..((batch + 1) * BATCH).min(rows);
        let made: Vec<Row> = ats.map(|at| row(facets[at % facets.len()], at)).collect();
        let text = serde_json::to_vec(&made).unwrap();
        drop(made);
        bytes += text.len();
        let begun = Instant::now();
        let read: Vec<Row> = serde_json::from_slice(&text).unwrap();
        parsing += begun.elapsed().as_secs_f64();
        let source = Source {
            platform: "nimbus".to_owned(),
            scope: tenant(batch % TENANTS),
            tenant: Some(tenant(batch % TENANTS)),
            survey: "all".to_owned(),
            facets: Vec::new(),
            replies: 0,
            bytes: 0,
            digest: Digest::of(b""),
        };
        let begun = Instant::now();
        sheets.take(Batch { source, rows: read, gaps: Vec::new() });
        filling += begun.elapsed().as_secs_f64();
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let time = |cores: usize| {
        let how = Judging { today: jiff_day(), passes: false, cores };
        let begun = Instant::now();
        let outcome = sheets.judge(&how);
        (begun.elapsed().as_secs_f64(), outcome)
    };
    let (one, outcome) = time(1);
    let mut sum = polity_model::finding::Counts::default();
    outcome.counts.values().flat_map(BTreeMap::values).for_each(|counts| sum.add(*counts));
    drop(outcome);
    let (all, _) = time(cores);
    println!(
        "{}",
        json!({
            "controls": controls.len(), "rows": rows, "facets": facets.len(), "evaluations": sum.asked() + sum.not_applicable,
            "fail": sum.fail, "unknown": sum.unknown, "pass": sum.pass, "not_applicable": sum.not_applicable,
            "megabytes": bytes / 1_000_000, "bytes_to_rows": parsing, "rows_to_columns": filling,
            "columns_mib": sheets.bytes() >> 20, "cores": cores, "one_core": one, "all_cores": all,
        })
    );
}

fn jiff_day() -> polity_model::units::Date {
    "2024-03-01".parse().unwrap()
}

/// What somebody would write by hand.
struct Store {
    name: String,
    region: Option<String>,
    public: bool,
    encrypted: bool,
    versioning: bool,
    tls_required: bool,
    retention_days: Option<i64>,
    tags: BTreeMap<String, String>,
}

fn store(at: usize) -> Store {
    let dice = |sides, salt| dice(at, sides, salt);
    let mut tags = BTreeMap::from([("owner".to_owned(), format!("team-{}", dice(40, 1)))]);
    if dice(3, 2) > 0 {
        tags.insert("env".to_owned(), ["prod", "test", "dev"][dice(3, 3)].to_owned());
    }
    Store {
        name: format!("{}-{at}", ["log", "data", "web"][dice(3, 4)]),
        region: (dice(10, 5) > 0).then(|| ["north", "south", "east", "west"][dice(4, 6)].to_owned()),
        public: dice(10, 7) == 0,
        encrypted: dice(5, 8) > 0,
        versioning: dice(2, 9) == 0,
        tls_required: dice(3, 10) > 0,
        retention_days: (dice(2, 11) == 0).then(|| i64::try_from(dice(400, 12)).unwrap()),
        tags,
    }
}

/// An assertion, and the same by hand.
type Pair = (&'static str, fn(&Store) -> bool);

const QUESTIONS: [Pair; 3] = [
    ("!resource.public && resource.encrypted && resource.versioning", |s| !s.public && s.encrypted && s.versioning),
    (
        "has(resource.region) && resource.region in ['north', 'south'] && resource.tls_required && !resource.name.startsWith('web-')",
        |s| {
            s.region.as_ref().is_some_and(|region| region == "north" || region == "south")
                && s.tls_required
                && !s.name.starts_with("web-")
        },
    ),
    (
        "'env' in resource.tags && resource.tags['env'] == 'prod' && has(resource.retention_days) && resource.retention_days >= 30",
        |s| s.tags.get("env").is_some_and(|env| env == "prod") && s.retention_days.is_some_and(|days| days >= 30),
    ),
];

fn questions(rows: usize) {
    let facet = facet::find("object_store").unwrap();
    let mut table = Table::new(facet, Some(now()));
    let mut stores = Vec::with_capacity(rows);
    for at in 0..rows {
        let s = store(at);
        let row = Row::of(facet)
            .set("name", s.name.as_str())
            .set("region", Datum::maybe(s.region.as_deref()))
            .set("public", s.public)
            .set("encrypted", s.encrypted)
            .set("versioning", s.versioning)
            .set("tls_required", s.tls_required)
            .set("retention_days", Datum::maybe(s.retention_days))
            .set("tags", Datum::texts(s.tags.clone()));
        table.push(row.finish().unwrap(), Table::nowhere());
        stores.push(s);
    }
    let environment = Environment { resource: Some(facet), places: true, params: BTreeMap::new() };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let measured: Vec<_> = QUESTIONS
        .iter()
        .map(|(text, by_hand)| {
            let bound = Assertion::read(text, &environment, None).assertion.unwrap().bind(&BTreeMap::new()).unwrap();
            let program = Program::compile(&bound);
            let (one, outcome) = best(|| judge(&[&program], &table, 1).remove(0).count_true());
            let (all, _) = best(|| judge(&[&program], &table, cores).remove(0).count_true());
            let (hand, count) = best(|| stores.iter().filter(|store| by_hand(black_box(store))).count());
            assert_eq!(outcome, count, "{text}");
            json!({"one_core": one, "all_cores": all, "by_hand": hand, "matches": count})
        })
        .collect();
    println!("{}", json!({"rows": rows, "cores": cores, "questions": measured}));
}

/// The best of three.
fn best<T>(mut work: impl FnMut() -> T) -> (f64, T) {
    let mut runs = (0..3).map(|_| {
        let begun = Instant::now();
        let made = black_box(work());
        (begun.elapsed().as_secs_f64(), made)
    });
    let first = runs.next().unwrap();
    runs.fold(first, |best, run| if run.0 < best.0 { run } else { best })
}
