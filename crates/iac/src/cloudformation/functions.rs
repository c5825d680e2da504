//! The functions of templates: what can be told beforehand is, the rest is known only after apply.

use std::{cell::Cell, collections::BTreeMap};

use polity_model::written::{Content, Entry, Written};

use crate::tree::{Node, Target, Tree};

/// Functions stand in functions, but not for ever.
const DEEPEST: usize = 48;
/// So many functions are looked at in one template; joins of joins can be made to take for ever.
const MOST: usize = 200_000;

/// What the functions of a template may speak of.
pub(super) struct Template<'w> {
    parameters: BTreeMap<&'w str, &'w Written>,
    conditions: BTreeMap<&'w str, &'w Written>,
    mappings: Option<&'w Written>,
    resources: Option<&'w Written>,
    left: Cell<usize>,
}

impl<'w> Template<'w> {
    pub(super) fn of(document: &'w Written) -> Self {
        let section = |name: &str| document.get(name).map(|entry| &entry.value);
        let by_name = |name: &str| -> BTreeMap<&'w str, &'w Written> {
            let entries = section(name).and_then(Written::entries).unwrap_or_default();
            entries.iter().map(|entry| (entry.key.as_str(), &entry.value)).collect()
        };
        Self {
            parameters: by_name("Parameters"),
            conditions: by_name("Conditions"),
            mappings: section("Mappings"),
            resources: section("Resources"),
            left: Cell::new(MOST),
        }
    }

    /// A value with its functions worked out.
    pub(super) fn value(&self, written: &Written) -> Tree {
        self.worked_out(written, 0)
    }

    /// Whether a condition holds, as far as that can be told.
    pub(super) fn condition(&self, name: &str) -> Option<bool> {
        self.holds_named(name, 0)
    }

    fn worked_out(&self, written: &Written, depth: usize) -> Tree {
        let node = match &written.content {
            Content::List(items) => Node::List(items.iter().map(|item| self.worked_out(item, depth)).collect()),
            Content::Map(entries) => match entries.as_slice() {
                [entry] if entry.key == "Ref" || entry.key.starts_with("Fn::") => self.called(entry, depth + 1),
                _ => Node::Map(
                    entries.iter().map(|entry| (entry.key.clone(), self.worked_out(&entry.value, depth))).collect(),
                ),
            },
            _ => return Tree::of(written),
        };
        // A property that is left out is as if nobody wrote it.
        let node = match node {
            Node::Map(entries) => {
                Node::Map(entries.into_iter().filter(|(_, value)| value.node != Node::Null).collect())
            }
            Node::List(items) => Node::List(items.into_iter().filter(|item| item.node != Node::Null).collect()),
            node => node,
        };
        Tree::new(&written.origin, node)
    }

    fn called(&self, function: &Entry, depth: usize) -> Node {
        let left = self.left.get();
        if depth > DEEPEST || left == 0 {
            return Node::Open(Vec::new());
        }
        self.left.set(left - 1);
        let value = &function.value;
        let known = match function.key.as_str() {
            "Ref" => value.text().map(|name| self.reference(name, depth)),
            "Fn::GetAtt" => Some(self.attribute(value)),
            "Fn::Sub" => self.substituted(value, depth),
            "Fn::Join" => self.joined(value, depth),
            "Fn::Select" => self.selected(value, depth),
            "Fn::Split" => self.split(value, depth),
            "Fn::FindInMap" => self.found(value, depth),
            "Fn::If" => self.chosen(value, depth),
            "Fn::Base64" => Some(self.worked_out(value, depth).node),
            _ => None,
        };
        known.unwrap_or(Node::Open(Vec::new()))
    }

    fn target(&self, name: &str, attribute: &str) -> Option<Node> {
        self.resources?.get(name)?;
        let target = Target { address: name.to_owned(), key: None, attribute: attribute.to_owned() };
        Some(Node::Open(vec![target]))
    }

    fn reference(&self, name: &str, depth: usize) -> Node {
        match name {
            "AWS::NoValue" => return Node::Null,
            // Only names within ARNs are asked for, and only by their end.
            "AWS::Partition" => return Node::Text("aws".to_owned()),
            _ => {}
        }
        if let Some(parameter) = self.parameters.get(name) {
            let kind = parameter.get("Type").and_then(|kind| kind.value.text()).unwrap_or_default();
            // A default that names a stored parameter is not its value.
            let default = parameter.get("Default").filter(|_| !kind.starts_with("AWS::SSM::"));
            return match default.map(|entry| self.worked_out(&entry.value, depth).node) {
                Some(Node::Text(list)) if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
                    let item = |text: &str| Tree::new(&parameter.origin, Node::Text(text.trim().to_owned()));
                    Node::List(list.split(',').map(item).collect())
                }
                Some(known) => known,
                None => Node::Open(Vec::new()),
            };
        }
        self.target(name, "Ref").unwrap_or(Node::Open(Vec::new()))
    }

    fn attribute(&self, value: &Written) -> Node {
        let (name, attribute) = match &value.content {
            Content::Text(text) => match text.split_once('.') {
                Some((name, attribute)) => (name.to_owned(), attribute.to_owned()),
                None => (text.clone(), String::new()),
            },
            Content::List(items) => {
                let text = |index: usize| items.get(index).and_then(Written::text).unwrap_or_default().to_owned();
                (text(0), text(1))
            }
            _ => return Node::Open(Vec::new()),
        };
        self.target(&name, &attribute).unwrap_or(Node::Open(Vec::new()))
    }

    fn items(&self, value: &'_ Written, depth: usize) -> Option<Vec<Tree>> {
        let Content::List(items) = &value.content else { return None };
        Some(items.iter().map(|item| self.worked_out(item, depth)).collect())
    }

    fn substituted(&self, value: &Written, depth: usize) -> Option<Node> {
        let (text, given) = match &value.content {
            Content::Text(text) => (text.as_str(), None),
            Content::List(items) => (items.first()?.text()?, items.get(1)),
            _ => return None,
        };
        let (mut whole, mut rest, mut targets, mut open) = (String::new(), text, Vec::new(), false);
        while let Some((before, behind)) = rest.split_once("${") {
            whole.push_str(before);
            let (name, behind) = behind.split_once('}')?;
            rest = behind;
            if let Some(literal) = name.strip_prefix('!') {
                whole.push_str(&format!("${{{literal}}}"));
                continue;
            }
            let name = name.trim();
            let node = match given.and_then(|given| given.get(name)) {
                Some(entry) => self.worked_out(&entry.value, depth).node,
                None => match name.split_once('.') {
                    Some((resource, attribute)) => self.target(resource, attribute).unwrap_or(Node::Open(Vec::new())),
                    None => self.reference(name, depth),
                },
            };
            match node.text() {
                Some(text) => whole.push_str(&text),
                None => {
                    open = true;
                    if let Node::Open(more) = node {
                        targets.extend(more);
                    }
                }
            }
        }
        whole.push_str(rest);
        // Text around a reference is not what it refers to.
        Some(if open { Node::Open(targets) } else { Node::Text(whole) })
    }

    fn joined(&self, value: &Written, depth: usize) -> Option<Node> {
        let parts = self.items(value, depth)?;
        let separator = parts.first()?.node.clone();
        let Node::Text(separator) = separator else { return None };
        let Node::List(items) = &parts.get(1)?.node else { return None };
        let texts: Option<Vec<String>> = items.iter().map(|item| item.node.text()).collect();
        Some(match texts {
            Some(texts) if texts.iter().map(String::len).sum::<usize>() < 1_000_000 => {
                Node::Text(texts.join(&separator))
            }
            Some(_) => Node::Open(Vec::new()),
            None => Node::Open(
                items
                    .iter()
                    .flat_map(|item| if let Node::Open(targets) = &item.node { targets.clone() } else { Vec::new() })
                    .collect(),
            ),
        })
    }

    fn selected(&self, value: &Written, depth: usize) -> Option<Node> {
        let parts = self.items(value, depth)?;
        let index: usize = parts.first()?.node.text()?.parse().ok()?;
        let Node::List(items) = &parts.get(1)?.node else { return None };
        items.get(index).map(|item| item.node.clone())
    }

    fn split(&self, value: &Written, depth: usize) -> Option<Node> {
        let parts = self.items(value, depth)?;
        let Node::Text(separator) = &parts.first()?.node else { return None };
        let text = parts.get(1)?.node.text()?;
        if separator.is_empty() {
            return None;
        }
        let item = |part: &str| Tree::new(&value.origin, Node::Text(part.to_owned()));
        Some(Node::List(text.split(separator.as_str()).map(item).collect()))
    }

    fn found(&self, value: &Written, depth: usize) -> Option<Node> {
        let parts = self.items(value, depth)?;
        let name = |index: usize| parts.get(index).and_then(|part| part.node.text());
        let found = self.mappings?.get(&name(0)?)?.value.get(&name(1)?)?.value.get(&name(2)?)?;
        Some(Tree::of(&found.value).node)
    }

    fn chosen(&self, value: &Written, depth: usize) -> Option<Node> {
        let Content::List(items) = &value.content else { return None };
        let branch = if self.holds_named(items.first()?.text()?, depth)? { items.get(1)? } else { items.get(2)? };
        Some(self.worked_out(branch, depth).node)
    }

    fn holds_named(&self, name: &str, depth: usize) -> Option<bool> {
        self.holds(self.conditions.get(name)?, depth + 1)
    }

    fn holds(&self, written: &Written, depth: usize) -> Option<bool> {
        let left = self.left.get();
        if depth > DEEPEST || left == 0 {
            return None;
        }
        self.left.set(left - 1);
        let [entry] = written.entries()? else { return None };
        let list = || if let Content::List(items) = &entry.value.content { items.as_slice() } else { &[] };
        match entry.key.as_str() {
            "Condition" => self.holds_named(entry.value.text()?, depth),
            "Fn::Equals" => {
                let parts = self.items(&entry.value, depth)?;
                Some(parts.first()?.node.text()? == parts.get(1)?.node.text()?)
            }
            "Fn::Not" => self.holds(list().first()?, depth + 1).map(|holds| !holds),
            "Fn::And" => {
                let parts: Vec<_> = list().iter().map(|item| self.holds(item, depth + 1)).collect();
                if parts.contains(&Some(false)) {
                    Some(false)
                } else {
                    parts.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
                }
            }
            "Fn::Or" => {
                let parts: Vec<_> = list().iter().map(|item| self.holds(item, depth + 1)).collect();
                if parts.contains(&Some(true)) {
                    Some(true)
                } else {
                    parts.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
                }
            }
            _ => None,
        }
    }
}
