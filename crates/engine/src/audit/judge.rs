//! Judging what was read: rows become tables, one for each facet and set of questions, and every control is asked of all
//! rows of a table at once. Nothing in here reads or waits, so kept rows come to the same verdicts at any time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use polity_controls::{
    Causes, PlaceId, Table,
    control::{BoundDetect, Control, Verdict, Verdicts},
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
        let asked: Vec<Asked<'_>> = self.sheets.values().flat_map(|sheet| asked_of(sheet, how.cores)).collect();
        let told = side_by_side(&asked, how.cores, |asked| tell(asked, self.questions, &self.owners, how));
        let mut findings: Vec<Vec<Finding>> = Vec::with_capacity(told.len());
        for (asked, told) in asked.iter().zip(told) {
            for (owner, counts) in self.owners.iter().zip(told.counts) {
                outcome.add(&asked.control.name, owner.tenant, counts);
            }
            outcome.exempted.extend(told.exempted);
            findings.push(told.findings);
        }
        outcome.findings = in_order(findings);
        outcome
    }
}

/// One question, put to all rows of a table.
struct Asked<'s> {
    sheet: &'s Sheet<'s>,
    /// Its number among the questions of the sheet.
    number: usize,
    control: &'s Control,
    verdicts: Verdicts,
}

/// What came of it.
struct Told {
    findings: Vec<Finding>,
    /// By owner.
    counts: Vec<Counts>,
    exempted: BTreeSet<String>,
}

/// Puts all questions of a table to its rows.
fn asked_of<'s>(sheet: &'s Sheet<'_>, cores: usize) -> Vec<Asked<'s>> {
    let facet = sheet.table.facet();
    let each = sheet.questions.iter().enumerate().flat_map(|(number, question)| {
        let detects = question.bound.detect.iter().filter(|detect| detect.on.name == facet.name);
        detects.map(move |detect| (detect, number, &*question.control))
    });
    let (detects, asked_by): (Vec<&BoundDetect>, Vec<(usize, &Control)>) =
        each.map(|(detect, number, control)| (detect, (number, control))).unzip();
    let verdicts = Verdicts::of(&detects, &sheet.table, cores).into_iter().zip(asked_by);
    verdicts.map(|(verdicts, (number, control))| Asked { sheet, number, control, verdicts }).collect()
}

/// Does the same to each of these, on so many cores; the results are in the order of what was given.
fn side_by_side<T: Sync, R: Send>(all: &[T], cores: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let one = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = all.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let mut done = std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..cores.clamp(1, all.len().max(1))).map(|_| scope.spawn(one)).collect();
        let mut done = one();
        for helper in helpers {
            match helper.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// All findings in their order. Each list is in order already; laid behind one another as they will stand, little is left to sort.
fn in_order(mut lists: Vec<Vec<Finding>>) -> Vec<Finding> {
    let mut parts: Vec<Vec<Finding>> = Vec::new();
    for mut list in lists.drain(..) {
        // What fails comes before what is unknown, for all controls.
        while let Some(last) = list.last() {
            let rank = last.status.rank();
            let from = list.partition_point(|finding| finding.status.rank() < rank);
            parts.push(list.split_off(from));
        }
    }
    parts.sort_by(|one, other| match (one.first(), other.first()) {
        (Some(one), Some(other)) => one.order(other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    });
    let mut all = Vec::with_capacity(parts.iter().map(Vec::len).sum());
    parts.into_iter().for_each(|part| all.extend(part));
    all.sort_by(Finding::order);
    all
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

/// The findings of one question, in their order.
fn tell(asked: &Asked<'_>, questions: &Questions, owners: &[Owner<'_>], how: &Judging) -> Told {
    let Asked { sheet, number, verdicts, .. } = asked;
    let mut counts = vec![Counts::default(); owners.len()];
    let (mut findings, mut exempted) = (Vec::new(), BTreeSet::new());
    let subjects = Subjects::of(&sheet.table);
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
        let Some(question) = questions.0.get(owner.tenant).and_then(|asked| asked.get(*number)) else { continue };
        let subject = subjects.at(row);
        let status = judged
            .map_or(Status::Pass, |judged| question.status(judged, subject.id.as_deref(), how.today, &mut exempted));
        note(counts, &status);
        findings.push(question.finding(status, subject, Arc::clone(&owner.place)));
    }
    findings.sort_by(Finding::order);
    Told { findings, counts, exempted }
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

/// What the rows of a table are called.
struct Subjects<'t> {
    table: &'t Table,
    facet: Arc<str>,
    id: Option<usize>,
    name: Option<usize>,
    region: Option<usize>,
}

impl<'t> Subjects<'t> {
    fn of(table: &'t Table) -> Self {
        let field = |name: &str| table.facet().field(name).map(|(field, _)| field);
        Self { table, facet: table.facet().name.into(), id: field("id"), name: field("name"), region: field("region") }
    }

    fn at(&self, row: usize) -> Subject {
        let text = |field: Option<usize>| self.table.text(row, field?);
        Subject {
            facet: Arc::clone(&self.facet),
            id: text(self.id),
            name: text(self.name),
            region: text(self.region),
            written: None,
        }
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
