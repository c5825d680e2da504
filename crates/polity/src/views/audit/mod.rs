//! What an audit came to, in every form that somebody reads: one file for each.

pub(crate) mod csv;
pub(crate) mod html;
pub(crate) mod human;
pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod ocsf;
pub(crate) mod proof;
pub(crate) mod sarif;
#[cfg(test)]
pub(crate) mod tests;

use std::{cmp::Reverse, collections::BTreeMap};

use polity_model::{
    Digest,
    finding::{Audit, Counts, Finding, Protection, Severity, Status},
};
use serde_json::{Value, json};

use super::{clean, count, thousands};

/// What findings are grouped by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum By {
    /// What is wrong
    #[default]
    Control,
    /// Who has to act
    Owner,
    /// Where it is
    Tenant,
}

/// Findings that belong together.
pub(crate) struct Group<'a> {
    pub(crate) name: String,
    pub(crate) findings: Vec<&'a Finding>,
}

/// The document as it is.
pub(crate) fn json(audit: &Audit) -> Value {
    json!(audit)
}

/// Findings in groups: first those in which something fails, the worst first.
pub(crate) fn groups(audit: &Audit, by: By) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for finding in &audit.findings {
        groups.entry(group_of(finding, by)).or_default().push(finding);
    }
    let mut groups: Vec<Group<'_>> = groups.into_iter().map(|(name, findings)| Group { name, findings }).collect();
    groups.sort_by_key(|group| {
        let worst = group.findings.iter().map(|finding| (finding.status.rank(), Reverse(finding.severity))).min();
        let failing = group.findings.iter().filter(|finding| finding.status == Status::Fail).count();
        (worst, Reverse(failing), group.name.clone())
    });
    groups
}

fn group_of(finding: &Finding, by: By) -> String {
    match by {
        By::Control => finding.control.to_string(),
        By::Owner => finding.place.owner.clone().unwrap_or_else(|| "nobody".to_owned()),
        By::Tenant => finding.place.tenant().to_owned(),
    }
}

/// `12 pass, 3 fail, 1 unknown`: what there is none of is left out, but for what passes.
pub(crate) fn counts(counts: Counts) -> String {
    let number = |count: u64| thousands(usize::try_from(count).unwrap_or(usize::MAX));
    let mut text = format!("{} pass", number(counts.pass));
    for (count, word) in [(counts.fail, "fail"), (counts.unknown, "unknown"), (counts.exempt, "exempt")] {
        if count > 0 {
            text.push_str(&format!(", {} {word}", number(count)));
        }
    }
    text
}

/// How often each verdict fell, by severity, the worst first.
pub(crate) fn by_severity(audit: &Audit) -> Vec<(Severity, Counts)> {
    let of = |severity: Severity| {
        let mut sum = Counts::default();
        audit
            .controls
            .values()
            .filter(|judged| judged.severity == severity)
            .for_each(|judged| sum.add(judged.counts()));
        (severity, sum)
    };
    Severity::WORST_FIRST.into_iter().map(of).collect()
}

/// `60 controls in 50 tenants: 4,000 pass, 20 fail`.
pub(crate) fn summary(audit: &Audit) -> String {
    let tenants: std::collections::BTreeSet<&String> =
        audit.controls.values().flat_map(|judged| judged.tenants.keys()).filter(|tenant| !tenant.is_empty()).collect();
    format!(
        "{} in {}: {}",
        count(audit.controls.len(), "control"),
        count(tenants.len(), "tenant"),
        counts(audit.counts())
    )
}

/// The resource: its name, and its region if it has one.
pub(crate) fn resource(finding: &Finding) -> String {
    let called = match (&finding.resource.id, &finding.resource.name) {
        (None, None) => format!("all of `{}`", finding.resource.facet),
        _ => clean(finding.resource.called()),
    };
    match &finding.resource.region {
        Some(region) => format!("{called} ({})", clean(region)),
        None => called,
    }
}

/// What else is to be said of a finding: why it is unknown, by what it is exempt.
pub(crate) fn detail(finding: &Finding) -> String {
    let reasons: Vec<String> = finding.status.reasons().iter().map(|why| clean(&why.to_string())).collect();
    match &finding.status {
        Status::Exempt { exemption, until, owner, .. } => {
            let until = until.map_or_else(String::new, |until| format!(" until {until}"));
            let owner = owner.as_ref().map_or_else(String::new, |owner| format!(", answered for by {}", clean(owner)));
            format!("exempt by `{}`{until}{owner}", clean(exemption))
        }
        Status::Unknown { .. } => reasons.join("; "),
        // It was made before the guardrail, or by a way around it.
        Status::Fail if matches!(finding.protection.as_ref(), Protection::Prevented { .. }) => {
            clean(&format!("now {}", finding.protection))
        }
        Status::Fail | Status::Pass => clean(&finding.protection.to_string()),
    }
}

/// The same finding has the same name in every audit.
pub(crate) fn fingerprint(finding: &Finding) -> Digest {
    let (place, resource) = (&finding.place, &finding.resource);
    let tenant = place.tenant.as_ref().or(place.tenant_id.as_ref());
    Digest::of_json(&(&finding.control, &place.platform, tenant, &resource.facet, &resource.id, &resource.region))
}
