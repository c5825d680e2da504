//! From the tree of a bound assertion to a program. What columns have no way for is left to the evaluator of single rows, at
//! the nearest condition around it.

mod lists;
mod operands;

use std::sync::Arc;

use polity_model::facet::Reason;

use super::program::{
    Code, ColumnId, ColumnPath, DomainId, ErrorId, Op, PLACES, Program, ROWS, Read, Reg, Step, Within,
};
use crate::{
    assertion::Bound,
    check::Function,
    eval::{ABSENT, NO_KEY, place_index},
    tree::{Kind, Node, Root},
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
            within: None,
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
    /// The chain whose next part is being compiled, and its lanes.
    within: Option<(DomainId, Within)>,
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
            let outer = self.within.replace((all.domain, Within { chain: all.reg, and }));
            let part = self.condition(part);
            self.within = outer;
            let part = part?;
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
            let within = self.within(source.domain);
            return Ok(self.lanes(source.domain, Code::Entry { map, key: (**key).into(), none, within }));
        }
        if !is_simple(&node.ty) {
            return Err(NoWay);
        }
        let source = self.source(node)?;
        let read = self.read(&source, node);
        let within = self.within(source.domain);
        Ok(self.lanes(source.domain, Code::Load { read, within }))
    }

    /// The chain that what is compiled now is a part of, if it has the same lanes.
    fn within(&self, domain: DomainId) -> Option<Within> {
        self.within.filter(|(known, _)| *known == domain).map(|(_, within)| within)
    }
}

fn domain_of(root: Root) -> DomainId {
    if place_index(root).is_some() { PLACES } else { ROWS }
}

/// Whether a register can hold values of this type.
fn is_simple(ty: &Type) -> bool {
    matches!(ty, Type::Bool | Type::Int | Type::Double | Type::Text | Type::Word(_) | Type::Timestamp | Type::Duration)
}
