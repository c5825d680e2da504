//! The report: one page that stands by itself - no script, nothing from the network - and reads well on a screen, dark or
//! light, and on paper.

mod charts;
mod frameworks;
mod sections;

use std::{collections::BTreeMap, sync::Arc};

use polity_controls::catalog::Framework;
use polity_engine::audit::evidence::Former;
use polity_model::finding::{Audit, Counts};

use super::{by_severity, human::by_luck};
use crate::views::{clean, count, thousands};

/// What the page is made of.
pub(crate) struct Report<'a> {
    pub(crate) audit: &'a Audit,
    /// Frameworks, for the names of their lines.
    pub(crate) frameworks: &'a BTreeMap<String, Arc<Framework>>,
    /// What former audits came to, oldest first.
    pub(crate) former: &'a [Former],
}

/// The page.
pub(crate) fn html(report: &Report<'_>) -> String {
    let audit = report.audit;
    let name = escape(&audit.organization);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>Audit of {name}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n",
        include_str!("style.css")
    );
    page.push_str(&head(audit));
    page.push_str(&section("verdicts", "Verdicts by severity", "", &charts::severities(&by_severity(audit))));
    page.push_str(&sections::roadmap(audit));
    page.push_str("<div class=\"columns\">\n<div>\n");
    page.push_str(&sections::tenants(audit));
    page.push_str("</div>\n<div>\n");
    page.push_str(&sections::trend(audit, report.former));
    page.push_str("</div>\n</div>\n");
    page.push_str(&frameworks::section(audit, report.frameworks));
    page.push_str(&sections::gaps(audit));
    page.push_str(&sections::controls(audit));
    page.push_str(&sections::exemptions(audit));
    page.push_str(&foot(audit));
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn head(audit: &Audit) -> String {
    let counts = audit.counts();
    let at = audit.at.map_or_else(String::new, |at| format!("Read on {}. ", at.strftime("%Y-%m-%d at %H:%M UTC")));
    let mut text = format!(
        "<header>\n<h1>Audit of {}</h1>\n<p class=\"soft\">{at}{}. What is not known is never counted as a pass.</p>\n",
        escape(&audit.organization),
        escape(&count(audit.controls.len(), "control")),
    );
    text.push_str("<div class=\"tiles\">\n");
    for (class, number, words) in [
        ("fail", counts.fail, "do not hold"),
        ("unknown", counts.unknown, "cannot be said"),
        ("pass", counts.pass, "hold"),
        ("exempt", counts.exempt, "exempt for a time"),
        ("luck", by_luck(audit) as u64, "controls hold by luck somewhere"),
    ] {
        text.push_str(&format!(
            "<div class=\"tile {class}\"><b>{}</b><span class=\"small soft\">{words}</span></div>\n",
            number_of(number)
        ));
    }
    text.push_str("</div>\n<nav>");
    for (id, words) in [
        ("roadmap", "What to do next"),
        ("tenants", "Worst tenants"),
        ("trend", "Trend"),
        ("frameworks", "Frameworks"),
        ("gaps", "Gaps"),
        ("controls", "All controls"),
        ("exemptions", "Exemptions"),
    ] {
        text.push_str(&format!("<a href=\"#{id}\">{words}</a>"));
    }
    text.push_str("</nav>\n</header>\n");
    text
}

fn foot(audit: &Audit) -> String {
    let mut text = String::from("<footer>\n");
    for notice in &audit.notices {
        text.push_str(&format!("<p>{}</p>\n", prose(notice)));
    }
    text.push_str(&format!(
        "Judged by {} on the manifest <code>{}</code>. The evidence is in the journal: <code>polity prove --control NAME</code> comes to \
         each verdict again.\n</footer>\n",
        escape(&audit.evaluator),
        escape(audit.manifest.as_str())
    ));
    text
}

fn section(id: &str, title: &str, lead: &str, body: &str) -> String {
    let lead = if lead.is_empty() { String::new() } else { format!("<p class=\"soft\">{lead}</p>\n") };
    format!("<section id=\"{id}\">\n<h2>{title}</h2>\n{lead}{body}</section>\n")
}

/// A word in the colour of what it says.
fn word(class: &str, text: &str) -> String {
    format!("<span class=\"word b-{class}\">{}</span>", escape(text))
}

fn number_of(count: u64) -> String {
    thousands(usize::try_from(count).unwrap_or(usize::MAX))
}

fn counted(counts: Counts) -> String {
    escape(&super::counts(counts))
}

/// A sentence of ours with names in backticks, which become code.
fn prose(text: &str) -> String {
    let safe = escape(text);
    let mut html = String::with_capacity(safe.len());
    for (number, part) in safe.split('`').enumerate() {
        match number % 2 {
            0 => html.push_str(part),
            _ => html.push_str(&format!("<code>{part}</code>")),
        }
    }
    html
}

/// Text within HTML, in and out of attributes: nothing in it is markup.
fn escape(text: &str) -> String {
    clean(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
