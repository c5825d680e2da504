//! A whole inventory of one facet, field by field: texts are numbers of a dictionary, conditions are bits, and what is not
//! known is a number of its cause.

pub(crate) mod bits;
pub(crate) mod column;
pub(crate) mod dictionary;

use std::sync::Arc;

pub(crate) use column::{Column, Data, Shared};
use polity_model::{
    facet::{Datum, Facet, Row, places},
    units::Timestamp,
};

use crate::{
    eval::{Place, World, place_index},
    tree::Root,
    value::{Causes, Truth, Value},
};
use polity_model::facet::Reason;

/// All rows of one facet.
#[derive(Clone, Debug)]
pub struct Table {
    facet: &'static Facet,
    rows: usize,
    pub(crate) resource: Column,
    /// Tenant, project, unit and landing zone of each place.
    pub(crate) places: Vec<Column>,
    /// How many places there are.
    pub(crate) place_count: usize,
    /// The place of each row.
    pub(crate) place: Vec<u32>,
    pub(crate) shared: Shared,
    now: Option<Timestamp>,
}

/// Names a place of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceId(u32);

impl Table {
    /// A table without rows. Its first place is none that is known: see [`Table::nowhere`].
    pub fn new(facet: &'static Facet, now: Option<Timestamp>) -> Self {
        let columns = Root::PLACES.iter().zip(places()).map(|(root, place)| Column::record(&place.fields, root.name()));
        let mut table = Self {
            facet,
            rows: 0,
            resource: Column::record(&facet.fields, Root::Resource.name()),
            places: columns.collect(),
            place_count: 0,
            place: Vec::new(),
            shared: Shared::default(),
            now,
        };
        table.place([Place::Absent; 4]);
        table
    }

    /// The place of what no manifest declares.
    pub fn nowhere() -> PlaceId {
        PlaceId(0)
    }

    /// The facet.
    pub fn facet(&self) -> &'static Facet {
        self.facet
    }

    /// When it was read.
    pub fn now(&self) -> Option<Timestamp> {
        self.now
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Adds a place: tenant, project, unit, landing zone. Most rows share one, so it is added once.
    pub fn place(&mut self, facts: [Place<'_>; 4]) -> PlaceId {
        for (column, fact) in self.places.iter_mut().zip(facts) {
            match fact {
                Place::Absent => column.push(&Datum::Absent, &mut self.shared),
                Place::Unknown(reason) => column.push(&Datum::Unknown(reason.clone()), &mut self.shared),
                Place::Known(row) => column.push(&Datum::Record(row.values.clone()), &mut self.shared),
            }
        }
        let id = PlaceId(u32::try_from(self.place_count).unwrap_or_default());
        self.place_count += 1;
        id
    }

    /// Adds a row.
    pub fn push(&mut self, row: Row, place: PlaceId) {
        self.resource.push(&Datum::Record(row.values), &mut self.shared);
        self.place.push(place.0);
        self.rows += 1;
    }

    /// What a field of the resource in a row holds, if that is text and known.
    pub fn text(&self, row: usize, field: usize) -> Option<Arc<str>> {
        match self.resource.field(field)?.value(row, &self.shared) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Memory that it takes, roughly.
    pub fn bytes(&self) -> usize {
        let places: usize = self.places.iter().map(Column::bytes).sum();
        self.resource.bytes() + places + self.place.capacity() * 4 + self.shared.texts.bytes()
    }

    pub(crate) fn root(&self, root: Root) -> Option<&Column> {
        match place_index(root) {
            None => Some(&self.resource),
            Some(index) => self.places.get(index),
        }
    }
}

/// One row of a table, for the evaluator of single rows.
pub(crate) struct TableRow<'t> {
    pub(crate) table: &'t Table,
    pub(crate) row: usize,
}

impl TableRow<'_> {
    fn at(&self, root: Root) -> usize {
        match place_index(root) {
            None => self.row,
            Some(_) => self.table.place.get(self.row).copied().unwrap_or_default() as usize,
        }
    }
}

impl World for TableRow<'_> {
    fn has_root(&self, root: Root) -> Truth {
        let Some(column) = self.table.root(root) else { return Truth::False };
        match column.code(self.at(root)) {
            column::KNOWN => Truth::True,
            column::ABSENT => Truth::False,
            code => {
                let causes = self.table.shared.causes.get((code - column::FIRST_CAUSE) as usize);
                causes.map_or(Truth::False, |causes| Truth::Unknown(causes.clone()))
            }
        }
    }

    fn field(&self, root: Root, index: usize) -> Value {
        let field = self.table.root(root).and_then(|column| column.field(index));
        field.map_or(Value::Absent, |field| field.value(self.at(root), &self.table.shared))
    }

    fn now(&self) -> Value {
        match self.table.now {
            // To the microsecond, as all facts.
            Some(now) => Value::Timestamp(i128::from(now.as_microsecond()) * 1000),
            None => Value::Unknown(Causes::one("now", Reason::NotCollected)),
        }
    }
}
