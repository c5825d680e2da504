//! Rows against what is true: the resources that `seed.py` made, with the values that their fields must have.

use std::{collections::BTreeMap, path::Path, process::Command};

use polity_model::facet::{self, Datum, Row};
use serde_json::{Value as Json, json};

use crate::support;

/// Accounts and resources; as many as are asked for from outside, for a reading in full size.
pub(crate) fn size() -> (usize, usize) {
    let number = |name: &str, usual| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    (number("POLITY_SURVEY_ACCOUNTS", 2), number("POLITY_SURVEY_RESOURCES", 120))
}

/// Seeds a server; the truth.
pub(crate) fn seed(endpoint: &str, management: &str) -> Json {
    let (accounts, resources) = size();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/surveys/seed.py");
    let output = Command::new(support::tool("python3"))
        .arg(script)
        .args(["--endpoint", endpoint, "--management", management])
        .args(["--accounts", &accounts.to_string(), "--resources", &resources.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// How many values were compared; or what is not as it should be.
pub(crate) fn compare(truth: &Json, rows: &[Row]) -> Result<usize, String> {
    let mut by_id: BTreeMap<(&str, &str), &Row> = BTreeMap::new();
    for row in rows {
        let facet = facet::find(&row.facet).unwrap();
        let Some(Datum::Text(id)) = row.get(facet, "id") else { return Err(format!("a row without id: {row:?}")) };
        if by_id.insert((&row.facet, id), row).is_some() {
            return Err(format!("{} {id} is there twice", row.facet));
        }
    }
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for resource in truth["resources"].as_array().unwrap() {
        let part = |name: &str| resource[name].as_str().unwrap();
        let Some(row) = by_id.get(&(part("facet"), part("id"))) else {
            wrong.push(format!("{} {} is not there", part("facet"), part("id")));
            continue;
        };
        let facet = facet::find(part("facet")).unwrap();
        for (field, expected) in resource["facts"].as_object().unwrap().iter().chain([
            (&"name".to_owned(), &resource["name"]),
            (&"account".to_owned(), &resource["account"]),
            (&"region".to_owned(), &resource["region"]),
        ]) {
            compared += 1;
            let found = plain(row.get(facet, field).unwrap());
            if found != *expected {
                wrong.push(format!("{} {}.{field}: {found}, not {expected}", part("facet"), part("id")));
            }
        }
    }
    if wrong.is_empty() {
        Ok(compared)
    } else {
        Err(format!("{} wrong: {}", wrong.len(), wrong[..wrong.len().min(20)].join("\n")))
    }
}

fn plain(datum: &Datum) -> Json {
    match datum {
        Datum::Absent => Json::Null,
        Datum::Bool(value) => json!(value),
        Datum::Int(value) => json!(value),
        Datum::Text(text) => json!(text),
        Datum::List(items) => items.iter().map(plain).collect(),
        other => json!(format!("{other:?}")),
    }
}
