//! Which lines of a framework are met: by which controls, and whether these prevent or detect.

use std::fmt::Write as _;

use polity_controls::catalog::{Framework, How, Met, Tally, tally};
use serde_json::{Value, json};

use crate::{
    terminal::{BOLD, DIM, GREEN, RED, YELLOW, paint},
    views::{clean, count},
};

/// Version of the JSON form.
pub(crate) const VERSION: &str = "polity.requirements/v1";

fn word(met: &Met) -> &'static str {
    match (met.how(), met.controls.is_empty()) {
        (How { prevented: true, detected: true }, _) => "prevented, detected",
        (How { prevented: true, .. }, _) => "prevented",
        (How { detected: true, .. }, _) => "detected",
        (_, false) => "named",
        (_, true) => "open",
    }
}

fn sums(tally: Tally) -> String {
    let Tally { prevented, detected, named, open } = tally;
    format!("{prevented} prevented, {detected} only detected, {named} only named, {open} open")
}

/// Whether what is open is a list to work through, or merely what the framework is about beyond us.
fn note(framework: &Framework) -> String {
    let part = "not all lines of this framework are listed, so what is open is more than is said here";
    let note = (!framework.complete).then(|| part.to_owned());
    note.into_iter().chain(framework.note.as_deref().map(clean)).collect::<Vec<_>>().join("\n")
}

/// For a person.
pub(crate) fn human(framework: &Framework, lines: &[Met]) -> String {
    let mut text = String::new();
    let widest = lines.iter().map(|met| met.id.len()).max().unwrap_or_default();
    let _ = writeln!(text, "{}", paint(BOLD, clean(&framework.title)));
    for met in lines {
        let style = match word(met) {
            "open" => DIM,
            "named" => RED,
            "detected" => YELLOW,
            _ => GREEN,
        };
        let state = paint(style, format!("{:<19}", word(met)));
        let _ = writeln!(text, "{:<widest$}  {state}  {}", clean(&met.id), clean(&met.title));
        let names: Vec<&str> = met.controls.keys().map(String::as_str).collect();
        if !names.is_empty() {
            let _ = writeln!(text, "{:<widest$}  {}", "", paint(DIM, names.join(", ")));
        }
    }
    let _ = writeln!(text, "\n{}: {}", count(lines.len(), "line"), sums(tally(lines)));
    for line in note(framework).lines() {
        let _ = writeln!(text, "{}", paint(DIM, line.to_owned()));
    }
    text
}

/// For a machine.
pub(crate) fn json(framework: &Framework, lines: &[Met]) -> Value {
    json!({
        "version": VERSION,
        "framework": framework.name,
        "title": framework.title,
        "edition": framework.version,
        "complete": framework.complete,
        "lines": lines,
        "sums": tally(lines),
    })
}

/// For a page.
pub(crate) fn markdown(framework: &Framework, lines: &[Met]) -> String {
    let cell = |text: &str| clean(text).replace('|', "\\|");
    let mut text =
        format!("# {}\n\n{}: {}.\n\n", cell(&framework.title), count(lines.len(), "line"), sums(tally(lines)));
    text.push_str("| line | about | | controls |\n|---|---|---|---|\n");
    for met in lines {
        let names: Vec<String> = met.controls.keys().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(text, "| {} | {} | {} | {} |", cell(&met.id), cell(&met.title), word(met), names.join(", "));
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::collections::BTreeMap;

    use polity_model::Origin;

    use super::*;
    use crate::views::plain;

    fn framework(complete: bool) -> Framework {
        Framework {
            name: "house".to_owned(),
            title: "Rules of the house".to_owned(),
            version: Some("3".to_owned()),
            publisher: None,
            source: None,
            complete,
            note: Some("our own words".to_owned()),
            lines: BTreeMap::new(),
            origin: Origin::file("house.yaml"),
        }
    }

    fn lines() -> Vec<Met> {
        let met = |id: &str, controls: &[(&str, bool, bool)]| Met {
            id: id.to_owned(),
            title: format!("About {id}"),
            controls: controls
                .iter()
                .map(|(name, prevented, detected)| {
                    ((*name).to_owned(), How { prevented: *prevented, detected: *detected })
                })
                .collect(),
        };
        vec![
            met("H.1", &[("doors", true, false), ("lights", false, true)]),
            met("H.2", &[("lights", false, true)]),
            met("H.3", &[("smells", false, false)]),
            met("H.10", &[]),
        ]
    }

    #[test]
    fn for_a_person() {
        insta::assert_snapshot!(plain(&human(&framework(false), &lines())));
    }

    #[test]
    fn for_a_page() {
        insta::assert_snapshot!(markdown(&framework(true), &lines()));
    }

    #[test]
    fn for_a_machine() {
        insta::assert_json_snapshot!(json(&framework(true), &lines()));
    }
}
