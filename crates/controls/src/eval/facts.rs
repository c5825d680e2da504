//! The facts about one resource: its row and those of its places.

use std::{cell::RefCell, sync::Arc};

use polity_model::{
    facet::{Datum, Facet, Field, Reason, Row, Type, places},
    units::Timestamp,
};

use super::World;
use crate::{
    tree::Root,
    value::{Causes, Key, Truth, Value},
};

/// What is known of a place.
#[derive(Clone, Copy, Debug, Default)]
pub enum Place<'f> {
    /// No manifest declares it.
    #[default]
    Absent,
    /// Not known.
    Unknown(&'f Reason),
    /// Its row.
    Known(&'f Row),
}

/// The facts about one resource.
pub struct Facts<'f> {
    facet: &'static Facet,
    resource: &'f Row,
    places: [Place<'f>; 4],
    now: Option<Timestamp>,
    /// Fields that were read already: few of many.
    read: RefCell<Vec<(Root, usize, Value)>>,
}

impl<'f> Facts<'f> {
    /// The facts of a row of this facet, in no place that is known, at no moment.
    pub fn new(facet: &'static Facet, resource: &'f Row) -> Self {
        Self { facet, resource, places: [Place::Absent; 4], now: None, read: RefCell::default() }
    }

    /// Where it lies: tenant, project, unit, landing zone.
    #[must_use]
    pub fn at(mut self, places: [Place<'f>; 4]) -> Self {
        self.places = places;
        self
    }

    /// When it was read.
    #[must_use]
    pub fn read_at(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    fn fields(&self, root: Root) -> &'static [Field] {
        match place_index(root) {
            None => &self.facet.fields,
            Some(index) => places().get(index).map_or(&[], |place| &place.fields),
        }
    }

    fn row(&self, root: Root) -> Option<&'f Row> {
        match place_index(root) {
            None => Some(self.resource),
            Some(index) => match self.places.get(index) {
                Some(Place::Known(row)) => Some(row),
                _ => None,
            },
        }
    }
}

pub(crate) fn place_index(root: Root) -> Option<usize> {
    Root::PLACES.iter().position(|place| *place == root)
}

impl World for Facts<'_> {
    fn has_root(&self, root: Root) -> Truth {
        match place_index(root).and_then(|index| self.places.get(index)) {
            None | Some(Place::Known(_)) => Truth::True,
            Some(Place::Absent) => Truth::False,
            Some(Place::Unknown(reason)) => Truth::Unknown(Causes::one(root.name(), (*reason).clone())),
        }
    }

    fn field(&self, root: Root, index: usize) -> Value {
        let read = |known: &(Root, usize, Value)| (known.0, known.1) == (root, index);
        if let Some((.., value)) = self.read.borrow().iter().find(|known| read(known)) {
            return value.clone();
        }
        let (Some(row), Some(field)) = (self.row(root), self.fields(root).get(index)) else { return Value::Absent };
        let Some(datum) = row.values.get(index) else { return Value::Absent };
        let path = Path { above: None, name: root.name() };
        let value = world_value(datum, &field.ty, &Path { above: Some(&path), name: field.name });
        // What is cheap to make is not kept.
        if matches!(datum, Datum::Text(_) | Datum::List(_) | Datum::Map(_) | Datum::Record(_)) {
            self.read.borrow_mut().push((root, index, value.clone()));
        }
        value
    }

    fn now(&self) -> Value {
        match self.now {
            // To the microsecond, as all facts.
            Some(now) => Value::Timestamp(i128::from(now.as_microsecond()) * 1000),
            None => Value::Unknown(Causes::one("now", Reason::NotCollected)),
        }
    }
}

/// The way to a value, written out only if it is unknown.
struct Path<'p> {
    above: Option<&'p Path<'p>>,
    name: &'p str,
}

impl Path<'_> {
    fn written(&self) -> String {
        match self.above {
            None => self.name.to_owned(),
            Some(above) if self.name == ITEM => format!("{}[]", above.written()),
            Some(above) => format!("{}.{}", above.written(), self.name),
        }
    }
}

/// The name of each item of a list or map in a [`Path`].
const ITEM: &str = "[]";

/// The value that a datum of this type is.
fn world_value(datum: &Datum, ty: &Type, path: &Path<'_>) -> Value {
    let item = |datum: &Datum, ty: &Type| world_value(datum, ty, &Path { above: Some(path), name: ITEM });
    match (datum, ty) {
        (Datum::Absent, _) => Value::Absent,
        (Datum::Unknown(reason), _) => Value::Unknown(Causes::one(path.written(), reason.clone())),
        (Datum::Bool(value), _) => Value::Bool(*value),
        (Datum::Int(value), _) => Value::Int(*value),
        (Datum::Double(value), _) => Value::Double(*value),
        (Datum::Text(value), _) => Value::text(value),
        (Datum::Timestamp(micros), _) => Value::Timestamp(i128::from(*micros) * 1000),
        (Datum::Duration(micros), _) => Value::Duration(i128::from(*micros) * 1000),
        (Datum::List(items), Type::List(ty)) => Value::list(items.iter().map(|datum| item(datum, ty)).collect()),
        (Datum::Map(entries), Type::Map(ty)) => Value::Map(Arc::new(
            entries.iter().map(|(key, datum)| (Key::Text(key.as_str().into()), item(datum, ty))).collect(),
        )),
        (Datum::Record(values), Type::Record(fields)) => Value::Record(
            values
                .iter()
                .zip(fields)
                .map(|(datum, field)| world_value(datum, &field.ty, &Path { above: Some(path), name: field.name }))
                .collect(),
        ),
        // A row whose values are not those of its facet: made by hand, past `Row::of`.
        _ => Value::Unknown(Causes::one(path.written(), Reason::Undefined("it is not of its type".to_owned()))),
    }
}
