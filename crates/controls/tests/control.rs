//! Control documents: good ones, and what is said about bad ones.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it measured"
)]

use std::collections::BTreeMap;

use polity_controls::{
    Facts, Table, Value,
    control::{self, BoundDetect, Control, Prevent, Verdict, Verdicts},
};
use polity_model::{
    Diagnostic, Origin, Value as Native,
    facet::{self, Datum, Reason, Row},
    written::{Content, Written},
};
use serde_json::{Value as Json, json};

fn good() -> Json {
    json!({
        "kind": "control",
        "name": "credential-age",
        "title": "Keys are changed in time",
        "statement": "Keys that work until somebody ends them are changed at least every so many days.",
        "rationale": "An old key has been seen by many.",
        "severity": "high",
        "stage": "basic",
        "params": {
            "max_days": {"type": "int", "default": 90, "min": 1, "max": 365, "stricter": "less"},
            "exempt": {"type": "texts", "default": [], "stricter": "less"},
        },
        "prevent": {
            "nimbus": [{"policy": "deny-old-keys"}],
            "stratus": {"impossible": "keys there have no age"},
        },
        "detect": {
            "on": "credential",
            "when": "resource.active && resource.long_lived",
            "assert": "resource.identity in params.exempt || (now - resource.rotated_at).getHours() <= params.max_days * 24",
        },
        "correct": {"nimbus": {"set": "inactive"}},
        "satisfies": ["nist-800-53/IA-5", "iso-27001/A.5.17"],
        "cases": [],
    })
}

fn document(change: impl Fn(&mut Json)) -> (Option<Control>, Vec<Diagnostic>) {
    let mut json = good();
    json["cases"] = json!([
        {"pass": {"active": true, "long_lived": true, "identity": "ci", "rotated_at": "2025-12-01"}},
        {"fail": {"active": true, "long_lived": true, "identity": "ci", "rotated_at": "2025-01-01"}},
        {"pass": {"active": true, "long_lived": true, "identity": "robot", "rotated_at": "2025-01-01"}, "params": {"exempt": ["robot"]}},
        {"unknown": {"active": true, "long_lived": true, "identity": "ci"}},
        {"not_applicable": {"active": false, "long_lived": true}},
        {"fail": {"active": true, "long_lived": true, "identity": "ci", "rotated_at": "2025-12-01"}, "now": "2026-06-01T00:00:00Z"},
    ]);
    change(&mut json);
    control::read(&Written::of(&Native::from_json(&json), &Origin::file("controls/credential-age.yaml")))
}

fn codes(change: impl Fn(&mut Json)) -> Vec<String> {
    let (control, diagnostics) = document(change);
    assert_eq!(control.is_none(), diagnostics.iter().any(Diagnostic::is_error), "{diagnostics:#?}");
    for diagnostic in &diagnostics {
        assert!(!diagnostic.message.ends_with('.') && !diagnostic.message.is_empty());
    }
    diagnostics.into_iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn a_good_control() {
    let (control, diagnostics) = document(|_| {});
    assert_eq!(diagnostics, []);
    let control = control.unwrap();
    assert_eq!((control.cases.len(), control.satisfies.len(), control.params.len()), (6, 2, 2));
    assert!(
        matches!(&control.prevent["stratus"], Prevent::Impossible { reason } if reason == "keys there have no age")
    );
    assert!(
        matches!(&control.prevent["nimbus"], Prevent::Native(written) if matches!(&written.content, Content::List(items) if items.len() == 1))
    );
}

/// What makes a good control a bad one.
type Change<'c> = &'c dyn Fn(&mut Json);

#[test]
fn bad_controls() {
    let wrong: &[(&str, Change<'_>)] = &[
        ("unknown-field", &|json| json["severty"] = json!("high")),
        ("missing-field", &|json| drop(json.as_object_mut().unwrap().remove("statement"))),
        ("wrong-type", &|json| json["severity"] = json!("terrible")),
        ("wrong-type", &|json| json["title"] = json!(3)),
        ("bad-name", &|json| json["name"] = json!("Credential Age")),
        ("unknown-facet", &|json| json["detect"]["on"] = json!("credentials")),
        ("unknown-field", &|json| json["detect"]["assert"] = json!("resource.actve")),
        ("not-a-condition", &|json| json["detect"]["assert"] = json!("resource.identity")),
        ("always-true", &|json| json["detect"]["assert"] = json!("resource.active || !resource.active")),
        ("always-false", &|json| json["detect"]["when"] = json!("resource.kind == 'key' && resource.kind == 'token'")),
        ("unknown-param", &|json| json["detect"]["assert"] = json!("resource.identity in params.exempts")),
        ("out-of-range", &|json| json["params"]["max_days"]["default"] = json!(400)),
        ("wrong-type", &|json| json["params"]["max_days"]["default"] = json!("ninety")),
        ("wrong-type", &|json| json["params"]["max_days"]["type"] = json!("integer")),
        ("empty-range", &|json| json["params"]["max_days"]["min"] = json!(366)),
        ("bad-name", &|json| json["params"]["Max"] = json!({"type": "int"})),
        ("impossible-and-more", &|json| json["prevent"]["stratus"]["policy"] = json!("x")),
        ("wrong-type", &|json| json["prevent"]["stratus"]["impossible"] = json!("")),
        ("wrong-type", &|json| json["prevent"]["stratus"] = json!("nothing")),
        ("wrong-type", &|json| json["satisfies"][0] = json!("nist")),
        ("repeated", &|json| json["satisfies"][0] = json!("iso-27001/A.5.17")),
        ("case-fails", &|json| json["cases"][0]["pass"]["rotated_at"] = json!("2024-12-01")),
        ("wrong-case", &|json| json["cases"][0]["pass"]["rotated"] = json!("2024-12-01")),
        ("wrong-case", &|json| json["cases"][0]["pass"]["active"] = json!(null)),
        ("wrong-case", &|json| json["cases"][0]["fail"] = json!({})),
        ("unknown-param", &|json| json["cases"][0]["params"] = json!({"max": 3})),
        ("out-of-range", &|json| json["cases"][0]["params"] = json!({"max_days": 0})),
        ("missing-case", &|json| {
            json["cases"] =
                json!([{"pass": {"active": true, "long_lived": true, "identity": "ci", "rotated_at": "2025-12-01"}}])
        }),
        ("no-effect", &|json| {
            json.as_object_mut().unwrap().remove("detect");
            json.as_object_mut().unwrap().remove("prevent");
            json["cases"] = json!([]);
        }),
    ];
    for (index, (code, change)) in wrong.iter().enumerate() {
        let found = codes(change);
        assert!(found.iter().any(|found| found == code), "change {index} should be {code}, is {found:?}");
    }
}

/// What passes a resource of which nothing is known is refused, however its cases come out.
#[test]
fn no_control_passes_blindly() {
    let found = codes(|json| {
        json["detect"].as_object_mut().unwrap().remove("when");
        json["detect"]["assert"] = json!("now > timestamp('2025-06-01T00:00:00Z') || resource.active");
        json["cases"] = json!([{"pass": {"active": true}}, {"fail": {"active": false}, "now": "2025-01-01T00:00:00Z"}]);
    });
    // Without a moment the moment is unknown, so this is no blind pass; without the facts it is.
    assert_eq!(found, Vec::<String>::new());
    let found = codes(|json| {
        json["detect"].as_object_mut().unwrap().remove("when");
        json["detect"]["assert"] = json!("resource.active || params.max_days > 0");
        json["cases"] = json!([{"pass": {"active": false}}]);
    });
    assert!(found.contains(&"passes-blind".to_owned()), "{found:?}");
}

#[test]
fn parameters_tighten() {
    let control = document(|_| {}).0.unwrap();
    let (days, exempt) = (&control.params["max_days"], &control.params["exempt"]);
    assert!(days.tightens(&Value::Int(90), &Value::Int(30)) && !days.tightens(&Value::Int(90), &Value::Int(120)));
    let texts = |texts: &[&str]| Value::List(texts.iter().map(|text| Value::Text((*text).into())).collect());
    assert!(
        exempt.tightens(&texts(&["a", "b"]), &texts(&["a"])) && !exempt.tightens(&texts(&["a"]), &texts(&["a", "b"]))
    );
    assert!(days.allows(&Value::Int(365)) && !days.allows(&Value::Int(366)));
}

/// One assertion on several facets, and verdicts of a whole table.
#[test]
fn several_facets() {
    let json = json!({
        "kind": "control", "name": "private-copies", "title": "Copies are private", "statement": "Nobody else can read copies.",
        "severity": "critical",
        "detect": {"on": ["image", "snapshot"], "assert": "!resource.public"},
        "cases": [
            {"on": "image", "pass": {"public": false}}, {"on": "image", "fail": {"public": true}},
            {"on": "snapshot", "pass": {"public": false}}, {"on": "snapshot", "fail": {"public": true}},
        ],
    });
    let (control, diagnostics) = control::read(&Written::of(&Native::from_json(&json), &Origin::file("x.yaml")));
    assert_eq!(diagnostics, []);
    let bound = control.unwrap().bind(&BTreeMap::new()).unwrap();
    let image = facet::find("image").unwrap();
    let detects: Vec<&BoundDetect> = bound.detect.iter().filter(|detect| detect.on == image).collect();
    let mut table = Table::new(image, None);
    let public =
        [Datum::Bool(true), Datum::Bool(false), Datum::denied("image:ReadSharing"), Datum::Unknown(Reason::NotInApi)];
    for value in public {
        table.push(Row::of(image).set("public", value).finish().unwrap(), Table::nowhere());
    }
    let verdicts: Vec<Verdict> = Verdicts::of(&detects, &table, 2).remove(0).iter().collect();
    assert_eq!(verdicts[..2], [Verdict::Fail, Verdict::Pass]);
    let Verdict::Unknown(causes) = &verdicts[2] else { panic!("{:?}", verdicts[2]) };
    let cause = causes.iter().next().unwrap();
    assert_eq!(cause.to_string(), "`resource.public`: the permission `image:ReadSharing` is missing");
    let row = Row::of(image).set("public", Datum::Unknown(Reason::NotInApi)).finish().unwrap();
    assert_eq!(detects[0].judge(&Facts::new(image, &row)), verdicts[3]);
}

#[test]
fn parameters_are_read_where_a_control_is_attached() {
    let control = document(|json| {
        json["params"]["max_days"].as_object_mut().unwrap().remove("default");
        for case in json["cases"].as_array_mut().unwrap() {
            let params = case.as_object_mut().unwrap().entry("params").or_insert(json!({}));
            params["max_days"] = json!(90);
        }
    });
    let (Some(control), []) = (control.0, control.1.as_slice()) else { panic!("refused") };
    let given = |json| control.params(&Written::of(&Native::from_json(&json), &Origin::file("zones.yaml")));
    assert_eq!(given(json!({"max_days": 30})).unwrap()["max_days"], Value::Int(30));
    let codes = |json| given(json).unwrap_err().into_iter().map(|wrong| wrong.code).collect::<Vec<_>>();
    assert_eq!(codes(json!({})), ["missing-param"]);
    assert_eq!(codes(json!({"max_days": 0})), ["out-of-range"]);
    assert_eq!(codes(json!({"max_day": 3, "max_days": 3, "exempt": "x"})), ["wrong-type", "unknown-param"]);
}

#[test]
fn a_name_is_used_once() {
    let control = document(|_| {}).0.unwrap();
    let diagnostics = control::duplicates(&[control.clone(), control]);
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].related.len(), 1);
}
