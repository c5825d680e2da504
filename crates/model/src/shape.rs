//! The shape of what people write: one registry of fields from which the parser's checks, the JSON Schema for
//! editors and the reference documentation are all derived.

/// What a written value must look like. The canonical [`crate::Value`] it becomes is named at each variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `true` or `false`; becomes `Bool`.
    Bool,
    /// A whole number within bounds, both included; becomes `Int`.
    Int {
        /// Least.
        min: i64,
        /// Greatest.
        max: i64,
    },
    /// Any text; becomes `Text`.
    Text,
    /// Text that matches a regular expression; becomes `Text`.
    Pattern {
        /// The expression, anchored by whoever uses it.
        regex: &'static str,
        /// What such a text is called: "a 12-digit account number".
        called: &'static str,
    },
    /// An identifier of ours: starts with a letter or digit; letters, digits, `-`, `_`, `.`; becomes `Text`.
    Name,
    /// One of these words; becomes `Text`.
    OneOf(&'static [&'static str]),
    /// A name of another document of one of these nouns, `name` or `noun/name`; becomes `Text` (the bare name).
    Reference(&'static [&'static str]),
    /// `8h`, `90m`; becomes `Int` (seconds).
    Duration,
    /// `5000 EUR`; becomes `Text` in canonical writing.
    Money,
    /// Computing power: `8` cores, or `500m`; becomes `Int` (thousandths of a core).
    Cores,
    /// `64 GiB`; becomes `Int` (MiB).
    Size,
    /// `2027-01-31`; becomes `Text` in canonical writing.
    Date,
    /// A pattern with `*` and `?`; becomes `Text`.
    Glob,
    /// A region of some platform; becomes `Text`.
    Region,
    /// An e-mail address; becomes `Text` as written.
    Email,
    /// A list; becomes `List`.
    List(Box<Shape>),
    /// A list in which order means nothing and repeats are a mistake; becomes `List`, sorted.
    Set(Box<Shape>),
    /// Free names to values of one shape; becomes `Map`.
    Map(Box<Shape>),
    /// Named fields; becomes `Map`.
    Record(Vec<Field>),
    /// Named fields, and further entries that are checked by whoever knows them; becomes `Map`.
    Open(Vec<Field>),
    /// A native document, or the path of a JSON file that holds it (`{file: policy.json}` or a path ending in `.json`);
    /// becomes the document.
    Document,
    /// Settings by platform type (`settings: {<type>: {...}}`), as the vocabulary lists them; becomes `Map`.
    Settings,
    /// The first of these shapes that fits.
    Either(Vec<Shape>),
    /// Any value at all.
    Any,
}

/// One field of a record or of a noun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// As written in the manifest.
    pub name: &'static str,
    /// What its value must look like.
    pub shape: Shape,
    /// Whether it must be there.
    pub required: bool,
    /// One sentence for editors and the reference.
    pub doc: &'static str,
}

impl Field {
    /// An optional field.
    pub fn new(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, shape, required: false, doc }
    }

    /// A field that must be there.
    pub fn required(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, shape, required: true, doc }
    }
}
