//! A checked assertion: every name is resolved, every part has a type. Both evaluators work from it.

use std::{fmt, sync::Arc};

use regex::Regex;

use crate::{check::Function, syntax::Span, types::Type, value::Value};

/// A part of a checked assertion.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) ty: Type,
    pub(crate) span: Span,
}

/// Where facts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// The facet of the resource.
    Resource,
    /// The manifest's facts about its tenant.
    Tenant,
    /// About its project.
    Project,
    /// About its unit.
    Unit,
    /// About its landing zone.
    LandingZone,
}

impl Root {
    /// The roots of the manifest's own facts, in the order of [`polity_model::facet::places`].
    pub const PLACES: [Self; 4] = [Self::Tenant, Self::Project, Self::Unit, Self::LandingZone];

    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Tenant => "tenant",
            Self::Project => "project",
            Self::Unit => "unit",
            Self::LandingZone => "landing_zone",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Const(Value),
    Root(Root),
    /// The moment of the reading.
    Now,
    /// A parameter, until it is bound.
    Param(String),
    Local(usize),
    Field {
        of: Box<Node>,
        index: usize,
    },
    Index {
        of: Box<Node>,
        index: Box<Node>,
    },
    HasRoot(Root),
    HasField {
        of: Box<Node>,
        index: usize,
    },
    HasKey {
        of: Box<Node>,
        key: Arc<str>,
    },
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Choice(Box<[Node; 3]>),
    Call(Function, Vec<Node>),
    Matches {
        of: Box<Node>,
        pattern: Pattern,
    },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Loop(Box<Loop>),
    Let {
        slot: usize,
        value: Box<Node>,
        body: Box<Node>,
    },
}

/// A regular expression: text until all parameters are bound.
#[derive(Clone)]
pub(crate) enum Pattern {
    Open(Box<Node>),
    Ready(Regex),
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(node) => node.fmt(f),
            Self::Ready(regex) => write!(f, "/{regex}/"),
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Open(a), Self::Open(b)) => a == b,
            (Self::Ready(a), Self::Ready(b)) => a.as_str() == b.as_str(),
            _ => false,
        }
    }
}

/// A macro over a list or map.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Loop {
    pub(crate) fold: Fold,
    pub(crate) range: Node,
    /// Item of a list, or key of a map; with a second variable the index of a list.
    pub(crate) first: usize,
    /// Item of a list, or value of a map.
    pub(crate) second: Option<usize>,
    /// Which items are taken at all.
    pub(crate) filter: Option<Node>,
    pub(crate) body: Node,
}

/// What becomes of the bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    All,
    Exists,
    ExistsOne,
    /// The items whose body holds.
    Filter,
    /// The bodies, as a list.
    Map,
    /// The bodies, as a map with the same keys.
    MapValues,
}

/// Two parts are equal if they say the same, wherever they stand.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Node {
    pub(crate) fn new(kind: Kind, ty: Type, span: Span) -> Self {
        Self { kind, ty, span }
    }

    pub(crate) fn constant(&self) -> Option<&Value> {
        if let Kind::Const(value) = &self.kind { Some(value) } else { None }
    }

    /// Calls `visit` for each part directly below.
    pub(crate) fn below<'n>(&'n self, visit: &mut impl FnMut(&'n Self)) {
        match &self.kind {
            Kind::Const(_) | Kind::Root(_) | Kind::Now | Kind::Param(_) | Kind::Local(_) | Kind::HasRoot(_) => {}
            Kind::Field { of, .. } | Kind::HasField { of, .. } | Kind::HasKey { of, .. } | Kind::Not(of) => visit(of),
            Kind::Index { of, index } => {
                visit(of);
                visit(index);
            }
            Kind::And(parts) | Kind::Or(parts) | Kind::List(parts) | Kind::Call(_, parts) => {
                parts.iter().for_each(visit)
            }
            Kind::Choice(parts) => parts.iter().for_each(visit),
            Kind::Matches { of, pattern } => {
                visit(of);
                if let Pattern::Open(node) = pattern {
                    visit(node);
                }
            }
            Kind::Map(entries) => entries.iter().for_each(|(key, value)| {
                visit(key);
                visit(value);
            }),
            Kind::Loop(looped) => {
                visit(&looped.range);
                looped.filter.iter().for_each(&mut *visit);
                visit(&looped.body);
            }
            Kind::Let { value, body, .. } => {
                visit(value);
                visit(body);
            }
        }
    }

    /// This part with each part directly below replaced.
    pub(crate) fn map<E>(self, change: &mut impl FnMut(Self) -> Result<Self, E>) -> Result<Self, E> {
        let mut boxed = |node: Box<Self>| Ok::<_, E>(Box::new(change(*node)?));
        let kind = match self.kind {
            same
            @ (Kind::Const(_) | Kind::Root(_) | Kind::Now | Kind::Param(_) | Kind::Local(_) | Kind::HasRoot(_)) => same,
            Kind::Field { of, index } => Kind::Field { of: boxed(of)?, index },
            Kind::HasField { of, index } => Kind::HasField { of: boxed(of)?, index },
            Kind::HasKey { of, key } => Kind::HasKey { of: boxed(of)?, key },
            Kind::Not(of) => Kind::Not(boxed(of)?),
            Kind::Index { of, index } => Kind::Index { of: boxed(of)?, index: boxed(index)? },
            Kind::And(parts) => Kind::And(parts.into_iter().map(change).collect::<Result<_, _>>()?),
            Kind::Or(parts) => Kind::Or(parts.into_iter().map(change).collect::<Result<_, _>>()?),
            Kind::List(parts) => Kind::List(parts.into_iter().map(change).collect::<Result<_, _>>()?),
            Kind::Call(function, parts) => {
                Kind::Call(function, parts.into_iter().map(change).collect::<Result<_, _>>()?)
            }
            Kind::Choice(parts) => {
                let [condition, yes, no] = *parts;
                Kind::Choice(Box::new([change(condition)?, change(yes)?, change(no)?]))
            }
            Kind::Matches { of, pattern } => Kind::Matches {
                of: boxed(of)?,
                pattern: match pattern {
                    Pattern::Open(node) => Pattern::Open(boxed(node)?),
                    ready => ready,
                },
            },
            Kind::Map(entries) => Kind::Map(
                entries.into_iter().map(|(key, value)| Ok((change(key)?, change(value)?))).collect::<Result<_, _>>()?,
            ),
            Kind::Loop(looped) => Kind::Loop(Box::new(Loop {
                range: change(looped.range)?,
                filter: looped.filter.map(&mut *change).transpose()?,
                body: change(looped.body)?,
                ..*looped
            })),
            Kind::Let { slot, value, body } => Kind::Let { slot, value: boxed(value)?, body: boxed(body)? },
        };
        Ok(Self { kind, ..self })
    }
}
