//! Verdicts on infrastructure code: for a person with the lines they are about, and for machines.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use polity_controls::control::Control;
use polity_model::{
    Diagnostic, Severity as Level,
    facet::Reason,
    finding::{Severity, Status, Why},
};
use serde_json::{Value, json};

use super::{clean, count, diagnostics, sarif as logs};
use crate::{
    code::{Files, Judged, Outcome},
    terminal::{ALARM, BOLD, CYAN, DIM, GREEN, RED, YELLOW, paint},
};

/// Version of the JSON form.
const VERSION: &str = "polity.check-iac/v1";

/// For people: what fails with its lines, what is not known by control, what is not judged, and the sums.
pub(crate) fn human(files: &Files, outcome: &Outcome<'_>, all: bool) -> String {
    let sources: BTreeMap<&str, &str> = files.texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let unknown = |judged: &&Judged<'_>| matches!(judged.status, Status::Unknown { .. });
    let mut told: Vec<Diagnostic> = errors(files).cloned().collect();
    told.extend(
        outcome
            .judged
            .iter()
            .filter(|judged| judged.status == Status::Fail || (all && unknown(judged)))
            .map(diagnostic),
    );
    let mut text = diagnostics::human(&told, &sources, "", all);
    if !all {
        text.push_str(&unknowns(outcome));
    }
    for judged in outcome.judged.iter().filter(|judged| matches!(judged.status, Status::Exempt { .. })) {
        let word = paint(CYAN, "exempt");
        text.push_str(&format!(
            "{word}  {} {}  {}\n",
            clean(&judged.control.name),
            address(judged),
            paint(DIM, detail(judged))
        ));
    }
    for notice in warnings(files) {
        text.push_str(&format!(
            "{} {}: {}\n",
            paint(CYAN, "note:"),
            clean(&notice.at.origin.to_string()),
            clean(&notice.message)
        ));
    }
    if files.passed_over > 0 {
        let files = count(files.passed_over, "file");
        text.push_str(&format!("{} {files} below the folders no infrastructure code\n", paint(CYAN, "note:")));
    }
    text.push_str(&summary(files, outcome));
    text
}

/// One line for each control of which something is not known, with the reasons. What code never says takes one line for all.
fn unknowns(outcome: &Outcome<'_>) -> String {
    let mut by_control: BTreeMap<(std::cmp::Reverse<Severity>, &str), Vec<&Judged<'_>>> = BTreeMap::new();
    let mut silent: BTreeSet<&str> = BTreeSet::new();
    for judged in outcome.judged.iter().filter(|judged| matches!(judged.status, Status::Unknown { .. })) {
        let name = judged.control.name.as_str();
        if judged.status.reasons().iter().all(|why| why.reason == Reason::NotCollected) {
            silent.insert(name);
        } else {
            by_control.entry((std::cmp::Reverse(judged.control.severity), name)).or_default().push(judged);
        }
    }
    let mut text = String::new();
    for ((severity, control), judged) in &by_control {
        let mut reasons: Vec<&Why> = judged.iter().flat_map(|judged| judged.status.reasons()).collect();
        reasons.sort();
        reasons.dedup();
        let more = if reasons.len() > 2 { ", ..." } else { "" };
        let reasons: Vec<String> = reasons.iter().take(2).map(|why| clean(&why.to_string())).collect();
        let why = paint(DIM, format!("{}{more}", reasons.join(", ")));
        let resources = count(judged.len(), "resource");
        text.push_str(&format!(
            "{} {} {}: {resources}; {why}\n",
            paint(YELLOW, "unknown"),
            severity.0.word(),
            clean(control)
        ));
    }
    if !silent.is_empty() {
        let controls = count(silent.len(), "control");
        let sentence = format!("{controls} ask for what code does not say; `polity audit` asks them of what is there");
        text.push_str(&format!("{} {}\n", paint(YELLOW, "unknown"), paint(DIM, sentence)));
    }
    if !text.is_empty() {
        text.push_str(&format!("{}\n\n", paint(DIM, "an unknown is no pass; `-v` shows each with its line")));
    }
    text
}

fn summary(files: &Files, outcome: &Outcome<'_>) -> String {
    let found: usize = files.readings.iter().map(|reading| reading.found.len()).sum();
    let counts = outcome.counts();
    let asked = format!(
        "{} by {} in {}: ",
        count(found, "resource"),
        count(outcome.controls.len(), "control"),
        count(files.readings.len(), "file")
    );
    let part = |style, number: u64, word: &str| {
        let text = format!("{number} {word}");
        if number == 0 { paint(DIM, text) } else { paint(style, text) }
    };
    let mut parts =
        vec![part(RED, counts.fail, "fail"), part(YELLOW, counts.unknown, "unknown"), part(GREEN, counts.pass, "pass")];
    if counts.exempt > 0 {
        parts.push(part(CYAN, counts.exempt, "exempt"));
    }
    let errors = errors(files).count();
    if errors > 0 {
        parts.push(paint(ALARM, format!("{} in the files", count(errors, "mistake"))));
    }
    format!("{}{}\n", paint(BOLD, asked), parts.join(", "))
}

fn errors(files: &Files) -> impl Iterator<Item = &Diagnostic> {
    files.readings.iter().flat_map(|reading| &reading.diagnostics).filter(|diagnostic| diagnostic.is_error())
}

fn warnings(files: &Files) -> impl Iterator<Item = &Diagnostic> {
    files.readings.iter().flat_map(|reading| &reading.diagnostics).filter(|diagnostic| !diagnostic.is_error())
}

fn address(judged: &Judged<'_>) -> String {
    clean(&judged.found.address)
}

/// A verdict as a message at its line: what, why, and what should hold.
fn diagnostic(judged: &Judged<'_>) -> Diagnostic {
    let control = &judged.control;
    let unknown = matches!(judged.status, Status::Unknown { .. });
    let word = if unknown { "cannot be said of" } else { "does not hold for" };
    let message = format!("{} ({}) {word} `{}`", control.title, control.severity.word(), judged.found.address);
    let severity = if unknown { Level::Warning } else { Level::Error };
    Diagnostic {
        severity,
        ..Diagnostic::error(&control.name, &judged.found.origin, message).label(detail(judged)).help(help(control))
    }
}

/// What should hold, and what people do about it, where the control says so.
fn help(control: &Control) -> String {
    let by_hand = control.correct.values().find_map(|words| words.get("by_hand").and_then(|text| text.as_text()));
    by_hand.map_or_else(|| control.statement.clone(), |what| format!("{} To put it right: {what}.", control.statement))
}

/// The facts that decided, the reasons of what is not known, or the exemption.
fn detail(judged: &Judged<'_>) -> String {
    match &judged.status {
        Status::Unknown { reasons } => reasons.iter().map(Why::to_string).collect::<Vec<_>>().join("; "),
        Status::Exempt { exemption, until, .. } => {
            format!("by `{exemption}`{}", until.map_or_else(String::new, |until| format!(" until {until}")))
        }
        _ => judged.facts().iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", "),
    }
}

/// Annotations of GitHub Actions.
pub(crate) fn github(files: &Files, outcome: &Outcome<'_>) -> String {
    let mut told: Vec<Diagnostic> = errors(files).cloned().collect();
    told.extend(outcome.judged.iter().filter(|judged| !matches!(judged.status, Status::Exempt { .. })).map(diagnostic));
    told.extend(warnings(files).cloned());
    diagnostics::github(&told, "")
}

/// The JSON form.
pub(crate) fn json(files: &Files, outcome: &Outcome<'_>) -> Value {
    let controls: BTreeMap<&String, Value> = outcome
        .controls
        .iter()
        .map(|(name, (control, counts))| {
            let satisfies: Vec<String> =
                control.satisfies.iter().map(|line| format!("{}/{}", line.framework, line.id)).collect();
            (
                name,
                json!({"title": control.title, "severity": control.severity, "satisfies": satisfies, "counts": counts}),
            )
        })
        .collect();
    let findings: Vec<Value> = outcome.judged.iter().map(finding).collect();
    let diagnostics: Vec<&Diagnostic> = files.readings.iter().flat_map(|reading| &reading.diagnostics).collect();
    json!({
        "version": VERSION,
        "files": files.readings.len(),
        "resources": files.readings.iter().map(|reading| reading.found.len()).sum::<usize>(),
        "counts": outcome.counts(),
        "controls": controls,
        "findings": findings,
        "diagnostics": diagnostics,
    })
}

fn finding(judged: &Judged<'_>) -> Value {
    let mut value = serde_json::to_value(&judged.status).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        let facts: BTreeMap<String, String> = judged.facts().into_iter().collect();
        let own = json!({
            "control": judged.control.name,
            "severity": judged.control.severity,
            "address": judged.found.address,
            "type": judged.found.kind,
            "facet": judged.found.row.facet,
            "at": judged.found.origin,
            "facts": facts,
        });
        fields.extend(own.as_object().cloned().unwrap_or_default());
    }
    value
}

/// SARIF 2.1.0.
pub(crate) fn sarif(files: &Files, outcome: &Outcome<'_>) -> Value {
    let level = |severity: Severity| match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    };
    let names: Vec<&String> = outcome.controls.keys().collect();
    let rules = outcome.controls.values().map(|(control, _)| {
        json!({
            "id": control.name,
            "shortDescription": {"text": control.title},
            "fullDescription": {"text": control.statement},
            "help": {"text": control.rationale.as_ref().unwrap_or(&control.statement)},
            "defaultConfiguration": {"level": level(control.severity)},
        })
    });
    let results = outcome.judged.iter().map(|judged| {
        let (kind, level) = match &judged.status {
            Status::Unknown { .. } => ("open", "none"),
            _ => ("fail", level(judged.control.severity)),
        };
        let mut location = logs::location(&judged.found.origin, "");
        if let Some(location) = location.as_object_mut() {
            let named = json!([{"fullyQualifiedName": judged.found.address, "kind": "resource"}]);
            location.insert("logicalLocations".to_owned(), named);
        }
        let mut result = json!({
            "ruleId": judged.control.name,
            "ruleIndex": names.iter().position(|name| **name == judged.control.name),
            "kind": kind,
            "level": level,
            "message": {"text": format!("{}: `{}`; {}", judged.control.title, judged.found.address, detail(judged))},
            "locations": [location],
            "partialFingerprints": {"polityCode/v1": format!("{}/{}", judged.control.name, judged.found.address)},
        });
        if let (Status::Exempt { .. }, Some(result)) = (&judged.status, result.as_object_mut()) {
            let suppression = json!({"kind": "external", "status": "accepted", "justification": detail(judged)});
            result.insert("suppressions".to_owned(), json!([suppression]));
        }
        result
    });
    let notifications = files.readings.iter().flat_map(|reading| &reading.diagnostics).map(|diagnostic| {
        json!({
            "level": if diagnostic.is_error() { "error" } else { "note" },
            "message": {"text": diagnostic.message},
            "locations": [logs::location(&diagnostic.at.origin, "")],
        })
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "polity", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules.collect::<Vec<_>>()}},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": errors(files).next().is_none(),
                "toolExecutionNotifications": notifications.collect::<Vec<_>>(),
            }],
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

/// JUnit: one suite for each control that was asked of something. What is not known is an error, what could not be read one, too.
pub(crate) fn junit(files: &Files, outcome: &Outcome<'_>) -> String {
    let counts = outcome.counts();
    let broken: Vec<&Diagnostic> = errors(files).collect();
    let tests = counts.asked() + broken.len() as u64;
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"polity check-iac\" tests=\"{tests}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
        counts.fail,
        counts.unknown + broken.len() as u64,
        counts.exempt
    );
    for (name, (_, counts)) in outcome.controls.iter().filter(|(_, (_, counts))| counts.asked() > 0) {
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            escape(name),
            counts.asked(),
            counts.fail,
            counts.unknown,
            counts.exempt
        );
        for number in 0..counts.pass {
            let _ = writeln!(text, "    <testcase classname=\"{}\" name=\"in order {}\"/>", escape(name), number + 1);
        }
        for judged in outcome.judged.iter().filter(|judged| judged.control.name == *name) {
            case(&mut text, judged);
        }
        text.push_str("  </testsuite>\n");
    }
    if !broken.is_empty() {
        let _ = writeln!(text, "  <testsuite name=\"files\" tests=\"{0}\" errors=\"{0}\">", broken.len());
        for diagnostic in broken {
            let place = escape(&diagnostic.at.origin.to_string());
            let message = escape(&diagnostic.message);
            let _ = writeln!(
                text,
                "    <testcase classname=\"files\" name=\"{place}\"><error message=\"{message}\"/></testcase>"
            );
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn case(text: &mut String, judged: &Judged<'_>) {
    let (name, file) = (escape(&judged.control.name), escape(&judged.found.origin.file));
    let word = match judged.status {
        Status::Unknown { .. } => "error",
        Status::Exempt { .. } => "skipped",
        _ => "failure",
    };
    let message = escape(&format!("{}: {}", judged.control.title, detail(judged)));
    let _ = writeln!(
        text,
        "    <testcase classname=\"{name}\" name=\"{}\" file=\"{file}\" line=\"{}\"><{word} message=\"{message}\"/></testcase>",
        escape(&judged.found.address),
        judged.found.origin.line
    );
}

fn escape(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
