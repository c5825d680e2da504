//! What is written under `controls:`, as controls with parameters: names are looked up, and baselines taken apart.

use std::{collections::BTreeMap, sync::Arc};

use polity_model::{
    Diagnostic, Origin,
    organization::{Attached, Attachment, Correct, Enforce, Named},
    written::{Content, Entry, Written},
};

use crate::{
    Value,
    catalog::{Catalog, Included},
    control::Control,
    words::suggestion,
};

/// A control that one item of `controls:` attaches.
pub(super) struct Given {
    pub(super) control: Arc<Control>,
    /// Those that are written, and where.
    pub(super) params: BTreeMap<String, (Value, Origin)>,
    pub(super) enforce: Option<Enforce>,
    pub(super) correct: Option<Correct>,
    pub(super) origin: Origin,
    pub(super) baseline: Option<String>,
}

/// The controls of a place's own items, by name.
pub(super) fn given(
    attachments: &[Attachment],
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Vec<Given>> {
    let mut all: BTreeMap<String, Vec<Given>> = BTreeMap::new();
    for attachment in attachments {
        let given = match &attachment.what {
            Attached::Control(named) => control(attachment, named, catalog, diagnostics).into_iter().collect(),
            Attached::Baseline(named) => baseline(attachment, named, catalog, diagnostics),
        };
        for given in given {
            all.entry(given.control.name.clone()).or_default().push(given);
        }
    }
    all
}

fn control(
    attachment: &Attachment,
    named: &Named,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Given> {
    let Some(control) = catalog.controls.get(&named.name) else {
        diagnostics.push(unknown_control(named, catalog));
        return None;
    };
    let params = read(control, &attachment.params, diagnostics);
    let (enforce, correct, origin) = (attachment.enforce, attachment.correct, attachment.origin.clone());
    Some(Given { control: Arc::clone(control), params, enforce, correct, origin, baseline: None })
}

/// There is no such control: which one was meant?
pub(super) fn unknown_control(named: &Named, catalog: &Catalog) -> Diagnostic {
    let message = format!("there is no control `{}`", named.name);
    let help = if catalog.baselines.contains_key(&named.name) {
        format!("it is a baseline: write `{{baseline: {}}}`", named.name)
    } else {
        nearest(&named.name, catalog.controls.keys(), "`polity control list` shows all that there are")
    };
    Diagnostic::error("unknown-control", &named.origin, message).help(help)
}

/// The name that was most likely meant, and where to look if none was.
fn nearest<'n>(written: &str, known: impl Iterator<Item = &'n String> + Clone, otherwise: &str) -> String {
    let meant = crate::words::did_you_mean(written, known.map(String::as_str));
    meant.map_or_else(|| otherwise.to_owned(), |meant| format!("did you mean `{meant}`?"))
}

fn read(control: &Control, written: &Written, diagnostics: &mut Vec<Diagnostic>) -> BTreeMap<String, (Value, Origin)> {
    let (values, wrong) = control.written_params(written);
    diagnostics.extend(wrong);
    let at = |name: &str| written.get(name).map_or(&written.origin, |entry| &entry.value.origin).clone();
    values.into_iter().map(|(name, value)| (name.clone(), (value, at(&name)))).collect()
}

fn baseline(
    attachment: &Attachment,
    named: &Named,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Given> {
    if !catalog.baselines.contains_key(&named.name) {
        let message = format!("there is no baseline `{}`", named.name);
        let help = if catalog.controls.contains_key(&named.name) {
            format!("it is a control: write `{{control: {}}}`", named.name)
        } else {
            suggestion(&named.name, catalog.baselines.keys().map(String::as_str), "known here")
        };
        diagnostics.push(Diagnostic::error("unknown-baseline", &named.origin, message).help(help));
        return Vec::new();
    }
    let included = catalog.controls_of(&named.name);
    let beside = beside(attachment, &included, catalog, named, diagnostics);
    let mut given = Vec::new();
    for (name, included) in &included {
        let Some(control) = catalog.controls.get(name) else { continue };
        // The baseline's own parameters were judged with the catalog; what is written beside it stands over them.
        let mut params: BTreeMap<String, (Value, Origin)> = read(control, &included.params, &mut Vec::new())
            .into_iter()
            .map(|(name, (value, _))| (name, (value, attachment.origin.clone())))
            .collect();
        if let Some(written) = beside.get(name.as_str()) {
            params.extend(read(control, written, diagnostics));
        }
        given.push(Given {
            control: Arc::clone(control),
            params,
            enforce: attachment.enforce,
            correct: attachment.correct,
            origin: attachment.origin.clone(),
            baseline: Some(named.name.clone()),
        });
    }
    given
}

/// What is written beside a baseline, by the control that it is for: a parameter goes to all controls that have it, a mapping
/// under the name of a control to that one.
fn beside<'c>(
    attachment: &Attachment,
    included: &'c BTreeMap<String, Included>,
    catalog: &Catalog,
    named: &Named,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<&'c str, Written> {
    let mut entries: BTreeMap<&str, Vec<Entry>> = BTreeMap::new();
    let known =
        |name: &str, param: &str| catalog.controls.get(name).is_some_and(|control| control.params.contains_key(param));
    // What is written for one control alone comes last, and stands over what goes to several.
    let written = attachment.params.entries().unwrap_or_default();
    let (alone, several): (Vec<&Entry>, Vec<&Entry>) =
        written.iter().partition(|entry| included.contains_key(&entry.key));
    for entry in several {
        let mut found = false;
        for name in included.keys().filter(|name| known(name, &entry.key)) {
            entries.entry(name).or_default().push(entry.clone());
            found = true;
        }
        if !found {
            diagnostics.push(unknown_param(entry, included, catalog, named));
        }
    }
    for entry in alone {
        let Some((name, _)) = included.get_key_value(&entry.key) else { continue };
        match entry.value.entries() {
            Some(own) => {
                let all = entries.entry(name).or_default();
                all.retain(|known| own.iter().all(|entry| entry.key != known.key));
                all.extend(own.iter().cloned());
            }
            None => {
                let message = format!("what stands under `{name}` is a mapping of its parameters");
                let help = format!("for example `{name}: {{parameter: value}}`");
                diagnostics.push(Diagnostic::error("wrong-type", &entry.value.origin, message).help(help));
            }
        }
    }
    let written = |entries| Written { origin: attachment.origin.clone(), content: Content::Map(entries) };
    entries.into_iter().map(|(name, entries)| (name, written(entries))).collect()
}

fn unknown_param(entry: &Entry, included: &BTreeMap<String, Included>, catalog: &Catalog, named: &Named) -> Diagnostic {
    let controls = included.keys().filter_map(|name| catalog.controls.get(name));
    let known: std::collections::BTreeSet<&String> =
        controls.flat_map(|control| control.params.keys()).chain(included.keys()).collect();
    let message = if catalog.controls.contains_key(&entry.key) {
        format!("the control `{}` is not in the baseline `{}`", entry.key, named.name)
    } else {
        format!("no control of the baseline `{}` has a parameter `{}`", named.name, entry.key)
    };
    let help = nearest(&entry.key, known.iter().copied(), "`polity control list` shows what is in it");
    Diagnostic::error("unknown-param", &entry.key_origin, message).help(help)
}
