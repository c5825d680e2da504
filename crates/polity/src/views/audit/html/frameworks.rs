//! How far the lines of frameworks are met: by which controls, and by how many of them for certain.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use polity_controls::catalog::Framework;
use polity_model::finding::{Audit, Judged};

use super::{
    charts::{Row, bars},
    escape, number_of, word,
};

/// What a line of a framework comes to: the worst of its controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Met {
    Fail,
    Unknown,
    /// Controls are attached for it, but there was nothing to ask.
    Silent,
    Pass,
}

/// The chart and the lines that are not met.
pub(super) fn section_of(audit: &Audit, known: &BTreeMap<String, Arc<Framework>>) -> Option<String> {
    let mut lines: BTreeMap<&str, BTreeMap<&str, Met>> = BTreeMap::new();
    for judged in audit.controls.values() {
        let met = met(judged);
        for line in &judged.satisfies {
            let Some((framework, id)) = line.split_once('/') else { continue };
            let worst = lines.entry(framework).or_default().entry(id).or_insert(met);
            *worst = met.min(*worst);
        }
    }
    if lines.is_empty() {
        return None;
    }
    let title = |name: &str| known.get(name).map_or_else(|| name.to_owned(), |framework| framework.title.clone());
    let mut rows: Vec<Row> = Vec::new();
    for (name, of_framework) in &lines {
        let number = |wanted: Met| of_framework.values().filter(|met| **met == wanted).count() as u64;
        let all: BTreeSet<&str> =
            known.get(*name).into_iter().flat_map(|framework| framework.lines.keys().map(String::as_str)).collect();
        let uncovered = all.iter().filter(|id| !of_framework.contains_key(**id)).count() as u64;
        let (pass, sum) = (number(Met::Pass), of_framework.len() as u64 + uncovered);
        let whole = known.get(*name).is_some_and(|framework| framework.complete);
        rows.push(Row {
            name: title(name),
            parts: vec![
                ("pass", pass, "met"),
                ("fail", number(Met::Fail), "fail"),
                ("unknown", number(Met::Unknown), "unknown"),
                ("exempt", number(Met::Silent), "with nothing to ask"),
                ("none", uncovered, "with no control here"),
            ],
            end: format!("{} of {}{}", number_of(pass), number_of(sum), if whole { "" } else { " *" }),
        });
    }
    let legend = [
        ("pass", "met"),
        ("fail", "fail"),
        ("unknown", "unknown"),
        ("exempt", "nothing to ask"),
        ("none", "no control here"),
    ]
    .map(|(class, words)| format!("<span><i class=\"b-{class}\"></i>{words}</span>"));
    let body = format!(
        "<div class=\"legend\">{}</div>\n{}<p class=\"small soft\">* Only those lines of it are known here that a technical control can help \
         to meet.</p>\n{}",
        legend.concat(),
        bars(&rows, None, 330.0, 1000.0),
        unmet(audit, &lines, known)
    );
    Some(body)
}

/// The section.
pub(super) fn section(audit: &Audit, known: &BTreeMap<String, Arc<Framework>>) -> String {
    let body = section_of(audit, known);
    let lead =
        "A line counts as met when every control that serves it holds everywhere, and nothing about it is unknown.";
    let none = "<p>No control that is attached names a line of a framework.</p>\n".to_owned();
    super::section("frameworks", "Coverage of frameworks", lead, &body.unwrap_or(none))
}

fn met(judged: &Judged) -> Met {
    let counts = judged.counts();
    match (counts.fail, counts.unknown, counts.asked()) {
        (1.., _, _) => Met::Fail,
        (0, 1.., _) => Met::Unknown,
        (0, 0, 0) => Met::Silent,
        _ => Met::Pass,
    }
}

/// The lines that fail or are unknown, and by which controls.
fn unmet(
    audit: &Audit,
    lines: &BTreeMap<&str, BTreeMap<&str, Met>>,
    known: &BTreeMap<String, Arc<Framework>>,
) -> String {
    let mut text = String::new();
    for (name, of_framework) in lines {
        let open: Vec<(&&str, &Met)> =
            of_framework.iter().filter(|(_, met)| matches!(met, Met::Fail | Met::Unknown)).collect();
        if open.is_empty() {
            continue;
        }
        let framework = known.get(*name);
        let title = framework.map_or(*name, |framework| framework.title.as_str());
        text.push_str(&format!(
            "<details><summary><span>{}</span><span>{}</span><span class=\"soft small\">lines not met</span></summary>\n<div class=\"wide\"><table>\n",
            number_of(open.len() as u64),
            escape(title)
        ));
        for (id, met) in open {
            let words = framework.and_then(|framework| framework.lines.get(*id)).map_or("", |line| line.title.as_str());
            let line = format!("{name}/{id}");
            let by: Vec<String> = audit
                .controls
                .iter()
                .filter(|(_, judged)| judged.satisfies.contains(&line))
                .filter(|(_, judged)| self::met(judged) == *met)
                .map(|(control, _)| format!("<code>{}</code>", escape(control)))
                .collect();
            let class = if *met == Met::Fail { "fail" } else { "unknown" };
            text.push_str(&format!(
                "<tr><td class=\"k\">{}</td><td class=\"k\"><b>{}</b></td><td>{}</td><td>{}</td></tr>\n",
                word(class, class),
                escape(id),
                escape(words),
                by.join(", ")
            ));
        }
        text.push_str("</table></div></details>\n");
    }
    text
}
