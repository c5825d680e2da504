//! Findings as a JUnit report, which pipelines show as tests: one suite for each control. What fails is a failure, what cannot be
//! said an error, what is exempt skipped; what passes is one test for each tenant.

use std::fmt::Write as _;

use polity_model::finding::{Audit, Finding, Judged, Status};

use super::{detail, resource};
use crate::views::{clean, count};

/// The report.
pub(crate) fn junit(audit: &Audit) -> String {
    let suites: Vec<Suite> = audit.controls.iter().map(|(name, judged)| suite(audit, name, judged)).collect();
    let sum = |of: fn(&Suite) -> usize| suites.iter().map(of).sum::<usize>();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        text,
        "<testsuites name=\"polity audit of {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        escape(&audit.organization),
        sum(|suite| suite.tests),
        sum(|suite| suite.failures),
        sum(|suite| suite.errors),
        sum(|suite| suite.skipped)
    );
    suites.iter().for_each(|suite| text.push_str(&suite.text));
    text.push_str("</testsuites>\n");
    text
}

struct Suite {
    text: String,
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

fn suite(audit: &Audit, name: &str, judged: &Judged) -> Suite {
    let own: Vec<&Finding> = audit.findings.iter().filter(|finding| &*finding.control == name).collect();
    let count_of = |wanted: fn(&Status) -> bool| own.iter().filter(|finding| wanted(&finding.status)).count();
    let listed = count_of(|status| *status == Status::Pass) > 0;
    let mut cases = String::new();
    let mut passing = 0;
    for (tenant, judgement) in judged.tenants.iter().filter(|(_, judgement)| judgement.counts.pass > 0 && !listed) {
        passing += 1;
        let tenant = if tenant.is_empty() { "outside of all tenants" } else { tenant };
        let number = usize::try_from(judgement.counts.pass).unwrap_or(usize::MAX);
        case(&mut cases, name, tenant, &format!("{} in order", count(number, "resource")), "");
    }
    for finding in &own {
        let what = format!("{} {}", finding.resource.facet, resource(finding));
        case(&mut cases, name, finding.place.tenant(), &what, &outcome(finding));
    }
    let mut suite = Suite {
        text: String::new(),
        tests: own.len() + passing,
        failures: count_of(|status| matches!(status, Status::Fail)),
        errors: count_of(|status| matches!(status, Status::Unknown { .. })),
        skipped: count_of(|status| matches!(status, Status::Exempt { .. })),
    };
    let Suite { tests, failures, errors, skipped, .. } = suite;
    suite.text = format!(
        "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">\n\
         {cases}  </testsuite>\n",
        escape(name)
    );
    suite
}

fn case(text: &mut String, control: &str, tenant: &str, name: &str, inner: &str) {
    let _ =
        write!(text, "    <testcase classname=\"{}.{}\" name=\"{}\"", escape(control), escape(tenant), escape(name));
    text.push_str(&if inner.is_empty() { "/>\n".to_owned() } else { format!(">\n{inner}    </testcase>\n") });
}

fn outcome(finding: &Finding) -> String {
    let (element, kind) = match &finding.status {
        Status::Pass => return String::new(),
        Status::Fail => ("failure", finding.severity.word()),
        Status::Unknown { .. } => ("error", "unknown"),
        Status::Exempt { .. } => return format!("      <skipped message=\"{}\"/>\n", escape(&detail(finding))),
    };
    let body = format!(
        "{}\nowner: {}\nattached: {} to {}",
        finding.statement,
        finding.place.owner.as_deref().unwrap_or("nobody"),
        finding.attached.origin,
        finding.attached.place
    );
    let lines: Vec<String> = body.lines().map(escape).collect();
    format!(
        "      <{element} type=\"{kind}\" message=\"{}\">{}</{element}>\n",
        escape(&format!("{}: {}", finding.title, detail(finding))),
        lines.join("\n")
    )
}

/// Text within XML. What XML 1.0 has no place for, escaped or not, is shown as its number.
fn escape(text: &str) -> String {
    let plain: String = clean(text).chars().filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
