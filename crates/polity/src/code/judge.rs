//! Rows of infrastructure code, judged by controls.

use std::{collections::BTreeMap, sync::Arc};

use polity_controls::{
    Causes, Facts, Place,
    control::{BoundControl, Control, Verdict},
};
use polity_iac::{Found, Reading};
use polity_model::{
    facet::{self, Datum, Row},
    finding::{Counts, Status, Why},
    organization::Exemption,
    units::Timestamp,
};

/// A control to ask, and what is exempt from it.
pub(crate) struct Asked {
    pub(crate) control: Arc<Control>,
    pub(crate) bound: Arc<BoundControl>,
    pub(crate) exemptions: Vec<Arc<Exemption>>,
}

/// One verdict that is no pass.
pub(crate) struct Judged<'r> {
    pub(crate) status: Status,
    pub(crate) control: Arc<Control>,
    pub(crate) found: &'r Found,
}

/// All that was judged.
pub(crate) struct Outcome<'r> {
    /// What does not pass: what fails first, the worst first.
    pub(crate) judged: Vec<Judged<'r>>,
    /// Every control that was asked, and how its verdicts fell.
    pub(crate) controls: BTreeMap<String, (Arc<Control>, Counts)>,
}

/// Judges all rows. `places` are the tenant and what it belongs to, as far as one is named.
pub(crate) fn judge<'r>(
    readings: &'r [Reading],
    asked: &[Asked],
    places: &[Option<Row>],
    now: Timestamp,
) -> Outcome<'r> {
    let place = |index: usize| places.get(index).and_then(Option::as_ref).map_or(Place::Absent, Place::Known);
    let places = [place(0), place(1), place(2), place(3)];
    let start = |one: &Asked| (one.control.name.clone(), (Arc::clone(&one.control), Counts::default()));
    let mut outcome = Outcome { judged: Vec::new(), controls: asked.iter().map(start).collect() };
    for found in readings.iter().flat_map(|reading| &reading.found) {
        let Some(facet) = facet::find(&found.row.facet) else { continue };
        let facts = Facts::new(facet, &found.row).at(places).read_at(now);
        for one in asked {
            for detect in one.bound.detect.iter().filter(|detect| detect.on.name == facet.name) {
                let status = one.status(found, detect.judge(&facts));
                if let Some((_, counts)) = outcome.controls.get_mut(&one.control.name) {
                    note(counts, status.as_ref());
                }
                if let Some(status) = status.filter(|status| *status != Status::Pass) {
                    outcome.judged.push(Judged { status, control: Arc::clone(&one.control), found });
                }
            }
        }
    }
    outcome.judged.sort_by(|a, b| {
        let key = |judged: &Judged<'_>| (judged.status.rank(), std::cmp::Reverse(judged.control.severity));
        let then = |judged: &Judged<'_>| {
            (judged.control.name.clone(), judged.found.origin.clone(), judged.found.address.clone())
        };
        key(a).cmp(&key(b)).then_with(|| then(a).cmp(&then(b)))
    });
    outcome
}

fn note(counts: &mut Counts, status: Option<&Status>) {
    match status {
        None => counts.not_applicable += 1,
        Some(Status::Pass) => counts.pass += 1,
        Some(Status::Fail) => counts.fail += 1,
        Some(Status::Unknown { .. }) => counts.unknown += 1,
        Some(Status::Exempt { .. }) => counts.exempt += 1,
    }
}

impl Asked {
    /// The verdict with exemptions applied, which go by the name: code has no native ids yet. Nothing where it is not asked.
    fn status(&self, found: &Found, verdict: Verdict) -> Option<Status> {
        let status = match verdict {
            Verdict::NotApplicable => return None,
            Verdict::Pass => return Some(Status::Pass),
            Verdict::Fail => Status::Fail,
            Verdict::Unknown(causes) => Status::Unknown { reasons: reasons(&causes) },
        };
        let names = [text(&found.row, "id"), text(&found.row, "name"), Some(found.address.clone())];
        let covers = |exemption: &&Arc<Exemption>| names.iter().flatten().any(|name| exemption.names_resource(name));
        let exemption = self.exemptions.iter().filter(covers).max_by_key(|exemption| exemption.until);
        Some(exemption.map_or_else(
            || status.clone(),
            |exemption| Status::Exempt {
                exemption: exemption.name.clone(),
                until: Some(exemption.until),
                owner: Some(exemption.owner.name.clone()),
                reasons: status.reasons().to_vec(),
            },
        ))
    }
}

impl Outcome<'_> {
    /// How often each verdict fell.
    pub(crate) fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        self.controls.values().for_each(|(_, counts)| sum.add(*counts));
        sum
    }
}

impl Judged<'_> {
    /// The facts that the assertion asks for, as far as a line holds them.
    pub(crate) fn facts(&self) -> Vec<(String, String)> {
        let Some(facet) = facet::find(&self.found.row.facet) else { return Vec::new() };
        let asserted = self.control.detect.iter().filter(|detect| detect.on.name == facet.name);
        let text: String = asserted.map(|detect| detect.assert.text().to_owned()).collect::<Vec<_>>().join(" ");
        let named = |name: &str| {
            text.match_indices(&format!("resource.{name}")).any(|(at, found)| {
                let behind = text.get(at + found.len()..).and_then(|rest| rest.chars().next());
                !behind.is_some_and(|next| next.is_ascii_alphanumeric() || next == '_')
            })
        };
        let fields = facet.fields.iter().zip(&self.found.row.values).filter(|(field, _)| named(field.name));
        fields.filter_map(|(field, value)| Some((field.name.to_owned(), short(value)?))).collect()
    }
}

/// A value in a few words; nothing for what does not fit into them.
fn short(value: &Datum) -> Option<String> {
    Some(match value {
        Datum::Absent => "absent".to_owned(),
        Datum::Bool(value) => value.to_string(),
        Datum::Int(value) => value.to_string(),
        Datum::Double(value) => value.to_string(),
        Datum::Text(value) => crate::views::cut(value, 60),
        Datum::Record(parts) if parts.len() <= 2 => {
            let parts: Option<Vec<String>> = parts.iter().map(short).collect();
            parts?.join("-")
        }
        Datum::List(items) if items.len() <= 4 => {
            let items: Option<Vec<String>> = items.iter().map(short).collect();
            format!("[{}]", items?.join(", "))
        }
        Datum::Unknown(reason) => reason.to_string(),
        _ => return None,
    })
}

fn reasons(causes: &Causes) -> Vec<Why> {
    causes.iter().map(|cause| Why { at: cause.at.clone(), reason: cause.reason.clone() }).collect()
}

fn text(row: &Row, field: &str) -> Option<String> {
    match row.get(facet::find(&row.facet)?, field) {
        Some(Datum::Text(text)) => Some(text.to_string()),
        _ => None,
    }
}
