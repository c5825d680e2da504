//! Controls in lines: all that there are, those of a baseline, or those that hold at a place.

use std::{collections::BTreeMap, sync::Arc};

use polity_controls::{
    catalog::{Catalog, Included},
    control::Control,
    rules::{Rule, Rules},
};
use polity_model::organization::{Correct, Enforce, Place};
use serde_json::{Value, json};

use super::{VERSION, domain, facets, is_own, params, severity, stage};
use crate::{
    terminal::{BOLD, CYAN, DIM, GREEN, YELLOW, paint},
    views::{clean, count},
};

/// How often each control is attached, over all places at which it begins or is tightened.
pub(crate) fn attached(rules: &Rules) -> BTreeMap<String, usize> {
    let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for rule in rules.places().flat_map(|(_, rules)| rules) {
        for source in &rule.attached {
            sources.entry(rule.control.name.clone()).or_default().push(source.origin.to_string());
        }
    }
    let once = |mut origins: Vec<String>| {
        origins.sort();
        origins.dedup();
        origins.len()
    };
    sources.into_iter().map(|(name, origins)| (name, once(origins))).collect()
}

/// All controls, by what they are about.
pub(crate) fn all(catalog: &Catalog, rules: &Rules) -> String {
    let attached = attached(rules);
    let mut domains: BTreeMap<&str, Vec<&Arc<Control>>> = BTreeMap::new();
    for control in catalog.controls.values() {
        domains.entry(domain(control)).or_default().push(control);
    }
    let widest = catalog.controls.keys().map(String::len).max().unwrap_or_default();
    let mut text = String::new();
    for (domain, controls) in domains {
        text.push_str(&format!("{}\n", paint(BOLD, domain)));
        for control in controls {
            let times = attached.get(&control.name).copied().unwrap_or_default();
            let mark = if times > 0 { paint(GREEN, "*") } else { " ".to_owned() };
            text.push_str(&format!(
                "{mark} {:<widest$}  {:<8}  {}\n",
                control.name,
                severity(control.severity),
                paint(DIM, clean(&control.title))
            ));
        }
        text.push('\n');
    }
    for baseline in catalog.baselines.values() {
        let controls = count(catalog.controls_of(&baseline.name).len(), "control");
        let title = paint(DIM, clean(&baseline.title));
        text.push_str(&format!("{} {}: {controls}  {title}\n", paint(BOLD, "baseline"), baseline.name));
    }
    let holding = if attached.is_empty() {
        "none of them attached here".to_owned()
    } else {
        format!("{} of them attached here {}", attached.len(), paint(GREEN, "*"))
    };
    text.push_str(&format!("\n{}, {holding}\n", count(catalog.controls.len(), "control")));
    text
}

/// The controls of a baseline, with what it says of their parameters.
pub(crate) fn baseline(catalog: &Catalog, included: &BTreeMap<String, Included>) -> String {
    let widest = included.keys().map(String::len).max().unwrap_or_default();
    let mut text = String::new();
    for (name, included) in included {
        let Some(control) = catalog.controls.get(name) else { continue };
        let written = params(&control.written_params(&included.params).0);
        let detail = if written.is_empty() { paint(DIM, clean(&control.title)) } else { written };
        text.push_str(&format!("{name:<widest$}  {:<8}  {detail}\n", severity(control.severity)));
    }
    text.push_str(&format!("\n{}\n", count(included.len(), "control")));
    text
}

/// What holds at a place.
pub(crate) fn at(place: &Place, rules: &[Rule]) -> String {
    let number = |enforce| rules.iter().filter(|rule| rule.enforce == enforce).count();
    let mut text = format!(
        "{}: {} enforced, {} audited, {} off\n\n",
        paint(BOLD, clean(&place.to_string())),
        number(Enforce::Enforce),
        number(Enforce::Audit),
        number(Enforce::Off)
    );
    let widest = rules.iter().map(|rule| rule.control.name.len()).max().unwrap_or_default();
    for rule in rules {
        let style = match rule.enforce {
            Enforce::Enforce => GREEN,
            Enforce::Audit => YELLOW,
            Enforce::Off => DIM,
        };
        let by = paint(DIM, clean(&format!("by {}, {}", rule.place, rule.origin)));
        let enforce = paint(style, format!("{:<7}", rule.enforce.word()));
        text.push_str(&format!("{:<widest$}  {enforce}  {by}\n", rule.control.name));
        let mut written = params(&rule.params);
        // What is so unless written goes without saying.
        if rule.correct != Correct::default() {
            let between = if written.is_empty() { "" } else { ", " };
            written = format!("{written}{between}correct: {}", rule.correct.word());
        }
        if !written.is_empty() {
            text.push_str(&format!("{:widest$}           {}\n", "", clean(&written)));
        }
        for exemption in &rule.exemptions {
            let name = paint(CYAN, format!("exempt: {}", exemption.name));
            let rest = clean(&format!("until {} ({}): {}", exemption.until, exemption.owner.name, exemption.reason));
            text.push_str(&format!("{:widest$}           {name} {rest}\n", ""));
        }
    }
    text
}

/// One control for a machine, in short.
fn short(control: &Control) -> serde_json::Map<String, Value> {
    let value = json!({
        "name": control.name,
        "title": control.title,
        "severity": severity(control.severity),
        "stage": stage(control.stage),
        "domain": domain(control),
        "own": is_own(control),
        "facets": facets(control),
    });
    if let Value::Object(entries) = value { entries } else { serde_json::Map::new() }
}

/// All controls for a machine.
pub(crate) fn all_json(catalog: &Catalog, rules: &Rules) -> Value {
    let attached = attached(rules);
    let controls = catalog.controls.values().map(|control| {
        let mut entries = short(control);
        entries.insert("attached".to_owned(), json!(attached.get(&control.name).copied().unwrap_or_default()));
        Value::Object(entries)
    });
    let baselines = catalog.baselines.values().map(|baseline| {
        let controls: Vec<String> = catalog.controls_of(&baseline.name).into_keys().collect();
        json!({"name": baseline.name, "title": baseline.title, "controls": controls})
    });
    json!({
        "version": VERSION,
        "controls": controls.collect::<Vec<_>>(),
        "baselines": baselines.collect::<Vec<_>>(),
    })
}

/// The controls of a baseline for a machine.
pub(crate) fn baseline_json(catalog: &Catalog, name: &str, included: &BTreeMap<String, Included>) -> Value {
    let controls = included.iter().filter_map(|(name, included)| {
        let control = catalog.controls.get(name)?;
        let mut entries = short(control);
        entries.insert("params".to_owned(), included.params.value().to_json());
        Some(Value::Object(entries))
    });
    json!({"version": VERSION, "baseline": name, "controls": controls.collect::<Vec<_>>()})
}

/// What holds at a place, for a machine. Origins are `file:line`.
pub(crate) fn at_json(place: &Place, rules: &[Rule]) -> Value {
    let rules = rules.iter().map(|rule| {
        let mut entries = short(&rule.control);
        entries.extend(rule_json(rule));
        Value::Object(entries)
    });
    json!({"version": VERSION, "place": place, "rules": rules.collect::<Vec<_>>()})
}

/// How a rule holds.
pub(super) fn rule_json(rule: &Rule) -> serde_json::Map<String, Value> {
    let params: serde_json::Map<String, Value> =
        rule.params.iter().map(|(name, value)| (name.clone(), value.to_native().to_json())).collect();
    let attached: Vec<Value> = rule
        .attached
        .iter()
        .map(|source| json!({"place": source.place, "origin": source.origin.to_string(), "baseline": source.baseline}))
        .collect();
    let value = json!({
        "enforce": rule.enforce,
        "correct": rule.correct,
        "params": params,
        "by": rule.place,
        "origin": rule.origin.to_string(),
        "attached": attached,
        "exemptions": rule.exemptions.iter().map(|exemption| exemption.name.as_str()).collect::<Vec<_>>(),
    });
    if let Value::Object(entries) = value { entries } else { serde_json::Map::new() }
}
