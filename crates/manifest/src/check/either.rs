//! A value that may have one of several shapes: messages speak of the one that was most likely meant.

use polity_model::shape::Shape;

use super::Checker;
use crate::yaml::{Content, Node, Source};

impl Checker<'_> {
    pub(super) fn either(&mut self, source: &Source<'_>, field: &str, shapes: &[Shape], node: &mut Node) -> bool {
        let kept = (std::mem::take(&mut self.diagnostics), std::mem::take(&mut self.references));
        let mut meant = None;
        for shape in shapes {
            let mut attempt = node.clone();
            let fits = self.check(source, field, shape, &mut attempt);
            let found = (std::mem::take(&mut self.diagnostics), std::mem::take(&mut self.references));
            let clean = found.0.iter().all(|diagnostic| !diagnostic.is_error());
            if fits && clean {
                *node = attempt;
                (self.diagnostics, self.references) = kept;
                self.diagnostics.extend(found.0);
                self.references.extend(found.1);
                return true;
            }
            if looks_like(shape, node) {
                // Two shapes of the same outer form: the first one is the usual one.
                meant.get_or_insert(found);
            }
        }
        (self.diagnostics, self.references) = kept;
        match meant {
            Some((diagnostics, references)) => {
                self.diagnostics.extend(diagnostics);
                self.references.extend(references);
                false
            }
            None => {
                let called: Vec<String> = shapes.iter().map(called).collect();
                self.wrong_type(source, field, &called.join(" or "), node)
            }
        }
    }
}

/// Whether a value has the outer form of a shape.
fn looks_like(shape: &Shape, node: &Node) -> bool {
    match (shape, &node.content) {
        (Shape::Map(_) | Shape::Record(_) | Shape::Open(_) | Shape::Settings | Shape::Document, Content::Map(_))
        | (Shape::List(_) | Shape::Set(_), Content::List(_))
        | (Shape::Int { .. } | Shape::Money | Shape::Duration | Shape::Cores | Shape::Size, Content::Int(_))
        | (Shape::Bool, Content::Bool(_))
        | (Shape::Any, _) => true,
        (Shape::Int { .. } | Shape::Bool | Shape::List(_) | Shape::Set(_) | Shape::Map(_), Content::Text(_))
        | (Shape::Record(_) | Shape::Open(_) | Shape::Settings, Content::Text(_)) => false,
        (_, Content::Text(_)) => true,
        _ => false,
    }
}

/// What a value of this shape is called in messages and in the reference.
pub(crate) fn called(shape: &Shape) -> String {
    match shape {
        Shape::Bool => "`true` or `false`".to_owned(),
        Shape::Int { .. } => "a whole number".to_owned(),
        Shape::Text => "text".to_owned(),
        Shape::Pattern { called, .. } => (*called).to_owned(),
        Shape::Name => "a name".to_owned(),
        Shape::OneOf(words) => super::quoted_list(words.iter().copied()),
        Shape::Reference(nouns) => {
            let nouns: Vec<&str> = nouns.iter().map(|noun| super::text::spoken(noun)).collect();
            format!("the name of a {}", nouns.join(" or "))
        }
        Shape::Duration => "a duration such as `8h`".to_owned(),
        Shape::Money => "an amount such as `5000 EUR`".to_owned(),
        Shape::Cores => "a number of cores such as `8` or `500m`".to_owned(),
        Shape::Size => "an amount such as `64 GiB`".to_owned(),
        Shape::Date => "a date such as `2027-01-31`".to_owned(),
        Shape::Glob => "a pattern such as `prod-*`".to_owned(),
        Shape::Region => "a region".to_owned(),
        Shape::Email => "an e-mail address".to_owned(),
        Shape::List(_) | Shape::Set(_) => "a list".to_owned(),
        Shape::Map(_) | Shape::Record(_) | Shape::Open(_) | Shape::Settings => "a mapping".to_owned(),
        Shape::Document => "a document or the path of a `.json` file".to_owned(),
        Shape::Either(shapes) => shapes.iter().map(called).collect::<Vec<_>>().join(" or "),
        Shape::Any => "a value".to_owned(),
    }
}
