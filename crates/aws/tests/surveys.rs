//! Surveys against a moto server that boto3 has filled (`surveys/sample.py`): all rows as snapshots, and laws that hold for
//! every survey: a denied call makes exactly what depends on it unknown, and nothing is known that no source names.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

#[path = "surveys/render.rs"]
mod render;
mod support;
#[path = "surveys/truth.rs"]
mod truth;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
    sync::Arc,
};

use polity_aws::{AwsProvider, Login, operations, surveys::sources};
use polity_model::{
    facet::{self, Datum, Reason, Row},
    resource::Scope,
};
use polity_provider::{Provider as _, Settings, Surveyed, Wire};
use serde_json::Value as Json;
use support::{ACCOUNT, Moto, platform};

const REGION: &str = "us-east-1";

/// A server with the sample in it.
fn filled() -> Moto {
    let moto = Moto::start();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/surveys/sample.py");
    let output = Command::new(support::tool("python3")).arg(script).args([&moto.endpoint, ACCOUNT]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    moto
}

fn scope(level: &str) -> Scope {
    let mut scope = support::member("shop", ACCOUNT, REGION);
    scope.level = level.to_owned();
    scope
}

fn provider(wire: Wire, login: Login) -> AwsProvider {
    AwsProvider::with_login(&platform(ACCOUNT), Arc::new(wire), login)
}

async fn read(provider: &AwsProvider, name: &str) -> Surveyed {
    let survey = provider.surveys().iter().find(|survey| survey.name() == name).unwrap();
    let reader = provider.reader(&scope(survey.level())).await.unwrap();
    survey.rows(&reader).await.unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names() -> Vec<&'static str> {
    let idle = provider(Wire::new(Settings::default()).unwrap(), Login::fixed("a", "b", None, "http://127.0.0.1:1"));
    idle.surveys().iter().map(|survey| survey.name()).collect()
}

#[tokio::test]
async fn rows_are_what_boto3_made() {
    let moto = filled();
    let (id, secret, token) = moto.keys(ACCOUNT).await;
    for name in names() {
        let login = Login::fixed(&id, &secret, Some(&token), &moto.endpoint);
        let surveyed = read(&provider(Wire::new(Settings::default()).unwrap(), login), name).await;
        assert!(!surveyed.rows.is_empty(), "{name} found nothing: {:?}", surveyed.gaps);
        known_by_a_source(name, &surveyed.rows);
        insta::with_settings!({snapshot_path => "surveys/snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, render::text(&surveyed));
        });
    }
}

/// Whatever is known stands in the table of sources, from which the reference is made.
fn known_by_a_source(survey: &str, rows: &[Row]) {
    let told: BTreeSet<(&str, &str)> = sources()
        .into_iter()
        .flat_map(|source| source.fields.iter().map(move |field| (source.facet, *field)))
        .collect();
    for row in rows {
        let facet = facet::find(&row.facet).unwrap();
        for (field, value) in facet.fields.iter().zip(&row.values) {
            let known = !matches!(value, Datum::Unknown(Reason::NotCollected | Reason::NotInApi));
            assert!(
                !known || told.contains(&(facet.name, field.name)),
                "{survey}: {}.{} has no source",
                facet.name,
                field.name
            );
        }
    }
}

#[test]
fn sources_name_fields_that_there_are_and_operations_that_are_declared() {
    let declared: BTreeSet<String> =
        operations::reads().iter().map(|read| format!("{}:{}", read.0.service, read.0.name)).collect();
    let mut told = BTreeSet::new();
    for source in sources() {
        let facet = facet::find(source.facet).unwrap_or_else(|| panic!("there is no facet {}", source.facet));
        for field in source.fields {
            assert!(facet.field(field).is_some(), "{} has no field {field}", source.facet);
            assert!(told.insert((source.facet, *field)), "{}.{field} has two sources", source.facet);
        }
        for call in source.calls {
            assert!(declared.contains(&format!("{}:{}", call.0.service, call.0.name)), "{}", call.0.name);
        }
    }
}

/// Answers one operation of a tape as AWS answers whoever lacks the permission.
fn denied(tape: &str, operation: &str) -> String {
    let lines = tape.lines().map(|line| {
        let mut call: Json = serde_json::from_str(line).unwrap();
        if call["operation"] == operation {
            call["status"] = 403.into();
            call["headers"] = serde_json::json!([["content-type", "application/json"]]);
            call["reply"] = serde_json::json!({"__type": "AccessDeniedException", "message": "not for you"});
        }
        call.to_string()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn operations_on(tape: &str) -> BTreeSet<String> {
    let calls = tape.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    calls.map(|call| call["operation"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_denied_call_makes_unknown_what_depends_on_it_and_names_the_permission() {
    let moto = filled();
    let (id, secret, token) = moto.keys(ACCOUNT).await;
    let permissions: BTreeMap<String, &str> = operations::reads()
        .into_iter()
        .map(|read| (format!("{}:{}", read.0.service, read.0.name), read.0.permission))
        .collect();
    let mut checked = 0;
    // Calls of different regions are alike on a tape, so a survey that goes through many of them cannot be replayed.
    for name in names().into_iter().filter(|name| *name != "account-settings") {
        let file = tempfile::NamedTempFile::new().unwrap();
        let login = Login::fixed(&id, &secret, Some(&token), &moto.endpoint);
        let whole = read(&provider(Wire::recording(Settings::default(), file.path()).unwrap(), login), name).await;
        let tape = std::fs::read_to_string(file.path()).unwrap();
        for operation in operations_on(&tape) {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), denied(&tape, &operation)).unwrap();
            let login = Login::fixed("test", "test", None, "http://127.0.0.1:1");
            let replayed = provider(Wire::replaying(Settings::default(), file.path()).unwrap(), login);
            let less = read(&replayed, name).await;
            let permission = permissions[operation.as_str()];
            compare(&whole, &less, permission).unwrap_or_else(|why| panic!("{name} without {operation}: {why}"));
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
}

/// Each row is there as before, or a gap says why not; each value is as before, or unknown for want of the permission.
fn compare(whole: &Surveyed, less: &Surveyed, permission: &str) -> Result<(), String> {
    let mut lost = 0;
    let told = less.gaps.iter().any(|gap| gap.permission.as_deref() == Some(permission));
    for row in &whole.rows {
        let facet = facet::find(&row.facet).unwrap();
        let same = |other: &&Row| other.facet == row.facet && other.get(facet, "id") == row.get(facet, "id");
        let Some(other) = less.rows.iter().find(same) else {
            let gap = |facet: &str| less.gaps.iter().any(|gap| gap.kind.as_deref() == Some(facet));
            match told && gap(&row.facet) {
                true => lost += 1,
                false => return Err(format!("{:?} is gone without a gap", row.get(facet, "id"))),
            }
            continue;
        };
        for (field, (before, after)) in facet.fields.iter().zip(row.values.iter().zip(&other.values)) {
            lost += usize::from(before != after);
            if !no_more_than(before, after, permission) {
                return Err(format!("{}.{}: {before:?} became {after:?}", facet.name, field.name));
            }
        }
    }
    if less.rows.len() > whole.rows.len() {
        return Err("there are rows that were not there before".to_owned());
    }
    // What one call tells another may tell too, so nothing need be lost; what is lost is lost for this permission.
    if lost > 0 || told || less.rows == whole.rows { Ok(()) } else { Err("rows changed their order".to_owned()) }
}

/// Whether a value says no more than before, and what it does not say any more is for want of the permission.
fn no_more_than(before: &Datum, after: &Datum, permission: &str) -> bool {
    match (before, after) {
        (before, after) if before == after => true,
        (_, Datum::Unknown(Reason::Denied { permission: named })) => named == permission,
        // Whoever does not know one thing may ask for another, to which this tape has no answer.
        (_, Datum::Unknown(Reason::Undefined(why))) => why.contains("the tape has no further answer"),
        (Datum::List(before), Datum::List(after)) | (Datum::Record(before), Datum::Record(after)) => {
            before.len() == after.len()
                && before.iter().zip(after).all(|(before, after)| no_more_than(before, after, permission))
        }
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_is_read_as_it_was_made() {
    let moto = Moto::start();
    let truth = truth::seed(&moto.endpoint, ACCOUNT);
    let provider = Arc::new(moto.provider().await);
    let began = std::time::Instant::now();
    let mut reading = tokio::task::JoinSet::new();
    for (name, id) in truth["accounts"].as_object().unwrap() {
        for number in 0..provider.surveys().len() {
            let (provider, mut scope) = (Arc::clone(&provider), support::member(name, id.as_str().unwrap(), REGION));
            // What is set for a whole account is read in every region; the other tests see to it.
            if provider.surveys()[number].name() == "account-settings" {
                continue;
            }
            reading.spawn(async move {
                let survey = &provider.surveys()[number];
                scope.level = survey.level().to_owned();
                let reader = provider.reader(&scope).await.unwrap();
                survey.rows(&reader).await.unwrap()
            });
        }
    }
    let mut rows = Vec::new();
    while let Some(surveyed) = reading.join_next().await {
        let surveyed = surveyed.unwrap();
        assert!(surveyed.gaps.is_empty(), "{:?}", surveyed.gaps);
        rows.extend(surveyed.rows);
    }
    let took = began.elapsed();
    let compared = truth::compare(&truth, &rows).unwrap_or_else(|why| panic!("{why}"));
    assert!(compared > 500, "{compared}");
    // A single row would be easy to miss; these figures are for whoever asks for the full size.
    let calls = provider.wire().stats().calls;
    eprintln!("{} rows, {compared} values compared, {calls} calls, {:.1} s", rows.len(), took.as_secs_f64());
}
