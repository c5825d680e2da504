//! Assertions that say nothing: always true, always false, or without a value. Found where that is cheap.

use std::{cmp::Ordering, collections::BTreeMap};

use super::Function;
use crate::{
    Mistake,
    eval::{self, Nowhere},
    fold::bind,
    tree::{Kind, Node},
    types::Type,
    value::Value,
};

/// What makes no sense in this condition.
pub(crate) fn sense(node: &Node, text: &str) -> Vec<Mistake> {
    let mut sense = Sense { text, mistakes: Vec::new() };
    sense.condition(node);
    sense.mistakes.sort_by(|a, b| (a.span, a.code).cmp(&(b.span, b.code)));
    sense.mistakes.dedup();
    sense.mistakes
}

/// Each part is compared with so many before it: more than people write, and few enough to be quick.
const MOST_COMPARED: usize = 100;

struct Sense<'s> {
    text: &'s str,
    mistakes: Vec<Mistake>,
}

impl Sense<'_> {
    fn always(&mut self, node: &Node, value: bool, why: &str) {
        let code = if value { "always-true" } else { "always-false" };
        let message = format!("`{}` is always {value}{why}", node.span.of(self.text));
        let help = "an assertion has to depend on the resource: remove this part, or correct it";
        self.mistakes.push(Mistake::error(code, node.span, message).help(help));
    }

    /// A condition: it should not be decided already.
    fn condition(&mut self, node: &Node) {
        if let Ok(folded) = bind(node.clone(), &BTreeMap::new(), self.text)
            && let Some(Value::Bool(value)) = folded.constant()
        {
            let value = *value;
            return self.always(node, value, "");
        }
        match &node.kind {
            Kind::And(parts) => self.chain(node, parts, true),
            Kind::Or(parts) => self.chain(node, parts, false),
            Kind::Not(of) => self.condition(of),
            Kind::Choice(parts) => {
                let [condition, yes, no] = parts.as_ref();
                self.condition(condition);
                self.part(yes);
                self.part(no);
            }
            _ => self.part(node),
        }
    }

    fn part(&mut self, node: &Node) {
        match &node.kind {
            Kind::And(_) | Kind::Or(_) | Kind::Not(_) | Kind::Choice(_) => return self.condition(node),
            Kind::Loop(looped) => {
                self.part(&looped.range);
                looped.filter.iter().for_each(|filter| self.condition(filter));
                return if looped.body.ty == Type::Bool {
                    self.condition(&looped.body)
                } else {
                    self.part(&looped.body)
                };
            }
            Kind::Call(function, arguments) => {
                if let [a, b] = arguments.as_slice()
                    && a == b
                    && a.ty != Type::Double
                    && a.constant().is_none()
                {
                    match function {
                        Function::Equal | Function::LessOrEqual | Function::GreaterOrEqual => {
                            return self.always(node, true, ": both sides are the same");
                        }
                        Function::NotEqual | Function::Less | Function::Greater => {
                            return self.always(node, false, ": both sides are the same");
                        }
                        _ => {}
                    }
                }
                self.value(node, arguments);
            }
            _ => {}
        }
        node.below(&mut |below| self.part(below));
    }

    /// A call whose arguments are all known has to have a value.
    fn value(&mut self, node: &Node, arguments: &[Node]) {
        if let Kind::Call(Function::Divide | Function::Remainder, _) = node.kind
            && let Some(Value::Int(0) | Value::Uint(0)) = arguments.get(1).and_then(Node::constant)
        {
            let message = format!("`{}` has no value: division by zero", node.span.of(self.text));
            return self.mistakes.push(Mistake::error("no-value", node.span, message));
        }
        if !arguments.iter().all(|argument| argument.constant().is_some()) {
            return;
        }
        if let Value::Unknown(causes) = eval::Frame::new(&Nowhere, self.text, 1000).eval(node)
            && let Some(cause) = causes.iter().next()
        {
            let message = format!("`{}` has no value: {}", node.span.of(self.text), cause.reason);
            self.mistakes.push(Mistake::error("no-value", node.span, message));
        }
    }

    fn chain(&mut self, node: &Node, parts: &[Node], and: bool) {
        let before = self.mistakes.len();
        for (index, part) in parts.iter().enumerate() {
            for earlier in parts.iter().take(index.min(MOST_COMPARED)) {
                if earlier == part {
                    let message = format!("`{}` stands here twice", part.span.of(self.text));
                    self.mistakes.push(Mistake::warning("repeated", part.span, message).help("remove one of them"));
                } else if opposite(earlier, part) || excludes(earlier, part, and) {
                    let both = node.span.of(self.text);
                    let why = format!(
                        ": `{}` and `{}` {}",
                        earlier.span.of(self.text),
                        part.span.of(self.text),
                        if and { "never hold together" } else { "leave nothing out" }
                    );
                    let whole = Node { span: earlier.span.to(part.span), ..node.clone() };
                    self.always(if both.len() > 200 { &whole } else { node }, !and, &why);
                    return;
                }
            }
        }
        if self.mistakes.iter().skip(before).all(|mistake| !mistake.is_error()) {
            parts.iter().for_each(|part| self.condition(part));
        }
    }
}

fn opposite(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Not(of), _) if **of == *b => true,
        (_, Kind::Not(of)) => **of == *a,
        (Kind::Call(Function::Equal, a), Kind::Call(Function::NotEqual, b))
        | (Kind::Call(Function::NotEqual, a), Kind::Call(Function::Equal, b)) => a == b,
        _ => false,
    }
}

/// A comparison of a part with a value that is known.
struct Bound<'n> {
    of: &'n Node,
    function: Function,
    value: &'n Value,
}

/// Whether two comparisons of one part exclude each other (`and`), or leave nothing out.
fn excludes(a: &Node, b: &Node, and: bool) -> bool {
    let (Some(a), Some(b)) = (bound(a), bound(b)) else { return false };
    if a.of != b.of || a.of.ty == Type::Double {
        return false;
    }
    let (one, other) = if and { (a.function, b.function) } else { (inverse(a.function), inverse(b.function)) };
    let Some(order) = a.value.order(b.value) else { return false };
    use Function as F;
    match (one, other) {
        (F::Equal, other) => !compares(order, other),
        (one, F::Equal) => !compares(order.reverse(), one),
        (F::Less, F::Greater | F::GreaterOrEqual) | (F::LessOrEqual, F::Greater) => order.is_le(),
        (F::LessOrEqual, F::GreaterOrEqual) => order.is_lt(),
        (F::Greater, F::Less | F::LessOrEqual) | (F::GreaterOrEqual, F::Less) => order.is_ge(),
        (F::GreaterOrEqual, F::LessOrEqual) => order.is_gt(),
        _ => false,
    }
}

fn bound(node: &Node) -> Option<Bound<'_>> {
    let Kind::Call(function, arguments) = &node.kind else { return None };
    let [left, right] = arguments.as_slice() else { return None };
    if !matches!(
        function,
        Function::Equal
            | Function::NotEqual
            | Function::Less
            | Function::LessOrEqual
            | Function::Greater
            | Function::GreaterOrEqual
    ) {
        return None;
    }
    match (left.constant(), right.constant()) {
        (None, Some(value)) => Some(Bound { of: left, function: *function, value }),
        (Some(value), None) => Some(Bound { of: right, function: turned(*function), value }),
        _ => None,
    }
}

/// The same comparison with its sides exchanged.
fn turned(function: Function) -> Function {
    match function {
        Function::Less => Function::Greater,
        Function::LessOrEqual => Function::GreaterOrEqual,
        Function::Greater => Function::Less,
        Function::GreaterOrEqual => Function::LessOrEqual,
        same => same,
    }
}

/// The comparison that holds where this one does not.
fn inverse(function: Function) -> Function {
    match function {
        Function::Equal => Function::NotEqual,
        Function::NotEqual => Function::Equal,
        Function::Less => Function::GreaterOrEqual,
        Function::LessOrEqual => Function::Greater,
        Function::Greater => Function::LessOrEqual,
        Function::GreaterOrEqual => Function::Less,
        same => same,
    }
}

fn compares(order: Ordering, function: Function) -> bool {
    match function {
        Function::Equal => order.is_eq(),
        Function::NotEqual => order.is_ne(),
        Function::Less => order.is_lt(),
        Function::LessOrEqual => order.is_le(),
        Function::Greater => order.is_gt(),
        Function::GreaterOrEqual => order.is_ge(),
        _ => true,
    }
}
