//! Comparisons, arithmetic, and questions about texts.

use super::{Compiled, Compiler, Lanes, NoWay, Operand, ROWS, is_simple};
use crate::{
    batch::{
        arithmetic,
        program::{Code, Other, Scalar, TextTest},
    },
    check::Function,
    tree::{Kind, Node},
    types::Type,
    value::Value,
};

impl Compiler {
    pub(super) fn operand(&mut self, node: &Node) -> Compiled<Operand> {
        match &node.kind {
            Kind::Const(value) => Ok(Operand::Const(value.clone())),
            Kind::Now => Ok(Operand::Lanes(self.lanes(ROWS, Code::Now))),
            Kind::Call(Function::Size, arguments) => match arguments.as_slice() {
                [of] if matches!(of.ty, Type::List(_) | Type::Map(..)) => {
                    let source = self.source(of)?;
                    let read = self.read(&source, of);
                    Ok(Operand::Lanes(self.lanes(source.domain, Code::Size(read))))
                }
                _ => Err(NoWay),
            },
            Kind::Call(function, arguments) => match arguments.as_slice() {
                [left, right] => self.arithmetic(node, *function, left, right),
                _ => Err(NoWay),
            },
            _ if node.ty == Type::Bool => self.condition(node).map(Operand::Lanes),
            _ => self.load(node).map(Operand::Lanes),
        }
    }

    pub(super) fn arithmetic(&mut self, node: &Node, how: Function, left: &Node, right: &Node) -> Compiled<Operand> {
        let possible = match &node.ty {
            Type::Int => matches!(
                how,
                Function::Add | Function::Subtract | Function::Multiply | Function::Divide | Function::Remainder
            ),
            Type::Double => matches!(how, Function::Add | Function::Subtract | Function::Multiply | Function::Divide),
            Type::Timestamp | Type::Duration => matches!(how, Function::Add | Function::Subtract),
            _ => false,
        };
        if !possible {
            return Err(NoWay);
        }
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        let (left, right, domain) = match (left, right) {
            (Operand::Lanes(left), Operand::Lanes(right)) => {
                let (left, right, domain) = self.level(left, right)?;
                (Other::Reg(left), Other::Reg(right), domain)
            }
            (Operand::Lanes(left), Operand::Const(right)) => {
                (Other::Reg(left.reg), Other::Const(scalar(&right)?), left.domain)
            }
            (Operand::Const(left), Operand::Lanes(right)) => {
                (Other::Const(scalar(&left)?), Other::Reg(right.reg), right.domain)
            }
            (Operand::Const(_), Operand::Const(_)) => return Err(NoWay),
        };
        let (range, zero) = arithmetic::errors(&node.ty);
        let (range, zero) = (self.error(node, range), self.error(node, zero));
        let code = Code::Arithmetic { how, left, right, gives: node.ty.clone(), range, zero };
        Ok(Operand::Lanes(self.lanes(domain, code)))
    }

    pub(super) fn compare(&mut self, how: Function, left: &Node, right: &Node) -> Compiled<Lanes> {
        if left.constant().is_some() && right.constant().is_none() {
            return self.compare(turned(how), right, left);
        }
        if left.ty.join(&right.ty).is_none() {
            return Err(NoWay);
        }
        if !is_simple(&left.ty) {
            return Err(NoWay);
        }
        let (a, b) = (self.operand(left)?, self.operand(right)?);
        let not = how == Function::NotEqual;
        let equality = not || how == Function::Equal;
        match (a, b) {
            (Operand::Lanes(left), Operand::Const(Value::Text(text))) if equality => {
                Ok(self.lanes(left.domain, Code::TextIs { of: left.reg, text: (*text).into(), not }))
            }
            (Operand::Lanes(left), Operand::Const(Value::Bool(value))) if equality => {
                Ok(if value == not { self.lanes(left.domain, Code::Not(left.reg)) } else { left })
            }
            (Operand::Lanes(left), Operand::Const(value)) => {
                let right = Other::Const(scalar(&value)?);
                Ok(self.lanes(left.domain, Code::Compare { how, left: left.reg, right }))
            }
            (Operand::Lanes(a), Operand::Lanes(b)) => {
                let (a, b, domain) = self.level(a, b)?;
                match left.ty {
                    Type::Bool if equality => Ok(self.lanes(domain, Code::BoolSame { left: a, right: b, not })),
                    Type::Text | Type::Word(_) if equality => {
                        Ok(self.lanes(domain, Code::TextSame { left: a, right: b, not }))
                    }
                    Type::Int | Type::Double | Type::Timestamp | Type::Duration => {
                        Ok(self.lanes(domain, Code::Compare { how, left: a, right: Other::Reg(b) }))
                    }
                    _ => Err(NoWay),
                }
            }
            _ => Err(NoWay),
        }
    }

    /// A question whose only unknown is one text: asked once per text of the dictionary.
    pub(super) fn text_test(&mut self, node: &Node) -> Compiled<Lanes> {
        let mut texts = Vec::new();
        if node.ty != Type::Bool || !only_texts(node, &mut texts) {
            return Err(NoWay);
        }
        let (Some(of), true) = (
            texts.first(),
            texts
                .windows(2)
                .all(|pair| matches!(pair, [a, b] if a == b && a.span.of(&self.text) == b.span.of(&self.text))),
        ) else {
            return Err(NoWay);
        };
        let lanes = self.load(of)?;
        self.program.tests.push(TextTest::new(with_variable(node.clone(), of)));
        let test = self.program.tests.len() - 1;
        let within = self.within(lanes.domain);
        Ok(self.lanes(lanes.domain, Code::TextTest { of: lanes.reg, test, within }))
    }
}

/// Whether all that is not constant in this part are texts, which are collected.
fn only_texts<'n>(node: &'n Node, texts: &mut Vec<&'n Node>) -> bool {
    match &node.kind {
        Kind::Const(_) => true,
        Kind::Field { .. } | Kind::Local(_) | Kind::Index { .. } if node.ty.is_text() => {
            texts.push(node);
            true
        }
        Kind::Call(..) | Kind::Matches { .. } => {
            let (mut only, before) = (true, texts.len());
            node.below(&mut |part| only = only && only_texts(part, texts));
            // A part that is the same everywhere and was not worked out by now has no value: that is for each row to say.
            only && texts.len() > before
        }
        _ => false,
    }
}

/// The part with the one text as the variable of a test.
fn with_variable(node: Node, text: &Node) -> Node {
    if node == *text {
        return Node { kind: Kind::Local(TextTest::SLOT), ..node };
    }
    let replaced = node.map(&mut |part| Ok::<_, std::convert::Infallible>(with_variable(part, text)));
    match replaced {
        Ok(node) => node,
    }
}

/// A value as columns hold it; moments of less than a microsecond they do not hold.
fn scalar(value: &Value) -> Compiled<Scalar> {
    Ok(match value {
        Value::Int(value) => Scalar::Int(*value),
        Value::Double(value) => Scalar::Double(*value),
        Value::Timestamp(nanos) | Value::Duration(nanos) if nanos % 1000 == 0 => {
            Scalar::Time(i64::try_from(nanos / 1000).map_err(|_| NoWay)?)
        }
        _ => return Err(NoWay),
    })
}

fn turned(function: Function) -> Function {
    match function {
        Function::Less => Function::Greater,
        Function::LessOrEqual => Function::GreaterOrEqual,
        Function::Greater => Function::Less,
        Function::GreaterOrEqual => Function::LessOrEqual,
        same => same,
    }
}
