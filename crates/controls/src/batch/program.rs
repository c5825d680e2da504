//! A flat program over columns: registers of many lanes instead of a tree of single values.

use regex::Regex;

use crate::{
    assertion::Bound,
    check::Function,
    columns::dictionary::head,
    tree::{Kind, Node, Pattern, Root},
    types::Type,
    value::{Causes, Value},
};

/// Number of a register.
pub(crate) type Reg = usize;
/// Number of a column that the program reads.
pub(crate) type ColumnId = usize;
/// Number of a cause that the program itself can give.
pub(crate) type ErrorId = usize;

/// What the lanes of a register stand for. Those of [`ROWS`] are the rows of a batch, those of [`PLACES`] all places, any
/// further one the items of a list.
pub(crate) type DomainId = usize;
pub(crate) const ROWS: DomainId = 0;
pub(crate) const PLACES: DomainId = 1;

/// A compiled assertion. It knows a facet, no table: one program serves all tables of its facet.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) bound: Bound,
    /// What is the same for all batches: it speaks of places alone.
    pub(crate) prelude: Vec<Op>,
    pub(crate) ops: Vec<Op>,
    pub(crate) result: Reg,
    pub(crate) registers: usize,
    pub(crate) columns: Vec<ColumnPath>,
    pub(crate) domains: Vec<Domain>,
    pub(crate) tests: Vec<TextTest>,
    pub(crate) errors: Vec<Causes>,
    /// Parts that single rows are evaluated for.
    pub(crate) rowwise: Vec<Node>,
}

impl Program {
    /// How many parts of it are evaluated row by row, because columns have no way for them. 0: all is columnar.
    pub fn parts_by_row(&self) -> usize {
        self.rowwise.len()
    }

    /// The assertion that it is made from.
    pub fn bound(&self) -> &Bound {
        &self.bound
    }
}

/// The way to a column: fields, and items of lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnPath {
    pub(crate) root: Root,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Field(usize),
    Items,
}

/// The items of a list or map, as lanes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Domain {
    pub(crate) above: DomainId,
    pub(crate) list: ColumnId,
}

/// A question about one text that is asked once per text of the dictionary.
#[derive(Clone, Debug)]
pub(crate) struct TextTest {
    /// A condition in which the text is the one variable.
    pub(crate) node: Node,
    /// The same where it is one of the common questions, which need no evaluator.
    pub(crate) quick: Option<Quick>,
}

/// A common question about one text.
#[derive(Clone, Debug)]
pub(crate) enum Quick {
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Contains(Box<str>),
    Matches(Regex),
}

impl Quick {
    fn of(node: &Node) -> Option<Self> {
        let variable = |node: &Node| matches!(node.kind, Kind::Local(TextTest::SLOT));
        match &node.kind {
            Kind::Matches { of, pattern: Pattern::Ready(regex) } if variable(of) => Some(Self::Matches(regex.clone())),
            Kind::Call(function, arguments) => match (arguments.as_slice(), arguments.get(1)?.constant()?) {
                ([of, _], Value::Text(text)) if variable(of) => match function {
                    Function::StartsWith => Some(Self::StartsWith((**text).into())),
                    Function::EndsWith => Some(Self::EndsWith((**text).into())),
                    Function::Contains => Some(Self::Contains((**text).into())),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// The same question of the first eight bytes of a text: which of them count, and what they have to be.
    pub(crate) fn head(&self) -> Option<(u64, u64)> {
        let Self::StartsWith(start) = self else { return None };
        // Behind the end of a text stand zeros.
        let short = (1..=8).contains(&start.len()) && !start.as_bytes().contains(&0);
        short.then(|| (u64::MAX >> (64 - 8 * start.len()), head(start)))
    }

    /// The answer for one text.
    pub(crate) fn ask(&self, text: &str) -> bool {
        match self {
            Self::StartsWith(other) => text.starts_with(&**other),
            Self::EndsWith(other) => text.ends_with(&**other),
            Self::Contains(other) => text.contains(&**other),
            Self::Matches(regex) => regex.is_match(text),
        }
    }
}

impl TextTest {
    /// The slot of that variable.
    pub(crate) const SLOT: usize = 0;

    pub(crate) fn new(node: Node) -> Self {
        let quick = Quick::of(&node);
        Self { node, quick }
    }
}

/// A column as it is read: its records come first, and their absence is an error of its own.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) column: ColumnId,
    /// Columns around it and the error where they are absent.
    pub(crate) under: Vec<(ColumnId, ErrorId)>,
    /// The error where it is absent itself.
    pub(crate) absent: ErrorId,
}

/// A value that is the same in all lanes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar {
    Int(i64),
    Double(f64),
    /// In microseconds.
    Time(i64),
}

/// The other side of an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Other {
    Reg(Reg),
    Const(Scalar),
}

/// The chain that a part is one of: where the lanes before it have decided, whatever the part comes to changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Within {
    pub(crate) chain: Reg,
    pub(crate) and: bool,
}

/// One step: what it does, for which lanes, and where the result goes.
#[derive(Clone, Debug)]
pub(crate) struct Op {
    pub(crate) dest: Reg,
    pub(crate) domain: DomainId,
    pub(crate) code: Code,
}

#[derive(Clone, Debug)]
pub(crate) enum Code {
    /// The same truth in all lanes.
    Always(bool),
    /// The moment of the reading in all lanes.
    Now,
    /// Makes the lanes of a domain known.
    Enter,
    Load {
        read: Read,
        within: Option<Within>,
    },
    /// The keys of the map whose entries are the lanes.
    Keys(ColumnId),
    Has(Read),
    HasKey {
        map: Read,
        key: Box<str>,
    },
    /// The entry of a map with this key.
    Entry {
        map: Read,
        key: Box<str>,
        none: ErrorId,
        within: Option<Within>,
    },
    Size(Read),
    Compare {
        how: Function,
        left: Reg,
        right: Other,
    },
    /// Whether a text is this one.
    TextIs {
        of: Reg,
        text: Box<str>,
        not: bool,
    },
    /// Whether a text is one of these.
    TextIn {
        of: Reg,
        texts: Box<[Box<str>]>,
    },
    TextSame {
        left: Reg,
        right: Reg,
        not: bool,
    },
    TextTest {
        of: Reg,
        test: usize,
        within: Option<Within>,
    },
    BoolSame {
        left: Reg,
        right: Reg,
        not: bool,
    },
    Not(Reg),
    /// Joins a part to what is already in the destination.
    Join {
        part: Reg,
        and: bool,
    },
    /// Goes on at this place if the register has the same truth in all lanes.
    Decided {
        of: Reg,
        truth: bool,
        to: usize,
    },
    Copy(Reg),
    Choose {
        condition: Reg,
        yes: Reg,
        no: Reg,
    },
    Arithmetic {
        how: Function,
        left: Other,
        right: Other,
        gives: Type,
        range: ErrorId,
        zero: ErrorId,
    },
    /// Brings lanes of the domain above down to its items, or lanes of places to rows.
    Spread {
        of: Reg,
        from: DomainId,
    },
    /// Makes one truth of those of the items.
    Fold {
        fold: Folds,
        body: Reg,
        items: DomainId,
        list: Read,
    },
    ByRow(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folds {
    All,
    Exists,
    One,
}
