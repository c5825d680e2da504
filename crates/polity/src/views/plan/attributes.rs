//! The attributes of a change, line by line: scalars, lists, maps, and documents each in the way they read best.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    Map, Value,
    plan::{Action, Change, Difference},
    resource::MARK_ATTRIBUTE,
};

use super::{Context, Line, Sign, policy_document};
use crate::views::{clean, cut};

/// Longest value that is shown in a line, in characters.
const LONGEST: usize = 120;

/// Items of a list and keys of a map that are shown.
const MOST: usize = 20;

/// The lines of a change's attributes.
pub(super) fn lines(change: &Change, context: &Context) -> Vec<Line> {
    let view = View { context, creates: change.action == Action::Create };
    let mut lines = Vec::new();
    match change.action {
        Action::Delete if is_unnamed(change) => view.ended(&change.before, &mut lines),
        Action::Delete | Action::Forget => {}
        Action::Create if change.diff.is_empty() => {
            for (name, after) in &change.after {
                view.difference(name, &Value::Null, after, &mut lines);
            }
        }
        _ => {
            for Difference { attribute, before, after } in &change.diff {
                view.difference(attribute, before, after, &mut lines);
            }
        }
    }
    align(&mut lines);
    lines
}

/// Whether the manifest has no name for it: then only what it held tells what it is.
pub(super) fn is_unnamed(change: &Change) -> bool {
    change.id.as_deref() == Some(change.address.name.as_str())
}

/// Puts the values of neighbouring `name` TAB `value` lines into one column.
fn align(lines: &mut [Line]) {
    let width = |text: &str| text.split_once('\t').map(|(name, _)| name.chars().count());
    let widest = lines.iter().filter_map(|line| width(&line.text)).max().unwrap_or(0);
    for line in lines {
        if let Some((name, value)) = line.text.split_once('\t') {
            line.text = format!("{name:<widest$}  {value}");
        }
    }
}

struct View<'a> {
    context: &'a Context,
    creates: bool,
}

impl View<'_> {
    fn difference(&self, name: &str, before: &Value, after: &Value, lines: &mut Vec<Line>) {
        if before == after || (is_nothing(before) && is_nothing(after)) {
            return;
        }
        if name == MARK_ATTRIBUTE {
            let what = if is_nothing(after) { "taken off" } else { "written" };
            lines.push(Line::new(Sign::Change, 0, format!("our mark\t{what}")));
            return;
        }
        let documents = (document(before), document(after));
        match (before, after) {
            _ if documents.0.is_some() || documents.1.is_some() => {
                lines.push(Line::new(Sign::Plain, 0, clean(name)));
                let (before, after) = documents;
                let whole = self.context.all || !self.creates;
                lines.extend(policy_document::lines(before.as_ref(), after.as_ref(), whole));
            }
            (Value::Map(_), _) | (_, Value::Map(_)) => self.maps(name, before, after, lines),
            (Value::List(before), Value::List(after)) => self.lists(name, before, after, lines),
            (Value::Null, after) => lines.push(Line::new(Sign::Plain, 0, self.entry(name, after))),
            (before, after) => {
                let text = format!("{}\t{} -> {}", clean(name), self.short(before), self.short(after));
                lines.push(Line::new(Sign::Change, 0, text));
            }
        }
    }

    /// What something held that ends.
    fn ended(&self, before: &Map, lines: &mut Vec<Line>) {
        let simple = |value: &Value| !is_nothing(value) && !matches!(value, Value::Map(_) | Value::List(_));
        let simple = before.iter().filter(|(name, value)| simple(value) && !name.contains(':'));
        lines.extend(simple.take(MOST).map(|(name, value)| Line::new(Sign::Remove, 0, self.entry(name, value))));
    }

    fn entry(&self, name: &str, value: &Value) -> String {
        format!("{}\t{}", clean(name), self.short(value))
    }

    fn maps(&self, name: &str, before: &Value, after: &Value, lines: &mut Vec<Line>) {
        let empty = BTreeMap::new();
        let (before, after) = (before.as_map().unwrap_or(&empty), after.as_map().unwrap_or(&empty));
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let changed: Vec<&String> = keys.into_iter().filter(|key| before.get(*key) != after.get(*key)).collect();
        for key in changed.iter().take(MOST) {
            let name = format!("{name}.{key}");
            let (sign, text) = match (before.get(*key), after.get(*key)) {
                (Some(before), Some(after)) => {
                    (Sign::Change, format!("{}\t{} -> {}", clean(&name), self.short(before), self.short(after)))
                }
                (Some(before), None) => (Sign::Remove, self.entry(&name, before)),
                (None, Some(after)) if self.creates => (Sign::Plain, self.entry(&name, after)),
                (None, Some(after)) => (Sign::Add, self.entry(&name, after)),
                (None, None) => continue,
            };
            lines.push(Line::new(sign, 0, text));
        }
        rest(changed.len(), lines);
    }

    fn lists(&self, name: &str, before: &[Value], after: &[Value], lines: &mut Vec<Line>) {
        let removed: Vec<&Value> = before.iter().filter(|item| !after.contains(item)).collect();
        let added: Vec<&Value> = after.iter().filter(|item| !before.contains(item)).collect();
        if removed.is_empty() && added.is_empty() {
            let list = |items: &[Value]| self.short(&Value::List(items.to_vec()));
            let text = format!("{}\t{} -> {}", clean(name), list(before), list(after));
            lines.push(Line::new(Sign::Change, 0, text));
            return;
        }
        let total = removed.len() + added.len();
        let removed = removed.into_iter().map(|item| (Sign::Remove, item));
        let added = added.into_iter().map(|item| (Sign::Add, item));
        for (sign, item) in removed.chain(added).take(MOST) {
            lines.push(Line::new(sign, 0, self.entry(name, item)));
        }
        rest(total, lines);
    }

    /// A value in a few words.
    fn short(&self, value: &Value) -> String {
        match value {
            Value::Null => "none".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Int(number) => number.to_string(),
            Value::Decimal(digits) => clean(digits),
            Value::Text(text) if text.trim() != text || text.is_empty() => format!("\"{}\"", clean(text)),
            Value::Text(text) => match self.context.names.value(text) {
                Some(name) => format!("{} ({})", clean(name), clean(text)),
                None => cut(&clean(text), LONGEST),
            },
            Value::List(items) if items.is_empty() => "none".to_owned(),
            Value::List(items) => {
                cut(&items.iter().map(|item| self.short(item)).collect::<Vec<_>>().join(", "), LONGEST)
            }
            Value::Map(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(name, value)| format!("{}: {}", clean(name), self.short(value))).collect();
                cut(&format!("{{{}}}", entries.join(", ")), LONGEST)
            }
            Value::Reference(reference) if reference.attribute == "id" => {
                format!("{} {}", reference.address.kind, clean(&reference.address.name))
            }
            Value::Reference(reference) => {
                let address = &reference.address;
                format!("{} of {} {}", reference.attribute, address.kind, clean(&address.name))
            }
            Value::Secret(_) => "(secret)".to_owned(),
        }
    }
}

fn rest(total: usize, lines: &mut Vec<Line>) {
    if total > MOST {
        lines.push(Line::new(Sign::Note, 0, format!("and {} more", total - MOST)));
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        _ => false,
    }
}

/// The value as a document, if it is one: a map with structure within, or text that holds a JSON object.
fn document(value: &Value) -> Option<serde_json::Value> {
    match value {
        Value::Map(entries) if entries.values().any(|value| matches!(value, Value::Map(_) | Value::List(_))) => {
            Some(value.to_json())
        }
        Value::Text(text) if text.trim_start().starts_with('{') => {
            serde_json::from_str::<serde_json::Value>(text).ok().filter(serde_json::Value::is_object)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use polity_model::{Address, Secret};

    use super::*;
    use crate::views::{names::Names, plan::tests::change};

    fn show(pairs: &[(&str, Value, Value)]) -> String {
        let mut change = change(Action::Update, "role", "admin");
        change.diff = pairs
            .iter()
            .map(|(name, before, after)| Difference {
                attribute: (*name).to_owned(),
                before: before.clone(),
                after: after.clone(),
            })
            .collect();
        let names = Names::default().with("zone", "z-1", "prod");
        let lines = lines(&change, &Context { names, ..Context::default() });
        lines.iter().map(|line| format!("{:?} {}\n", line.sign, line.text)).collect()
    }

    fn map(pairs: &[(&str, &str)]) -> Value {
        Value::Map(pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::text(*value))).collect())
    }

    #[test]
    fn every_shape_of_value_reads_well() {
        let zone = Address::new("n", "zone", "prod");
        insta::assert_snapshot!(show(&[
            ("name", "old".into(), "new".into()),
            ("seconds", Value::Int(3600), Value::Null),
            ("parent", "z-1".into(), Value::id_of(zone.clone())),
            ("arn", Value::Null, Value::attribute_of(zone, "arn")),
            ("note", "".into(), " padded ".into()),
            (
                "tags",
                map(&[("env", "dev"), ("gone", "x"), ("same", "y")]),
                map(&[("env", "prod"), ("born", "z"), ("same", "y")])
            ),
            ("members", vec!["a", "b"].into(), vec!["b", "c"].into()),
            ("order", vec!["a", "b"].into(), vec!["b", "a"].into()),
            (MARK_ATTRIBUTE, Value::Null, "acme:n/role/admin".into()),
            ("nothing", Value::Null, Value::List(vec![])),
        ]));
    }

    #[test]
    fn a_secret_is_never_shown() {
        let text = show(&[("key", Value::Secret(Secret::new("hunter1")), Value::Secret(Secret::new("hunter2")))]);
        assert!(text.contains("(secret) -> (secret)"), "{text}");
        assert!(!text.contains("hunter"), "{text}");
    }

    #[test]
    fn long_things_are_cut() {
        let many: Vec<String> = (0..100).map(|number| format!("item-{number:03}")).collect();
        let text = show(&[("list", Value::List(vec![]), many.into()), ("text", "a".into(), "x".repeat(5_000).into())]);
        assert_eq!(text.lines().count(), MOST + 2);
        assert!(text.contains("and 80 more"));
        assert!(text.lines().all(|line| line.chars().count() < 160));
    }
}
