//! Rows as text that is the same in every run: ids that a server makes up are numbered, moments of today are `now`.

use std::{collections::BTreeMap, time::SystemTime};

use polity_model::{
    facet::{self, Datum, Field, Reason, Row, Type},
    units::Timestamp,
};
use polity_provider::Surveyed;

/// All rows, one block each: what is known, then what is not, by reason.
pub(crate) fn text(surveyed: &Surveyed) -> String {
    let mut blocks: Vec<String> = surveyed.rows.iter().map(block).collect();
    blocks.extend(surveyed.gaps.iter().map(|gap| format!("gap {:?}: {}", gap.kind, gap.reason)));
    plain(&blocks.join("\n\n"))
}

fn block(row: &Row) -> String {
    let facet = facet::find(&row.facet).unwrap();
    let mut lines = vec![format!("[{}]", row.facet)];
    let mut unknown: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (field, value) in facet.fields.iter().zip(&row.values) {
        match value {
            Datum::Unknown(reason) => unknown.entry(why(reason)).or_default().push(field.name),
            value => lines.push(format!("{}: {}", field.name, shown(value, &field.ty))),
        }
    }
    lines.extend(unknown.into_iter().map(|(why, fields)| format!("unknown, {why}: {}", fields.join(" "))));
    lines.join("\n")
}

fn why(reason: &Reason) -> String {
    reason.to_string()
}

fn shown(value: &Datum, ty: &Type) -> String {
    match (value, ty) {
        (Datum::Absent, _) => "-".to_owned(),
        (Datum::Unknown(reason), _) => format!("? ({})", why(reason)),
        (Datum::Bool(value), _) => value.to_string(),
        (Datum::Int(value), _) => value.to_string(),
        (Datum::Double(value), _) => value.to_string(),
        (Datum::Text(value), _) => value.to_string(),
        (Datum::Timestamp(at), _) => moment(*at),
        (Datum::List(items), Type::List(ty)) => {
            let items: Vec<String> = items.iter().map(|item| shown(item, ty)).collect();
            format!("[{}]", items.join(", "))
        }
        (Datum::Map(entries), Type::Map(ty)) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key}={}", shown(value, ty))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        (Datum::Record(values), Type::Record(fields)) => record(values, fields),
        other => panic!("{other:?}"),
    }
}

fn record(values: &[Datum], fields: &[Field]) -> String {
    let parts: Vec<String> = fields
        .iter()
        .zip(values)
        .map(|(field, value)| format!("{}: {}", field.name, shown(value, &field.ty)))
        .collect();
    format!("({})", parts.join(", "))
}

fn moment(microseconds: i64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros();
    let days = (i128::from(microseconds) - i128::try_from(now).unwrap()) / 86_400_000_000;
    match days {
        0 => "now".to_owned(),
        1..=60 => "soon".to_owned(),
        _ => Timestamp::from_microsecond(microseconds).unwrap().to_string(),
    }
}

/// Numbers what servers make up, in the order in which it is seen.
fn plain(text: &str) -> String {
    let made_up = regex::Regex::new(
        r"(?x) \b(?P<kind>acl|ami|eni|fl|i|igw|pcx|rtb|sg|sgr|snap|subnet|vol|vpc|vpce)-[0-9a-f]{8,17}\b
            | (?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})
            | (?P<key>\b[A-Z]{4}[A-Z0-9]{16}\b)
            | (?P<suffix>:secret:[a-z]+-)[A-Za-z0-9]{6}\b
            | (?P<copy>\brds:[a-z]+-)\d{4}(?:-\d\d){4}\b
            | (?P<address>\b54\.\d+\.\d+\.\d+\b)",
    )
    .unwrap();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    made_up
        .replace_all(text, |found: &regex::Captures<'_>| {
            let kinds = ["kind", "uuid", "key", "suffix", "copy", "address"];
            let (name, part) = kinds.iter().find_map(|name| Some((*name, found.name(name)?))).unwrap();
            let kind =
                if matches!(name, "kind" | "suffix" | "copy") { part.as_str().trim_end_matches('-') } else { name };
            let whole = found[0].to_owned();
            seen.entry(whole)
                .or_insert_with(|| {
                    let count = counts.entry(kind.to_owned()).or_default();
                    *count += 1;
                    format!("{kind}-{count}")
                })
                .clone()
        })
        .into_owned()
}
