//! A control's own cases: they are run whenever it is loaded, through both evaluators.

use std::collections::BTreeMap;

use polity_model::{
    Diagnostic, Origin,
    facet::{Facet, Misfit, Reason, Row, places},
    units::Timestamp,
    written::{Content, Written},
};

use super::{Control, Detect, Param, Verdict, Verdicts, reader::Reader};
use crate::{Facts, Place, Table, tree::Root, value::Value, words::quoted_list};

/// What a case should come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A pass.
    Pass,
    /// A fail.
    Fail,
    /// An unknown.
    Unknown,
    /// Not asked of such a resource.
    NotApplicable,
}

const EXPECTED: &[(&str, Expected)] = &[
    ("pass", Expected::Pass),
    ("fail", Expected::Fail),
    ("unknown", Expected::Unknown),
    ("not_applicable", Expected::NotApplicable),
];

impl Expected {
    /// As it is written.
    pub fn name(self) -> &'static str {
        EXPECTED.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// What a verdict is.
    pub fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Fail => Self::Fail,
            Verdict::Unknown(_) => Self::Unknown,
            Verdict::NotApplicable => Self::NotApplicable,
        }
    }
}

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it should come to.
    pub expected: Expected,
    /// The resource.
    pub row: Row,
    /// Its places: tenant, project, unit, landing zone.
    pub places: [Option<Row>; 4],
    /// Parameters that are not the default.
    pub params: BTreeMap<String, Value>,
    /// The moment of the reading.
    pub now: Timestamp,
    /// Where it is written.
    pub origin: Origin,
}

/// The moment of the reading in cases that name none.
const NOW: &str = "2026-01-01T00:00:00Z";

pub(super) fn read_cases(
    reader: &mut Reader,
    written: &Written,
    detect: &[Detect],
    params: &BTreeMap<String, Param>,
) -> Vec<Case> {
    let Content::List(items) = &written.content else {
        reader.wrong(
            "wrong-type",
            &written.origin,
            "`cases` is a list",
            "for example `cases: [{pass: {public: false}}]`",
        );
        return Vec::new();
    };
    items.iter().filter_map(|item| read_case(reader, item, detect, params)).collect()
}

fn read_case(
    reader: &mut Reader,
    written: &Written,
    detect: &[Detect],
    params: &BTreeMap<String, Param>,
) -> Option<Case> {
    let roots = Root::PLACES.map(Root::name);
    let mut known: Vec<&str> = EXPECTED.iter().map(|(name, _)| *name).collect();
    known.extend(["on", "params", "now"].into_iter().chain(roots));
    reader.record(written, "a case", &known)?;
    let found: Vec<_> =
        EXPECTED.iter().filter_map(|(name, expected)| Some((*expected, &written.get(name)?.value))).collect();
    let [(expected, resource)] = found.as_slice() else {
        let help = format!(
            "write one of {} with the fields of a resource",
            quoted_list(EXPECTED.iter().map(|(name, _)| *name))
        );
        reader.wrong("wrong-case", &written.origin, "a case says one thing that it should come to", help);
        return None;
    };
    let facet = on(reader, written, detect)?;
    let row = read_row(reader, facet, resource);
    let mut at: [Option<Row>; 4] = Default::default();
    for ((slot, name), place) in at.iter_mut().zip(roots).zip(places()) {
        *slot = written.get(name).and_then(|entry| read_row(reader, place, &entry.value));
    }
    let mut values = BTreeMap::new();
    for entry in written.get("params").and_then(|entry| entry.value.entries()).unwrap_or_default() {
        match params.get(&entry.key) {
            Some(param) => {
                let value = param.read(reader, &entry.key, &entry.value);
                values.extend(value.map(|value| (entry.key.clone(), value)));
            }
            None => {
                let help = format!("it has {}", quoted_list(params.keys().map(String::as_str)));
                let message = format!("this control has no parameter `{}`", entry.key);
                reader.wrong("unknown-param", &entry.key_origin, message, help);
            }
        }
    }
    let now = match written.get("now") {
        None => NOW.parse().ok(),
        Some(entry) => {
            let now = entry.value.text().and_then(|text| text.parse().ok());
            if now.is_none() {
                reader.wrong("wrong-type", &entry.value.origin, "`now` is a moment", format!("write it as `{NOW}`"));
            }
            now
        }
    };
    Some(Case { expected: *expected, row: row?, places: at, params: values, now: now?, origin: written.origin.clone() })
}

/// The facet that a case is of: written where there are several.
fn on(reader: &mut Reader, written: &Written, detect: &[Detect]) -> Option<&'static Facet> {
    let facets: Vec<&'static Facet> = detect.iter().map(|detect| detect.on).collect();
    let names = || quoted_list(facets.iter().map(|facet| facet.name));
    match (written.get("on"), facets.as_slice()) {
        (None, [one]) => Some(*one),
        // What is wrong with `detect` has been said there.
        (_, []) => None,
        (None, _) => {
            let help = format!("write `on:` with {}", names());
            reader.wrong("wrong-case", &written.origin, "this case does not say of which facet it is", help);
            None
        }
        (Some(entry), _) => {
            let found = facets.iter().find(|facet| entry.value.text() == Some(facet.name)).copied();
            if found.is_none() {
                reader.wrong(
                    "wrong-case",
                    &entry.value.origin,
                    "this control asks nothing of that facet",
                    format!("it asks {}", names()),
                );
            }
            found
        }
    }
}

fn read_row(reader: &mut Reader, facet: &Facet, written: &Written) -> Option<Row> {
    match facet.read(&written.value()) {
        Ok(row) => Some(row),
        Err(Misfit { path, message }) => {
            let help = match facet.field(path.first().map_or("", String::as_str)) {
                Some((_, field)) => format!("`{}`: {}", field.name, field.doc.trim_end_matches('.')),
                None => {
                    let names = facet.fields.iter().map(|field| field.name);
                    crate::words::suggestion(path.first().map_or("", String::as_str), names, "it has")
                }
            };
            let place = if path.is_empty() { String::new() } else { format!("`{}`: ", path.join(".")) };
            reader.wrong("wrong-case", &written.deepest(&path).origin, format!("{place}{message}"), help);
            None
        }
    }
}

/// A case, and what it came to.
#[derive(Clone, Debug)]
pub struct Tried<'c> {
    /// The case.
    pub case: &'c Case,
    /// What the evaluator of single rows says; nothing where the control cannot be bound to the case's parameters.
    pub verdict: Option<Verdict>,
    /// What is wrong, if something is.
    pub wrong: Option<Diagnostic>,
}

impl Control {
    /// Runs all of its cases through both evaluators.
    pub fn try_cases(&self) -> Vec<Tried<'_>> {
        self.cases.iter().map(|case| tried(self, case)).collect()
    }

    /// Sees to it that its cases say something, and that it passes nothing blindly.
    pub fn lacking(&self) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for detect in &self.detect {
            for expected in [Expected::Pass, Expected::Fail] {
                let has = |case: &Case| case.row.facet == detect.on.name && case.expected == expected;
                if !self.cases.iter().any(has) {
                    let message = format!("no case shows a `{}` of `{}`", expected.name(), detect.on.name);
                    let help = format!("add one under `cases:`: `{{{}: {{...}}}}`", expected.name());
                    diagnostics.push(Diagnostic::error("missing-case", &self.origin, message).help(help));
                }
            }
            diagnostics.extend(blind(self, detect));
        }
        diagnostics
    }
}

fn tried<'c>(control: &Control, case: &'c Case) -> Tried<'c> {
    let wrong = |code, message: String, help: String| Some(Diagnostic::error(code, &case.origin, message).help(help));
    let (row, table) = match run(control, case) {
        Ok(verdicts) => verdicts,
        Err(message) => {
            let help = "give the case the `params` that it needs".to_owned();
            return Tried { case, verdict: None, wrong: wrong("case-fails", message, help) };
        }
    };
    let wrong = if row != table {
        let message = format!("the two evaluators differ: {} by row, {} by column", said(&row), said(&table));
        wrong("evaluators-differ", message, "this is a bug: report it".to_owned())
    } else if Expected::of(&row) != case.expected {
        let message = format!("this case should be `{}`, but it is {}", case.expected.name(), said(&row));
        wrong("case-fails", message, why(&row))
    } else {
        None
    };
    Tried { case, verdict: Some(row), wrong }
}

/// A resource of which nothing is known does not pass.
fn blind(control: &Control, detect: &Detect) -> Option<Diagnostic> {
    let bound = control.bind(&BTreeMap::new()).ok()?;
    let row = Row::of(detect.on).finish().ok()?;
    let reason = Reason::NotCollected;
    let facts = Facts::new(detect.on, &row).at([Place::Unknown(&reason); 4]);
    let passes = bound.detect.iter().any(|bound| bound.on == detect.on && bound.judge(&facts) == Verdict::Pass);
    passes.then(|| {
        let message = format!("this passes a resource of `{}` of which nothing is known", detect.on.name);
        Diagnostic::error("passes-blind", &control.origin, message).help("let the assertion depend on what is read")
    })
}

/// The verdicts of both evaluators.
fn run(control: &Control, case: &Case) -> Result<(Verdict, Verdict), String> {
    let bound = control.bind(&case.params).map_err(|mistake| mistake.message)?;
    let detect = bound.detect.iter().find(|detect| detect.on.name == case.row.facet);
    let detect = detect.ok_or_else(|| format!("this control asks nothing of `{}`", case.row.facet))?;
    let at = || case.places.each_ref().map(|place| place.as_ref().map_or(Place::Absent, Place::Known));
    let row = detect.judge(&Facts::new(detect.on, &case.row).at(at()).read_at(case.now));
    let mut table = Table::new(detect.on, Some(case.now));
    let place = table.place(at());
    table.push(case.row.clone(), place);
    let verdicts = Verdicts::of(&[detect], &table, 1);
    let column = verdicts.first().map(|verdicts| verdicts.get(0)).ok_or("the table was not judged")?;
    Ok((row, column))
}

fn said(verdict: &Verdict) -> String {
    format!("`{}`", Expected::of(verdict).name())
}

fn why(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Unknown(causes) => {
            let causes: Vec<String> = causes.iter().map(ToString::to_string).collect();
            format!("not known: {}", causes.join("; "))
        }
        _ => "correct the assertion or the case".to_owned(),
    }
}
