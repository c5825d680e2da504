//! The words of `prevent: {aws: [...]}` in a control: a list of measures, each a mapping with one name.
//!
//! | measure | what it becomes |
//! |---|---|
//! | `scp: {deny: [...], resources: [...], when: {...}, unless: {...}}` | statements of service control policies |
//! | `rcp: {deny: [...], ...}` | statements of resource control policies |
//! | `tag_policy`, `declarative_ec2` and the like | a part of the document of that policy type |
//! | `setting: {name: value}` | a setting of every account |
//!
//! `deny` names actions, `not_actions` all but those; without `resources` or `not_resources` all resources are meant. `when` has to
//! hold and `unless` not, both as condition blocks of AWS.

use std::collections::BTreeSet;

use polity_controls::control::{Control, Prevent};
use polity_model::{
    Diagnostic, Origin,
    shape::Field,
    written::{Content, Entry, Written},
};

use super::{
    condition::{Condition, Family, Operator},
    fill::{Params, fill},
    settings,
    statement::{Effect, Layer, Matter, Pattern, Statement, document, size},
};
use crate::{kinds, limits, vocabulary::POLICY_TYPES};

/// Characters of what prevents in one control, above which nothing more is read of it.
const LARGEST: usize = 200_000;

/// Short words for policy types that are often needed; the others are written as for guardrails, with `_` for `-`.
const SHORT: &[(&str, &str)] = &[("tag_policy", "tag"), ("backup_policy", "backup")];

/// One thing that prevents.
#[derive(Clone, Debug)]
pub(crate) enum Measure {
    /// Statements of a policy; each denies.
    Deny(Layer, Vec<Statement>),
    /// A part of the document of another policy type, named as in the manifest.
    Document(&'static str, Written),
    /// A setting of accounts, by its name in the manifest.
    Setting(String, Written),
}

/// All that is wrong with what a control says about AWS, with parameters left open.
pub fn check(control: &Control) -> Vec<Diagnostic> {
    let Some(Prevent::Native(written)) = control.prevent.get(kinds::TYPE) else { return Vec::new() };
    let mut wrong = Vec::new();
    let filled = fill(written, &Params::Declared(&control.params), &mut wrong);
    read(&filled, &mut wrong);
    wrong.sort();
    wrong.dedup();
    wrong
}

/// Reads measures whose parameters have their values, or were left open.
pub(crate) fn read(written: &Written, wrong: &mut Vec<Diagnostic>) -> Vec<Measure> {
    let weight = weight(written);
    if weight > LARGEST {
        let message = format!("what prevents here has {weight} characters; {LARGEST} are the most that are read");
        wrong.push(
            Diagnostic::error("too-large", &written.origin, message)
                .help("AWS takes policies of 10,240 characters: write what is common to all with wildcards"),
        );
        return Vec::new();
    }
    let Content::List(items) = &written.content else {
        tell(
            wrong,
            "wrong-type",
            &written.origin,
            "what prevents on AWS is a list",
            "write `aws: [{scp: {deny: [...]}}]`",
        );
        return Vec::new();
    };
    items.iter().flat_map(|item| measures(item, wrong)).collect()
}

/// Characters of all texts and names.
fn weight(written: &Written) -> usize {
    match &written.content {
        Content::Text(text) | Content::Decimal(text) => text.len() + 1,
        Content::List(items) => items.iter().map(weight).sum(),
        Content::Map(entries) => entries.iter().map(|entry| entry.key.len() + weight(&entry.value)).sum(),
        _ => 1,
    }
}

fn measures(item: &Written, wrong: &mut Vec<Diagnostic>) -> Vec<Measure> {
    let Some([entry]) = item.entries() else {
        let help = "write one of them to an item: `- scp: {deny: [...]}`";
        tell(wrong, "wrong-type", &item.origin, "a measure is a mapping with one name", help);
        return Vec::new();
    };
    let layer = match entry.key.as_str() {
        "scp" => Layer::Principals,
        "rcp" => Layer::Resources,
        "setting" => return read_settings(entry, wrong),
        name => return read_document(name, entry, wrong).into_iter().collect(),
    };
    let statements = deny(layer, &entry.value, wrong).unwrap_or_default();
    fits(layer.kind(), size(&document(layer, &statements)), &entry.value.origin, wrong);
    vec![Measure::Deny(layer, statements)]
}

/// Says so where a measure alone is larger than AWS takes.
fn fits(kind: &str, size: u64, origin: &Origin, wrong: &mut Vec<Diagnostic>) {
    if let Some(most) = limits::policy_size(kind, "aws").filter(|most| size > *most) {
        let message =
            format!("this measure alone makes a document of {size} characters; AWS takes {most} of the type `{kind}`");
        tell(wrong, "too-large", origin, message, "write what is common with wildcards, or divide the control");
    }
}

fn read_settings(entry: &Entry, wrong: &mut Vec<Diagnostic>) -> Vec<Measure> {
    let Some(entries) = entry.value.entries() else {
        tell(wrong, "wrong-type", &entry.value.origin, "`setting` is a mapping", "write `setting: {name: value}`");
        return Vec::new();
    };
    let fields: Vec<Field> = settings::fields();
    let mut found = Vec::new();
    for setting in entries {
        let Some(field) = fields.iter().find(|field| field.name == setting.key) else {
            let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
            let message = format!("there is no setting `{}` of accounts", setting.key);
            tell(wrong, "unknown-setting", &setting.key_origin, message, format!("known here: {}", listed(&known)));
            continue;
        };
        settings::value(&field.shape, &setting.value, &setting.key, wrong);
        found.push(Measure::Setting(setting.key.clone(), setting.value.clone()));
    }
    found
}

fn read_document(name: &str, entry: &Entry, wrong: &mut Vec<Diagnostic>) -> Option<Measure> {
    let written = SHORT.iter().find(|(short, _)| *short == name).map_or(name, |(_, kind)| kind).replace('_', "-");
    let statements = Layer::ALL.map(Layer::kind);
    let Some(kind) = POLICY_TYPES.iter().find(|kind| **kind == written && !statements.contains(kind)) else {
        let mut known = vec!["scp", "rcp", "setting"];
        known.extend(SHORT.iter().map(|(short, _)| *short));
        let others: Vec<String> = POLICY_TYPES
            .iter()
            .filter(|kind| !statements.contains(kind) && SHORT.iter().all(|(_, short)| short != *kind))
            .map(|kind| kind.replace('-', "_"))
            .collect();
        known.extend(others.iter().map(String::as_str));
        let message = format!("there is no measure `{name}` on AWS");
        tell(wrong, "unknown-measure", &entry.key_origin, message, format!("known here: {}", listed(&known)));
        return None;
    };
    if entry.value.entries().is_none_or(<[Entry]>::is_empty) {
        let help = "write the document, as AWS defines it for this policy type";
        tell(wrong, "wrong-type", &entry.value.origin, format!("`{name}` is a document"), help);
        return None;
    }
    fits(kind, size(&entry.value.value()), &entry.value.origin, wrong);
    Some(Measure::Document(kind, entry.value.clone()))
}

const FIELDS: [&str; 6] = ["deny", "not_actions", "resources", "not_resources", "when", "unless"];

/// The statements of `scp` or `rcp`: one for each test of `unless`, since none of them may hold.
fn deny(layer: Layer, written: &Written, wrong: &mut Vec<Diagnostic>) -> Option<Vec<Statement>> {
    let Some(entries) = written.entries() else {
        tell(wrong, "wrong-type", &written.origin, "this measure is a mapping", "write `deny:` with a list of actions");
        return None;
    };
    for entry in entries.iter().filter(|entry| !FIELDS.contains(&entry.key.as_str())) {
        let message = format!("a measure has no field `{}`", entry.key);
        tell(wrong, "unknown-field", &entry.key_origin, message, format!("known here: {}", listed(&FIELDS)));
    }
    let actions = matter(written, ["deny", "not_actions"], action, wrong);
    if layer == Layer::Resources
        && let Some(entry) = written.get("not_actions")
    {
        let help = "AWS knows no `NotAction` in resource control policies: name the actions under `deny`";
        tell(wrong, "wrong-type", &entry.key_origin, "`rcp` names what it denies", help);
    }
    let Some(actions) = actions else {
        if written.get("deny").or(written.get("not_actions")).is_none() {
            let help = "write `deny:` with a list of actions, or `not_actions:` with those that stay free";
            tell(wrong, "missing-field", &written.origin, "a measure needs the field `deny`", help);
        }
        return None;
    };
    let resources = match written.get("resources").or(written.get("not_resources")) {
        Some(_) => matter(written, ["resources", "not_resources"], resource, wrong)?,
        None => Matter::all(),
    };
    let when = written.get("when").map_or(Some(Condition::default()), |entry| condition(&entry.value, wrong))?;
    let statement = Statement { effect: Effect::Deny, actions, resources, condition: when };
    let Some(entry) = written.get("unless") else { return Some(vec![statement]) };
    let unless = condition(&entry.value, wrong)?;
    let turned = match unless.turned() {
        Ok(turned) => turned,
        Err(clash) => {
            let message = format!("`{}` on `{}` cannot be turned around", clash.operator, clash.key);
            let help = "say it under `when` with the operator that means the opposite";
            tell(wrong, "no-opposite", &entry.value.origin, message, help);
            return None;
        }
    };
    let mut statements = Vec::new();
    for one in turned {
        let mut statement = statement.clone();
        for (operator, key, values) in one.tests() {
            if statement.condition.and(operator, key, values).is_err() {
                let message = format!("`unless` and `when` both speak of `{key}`, which one statement cannot say");
                tell(wrong, "clash", &entry.value.origin, message, "say it once, or as two measures");
                return None;
            }
        }
        statements.push(statement);
    }
    Some(statements)
}

type Read = fn(&str) -> Result<Pattern, &'static str>;

fn action(text: &str) -> Result<Pattern, &'static str> {
    let letters = |part: &str, more: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let good =
        text == "*" || text.split_once(':').is_some_and(|(service, name)| letters(service, "-") && letters(name, "*?"));
    if good || text.contains("${params.") {
        Ok(Pattern::action(text))
    } else {
        Err("no action, such as `s3:PutObject`")
    }
}

fn resource(text: &str) -> Result<Pattern, &'static str> {
    let good =
        text == "*" || (text.starts_with("arn:") && text.splitn(6, ':').count() == 6) || text.contains("${params.");
    if good {
        Ok(Pattern::resource(text))
    } else {
        Err("no resource: it is `*` or begins with `arn:` and has six parts")
    }
}

/// Patterns under one of two names: only these, or all but these.
fn matter(written: &Written, names: [&str; 2], read: Read, wrong: &mut Vec<Diagnostic>) -> Option<Matter> {
    let [only, except] = names.map(|name| written.get(name));
    if let (Some(_), Some(entry)) = (only, except) {
        let message = format!("`{}` and `{}` exclude each other", names[0], names[1]);
        tell(wrong, "clash", &entry.key_origin, message, "write one of them");
        return None;
    }
    let entry = only.or(except)?;
    let mut patterns = BTreeSet::new();
    let before = wrong.len();
    for (text, origin) in texts(&entry.value, &entry.key, wrong) {
        match read(&text) {
            Ok(pattern) => drop(patterns.insert(pattern)),
            Err(what) => {
                tell(wrong, "wrong-type", &origin, format!("`{text}` is {what}"), "look it up in AWS's reference")
            }
        }
    }
    if patterns.is_empty() && wrong.len() == before {
        let help = "write at least one, or leave the measure out";
        tell(wrong, "wrong-type", &entry.value.origin, format!("`{}` is empty", entry.key), help);
    }
    if patterns.is_empty() {
        return None;
    }
    Some(if only.is_some() { Matter::Only(patterns) } else { Matter::Except(patterns) })
}

/// A condition block as AWS writes it: values by key by operator.
fn condition(written: &Written, wrong: &mut Vec<Diagnostic>) -> Option<Condition> {
    let before = wrong.len();
    let shape = "write `{StringEquals: {\"aws:RequestedRegion\": [...]}}`";
    let Some(blocks) = written.entries().filter(|blocks| !blocks.is_empty()) else {
        tell(wrong, "wrong-type", &written.origin, "a condition is a mapping by operator", shape);
        return None;
    };
    let mut condition = Condition::default();
    for block in blocks {
        let Some(operator) = Operator::of(&block.key) else {
            let known: Vec<&str> = Operator::names().collect();
            let message = format!("there is no condition operator `{}`", block.key);
            let help = format!(
                "known: {}; with `ForAllValues:` or `ForAnyValue:` before and `IfExists` behind",
                listed(&known)
            );
            tell(wrong, "unknown-operator", &block.key_origin, message, help);
            continue;
        };
        let Some(keys) = block.value.entries().filter(|keys| !keys.is_empty()) else {
            tell(wrong, "wrong-type", &block.value.origin, format!("`{}` is a mapping by key", block.key), shape);
            continue;
        };
        for entry in keys {
            test(&mut condition, operator, entry, wrong);
        }
    }
    (wrong.len() == before).then_some(condition)
}

fn test(condition: &mut Condition, operator: Operator, entry: &Entry, wrong: &mut Vec<Diagnostic>) {
    if !entry.key.contains(':') {
        let message = format!("`{}` is no condition key", entry.key);
        tell(wrong, "wrong-type", &entry.key_origin, message, "a key has its service in front: `aws:PrincipalArn`");
        return;
    }
    let before = wrong.len();
    let texts = texts(&entry.value, &entry.key, wrong);
    for (text, origin) in &texts {
        if let Err(wanted) = is_value(operator.family, text) {
            let message = format!("`{text}` is {wanted}, which `{operator}` compares");
            tell(wrong, "wrong-type", origin, message, "correct the value, or take another operator");
        }
    }
    let values: BTreeSet<String> = texts.into_iter().map(|(text, _)| text).collect();
    if values.is_empty() && wrong.len() == before {
        tell(wrong, "wrong-type", &entry.value.origin, format!("`{}` has no values", entry.key), "write at least one");
    }
    if !values.is_empty() && condition.and(operator, &entry.key, &values).is_err() {
        let message = format!("`{operator}` speaks twice of `{}`", entry.key);
        tell(wrong, "clash", &entry.key_origin, message, "say it once");
    }
}

/// Whether a text can be compared by operators of this family; otherwise what it is not.
fn is_value(family: Family, text: &str) -> Result<(), &'static str> {
    if text.contains("${") {
        return Ok(());
    }
    let (good, wanted) = match family {
        Family::Bool | Family::Null => (["true", "false"].contains(&text), "neither `true` nor `false`"),
        Family::Number => (text.parse::<f64>().is_ok_and(f64::is_finite), "no number"),
        Family::Address => (super::values::network(text).is_some(), "no range of addresses such as `10.0.0.0/8`"),
        Family::Arn => (text == "*" || text.splitn(6, ':').count() == 6, "no ARN"),
        Family::Date => (super::values::moment(text).is_some(), "no date such as `2027-01-31T00:00:00Z`"),
        Family::Text | Family::TextNoCase | Family::Pattern | Family::Binary => (true, ""),
    };
    if good { Ok(()) } else { Err(wanted) }
}

/// One text or a list of them, each with its place.
fn texts(written: &Written, name: &str, wrong: &mut Vec<Diagnostic>) -> Vec<(String, Origin)> {
    let items = match &written.content {
        Content::List(items) => items.iter().collect(),
        _ => vec![written],
    };
    let mut texts = Vec::new();
    for item in items {
        let text = match &item.content {
            Content::Text(text) | Content::Decimal(text) => text.clone(),
            Content::Bool(value) => value.to_string(),
            Content::Int(number) => number.to_string(),
            _ => {
                tell(
                    wrong,
                    "wrong-type",
                    &item.origin,
                    format!("`{name}` is a list of texts"),
                    "write texts in it alone",
                );
                continue;
            }
        };
        texts.push((text, item.origin.clone()));
    }
    texts
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

pub(super) fn tell(
    wrong: &mut Vec<Diagnostic>,
    code: &str,
    origin: &Origin,
    message: impl Into<String>,
    help: impl Into<String>,
) {
    wrong.push(Diagnostic::error(code, origin, message).help(help));
}
