//! Calls of functions.

use super::{
    Checker, Function,
    functions::{SIGNATURES, SPECIAL, Signature, Takes, left_out},
};
use crate::{
    Mistake,
    eval::time::offset,
    syntax::{Expr, ExprKind, Span},
    tree::{Kind, Node, Pattern},
    types::Type,
    value::Value,
    words::did_you_mean,
};

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        of: Option<&Expr>,
        name: &str,
        name_span: Span,
        arguments: &[Expr],
        span: Span,
    ) -> Option<Node> {
        // `math.ceil(x)` is a function with a long name, unless something is called `math`.
        let (of, name) = match of.map(|of| &of.kind) {
            Some(ExprKind::Name(space)) if !self.is_known(space) && is_space(space) => {
                (None, format!("{space}.{name}"))
            }
            _ => (of, name.to_owned()),
        };
        if let Some(reason) = left_out(&name) {
            let mistake = Mistake::error("not-supported", name_span, format!("`{name}` is not part of this language"));
            return self.wrong(mistake.help(reason));
        }
        match (of, name.as_str()) {
            (None, "has") => return self.has(arguments, span),
            (None, "cel.bind") => return self.bind(arguments, span),
            (None, "math.greatest" | "math.least") => return self.extreme(&name, arguments, span),
            (_, "matches") => return self.matches(of, arguments, name_span, span),
            (Some(range), _) if SPECIAL.contains(&name.as_str()) => {
                return self.looped(range, &name, name_span, arguments, span);
            }
            _ => {}
        }
        self.function(of, &name, name_span, arguments, span)
    }

    fn is_known(&self, name: &str) -> bool {
        self.names().contains(&name)
    }

    fn function(
        &mut self,
        of: Option<&Expr>,
        name: &str,
        name_span: Span,
        arguments: &[Expr],
        span: Span,
    ) -> Option<Node> {
        let method = of.is_some();
        let known: Vec<&Signature> =
            SIGNATURES.iter().filter(|signature| signature.name == name && signature.method == method).collect();
        if known.is_empty() {
            return self.unknown_function(name, name_span, method);
        }
        let mut nodes: Vec<Option<Node>> = of.iter().map(|of| self.expr(of)).collect();
        nodes.extend(arguments.iter().map(|argument| self.expr(argument)));
        let nodes: Vec<Node> = nodes.into_iter().collect::<Option<_>>()?;
        let fits = |signature: &&&Signature| {
            signature.takes.len() == nodes.len()
                && signature.takes.iter().zip(&nodes).all(|(takes, node)| takes.takes(&node.ty))
        };
        if let Some(signature) = known.iter().find(fits) {
            self.zone(signature, &nodes)?;
            return Some(Node::new(Kind::Call(signature.function, nodes), signature.gives.ty(), span));
        }
        let given: Vec<String> = nodes
            .iter()
            .skip(usize::from(method))
            .map(|node| format!("`{}`, which is {}", self.words(node.span), node.ty.called()))
            .collect();
        let on = match nodes.first() {
            Some(first) if method => format!(" of {}", first.ty.called()),
            _ => String::new(),
        };
        let with = if given.is_empty() { "nothing".to_owned() } else { given.join(" and ") };
        let message = format!("`{name}`{on} does not take {with}");
        let ways: Vec<String> = known.iter().map(|signature| way(signature)).collect();
        self.wrong(Mistake::error("wrong-arguments", span, message).help(format!("it is used as {}", ways.join(", "))))
    }

    /// A time zone is an offset that is known beforehand: what a name of a zone means changes from year to year.
    fn zone(&mut self, signature: &Signature, nodes: &[Node]) -> Option<()> {
        let ([Takes::Timestamp, Takes::Text], [_, zone]) = (signature.takes, nodes) else { return Some(()) };
        if matches!(zone.constant(), Some(Value::Text(text)) if offset(text).is_some()) {
            return Some(());
        }
        let message = format!("`{}` is not a time zone of this language", self.words(zone.span));
        let mistake = Mistake::error("not-supported", zone.span, message);
        self.wrong(
            mistake.help("write the offset from UTC, such as `'+02:00'`: what a name stands for changes with time"),
        );
        None
    }

    fn unknown_function(&mut self, name: &str, name_span: Span, method: bool) -> Option<Node> {
        let mut names: Vec<&str> =
            SIGNATURES.iter().map(|signature| signature.name).chain(SPECIAL.iter().copied()).collect();
        names.sort_unstable();
        names.dedup();
        let other = SIGNATURES.iter().find(|signature| signature.name == name);
        let help = match (other, did_you_mean(name, names.iter().copied())) {
            (Some(signature), _) => format!("it is used as {}", way(signature)),
            (None, Some(meant)) => format!("did you mean `{meant}`?"),
            (None, None) => "docs/controls-language.md lists the functions".to_owned(),
        };
        let kind = if method && other.is_some() { "is not called behind a value" } else { "is no function" };
        self.wrong(Mistake::error("unknown-function", name_span, format!("`{name}` {kind}")).help(help))
    }

    /// `text.matches(pattern)`: the pattern is known beforehand, so that it is checked, and made once.
    fn matches(&mut self, of: Option<&Expr>, arguments: &[Expr], name_span: Span, span: Span) -> Option<Node> {
        let (of, pattern) = match (of, arguments) {
            (Some(of), [pattern]) | (None, [of, pattern]) => (of, pattern),
            _ => {
                let mistake = Mistake::error("wrong-arguments", name_span, "`matches` takes one pattern");
                return self.wrong(mistake.help("it is used as `text.matches('^a+$')`"));
            }
        };
        let (of, pattern) = (self.expr(of), self.expr(pattern));
        let (of, pattern) = (of?, pattern?);
        for node in [&of, &pattern] {
            if !node.ty.is_text() {
                let message = format!("`matches` takes texts, but `{}` is {}", self.words(node.span), node.ty.called());
                return self.wrong(Mistake::error("wrong-arguments", node.span, message));
            }
        }
        if !is_fixed(&pattern) {
            let message = format!("the pattern `{}` is not known before resources are read", self.words(pattern.span));
            let mistake = Mistake::error("pattern-not-fixed", pattern.span, message);
            return self.wrong(mistake.help("write the pattern as text, or make it a parameter"));
        }
        let pattern = Pattern::Open(Box::new(pattern));
        Some(Node::new(Kind::Matches { of: Box::new(of), pattern }, Type::Bool, span))
    }

    /// The greatest or least of some numbers, or of a list of them.
    fn extreme(&mut self, name: &str, arguments: &[Expr], span: Span) -> Option<Node> {
        let nodes = self.all(arguments)?;
        let function = if name == "math.least" { Function::Least } else { Function::Greatest };
        let ty = match nodes.as_slice() {
            [] => None,
            [one] => match &one.ty {
                Type::List(item) if item.is_number() => Some(item.as_ref().clone()),
                ty => ty.is_number().then(|| ty.clone()),
            },
            more => Some(self.joined(more, &format!("the numbers of `{name}`"))?).filter(Type::is_number),
        };
        match ty {
            Some(ty) => Some(Node::new(Kind::Call(function, nodes), ty, span)),
            None => {
                let mistake = Mistake::error("wrong-arguments", span, format!("`{name}` takes numbers of one type"));
                self.wrong(mistake.help(format!("it is used as `{name}(a, b)` or `{name}([a, b, c])`")))
            }
        }
    }
}

fn is_space(name: &str) -> bool {
    matches!(name, "math" | "strings" | "base64" | "cel" | "optional" | "lists")
}

/// Whether this is the same for all resources.
fn is_fixed(node: &Node) -> bool {
    let mut fixed = !matches!(node.kind, Kind::Root(_) | Kind::HasRoot(_) | Kind::Now | Kind::Local(_));
    node.below(&mut |part| fixed &= is_fixed(part));
    fixed
}

/// A way to call a function, for a message.
fn way(signature: &Signature) -> String {
    let mut takes = signature.takes.iter().map(|takes| takes.called());
    let name = signature.name;
    if signature.method {
        let of = takes.next().unwrap_or_default();
        return format!("`({of}).{name}({})`", takes.collect::<Vec<_>>().join(", "));
    }
    format!("`{name}({})`", takes.collect::<Vec<_>>().join(", "))
}
