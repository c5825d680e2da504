//! Facets: the cloud-neutral views of resources that controls are written on, declared once, as data. A cloud adds rows to
//! them and nothing else; the checker of the control language, its evaluators and the reference all read these tables.
//!
//! What is known of a field of one resource is one of three things: a value, that it is absent (only where the field says
//! that it may be), or that it is unknown, with the [`Reason`].

mod account;
mod data;
mod identity;
mod logs;
mod machines;
mod network;
mod place;
mod read;
mod row;
mod workloads;

use std::sync::LazyLock;

pub use read::Misfit;
pub use row::{Datum, Draft, Reason, Row};

/// One facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// Snake-case name, as in `on:` of a control.
    pub name: &'static str,
    /// For people, plural: "object stores".
    pub title: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Its fields, in the order of the values of a [`Row`].
    pub fields: Vec<Field>,
}

/// One field of a facet or of a record within.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Snake-case name.
    pub name: &'static str,
    /// What its value is.
    pub ty: Type,
    /// Whether it may be absent: then an assertion has to ask with `has()` before it reads the field.
    pub optional: bool,
    /// One sentence.
    pub doc: &'static str,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Double,
    /// Any text.
    Text,
    /// One of these words; a comparison with any other is a mistake.
    Word(&'static [&'static str]),
    /// A moment, to the microsecond.
    Timestamp,
    /// A length of time, to the microsecond.
    Duration,
    /// A list.
    List(Box<Type>),
    /// Text to values of one type.
    Map(Box<Type>),
    /// Named fields.
    Record(Vec<Field>),
}

impl Facet {
    /// The field with this name and its place among the values of a row.
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name == name)
    }
}

impl Field {
    /// A field that is never absent.
    pub const fn new(name: &'static str, ty: Type, doc: &'static str) -> Self {
        Self { name, ty, optional: false, doc }
    }

    /// A field that may be absent.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// What controls can be written on, sorted by name.
pub fn all() -> &'static [Facet] {
    static ALL: LazyLock<Vec<Facet>> = LazyLock::new(|| {
        let mut all = [account::facets(), data::facets(), identity::facets(), logs::facets()].concat();
        all.extend(machines::facets());
        all.extend(network::facets());
        all.extend(workloads::facets());
        all.sort_by_key(|facet| facet.name);
        all
    });
    &ALL
}

/// The facet with this name.
pub fn find(name: &str) -> Option<&'static Facet> {
    all().iter().find(|facet| facet.name == name)
}

/// The manifest's own facts about where a resource lies, in the order tenant, project, unit, landing zone.
pub fn places() -> &'static [Facet] {
    static PLACES: LazyLock<Vec<Facet>> = LazyLock::new(place::facets);
    &PLACES
}

/// Short ways to write the tables.
mod table {
    use super::{Field, Type};

    pub(super) fn flag(name: &'static str, doc: &'static str) -> Field {
        Field::new(name, Type::Bool, doc)
    }

    pub(super) fn int(name: &'static str, doc: &'static str) -> Field {
        Field::new(name, Type::Int, doc)
    }

    pub(super) fn double(name: &'static str, doc: &'static str) -> Field {
        Field::new(name, Type::Double, doc)
    }

    pub(super) fn text(name: &'static str, doc: &'static str) -> Field {
        Field::new(name, Type::Text, doc)
    }

    pub(super) fn word(name: &'static str, words: &'static [&'static str], doc: &'static str) -> Field {
        Field::new(name, Type::Word(words), doc)
    }

    pub(super) fn moment(name: &'static str, doc: &'static str) -> Field {
        Field::new(name, Type::Timestamp, doc)
    }

    pub(super) fn texts(name: &'static str, doc: &'static str) -> Field {
        Field::new(name, Type::List(Box::new(Type::Text)), doc)
    }

    pub(super) fn tags(name: &'static str, doc: &'static str) -> Field {
        Field::new(name, Type::Map(Box::new(Type::Text)), doc)
    }

    pub(super) fn record(name: &'static str, fields: Vec<Field>, doc: &'static str) -> Field {
        Field::new(name, Type::Record(fields), doc)
    }

    pub(super) fn records(name: &'static str, fields: Vec<Field>, doc: &'static str) -> Field {
        Field::new(name, Type::List(Box::new(Type::Record(fields))), doc)
    }

    /// What every resource has, and then its own fields.
    pub(super) fn resource(own: Vec<Field>) -> Vec<Field> {
        let mut fields = vec![
            text("id", "Its native id."),
            text("name", "Its native name; the id where it has none."),
            text("account", "Native id of the tenant that it lies in."),
            text("region", "The region that it lies in; absent for what is everywhere.").optional(),
            tags("tags", "Its native tags or labels."),
            moment("created_at", "When it was made; absent where the cloud does not keep it.").optional(),
        ];
        fields.extend(own);
        fields
    }

    /// How data at rest is encrypted.
    pub(super) fn encryption() -> Vec<Field> {
        vec![
            flag("encrypted", "Whether its data is encrypted at rest."),
            text("encryption_key", "Id of the customer's own key; absent where the cloud's key is used.").optional(),
            text("encryption_key_account", "Native id of the tenant with that key; absent where there is none.")
                .optional(),
        ]
    }

    /// Who outside may reach it.
    pub(super) fn sharing() -> Vec<Field> {
        vec![
            flag("public", "Whether anybody at all may read or write it, all settings taken together."),
            texts(
                "shared_with",
                "Native ids of the tenants and organizations outside its own tenant that it is shared with.",
            ),
        ]
    }

    pub(super) fn vulnerabilities() -> Field {
        let fields = vec![
            text("id", "Its public id."),
            word("severity", &["critical", "high", "medium", "low", "none"], "How bad it is."),
            moment("found_at", "When it was first seen here."),
            flag("exploited", "Whether it is known to be exploited."),
            flag("fixable", "Whether there is a version without it."),
        ];
        records("vulnerabilities", fields, "Known vulnerabilities of what runs in it.")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn check(of: &str, fields: &[Field]) {
        let mut names = BTreeSet::new();
        for field in fields {
            assert!(names.insert(field.name), "{of}.{} is there twice", field.name);
            assert!(field.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{of}.{}", field.name);
            assert!(field.doc.ends_with('.'), "{of}.{} needs a sentence", field.name);
            match &field.ty {
                Type::Record(fields) => check(field.name, fields),
                Type::List(item) | Type::Map(item) => {
                    if let Type::Record(fields) = item.as_ref() {
                        check(field.name, fields);
                    }
                }
                _ => {}
            }
        }
    }

    #[test]
    fn tables_are_sound() {
        let mut names = BTreeSet::new();
        for facet in all().iter().chain(places()) {
            assert!(names.insert(facet.name), "{} is there twice", facet.name);
            check(facet.name, &facet.fields);
        }
        assert_eq!(names.len(), 19 + 4);
        assert!(find("object_store").is_some_and(|facet| facet.field("public").is_some()));
    }
}
