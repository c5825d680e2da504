//! Arithmetic, comparisons, membership.

use super::{Checker, Function};
use crate::{
    Mistake,
    syntax::{Expr, Operator, Span},
    tree::{Kind, Node},
    types::Type,
    value::Value,
    words::suggestion,
};

impl Checker<'_> {
    pub(super) fn negate(&mut self, of: &Expr, span: Span) -> Option<Node> {
        let of = self.expr(of)?;
        if !matches!(of.ty, Type::Int | Type::Double) {
            let message = format!("`-` takes a number, but `{}` is {}", self.words(of.span), of.ty.called());
            let mistake = Mistake::error("wrong-type", of.span, message);
            return self.wrong(if of.ty == Type::Bool {
                mistake.help("the opposite of a condition is written `!`")
            } else {
                mistake
            });
        }
        let ty = of.ty.clone();
        Some(Node::new(Kind::Call(Function::Negate, vec![of]), ty, span))
    }

    pub(super) fn binary(&mut self, operator: Operator, left: &Expr, right: &Expr, span: Span) -> Option<Node> {
        let (left, right) = (self.expr(left), self.expr(right));
        let (left, right) = (left?, right?);
        let (function, ty) = match operator {
            Operator::Add => (Function::Add, sum(&left.ty, &right.ty)),
            Operator::Subtract => (Function::Subtract, difference(&left.ty, &right.ty)),
            Operator::Multiply => (Function::Multiply, same_number(&left.ty, &right.ty)),
            Operator::Divide => (Function::Divide, same_number(&left.ty, &right.ty)),
            Operator::Remainder => {
                (Function::Remainder, same_number(&left.ty, &right.ty).filter(|ty| *ty != Type::Double))
            }
            Operator::Equal => (Function::Equal, self.comparable(&left, &right)?),
            Operator::NotEqual => (Function::NotEqual, self.comparable(&left, &right)?),
            Operator::Less => (Function::Less, ordered(&left.ty, &right.ty)),
            Operator::LessOrEqual => (Function::LessOrEqual, ordered(&left.ty, &right.ty)),
            Operator::Greater => (Function::Greater, ordered(&left.ty, &right.ty)),
            Operator::GreaterOrEqual => (Function::GreaterOrEqual, ordered(&left.ty, &right.ty)),
            Operator::In => (Function::In, self.member_of(&left, &right)?),
        };
        let Some(ty) = ty else {
            let sign = left_sign(operator);
            let message = format!(
                "`{sign}` does not go with {} and {}: `{}`",
                left.ty.called(),
                right.ty.called(),
                self.words(span)
            );
            let mistake = Mistake::error("wrong-type", span, message);
            let mixed = left.ty.is_number() && right.ty.is_number();
            return self.wrong(if mixed {
                mistake.help("make both numbers the same: `double(..)` or `int(..)` around one of them")
            } else if matches!((&left.ty, &right.ty), (Type::Timestamp, Type::Int) | (Type::Duration, Type::Int)) {
                mistake.help("a length of time is written `duration('90d')`")
            } else if matches!((&left.ty, &right.ty), (Type::Timestamp, Type::Text) | (Type::Text, Type::Timestamp)) {
                mistake.help("a moment is written `timestamp('2026-01-31T00:00:00Z')`")
            } else {
                mistake
            });
        };
        Some(Node::new(Kind::Call(function, vec![left, right]), ty, span))
    }

    /// Whether two parts can be equal at all; the inner answer is the type of the comparison.
    fn comparable(&mut self, left: &Node, right: &Node) -> Option<Option<Type>> {
        for (node, other) in [(left, right), (right, left)] {
            if node.ty == Type::Null && other.ty != Type::Null {
                let words = self.words(other.span);
                let mistake = Mistake::error("never-equal", node.span, format!("`{words}` is never null"));
                self.wrong(mistake.help(format!("ask whether it is there: `has({words})`")));
                return None;
            }
            self.word(&node.ty, other);
        }
        if left.ty.join(&right.ty).is_some() || left.ty.is_number() && right.ty.is_number() {
            return Some(Some(Type::Bool));
        }
        self.never_equal(left, right);
        None
    }

    fn never_equal(&mut self, left: &Node, right: &Node) {
        let (span, words) = (left.span.to(right.span), |node: &Node| node.span);
        let message = format!(
            "`{}` is {}, `{}` is {}: they are never equal",
            self.words(words(left)),
            left.ty.called(),
            self.words(words(right)),
            right.ty.called()
        );
        let mistake = Mistake::error("never-equal", span, message);
        let help = match (&left.ty, &right.ty) {
            (Type::List(_), ty) | (ty, Type::List(_)) if !matches!(ty, Type::List(_)) => {
                Some("ask whether a list has an item with `item in list`")
            }
            (Type::Bool, Type::Text) | (Type::Text, Type::Bool) => {
                Some("conditions are `true` and `false`, without quotes")
            }
            (Type::Timestamp, Type::Text) | (Type::Text, Type::Timestamp) => {
                Some("a moment is written `timestamp('2026-01-31T00:00:00Z')`")
            }
            (Type::Duration, Type::Text) | (Type::Text, Type::Duration) => {
                Some("a length of time is written `duration('90d')`")
            }
            (Type::Int, Type::Text) | (Type::Text, Type::Int) => Some("numbers stand without quotes"),
            _ => None,
        };
        self.wrong(match help {
            Some(help) => mistake.help(help),
            None => mistake,
        });
    }

    /// A field that holds one of a few words, compared with a text that is none of them.
    fn word(&mut self, ty: &Type, other: &Node) {
        let Type::Word(words) = ty else { return };
        let mut texts: Vec<&Node> = vec![other];
        if let Kind::List(items) = &other.kind {
            texts.extend(items);
        }
        for node in texts {
            if let Some(Value::Text(text)) = node.constant()
                && !words.contains(&&**text)
            {
                let mistake =
                    Mistake::error("unknown-word", node.span, format!("`{text}` is none of the words that stand here"));
                self.mistakes.push(mistake.help(suggestion(text, words.iter().copied(), "known here")));
            }
        }
    }

    fn member_of(&mut self, item: &Node, range: &Node) -> Option<Option<Type>> {
        let known = match &range.ty {
            Type::List(of) => of.as_ref(),
            Type::Map(key, _) => key.as_ref(),
            other => {
                let message =
                    format!("`in` asks a list or a map, but `{}` is {}", self.words(range.span), other.called());
                let mistake = Mistake::error("wrong-type", range.span, message);
                self.wrong(if other.is_text() {
                    mistake.help(format!(
                        "a text within a text is asked for with `{}.contains(..)`",
                        self.words(range.span)
                    ))
                } else {
                    mistake
                });
                return None;
            }
        };
        self.word(&item.ty, range);
        self.word(known, item);
        if item.ty.join(known).is_some() || item.ty.is_number() && known.is_number() {
            return Some(Some(Type::Bool));
        }
        let message = format!(
            "`{}` is {}, but `{}` is {}: it is never in there",
            self.words(item.span),
            item.ty.called(),
            self.words(range.span),
            range.ty.called()
        );
        self.wrong(Mistake::error("never-equal", item.span.to(range.span), message));
        None
    }
}

fn left_sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Remainder => "%",
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::In => "in",
    }
}

fn same_number(left: &Type, right: &Type) -> Option<Type> {
    (left == right && left.is_number()).then(|| left.clone())
}

fn sum(left: &Type, right: &Type) -> Option<Type> {
    match (left, right) {
        (Type::Timestamp, Type::Duration) | (Type::Duration, Type::Timestamp) => Some(Type::Timestamp),
        (Type::Duration, Type::Duration) => Some(Type::Duration),
        (Type::Bytes, Type::Bytes) => Some(Type::Bytes),
        (Type::List(_), Type::List(_)) => left.join(right),
        (left, right) if left.is_text() && right.is_text() => Some(Type::Text),
        _ => same_number(left, right),
    }
}

fn difference(left: &Type, right: &Type) -> Option<Type> {
    match (left, right) {
        (Type::Timestamp, Type::Timestamp) | (Type::Duration, Type::Duration) => Some(Type::Duration),
        (Type::Timestamp, Type::Duration) => Some(Type::Timestamp),
        _ => same_number(left, right),
    }
}

fn ordered(left: &Type, right: &Type) -> Option<Type> {
    let same = left.is_ordered() && left.join(right).is_some();
    (same || left.is_number() && right.is_number()).then_some(Type::Bool)
}
