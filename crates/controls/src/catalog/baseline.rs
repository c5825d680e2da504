//! Baselines: named sets of controls with parameters. One may include others, and then tightens them, never weakens.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use polity_model::{
    Diagnostic, Origin,
    written::{Content, Written},
};

use super::Catalog;
use crate::{
    Value,
    control::{Control, Reader, is_name},
    words::{did_you_mean, suggestion},
};

/// The fields of a baseline document and what they are, in the order in which they are written.
pub const BASELINE: &[(&str, &str)] = &[
    ("kind", "`baseline`."),
    ("name", "Its name, unique among all baselines: kebab-case."),
    ("title", "A few words."),
    ("statement", "For whom it is: one sentence in plain words."),
    ("includes", "Names of other baselines, all of whose controls are in this one too."),
    ("controls", "Names of controls, or `{control: name, parameter: value}`."),
];

/// A named set of controls with parameters.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// Its name.
    pub name: String,
    /// A few words.
    pub title: String,
    /// For whom it is.
    pub statement: String,
    /// Names of the baselines that it includes, and where they are written.
    pub includes: Vec<(String, Origin)>,
    /// What it adds or tightens.
    pub controls: Vec<Included>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A control in a baseline.
#[derive(Clone, Debug)]
pub struct Included {
    /// Name of the control.
    pub control: String,
    /// The parameters that are written: a mapping by name.
    pub params: Written,
    /// Where it is written.
    pub origin: Origin,
}

impl Catalog {
    /// All controls of a baseline, those that it includes among them, by name: parameters that it writes stand over those that are
    /// included. Nothing if there is no such baseline.
    pub fn controls_of(&self, baseline: &str) -> BTreeMap<String, Included> {
        let mut found = BTreeMap::new();
        if let Some(baseline) = self.baselines.get(baseline) {
            gather(self, baseline, &mut BTreeSet::new(), &mut found);
        }
        found
    }
}

fn gather(catalog: &Catalog, baseline: &Baseline, seen: &mut BTreeSet<String>, found: &mut BTreeMap<String, Included>) {
    if !seen.insert(baseline.name.clone()) {
        return;
    }
    for included in baseline.includes.iter().filter_map(|(name, _)| catalog.baselines.get(name)) {
        gather(catalog, included, seen, found);
    }
    for included in &baseline.controls {
        let above = found.get(&included.control).map(|above| &above.params);
        let params = above.map_or_else(|| included.params.clone(), |above| over(above, &included.params));
        found.insert(included.control.clone(), Included { params, ..included.clone() });
    }
}

/// The entries of both mappings, those of the second where both have one.
fn over(above: &Written, below: &Written) -> Written {
    let mut entries = below.entries().unwrap_or_default().to_vec();
    entries.extend(above.entries().unwrap_or_default().iter().filter(|entry| below.get(&entry.key).is_none()).cloned());
    Written { origin: below.origin.clone(), content: Content::Map(entries) }
}

/// Reads one; nothing if it has no name, title or statement.
pub(super) fn read(reader: &mut Reader, written: &Written) -> Option<Baseline> {
    let fields: Vec<&str> = BASELINE.iter().map(|(name, _)| *name).collect();
    reader.record(written, "a baseline", &fields)?;
    let name = reader.needed(written, "a baseline", "name");
    if let (Some(name), Some(entry)) = (&name, written.get("name"))
        && !is_name(name)
    {
        let message = format!("`{name}` is no name of a baseline");
        reader.wrong("bad-name", &entry.value.origin, message, "use lower-case letters, digits and `-`: `standard`");
    }
    let title = reader.needed(written, "a baseline", "title");
    let statement = reader.needed(written, "a baseline", "statement");
    let mut includes = Vec::new();
    for item in written.get("includes").map(|entry| reader.several(&entry.value)).unwrap_or_default() {
        includes.extend(reader.text(item, "includes").map(|name| (name, item.origin.clone())));
    }
    let controls = controls(reader, written);
    if includes.is_empty() && controls.is_empty() {
        let help = "write `controls:` with names of controls, or `includes:` with names of baselines";
        reader.wrong("no-effect", &written.origin, "this baseline holds nothing", help);
    }
    let origin = written.origin.clone();
    Some(Baseline { name: name?, title: title?, statement: statement?, includes, controls, origin })
}

fn controls(reader: &mut Reader, written: &Written) -> Vec<Included> {
    let Some(entry) = written.get("controls") else { return Vec::new() };
    let Content::List(items) = &entry.value.content else {
        let help = "for example `controls: [storage-no-public-access, {control: log-retention, min_days: 365}]`";
        reader.wrong("wrong-type", &entry.value.origin, "`controls` is a list", help);
        return Vec::new();
    };
    let mut controls: Vec<Included> = Vec::new();
    for item in items {
        let Some(included) = included(reader, item) else { continue };
        if controls.iter().any(|known| known.control == included.control) {
            let message = format!("`{}` stands here twice", included.control);
            reader.wrong("repeated", &item.origin, message, "remove one of them");
            continue;
        }
        controls.push(included);
    }
    controls
}

/// `name`, or `{control: name, parameter: value}`.
fn included(reader: &mut Reader, item: &Written) -> Option<Included> {
    let (control, entries) = match item.entries() {
        None => (reader.text(item, "controls")?, Vec::new()),
        Some(entries) => {
            let control = reader.needed(item, "a control in a baseline", "control")?;
            (control, entries.iter().filter(|entry| entry.key != "control").cloned().collect())
        }
    };
    let params = Written { origin: item.origin.clone(), content: Content::Map(entries) };
    Some(Included { control, params, origin: item.origin.clone() })
}

/// Whether all that baselines name is there, their parameters fit, and none weakens what it includes.
pub(super) fn check(reader: &mut Reader, catalog: &Catalog, documents: &[Written]) {
    for baseline in catalog.baselines.values() {
        for (name, origin) in &baseline.includes {
            if !catalog.baselines.contains_key(name) {
                let help = suggestion(name, catalog.baselines.keys().map(String::as_str), "known here");
                reader.wrong("unknown-baseline", origin, format!("there is no baseline `{name}`"), help);
            }
        }
        cycle(reader, catalog, baseline);
        for included in &baseline.controls {
            check_control(reader, catalog, baseline, included, documents);
        }
    }
}

fn check_control(
    reader: &mut Reader,
    catalog: &Catalog,
    baseline: &Baseline,
    included: &Included,
    documents: &[Written],
) {
    let name = &included.control;
    let Some(control) = catalog.controls.get(name) else {
        // What is wrong with a control that is written somewhere has been said there.
        let is_it = |document: &&Written| document.get("name").and_then(|entry| entry.value.text()) == Some(name);
        if !documents.iter().any(|document| is_it(&document)) {
            let near = did_you_mean(name, catalog.controls.keys().map(String::as_str));
            let all = || "`polity control list` shows all that there are".to_owned();
            let help = near.map_or_else(all, |near| format!("did you mean `{near}`?"));
            reader.wrong("unknown-control", &included.origin, format!("there is no control `{name}`"), help);
        }
        return;
    };
    match control.params(&included.params) {
        Err(diagnostics) => reader.diagnostics.extend(diagnostics),
        Ok(below) => {
            for (parent, _) in &baseline.includes {
                if let Some(above) = catalog.controls_of(parent).get(name) {
                    weakens(reader, control, above, &below, included);
                }
            }
        }
    }
}

/// Whether what a baseline writes weakens what it includes.
fn weakens(
    reader: &mut Reader,
    control: &Arc<Control>,
    above: &Included,
    below: &BTreeMap<String, Value>,
    included: &Included,
) {
    let Ok(given) = control.params(&above.params) else { return };
    for (name, value) in below {
        let Some(param) = control.params.get(name) else { continue };
        let Some(outer) = given.get(name).or(param.default.as_ref()) else { continue };
        if param.tightens(outer, value) {
            continue;
        }
        let at = included.params.get(name).map_or(&included.origin, |entry| &entry.value.origin);
        let message = format!("`{name}` of `{}` is weaker than in the baseline that is included", control.name);
        let help = match param.stricter {
            Some(_) => "tighten it, or leave it out",
            None => "this parameter does not say which way is stricter, so it stays what it is: leave it out",
        };
        let diagnostic = Diagnostic::error("weakens", at, message).related(&above.origin, "included from here");
        reader.diagnostics.push(diagnostic.help(help));
    }
}

/// Whether a baseline includes itself; told once for each circle, at the name that comes first.
fn cycle(reader: &mut Reader, catalog: &Catalog, baseline: &Baseline) {
    let mut path = vec![baseline.name.clone()];
    if let Some(origin) = back_to(catalog, baseline, &mut path)
        && path.iter().min() == Some(&baseline.name)
    {
        let way = path.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" includes ");
        let message = format!("{way} includes `{}`", baseline.name);
        reader.wrong("cycle", &origin, message, "remove one of these");
    }
}

/// The place at which a way leads back to its beginning.
fn back_to(catalog: &Catalog, baseline: &Baseline, path: &mut Vec<String>) -> Option<Origin> {
    for (name, origin) in &baseline.includes {
        if path.first() == Some(name) {
            return Some(origin.clone());
        }
        if path.contains(name) {
            continue;
        }
        let Some(next) = catalog.baselines.get(name) else { continue };
        path.push(name.clone());
        if let Some(origin) = back_to(catalog, next, path) {
            return Some(origin);
        }
        path.pop();
    }
    None
}
