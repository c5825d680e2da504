//! Cases of controls, and what they came to.

use std::fmt::Write as _;

use polity_model::Diagnostic;
use serde_json::{Value, json};

use crate::{
    terminal::{ALARM, BOLD, DIM, GREEN, paint},
    views::{clean, count},
};

/// Version of the JSON form.
pub(crate) const VERSION: &str = "polity.control-test/v1";

/// A control of which the cases were run.
#[derive(Debug)]
pub(crate) struct Tested {
    /// Its name, or what it is called in its file.
    pub(crate) control: String,
    /// Where it is written.
    pub(crate) origin: String,
    /// What keeps it from being used, its cases apart.
    pub(crate) wrong: Vec<Diagnostic>,
    /// Its cases.
    pub(crate) cases: Vec<Case>,
}

/// A case that was run.
#[derive(Debug)]
pub(crate) struct Case {
    /// What it should come to.
    pub(crate) expected: &'static str,
    /// The facet that it is of.
    pub(crate) facet: String,
    /// Where it is written.
    pub(crate) origin: String,
    /// Why it does not come to that.
    pub(crate) wrong: Option<Diagnostic>,
}

impl Tested {
    /// How many of its cases are not as they should be, and what else is wrong.
    pub(crate) fn failures(&self) -> usize {
        self.wrong.len() + self.cases.iter().filter(|case| case.wrong.is_some()).count()
    }
}

/// For a person: controls in order in a line, what is wrong in full.
pub(crate) fn human(tested: &[Tested]) -> String {
    let mut text = String::new();
    let widest = tested.iter().map(|one| one.control.chars().count()).max().unwrap_or_default();
    for one in tested {
        let failures = one.failures();
        let word = if failures == 0 { paint(GREEN, "ok   ") } else { paint(ALARM, "WRONG") };
        let detail = paint(DIM, format!("{}  {}", count(one.cases.len(), "case"), clean(&one.origin)));
        let _ = writeln!(text, "{word}  {:<widest$}  {detail}", clean(&one.control));
        let cases = one.cases.iter().filter_map(|case| case.wrong.as_ref());
        for wrong in one.wrong.iter().chain(cases) {
            let _ = writeln!(text, "       {}  {}", wrong.at.origin, clean(&wrong.message));
            if let Some(help) = &wrong.help {
                let _ = writeln!(text, "       {}", paint(DIM, format!("help: {}", clean(help))));
            }
        }
    }
    let _ = writeln!(text, "\n{}", paint(BOLD, summary(tested)));
    text
}

/// `3 controls, 15 cases: all as they should be`.
fn summary(tested: &[Tested]) -> String {
    let cases: usize = tested.iter().map(|one| one.cases.len()).sum();
    let failures: usize = tested.iter().map(Tested::failures).sum();
    let end = if failures == 0 { "all as they should be".to_owned() } else { format!("{failures} wrong") };
    format!("{}, {}: {end}", count(tested.len(), "control"), count(cases, "case"))
}

/// For a machine.
pub(crate) fn json(tested: &[Tested]) -> Value {
    let controls = tested.iter().map(|one| {
        let cases = one.cases.iter().map(|case| {
            json!({
                "expected": case.expected,
                "facet": case.facet,
                "origin": case.origin,
                "ok": case.wrong.is_none(),
                "message": case.wrong.as_ref().map(|wrong| &wrong.message),
            })
        });
        json!({
            "control": one.control,
            "origin": one.origin,
            "ok": one.failures() == 0,
            "wrong": one.wrong,
            "cases": cases.collect::<Vec<_>>(),
        })
    });
    json!({"version": VERSION, "controls": controls.collect::<Vec<_>>()})
}

/// For continuous integration: one suite for each control. What is wrong beside its cases is a test of its own.
pub(crate) fn junit(tested: &[Tested]) -> String {
    let tests = |one: &Tested| one.cases.len() + one.wrong.len();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        text,
        "<testsuites name=\"polity control test\" tests=\"{}\" failures=\"{}\">",
        tested.iter().map(tests).sum::<usize>(),
        tested.iter().map(Tested::failures).sum::<usize>()
    );
    for one in tested {
        let name = escape(&one.control);
        let _ =
            writeln!(text, "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\">", tests(one), one.failures());
        for wrong in &one.wrong {
            test(&mut text, &name, &wrong.code, Some(wrong));
        }
        for (index, case) in one.cases.iter().enumerate() {
            let title = format!("{} {} of {}", index + 1, case.expected, case.facet);
            test(&mut text, &name, &title, case.wrong.as_ref());
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn test(text: &mut String, control: &str, title: &str, wrong: Option<&Diagnostic>) {
    let _ = write!(text, "    <testcase classname=\"{control}\" name=\"{}\"", escape(title));
    match wrong {
        None => text.push_str("/>\n"),
        Some(wrong) => {
            let (message, place) = (escape(&wrong.message), escape(&wrong.at.origin.to_string()));
            let help = wrong.help.as_deref().map_or_else(String::new, |help| format!("\n{}", escape(help)));
            let _ = writeln!(text, "><failure message=\"{message}\">{place}{help}</failure></testcase>");
        }
    }
}

fn escape(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
