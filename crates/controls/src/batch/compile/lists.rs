//! Lists and maps: their items are lanes of their own.

use super::{Compiled, Compiler, Lanes, NoWay, Source, Variable, WRITTEN_OUT, is_simple};
use crate::{
    batch::program::{Code, Domain, Folds, ROWS, Step},
    check::Function,
    fold::with_local,
    tree::{Fold, Kind, Loop, Node},
    types::Type,
    value::Value,
};

impl Compiler {
    pub(super) fn has_key(&mut self, of: &Node, key: &str) -> Compiled<Lanes> {
        let source = self.source(of)?;
        let map = self.read(&source, of);
        Ok(self.lanes(source.domain, Code::HasKey { map, key: key.into() }))
    }

    pub(super) fn member(&mut self, node: &Node, item: &Node, range: &Node) -> Compiled<Lanes> {
        match (item.constant(), range.constant()) {
            (None, Some(Value::List(items))) if item.ty.is_text() => {
                let texts: Option<Box<[Box<str>]>> = items
                    .iter()
                    .map(|item| if let Value::Text(text) = item { Some((**text).into()) } else { None })
                    .collect();
                let mark = self.mark();
                match (self.load(item), texts) {
                    (Ok(lanes), Some(texts)) => Ok(self.lanes(lanes.domain, Code::TextIn { of: lanes.reg, texts })),
                    _ => {
                        self.back_to(&mark);
                        self.text_test(node)
                    }
                }
            }
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

    pub(super) fn looped(&mut self, looped: &Loop) -> Compiled<Lanes> {
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
    pub(super) fn written_out(&mut self, looped: &Loop, items: &[Value]) -> Compiled<Lanes> {
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
