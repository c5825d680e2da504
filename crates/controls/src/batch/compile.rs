//! From the tree of a bound assertion to a program. What columns have no way for is left to the evaluator of single rows, at
//! the nearest condition around it.

use std::sync::Arc;

use polity_model::facet::Reason;

use super::program::{
    Code, ColumnId, ColumnPath, Domain, DomainId, ErrorId, Folds, Op, Other, PLACES, Program, ROWS, Read, Reg, Scalar,
    Step, TextTest,
};
use crate::{
    assertion::Bound,
    check::Function,
    eval::{ABSENT, NO_KEY, place_index},
    fold::with_local,
    tree::{Fold, Kind, Loop, Node, Root},
    types::Type,
    value::{Causes, Value},
};

/// Longest list that a macro is written out for, and most steps of a program.
const WRITTEN_OUT: usize = 64;
const MOST_OPS: usize = 4_000;

/// Columns have no way for this part.
#[derive(Debug)]
struct NoWay;

type Compiled<T> = Result<T, NoWay>;

/// A register and what its lanes stand for.
#[derive(Clone, Copy, Debug)]
struct Lanes {
    reg: Reg,
    domain: DomainId,
}

enum Operand {
    Const(Value),
    Lanes(Lanes),
}

/// A part that is a column.
#[derive(Clone)]
struct Source {
    path: ColumnPath,
    domain: DomainId,
    under: Vec<(ColumnPath, ErrorId)>,
}

/// What a variable stands for.
#[derive(Clone)]
enum Variable {
    Column(Source),
    Keys { map: ColumnId, domain: DomainId },
}

impl Program {
    /// Compiles a bound assertion. Always possible: the worst is that all of it is evaluated row by row.
    pub fn compile(bound: &Bound) -> Self {
        let mut compiler = Compiler {
            text: bound.text.clone(),
            program: Self {
                bound: bound.clone(),
                prelude: Vec::new(),
                ops: Vec::new(),
                result: 0,
                registers: 0,
                columns: Vec::new(),
                domains: Vec::new(),
                tests: Vec::new(),
                errors: Vec::new(),
                rowwise: Vec::new(),
            },
            variables: Vec::new(),
        };
        let result = compiler.condition(&bound.tree).and_then(|lanes| compiler.lift(lanes, ROWS));
        compiler.program.result = match result {
            Ok(reg) => reg,
            Err(NoWay) => {
                compiler.program.ops.clear();
                compiler.program.prelude.clear();
                compiler.program.rowwise.clear();
                compiler.by_row(&bound.tree)
            }
        };
        compiler.program
    }
}

struct Compiler {
    text: Arc<str>,
    program: Program,
    /// By slot.
    variables: Vec<(usize, Variable)>,
}

/// How far a program has come, to go back to.
struct Mark {
    ops: usize,
    prelude: usize,
    rowwise: usize,
    variables: usize,
}

impl Compiler {
    fn mark(&self) -> Mark {
        let program = &self.program;
        Mark {
            ops: program.ops.len(),
            prelude: program.prelude.len(),
            rowwise: program.rowwise.len(),
            variables: self.variables.len(),
        }
    }

    fn back_to(&mut self, mark: &Mark) {
        self.program.ops.truncate(mark.ops);
        self.program.prelude.truncate(mark.prelude);
        self.program.rowwise.truncate(mark.rowwise);
        self.variables.truncate(mark.variables);
    }

    fn register(&mut self) -> Reg {
        self.program.registers += 1;
        self.program.registers - 1
    }

    fn is_of_places(&self, mut domain: DomainId) -> bool {
        while let Some(inner) = domain.checked_sub(2).and_then(|index| self.program.domains.get(index)) {
            domain = inner.above;
        }
        domain == PLACES
    }

    fn emit(&mut self, domain: DomainId, code: Code) -> Reg {
        let dest = self.register();
        self.emit_to(dest, domain, code);
        dest
    }

    fn emit_to(&mut self, dest: Reg, domain: DomainId, code: Code) {
        let ops = if self.is_of_places(domain) { &mut self.program.prelude } else { &mut self.program.ops };
        ops.push(Op { dest, domain, code });
    }

    fn lanes(&mut self, domain: DomainId, code: Code) -> Lanes {
        Lanes { reg: self.emit(domain, code), domain }
    }

    fn error(&mut self, node: &Node, what: &str) -> ErrorId {
        let cause = Causes::one(node.span.of(&self.text), Reason::Undefined(what.to_owned()));
        let errors = &mut self.program.errors;
        errors.iter().position(|known| *known == cause).unwrap_or_else(|| {
            errors.push(cause);
            errors.len() - 1
        })
    }

    fn column(&mut self, path: &ColumnPath) -> ColumnId {
        let columns = &mut self.program.columns;
        columns.iter().position(|known| known == path).unwrap_or_else(|| {
            columns.push(path.clone());
            columns.len() - 1
        })
    }

    /// The register of these lanes for a domain further inside.
    fn lift(&mut self, lanes: Lanes, to: DomainId) -> Compiled<Reg> {
        if lanes.domain == to {
            return Ok(lanes.reg);
        }
        let from = match to {
            ROWS if lanes.domain == PLACES => PLACES,
            ROWS | PLACES => return Err(NoWay),
            _ => self.program.domains.get(to - 2).ok_or(NoWay)?.above,
        };
        let of = if from == PLACES && to == ROWS { lanes.reg } else { self.lift(lanes, from)? };
        Ok(self.emit(to, Code::Spread { of, from }))
    }

    /// Both registers for one domain: the inner one of the two.
    fn level(&mut self, left: Lanes, right: Lanes) -> Compiled<(Reg, Reg, DomainId)> {
        for domain in [left.domain, right.domain, ROWS] {
            let mark = self.mark();
            if let (Ok(left), Ok(right)) = (self.lift(left, domain), self.lift(right, domain)) {
                return Ok((left, right, domain));
            }
            self.back_to(&mark);
        }
        Err(NoWay)
    }

    /// A condition, by columns or by rows.
    fn condition(&mut self, node: &Node) -> Compiled<Lanes> {
        let mark = self.mark();
        match self.native(node) {
            Ok(lanes) => Ok(lanes),
            Err(NoWay) => {
                self.back_to(&mark);
                // Within a list the variables have no values of their own.
                if self.variables.is_empty() { Ok(Lanes { reg: self.by_row(node), domain: ROWS }) } else { Err(NoWay) }
            }
        }
    }

    fn by_row(&mut self, node: &Node) -> Reg {
        self.program.rowwise.push(node.clone());
        let part = self.program.rowwise.len() - 1;
        self.emit(ROWS, Code::ByRow(part))
    }

    fn native(&mut self, node: &Node) -> Compiled<Lanes> {
        if self.program.ops.len() + self.program.prelude.len() > MOST_OPS {
            return Err(NoWay);
        }
        match &node.kind {
            Kind::Const(Value::Bool(value)) => Ok(self.lanes(ROWS, Code::Always(*value))),
            Kind::HasRoot(root) => {
                let column = self.column(&ColumnPath { root: *root, steps: Vec::new() });
                let absent = self.error(node, ABSENT);
                Ok(self.lanes(domain_of(*root), Code::Has(Read { column, under: Vec::new(), absent })))
            }
            Kind::HasField { of, index } => {
                let source = self.field(of, *index)?;
                let read = self.read(&source, node);
                Ok(self.lanes(source.domain, Code::Has(read)))
            }
            Kind::HasKey { of, key } => self.has_key(of, key),
            Kind::Not(of) => {
                let of = self.condition(of)?;
                Ok(self.lanes(of.domain, Code::Not(of.reg)))
            }
            Kind::And(parts) => self.chain(parts, true),
            Kind::Or(parts) => self.chain(parts, false),
            Kind::Choice(parts) => self.choice(parts),
            Kind::Call(function, arguments) => match (function, arguments.as_slice()) {
                (Function::In, [item, range]) => self.member(node, item, range),
                (
                    Function::Equal
                    | Function::NotEqual
                    | Function::Less
                    | Function::LessOrEqual
                    | Function::Greater
                    | Function::GreaterOrEqual,
                    [left, right],
                ) => {
                    let mark = self.mark();
                    self.compare(*function, left, right).or_else(|NoWay| {
                        self.back_to(&mark);
                        self.text_test(node)
                    })
                }
                _ => self.text_test(node),
            },
            Kind::Matches { .. } => self.text_test(node),
            Kind::Loop(looped) => self.looped(looped),
            Kind::Field { .. } | Kind::Local(_) | Kind::Index { .. } if node.ty == Type::Bool => self.load(node),
            _ => Err(NoWay),
        }
    }

    fn chain(&mut self, parts: &[Node], and: bool) -> Compiled<Lanes> {
        let mut parts = parts.iter();
        let first = self.condition(parts.next().ok_or(NoWay)?)?;
        let mut all = first;
        let mut copied = false;
        for part in parts {
            let jump = if copied && !self.is_of_places(all.domain) {
                let at = self.program.ops.len();
                self.emit_to(all.reg, all.domain, Code::Decided { of: all.reg, truth: !and, to: 0 });
                Some(at)
            } else {
                None
            };
            let part = self.condition(part)?;
            let (left, right, domain) = self.level(all, part)?;
            let moved = left != all.reg;
            if moved || !copied {
                let dest = self.emit(domain, Code::Copy(left));
                all = Lanes { reg: dest, domain };
                copied = true;
            }
            self.emit_to(all.reg, domain, Code::Join { part: right, and });
            let end = self.program.ops.len();
            if let Some((at, op)) = jump.and_then(|at| Some((at, self.program.ops.get_mut(at)?)))
                && let Code::Decided { to, .. } = &mut op.code
            {
                // Where the lanes became others on the way, there is nothing yet to skip to.
                *to = if moved { at + 1 } else { end };
            }
        }
        Ok(all)
    }

    fn choice(&mut self, parts: &[Node; 3]) -> Compiled<Lanes> {
        let [condition, yes, no] = parts;
        if yes.ty != Type::Bool {
            return Err(NoWay);
        }
        let (condition, yes, no) = (self.condition(condition)?, self.condition(yes)?, self.condition(no)?);
        let (_, _, inner) = self.level(condition, yes)?;
        let (_, _, inner) = self
            .level(Lanes { reg: yes.reg, domain: inner.max(yes.domain) }, no)
            .map(|(a, b, d)| (a, b, d.max(inner)))?;
        let (condition, yes, no) = (self.lift(condition, inner)?, self.lift(yes, inner)?, self.lift(no, inner)?);
        Ok(self.lanes(inner, Code::Choose { condition, yes, no }))
    }

    /// The column that a chain of fields is.
    fn source(&mut self, node: &Node) -> Compiled<Source> {
        match &node.kind {
            Kind::Root(root) => Ok(Source {
                path: ColumnPath { root: *root, steps: Vec::new() },
                domain: domain_of(*root),
                under: Vec::new(),
            }),
            Kind::Field { of, index } => self.field(of, *index),
            Kind::Local(slot) => match self.variable(*slot) {
                Some(Variable::Column(source)) => Ok(source.clone()),
                _ => Err(NoWay),
            },
            _ => Err(NoWay),
        }
    }

    fn variable(&self, slot: usize) -> Option<&Variable> {
        self.variables.iter().rev().find(|(known, _)| *known == slot).map(|(_, variable)| variable)
    }

    fn field(&mut self, of: &Node, index: usize) -> Compiled<Source> {
        let mut source = self.source(of)?;
        let absent = self.error(of, ABSENT);
        source.under.push((source.path.clone(), absent));
        source.path.steps.push(Step::Field(index));
        Ok(source)
    }

    fn read(&mut self, source: &Source, node: &Node) -> Read {
        let column = self.column(&source.path);
        let under = source.under.iter().map(|(path, error)| (self.column(path), *error)).collect();
        Read { column, under, absent: self.error(node, ABSENT) }
    }

    /// A part that is not a constant, with its lanes.
    fn load(&mut self, node: &Node) -> Compiled<Lanes> {
        if let Kind::Local(slot) = node.kind
            && let Some(Variable::Keys { map, domain }) = self.variable(slot)
        {
            let (map, domain) = (*map, *domain);
            return Ok(self.lanes(domain, Code::Keys(map)));
        }
        if let Kind::Index { of, index } = &node.kind {
            let (Type::Map(..), Some(Value::Text(key))) = (&of.ty, index.constant()) else { return Err(NoWay) };
            let source = self.source(of)?;
            if !is_simple(&node.ty) {
                return Err(NoWay);
            }
            let (map, none) = (self.read(&source, of), self.error(node, NO_KEY));
            return Ok(self.lanes(source.domain, Code::Entry { map, key: (**key).into(), none }));
        }
        if !is_simple(&node.ty) {
            return Err(NoWay);
        }
        let source = self.source(node)?;
        let read = self.read(&source, node);
        Ok(self.lanes(source.domain, Code::Load(read)))
    }

    fn operand(&mut self, node: &Node) -> Compiled<Operand> {
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

    fn arithmetic(&mut self, node: &Node, how: Function, left: &Node, right: &Node) -> Compiled<Operand> {
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
        let (range, zero) = super::arithmetic::errors(&node.ty);
        let (range, zero) = (self.error(node, range), self.error(node, zero));
        let code = Code::Arithmetic { how, left, right, gives: node.ty.clone(), range, zero };
        Ok(Operand::Lanes(self.lanes(domain, code)))
    }

    fn compare(&mut self, how: Function, left: &Node, right: &Node) -> Compiled<Lanes> {
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
    fn text_test(&mut self, node: &Node) -> Compiled<Lanes> {
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
        self.program.tests.push(TextTest { node: with_variable(node.clone(), of) });
        let test = self.program.tests.len() - 1;
        Ok(self.lanes(lanes.domain, Code::TextTest { of: lanes.reg, test }))
    }

    fn has_key(&mut self, of: &Node, key: &str) -> Compiled<Lanes> {
        let source = self.source(of)?;
        let map = self.read(&source, of);
        Ok(self.lanes(source.domain, Code::HasKey { map, key: key.into() }))
    }

    fn member(&mut self, node: &Node, item: &Node, range: &Node) -> Compiled<Lanes> {
        match (item.constant(), range.constant()) {
            (None, Some(Value::List(_))) if item.ty.is_text() => self.text_test(node),
            (None, Some(Value::List(items))) if is_simple(&item.ty) && items.len() <= WRITTEN_OUT => {
                let equals: Vec<Node> = items
                    .iter()
                    .map(|value| {
                        let right = Node { kind: Kind::Const(value.clone()), ty: item.ty.clone(), span: range.span };
                        Node { kind: Kind::Call(Function::Equal, vec![item.clone(), right]), ..node.clone() }
                    })
                    .collect();
                self.chain(&equals, false)
            }
            (Some(Value::Text(key)), None) if matches!(range.ty, Type::Map(..)) => self.has_key(range, key),
            (Some(value), None) if matches!(range.ty, Type::List(_)) => {
                // The same as asking each item.
                let Type::List(ty) = &range.ty else { return Err(NoWay) };
                let slot = usize::MAX - 1 - self.variables.len();
                let each = Node { kind: Kind::Local(slot), ty: ty.as_ref().clone(), span: range.span };
                let sought = Node { kind: Kind::Const(value.clone()), ..item.clone() };
                let body = Node { kind: Kind::Call(Function::Equal, vec![each, sought]), ..node.clone() };
                let looped =
                    Loop { fold: Fold::Exists, range: range.clone(), first: slot, second: None, filter: None, body };
                self.looped(&looped)
            }
            _ => Err(NoWay),
        }
    }

    fn looped(&mut self, looped: &Loop) -> Compiled<Lanes> {
        let fold = match looped.fold {
            Fold::All => Folds::All,
            Fold::Exists => Folds::Exists,
            Fold::ExistsOne => Folds::One,
            _ => return Err(NoWay),
        };
        if let Some(Value::List(items)) = looped.range.constant() {
            return self.written_out(looped, items);
        }
        let source = self.source(&looped.range)?;
        let list = self.read(&source, &looped.range);
        self.program.domains.push(Domain { above: source.domain, list: list.column });
        let domain = self.program.domains.len() + 1;
        let mark = self.variables.len();
        let mut items = source.path.clone();
        items.steps.push(Step::Items);
        let items = Variable::Column(Source { path: items, domain, under: Vec::new() });
        match (&looped.range.ty, looped.second) {
            (Type::List(_), None) => self.variables.push((looped.first, items)),
            (Type::Map(..), second) => {
                self.variables.push((looped.first, Variable::Keys { map: list.column, domain }));
                self.variables.extend(second.map(|slot| (slot, items)));
            }
            _ => return Err(NoWay),
        }
        self.emit(domain, Code::Enter);
        let body = self.condition(&looped.body);
        self.variables.truncate(mark);
        let body = body?;
        let body = self.lift(body, domain)?;
        Ok(self.lanes(source.domain, Code::Fold { fold, body, items: domain, list }))
    }

    /// A macro over a list that is known: a chain.
    fn written_out(&mut self, looped: &Loop, items: &[Value]) -> Compiled<Lanes> {
        let and = match looped.fold {
            Fold::All => true,
            Fold::Exists => false,
            _ => return Err(NoWay),
        };
        if items.len() > WRITTEN_OUT || looped.second.is_some() {
            return Err(NoWay);
        }
        let Type::List(ty) = &looped.range.ty else { return Err(NoWay) };
        let parts: Vec<Node> =
            items.iter().map(|value| with_local(&looped.body, looped.first, value, ty, &self.text)).collect();
        match parts.as_slice() {
            [] => Ok(self.lanes(ROWS, Code::Always(and))),
            _ => self.chain(&parts, and),
        }
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

fn domain_of(root: Root) -> DomainId {
    if place_index(root).is_some() { PLACES } else { ROWS }
}

/// Whether a register can hold values of this type.
fn is_simple(ty: &Type) -> bool {
    matches!(ty, Type::Bool | Type::Int | Type::Double | Type::Text | Type::Word(_) | Type::Timestamp | Type::Duration)
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
