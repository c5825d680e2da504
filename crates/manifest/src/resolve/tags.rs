//! Tags flow from units to projects to tenants, and must satisfy the organization's rules.

use std::collections::{BTreeMap, HashMap};

use polity_model::{
    Diagnostic,
    organization::{LifeState, Organization},
};
use regex::Regex;

use crate::{
    check::{did_you_mean, quoted_list},
    syntax::Draft,
};

pub(super) fn inherit(draft: &mut Draft, diagnostics: &mut Vec<Diagnostic>) {
    values(draft, diagnostics);
    merge(&mut draft.organization);
    required(draft, diagnostics);
}

/// Every value that is written, against the rule of its tag.
fn values(draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    let rules = &draft.organization.tag_rules;
    let patterns: HashMap<&str, Regex> = rules
        .iter()
        .filter_map(|(name, rule)| Some((name.as_str(), Regex::new(rule.pattern.as_deref()?).ok()?)))
        .collect();
    for (name, value, origin) in &draft.tags {
        let Some(rule) = rules.get(name) else {
            if let Some(meant) = did_you_mean(name, rules.keys().map(String::as_str)) {
                let message = format!("there is no rule for the tag `{name}`, but one for `{meant}`");
                diagnostics
                    .push(Diagnostic::warning("unknown-tag", origin, message).help(format!("did you mean `{meant}`?")));
            }
            continue;
        };
        if let Some(pattern) = patterns.get(name.as_str())
            && !pattern.is_match(value)
        {
            let message = format!("the tag `{name}` cannot be `{value}`: it must match `{}`", pattern.as_str());
            diagnostics.push(
                Diagnostic::error("tag-value", origin, message)
                    .related(&rule.origin, "the rule")
                    .help("correct the value, or the rule in the organization"),
            );
        }
        if !rule.values.is_empty() && !rule.values.contains(value) {
            let help = match did_you_mean(value, rule.values.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("write {}", quoted_list(rule.values.iter().map(String::as_str))),
            };
            let message = format!("the tag `{name}` cannot be `{value}`");
            diagnostics
                .push(Diagnostic::error("tag-value", origin, message).related(&rule.origin, "the rule").help(help));
        }
    }
}

fn merge(organization: &mut Organization) {
    let mut inherited: HashMap<String, BTreeMap<String, String>> = HashMap::new();
    for project in organization.projects.values() {
        if !inherited.contains_key(&project.unit.name) {
            let mut tags = BTreeMap::new();
            for unit in organization.unit_chain(&project.unit.name) {
                for (name, value) in &unit.tags {
                    tags.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
            inherited.insert(project.unit.name.clone(), tags);
        }
    }
    for project in organization.projects.values_mut() {
        add(&mut project.tags, inherited.get(&project.unit.name));
        for name in &project.tenants {
            if let Some(tenant) = organization.tenants.get_mut(name) {
                add(&mut tenant.tags, Some(&project.tags));
            }
        }
    }
}

fn add(tags: &mut BTreeMap<String, String>, above: Option<&BTreeMap<String, String>>) {
    for (name, value) in above.into_iter().flatten() {
        if !tags.contains_key(name) {
            tags.insert(name.clone(), value.clone());
        }
    }
}

/// Once per project where all of its tenants lack a tag, else once per tenant.
fn required(draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    let organization = &draft.organization;
    for (tag, rule) in organization.tag_rules.iter().filter(|(_, rule)| rule.required) {
        for project in organization.projects.values() {
            let living = || {
                project
                    .tenants
                    .iter()
                    .filter_map(|name| organization.tenants.get(name))
                    .filter(|tenant| !matches!(tenant.state, LifeState::Retired { .. }))
            };
            let lacking = living().filter(|tenant| !tenant.tags.contains_key(tag));
            let report = |origin, message| {
                Diagnostic::error("missing-tag", origin, message)
                    .related(&rule.origin, "required here")
                    .help(format!("write `tags: {{{tag}: ...}}` there, on the project or on its unit"))
            };
            if lacking.clone().count() == living().count() && living().count() > 0 {
                let message = format!("the project `{}` lacks the tag `{tag}`", project.name);
                diagnostics.push(report(&project.origin, message));
            } else {
                diagnostics.extend(lacking.map(|tenant| {
                    report(&tenant.origin, format!("the tenant `{}` lacks the tag `{tag}`", tenant.name))
                }));
            }
        }
    }
}
