//! Findings for people, on a terminal.

use polity_model::finding::{Audit, Finding, Severity, Status};

use super::{By, Group, by_severity, counts, detail, groups, resource, summary};
use crate::{
    terminal::{ALARM, BOLD, CYAN, DIM, GREEN, RED, YELLOW, paint},
    views::{
        clean, count,
        plan::{gap_lines, human::push},
    },
};

/// Findings that are shown of a group.
const SHOWN: usize = 8;

/// Groups of findings, what could not be read, and the sums.
pub(crate) fn human(audit: &Audit, by: By, all: bool) -> String {
    let mut text = String::new();
    for group in groups(audit, by) {
        text.push_str(&heading(audit, &group, by));
        let most = if all { usize::MAX } else { SHOWN };
        for finding in group.findings.iter().take(most) {
            text.push_str(&format!("  {}\n", line(finding, by)));
        }
        if group.findings.len() > most {
            let more = format!("and {} more; -v shows all", group.findings.len() - most);
            text.push_str(&format!("  {}\n", paint(DIM, more)));
        }
        text.push('\n');
    }
    if !audit.gaps.is_empty() {
        text.push_str(&format!("{}\n", paint(BOLD, "could not be read")));
        push(&mut text, &gap_lines(&audit.gaps, all));
        text.push('\n');
    }
    for notice in &audit.notices {
        text.push_str(&format!("{} {}\n", paint(CYAN, "note:"), clean(notice)));
    }
    text.push_str(&sums(audit));
    text
}

fn heading(audit: &Audit, group: &Group<'_>, by: By) -> String {
    let name = paint(BOLD, clean(&group.name));
    match (by, audit.controls.get(&group.name)) {
        (By::Control, Some(judged)) => {
            let sums = paint(DIM, counts(judged.counts()));
            let what = clean(&judged.title);
            format!(
                "{} {name}: {what}\n  {}\n  {sums}\n",
                severity(judged.severity),
                paint(DIM, clean(&judged.statement))
            )
        }
        _ => {
            let failing = group.findings.iter().filter(|finding| finding.status == Status::Fail).count();
            format!("{name} {}\n", paint(DIM, format!("{failing} failing")))
        }
    }
}

fn line(finding: &Finding, by: By) -> String {
    let control = match by {
        By::Control => String::new(),
        _ => format!("{} {} ", severity(finding.severity), clean(&finding.control)),
    };
    let tenant = match by {
        By::Tenant => String::new(),
        _ => format!("{}: ", clean(finding.place.tenant())),
    };
    let owner = match (by, &finding.place.owner) {
        (By::Owner, _) | (_, None) => String::new(),
        (_, Some(owner)) => format!("; owner {}", clean(owner)),
    };
    let rest = paint(DIM, format!("{}{owner}", detail(finding)));
    format!("{} {control}{tenant}{}  {rest}", status(&finding.status), resource(finding))
}

fn status(status: &Status) -> String {
    match status {
        Status::Fail => paint(RED, "fail   "),
        Status::Unknown { .. } => paint(YELLOW, "unknown"),
        Status::Exempt { .. } => paint(CYAN, "exempt "),
        Status::Pass => paint(GREEN, "pass   "),
    }
}

fn severity(severity: Severity) -> String {
    let style = match severity {
        Severity::Critical => ALARM,
        Severity::High => RED,
        Severity::Medium => YELLOW,
        Severity::Low => DIM,
    };
    paint(style, severity.word())
}

fn sums(audit: &Audit) -> String {
    let mut text = format!("{}\n", paint(BOLD, summary(audit)));
    for (worst, of_severity) in by_severity(audit).into_iter().filter(|(_, of_severity)| of_severity.asked() > 0) {
        let padding = " ".repeat(8 - worst.word().len());
        text.push_str(&format!("  {}{padding}  {}\n", severity(worst), counts(of_severity)));
    }
    let luck = by_luck(audit);
    if luck > 0 {
        let sentence = format!(
            "{} with nothing but good will behind what passes: no guardrail prevents the opposite",
            count(luck, "control")
        );
        text.push_str(&format!("{}\n", paint(DIM, sentence)));
    }
    let alone = audit.controls.values().filter(|judged| judged.facets.is_empty()).count();
    if alone > 0 {
        let sentence = format!("{} only to prevent: nothing is asked of resources", count(alone, "control"));
        text.push_str(&format!("{}\n", paint(DIM, sentence)));
    }
    text
}

/// Controls that pass somewhere by luck only.
pub(super) fn by_luck(audit: &Audit) -> usize {
    let lucky = |judged: &&polity_model::finding::Judged| {
        judged.tenants.values().any(|judgement| judgement.counts.pass > 0 && judgement.protection.is_luck())
    };
    audit.controls.values().filter(lucky).count()
}
