//! Judging what was read: rows become tables, one for each facet and set of questions, and every control is asked of all
//! rows of a table at once. Nothing in here reads or waits, so kept rows come to the same verdicts at any time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use polity_controls::{
    Causes, PlaceId, Table,
    control::{BoundDetect, Verdict, Verdicts},
};
use polity_model::{
    facet::{self, Datum, Facet, Row},
    finding::{Counts, Finding, Status, Subject, Whereabouts, Why},
    units::{Date, Timestamp},
};

use super::{
    collect::{Batch, Collected, Source},
    coverage::{self, Cover},
    places::Places,
    question::{Question, Questions},
};

/// How to judge.
#[derive(Clone, Copy, Debug)]
pub struct Judging {
    /// The day that expiry is judged by.
    pub today: Date,
    /// Whether what passes becomes a finding, too.
    pub passes: bool,
    /// So many cores.
    pub cores: usize,
}

/// What the verdicts are.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// In their order.
    pub findings: Vec<Finding>,
    /// How often each verdict fell: by control, then by tenant.
    pub counts: BTreeMap<String, BTreeMap<String, Counts>>,
    /// Exemptions that were made use of.
    pub exempted: BTreeSet<String>,
}

/// A table, and whose its rows are.
struct Sheet<'q> {
    table: Table,
    /// Number of the owner of each row.
    owners: Vec<u32>,
    questions: &'q [Question],
}

/// A tenant of the manifest, or an account that is in none.
struct Owner<'a> {
    tenant: &'a str,
    place: Arc<Whereabouts>,
}

/// Judges all that was collected.
pub fn judge(mut collected: Collected, questions: &Questions, places: &Places, how: &Judging) -> Outcome {
    let cover = coverage::cover(&collected, questions, places);
    let batches = std::mem::take(&mut collected.batches);
    let mut sheets = Sheets::new(&collected, questions, places);
    for batch in batches {
        sheets.take(batch);
    }
    let mut outcome = sheets.judge(how);
    for Cover { tenant, place, facet, reasons } in cover {
        let asked = questions.0.get(tenant.as_str()).map(Vec::as_slice).unwrap_or_default();
        let on_facet = |question: &&Question| question.control.detect.iter().any(|detect| detect.on.name == facet);
        for question in asked.iter().filter(on_facet) {
            let subject = Subject { facet: facet.into(), id: None, name: None, region: None, written: None };
            let status = question.status(Judged::Unknown(reasons.clone()), None, how.today, &mut outcome.exempted);
            let mut counts = Counts::default();
            note(&mut counts, &status);
            outcome.add(&question.control.name, &tenant, counts);
            outcome.findings.push(question.finding(status, subject, Arc::clone(&place)));
        }
    }
    outcome.findings.sort_by(Finding::order);
    outcome
}

/// A verdict before exemptions.
pub(super) enum Judged {
    /// It does not hold.
    Fail,
    /// It cannot be said.
    Unknown(Vec<Why>),
}

/// Tenants of which the same is asked share tables: the first one of each such group, by tenant.
fn groups(questions: &Questions) -> BTreeMap<&str, &str> {
    let mut first: BTreeMap<Vec<(&str, String)>, &str> = BTreeMap::new();
    let mut groups = BTreeMap::new();
    for (tenant, asked) in &questions.0 {
        let key = asked.iter().map(|question| (question.control.name.as_str(), question.terms.params_key())).collect();
        groups.insert(tenant.as_str(), *first.entry(key).or_insert(tenant));
    }
    groups
}

/// All tables, while they are filled.
pub struct Sheets<'q> {
    questions: &'q Questions,
    places: &'q Places,
    at: Option<Timestamp>,
    groups: BTreeMap<&'q str, &'q str>,
    /// Tenants by their native ids.
    tenants: BTreeMap<String, String>,
    sheets: BTreeMap<(&'static str, &'q str), Sheet<'q>>,
    owners: Vec<Owner<'q>>,
    numbers: BTreeMap<(String, String), u32>,
    seats: BTreeMap<(&'static str, u32), PlaceId>,
}

impl<'q> Sheets<'q> {
    /// No rows yet. Of what was collected only what it says of the tenants matters here.
    pub fn new(collected: &Collected, questions: &'q Questions, places: &'q Places) -> Self {
        Self {
            questions,
            places,
            at: collected.at,
            groups: groups(questions),
            tenants: collected.tenants.iter().map(|(tenant, id)| (id.clone(), tenant.clone())).collect(),
            sheets: BTreeMap::new(),
            owners: Vec::new(),
            numbers: BTreeMap::new(),
            seats: BTreeMap::new(),
        }
    }

    /// Takes the rows of a batch into columns.
    pub fn take(&mut self, batch: Batch) {
        for row in batch.rows {
            self.row(&batch.source, row);
        }
    }

    /// Memory that the tables take, roughly.
    pub fn bytes(&self) -> usize {
        self.sheets.values().map(|sheet| sheet.table.bytes() + 4 * sheet.owners.capacity()).sum()
    }

    fn row(&mut self, source: &Source, row: Row) {
        let Some(facet) = facet::find(&row.facet) else { return };
        let account = text(facet, &row, "account").unwrap_or_default();
        let tenant = source.tenant.as_ref().or_else(|| self.tenants.get(account));
        let known = tenant.and_then(|tenant| self.places.0.get_key_value(tenant));
        let tenant = known.map_or("", |(name, _)| name.as_str());
        let Some(group) = self.groups.get(tenant).copied() else { return };
        let Some(asked) = self.questions.0.get(group) else { return };
        let on_facet = |question: &Question| question.control.detect.iter().any(|detect| detect.on.name == facet.name);
        if !asked.iter().any(on_facet) {
            return;
        }
        let own = if tenant.is_empty() { account } else { tenant };
        let owners = &mut self.owners;
        let number = *self.numbers.entry((source.platform.clone(), own.to_owned())).or_insert_with(|| {
            let place = match known {
                Some((_, facts)) => Arc::clone(&facts.whereabouts),
                None => outside(&source.platform, account),
            };
            owners.push(Owner { tenant, place });
            u32::try_from(owners.len() - 1).unwrap_or(u32::MAX)
        });
        let sheet = self.sheets.entry((facet.name, group)).or_insert_with(|| Sheet {
            table: Table::new(facet, self.at),
            owners: Vec::new(),
            questions: asked,
        });
        // Each owner is in one group, so this seat is one of this table.
        let seat = *self.seats.entry((facet.name, number)).or_insert_with(|| match known {
            Some((_, facts)) => sheet.table.place(facts.places()),
            None => Table::nowhere(),
        });
        sheet.table.push(row, seat);
        sheet.owners.push(number);
    }

    /// Judges all rows. What could not be read is not among them.
    pub fn judge(&self, how: &Judging) -> Outcome {
        let mut outcome = Outcome::default();
        for (tenant, asked) in &self.questions.0 {
            for question in asked {
                let of_control = outcome.counts.entry(question.control.name.clone()).or_default();
                of_control.insert(tenant.clone(), Counts::default());
            }
        }
        for sheet in self.sheets.values() {
            judge_sheet(sheet, self.questions, &self.owners, how, &mut outcome);
        }
        outcome.findings.sort_by(Finding::order);
        outcome
    }
}

/// What lies in no tenant of the manifest.
pub(super) fn outside(platform: &str, account: &str) -> Arc<Whereabouts> {
    let tenant_id = (!account.is_empty()).then(|| account.to_owned());
    Arc::new(Whereabouts { platform: Some(platform.to_owned()), tenant_id, ..Whereabouts::default() })
}

fn text<'r>(facet: &Facet, row: &'r Row, field: &str) -> Option<&'r str> {
    match row.get(facet, field) {
        Some(Datum::Text(text)) => Some(text),
        _ => None,
    }
}

fn judge_sheet(sheet: &Sheet<'_>, questions: &Questions, owners: &[Owner<'_>], how: &Judging, outcome: &mut Outcome) {
    let facet = sheet.table.facet();
    let mut detects: Vec<&BoundDetect> = Vec::new();
    let mut asked_by: Vec<usize> = Vec::new();
    for (number, question) in sheet.questions.iter().enumerate() {
        for detect in question.bound.detect.iter().filter(|detect| detect.on.name == facet.name) {
            detects.push(detect);
            asked_by.push(number);
        }
    }
    for (verdicts, number) in Verdicts::of(&detects, &sheet.table, how.cores).iter().zip(asked_by) {
        let mut counts = vec![Counts::default(); owners.len()];
        for (row, verdict) in verdicts.iter().enumerate() {
            let Some(at) = sheet.owners.get(row).map(|owner| *owner as usize) else { continue };
            let (Some(owner), Some(counts)) = (owners.get(at), counts.get_mut(at)) else { continue };
            let judged = match verdict {
                Verdict::NotApplicable => {
                    counts.not_applicable += 1;
                    continue;
                }
                Verdict::Pass if !how.passes => {
                    counts.pass += 1;
                    continue;
                }
                Verdict::Pass => None,
                Verdict::Fail => Some(Judged::Fail),
                Verdict::Unknown(causes) => Some(Judged::Unknown(reasons(&causes))),
            };
            // Terms differ within a group in what is not asked: exemptions, and where it was attached.
            let Some(question) = questions.0.get(owner.tenant).and_then(|asked| asked.get(number)) else { continue };
            let subject = subject(&sheet.table, row);
            let status = judged.map_or(Status::Pass, |judged| {
                question.status(judged, subject.id.as_deref(), how.today, &mut outcome.exempted)
            });
            note(counts, &status);
            outcome.findings.push(question.finding(status, subject, Arc::clone(&owner.place)));
        }
        let control = sheet.questions.get(number).map_or("", |question| &question.control.name);
        for (owner, counts) in owners.iter().zip(counts) {
            outcome.add(control, owner.tenant, counts);
        }
    }
}

fn note(counts: &mut Counts, status: &Status) {
    match status {
        Status::Pass => counts.pass += 1,
        Status::Fail => counts.fail += 1,
        Status::Unknown { .. } => counts.unknown += 1,
        Status::Exempt { .. } => counts.exempt += 1,
    }
}

fn reasons(causes: &Causes) -> Vec<Why> {
    causes.iter().map(|cause| Why { at: cause.at.clone(), reason: cause.reason.clone() }).collect()
}

fn subject(table: &Table, row: usize) -> Subject {
    let text = |name: &str| {
        let (field, _) = table.facet().field(name)?;
        table.text(row, field).map(|text| text.to_string())
    };
    Subject {
        facet: table.facet().name.into(),
        id: text("id"),
        name: text("name"),
        region: text("region"),
        written: None,
    }
}

impl Outcome {
    /// Every control and tenant of which something is asked was entered at the beginning.
    fn add(&mut self, control: &str, tenant: &str, counts: Counts) {
        if let Some(sum) = self.counts.get_mut(control).and_then(|tenants| tenants.get_mut(tenant)) {
            sum.add(counts);
        }
    }
}
