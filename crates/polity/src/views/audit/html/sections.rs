//! The sections of the page, but for frameworks.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use polity_engine::audit::evidence::Former;
use polity_model::{
    finding::{Audit, Finding, Judged, Protection, Severity, Stage, Status},
    units::Date,
};

use super::{
    charts::{self, Row, bars},
    counted, escape, number_of, prose, section, word,
};
use crate::views::{
    audit::{By, detail, groups, resource},
    count,
};

/// Tenants in the chart.
const TENANTS: usize = 12;
/// Findings of one control that are listed.
const FINDINGS: usize = 100;

/// What to do next: by stage, then the worst, then what most are hit by.
pub(super) fn roadmap(audit: &Audit) -> String {
    let mut body = String::new();
    for (stage, words) in [
        (Stage::Basic, "Now: what every organization needs"),
        (Stage::Standard, "Next: when the basic ones hold"),
        (Stage::Advanced, "Later: where there is much to lose"),
    ] {
        let mut open: Vec<(&String, &Judged)> = audit
            .controls
            .iter()
            .filter(|(_, judged)| judged.stage == stage && (judged.counts().fail > 0 || judged.counts().unknown > 0))
            .collect();
        let all = audit.controls.values().filter(|judged| judged.stage == stage).count();
        if all == 0 {
            continue;
        }
        open.sort_by_key(|(name, judged)| {
            let counts = judged.counts();
            (counts.fail == 0, Reverse(judged.severity), Reverse(counts.fail), Reverse(counts.unknown), name.as_str())
        });
        let done = all - open.len();
        body.push_str(&format!(
            "<h3>{words} <span class=\"soft\">({done} of {all} hold)</span></h3>\n<ol class=\"steps\">\n"
        ));
        for (name, judged) in open {
            body.push_str(&step(audit, name, judged));
        }
        body.push_str("</ol>\n");
    }
    let lead = "In this order: by stage of maturity, then by severity, then by how many resources are hit.";
    section("roadmap", "What to do next", lead, &body)
}

fn step(audit: &Audit, name: &str, judged: &Judged) -> String {
    let counts = judged.counts();
    let hit = judged.tenants.values().filter(|judgement| judgement.counts.fail > 0).count();
    let mut advice: Vec<String> = Vec::new();
    if counts.fail > 0 {
        let by_us = audit.findings.iter().any(|finding| &*finding.control == name && finding.correctable);
        let how = if by_us { "put right with polity" } else { "put right by hand" };
        advice.push(format!("{how}: {} in {}", count(amount(counts.fail), "resource"), count(hit, "tenant")));
    }
    if counts.unknown > 0 {
        advice.push(format!("make {} readable", count(amount(counts.unknown), "unknown")));
    }
    if judged.tenants.values().any(|judgement| judgement.protection == Protection::Luck) {
        advice.push("then let the platform prevent it".to_owned());
    }
    format!(
        "<li>{}<span><b>{}</b> <code class=\"soft\">{}</code><br><span class=\"soft\">{}</span></span><span class=\"soft small\">{}</span></li>\n",
        word(judged.severity.word(), judged.severity.word()),
        escape(&judged.title),
        escape(name),
        escape(&advice.join("; ")),
        counted(counts)
    )
}

fn amount(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The tenants in which most fails, the worst severities first.
pub(super) fn tenants(audit: &Audit) -> String {
    let mut failing: BTreeMap<&str, BTreeMap<Severity, u64>> = BTreeMap::new();
    for (judged, tenant, judgement) in audit
        .controls
        .values()
        .flat_map(|judged| judged.tenants.iter().map(move |(tenant, judgement)| (judged, tenant, judgement)))
    {
        *failing.entry(tenant).or_default().entry(judged.severity).or_default() += judgement.counts.fail;
    }
    failing.retain(|_, by_severity| by_severity.values().sum::<u64>() > 0);
    let number = |by_severity: &BTreeMap<Severity, u64>, severity| by_severity.get(&severity).copied().unwrap_or(0);
    let mut sorted: Vec<(&str, BTreeMap<Severity, u64>)> = failing.into_iter().collect();
    sorted.sort_by_key(|(name, by_severity)| {
        let weights = Severity::WORST_FIRST.map(|severity| Reverse(number(by_severity, severity)));
        (weights, *name)
    });
    let left_out = sorted.len().saturating_sub(TENANTS);
    let most = sorted.iter().take(TENANTS).map(|(_, by_severity)| by_severity.values().sum()).max();
    let rows: Vec<Row> = sorted
        .iter()
        .take(TENANTS)
        .map(|(name, by_severity)| Row {
            name: if name.is_empty() { "outside of all tenants".to_owned() } else { (*name).to_owned() },
            parts: vec![
                ("critical", number(by_severity, Severity::Critical), "critical"),
                ("high", number(by_severity, Severity::High), "high"),
                ("medium", number(by_severity, Severity::Medium), "medium"),
                ("low", number(by_severity, Severity::Low), "low"),
            ],
            end: number_of(by_severity.values().sum()),
        })
        .collect();
    let legend = Severity::WORST_FIRST.map(|severity| format!("<span><i class=\"b-{severity}\"></i>{severity}</span>"));
    let mut body = format!("<div class=\"legend\">{}</div>\n{}", legend.concat(), bars(&rows, most, 180.0, 560.0));
    if rows.is_empty() {
        body = "<p>Nothing fails anywhere.</p>\n".to_owned();
    }
    if left_out > 0 {
        body.push_str(&format!("<p class=\"small soft\">and {} more.</p>\n", count(left_out, "tenant")));
    }
    section("tenants", "Worst tenants", "Failing resources, the worst severities first.", &body)
}

/// How it went from audit to audit.
pub(super) fn trend(audit: &Audit, former: &[Former]) -> String {
    let mut points = former.to_vec();
    if let Some(at) = audit.at.filter(|at| former.last().is_none_or(|last| last.at < *at)) {
        points.push(Former { at, counts: audit.counts() });
    }
    let body = if points.len() < 2 {
        "<p>This is the first audit in the journal: there is nothing to compare it with yet.</p>\n".to_owned()
    } else {
        let legend = "<div class=\"legend\"><span><i class=\"b-fail\"></i>fail</span><span><i class=\"b-unknown\"></i>unknown</span></div>\n";
        format!("{legend}{}", charts::trend(&points))
    };
    let lead = "From the audits that the journal holds.";
    section("trend", "Trend", lead, &body)
}

/// What could not be read, and what would make it readable.
pub(super) fn gaps(audit: &Audit) -> String {
    let mut by_reason: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for gap in &audit.gaps {
        let what = gap.kind.clone().unwrap_or_else(|| "everything".to_owned());
        let reason = match &gap.permission {
            Some(permission) => format!("the permission `{permission}` is missing"),
            None => gap.reason.clone(),
        };
        by_reason.entry((reason, what)).or_default().insert(gap.scope.clone());
    }
    let mut fields: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for finding in &audit.findings {
        for why in finding.status.reasons().iter().filter(|_| finding.resource.id.is_some()) {
            let at = fields.entry((why.reason.to_string(), why.at.clone())).or_default();
            at.insert(format!("{}/{}", finding.place.tenant(), finding.resource.called()));
        }
    }
    if by_reason.is_empty() && fields.is_empty() {
        return section("gaps", "Gaps", "", "<p>Everything that was asked for could be read.</p>\n");
    }
    let mut body = String::from("<div class=\"wide\"><table>\n<tr><th>why</th><th>what</th><th>where</th></tr>\n");
    for ((reason, what), places) in by_reason.iter().chain(&fields) {
        let shown: Vec<String> = places.iter().take(4).map(|place| format!("<code>{}</code>", escape(place))).collect();
        let more = if places.len() > 4 { format!(" and {} more", places.len() - 4) } else { String::new() };
        body.push_str(&format!(
            "<tr><td>{}</td><td><code>{}</code></td><td>{}{more}</td></tr>\n",
            prose(reason),
            escape(what),
            shown.join(", ")
        ));
    }
    body.push_str("</table></div>\n");
    let lead = "What could not be read. As long as it cannot, what depends on it stays unknown.";
    section("gaps", "Gaps", lead, &body)
}

/// Every control with what does not pass.
pub(super) fn controls(audit: &Audit) -> String {
    let mut by_control: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    let groups = groups(audit, By::Control);
    for group in &groups {
        by_control.insert(&group.name, group.findings.clone());
    }
    let mut names: Vec<&String> = audit.controls.keys().collect();
    let place = |name: &str| groups.iter().position(|group| group.name == name).unwrap_or(usize::MAX);
    names.sort_by_key(|name| (place(name), *name));
    let mut body = String::new();
    for name in names {
        let Some(judged) = audit.controls.get(name) else { continue };
        let found = by_control.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
        body.push_str(&control(name, judged, found));
    }
    section("controls", "All controls", "What fails comes first. Open one to see its resources.", &body)
}

fn control(name: &str, judged: &Judged, found: &[&Finding]) -> String {
    let sums = if judged.facets.is_empty() { "only prevents".to_owned() } else { counted(judged.counts()) };
    let mut text = format!(
        "<details><summary>{}<span><b>{}</b> <code class=\"soft\">{}</code></span><span class=\"soft small\">{sums}</span></summary>\n<div>\n\
         <p>{}</p>\n",
        word(judged.severity.word(), judged.severity.word()),
        escape(&judged.title),
        escape(name),
        escape(&judged.statement)
    );
    if let Some(rationale) = &judged.rationale {
        text.push_str(&format!("<p class=\"soft\">{}</p>\n", escape(rationale)));
    }
    if !judged.satisfies.is_empty() {
        let lines: Vec<String> = judged.satisfies.iter().map(|line| escape(line)).collect();
        text.push_str(&format!("<p class=\"small soft\">{}</p>\n", lines.join(" · ")));
    }
    if !found.is_empty() {
        text.push_str(
            "<div class=\"wide\"><table>\n<tr><th></th><th>tenant</th><th>resource</th><th>owner</th><th></th></tr>\n",
        );
        for finding in found.iter().take(FINDINGS) {
            text.push_str(&line(finding));
        }
        text.push_str("</table></div>\n");
    }
    if found.len() > FINDINGS {
        let more = count(found.len() - FINDINGS, "finding");
        text.push_str(&format!(
            "<p class=\"small soft\">and {more} more; the JSON and the CSV hold all of them.</p>\n"
        ));
    }
    text.push_str("</div></details>\n");
    text
}

fn line(finding: &Finding) -> String {
    let class = finding.status.word();
    format!(
        "<tr><td class=\"k\">{}</td><td>{}</td><td><code title=\"{}\">{}</code></td><td>{}</td><td class=\"soft\">{}</td></tr>\n",
        word(class, class),
        escape(finding.place.tenant()),
        escape(finding.resource.id.as_deref().unwrap_or_default()),
        escape(&resource(finding)),
        escape(finding.place.owner.as_deref().unwrap_or("nobody")),
        prose(&detail(finding))
    )
}

/// What is accepted, by whom and until when; what ends first stands first.
pub(super) fn exemptions(audit: &Audit) -> String {
    /// Its owner, its controls, and how many resources it holds for.
    type Accepted<'a> = (Option<&'a str>, BTreeSet<&'a str>, u64);
    let mut found: BTreeMap<(Option<Date>, &str), Accepted<'_>> = BTreeMap::new();
    for finding in &audit.findings {
        if let Status::Exempt { exemption, until, owner, .. } = &finding.status {
            let entry = found.entry((*until, exemption)).or_insert((owner.as_deref(), BTreeSet::new(), 0));
            entry.1.insert(&finding.control);
            entry.2 += 1;
        }
    }
    if found.is_empty() {
        return section("exemptions", "Exemptions", "", "<p>Nothing is exempt.</p>\n");
    }
    let mut body = String::from(
        "<div class=\"wide\"><table>\n<tr><th>until</th><th>exemption</th><th>answered for by</th><th>controls</th><th class=\"n\">resources</th></tr>\n",
    );
    for ((until, name), (owner, controls, number)) in found {
        let controls: Vec<String> =
            controls.into_iter().map(|control| format!("<code>{}</code>", escape(control))).collect();
        body.push_str(&format!(
            "<tr><td class=\"k\">{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td></tr>\n",
            until.map_or_else(|| "no end".to_owned(), |until| until.to_string()),
            escape(name),
            escape(owner.unwrap_or("nobody")),
            controls.join(", "),
            number_of(number)
        ));
    }
    body.push_str("</table></div>\n");
    section("exemptions", "Exemptions", "What is accepted for a time; what ends first stands first.", &body)
}
