//! Any bytes as an assertion or as a control: mistakes within the text or something that both evaluators agree on, never a panic.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use polity_controls::{Assertion, Environment, Facts, Program, Table, Type, control, judge, value_of};
use polity_model::{
    Origin, Value,
    facet::{self, Datum, Reason, Row},
    written::Written,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(json) = serde_json::from_str(text) {
        let (control, diagnostics) =
            control::read(&Written::of(&Value::from_json(&json), &Origin::file("control.yaml")));
        assert!(control.is_some() || !diagnostics.is_empty(), "refused without a word");
        assert!(diagnostics.iter().all(|diagnostic| diagnostic.code != "evaluators-differ"), "{diagnostics:?}");
    }
    let _ = value_of(text);
    let Some(facet) = facet::find("network_rule") else { panic!("a facet is gone") };
    let params = BTreeMap::from([("ports".to_owned(), Type::List(Type::Int.into()))]);
    let reading = Assertion::read(text, &Environment { resource: Some(facet), places: true, params }, None);
    for mistake in &reading.mistakes {
        assert!(mistake.span.start <= mistake.span.end && mistake.span.end <= text.len(), "a place outside the text");
        assert!(text.is_char_boundary(mistake.span.start) && text.is_char_boundary(mistake.span.end));
    }
    let Some(assertion) = reading.assertion else {
        assert!(!reading.mistakes.is_empty(), "refused without a word");
        return;
    };
    let ports = polity_controls::Value::List([22, 3389].map(polity_controls::Value::Int).into());
    let Ok(bound) = assertion.bind(&BTreeMap::from([("ports".to_owned(), ports)])) else { return };
    let ports = Datum::List(vec![Datum::Record(vec![Datum::Int(20), Datum::Int(25)])]);
    let rows: Vec<Row> = [
        Row::of(facet).finish(),
        Row::of(facet).set("direction", "ingress").set("any_source", true).set("ports", ports).finish(),
        Row::of(facet).set("name", "a").set("description", Datum::Absent).rest(&Reason::NotInApi).finish(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut table = Table::new(facet, None);
    rows.iter().for_each(|row| table.push(row.clone(), Table::nowhere()));
    let outcomes = judge(&[&Program::compile(&bound)], &table, 1);
    for (at, row) in rows.iter().enumerate() {
        let single = bound.judge(&Facts::new(facet, row));
        assert_eq!(outcomes.first().map(|outcome| outcome.truth(at)), Some(single));
    }
});
