//! The verb `audit`: what the controls of the manifest come to on what is there.
//!
//! Three steps that can be taken one by one: [`collect`] reads, a [`Case`] joins what was read with what is asked, and
//! [`Case::judge`] comes to the verdicts. What [`evidence`] keeps of a case lets [`evidence::prove`] come to them again.
//!
//! **Never here:** a writer, a cloud's name, and a pass where something is not known.

mod collect;
mod coverage;
pub mod evidence;
mod judge;
mod places;
mod question;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use collect::{Batch, Collected, Source, VERSION as ROWS_VERSION, collect};
pub use judge::{Judging, Outcome, Sheets, judge};
pub use places::{Facts, Places};
use polity_controls::rules::Rules;
use polity_model::{
    Digest, facet,
    finding::{self, Audit, Judgement},
    inventory::Gap,
    organization::Organization,
};
pub use question::{KeptExemption, Preventing, Question, Questions, Terms};

/// Name and version of what judges.
pub const EVALUATOR: &str = concat!("polity ", env!("CARGO_PKG_VERSION"));

/// What was read, and what is asked of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What was read.
    pub collected: Collected,
    /// What is asked.
    pub questions: Questions,
    /// Where resources lie.
    pub places: Places,
    /// Digest of the manifest.
    pub manifest: Digest,
}

/// Which controls and tenants; all of them where none is named.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Names of controls.
    pub controls: Vec<String>,
    /// Names of tenants.
    pub tenants: Vec<String>,
}

impl Case {
    /// What the rules of an organization ask of what was read.
    pub fn new(
        collected: Collected,
        organization: &Organization,
        manifest: &Digest,
        rules: &Rules,
        choice: &Choice,
        preventing: &Preventing<'_>,
    ) -> Self {
        let questions = Questions::of(rules, organization, &collected.in_force, preventing);
        let questions = questions.only(&choice.controls, &choice.tenants);
        let places = Places::of(organization, &collected.tenants);
        Self { collected, questions, places, manifest: manifest.clone() }
    }

    /// Judges. The rows are used up.
    pub fn judge(self, how: &Judging) -> Audit {
        let Self { mut collected, questions, places, manifest } = self;
        let notices = notices(&mut collected, &questions);
        let gaps = gaps(&collected, &questions);
        let (organization, at) = (collected.organization.clone(), collected.at);
        let outcome = judge(collected, &questions, &places, how);
        Audit {
            version: finding::VERSION.to_owned(),
            organization,
            at,
            manifest,
            evaluator: EVALUATOR.to_owned(),
            controls: controls(&questions, &outcome),
            notices: notices.into_iter().chain(idle(&questions, &outcome)).collect(),
            findings: outcome.findings,
            gaps,
        }
    }
}

fn controls(questions: &Questions, outcome: &Outcome) -> BTreeMap<String, finding::Judged> {
    let mut controls: BTreeMap<String, finding::Judged> = BTreeMap::new();
    for (tenant, asked) in &questions.0 {
        for question in asked {
            let name = &question.control.name;
            let counts = outcome.counts.get(name).and_then(|tenants| tenants.get(tenant)).copied().unwrap_or_default();
            let terms = &question.terms;
            let judgement = Judgement {
                counts,
                protection: terms.protection.clone(),
                params: terms.params.clone(),
                attached: terms.attached.clone(),
            };
            let judged = controls.entry(name.clone()).or_insert_with(|| judged(question));
            judged.tenants.insert(tenant.clone(), judgement);
        }
    }
    controls
}

fn judged(question: &Question) -> finding::Judged {
    let control = &question.control;
    let facets: BTreeSet<&str> = control.detect.iter().map(|detect| detect.on.name).collect();
    let satisfies = control.satisfies.iter().map(|requirement| format!("{}/{}", requirement.framework, requirement.id));
    finding::Judged {
        title: control.title.clone(),
        statement: control.statement.clone(),
        rationale: control.rationale.clone(),
        severity: control.severity,
        stage: control.stage,
        satisfies: satisfies.collect(),
        facets: facets.into_iter().map(str::to_owned).collect(),
        digest: control.digest(),
        tenants: BTreeMap::new(),
    }
}

/// What must be said of the reading itself.
fn notices(collected: &mut Collected, questions: &Questions) -> Vec<String> {
    let mut notices = std::mem::take(&mut collected.notices);
    let unborn: Vec<&String> = collected.unborn.iter().filter(|tenant| questions.0.contains_key(*tenant)).collect();
    if !unborn.is_empty() {
        let names: Vec<String> = unborn.into_iter().map(|tenant| format!("`{tenant}`")).collect();
        notices.push(format!("nothing was judged in tenants that are not there yet: {}", names.join(", ")));
    }
    let strange: BTreeSet<&str> = collected
        .batches
        .iter()
        .flat_map(|batch| &batch.rows)
        .map(|row| row.facet.as_str())
        .filter(|facet| facet::find(facet).is_none())
        .collect();
    for facet in strange {
        notices.push(format!("rows of `{facet}` were not judged: this version knows no such facet"));
    }
    notices
}

/// Gaps that something was asked of, sorted.
fn gaps(collected: &Collected, questions: &Questions) -> Vec<Gap> {
    let asked: BTreeSet<&str> = questions.0.keys().flat_map(|tenant| questions.facets(tenant)).collect();
    let matters = |batch: &&Batch| batch.source.facets.iter().any(|facet| asked.contains(facet.as_str()));
    let gaps: BTreeSet<Gap> = collected.batches.iter().filter(matters).flat_map(|batch| batch.gaps.clone()).collect();
    gaps.into_iter().collect()
}

/// Exemptions of single resources of which none was found.
fn idle(questions: &Questions, outcome: &Outcome) -> Vec<String> {
    let exemptions = questions.0.values().flatten().flat_map(|question| &question.terms.exemptions);
    let idle: BTreeSet<&str> = exemptions
        .map(|exempt| exempt.name.as_str())
        .filter(|exemption| !outcome.exempted.contains(*exemption))
        .collect();
    idle.into_iter()
        .map(|exemption| {
            format!("the exemption `{exemption}` matched nothing that does not pass: it may not be needed any more")
        })
        .collect()
}
