//! The logic of Kleene, 64 lanes at a time.

use super::vector::{Sets, Unknown, Values, Vector, either};
use crate::columns::bits::{self, tail, trim};

pub(super) fn not<'t>(of: &Vector<'_>, len: usize) -> Vector<'t> {
    let mut out: Vec<u64> = match of.unknown_lanes() {
        None => of.bits().iter().map(|word| !word).collect(),
        Some(unknown) => of.bits().iter().zip(unknown).map(|(word, unknown)| !word & !unknown).collect(),
    };
    trim(&mut out, len);
    Vector { values: Values::Bool(out), unknown: of.unknown.clone() }
}

/// `into && part` or `into || part`.
pub(super) fn join(into: &mut Vector<'_>, part: &Vector<'_>, and: bool, len: usize, sets: &mut Sets) {
    let Values::Bool(bits) = &mut into.values else { return };
    if into.unknown.is_none() && part.unknown.is_none() {
        for (word, other) in bits.iter_mut().zip(part.bits()) {
            *word = if and { *word & other } else { *word | other };
        }
        return;
    }
    let zeros = vec![0; bits.len()];
    let ours = into.unknown.as_ref().map_or(zeros.as_slice(), |unknown| &unknown.lanes);
    let theirs = part.unknown_lanes().unwrap_or(&zeros);
    let mut open = Vec::with_capacity(bits.len());
    for (((word, other), ours), theirs) in bits.iter_mut().zip(part.bits()).zip(ours).zip(theirs) {
        // What one side decides is decided; of the rest, what one side does not know is not known.
        let decided = if and { !*word & !ours | !other & !theirs } else { *word | other };
        open.push((ours | theirs) & !decided);
        *word = if and { *word & other } else { *word | other };
    }
    trim(&mut open, len);
    let unknown = either(into.unknown.as_ref(), part.unknown.as_ref(), sets);
    into.unknown = unknown.and_then(|unknown| Unknown { lanes: open, ..unknown }.some());
}

/// The lanes that a chain has not decided yet, a word at a time. An unknown lane stays open.
pub(super) fn open(chain: &Vector<'_>, and: bool) -> impl Iterator<Item = u64> {
    let unknown = chain.unknown_lanes().unwrap_or_default();
    chain.bits().iter().enumerate().map(
        move |(at, word)| {
            if and { word | unknown.get(at).copied().unwrap_or(0) } else { !word }
        },
    )
}

/// Whether all lanes have this truth.
pub(super) fn decided(of: &Vector<'_>, truth: bool, len: usize) -> bool {
    if of.unknown.is_some() {
        return false;
    }
    let bits = of.bits();
    let last = bits.len().saturating_sub(1);
    bits.iter().enumerate().all(|(index, word)| {
        let full = if index == last { tail(len) } else { u64::MAX };
        if truth { *word == full } else { *word == 0 }
    })
}

pub(super) fn same<'t>(a: &Vector<'_>, b: &Vector<'_>, not: bool, len: usize, sets: &mut Sets) -> Vector<'t> {
    let flip = if not { 0 } else { u64::MAX };
    let mut out: Vec<u64> = a.bits().iter().zip(b.bits()).map(|(a, b)| a ^ b ^ flip).collect();
    trim(&mut out, len);
    strict(out, a, b, sets)
}

/// A condition that is unknown where one of its two sides is.
pub(super) fn strict<'t>(mut bits: Vec<u64>, a: &Vector<'_>, b: &Vector<'_>, sets: &mut Sets) -> Vector<'t> {
    let unknown = either(a.unknown.as_ref(), b.unknown.as_ref(), sets);
    clear(&mut bits, unknown.as_ref());
    Vector { values: Values::Bool(bits), unknown }
}

/// No lane that is not known is true.
pub(super) fn clear(bits: &mut [u64], unknown: Option<&Unknown>) {
    if let Some(unknown) = unknown {
        for (word, lanes) in bits.iter_mut().zip(&unknown.lanes) {
            *word &= !lanes;
        }
    }
}

pub(super) fn choose<'t>(
    condition: &Vector<'_>,
    yes: &Vector<'_>,
    no: &Vector<'_>,
    len: usize,
    sets: &mut Sets,
) -> Vector<'t> {
    let take = |yes: &[u64], no: &[u64]| -> Vec<u64> {
        condition
            .bits()
            .iter()
            .zip(yes)
            .zip(no)
            .map(|((condition, yes), no)| condition & yes | !condition & no)
            .collect()
    };
    let mut out = take(yes.bits(), no.bits());
    trim(&mut out, len);
    let mut unknown = Unknown::none(len);
    for (side, takes) in [(yes, true), (no, false)] {
        let Some(theirs) = &side.unknown else { continue };
        for lane in bits::ones(&theirs.lanes).filter(|lane| bits::get(condition.bits(), *lane) == takes) {
            unknown.add(lane, theirs.sets.get(lane).copied().unwrap_or_default(), sets);
        }
    }
    // Where the condition is not known, only it is to blame.
    if let Some(theirs) = &condition.unknown {
        for lane in bits::ones(&theirs.lanes) {
            bits::set(&mut unknown.lanes, lane);
            if let (Some(slot), Some(causes)) = (unknown.sets.get_mut(lane), theirs.sets.get(lane)) {
                *slot = *causes;
            }
        }
    }
    let unknown = unknown.some();
    clear(&mut out, unknown.as_ref());
    Vector { values: Values::Bool(out), unknown }
}
