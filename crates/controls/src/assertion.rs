//! An assertion: read and checked, bound to its parameters, judged.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    Mistake,
    check::{Environment, check, given_by, sense},
    eval::{Facts, Frame, MOST_STEPS, Nowhere},
    fold::bind,
    syntax::{Span, parse},
    tree::{Kind, Node, Root},
    types::Type,
    value::{Truth, Value},
};

/// A checked assertion.
#[derive(Clone, Debug)]
pub struct Assertion {
    text: Arc<str>,
    tree: Node,
    params: Vec<String>,
}

/// What came of reading an assertion: usable if there is one, with all that is wrong or odd about it.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The assertion, if it can be used.
    pub assertion: Option<Assertion>,
    /// Mistakes, in the order of the text.
    pub mistakes: Vec<Mistake>,
}

impl Assertion {
    /// Reads an assertion; `given` is one that is known to hold wherever this one is asked.
    pub fn read(text: &str, environment: &Environment, given: Option<&Self>) -> Reading {
        let given = given.map(|given| given_by(&given.tree)).unwrap_or_default();
        let (tree, mut mistakes) = tree(text, environment, &given);
        if let Some(node) = &tree {
            if !node.ty.fits(&Type::Bool) {
                let message = format!("an assertion is a condition, but this is {}", node.ty.called());
                mistakes.push(Mistake::error("not-a-condition", node.span, message).help("compare it: `... == ...`"));
            } else if !mistakes.iter().any(Mistake::is_error) {
                mistakes.extend(sense(node, text));
            }
        }
        mistakes.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
        let usable = !mistakes.iter().any(Mistake::is_error);
        let params = environment.params.keys().cloned().collect();
        let assertion = tree.filter(|_| usable).map(|tree| Self { text: text.into(), tree, params });
        Reading { assertion, mistakes }
    }

    /// The text as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Positions of the resource's fields that it speaks of.
    pub(crate) fn fields(&self) -> BTreeSet<usize> {
        fn gather(node: &Node, found: &mut BTreeSet<usize>) {
            if let Kind::Field { of, index } | Kind::HasField { of, index } = &node.kind
                && of.kind == Kind::Root(Root::Resource)
            {
                found.insert(*index);
            }
            node.below(&mut |below| gather(below, found));
        }
        let mut found = BTreeSet::new();
        gather(&self.tree, &mut found);
        found
    }

    /// The assertion with values for its parameters; the caller has checked their types.
    pub fn bind(&self, params: &BTreeMap<String, Value>) -> Result<Bound, Mistake> {
        if let Some(missing) = self.params.iter().find(|name| !params.contains_key(*name)) {
            let message = format!("the parameter `{missing}` has no value");
            return Err(Mistake::error("missing-param", Span::default(), message));
        }
        Ok(Bound { tree: Arc::new(bind(self.tree.clone(), params, &self.text)?), text: self.text.clone() })
    }
}

/// An assertion that is ready to be judged. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bound {
    pub(crate) text: Arc<str>,
    pub(crate) tree: Arc<Node>,
}

impl Bound {
    /// Whether it holds for one resource.
    pub fn judge(&self, facts: &Facts<'_>) -> Truth {
        Frame::new(facts, &self.text, MOST_STEPS).eval(&self.tree).truth()
    }
}

/// The value of an expression that speaks of no facts; what has no value is an unknown.
pub fn value_of(text: &str) -> Result<Value, Vec<Mistake>> {
    let (tree, mistakes) = tree(text, &Environment::default(), &[]);
    let errors: Vec<Mistake> = mistakes.into_iter().filter(Mistake::is_error).collect();
    match tree {
        Some(tree) if errors.is_empty() => {
            let tree = bind(tree, &BTreeMap::new(), text).map_err(|mistake| vec![mistake])?;
            Ok(Frame::new(&Nowhere, text, MOST_STEPS).eval(&tree))
        }
        _ => Err(errors),
    }
}

fn tree(text: &str, environment: &Environment, given: &[String]) -> (Option<Node>, Vec<Mistake>) {
    let expr = match parse(text) {
        Ok(expr) => expr,
        Err(mistake) => return (None, vec![mistake]),
    };
    let (node, mut mistakes) = check(&expr, text, environment, given);
    // Patterns are made here, so that a bad one is seen now.
    if let Some(node) = &node
        && let Err(mistake) = bind(node.clone(), &BTreeMap::new(), text)
    {
        mistakes.push(mistake);
    }
    (node, mistakes)
}
