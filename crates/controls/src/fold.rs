//! Parameters get their values, and what is the same for all resources is worked out once.

use std::{collections::BTreeMap, convert::Infallible};

use regex::RegexBuilder;

use crate::{
    Mistake,
    eval::{Frame, Nowhere},
    tree::{Kind, Node, Pattern},
    types::Type,
    value::Value,
};

/// Steps that are spent on a part that is the same for all resources; beyond that it stays as it is.
const STEPS: u64 = 10_000;

/// The tree with these parameters. A pattern that is none is the one thing that can be wrong now.
pub(crate) fn bind(node: Node, params: &BTreeMap<String, Value>, text: &str) -> Result<Node, Mistake> {
    let node = node.map(&mut |part| bind(part, params, text))?;
    match node.kind {
        Kind::Param(ref name) => match params.get(name) {
            Some(value) => Ok(Node { kind: Kind::Const(value.clone()), ..node }),
            None => Ok(node),
        },
        Kind::Matches { of, pattern: Pattern::Open(pattern) } => {
            let pattern = match pattern.constant() {
                Some(Value::Text(written)) => Pattern::Ready(compile(written, &pattern)?),
                _ => Pattern::Open(pattern),
            };
            Ok(simplify(Node { kind: Kind::Matches { of, pattern }, ..node }, text))
        }
        _ => Ok(simplify(node, text)),
    }
}

fn compile(written: &str, node: &Node) -> Result<regex::Regex, Mistake> {
    RegexBuilder::new(written).size_limit(1 << 20).build().map_err(|error| {
        let reason = match error {
            regex::Error::CompiledTooBig(_) => "it is too great".to_owned(),
            regex::Error::Syntax(text) => {
                text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned()
            }
            other => other.to_string(),
        };
        Mistake::error("bad-pattern", node.span, format!("`{written}` is no pattern: {reason}"))
            .help("patterns are those of RE2: no look-around and no back-references")
    })
}

/// One node whose parts are simple already.
fn simplify(node: Node, text: &str) -> Node {
    let Node { kind, ty, span } = node;
    let made = |kind| Node { kind, ty: ty.clone(), span };
    match kind {
        Kind::And(parts) => chain(parts, true, made),
        Kind::Or(parts) => chain(parts, false, made),
        Kind::Not(of) => match of.kind {
            Kind::Const(Value::Bool(value)) => made(Kind::Const(Value::Bool(!value))),
            Kind::Not(inner) => *inner,
            _ => made(Kind::Not(of)),
        },
        Kind::Choice(parts) => {
            let [condition, yes, no] = *parts;
            match condition.constant() {
                Some(Value::Bool(true)) => yes,
                Some(Value::Bool(false)) => no,
                _ => made(Kind::Choice(Box::new([condition, yes, no]))),
            }
        }
        kind => evaluated(made(kind), text),
    }
}

fn chain(parts: Vec<Node>, and: bool, made: impl Fn(Kind) -> Node) -> Node {
    let mut kept: Vec<Node> = Vec::new();
    for part in parts {
        match part.kind {
            Kind::Const(Value::Bool(value)) if value == and => {}
            // One such part decides it, whatever is not known of the others.
            Kind::Const(Value::Bool(_)) => return made(Kind::Const(Value::Bool(!and))),
            Kind::And(inner) if and => kept.extend(inner),
            Kind::Or(inner) if !and => kept.extend(inner),
            _ => kept.push(part),
        }
    }
    match kept.len() {
        0 => made(Kind::Const(Value::Bool(and))),
        1 => kept.pop().unwrap_or_else(|| made(Kind::Const(Value::Bool(and)))),
        _ => made(if and { Kind::And(kept) } else { Kind::Or(kept) }),
    }
}

/// The value of a part that is the same for all resources, where it has one.
fn evaluated(node: Node, text: &str) -> Node {
    let leaf = matches!(
        node.kind,
        Kind::Const(_) | Kind::Root(_) | Kind::HasRoot(_) | Kind::Now | Kind::Param(_) | Kind::Local(_)
    );
    if leaf || !is_closed(&node, &mut Vec::new()) {
        return node;
    }
    match Frame::new(&Nowhere, text, STEPS).eval(&node) {
        Value::Unknown(_) => node,
        value => Node { kind: Kind::Const(value), ..node },
    }
}

/// Whether a part speaks of nothing but itself. Only macros and bindings have parts that do not.
fn is_closed(node: &Node, bound: &mut Vec<usize>) -> bool {
    match &node.kind {
        Kind::Const(_) => return true,
        Kind::Root(_) | Kind::HasRoot(_) | Kind::Now | Kind::Param(_) => return false,
        Kind::Local(slot) => return bound.contains(slot),
        Kind::Loop(looped) => bound.extend([looped.first].into_iter().chain(looped.second)),
        Kind::Let { slot, .. } => bound.push(*slot),
        _ => {}
    }
    // A part that is not simple by now has no value, unless a variable kept it from being simple.
    let mut closed = true;
    node.below(&mut |part| closed = closed && is_closed(part, bound));
    closed
}

/// The tree with one variable replaced by a value: a macro over a list that is known beforehand, written out.
pub(crate) fn with_local(node: &Node, slot: usize, value: &Value, ty: &Type, text: &str) -> Node {
    fn replace(node: Node, slot: usize, value: &Value, ty: &Type, text: &str) -> Result<Node, Infallible> {
        if matches!(node.kind, Kind::Local(known) if known == slot) {
            return Ok(Node { kind: Kind::Const(value.clone()), ty: ty.clone(), ..node });
        }
        Ok(simplify(node.map(&mut |part| replace(part, slot, value, ty, text))?, text))
    }
    match replace(node.clone(), slot, value, ty, text) {
        Ok(node) => node,
    }
}
