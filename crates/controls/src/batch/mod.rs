//! The evaluator of whole inventories: an assertion is compiled once and run over columns, some thousand rows at a time, on
//! as many cores as there are. It comes to the same truths for the same causes as the evaluator of single rows.

mod arithmetic;
mod compile;
mod logic;
mod machine;
mod program;
mod vector;

#[cfg(test)]
mod tests;

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use machine::{BATCH, Machine, unknown_lanes};
pub use program::Program;
use vector::Sets;

use crate::{
    columns::{Table, bits::Bits},
    value::{Causes, Truth},
};

/// Rows that one core takes at a time.
const PIECE: usize = if cfg!(test) { 2 * BATCH } else { 64 * BATCH };

/// What an assertion comes to for each row of a table.
#[derive(Clone, Debug)]
pub struct Outcome {
    rows: usize,
    holds: Bits,
    unknown: Bits,
    /// Rows that are unknown, sorted, and the number of their causes.
    causes: Vec<(u32, u32)>,
    sets: Vec<Causes>,
}

impl Outcome {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// For how many it holds.
    pub fn count_true(&self) -> usize {
        self.holds.count()
    }

    /// For how many it cannot be said.
    pub fn count_unknown(&self) -> usize {
        self.unknown.count()
    }

    /// For how many it does not hold.
    pub fn count_false(&self) -> usize {
        self.rows - self.count_true() - self.count_unknown()
    }

    /// For which rows it cannot be said, and why.
    pub fn unknowns(&self) -> impl Iterator<Item = (usize, &Causes)> {
        self.causes.iter().filter_map(|(row, set)| Some((*row as usize, self.sets.get(*set as usize)?)))
    }

    /// For which rows it holds.
    pub fn trues(&self) -> impl Iterator<Item = usize> {
        self.holds.ones()
    }

    /// What it comes to for one row.
    pub fn truth(&self, row: usize) -> Truth {
        if self.holds.get(row) {
            return Truth::True;
        }
        let found =
            u32::try_from(row).ok().and_then(|row| self.causes.binary_search_by_key(&row, |(row, _)| *row).ok());
        match found.and_then(|at| self.causes.get(at)).and_then(|(_, set)| self.sets.get(*set as usize)) {
            Some(causes) => Truth::Unknown(causes.clone()),
            None => Truth::False,
        }
    }
}

/// Judges all rows of a table by these programs, on so many cores. A program of another facet comes to no rows.
pub fn judge(programs: &[&Program], table: &Table, cores: usize) -> Vec<Outcome> {
    let pieces = table.len().div_ceil(PIECE).max(1);
    let done: Vec<Mutex<Option<Piece>>> = (0..programs.len() * pieces).map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let (Some(slot), Some(program)) = (done.get(at), programs.get(at / pieces)) else { return };
            let start = at % pieces * PIECE;
            let piece = piece(program, table, start, (start + PIECE).min(table.len()));
            if let Ok(mut slot) = slot.lock() {
                *slot = piece;
            }
        }
    };
    let helpers = cores.clamp(1, done.len().max(1)) - 1;
    std::thread::scope(|scope| {
        (0..helpers).for_each(|_| {
            scope.spawn(work);
        });
        work();
    });
    let mut done = done.into_iter().map(|slot| slot.into_inner().ok().flatten());
    programs.iter().map(|_| together(done.by_ref().take(pieces))).collect()
}

/// The outcome of some rows.
struct Piece {
    start: usize,
    rows: usize,
    holds: Bits,
    unknown: Bits,
    causes: Vec<(u32, u32)>,
    sets: Vec<Causes>,
}

fn piece(program: &Program, table: &Table, start: usize, end: usize) -> Option<Piece> {
    let mut machine = Machine::new(program, table)?;
    let (mut holds, mut unknown, mut causes) = (Bits::default(), Bits::default(), Vec::new());
    let mut from = start;
    while from < end {
        let to = (from + BATCH).min(end);
        let (bits, open) = machine.batch(from, to);
        holds.extend(bits, to - from);
        match open {
            Some(open) => {
                unknown.extend(&open.lanes, to - from);
                let rows = unknown_lanes(open).filter_map(|(lane, set)| Some((u32::try_from(from + lane).ok()?, set)));
                causes.extend(rows);
            }
            None => unknown.extend(&vec![0; bits.len()], to - from),
        }
        from = to;
    }
    Some(Piece { start, rows: end - start, holds, unknown, causes, sets: machine.sets.sets })
}

/// One outcome of its pieces, whose causes are numbered anew.
fn together(pieces: impl Iterator<Item = Option<Piece>>) -> Outcome {
    let mut whole =
        Outcome { rows: 0, holds: Bits::default(), unknown: Bits::default(), causes: Vec::new(), sets: Vec::new() };
    let mut sets = Sets::new(Vec::new());
    for piece in pieces.flatten() {
        debug_assert_eq!(piece.start, whole.rows);
        whole.rows += piece.rows;
        whole.holds.append(&piece.holds);
        whole.unknown.append(&piece.unknown);
        let mut renumbered = vec![None; piece.sets.len()];
        for (row, set) in piece.causes {
            let Some(slot) = renumbered.get_mut(set as usize) else { continue };
            let number =
                *slot.get_or_insert_with(|| sets.number(piece.sets.get(set as usize).cloned().unwrap_or_default()));
            whole.causes.push((row, number));
        }
    }
    whole.sets = sets.sets;
    whole
}
