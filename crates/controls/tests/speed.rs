//! How fast a million resources are judged, beside a loop written by hand for the same question. Not a test of every day:
//! `cargo test --release -p polity-controls --test speed -- --ignored --nocapture`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it measured"
)]

use std::{
    collections::BTreeMap,
    hint::black_box,
    time::{Duration, Instant},
};

use polity_controls::{Assertion, Environment, Facts, Program, Table, judge};
use polity_model::{
    facet::{self, Datum, Row},
    units::Timestamp,
};

const ROWS: usize = 1_000_000;
const REGIONS: [&str; 4] = ["north", "south", "east", "west"];

/// What somebody would write by hand.
struct Store {
    name: String,
    region: Option<String>,
    public: bool,
    encrypted: bool,
    versioning: bool,
    tls_required: bool,
    retention_days: Option<i64>,
    last_backup_at: Option<i64>,
    shared_with: Vec<String>,
    tags: BTreeMap<String, String>,
}

fn store(at: usize) -> Store {
    let dice = |sides: usize, salt: usize| (at.wrapping_mul(2_654_435_761).wrapping_add(salt * 40_503) >> 7) % sides;
    let mut tags = BTreeMap::from([("owner".to_owned(), format!("team-{}", dice(40, 1)))]);
    if dice(3, 2) > 0 {
        tags.insert("env".to_owned(), ["prod", "test", "dev"][dice(3, 3)].to_owned());
    }
    Store {
        name: format!("{}-{at}", ["log", "data", "web"][dice(3, 4)]),
        region: (dice(10, 5) > 0).then(|| REGIONS[dice(4, 6)].to_owned()),
        public: dice(10, 7) == 0,
        encrypted: dice(5, 8) > 0,
        versioning: dice(2, 9) == 0,
        tls_required: dice(3, 10) > 0,
        retention_days: (dice(2, 11) == 0).then(|| dice(400, 12) as i64),
        last_backup_at: (dice(4, 13) > 0).then(|| 1_700_000_000_000_000 + dice(90, 14) as i64 * 86_400_000_000),
        shared_with: (0..dice(3, 15)).map(|with| format!("{:012}", dice(50, 16 + with))).collect(),
        tags,
    }
}

type ByHand = fn(&Store, i64) -> bool;

/// An assertion and the same by hand.
const QUESTIONS: &[(&str, ByHand)] = &[
    ("!resource.public && resource.encrypted && resource.versioning", |s, _| !s.public && s.encrypted && s.versioning),
    (
        "has(resource.region) && resource.region in ['north', 'south'] && resource.tls_required && !resource.name.startsWith('web-')",
        |s, _| {
            s.region.as_ref().is_some_and(|region| region == "north" || region == "south")
                && s.tls_required
                && !s.name.starts_with("web-")
        },
    ),
    (
        "'env' in resource.tags && resource.tags['env'] == 'prod' && has(resource.retention_days) && resource.retention_days >= 30",
        |s, _| s.tags.get("env").is_some_and(|env| env == "prod") && s.retention_days.is_some_and(|days| days >= 30),
    ),
    ("has(resource.last_backup_at) && now - resource.last_backup_at <= duration('45d')", |s, now| {
        s.last_backup_at.is_some_and(|at| now - at <= 45 * 86_400_000_000)
    }),
    ("resource.shared_with.all(a, a in ['000000000001', '000000000002', '000000000003'])", |s, _| {
        s.shared_with.iter().all(|a| ["000000000001", "000000000002", "000000000003"].contains(&a.as_str()))
    }),
];

fn timed<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    let mut best: Option<(Duration, T)> = None;
    for _ in 0..3 {
        let start = Instant::now();
        let made = black_box(work());
        let took = start.elapsed();
        if best.as_ref().is_none_or(|(known, _)| took < *known) {
            best = Some((took, made));
        }
    }
    best.unwrap()
}

fn rate(rows: usize, took: Duration) -> f64 {
    rows as f64 / took.as_secs_f64() / 1e6
}

#[test]
#[ignore = "measures; run it in a release build"]
fn a_million_resources() {
    let facet = facet::find("object_store").unwrap();
    let now: Timestamp = "2024-03-01T00:00:00Z".parse().unwrap();
    let micros = now.as_microsecond();
    let mut table = Table::new(facet, Some(now));
    let mut stores = Vec::with_capacity(ROWS);
    let mut filling = Duration::ZERO;
    let mut few = Vec::new();
    for at in 0..ROWS {
        let s = store(at);
        let row = Row::of(facet)
            .set("name", s.name.as_str())
            .set("region", Datum::maybe(s.region.as_deref()))
            .set("public", s.public)
            .set("encrypted", s.encrypted)
            .set("versioning", s.versioning)
            .set("tls_required", s.tls_required)
            .set("retention_days", Datum::maybe(s.retention_days))
            .set("last_backup_at", s.last_backup_at.map_or(Datum::Absent, Datum::Timestamp))
            .set("shared_with", s.shared_with.clone())
            .set("tags", Datum::texts(s.tags.clone()))
            .finish()
            .unwrap();
        if few.len() < 100_000 {
            few.push(row.clone());
        }
        let start = Instant::now();
        table.push(row, Table::nowhere());
        filling += start.elapsed();
        stores.push(s);
    }
    println!("{ROWS} rows to columns: {:.2} s, {} MiB", filling.as_secs_f64(), table.bytes() >> 20);
    let environment = Environment { resource: Some(facet), places: true, params: BTreeMap::new() };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("million evaluations a second:   columns  by hand  ratio  columns on {cores} cores  by row");
    for (text, by_hand) in QUESTIONS {
        let reading = Assertion::read(text, &environment, None);
        let bound = reading.assertion.unwrap().bind(&BTreeMap::new()).unwrap();
        let program = Program::compile(&bound);
        assert_eq!(program.parts_by_row(), 0, "{text}");
        let (one, outcome) = timed(|| judge(&[&program], &table, 1).remove(0));
        let (all, _) = timed(|| judge(&[&program], &table, cores));
        let (hand, count) = timed(|| stores.iter().filter(|store| by_hand(black_box(store), micros)).count());
        assert_eq!(outcome.count_true(), count, "{text}");
        let start = Instant::now();
        for row in &few {
            black_box(bound.judge(&Facts::new(facet, row).read_at(now)));
        }
        let single = start.elapsed();
        println!(
            "{:>38.0} {:>8.0} {:>6.2} {:>19.0} {:>7.2}   {text}",
            rate(ROWS, one),
            rate(ROWS, hand),
            one.as_secs_f64() / hand.as_secs_f64(),
            rate(ROWS, all),
            rate(few.len(), single),
        );
    }
    let programs: Vec<Program> = (0..60)
        .map(|at| {
            let reading = Assertion::read(QUESTIONS[at % QUESTIONS.len()].0, &environment, None);
            Program::compile(&reading.assertion.unwrap().bind(&BTreeMap::new()).unwrap())
        })
        .collect();
    let programs: Vec<&Program> = programs.iter().collect();
    let (took, _) = timed(|| judge(&programs, &table, cores));
    println!("60 assertions on {ROWS} resources, {cores} cores: {:.2} s", took.as_secs_f64());
}
