//! The evaluator of single rows: what a pipeline, an admission or an event asks. It also defines what the language means:
//! the columnar evaluator must come to the same truth for the same causes.

mod calendar;
mod facts;
mod functions;
mod number;
mod text;
pub(crate) mod time;

use std::{collections::BTreeMap, sync::Arc};

pub(crate) use facts::place_index;
pub use facts::{Facts, Place};
pub(crate) use functions::call;
use polity_model::facet::Reason;
pub(crate) use time::{duration, moment};

use crate::{
    check::Function,
    tree::{Fold, Kind, Loop, Node, Pattern, Root},
    value::{Causes, Key, Truth, Value, all, any},
};

/// Steps after which an evaluation is given up: no assertion that people write comes near.
pub(crate) const MOST_STEPS: u64 = 10_000_000;

/// Where facts come from: one row, or one row of many columns.
pub(crate) trait World {
    /// Whether this root is there.
    fn has_root(&self, root: Root) -> Truth;
    /// One field of a root that is there; may be absent or unknown.
    fn field(&self, root: Root, index: usize) -> Value;
    /// The moment of the reading.
    fn now(&self) -> Value;
}

/// A world without facts, for what is the same everywhere.
pub(crate) struct Nowhere;

impl World for Nowhere {
    fn has_root(&self, _: Root) -> Truth {
        Truth::False
    }

    fn field(&self, _: Root, _: usize) -> Value {
        Value::Absent
    }

    fn now(&self) -> Value {
        Value::Absent
    }
}

/// One evaluation.
pub(crate) struct Frame<'f> {
    world: &'f dyn World,
    text: &'f str,
    locals: Vec<Value>,
    steps: u64,
}

impl<'f> Frame<'f> {
    /// `text` is the assertion as written, for naming what has no value.
    pub(crate) fn new(world: &'f dyn World, text: &'f str, steps: u64) -> Self {
        Self { world, text, locals: Vec::new(), steps }
    }

    fn undefined(&self, node: &Node, what: impl Into<String>) -> Value {
        undefined(self.text, node, what)
    }

    pub(crate) fn eval(&mut self, node: &Node) -> Value {
        if self.steps == 0 {
            return self.undefined(node, "it takes too long");
        }
        self.steps -= 1;
        match &node.kind {
            Kind::Const(value) => value.clone(),
            Kind::Root(_) => self.undefined(node, "it is not a value by itself"),
            Kind::Now => self.world.now(),
            Kind::Param(name) => self.undefined(node, format!("the parameter `{name}` has no value")),
            Kind::Local(slot) => self.locals.get(*slot).cloned().unwrap_or(Value::Absent),
            Kind::Field { of, index } => match self.field(of, *index) {
                Value::Absent => self.undefined(node, ABSENT),
                value => value,
            },
            Kind::HasRoot(root) => self.world.has_root(*root).into(),
            Kind::HasField { of, index } => match self.field(of, *index) {
                Value::Absent => Value::Bool(false),
                Value::Unknown(causes) => Value::Unknown(causes),
                _ => Value::Bool(true),
            },
            Kind::HasKey { of, key } => match self.eval(of) {
                Value::Map(entries) => Value::Bool(entries.contains_key(&Key::Text(key.clone()))),
                unknown => unknown,
            },
            Kind::Index { of, index } => self.index(node, of, index),
            Kind::Not(of) => self.eval(of).truth().not().into(),
            Kind::And(parts) => all(parts.iter().map(|part| self.eval(part).truth())).into(),
            Kind::Or(parts) => any(parts.iter().map(|part| self.eval(part).truth())).into(),
            Kind::Choice(parts) => {
                let [condition, yes, no] = parts.as_ref();
                match self.eval(condition).truth() {
                    Truth::True => self.eval(yes),
                    Truth::False => self.eval(no),
                    Truth::Unknown(causes) => Value::Unknown(causes),
                }
            }
            Kind::Call(function, arguments) => self.call(node, *function, arguments),
            Kind::Matches { of, pattern } => match (self.eval(of), pattern) {
                (Value::Text(text), Pattern::Ready(regex)) => Value::Bool(regex.is_match(&text)),
                (Value::Unknown(causes), _) => Value::Unknown(causes),
                _ => self.undefined(node, "its pattern is not known"),
            },
            Kind::List(items) => match self.known(items) {
                Ok(items) => Value::list(items),
                Err(unknown) => unknown,
            },
            Kind::Map(entries) => self.map(node, entries),
            Kind::Loop(looped) => self.looped(node, looped),
            Kind::Let { slot, value, body } => {
                let value = self.eval(value);
                self.set(*slot, value);
                self.eval(body)
            }
        }
    }

    /// A field of a record as it is: absent, unknown or a value.
    fn field(&mut self, of: &Node, index: usize) -> Value {
        if let Kind::Root(root) = of.kind {
            return match self.world.has_root(root) {
                Truth::True => self.world.field(root, index),
                Truth::False => self.undefined(of, ABSENT),
                Truth::Unknown(causes) => Value::Unknown(causes),
            };
        }
        match self.eval(of) {
            Value::Record(fields) => fields.get(index).cloned().unwrap_or(Value::Absent),
            Value::Absent => self.undefined(of, ABSENT),
            unknown => unknown,
        }
    }

    fn index(&mut self, node: &Node, of: &Node, index: &Node) -> Value {
        let pair = match self.known([of, index]) {
            Ok(pair) => pair,
            Err(unknown) => return unknown,
        };
        let [of, index] = pair.as_slice() else { return Value::Absent };
        match (of, index) {
            (Value::List(items), Value::Int(_) | Value::Uint(_)) => {
                let place = match index {
                    Value::Int(place) => usize::try_from(*place).ok(),
                    Value::Uint(place) => usize::try_from(*place).ok(),
                    _ => None,
                };
                let item = place.and_then(|place| items.get(place)).cloned();
                item.unwrap_or_else(|| self.undefined(node, "there is no item at this place"))
            }
            (Value::Map(entries), Value::Double(number)) => {
                let found = entries.iter().find(|(key, _)| key.value().equal(&Value::Double(*number)) == Truth::True);
                found.map_or_else(|| self.undefined(node, NO_KEY), |(_, value)| value.clone())
            }
            (Value::Map(entries), key) => {
                let found = Key::of(key).and_then(|key| entries.get(&key)).cloned();
                found.unwrap_or_else(|| self.undefined(node, NO_KEY))
            }
            _ => self.undefined(node, NO_KEY),
        }
    }

    /// The values of all of these, or all that keeps them from being known.
    fn known<'n>(&mut self, nodes: impl IntoIterator<Item = &'n Node>) -> Result<Vec<Value>, Value> {
        let mut causes: Option<Causes> = None;
        let mut values = Vec::new();
        for node in nodes {
            match self.eval(node) {
                Value::Unknown(more) => causes = Some(causes.map_or(more.clone(), |known| known.and(&more))),
                value => values.push(value),
            }
        }
        causes.map_or(Ok(values), |causes| Err(Value::Unknown(causes)))
    }

    fn call(&mut self, node: &Node, function: Function, arguments: &[Node]) -> Value {
        let values = match self.known(arguments) {
            Ok(values) => values,
            Err(unknown) => return unknown,
        };
        call(function, &values).unwrap_or_else(|what| self.undefined(node, what))
    }

    fn map(&mut self, node: &Node, entries: &[(Node, Node)]) -> Value {
        let values = match self.known(entries.iter().flat_map(|(key, value)| [key, value])) {
            Ok(values) => values,
            Err(unknown) => return unknown,
        };
        let mut map = BTreeMap::new();
        for pair in values.chunks(2) {
            let [key, value] = pair else { continue };
            let Some(key) = Key::of(key) else { return self.undefined(node, NO_KEY) };
            if map.insert(key, value.clone()).is_some() {
                return self.undefined(node, "it has a key twice");
            }
        }
        Value::Map(Arc::new(map))
    }

    pub(crate) fn set(&mut self, slot: usize, value: Value) {
        if self.locals.len() <= slot {
            self.locals.resize(slot + 1, Value::Absent);
        }
        if let Some(place) = self.locals.get_mut(slot) {
            *place = value;
        }
    }

    fn looped(&mut self, node: &Node, looped: &Loop) -> Value {
        let range = self.eval(&looped.range);
        let entries: Vec<(Value, Option<Value>)> = match (&range, looped.second) {
            (Value::List(items), None) => items.iter().map(|item| (item.clone(), None)).collect(),
            (Value::List(items), Some(_)) => {
                (0_i64..).zip(items.iter()).map(|(index, item)| (Value::Int(index), Some(item.clone()))).collect()
            }
            (Value::Map(entries), _) => entries.iter().map(|(key, value)| (key.value(), Some(value.clone()))).collect(),
            _ => return range,
        };
        let mut entries = entries.into_iter();
        let bind = |frame: &mut Self, entry: (Value, Option<Value>)| {
            let first = entry.0.clone();
            frame.set(looped.first, entry.0);
            if let (Some(slot), Some(value)) = (looped.second, entry.1) {
                frame.set(slot, value);
            }
            first
        };
        let ask = |frame: &mut Self, entry| {
            bind(frame, entry);
            frame.eval(&looped.body).truth()
        };
        match looped.fold {
            Fold::All => all(entries.map(|entry| ask(self, entry))).into(),
            Fold::Exists => any(entries.map(|entry| ask(self, entry))).into(),
            Fold::ExistsOne => {
                let truths: Vec<Truth> = entries.map(|entry| ask(self, entry)).collect();
                if let Truth::Unknown(causes) = only_unknown(&truths) {
                    return Value::Unknown(causes);
                }
                Value::Bool(truths.iter().filter(|truth| **truth == Truth::True).count() == 1)
            }
            Fold::Filter | Fold::Map | Fold::MapValues => {
                let mut kept: Vec<(Value, Value)> = Vec::new();
                let mut causes: Vec<Truth> = Vec::new();
                for entry in entries.by_ref() {
                    let first = bind(self, entry);
                    let taken = if looped.fold == Fold::Filter { Some(&looped.body) } else { looped.filter.as_ref() };
                    match taken.map_or(Truth::True, |node| self.eval(node).truth()) {
                        Truth::True if looped.fold == Fold::Filter => kept.push((first.clone(), first)),
                        Truth::True => kept.push((first, self.eval(&looped.body))),
                        Truth::False => {}
                        unknown => causes.push(unknown),
                    }
                }
                if looped.fold != Fold::Filter {
                    causes.extend(kept.iter().filter_map(|(_, value)| match value {
                        Value::Unknown(causes) => Some(Truth::Unknown(causes.clone())),
                        _ => None,
                    }));
                }
                if let Truth::Unknown(causes) = only_unknown(&causes) {
                    return Value::Unknown(causes);
                }
                if looped.fold != Fold::MapValues {
                    return Value::list(kept.into_iter().map(|(_, value)| value).collect());
                }
                let entries: Option<BTreeMap<Key, Value>> =
                    kept.into_iter().map(|(key, value)| Some((Key::of(&key)?, value))).collect();
                entries.map_or_else(|| self.undefined(node, NO_KEY), |entries| Value::Map(Arc::new(entries)))
            }
        }
    }
}

pub(crate) const ABSENT: &str = "it is absent";
pub(crate) const NO_KEY: &str = "there is no such key";

/// The unknowns among these, if there are any.
fn only_unknown(truths: &[Truth]) -> Truth {
    all(truths.iter().filter(|truth| matches!(truth, Truth::Unknown(_))).cloned())
}

/// A part that has no value.
pub(crate) fn undefined(text: &str, node: &Node, what: impl Into<String>) -> Value {
    Value::Unknown(Causes::one(node.span.of(text), Reason::Undefined(what.into())))
}
