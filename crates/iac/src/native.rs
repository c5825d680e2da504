//! Resources as plans and templates hold them, in one shape, and what belongs to what.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use polity_model::{Diagnostic, Origin, facet::Datum};

use crate::tree::{Node, OPEN, Target, Tree};

/// One resource of a plan or template, under the attribute names that Terraform has for it.
#[derive(Clone, Debug)]
pub(crate) struct Native {
    /// With the keys of instances.
    pub(crate) address: String,
    /// Without any key.
    pub(crate) plain: String,
    /// The modules around it, with their keys.
    pub(crate) module: String,
    /// Key of this instance.
    pub(crate) key: Option<String>,
    /// Its type: `aws_s3_bucket`.
    pub(crate) kind: String,
    /// Its type, in the words of its format.
    pub(crate) called: String,
    /// Whether it is read, not made.
    pub(crate) data: bool,
    /// Its attributes.
    pub(crate) tree: Tree,
    /// Where it is written.
    pub(crate) origin: Origin,
}

/// All resources of one file.
#[derive(Debug, Default)]
pub(crate) struct World {
    natives: Vec<Native>,
    by_kind: BTreeMap<String, Vec<usize>>,
    /// The region that all of it is made in, if there is but one.
    pub(crate) region: Option<String>,
    claimed: RefCell<BTreeSet<String>>,
    pub(crate) diagnostics: RefCell<Vec<Diagnostic>>,
}

/// Resources that belong to another one.
#[derive(Debug, Default)]
pub(crate) struct Joined<'w> {
    /// These do.
    pub(crate) sure: Vec<&'w Native>,
    /// Whether there are more of which it is not known.
    pub(crate) more: bool,
}

/// Whether something is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hit {
    Sure,
    Maybe,
    No,
}

impl World {
    pub(crate) fn new(natives: Vec<Native>, region: Option<String>) -> Self {
        let mut by_kind: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, native) in natives.iter().enumerate() {
            by_kind.entry(native.kind.clone()).or_default().push(index);
        }
        Self { natives, by_kind, region, ..Self::default() }
    }

    /// What is made, in the order of the file.
    pub(crate) fn made(&self) -> impl Iterator<Item = &Native> {
        self.natives.iter().filter(|native| !native.data)
    }

    /// What is made of one type.
    pub(crate) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Native> {
        self.any_of_kind(kind).filter(|native| !native.data)
    }

    fn any_of_kind(&self, kind: &str) -> impl Iterator<Item = &Native> {
        self.by_kind.get(kind).into_iter().flatten().filter_map(|index| self.natives.get(*index))
    }

    /// The resources of a type whose attribute `link` names `to`, which is known by the values of its attributes `names`.
    pub(crate) fn joined(&self, kind: &str, link: &str, to: &Native, names: &[&str]) -> Joined<'_> {
        let mut joined = Joined::default();
        for part in self.of_kind(kind) {
            match self.hit(part, part.tree.at(link), to, names) {
                Hit::Sure => {
                    self.claimed.borrow_mut().insert(part.address.clone());
                    joined.sure.push(part);
                }
                Hit::Maybe => joined.more = true,
                Hit::No => {}
            }
        }
        joined
    }

    /// Whether a value of `from` names `to`.
    fn hit(&self, from: &Native, value: &Node, to: &Native, names: &[&str]) -> Hit {
        match value {
            Node::Unset => Hit::Maybe,
            Node::Open(targets) if targets.is_empty() => Hit::Maybe,
            Node::Open(targets) => {
                let hits: Vec<Hit> = targets.iter().map(|target| self.meant(from, target, to)).collect();
                match hits.iter().filter(|hit| **hit != Hit::No).count() {
                    0 => Hit::No,
                    _ if hits.iter().all(|hit| *hit == Hit::Sure) => Hit::Sure,
                    _ => Hit::Maybe,
                }
            }
            Node::List(items) => {
                let hits: Vec<Hit> = items.iter().map(|item| self.hit(from, &item.node, to, names)).collect();
                [Hit::Sure, Hit::Maybe].into_iter().find(|hit| hits.contains(hit)).unwrap_or(Hit::No)
            }
            value => match value.text() {
                Some(text) if names.iter().any(|name| to.tree.known(name).as_deref() == Some(&text)) => Hit::Sure,
                _ => Hit::No,
            },
        }
    }

    fn meant(&self, from: &Native, target: &Target, to: &Native) -> Hit {
        if target.address != to.plain {
            return Hit::No;
        }
        let around = |native: &Native| without_keys(&native.module);
        if around(from) == around(to) {
            if from.module != to.module {
                return Hit::No;
            }
        } else if to.module.contains('[') {
            return Hit::Maybe;
        }
        if let Some(key) = &target.key {
            return if to.key.as_ref() == Some(key) { Hit::Sure } else { Hit::No };
        }
        let others = |native: &&Native| native.plain == to.plain && native.module == to.module;
        if to.key.is_none() || self.any_of_kind(&to.kind).filter(others).count() == 1 {
            return Hit::Sure;
        }
        match &from.key {
            Some(_) if from.key == to.key => Hit::Sure,
            Some(_) if self.any_of_kind(&to.kind).any(|native| others(&native) && native.key == from.key) => Hit::No,
            _ => Hit::Maybe,
        }
    }

    /// The one resource of these types that a value names, by reference or by one of these attributes.
    pub(crate) fn named(&self, from: &Native, value: &Node, kinds: &[&str], names: &[&str]) -> Option<&Native> {
        if matches!(value, Node::Null | Node::Unset) {
            return None;
        }
        let mut found = None;
        for kind in kinds {
            for native in self.any_of_kind(kind) {
                match self.hit(from, value, native, names) {
                    Hit::Sure if found.is_some() => return None,
                    Hit::Sure => found = Some(native),
                    Hit::Maybe | Hit::No => {}
                }
            }
        }
        found
    }

    /// Whether a part found what it belongs to.
    pub(crate) fn is_claimed(&self, native: &Native) -> bool {
        self.claimed.borrow().contains(&native.address)
    }

    /// Says something about the text.
    pub(crate) fn tell(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }
}

impl Joined<'_> {
    /// A fact that these parts decide: by `read` where there is one, `otherwise` where there is none, open where there may be more.
    pub(crate) fn fact(&self, read: impl Fn(&Native) -> Datum, otherwise: impl Into<Datum>) -> Datum {
        match self.sure.last() {
            Some(part) => read(part),
            None if self.more => OPEN,
            None => otherwise.into(),
        }
    }
}

/// An address without the keys of instances.
pub(crate) fn without_keys(address: &str) -> String {
    let (mut plain, mut inside, mut quoted) = (String::new(), false, false);
    for character in address.chars() {
        match character {
            '"' if inside => quoted = !quoted,
            '[' if !quoted => inside = true,
            ']' if !quoted => inside = false,
            _ if inside => {}
            _ => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn native(module: &str, name: &str, key: Option<&str>, node: Node) -> Native {
        let origin = Origin::file("a");
        let tree = Tree::new(&origin, Node::Map(vec![("bucket".to_owned(), Tree::new(&origin, node))]));
        let (kind, _) = name.split_once('.').unwrap();
        let plain = format!("{}{name}", without_keys(module));
        let address = format!("{module}{name}{}", key.map_or_else(String::new, |key| format!("[\"{key}\"]")));
        let (module, key, kind) = (module.to_owned(), key.map(str::to_owned), kind.to_owned());
        Native { address, plain, module, key, called: kind.clone(), kind, data: false, tree, origin }
    }

    fn to(address: &str, key: Option<&str>) -> Node {
        Node::Open(vec![Target {
            address: address.to_owned(),
            key: key.map(str::to_owned),
            attribute: "id".to_owned(),
        }])
    }

    fn joined(natives: Vec<Native>) -> Vec<String> {
        let world = World::new(natives, None);
        let told = world.of_kind("store").map(|store| {
            let joined = world.joined("part", "bucket", store, &["bucket"]);
            format!("{}: {}{}", store.address, joined.sure.len(), if joined.more { " or more" } else { "" })
        });
        told.collect()
    }

    #[test]
    fn parts_find_what_they_belong_to_by_reference_name_and_key() {
        let stores = || {
            vec![
                native("", "store.a", Some("x"), Node::Text("one".into())),
                native("", "store.a", Some("y"), Node::Open(vec![])),
            ]
        };
        let with = |part: Native| joined([stores(), vec![part]].concat());
        assert_eq!(
            with(native("", "part.p", None, Node::Text("one".into()))),
            ["store.a[\"x\"]: 1", "store.a[\"y\"]: 0"]
        );
        assert_eq!(
            with(native("", "part.p", None, to("store.a", Some("y")))),
            ["store.a[\"x\"]: 0", "store.a[\"y\"]: 1"]
        );
        assert_eq!(
            with(native("", "part.p", Some("y"), to("store.a", None))),
            ["store.a[\"x\"]: 0", "store.a[\"y\"]: 1"]
        );
        assert_eq!(
            with(native("", "part.p", None, to("store.a", None))),
            ["store.a[\"x\"]: 0 or more", "store.a[\"y\"]: 0 or more"]
        );
        assert_eq!(
            with(native("", "part.p", None, Node::Open(vec![]))),
            ["store.a[\"x\"]: 0 or more", "store.a[\"y\"]: 0 or more"]
        );
        assert_eq!(with(native("", "part.p", None, to("store.b", None))), ["store.a[\"x\"]: 0", "store.a[\"y\"]: 0"]);
    }

    #[test]
    fn instances_of_modules_keep_to_themselves() {
        let around = |key: &str| format!("module.m[\"{key}\"].");
        let natives = ["a.b", "c]d"].map(|key| {
            [
                native(&around(key), "store.s", None, Node::Open(vec![])),
                native(&around(key), "part.p", None, to("module.m.store.s", None)),
            ]
        });
        assert_eq!(joined(natives.concat()), ["module.m[\"a.b\"].store.s: 1", "module.m[\"c]d\"].store.s: 1"]);
    }
}
