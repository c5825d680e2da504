//! `has`, `all`, `exists` and the others that bind a name.

use super::Checker;
use crate::{
    Mistake,
    syntax::{Expr, ExprKind, Span},
    tree::{Fold, Kind, Loop, Node},
    types::Type,
    value::Value,
};

impl Checker<'_> {
    pub(super) fn has(&mut self, arguments: &[Expr], span: Span) -> Option<Node> {
        let [argument] = arguments else {
            return self.wrong(Mistake::error("wrong-arguments", span, "`has` takes one field: `has(resource.name)`"));
        };
        let boolean = |kind| Some(Node::new(kind, Type::Bool, span));
        match &argument.kind {
            ExprKind::Name(name) => match self.root(name) {
                Some((root, _)) => boolean(Kind::HasRoot(root)),
                None => {
                    self.name(name, argument.span)?;
                    let mistake = Mistake::error("wrong-arguments", argument.span, format!("`{name}` is always there"));
                    self.wrong(mistake.help("ask for one of its fields: `has(x.field)`"))
                }
            },
            ExprKind::Select { of, name, name_span } => {
                let of = self.expr(of)?;
                let node = self.selected(of, name, *name_span, argument.span)?;
                match node.kind {
                    Kind::Field { of, index } => {
                        if let Type::Record(fields) = of.ty
                            && fields.get(index).is_some_and(|field| !field.optional)
                        {
                            let words = self.words(argument.span);
                            let message = format!("`{words}` is never absent, so `has` has nothing to ask");
                            self.mistakes.push(Mistake::warning("needless-has", span, message));
                        }
                        boolean(Kind::HasField { of, index })
                    }
                    Kind::Index { of, index } => match index.constant() {
                        Some(Value::Text(key)) => boolean(Kind::HasKey { of, key: key.clone() }),
                        _ => None,
                    },
                    _ => None,
                }
            }
            _ => {
                let message = format!("`has` asks for a field, and `{}` is none", self.words(argument.span));
                let mistake = Mistake::error("wrong-arguments", argument.span, message);
                self.wrong(mistake.help("write `has(a.field)`, or `key in map`"))
            }
        }
    }

    /// `cel.bind(name, value, body)`.
    pub(super) fn bind(&mut self, arguments: &[Expr], span: Span) -> Option<Node> {
        let [name, value, body] = arguments else {
            let mistake =
                Mistake::error("wrong-arguments", span, "`cel.bind` takes a name, a value and what is made of it");
            return self.wrong(mistake);
        };
        let name = self.variable(name)?;
        let value = self.expr(value)?;
        let slot = self.open(&name, value.ty.clone());
        let body = self.expr(body);
        self.scope.pop();
        let body = body?;
        let ty = body.ty.clone();
        Some(Node::new(Kind::Let { slot, value: Box::new(value), body: Box::new(body) }, ty, span))
    }

    fn open(&mut self, name: &str, ty: Type) -> usize {
        let slot = self.slots;
        self.slots += 1;
        self.scope.push((name.to_owned(), ty, slot));
        slot
    }

    fn variable(&mut self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Name(name) => Some(name.clone()),
            _ => {
                let message = format!("a name for each item should stand here, not `{}`", self.words(expr.span));
                let mistake = Mistake::error("wrong-arguments", expr.span, message);
                self.wrong(mistake.help("for example `list.all(item, item > 0)`"));
                None
            }
        }
    }

    pub(super) fn looped(
        &mut self,
        range: &Expr,
        name: &str,
        name_span: Span,
        arguments: &[Expr],
        span: Span,
    ) -> Option<Node> {
        let (fold, two, filtered) = match (name, arguments.len()) {
            ("all", 2 | 3) => (Fold::All, arguments.len() == 3, false),
            ("exists", 2 | 3) => (Fold::Exists, arguments.len() == 3, false),
            ("exists_one" | "existsOne", 2 | 3) => (Fold::ExistsOne, arguments.len() == 3, false),
            ("filter", 2) => (Fold::Filter, false, false),
            ("map", 2 | 3) => (Fold::Map, false, arguments.len() == 3),
            ("transformList", 3 | 4) => (Fold::Map, true, arguments.len() == 4),
            ("transformMap", 3 | 4) => (Fold::MapValues, true, arguments.len() == 4),
            _ => {
                let message = format!("`{name}` takes a name for each item and what is asked of it");
                let mistake = Mistake::error("wrong-arguments", name_span, message);
                return self.wrong(mistake.help(format!("for example `list.{name}(item, item > 0)`")));
            }
        };
        let range = self.expr(range)?;
        let (first, second) = match &range.ty {
            Type::List(item) if two => (Type::Int, item.as_ref().clone()),
            Type::List(item) => (item.as_ref().clone(), Type::Never),
            Type::Map(key, value) => (key.as_ref().clone(), value.as_ref().clone()),
            other => {
                let message =
                    format!("`{name}` asks a list or a map, but `{}` is {}", self.words(range.span), other.called());
                return self.wrong(Mistake::error("wrong-type", range.span, message));
            }
        };
        let mut rest = arguments.iter();
        let first_name = self.variable(rest.next()?)?;
        let second_name = if two { Some(self.variable(rest.next()?)?) } else { None };
        if second_name.as_ref() == Some(&first_name) {
            let message = format!("`{first_name}` names two things here");
            return self.wrong(Mistake::error("wrong-arguments", name_span, message));
        }
        let depth = self.scope.len();
        let first = self.open(&first_name, first);
        let second = second_name.map(|name| self.open(&name, second));
        let filter =
            if filtered { Some(self.condition(rest.next()?, &format!("the second part of `{name}`"))) } else { None };
        let before = self.guards.clone();
        if let Some(Some(filter)) = &filter {
            self.guards.extend(super::guards::given(filter, true));
        }
        let asks = matches!(fold, Fold::All | Fold::Exists | Fold::ExistsOne | Fold::Filter);
        let body = rest.next()?;
        let body = if asks { self.condition(body, &format!("`{name}`")) } else { self.expr(body) };
        self.guards = before;
        self.scope.truncate(depth);
        let filter = match filter {
            Some(filter) => Some(filter?),
            None => None,
        };
        let body = body?;
        let ty = match (fold, &range.ty) {
            (Fold::Filter, Type::Map(key, _)) => Type::List(key.clone()),
            (Fold::Filter, ty) => ty.clone(),
            (Fold::Map, _) => Type::list(body.ty.clone()),
            (Fold::MapValues, Type::Map(key, _)) => Type::Map(key.clone(), body.ty.clone().into()),
            (Fold::MapValues, _) => Type::Map(Type::Int.into(), body.ty.clone().into()),
            _ => Type::Bool,
        };
        Some(Node::new(Kind::Loop(Box::new(Loop { fold, range, first, second, filter, body })), ty, span))
    }
}
