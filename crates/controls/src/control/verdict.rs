//! What a control comes to, for one resource or for all of a table.

use polity_model::facet::Facet;

use crate::{
    Facts, Outcome, Program, Table,
    assertion::Bound,
    batch::judge,
    value::{Causes, Truth},
};

/// The result of a control on one resource, before exemptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It cannot be said; never counts as a pass.
    Unknown(Causes),
    /// It is not asked of this resource.
    NotApplicable,
}

/// A control with its parameters.
#[derive(Clone, Debug)]
pub struct BoundControl {
    /// What is asked, by facet.
    pub detect: Vec<BoundDetect>,
}

/// What is asked of the resources of one facet, ready for both evaluators.
#[derive(Clone, Debug)]
pub struct BoundDetect {
    /// The facet.
    pub on: &'static Facet,
    when: Option<(Bound, Program)>,
    assert: (Bound, Program),
}

impl BoundDetect {
    pub(super) fn new(on: &'static Facet, when: Option<Bound>, assert: Bound) -> Self {
        let both = |bound: Bound| {
            let program = Program::compile(&bound);
            (bound, program)
        };
        Self { on, when: when.map(both), assert: both(assert) }
    }

    /// Judges one resource.
    pub fn judge(&self, facts: &Facts<'_>) -> Verdict {
        let when = self.when.as_ref().map_or(Truth::True, |(when, _)| when.judge(facts));
        match when {
            Truth::False => Verdict::NotApplicable,
            Truth::Unknown(causes) => Verdict::Unknown(causes),
            Truth::True => verdict(self.assert.0.judge(facts)),
        }
    }

    /// How many parts are evaluated row by row even in a table.
    pub fn parts_by_row(&self) -> usize {
        self.assert.1.parts_by_row() + self.when.as_ref().map_or(0, |(_, program)| program.parts_by_row())
    }
}

fn verdict(truth: Truth) -> Verdict {
    match truth {
        Truth::True => Verdict::Pass,
        Truth::False => Verdict::Fail,
        Truth::Unknown(causes) => Verdict::Unknown(causes),
    }
}

/// The verdicts on all rows of a table.
#[derive(Clone, Debug)]
pub struct Verdicts {
    when: Option<Outcome>,
    assert: Outcome,
}

impl Verdicts {
    /// Judges all rows of a table by these, on so many cores; all of them have to be asked on its facet.
    pub fn of(detects: &[&BoundDetect], table: &Table, cores: usize) -> Vec<Self> {
        let programs: Vec<&Program> = detects
            .iter()
            .flat_map(|detect| detect.when.as_ref().map(|(_, when)| when).into_iter().chain([&detect.assert.1]))
            .collect();
        let mut outcomes = judge(&programs, table, cores).into_iter();
        let mut verdicts = Vec::with_capacity(detects.len());
        for detect in detects {
            let when = if detect.when.is_some() { outcomes.next() } else { None };
            verdicts.extend(outcomes.next().map(|assert| Self { when, assert }));
        }
        verdicts
    }

    /// How many rows were judged.
    pub fn rows(&self) -> usize {
        self.assert.rows()
    }

    /// The verdict on one row.
    pub fn get(&self, row: usize) -> Verdict {
        match self.when.as_ref().map_or(Truth::True, |when| when.truth(row)) {
            Truth::False => Verdict::NotApplicable,
            Truth::Unknown(causes) => Verdict::Unknown(causes),
            Truth::True => verdict(self.assert.truth(row)),
        }
    }

    /// All verdicts, in the order of the rows.
    pub fn iter(&self) -> impl Iterator<Item = Verdict> {
        (0..self.rows()).map(|row| self.get(row))
    }
}
