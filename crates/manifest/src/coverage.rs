//! Every noun and field of the language, with what each platform type makes of it.
//!
//! The rows come from the same registry as checker, JSON Schema and reference; the answers come from the platform
//! types, and from here for what Polity keeps by itself, alike on every platform. A field that nobody answers for is
//! told by [`Coverage::mistakes`], so that a new field cannot be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    coverage::{Covered, Extent},
    shape::{Field, Shape},
    vocabulary::{PlatformType, Vocabulary},
};

use crate::syntax::{nouns, tenant_fields};

/// What Polity keeps by itself, alike on every platform.
const BY_POLITY: &[(&str, &str)] = &[
    ("organization", "the manifest as a whole"),
    ("organization.version", "the version of the language"),
    ("organization.title", "for people"),
    ("organization.tags", "rules that are checked when the manifest is read"),
    ("organization.brakes", "limits that stop a plan before anything is written"),
    ("organization.break_glass", "looked after by every plan"),
    ("platform", "what is connected, and how"),
    ("platform.type", "which cloud it is"),
    ("platform.mode", "what is done about objects that the manifest does not name"),
    ("landing_zone.platforms", "where it exists"),
    ("landing_zone.mode", "what is done about objects that the manifest does not name"),
    ("unit", "who owns and pays: its tags, access and controls reach the tenants below"),
    ("unit.title", "for people"),
    ("unit.parent", "the business tree"),
    ("unit.owner", "who answers for it, and is told about costs"),
    ("team.unit", "for people"),
    ("workload.owner", "who answers for it"),
    ("role.admin", "the brakes count who holds it"),
    ("project", "what a unit works on: its tags, access, controls and settings reach its tenants"),
    ("project.title", "for people"),
    ("project.unit", "the business tree"),
    ("project.tenants", "one answer for each field of a tenant"),
    ("tenant.platform", "where it is"),
    ("tenant.name", "its name in the manifest"),
    ("control", "see the coverage of controls"),
    ("baseline", "see the coverage of controls"),
    ("framework", "see the coverage of controls"),
    ("exemption", "kept in every verdict"),
    ("*.controls", "see the coverage of controls"),
    ("*.access.reason", "kept in plan and journal"),
    ("*.reason", "kept in plan and journal"),
    ("*.id", "finds the object that is taken over"),
];

/// All rows, in the order of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// One for each noun and field.
    pub rows: Vec<Row>,
    /// Answers that no row takes: type and field.
    superfluous: Vec<(String, &'static str)>,
}

/// A noun or field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `tenant`, `tenant.quota.pods`.
    pub field: String,
    /// What it is.
    pub doc: &'static str,
    /// What is made of it.
    pub answer: Answer,
}

/// What is made of a noun or field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Polity keeps it by itself, alike on every platform: what for.
    Polity(&'static str),
    /// By platform type; a type that is missing has not answered.
    Platforms(BTreeMap<String, Covered>),
}

impl Coverage {
    /// The table for these platform types.
    pub(crate) fn of(vocabulary: &Vocabulary) -> Self {
        let row = |(field, doc): (String, &'static str)| Row { answer: answer(&field, vocabulary), field, doc };
        let rows: Vec<Row> = registry().into_iter().map(row).collect();
        let mut superfluous = Vec::new();
        for (name, platform_type) in &vocabulary.types {
            let mut open: BTreeSet<&str> =
                rows.iter().filter_map(|row| row.of(name)).map(|taken| taken.field).collect();
            // Each is taken once: a second answer about the same is as superfluous as one about nothing.
            let strange = platform_type.coverage.iter().filter(|answer| !open.remove(answer.field));
            superfluous.extend(strange.map(|answer| (name.clone(), answer.field)));
        }
        Self { rows, superfluous }
    }

    /// What is wrong with the answers of one platform type: fields without an answer, and answers without a field.
    pub fn mistakes(&self, platform_type: &str) -> Vec<String> {
        let asked = self.rows.iter().filter(|row| matches!(row.answer, Answer::Platforms(_)));
        let unanswered = asked.filter(|row| row.of(platform_type).is_none());
        let unanswered = unanswered.map(|row| format!("no answer about `{}`", row.field));
        let strange = self.superfluous.iter().filter(|(name, _)| name == platform_type);
        unanswered.chain(strange.map(|(_, field)| format!("an answer about `{field}` that nobody asks for"))).collect()
    }
}

impl Row {
    /// The answer of one platform type, if it was asked and has answered.
    pub fn of(&self, platform_type: &str) -> Option<&Covered> {
        match &self.answer {
            Answer::Polity(_) => None,
            Answer::Platforms(by_type) => by_type.get(platform_type),
        }
    }
}

/// What cannot be expressed, by noun or field and platform type.
pub(crate) type Inexpressible = BTreeMap<String, BTreeMap<String, Covered>>;

/// All that cannot be expressed; nothing within what is in it already.
pub(crate) fn inexpressible(vocabulary: &Vocabulary) -> Inexpressible {
    let mut found = Inexpressible::new();
    for (name, platform_type) in &vocabulary.types {
        if !platform_type.coverage.iter().any(|answer| answer.extent == Extent::NotExpressible) {
            continue;
        }
        for (path, _) in registry() {
            let Some(answer) = of_type(&path, platform_type) else { continue };
            let above = path.rsplit_once('.').and_then(|(above, _)| of_type(above, platform_type));
            if answer.extent == Extent::NotExpressible && above.is_none_or(|above| above.extent != answer.extent) {
                found.entry(path).or_default().insert(name.clone(), *answer);
            }
        }
    }
    // Where a principal can be given no access, the line that gives it is the one to mend.
    for noun in ["person", "team", "workload"] {
        let told = found.get(&format!("tenant.access.{noun}")).cloned().unwrap_or_default();
        if let Some(types) = found.get_mut(noun) {
            types.retain(|name, _| !told.contains_key(name));
        }
    }
    found
}

/// Every noun and field with its one sentence. A tenant, though written within its project, is a noun here.
fn registry() -> Vec<(String, &'static str)> {
    let mut rows = Vec::new();
    for noun in nouns() {
        rows.push((noun.name.to_owned(), noun.doc));
        let holds_tenants = |field: &Field| noun.name == "project" && field.name == "tenants";
        for field in noun.fields.iter().filter(|field| !holds_tenants(field)) {
            push(&mut rows, noun.name, field);
        }
        if let Some(tenants) = noun.fields.iter().find(|field| holds_tenants(field)) {
            rows.push((format!("{}.{}", noun.name, tenants.name), tenants.doc));
            rows.push(("tenant".to_owned(), "Project x landing zone x platform."));
            tenant_fields().iter().for_each(|field| push(&mut rows, "tenant", field));
        }
    }
    rows
}

fn push(rows: &mut Vec<(String, &'static str)>, above: &str, field: &Field) {
    let path = format!("{above}.{}", field.name);
    // A field with several shapes has its inner fields once.
    if rows.iter().any(|(row, _)| *row == path) {
        return;
    }
    rows.push((path.clone(), field.doc));
    fields_within(&field.shape).into_iter().for_each(|field| push(rows, &path, field));
}

/// The named fields within a value of this shape.
pub(crate) fn fields_within(shape: &Shape) -> Vec<&Field> {
    match shape {
        Shape::Record(fields) | Shape::Open(fields) => fields.iter().collect(),
        Shape::List(item) | Shape::Set(item) | Shape::Map(item) => fields_within(item),
        Shape::Either(shapes) => shapes.iter().flat_map(fields_within).collect(),
        _ => Vec::new(),
    }
}

fn answer(path: &str, vocabulary: &Vocabulary) -> Answer {
    let by_type = |(name, kind): (&String, &PlatformType)| Some((name.clone(), *of_type(path, kind)?));
    match by_polity(path) {
        Some(says) => Answer::Polity(says),
        None => Answer::Platforms(vocabulary.types.iter().filter_map(by_type).collect()),
    }
}

/// What Polity says of a field, unless a platform is asked about something nearer to it.
fn by_polity(path: &str) -> Option<&'static str> {
    let all: BTreeMap<&str, &'static str> = BY_POLITY.iter().copied().collect();
    if !path.contains('.') {
        return all.get(path).copied();
    }
    let own = nearest(path).find_map(|field| all.get(field.as_str()).copied());
    // What is all Polity's own has no field of which a platform could say anything.
    let noun =
        path.split('.').next().filter(|noun| matches!(*noun, "control" | "baseline" | "framework" | "exemption"));
    own.or_else(|| noun.and_then(|noun| all.get(noun).copied()))
}

fn of_type<'t>(path: &str, platform_type: &'t PlatformType) -> Option<&'t Covered> {
    let find = |field: &str| platform_type.coverage.iter().find(|answer| answer.field == field);
    let noun = path.split('.').next().and_then(find);
    if noun.is_some_and(|noun| noun.extent == Extent::NotExpressible) || !path.contains('.') {
        return noun;
    }
    nearest(path).find_map(|field| find(&field))
}

/// The fields whose answer holds for this one, the nearest first: each for its noun, then for every noun.
fn nearest(path: &str) -> impl Iterator<Item = String> {
    let (noun, rest) = path.split_once('.').unwrap_or((path, ""));
    let parts: Vec<&str> = rest.split('.').collect();
    let above = (1..=parts.len()).rev().map(|count| parts.get(..count).unwrap_or_default().join("."));
    above.flat_map(|field| [format!("{noun}.{field}"), format!("*.{field}")]).collect::<Vec<_>>().into_iter()
}
