//! The changes of a plan in the order in which they are read: what concerns the whole organization first, then each
//! landing zone with its projects. Where there are many of one sort, they are summed up.

use std::collections::BTreeMap;

use polity_model::plan::{Action, Change, Plan, Risk};

use super::{Context, Line, Sign, attributes, because, risk, risk_words, sign, symbol};
use crate::views::{clean, count, cut, some_of, thousands};

/// So many alike in one place are each shown in full.
const ALIKE: usize = 8;

/// Plans above this size are summed up more boldly.
const LARGE: usize = 150;

/// A heading and the lines below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// `organization-wide`, `landing zone prod`, `landing zone prod, project checkout`.
    pub(super) title: String,
    /// How many changes it holds.
    pub(super) changes: usize,
    /// What it says.
    pub(super) lines: Vec<Line>,
}

/// All sections of a plan.
pub(super) fn sections(plan: &Plan, context: &Context) -> Vec<Section> {
    let mut places: BTreeMap<(Option<&str>, Option<&str>), Vec<&Change>> = BTreeMap::new();
    for change in &plan.changes {
        let group = &change.group;
        places.entry((group.landing_zone.as_deref(), group.project.as_deref())).or_default().push(change);
    }
    let alike = match plan.changes.len() {
        _ if context.all => usize::MAX,
        many if many > LARGE => 2,
        _ => ALIKE,
    };
    places
        .into_iter()
        .map(|((zone, project), changes)| Section {
            title: title(zone, project),
            changes: changes.len(),
            lines: section(&changes, alike, context),
        })
        .collect()
}

fn title(zone: Option<&str>, project: Option<&str>) -> String {
    match (zone, project) {
        (None, None) => "organization-wide".to_owned(),
        (Some(zone), None) => format!("landing zone {}", clean(zone)),
        (None, Some(project)) => format!("project {}", clean(project)),
        (Some(zone), Some(project)) => format!("landing zone {}, project {}", clean(zone), clean(project)),
    }
}

/// Changes alike are those of one kind and action; those that lock out or cannot be undone are never summed up.
fn section(changes: &[&Change], alike: usize, context: &Context) -> Vec<Line> {
    let mut sorts: Vec<(_, Vec<&Change>)> = Vec::new();
    for change in changes {
        let sort = (&change.address.platform, &change.address.kind, change.action);
        match sorts.iter_mut().find(|(known, _)| *known == sort) {
            Some((_, list)) => list.push(change),
            None => sorts.push((sort, vec![change])),
        }
    }
    let mut lines = Vec::new();
    for (_, list) in sorts {
        let grave = |change: &&Change| change.risks.iter().any(|risk| *risk >= Risk::LocksOut);
        if list.len() <= alike {
            list.iter().for_each(|change| one(change, context, &mut lines));
            continue;
        }
        let (grave, rest): (Vec<&Change>, Vec<&Change>) = list.into_iter().partition(grave);
        grave.iter().for_each(|change| one(change, context, &mut lines));
        if rest.len() <= alike {
            rest.iter().for_each(|change| one(change, context, &mut lines));
        } else {
            many(&rest, &mut lines);
        }
    }
    lines
}

/// One change, whole.
fn one(change: &Change, context: &Context, lines: &mut Vec<Line>) {
    let title = attributes::is_unnamed(change).then(|| context.names.title(&change.address.kind, &change.address.name));
    let title = title.flatten().unwrap_or_else(|| change.address.name.clone());
    let mut text = format!("{:<3} {} {}", symbol(change.action), change.address.kind, clean(&title));
    if let Some(former) = &change.renamed_from {
        text.push_str(&format!(", renamed from {}", clean(&former.name)));
    }
    if let (Some(id), true) = (&change.id, change.action >= Action::Delete && change.id.as_ref() != Some(&title)) {
        text.push_str(&format!(" ({})", cut(&clean(id), 80)));
    }
    lines.push(Line::new(sign(change.action), 1, text));
    lines.extend(attributes::lines(change, context).into_iter().map(|line| Line { depth: line.depth + 4, ..line }));
    let done = context.done.get(&change.address).filter(|done| !done.is_empty());
    if let Some(done) = done {
        lines.push(Line::new(Sign::Risk, 4, format!("what was done: {}", risk_words(done))));
    }
    if !change.risks.is_empty() {
        let whose = if context.done.contains_key(&change.address) { "risk of putting it right" } else { "risk" };
        lines.push(Line::new(Sign::Risk, 4, format!("{whose}: {}", risk_words(&change.risks))));
    }
    if let Some(controls) = context.controls.get(&change.address) {
        lines.push(Line::new(Sign::Note, 4, format!("for the controls {}", some_of(controls, 12))));
    }
    lines.push(Line::new(Sign::Note, 4, because::sentence(change, context)));
}

/// Many changes alike, in a few lines.
fn many(changes: &[&Change], lines: &mut Vec<Line>) {
    let Some(first) = changes.first() else { return };
    let names: Vec<String> = changes.iter().map(|change| clean(&change.address.name)).collect();
    let text = format!(
        "{:<3} {} {}",
        symbol(first.action),
        thousands(changes.len()),
        plural(&first.address.kind, changes.len())
    );
    lines.push(Line::new(sign(first.action), 1, text));
    lines.push(Line::new(Sign::Plain, 4, some_of(&names, 5)));
    let owned: Vec<Change> = changes.iter().map(|change| (*change).clone()).collect();
    let risks: Vec<String> =
        super::risks(&owned).into_iter().rev().map(|(weight, number)| format!("{number} × {}", risk(weight))).collect();
    if !risks.is_empty() {
        lines.push(Line::new(Sign::Risk, 4, format!("risk: {}", risks.join(", "))));
    }
}

/// A kind's name, as many as there are.
fn plural(kind: &str, number: usize) -> String {
    // "accesses" is a word for the dictionary only.
    if kind.ends_with("access") {
        return kind.to_owned();
    }
    let counted = count(number, kind);
    counted.split_once(' ').map_or_else(|| kind.to_owned(), |(_, kind)| kind.to_owned())
}
