//! Readable names for native ids, so that a plan says `payments` and not `d60a2762-90a8-4e45-bdcc-9cc872fd991a`.

use std::collections::BTreeMap;

use polity_model::{
    Address,
    resource::Observed,
    schema::{Nature, Schema},
};

/// Names by native id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    values: BTreeMap<String, String>,
    titles: BTreeMap<(String, String), String>,
}

impl Names {
    /// The names that a reading knows. The manifest's own names (`known`) tell more than native ones.
    pub(crate) fn of(
        objects: &[Observed],
        known: &BTreeMap<Address, String>,
        schemas: &BTreeMap<(String, String), Schema>,
    ) -> Self {
        // What others point at has a name worth telling; ids of links and settings are made of those of others.
        let natures: BTreeMap<&str, Nature> =
            schemas.iter().map(|((_, kind), schema)| (kind.as_str(), schema.nature)).collect();
        let pointed_at =
            |kind: &str| !matches!(natures.get(kind), Some(Nature::Link | Nature::Setting | Nature::Observed));
        let mut names = Self::default();
        for object in objects.iter().filter(|object| !object.name.is_empty() && object.name != object.id) {
            names.titles.insert((object.kind.clone(), object.id.clone()), object.name.clone());
            if pointed_at(&object.kind) {
                names.add(&object.id, &object.name);
            }
        }
        for (address, id) in known.iter().filter(|(address, _)| pointed_at(&address.kind)) {
            names.add(id, &address.name);
        }
        names
    }

    /// A word is read as it is; so are words that tell the name itself. A random id may happen to have no digit.
    fn add(&mut self, id: &str, name: &str) {
        let digit = id.contains(|character: char| character.is_ascii_digit());
        if digit || (id.contains('-') && !id.contains(name)) {
            self.values.insert(id.to_owned(), name.to_owned());
        }
    }

    /// The name of what has this id.
    pub(crate) fn value(&self, id: &str) -> Option<&str> {
        self.values.get(id).map(String::as_str).filter(|name| *name != id)
    }

    /// The name of an object of this kind, with the ids within replaced by names.
    pub(crate) fn title(&self, kind: &str, id: &str) -> Option<String> {
        self.titles.get(&(kind.to_owned(), id.to_owned())).map(|name| self.readable(name))
    }

    /// Text with every word that is an id replaced by its name.
    pub(crate) fn readable(&self, text: &str) -> String {
        text.split(' ').map(|word| self.value(word).unwrap_or(word)).collect::<Vec<_>>().join(" ")
    }

    /// A name for an id, in tests.
    #[cfg(test)]
    pub(crate) fn with(mut self, kind: &str, id: &str, name: &str) -> Self {
        self.titles.insert((kind.to_owned(), id.to_owned()), name.to_owned());
        self.add(id, name);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_within_names_are_replaced() {
        let object = |kind: &str, id: &str, name: &str| Observed {
            kind: kind.to_owned(),
            scope: "nimbus".to_owned(),
            id: id.to_owned(),
            name: name.to_owned(),
            attributes: [].into(),
            keys: vec![],
            mark: None,
            vendor: None,
            ended: None,
        };
        let objects = [
            object("user", "u-1", "ada@acme.example"),
            object("group", "g-1", "Payments"),
            object("type", "PLAIN_WORD", "plain"),
            object("policy", "p-FullAccess", "FullAccess"),
            object("unit", "ou-hbvx-wpzctnvr", "core"),
            object("membership", "g-1/u-1", "u-1 in g-1"),
        ];
        let known = [(Address::new("nimbus", "user", "ada"), "u-1".to_owned())].into();
        let names = Names::of(&objects, &known, &BTreeMap::new());
        assert_eq!(names.title("membership", "g-1/u-1").as_deref(), Some("ada in Payments"));
        assert_eq!(names.value("u-1"), Some("ada"));
        assert_eq!((names.value("PLAIN_WORD"), names.value("p-FullAccess")), (None, None));
        assert_eq!(names.value("ou-hbvx-wpzctnvr"), Some("core"));
        assert_eq!(names.title("membership", "other"), None);
    }
}
