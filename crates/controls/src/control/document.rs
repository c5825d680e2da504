//! Reading a control document: all that is wrong with it at once.

use std::collections::BTreeMap;

use polity_model::{
    Diagnostic,
    facet::{self, Facet},
    written::{Content, Written},
};

use super::{Case, Control, Detect, Param, Prevent, Requirement, Severity, Stage, cases::read_cases, reader::Reader};
use crate::{Assertion, Environment, words::suggestion};

/// The fields of a control document and what they are, in the order in which they are written.
pub const DOCUMENT: &[(&str, &str)] = &[
    ("kind", "`control`."),
    ("name", "Its name, unique among all controls: kebab-case."),
    ("title", "A few words."),
    ("statement", "What an auditor reads: one sentence in plain words."),
    ("rationale", "Why it is asked."),
    ("severity", "`low`, `medium`, `high` or `critical`."),
    ("stage", "When to have it: `basic`, `standard` or `advanced`."),
    ("params", "Parameters by name: `type`, `default`, `min`, `max`, `one_of`, `stricter`, `doc`."),
    ("prevent", "What prevents, by platform type, in that platform's own words; or `impossible:` with a reason."),
    ("detect", "What is asked of resources: `on`, `when`, `assert`; one, or a list; or `impossible:` with a reason."),
    ("correct", "How it is put right, by platform type, in that platform's own words."),
    ("satisfies", "Requirements that it helps to meet: `framework/id`."),
    ("cases", "Its own cases: `pass`, `fail`, `unknown` or `not_applicable` with the fields of a resource."),
];

const SEVERITIES: &[(&str, Severity)] =
    &[("low", Severity::Low), ("medium", Severity::Medium), ("high", Severity::High), ("critical", Severity::Critical)];
const STAGES: &[(&str, Stage)] =
    &[("basic", Stage::Basic), ("standard", Stage::Standard), ("advanced", Stage::Advanced)];

/// Reads and checks one control, and runs its cases through both evaluators. The control is there unless something is
/// wrong.
pub fn read(written: &Written) -> (Option<Control>, Vec<Diagnostic>) {
    let (control, mut diagnostics) = read_untried(written);
    if let Some(control) = &control {
        diagnostics.extend(control.try_cases().into_iter().filter_map(|tried| tried.wrong));
        diagnostics.extend(control.lacking());
        diagnostics.sort();
        diagnostics.dedup();
    }
    let usable = !diagnostics.iter().any(Diagnostic::is_error);
    (control.filter(|_| usable), diagnostics)
}

/// The same without a look at its cases: for those who run these themselves.
pub fn read_untried(written: &Written) -> (Option<Control>, Vec<Diagnostic>) {
    let mut reader = Reader::default();
    let control = control(&mut reader, written);
    let mut diagnostics = reader.diagnostics;
    diagnostics.sort();
    diagnostics.dedup();
    let usable = !diagnostics.iter().any(Diagnostic::is_error);
    (control.filter(|_| usable), diagnostics)
}

fn control(reader: &mut Reader, written: &Written) -> Option<Control> {
    let fields: Vec<&str> = DOCUMENT.iter().map(|(name, _)| *name).collect();
    reader.record(written, "a control", &fields)?;
    let name = reader.needed(written, "a control", "name");
    if let (Some(name), Some(entry)) = (&name, written.get("name"))
        && !is_name(name)
    {
        let message = format!("`{name}` is no name of a control");
        reader.wrong(
            "bad-name",
            &entry.value.origin,
            message,
            "use lower-case letters, digits and `-`: `storage-no-public-access`",
        );
    }
    let title = reader.needed(written, "a control", "title");
    let statement = reader.needed(written, "a control", "statement");
    let rationale = reader.optional(written, "rationale");
    let severity = match written.get("severity") {
        Some(entry) => reader.word(&entry.value, "severity", SEVERITIES),
        None => {
            let help = "write `severity:` with `low`, `medium`, `high` or `critical`";
            reader.wrong("missing-field", &written.origin, "a control needs the field `severity`", help);
            None
        }
    };
    let stage = written.get("stage").map_or(Some(Stage::Standard), |entry| reader.word(&entry.value, "stage", STAGES));
    let params = params(reader, written);
    let prevent = prevent(reader, written);
    let impossible = written.get("detect").and_then(|entry| entry.value.get("impossible"));
    let undetected = impossible.and_then(|_| undetected(reader, &written.get("detect")?.value));
    let detect = written.get("detect").filter(|_| impossible.is_none()).map_or_else(Vec::new, |entry| {
        reader.several(&entry.value).into_iter().flat_map(|one| detects(reader, one, &params)).collect()
    });
    let prevents = prevent.values().any(|one| matches!(one, Prevent::Native(_)));
    if !prevents && (written.get("detect").is_none() || impossible.is_some()) {
        let help = "write `detect: {on: ..., assert: ...}`, `prevent:`, or both";
        reader.wrong("no-effect", &written.origin, "this control neither prevents nor detects", help);
    }
    let correct = by_platform(reader, written, "correct").into_iter().map(|(name, written)| (name, written.value()));
    let correct = correct.collect();
    let satisfies = satisfies(reader, written);
    let cases: Vec<Case> =
        written.get("cases").map_or_else(Vec::new, |entry| read_cases(reader, &entry.value, &detect, &params));
    Some(Control {
        name: name?,
        title: title?,
        statement: statement?,
        rationale,
        severity: severity?,
        stage: stage?,
        params,
        prevent,
        detect,
        undetected,
        correct,
        satisfies,
        cases,
        text: written.value(),
        origin: written.origin.clone(),
    })
}

pub(crate) fn is_name(name: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(letters) && name.len() <= 100
}

fn params(reader: &mut Reader, written: &Written) -> BTreeMap<String, Param> {
    let Some(entry) = written.get("params") else { return BTreeMap::new() };
    let Some(entries) = entry.value.entries() else {
        let help = "for example `params: {max_age_days: {type: int, default: 90}}`";
        reader.wrong("wrong-type", &entry.value.origin, "`params` is a mapping by name", help);
        return BTreeMap::new();
    };
    let mut params = BTreeMap::new();
    for entry in entries {
        if !entry.key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            || entry.key.starts_with(|c: char| !c.is_ascii_lowercase())
        {
            let message = format!("`{}` is no name of a parameter", entry.key);
            reader.wrong(
                "bad-name",
                &entry.key_origin,
                message,
                "use lower-case letters, digits and `_`: `max_age_days`",
            );
        }
        if let Some(param) = Param::declare(reader, &entry.key, &entry.value) {
            params.insert(entry.key.clone(), param);
        }
    }
    params
}

fn by_platform<'w>(reader: &mut Reader, written: &'w Written, field: &str) -> Vec<(String, &'w Written)> {
    let Some(entry) = written.get(field) else { return Vec::new() };
    match entry.value.entries() {
        Some(entries) => entries.iter().map(|entry| (entry.key.clone(), &entry.value)).collect(),
        None => {
            let message = format!("`{field}` is a mapping by platform type");
            reader.wrong("wrong-type", &entry.value.origin, message, "put what is meant under the type of a platform");
            Vec::new()
        }
    }
}

fn prevent(reader: &mut Reader, written: &Written) -> BTreeMap<String, Prevent> {
    let mut prevent = BTreeMap::new();
    for (platform, written) in by_platform(reader, written, "prevent") {
        let value = match written.get("impossible") {
            Some(entry) => {
                if written.entries().is_some_and(|entries| entries.len() > 1) {
                    let message = format!("what is impossible on `{platform}` cannot be written down too");
                    reader.wrong("impossible-and-more", &entry.key_origin, message, "remove one of them");
                }
                reader.text(&entry.value, "impossible").map(|reason| Prevent::Impossible { reason })
            }
            None if matches!(written.content, Content::List(_) | Content::Map(_)) => {
                Some(Prevent::Native(written.clone()))
            }
            None => {
                let message = format!("what prevents on `{platform}` is a list or a mapping");
                let help = "if nothing does there, write `impossible:` with the reason";
                reader.wrong("wrong-type", &written.origin, message, help);
                None
            }
        };
        prevent.extend(value.map(|value| (platform, value)));
    }
    prevent
}

fn satisfies(reader: &mut Reader, written: &Written) -> Vec<Requirement> {
    let Some(entry) = written.get("satisfies") else { return Vec::new() };
    let mut requirements: Vec<Requirement> = Vec::new();
    for item in reader.several(&entry.value) {
        let Some((framework, id)) =
            item.text().and_then(|text| text.split_once('/')).filter(|(a, b)| !a.is_empty() && !b.is_empty())
        else {
            let help = "write `framework/id`, for example `nist-800-53/AC-3`";
            reader.wrong("wrong-type", &item.origin, "a requirement is named by its framework and its id", help);
            continue;
        };
        if requirements.iter().any(|known| known.framework == framework && known.id == id) {
            reader.wrong(
                "repeated",
                &item.origin,
                format!("`{framework}/{id}` stands here twice"),
                "remove one of them",
            );
        }
        requirements.push(Requirement {
            framework: framework.to_owned(),
            id: id.to_owned(),
            origin: item.origin.clone(),
        });
    }
    requirements
}

/// Why nothing is asked of resources, where that is said.
fn undetected(reader: &mut Reader, written: &Written) -> Option<String> {
    let entry = written.get("impossible")?;
    if written.entries().is_some_and(|entries| entries.len() > 1) {
        let message = "what cannot be detected cannot be asked too";
        reader.wrong("impossible-and-more", &entry.key_origin, message, "remove one of them");
    }
    reader.text(&entry.value, "impossible")
}

/// What is asked, once for each facet that it is asked on.
fn detects(reader: &mut Reader, written: &Written, params: &BTreeMap<String, Param>) -> Vec<Detect> {
    if reader.record(written, "`detect`", &["on", "when", "assert"]).is_none() {
        return Vec::new();
    }
    let facets: Vec<&'static Facet> = match written.get("on") {
        Some(entry) => reader
            .several(&entry.value)
            .into_iter()
            .filter_map(|item| {
                let name = item.text().unwrap_or_default();
                let found = facet::find(name);
                if found.is_none() {
                    let help = suggestion(name, facet::all().iter().map(|facet| facet.name), "known here");
                    reader.wrong("unknown-facet", &item.origin, format!("there is no facet `{name}`"), help);
                }
                found
            })
            .collect(),
        None => {
            let help = "write `on:` with the facet whose resources are asked";
            reader.wrong("missing-field", &written.origin, "`detect` needs the field `on`", help);
            Vec::new()
        }
    };
    reader.needed(written, "`detect`", "assert");
    let params = params.iter().map(|(name, param)| (name.clone(), param.ty.ty())).collect();
    let mut environment = Environment { resource: None, places: true, params };
    let mut found = Vec::new();
    for facet in facets {
        environment.resource = Some(facet);
        let when = assertion(reader, written, "when", &environment, None);
        let assert = assertion(reader, written, "assert", &environment, when.as_ref());
        found.extend(assert.map(|assert| Detect { on: facet, when, assert }));
    }
    found
}

fn assertion(
    reader: &mut Reader,
    written: &Written,
    field: &str,
    environment: &Environment,
    given: Option<&Assertion>,
) -> Option<Assertion> {
    let written = &written.get(field)?.value;
    let text = written.text()?;
    let reading = Assertion::read(text, environment, given);
    let diagnostics = reading.mistakes.iter().map(|mistake| mistake.diagnostic(text, &written.origin));
    reader.diagnostics.extend(diagnostics);
    reading.assertion
}
