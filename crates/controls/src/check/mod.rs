//! Every name, type and function of an assertion, checked when it is loaded: what passes here has a value for every
//! resource, or an unknown with its reason.

mod calls;
mod functions;
mod guards;
mod macros;
mod operators;
mod sense;

use std::collections::{BTreeMap, BTreeSet};

use polity_model::facet::{Facet, Field, places};

pub(crate) use functions::Function;
use guards::path;
pub(crate) use sense::sense;

use crate::{
    Mistake,
    syntax::{Expr, ExprKind, Span},
    tree::{Kind, Node, Root},
    types::Type,
    value::{Key, Value},
    words::{quoted_list, suggestion},
};

/// What an assertion can speak of.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The facet behind `resource`.
    pub resource: Option<&'static Facet>,
    /// Whether `tenant`, `project`, `unit`, `landing_zone` and `now` are there.
    pub places: bool,
    /// The parameters behind `params`, with their types.
    pub params: BTreeMap<String, Type>,
}

/// Checks a parsed assertion; without mistakes the tree is complete.
pub(crate) fn check(
    expr: &Expr,
    text: &str,
    environment: &Environment,
    given: &[String],
) -> (Option<Node>, Vec<Mistake>) {
    let mut checker = Checker {
        text,
        environment,
        scope: Vec::new(),
        slots: 0,
        guards: given.iter().cloned().collect(),
        mistakes: Vec::new(),
    };
    let node = checker.expr(expr);
    (node, checker.mistakes)
}

/// What is known to be there where this condition holds.
pub(crate) fn given_by(condition: &Node) -> Vec<String> {
    guards::given(condition, true)
}

struct Checker<'c> {
    text: &'c str,
    environment: &'c Environment,
    /// Variables in scope: name, type, slot.
    scope: Vec<(String, Type, usize)>,
    slots: usize,
    /// Paths of what is known to be there.
    guards: BTreeSet<String>,
    mistakes: Vec<Mistake>,
}

impl<'c> Checker<'c> {
    /// Reports a mistake; there is no node then.
    fn wrong(&mut self, mistake: Mistake) -> Option<Node> {
        self.mistakes.push(mistake);
        None
    }

    /// The words at a place, shortened for a message.
    fn words(&self, span: Span) -> &'c str {
        span.of(self.text)
    }

    fn expr(&mut self, expr: &Expr) -> Option<Node> {
        let span = expr.span;
        let constant = |value, ty| Some(Node::new(Kind::Const(value), ty, span));
        match &expr.kind {
            ExprKind::Null => constant(Value::Null, Type::Null),
            ExprKind::Bool(value) => constant(Value::Bool(*value), Type::Bool),
            ExprKind::Int(value) => constant(Value::Int(*value), Type::Int),
            ExprKind::Uint(value) => constant(Value::Uint(*value), Type::Uint),
            ExprKind::Double(value) => constant(Value::Double(*value), Type::Double),
            ExprKind::Text(value) => constant(Value::text(value), Type::Text),
            ExprKind::Bytes(value) => constant(Value::Bytes(value.as_slice().into()), Type::Bytes),
            ExprKind::Name(name) => self.name(name, span),
            ExprKind::Select { of, name, name_span } => self.select(of, name, *name_span, span),
            ExprKind::Index { of, index } => self.index(of, index, span),
            ExprKind::Call { of, name, name_span, arguments } => {
                self.call(of.as_deref(), name, *name_span, arguments, span)
            }
            ExprKind::Not(of) => {
                let of = self.condition(of, "`!`")?;
                Some(Node::new(Kind::Not(Box::new(of)), Type::Bool, span))
            }
            ExprKind::Negate(of) => self.negate(of, span),
            ExprKind::Binary { operator, left, right } => self.binary(*operator, left, right, span),
            ExprKind::And(parts) => self.chain(parts, span, true),
            ExprKind::Or(parts) => self.chain(parts, span, false),
            ExprKind::Choice { condition, yes, no } => self.choice(condition, yes, no, span),
            ExprKind::List(items) => {
                let items = self.all(items)?;
                let item = self.joined(&items, "the items of a list")?;
                Some(Node::new(Kind::List(items), Type::list(item), span))
            }
            ExprKind::Map(entries) => self.map(entries, span),
        }
    }

    /// All of these, so that each reports its mistakes.
    fn all(&mut self, exprs: &[Expr]) -> Option<Vec<Node>> {
        let nodes: Vec<Option<Node>> = exprs.iter().map(|expr| self.expr(expr)).collect();
        nodes.into_iter().collect()
    }

    /// A part that has to be a condition.
    fn condition(&mut self, expr: &Expr, wanted_by: &str) -> Option<Node> {
        let node = self.expr(expr)?;
        if node.ty.fits(&Type::Bool) {
            return Some(node);
        }
        let words = self.words(expr.span);
        let mistake = Mistake::error(
            "wrong-type",
            expr.span,
            format!("{wanted_by} takes a condition, but `{words}` is {}", node.ty.called()),
        );
        self.wrong(mistake.help(match node.ty {
            Type::Text | Type::Word(_) => format!("compare it: `{words} == '...'`"),
            Type::Int => format!("compare it: `{words} > 0`"),
            Type::List(_) | Type::Map(..) => {
                format!("ask about its items: `{words}.exists(x, ...)` or `{words}.size() > 0`")
            }
            _ => "compare it with `==`".to_owned(),
        }))
    }

    fn chain(&mut self, parts: &[Expr], span: Span, and: bool) -> Option<Node> {
        let before = self.guards.clone();
        let mut nodes = Vec::with_capacity(parts.len());
        for part in parts {
            let node = self.condition(part, if and { "`&&`" } else { "`||`" });
            if let Some(node) = &node {
                self.guards.extend(guards::given(node, and));
            }
            nodes.push(node);
        }
        self.guards = before;
        let nodes = nodes.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Node::new(if and { Kind::And(nodes) } else { Kind::Or(nodes) }, Type::Bool, span))
    }

    fn choice(&mut self, condition: &Expr, yes: &Expr, no: &Expr, span: Span) -> Option<Node> {
        let condition = self.condition(condition, "`?`");
        let before = self.guards.clone();
        let given = |side| condition.as_ref().map_or_else(Vec::new, |node| guards::given(node, side));
        self.guards.extend(given(true));
        let yes = self.expr(yes);
        self.guards.clone_from(&before);
        self.guards.extend(given(false));
        let no = self.expr(no);
        self.guards = before;
        let (condition, yes, no) = (condition?, yes?, no?);
        let both = [yes, no];
        let ty = self.joined(&both, "the two sides of `:`")?;
        let [yes, no] = both;
        Some(Node::new(Kind::Choice(Box::new([condition, yes, no])), ty, span))
    }

    /// The one type of all of these.
    fn joined(&mut self, nodes: &[Node], called: &str) -> Option<Type> {
        let mut ty = Type::Never;
        for node in nodes {
            let Some(both) = ty.join(&node.ty) else {
                let message = format!(
                    "{called} are of one type, but `{}` is {} among others that are {}",
                    self.words(node.span),
                    node.ty.called(),
                    ty.called()
                );
                self.wrong(Mistake::error("mixed-types", node.span, message));
                return None;
            };
            ty = both;
        }
        Some(ty)
    }

    fn map(&mut self, entries: &[(Expr, Expr)], span: Span) -> Option<Node> {
        let mut pairs = Vec::new();
        let mut seen = BTreeSet::new();
        for (key, value) in entries {
            let pair = (self.expr(key), self.expr(value));
            if let Some(known) = pair.0.as_ref().and_then(Node::constant).and_then(Key::of)
                && !seen.insert(known)
            {
                let message = format!("the key `{}` is written twice", self.words(key.span));
                self.mistakes.push(Mistake::error("duplicate-key", key.span, message));
            }
            pairs.push(pair);
        }
        let (keys, values): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let keys: Vec<Node> = keys.into_iter().collect::<Option<_>>()?;
        let values: Vec<Node> = values.into_iter().collect::<Option<_>>()?;
        let key = self.joined(&keys, "the keys of a map")?;
        let value = self.joined(&values, "the values of a map")?;
        let keyed = matches!(key, Type::Never | Type::Bool | Type::Int | Type::Uint) || key.is_text();
        if !keyed {
            let message = format!("the keys of a map are texts, whole numbers or conditions, not {}", key.called());
            return self.wrong(Mistake::error("wrong-type", span, message));
        }
        let ty = Type::Map(key.into(), value.into());
        Some(Node::new(Kind::Map(keys.into_iter().zip(values).collect()), ty, span))
    }

    /// The record behind a root, if this environment has it.
    fn root(&self, name: &str) -> Option<(Root, &'static [Field])> {
        if name == Root::Resource.name() {
            return self.environment.resource.map(|facet| (Root::Resource, facet.fields.as_slice()));
        }
        let place = Root::PLACES.iter().zip(places()).find(|(root, _)| root.name() == name)?;
        self.environment.places.then_some((*place.0, place.1.fields.as_slice()))
    }

    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.scope.iter().map(|(name, ..)| name.as_str()).collect();
        names.extend(self.environment.resource.map(|_| Root::Resource.name()));
        if self.environment.places {
            names.extend(Root::PLACES.iter().map(|root| root.name()));
            names.push("now");
        }
        if !self.environment.params.is_empty() {
            names.push("params");
        }
        names
    }

    fn name(&mut self, name: &str, span: Span) -> Option<Node> {
        if let Some((_, ty, slot)) = self.scope.iter().rev().find(|(known, ..)| known == name) {
            return Some(Node::new(Kind::Local(*slot), ty.clone(), span));
        }
        if let Some((root, fields)) = self.root(name) {
            let node = Node::new(Kind::Root(root), Type::Record(fields), span);
            if root != Root::Resource {
                self.guard(&node, span);
            }
            return Some(node);
        }
        if name == "now" && self.environment.places {
            return Some(Node::new(Kind::Now, Type::Timestamp, span));
        }
        if name == "params" && !self.environment.params.is_empty() {
            let known = quoted_list(self.environment.params.keys().map(String::as_str));
            let mistake = Mistake::error("unknown-name", span, "`params` is not a value by itself");
            return self.wrong(mistake.help(format!("name a parameter: {known}")));
        }
        let names = self.names();
        let help = match self.environment.resource.filter(|facet| facet.field(name).is_some()) {
            Some(_) => format!("did you mean `resource.{name}`?"),
            None if self.environment.params.contains_key(name) => format!("did you mean `params.{name}`?"),
            None if names.is_empty() => "there are no names here".to_owned(),
            None => suggestion(name, names.iter().copied(), "known here"),
        };
        self.wrong(Mistake::error("unknown-name", span, format!("nothing is called `{name}`")).help(help))
    }

    fn select(&mut self, of: &Expr, name: &str, name_span: Span, span: Span) -> Option<Node> {
        if let Some(node) = self.param(of, name, name_span, span) {
            return node;
        }
        let of = self.expr(of)?;
        let node = self.selected(of, name, name_span, span)?;
        let optional = match &node.kind {
            Kind::Field { of, index } => match of.ty {
                Type::Record(fields) => fields.get(*index).is_some_and(|field| field.optional),
                _ => false,
            },
            _ => true,
        };
        if optional {
            self.guard(&node, span);
        }
        Some(node)
    }

    /// The part with this name of a record or map, whether it is there or not.
    fn selected(&mut self, of: Node, name: &str, name_span: Span, span: Span) -> Option<Node> {
        match &of.ty {
            Type::Record(fields) => {
                let fields = *fields;
                let Some((index, field)) = fields.iter().enumerate().find(|(_, field)| field.name == name) else {
                    let help = suggestion(name, fields.iter().map(|field| field.name), "it has");
                    let whole = match (&of.kind, self.environment.resource) {
                        (Kind::Root(Root::Resource), Some(facet)) => format!("the facet `{}`", facet.name),
                        _ => format!("`{}`", self.words(of.span)),
                    };
                    let mistake = Mistake::error("unknown-field", name_span, format!("{whole} has no field `{name}`"));
                    return self.wrong(mistake.help(help));
                };
                Some(Node::new(Kind::Field { of: Box::new(of), index }, Type::of(&field.ty), span))
            }
            Type::Map(key, value) if Type::Text.fits(key) || **key == Type::Never => {
                let ty = value.as_ref().clone();
                let index = Box::new(Node::new(Kind::Const(Value::text(name)), Type::Text, name_span));
                Some(Node::new(Kind::Index { of: Box::new(of), index }, ty, span))
            }
            other => {
                let message = format!("`{}` is {}, it has no field `{name}`", self.words(of.span), other.called());
                let help = match other {
                    Type::List(_) => Some("ask about its items: `.all(x, ..)`, `.exists(x, ..)`"),
                    _ => None,
                };
                let mistake = Mistake::error("unknown-field", name_span, message);
                self.wrong(match help {
                    Some(help) => mistake.help(help),
                    None => mistake,
                })
            }
        }
    }

    /// `params.name`, if this is one.
    fn param(&mut self, of: &Expr, name: &str, name_span: Span, span: Span) -> Option<Option<Node>> {
        let ExprKind::Name(root) = &of.kind else { return None };
        if root != "params" || self.scope.iter().any(|(known, ..)| known == "params") {
            return None;
        }
        if let Some(ty) = self.environment.params.get(name) {
            return Some(Some(Node::new(Kind::Param(name.to_owned()), ty.clone(), span)));
        }
        let known = self.environment.params.keys().map(String::as_str);
        let help = if self.environment.params.is_empty() {
            format!("declare it: `params: {{{name}: {{type: ..., default: ...}}}}`")
        } else {
            suggestion(name, known, "it has")
        };
        let mistake = Mistake::error("unknown-param", name_span, format!("this control has no parameter `{name}`"));
        Some(self.wrong(mistake.help(help)))
    }

    fn index(&mut self, of: &Expr, index: &Expr, span: Span) -> Option<Node> {
        let (of, index) = (self.expr(of), self.expr(index));
        let (of, index) = (of?, index?);
        let ty = match &of.ty {
            Type::List(item) if matches!(index.ty, Type::Int | Type::Uint) => item.as_ref().clone(),
            Type::Map(key, value) if index.ty.join(key).is_some() || index.ty.is_number() && key.is_number() => {
                value.as_ref().clone()
            }
            Type::List(_) | Type::Map(..) => {
                let wanted = if matches!(of.ty, Type::List(_)) { "by whole numbers" } else { "by its keys" };
                let message = format!(
                    "`{}` is indexed {wanted}, but `{}` is {}",
                    self.words(of.span),
                    self.words(index.span),
                    index.ty.called()
                );
                return self.wrong(Mistake::error("wrong-type", index.span, message));
            }
            other => {
                let message = format!("`{}` is {}, it has no index", self.words(of.span), other.called());
                return self.wrong(Mistake::error("wrong-type", of.span, message));
            }
        };
        let keyed = matches!(of.ty, Type::Map(..));
        let node = Node::new(Kind::Index { of: Box::new(of), index: Box::new(index) }, ty, span);
        if keyed {
            self.guard(&node, span);
        }
        Some(node)
    }

    /// What may be absent must have been asked for before it is read.
    fn guard(&mut self, node: &Node, span: Span) {
        let Some(path) = path(node) else { return };
        if self.guards.contains(&path) {
            return;
        }
        let words = self.words(span);
        let asked = match &node.kind {
            Kind::Index { of, index } => format!("`{} in {} && ...`", key_words(index, self.text), self.words(of.span)),
            _ => format!("`has({words}) && ...`"),
        };
        let message = format!("`{words}` may be absent, and this assertion does not say what holds then");
        let help = format!("ask first: {asked}, or `!` of it and `||`, if absence is fine");
        self.mistakes.push(Mistake::error("unguarded-field", span, message).help(help));
    }
}

/// How a key is written before `in`.
fn key_words(index: &Node, text: &str) -> String {
    match index.constant() {
        Some(Value::Text(key)) => format!("'{key}'"),
        _ => index.span.of(text).to_owned(),
    }
}
