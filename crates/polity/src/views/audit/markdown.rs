//! Findings as a page of Markdown: a summary for a pull request or a ticket, what fails first.

use polity_model::finding::{Audit, Status};

use super::{By, by_severity, detail, groups, resource, summary};
use crate::views::{clean, count};

/// Findings that are shown of a group.
const SHOWN: usize = 20;
/// Groups that are shown.
const GROUPS: usize = 50;

/// The page.
pub(crate) fn markdown(audit: &Audit, by: By) -> String {
    let mut text = format!("### Polity audit of {}\n\n{}\n\n", code(&audit.organization), summary(audit));
    text.push_str("| severity | pass | fail | unknown | exempt |\n|---|---:|---:|---:|---:|\n");
    for (severity, counts) in by_severity(audit) {
        text.push_str(&format!(
            "| {severity} | {} | {} | {} | {} |\n",
            counts.pass, counts.fail, counts.unknown, counts.exempt
        ));
    }
    let groups = groups(audit, by);
    for group in groups.iter().take(GROUPS) {
        let title = match (by, audit.controls.get(&group.name)) {
            (By::Control, Some(judged)) => {
                format!("{} ({}): {}", code(&group.name), judged.severity, words(&judged.title))
            }
            _ => code(&group.name),
        };
        let failing = group.findings.iter().filter(|finding| finding.status == Status::Fail).count();
        let name = clean(&group.name).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        text.push_str(&format!("\n<details><summary><b>{name}</b>: {failing} failing</summary>\n\n#### {title}\n\n"));
        text.push_str("| | control | tenant | resource | owner | |\n|---|---|---|---|---|---|\n");
        for finding in group.findings.iter().take(SHOWN) {
            text.push_str(&format!(
                "| {} | {} | {} | {} | {} | {} |\n",
                finding.status.word(),
                code(&finding.control),
                code(finding.place.tenant()),
                code(&resource(finding)),
                code(finding.place.owner.as_deref().unwrap_or("nobody")),
                words(&detail(finding)),
            ));
        }
        if group.findings.len() > SHOWN {
            text.push_str(&format!("\n{} more.\n", count(group.findings.len() - SHOWN, "finding")));
        }
        text.push_str("\n</details>\n");
    }
    if groups.len() > GROUPS {
        text.push_str(&format!(
            "\n{} more; `polity audit` shows all of them.\n",
            count(groups.len() - GROUPS, "group")
        ));
    }
    if !audit.gaps.is_empty() {
        text.push_str("\n#### Could not be read\n\n");
        for gap in audit.gaps.iter().take(GROUPS) {
            text.push_str(&format!("- {}: {}\n", code(&gap.scope), words(&gap.reason)));
        }
        if audit.gaps.len() > GROUPS {
            text.push_str(&format!("- and {} more\n", audit.gaps.len() - GROUPS));
        }
    }
    for notice in &audit.notices {
        text.push_str(&format!("\n> {}\n", words(notice)));
    }
    text
}

/// Text within backticks, in a table.
fn code(text: &str) -> String {
    format!("`{}`", clean(text).replace('`', "'").replace('|', "\\|"))
}

/// Running text: nothing in it is markup, a mention or a link. Names keep their backticks.
fn words(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut quoted = false;
    for character in clean(text).chars() {
        match character {
            '`' => {
                quoted = !quoted;
                safe.push('`');
            }
            '|' => safe.push_str("\\|"),
            '<' if !quoted => safe.push_str("&lt;"),
            '>' if !quoted => safe.push_str("&gt;"),
            '&' if !quoted => safe.push_str("&amp;"),
            // Nobody is called by a name that a resource has.
            '@' if !quoted => safe.push_str("@\u{200b}"),
            '*' | '_' | '[' | ']' | '#' | '!' | '~' if !quoted => {
                safe.push('\\');
                safe.push(character);
            }
            _ => safe.push(character),
        }
    }
    if quoted { format!("{safe}`") } else { safe }
}
