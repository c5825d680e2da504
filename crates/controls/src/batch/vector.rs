//! The lanes of one register.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    columns::bits::{get, ones, set, words},
    value::Causes,
};

/// Lanes of one type, and which of them are not known.
#[derive(Clone, Debug)]
pub(super) struct Vector<'t> {
    pub(super) values: Values<'t>,
    pub(super) unknown: Option<Unknown>,
}

#[derive(Clone, Debug)]
pub(super) enum Values<'t> {
    /// One bit a lane; zero where it is not known.
    Bool(Vec<u64>),
    Int(Cow<'t, [i64]>),
    Double(Cow<'t, [f64]>),
    Text(Cow<'t, [u32]>),
    Time(Cow<'t, [i64]>),
}

/// Which lanes are not known, and the set of causes of each of them.
#[derive(Clone, Debug)]
pub(super) struct Unknown {
    pub(super) lanes: Vec<u64>,
    /// By lane; means nothing where the lane is known.
    pub(super) sets: Vec<u32>,
}

impl Unknown {
    pub(super) fn none(len: usize) -> Self {
        Self { lanes: vec![0; words(len)], sets: vec![0; len] }
    }

    /// Adds causes to a lane.
    pub(super) fn add(&mut self, lane: usize, causes: u32, sets: &mut Sets) {
        let known = get(&self.lanes, lane);
        if let Some(slot) = self.sets.get_mut(lane) {
            *slot = if known { sets.merge(*slot, causes) } else { causes };
        }
        set(&mut self.lanes, lane);
    }

    /// Adds the causes of another for those of these lanes that are unknown there.
    pub(super) fn absorb(&mut self, other: &Self, sets: &mut Sets) {
        for lane in ones(&other.lanes) {
            if let Some(causes) = other.sets.get(lane) {
                self.add(lane, *causes, sets);
            }
        }
    }

    /// Nothing at all, if no lane is unknown.
    pub(super) fn some(self) -> Option<Self> {
        self.lanes.iter().any(|word| *word != 0).then_some(self)
    }
}

/// The unknown lanes of both.
pub(super) fn either(a: Option<&Unknown>, b: Option<&Unknown>, sets: &mut Sets) -> Option<Unknown> {
    match (a, b) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(one.clone()),
        (Some(a), Some(b)) => {
            let mut both = a.clone();
            both.absorb(b, sets);
            Some(both)
        }
    }
}

impl Vector<'_> {
    pub(super) fn bits(&self) -> &[u64] {
        if let Values::Bool(bits) = &self.values { bits } else { &[] }
    }

    pub(super) fn unknown_lanes(&self) -> Option<&[u64]> {
        self.unknown.as_ref().map(|unknown| unknown.lanes.as_slice())
    }
}

/// Sets of causes by number, and what they come to together.
#[derive(Clone, Debug)]
pub(super) struct Sets {
    pub(super) sets: Vec<Causes>,
    numbers: BTreeMap<Causes, u32>,
    merged: BTreeMap<(u32, u32), u32>,
}

impl Sets {
    /// Begins with the causes of a table, which keep their numbers.
    pub(super) fn new(known: Vec<Causes>) -> Self {
        Self { sets: known, numbers: BTreeMap::new(), merged: BTreeMap::new() }
    }

    pub(super) fn number(&mut self, causes: Causes) -> u32 {
        if let Some(number) = self.numbers.get(&causes) {
            return *number;
        }
        let number = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.sets.push(causes.clone());
        self.numbers.insert(causes, number);
        number
    }

    fn merge(&mut self, a: u32, b: u32) -> u32 {
        if a == b {
            return a;
        }
        let pair = (a.min(b), a.max(b));
        if let Some(number) = self.merged.get(&pair) {
            return *number;
        }
        let causes = match (self.sets.get(a as usize), self.sets.get(b as usize)) {
            (Some(a), Some(b)) => a.and(b),
            _ => Causes::default(),
        };
        let number = self.number(causes);
        self.merged.insert(pair, number);
        number
    }
}
