//! Every form of one audit, whose names are as bad as names can be.

use std::{collections::BTreeMap, sync::Arc};

use polity_controls::catalog::{Framework, Line};
use polity_engine::audit::evidence::Former;
use polity_model::{
    Origin,
    finding::{Audit, Counts},
};

use super::*;
use crate::views::plain;

/// The audit that the forms are shown of.
pub(crate) fn case() -> Audit {
    serde_json::from_str(include_str!("tests/case.json")).unwrap()
}

fn frameworks() -> BTreeMap<String, Arc<Framework>> {
    let origin = Origin::file("frameworks/iso-27001.yaml");
    let line = |position: usize, title: &str| Line { title: title.to_owned(), position, origin: origin.clone() };
    let lines = [
        ("A.8.2".to_owned(), line(0, "Those who may do more than others")),
        ("A.8.3".to_owned(), line(1, "Who reads what")),
        ("A.8.24".to_owned(), line(2, "Use of ciphers")),
        ("A.8.99".to_owned(), line(3, "What nothing here serves")),
    ];
    let framework = Framework {
        name: "iso-27001".to_owned(),
        title: "ISO/IEC 27001:2022, Annex A".to_owned(),
        version: None,
        publisher: None,
        source: None,
        complete: true,
        note: None,
        lines: lines.into(),
        origin: origin.clone(),
    };
    [("iso-27001".to_owned(), Arc::new(framework))].into()
}

fn former() -> Vec<Former> {
    let one = |at: &str, fail, unknown| Former {
        at: at.parse().unwrap(),
        counts: Counts { pass: 150, fail, unknown, ..Counts::default() },
    };
    vec![one("2026-09-01T08:00:00Z", 31, 12), one("2026-10-01T08:00:00Z", 18, 14), one("2026-11-01T08:00:00Z", 9, 3)]
}

fn page() -> String {
    let (audit, frameworks, former) = (case(), frameworks(), former());
    html::html(&html::Report { audit: &audit, frameworks: &frameworks, former: &former })
}

#[test]
fn the_case_is_counted_right() {
    let audit = case();
    for (name, judged) in &audit.controls {
        let found = |word: &str| {
            audit.findings.iter().filter(|f| &*f.control == name && f.status.word() == word).count() as u64
        };
        let counts = judged.counts();
        assert_eq!((counts.fail, counts.unknown, counts.exempt), (found("fail"), found("unknown"), found("exempt")));
    }
    let mut sorted = audit.findings.clone();
    sorted.sort_by(Finding::order);
    assert_eq!(sorted, audit.findings);
    assert_eq!(serde_json::from_value::<Audit>(json(&audit)).unwrap(), audit);
}

#[test]
fn for_people_by_control() {
    insta::assert_snapshot!(plain(&human::human(&case(), By::Control, false)));
}

#[test]
fn for_people_by_owner_and_tenant() {
    insta::assert_snapshot!(plain(&human::human(&case(), By::Owner, false)));
    insta::assert_snapshot!(plain(&human::human(&case(), By::Tenant, true)));
}

#[test]
fn for_people_nothing_steers_the_terminal() {
    let text = plain(&human::human(&case(), By::Control, true));
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    assert!(text.contains("key-1\\u{1b}[2J"));
}

#[test]
fn for_spreadsheets() {
    insta::assert_snapshot!(csv::csv(&case()).replace("\r\n", "\n"));
}

#[test]
fn for_pipelines() {
    let text = junit::junit(&case());
    // What reads XML reads this.
    assert!(!text.contains("<script>"));
    insta::assert_snapshot!(text);
}

#[test]
fn for_code_scanning() {
    let mut log = sarif::sarif(&case(), "org/");
    log["runs"][0]["tool"]["driver"]["semanticVersion"] = json!("[version]");
    insta::assert_json_snapshot!(log);
}

#[test]
fn for_data_lakes() {
    let mut events = ocsf::ocsf(&case());
    for event in events.as_array_mut().unwrap() {
        event["metadata"]["product"]["version"] = json!("[version]");
        assert_eq!(event["type_uid"], 200_301);
    }
    insta::assert_json_snapshot!(events);
}

#[test]
fn an_independent_model_reads_what_is_for_data_lakes() {
    const READ: &str = "import json, sys\n\
        from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding\n\
        print(len([ComplianceFinding.model_validate(event) for event in json.load(open(sys.argv[1]))]))";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.json");
    std::fs::write(&file, ocsf::ocsf(&case()).to_string()).unwrap();
    let python = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/venv-formats/bin/python");
    assert!(python.exists(), "py-ocsf-models is not installed: run `cargo xtask servers`");
    let read = std::process::Command::new(python).args(["-c", READ]).arg(&file).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&read.stdout).trim(), "8", "{}", String::from_utf8_lossy(&read.stderr));
}

#[test]
fn for_pull_requests() {
    let text = markdown::markdown(&case(), By::Control);
    // Within backticks it is text.
    assert_eq!(text.matches("<script>").count(), text.matches("`<script>").count());
    insta::assert_snapshot!(text);
}

#[test]
fn the_report() {
    let page = page();
    let (_, body) = page.split_once("</style>").unwrap();
    insta::assert_snapshot!(body);
}

#[test]
fn the_report_stands_by_itself_and_runs_nothing() {
    let page = page();
    for never in ["<script", "src=", "url(", "@import", "href=\"http", " onload", "javascript:", "\u{1b}"] {
        assert!(!page.contains(never), "{never}");
    }
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
    assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
    assert_eq!(page.matches("<table>").count(), page.matches("</table>").count());
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
}

#[test]
fn an_empty_audit_is_a_report_too() {
    let audit = Audit { controls: BTreeMap::new(), findings: vec![], gaps: vec![], notices: vec![], ..case() };
    let frameworks = BTreeMap::new();
    let page = html::html(&html::Report { audit: &audit, frameworks: &frameworks, former: &[] });
    assert!(
        page.contains("the first audit in the journal") && page.contains("Everything that was asked for could be read")
    );
    assert!(plain(&human::human(&audit, By::Tenant, false)).contains("0 controls in 0 tenants: 0 pass"));
    assert_eq!(junit::junit(&audit).matches("<testsuite ").count(), 0);
}

#[test]
fn two_audits_name_the_same_finding_alike() {
    let (one, mut other) = (case(), case());
    other.at = None;
    let prints = |audit: &Audit| audit.findings.iter().map(|f| fingerprint(f).to_string()).collect::<Vec<_>>();
    assert_eq!(prints(&one), prints(&other));
    let distinct: std::collections::BTreeSet<String> = prints(&one).into_iter().collect();
    assert_eq!(distinct.len(), one.findings.len());
}
