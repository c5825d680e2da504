//! What is written of a resource, where parts may not be known yet.

use polity_model::{
    Origin,
    facet::{Datum, Reason},
    written::{Content, Written},
};

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) origin: Origin,
    pub(crate) node: Node,
}

/// What is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// Nothing.
    Null,
    Bool(bool),
    Int(i64),
    Decimal(String),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
    /// Known only after apply; what it may be a value of, as far as that is written.
    Open(Vec<Target>),
    /// Nobody wrote it, and what the cloud makes of that is known only after apply.
    Unset,
}

/// What a value that is not known yet refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Address of the resource, without the key of an instance.
    pub(crate) address: String,
    /// Key of the instance, if one is named.
    pub(crate) key: Option<String>,
    /// The attribute.
    pub(crate) attribute: String,
}

/// An open value.
pub(crate) const OPEN: Datum = Datum::Unknown(Reason::AfterApply);

static NOTHING: Node = Node::Null;

impl Tree {
    pub(crate) fn new(origin: &Origin, node: Node) -> Self {
        Self { origin: origin.clone(), node }
    }

    /// What is written, all of it known.
    pub(crate) fn of(written: &Written) -> Self {
        let node = match &written.content {
            Content::Null => Node::Null,
            Content::Bool(value) => Node::Bool(*value),
            Content::Int(number) => Node::Int(*number),
            Content::Decimal(digits) => Node::Decimal(digits.clone()),
            Content::Text(text) => Node::Text(text.clone()),
            Content::List(items) => Node::List(items.iter().map(Self::of).collect()),
            Content::Map(entries) => {
                Node::Map(entries.iter().map(|entry| (entry.key.clone(), Self::of(&entry.value))).collect())
            }
        };
        Self::new(&written.origin, node)
    }

    /// The value at a path of names with dots between. A list of one is what it holds; what lies below an open value is open.
    pub(crate) fn at(&self, path: &str) -> &Node {
        self.find(path).map_or(&NOTHING, |tree| &tree.node)
    }

    /// The same, with its place.
    pub(crate) fn find(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |tree, name| tree.child(name))
    }

    fn child(&self, name: &str) -> Option<&Self> {
        match &self.node {
            Node::Map(entries) => entries.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            Node::List(items) => match items.as_slice() {
                [only] => only.child(name),
                _ => None,
            },
            Node::Open(_) | Node::Unset => Some(self),
            _ => None,
        }
    }

    /// The items of a list, or the one thing that stands instead of a list; `None` where that is open.
    pub(crate) fn items(&self, path: &str) -> Option<Vec<&Self>> {
        match self.find(path) {
            None => Some(Vec::new()),
            Some(Self { node: Node::Null, .. }) => Some(Vec::new()),
            Some(Self { node: Node::List(items), .. }) => Some(items.iter().collect()),
            Some(Self { node: Node::Open(_) | Node::Unset, .. }) => None,
            Some(one) => Some(vec![one]),
        }
    }

    /// The entries of a map.
    pub(crate) fn entries(&self) -> &[(String, Self)] {
        match &self.node {
            Node::Map(entries) => entries,
            Node::List(items) => match items.as_slice() {
                [only] => only.entries(),
                _ => &[],
            },
            _ => &[],
        }
    }

    /// Whether somebody wrote something there.
    pub(crate) fn has(&self, path: &str) -> bool {
        !matches!(self.at(path), Node::Null | Node::Unset)
    }

    /// Texts that somebody wrote; none where nobody did.
    pub(crate) fn given(&self, path: &str) -> Datum {
        if self.has(path) { self.texts(path) } else { Datum::List(Vec::new()) }
    }

    /// True or false; absent where nothing is written.
    pub(crate) fn flag(&self, path: &str) -> Datum {
        self.at(path).flag()
    }

    /// The same, where a known default holds as long as nobody writes anything.
    pub(crate) fn flag_or(&self, path: &str, default: bool) -> Datum {
        if self.has(path) { self.flag(path).unwritten(default) } else { default.into() }
    }

    /// Text; absent where nothing or an empty text is written.
    pub(crate) fn text(&self, path: &str) -> Datum {
        self.at(path).text().map_or_else(|| self.at(path).gap(), Into::into)
    }

    /// The text, if it is known.
    pub(crate) fn known(&self, path: &str) -> Option<String> {
        self.at(path).text()
    }

    /// A whole number; absent where nothing is written.
    pub(crate) fn int(&self, path: &str) -> Datum {
        self.at(path).int().map_or_else(|| self.at(path).gap(), Into::into)
    }

    /// The same, where a known default holds as long as nobody writes anything.
    pub(crate) fn int_or(&self, path: &str, default: i64) -> Datum {
        if self.has(path) { self.int(path).unwritten(default) } else { default.into() }
    }

    /// A list of texts, where a single text is a list of one.
    pub(crate) fn texts(&self, path: &str) -> Datum {
        let Some(items) = self.items(path) else { return OPEN };
        Datum::List(items.iter().map(|item| item.node.text().map_or(OPEN, Into::into)).collect())
    }

    /// Tags, as a map or as a list of `Key` and `Value`.
    pub(crate) fn tags(&self, path: &str) -> Datum {
        let Some(tree) = self.find(path) else { return Datum::Map(std::collections::BTreeMap::new()) };
        let value = |node: &Node| node.text().map_or(OPEN, Into::into);
        match &tree.node {
            Node::Open(_) => OPEN,
            Node::Map(entries) => {
                Datum::Map(entries.iter().map(|(key, tree)| (key.clone(), value(&tree.node))).collect())
            }
            Node::List(items) => {
                let entry = |item: &Self| {
                    let key = item.known("Key").or_else(|| item.known("key"))?;
                    let path = if item.has("Value") { "Value" } else { "value" };
                    Some((key, value(item.at(path))))
                };
                // A key that is not known yet could be any.
                items.iter().map(entry).collect::<Option<_>>().map_or(OPEN, Datum::Map)
            }
            _ => Datum::Map(std::collections::BTreeMap::new()),
        }
    }
}

impl Node {
    /// What it is where it is no value of the type that is asked for.
    pub(crate) fn gap(&self) -> Datum {
        match self {
            Self::Null => Datum::Absent,
            Self::Text(text) if text.is_empty() => Datum::Absent,
            Self::Open(_) | Self::Unset => OPEN,
            Self::List(items) => match items.as_slice() {
                [] => Datum::Absent,
                [only] => only.node.gap(),
                _ => odd(),
            },
            _ => odd(),
        }
    }

    /// The text; numbers and conditions are texts too where a text is asked for.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text.clone()),
            Self::Int(number) => Some(number.to_string()),
            Self::Decimal(digits) => Some(digits.clone()),
            Self::Bool(value) => Some(value.to_string()),
            Self::List(items) => match items.as_slice() {
                [only] => only.node.text(),
                _ => None,
            },
            _ => None,
        }
    }

    fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn flag(&self) -> Datum {
        match self {
            Self::Bool(value) => (*value).into(),
            // Templates write conditions as text, and YAML 1.1 has more words for them.
            Self::Text(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => true.into(),
                "false" | "no" | "off" => false.into(),
                "" => Datum::Absent,
                _ => odd(),
            },
            other => other.gap(),
        }
    }
}

/// Something is written that is none of what is understood there.
fn odd() -> Datum {
    Datum::Unknown(Reason::Undefined("what is written there is not understood".to_owned()))
}

/// Three-valued logic on what is known.
pub(crate) trait Known: Sized {
    /// This instead of nothing.
    fn unwritten(self, default: impl Into<Datum>) -> Datum;
    /// The opposite.
    fn not(self) -> Datum;
    /// Whether it is known to be true.
    fn is_true(&self) -> bool;
    /// Whether it is not known.
    fn is_open(&self) -> bool;
    /// Whether it is one of these words.
    fn is_one_of(&self, words: &[&str]) -> Datum;
}

impl Known for Datum {
    fn unwritten(self, default: impl Into<Datum>) -> Datum {
        if self == Self::Absent { default.into() } else { self }
    }

    fn not(self) -> Datum {
        match self {
            Self::Bool(value) => Self::Bool(!value),
            other => other,
        }
    }

    fn is_true(&self) -> bool {
        *self == Self::Bool(true)
    }

    fn is_open(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    fn is_one_of(&self, words: &[&str]) -> Datum {
        match self {
            Self::Text(text) => words.iter().any(|word| word.eq_ignore_ascii_case(text)).into(),
            Self::Unknown(reason) => Self::Unknown(reason.clone()),
            _ => false.into(),
        }
    }
}

/// Whether one of these holds.
pub(crate) fn any(facts: impl IntoIterator<Item = Datum>) -> Datum {
    let mut open = None;
    for fact in facts {
        match fact {
            Datum::Bool(true) => return true.into(),
            Datum::Unknown(_) => open = open.or(Some(fact)),
            _ => {}
        }
    }
    open.unwrap_or(Datum::Bool(false))
}

/// Whether all of these hold.
pub(crate) fn all(facts: impl IntoIterator<Item = Datum>) -> Datum {
    any(facts.into_iter().map(|fact| fact.unwritten(false).not())).not()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(json: serde_json::Value) -> Tree {
        Tree::of(&Written::of(&polity_model::Value::from_json(&json), &Origin::file("a")))
    }

    #[test]
    fn a_list_of_one_is_what_it_holds_and_texts_are_conditions() {
        let tree =
            tree(serde_json::json!({"a": [{"b": "true", "c": "7", "d": "maybe"}], "tags": [{"Key": "x", "Value": 1}]}));
        assert_eq!(tree.flag("a.b"), Datum::Bool(true));
        assert_eq!(tree.int("a.c"), Datum::Int(7));
        assert!(tree.flag("a.d").is_open());
        assert_eq!(tree.flag("a.e.f"), Datum::Absent);
        assert_eq!(tree.tags("tags"), Datum::texts([("x", "1")]));
    }

    #[test]
    fn what_lies_below_an_open_value_is_open() {
        let open = Tree::new(&Origin::file("a"), Node::Open(Vec::new()));
        assert_eq!(open.flag("a.b"), OPEN);
        assert_eq!(open.items("x"), None);
        assert_eq!(any([false.into(), OPEN]), OPEN);
        assert_eq!(any([OPEN, true.into()]), Datum::Bool(true));
        assert_eq!(all([OPEN, false.into()]), Datum::Bool(false));
        assert_eq!(all([OPEN, true.into()]), OPEN);
        assert_eq!(all([Datum::Absent]), Datum::Bool(false));
    }
}
