//! Evidence: what a verdict stood on, kept in the journal, so that anybody can come to it again.
//!
//! An entry says what was read, by whom, with a digest of the replies; one more for each control says how it was judged. The rows,
//! the places, the control's own text and the ids of what did not pass are kept beside the entries under their digests:
//! equal rows are kept once, and whatever was changed is found.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use polity_controls::control::{self, Control};
use polity_model::{
    Digest, Origin, Value,
    facet::Row,
    finding::{Audit, Counts, Finding, Status},
    inventory::Gap,
    journal::{Entry, Event},
    units::{Date, Timestamp},
    written::Written,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Batch, Case, Choice, Collected, EVALUATOR, Judging, Places, Question, Questions, Source, Terms, judge};
use crate::{Error, Journal, journal::Kept};

/// What was read, without the rows: those are kept for themselves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Readings {
    /// Everything but the batches.
    collected: Collected,
    /// The day that expiry was judged by.
    today: Date,
    /// The batches.
    batches: Vec<KeptBatch>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptBatch {
    source: Source,
    /// Digest of its rows and gaps.
    rows: Digest,
}

#[derive(Debug, Serialize, Deserialize)]
struct Rows {
    rows: Vec<Row>,
    gaps: Vec<Gap>,
}

/// How one control was judged, by tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdicts(pub BTreeMap<String, TenantVerdicts>);

/// How one control was judged in one tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantVerdicts {
    /// On which terms.
    pub terms: Terms,
    /// How often each verdict fell.
    pub counts: Counts,
    /// What does not hold: facet and id, sorted.
    pub fail: Vec<String>,
    /// Of what it cannot be said.
    pub unknown: Vec<String>,
    /// What is exempt.
    pub exempt: Vec<String>,
}

/// Evidence in the making: what a case stands on, taken before its rows are used up.
pub struct Evidence {
    kept: Vec<Kept>,
    surveyed: Event,
    questions: Questions,
}

impl Evidence {
    /// Takes down what a case stands on.
    pub fn of(case: &Case, choice: &Choice, today: Date) -> Self {
        let mut kept = Vec::new();
        let mut keep = |bytes: Vec<u8>| {
            let piece = Kept::new(&bytes);
            let digest = piece.digest.clone();
            kept.push(piece);
            digest
        };
        let batches = case.collected.batches.iter().map(|batch| KeptBatch {
            source: batch.source.clone(),
            rows: keep(bytes(&Rows { rows: batch.rows.clone(), gaps: batch.gaps.clone() })),
        });
        let batches = batches.collect();
        let collected = Collected { batches: Vec::new(), ..skeleton(&case.collected) };
        let readings = keep(bytes(&Readings { collected, today, batches }));
        let places = keep(bytes(&case.places));
        let surveyed = Event::Surveyed {
            platforms: case.collected.platforms.clone(),
            actors: case.collected.actors.clone(),
            manifest: case.manifest.clone(),
            whole: choice.controls.is_empty() && choice.tenants.is_empty(),
            readings,
            places,
        };
        Self { kept, surveyed, questions: case.questions.clone() }
    }

    /// Writes it into the journal, with what was judged: all or nothing. Answers the number of the first entry.
    pub fn keep(mut self, journal: &Journal, audit: &Audit) -> Result<u64, Error> {
        let number = journal.head()?.0 + 1;
        let found = found(&audit.findings);
        let mut events = vec![self.surveyed];
        for (name, judged) in &audit.controls {
            let asked = self.questions.0.iter().filter_map(|(tenant, asked)| {
                let question = asked.iter().find(|question| question.control.name == *name)?;
                let counts = judged.tenants.get(tenant).map(|judgement| judgement.counts).unwrap_or_default();
                Some((
                    tenant,
                    question,
                    tenant_verdicts(question, counts, found.get(&(name.as_str(), tenant.as_str()))),
                ))
            });
            let (mut text, mut verdicts) = (None, BTreeMap::new());
            for (tenant, question, of_tenant) in asked {
                text.get_or_insert_with(|| Kept::new(&bytes(&question.control.text.to_json())));
                verdicts.insert(tenant.clone(), of_tenant);
            }
            let Some(text) = text else { continue };
            let verdicts = Kept::new(&bytes(&Verdicts(verdicts)));
            events.push(Event::Judged {
                control: name.clone(),
                severity: judged.severity,
                text: text.digest.clone(),
                evaluator: EVALUATOR.to_owned(),
                surveyed: number,
                counts: judged.counts(),
                verdicts: verdicts.digest.clone(),
            });
            self.kept.extend([text, verdicts]);
        }
        let entries = journal.append_with(&format!("audit-{number}"), &self.kept, events)?;
        Ok(entries.first().map_or(number, |entry| entry.number))
    }
}

/// Everything but the batches, which are the most of it.
fn skeleton(collected: &Collected) -> Collected {
    Collected {
        version: collected.version.clone(),
        organization: collected.organization.clone(),
        at: collected.at,
        platforms: collected.platforms.clone(),
        actors: collected.actors.clone(),
        facets: collected.facets.clone(),
        tenants: collected.tenants.clone(),
        unborn: collected.unborn.clone(),
        in_force: collected.in_force.clone(),
        batches: Vec::new(),
        notices: collected.notices.clone(),
    }
}

impl Readings {
    /// Digests of the rows that a kept list of readings names.
    pub(crate) fn rows_of(bytes: &[u8]) -> Option<Vec<Digest>> {
        let readings: Self = serde_json::from_slice(bytes).ok()?;
        Some(readings.batches.into_iter().map(|batch| batch.rows).collect())
    }
}

fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    // Our own types can always be written; an empty text would not be found again by its reader, and be told there.
    serde_json::to_vec(value).unwrap_or_default()
}

type Found<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Finding>>;

fn found(findings: &[Finding]) -> Found<'_> {
    let mut found: Found<'_> = BTreeMap::new();
    for finding in findings {
        let tenant = finding.place.tenant.as_deref().unwrap_or_default();
        found.entry((&finding.control, tenant)).or_default().push(finding);
    }
    found
}

fn tenant_verdicts(question: &Question, counts: Counts, found: Option<&Vec<&Finding>>) -> TenantVerdicts {
    let ids = |wanted: fn(&Status) -> bool| {
        let of_status = found.into_iter().flatten().filter(|finding| wanted(&finding.status));
        let mut ids: Vec<String> = of_status.map(|finding| id(finding)).collect();
        ids.sort();
        ids
    };
    TenantVerdicts {
        terms: question.terms.as_ref().clone(),
        counts,
        fail: ids(|status| matches!(status, Status::Fail)),
        unknown: ids(|status| matches!(status, Status::Unknown { .. })),
        exempt: ids(|status| matches!(status, Status::Exempt { .. })),
    }
}

/// A resource, or all that could not be listed of a facet.
fn id(finding: &Finding) -> String {
    format!("{} {}", finding.resource.facet, finding.resource.id.as_deref().unwrap_or("*"))
}

/// A verdict that was come to once more.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The control's name.
    pub control: String,
    /// Number of the entry that says how it was judged, and when that was.
    pub entry: (u64, Timestamp),
    /// Who read, as the platforms know them.
    pub actors: BTreeMap<String, String>,
    /// Native identity of each platform.
    pub platforms: BTreeMap<String, String>,
    /// Digest of the manifest then.
    pub manifest: Digest,
    /// Digest of the control's text then.
    pub text: Digest,
    /// What judged then.
    pub evaluator: String,
    /// What was read to judge it: one for each scope and survey, and the digest of its rows.
    pub readings: Vec<(Source, Digest)>,
    /// What was recorded.
    pub recorded: Verdicts,
    /// What it comes to now, from the same rows.
    pub again: Verdicts,
}

impl Proof {
    /// Whether the same verdicts were come to.
    pub fn holds(&self) -> bool {
        self.recorded == self.again
    }
}

/// Comes to the last verdict of a control once more, from what was kept: the last one before a moment if one is given.
/// `None` if it was never judged.
pub fn prove(
    journal: &Journal,
    control: &str,
    at: Option<Timestamp>,
    tenant: Option<&str>,
) -> Result<Option<Proof>, Error> {
    let Some((entry, surveyed)) = last_verdict(journal, control, at)? else { return Ok(None) };
    let (
        Event::Judged { text, evaluator, verdicts, .. },
        Event::Surveyed { platforms, actors, manifest, readings, places, .. },
    ) = (&entry.event, &surveyed.event)
    else {
        return Ok(None);
    };
    let mut recorded: Verdicts = kept(journal, &entry, verdicts)?;
    if let Some(tenant) = tenant {
        recorded.0.retain(|name, _| name == tenant);
    }
    let asked = Arc::new(control_of(journal, &entry, text)?);
    let places: Places = kept(journal, &surveyed, places)?;
    let readings: Readings = kept(journal, &surveyed, readings)?;
    let facets: BTreeSet<&str> = asked.detect.iter().map(|detect| detect.on.name).collect();
    let mut collected = readings.collected;
    let mut told = Vec::new();
    for batch in
        readings.batches.into_iter().filter(|batch| batch.source.facets.iter().any(|of| facets.contains(of.as_str())))
    {
        let Rows { rows, gaps } = kept(journal, &surveyed, &batch.rows)?;
        told.push((batch.source.clone(), batch.rows));
        collected.batches.push(Batch { source: batch.source, rows, gaps });
    }
    let questions = questions(&entry, &asked, &recorded)?;
    let how = Judging { today: readings.today, passes: false, cores: 1 };
    let outcome = judge(collected, &questions, &places, &how);
    let found = found(&outcome.findings);
    let again = questions.0.iter().filter_map(|(tenant, asked)| {
        let question = asked.first()?;
        let counts = outcome.counts.get(control)?.get(tenant).copied()?;
        Some((tenant.clone(), tenant_verdicts(question, counts, found.get(&(control, tenant.as_str())))))
    });
    Ok(Some(Proof {
        control: control.to_owned(),
        entry: (entry.number, entry.at),
        actors: actors.clone(),
        platforms: platforms.clone(),
        manifest: manifest.clone(),
        text: text.clone(),
        evaluator: evaluator.clone(),
        readings: told,
        again: Verdicts(again.collect()),
        recorded,
    }))
}

/// The last verdict of a control until a moment, and the entry that says what was read for it.
fn last_verdict(journal: &Journal, name: &str, at: Option<Timestamp>) -> Result<Option<(Entry, Entry)>, Error> {
    let entries = journal.entries()?;
    let of_control = |entry: &&Entry| {
        matches!(&entry.event, Event::Judged { control, .. } if control == name) && at.is_none_or(|at| entry.at <= at)
    };
    let Some(entry) = entries.iter().rev().find(of_control) else { return Ok(None) };
    let Event::Judged { surveyed, .. } = &entry.event else { return Ok(None) };
    match entries.iter().find(|other| other.number == *surveyed) {
        Some(found) if matches!(found.event, Event::Surveyed { .. }) => Ok(Some((entry.clone(), found.clone()))),
        _ => Err(broken(entry, "it names no entry that says what was read")),
    }
}

fn kept<T: DeserializeOwned>(journal: &Journal, entry: &Entry, digest: &Digest) -> Result<T, Error> {
    let bytes = journal.kept(digest)?;
    let bytes =
        bytes.ok_or_else(|| broken(entry, &format!("what it names as `{}` is not kept any more", digest.short())))?;
    let unread = |error: serde_json::Error| {
        broken(entry, &format!("what it names as `{}` cannot be read: {error}", digest.short()))
    };
    serde_json::from_slice(&bytes).map_err(unread)
}

fn control_of(journal: &Journal, entry: &Entry, text: &Digest) -> Result<Control, Error> {
    let json: serde_json::Value = kept(journal, entry, text)?;
    let written = Written::of(&Value::from_json(&json), &Origin::file("the journal"));
    let (read, diagnostics) = control::read(&written);
    let first = diagnostics.first().map_or_else(String::new, |diagnostic| format!(": {}", diagnostic.message));
    read.ok_or_else(|| broken(entry, &format!("this version cannot read the text of the control{first}")))
}

/// What was asked then.
fn questions(entry: &Entry, asked: &Arc<Control>, recorded: &Verdicts) -> Result<Questions, Error> {
    let mut questions = BTreeMap::new();
    for (tenant, of_tenant) in &recorded.0 {
        let json = serde_json::Value::from_iter(of_tenant.terms.params.clone());
        let given = Written::of(&Value::from_json(&json), &Origin::file("the journal"));
        let wrong = || broken(entry, &format!("its parameters for `{tenant}` do not fit the text of the control"));
        let bound = asked.bind(&asked.params(&given).map_err(|_| wrong())?).map_err(|_| wrong())?;
        let question = Question::new(Arc::clone(asked), Arc::new(bound), of_tenant.terms.clone());
        questions.insert(tenant.clone(), vec![question]);
    }
    Ok(Questions(questions))
}

fn broken(entry: &Entry, reason: &str) -> Error {
    crate::journal::Error::Broken { number: entry.number, reason: reason.to_owned() }.into()
}

/// What a former audit came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// When.
    pub at: Timestamp,
    /// How often each verdict fell, over all controls.
    pub counts: Counts,
}

/// What former audits of everything came to, oldest first.
pub fn former(journal: &Journal) -> Result<Vec<Former>, Error> {
    let mut former: BTreeMap<u64, Former> = BTreeMap::new();
    for entry in journal.entries()? {
        match entry.event {
            Event::Surveyed { whole: true, .. } => {
                former.insert(entry.number, Former { at: entry.at, counts: Counts::default() });
            }
            Event::Judged { surveyed, counts, .. } => {
                if let Some(former) = former.get_mut(&surveyed) {
                    former.counts.add(counts);
                }
            }
            _ => {}
        }
    }
    Ok(former.into_values().collect())
}
