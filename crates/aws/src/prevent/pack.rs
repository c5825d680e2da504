//! The packer: many controls into few policies, each as full as AWS takes them, and each control in a place of its own.
//!
//! Statements of one policy are merged: equal in all but their actions, or in all but their resources, they become one, and what
//! another one says too is dropped. No wildcard is ever made, so nothing is said that no control said.
//!
//! Which policy a control goes to depends on its name alone, as long as there is room: its digest is a row of bits. One policy takes
//! all; where that one is too full, it keeps the controls whose first bit is 0, and a new one takes the others, and so on with the
//! next bit. So one changed control changes one policy, and one that overflows makes one more, without a memory of what was
//! before. Only where that would take more policies than a place has room for are they filled one after the other.

use std::collections::BTreeMap;

use polity_model::Digest;

use super::{
    glob::{covers, covers_resource, is_wild},
    proof::includes,
    statement::{Layer, Matter, Statement, document, size},
};

/// What one place can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    /// How many policies.
    pub(crate) slots: u64,
    /// How large each.
    pub(crate) size: u64,
}

/// One policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bin {
    pub(crate) controls: Vec<String>,
    pub(crate) statements: Vec<Statement>,
    pub(crate) size: u64,
}

/// Controls that are too much for a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// A control that is too large for any policy.
    Alone { control: String, size: u64 },
    /// All of them together need so many policies.
    Together { needed: u64, size: u64 },
}

type Controls<'c> = BTreeMap<&'c str, &'c [Statement]>;

/// Divides controls among policies, by number from 1.
pub(crate) fn pack(layer: Layer, controls: &Controls<'_>, room: Room) -> Result<BTreeMap<u64, Bin>, Full> {
    for (control, statements) in controls {
        let bin = bin(layer, [(*control, *statements)]);
        if bin.size > room.size {
            return Err(Full::Alone { control: (*control).to_owned(), size: bin.size });
        }
    }
    let keyed: Vec<(u64, &str, &[Statement])> =
        controls.iter().map(|(control, statements)| (bits(control), *control, *statements)).collect();
    let mut bins = BTreeMap::new();
    divide(layer, keyed, room.size, (0, 0), &mut bins);
    if bins.len() as u64 > room.slots {
        bins = fill(layer, controls, room.size);
    }
    if bins.len() as u64 > room.slots {
        let size = bins.values().map(|bin| bin.size).sum();
        return Err(Full::Together { needed: bins.len() as u64, size });
    }
    Ok(bins)
}

/// The row of bits that a control's name is.
fn bits(control: &str) -> u64 {
    let digest = Digest::of(control.as_bytes());
    let digits = digest.as_str().trim_start_matches("sha256:");
    digits.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

/// One policy, or two where it is too full: the number stays with those whose next bit is 0.
fn divide(
    layer: Layer,
    controls: Vec<(u64, &str, &[Statement])>,
    most: u64,
    (number, depth): (u64, u32),
    bins: &mut BTreeMap<u64, Bin>,
) {
    if controls.is_empty() {
        return;
    }
    let whole = bin(layer, controls.iter().map(|(_, control, statements)| (*control, *statements)));
    if whole.size <= most || depth >= 60 {
        bins.insert(number + 1, whole);
        return;
    }
    let (others, kept) = controls.into_iter().partition(|(bits, ..)| (bits >> depth) & 1 == 1);
    divide(layer, kept, most, (number, depth + 1), bins);
    divide(layer, others, most, (number + (1 << depth), depth + 1), bins);
}

/// One policy after the other, each until it is full: fewer policies, but one change may move several controls.
fn fill(layer: Layer, controls: &Controls<'_>, most: u64) -> BTreeMap<u64, Bin> {
    let mut bins: BTreeMap<u64, Bin> = BTreeMap::new();
    let mut open: Vec<(&str, &[Statement])> = Vec::new();
    for (control, statements) in controls {
        open.push((control, statements));
        let filled = bin(layer, open.iter().copied());
        let number = bins.len() as u64;
        if filled.size > most && open.len() > 1 {
            open = vec![(control, statements)];
            bins.insert(number + 1, bin(layer, open.iter().copied()));
        } else {
            bins.insert(number.max(1), filled);
        }
    }
    bins
}

fn bin<'c>(layer: Layer, controls: impl IntoIterator<Item = (&'c str, &'c [Statement])>) -> Bin {
    let mut bin = Bin { controls: Vec::new(), statements: Vec::new(), size: 0 };
    for (control, statements) in controls {
        bin.controls.push(control.to_owned());
        bin.statements.extend(statements.iter().cloned());
    }
    bin.controls.sort();
    bin.statements = merge(bin.statements);
    bin.size = size(&document(layer, &bin.statements));
    bin
}

/// Fewer statements that say the same.
pub(crate) fn merge(mut statements: Vec<Statement>) -> Vec<Statement> {
    tidy_all(&mut statements);
    loop {
        let before = statements.len();
        let by_actions = |one: &Statement| (one.effect, one.resources.clone(), one.condition.clone());
        statements = join(statements, by_actions, |one| &mut one.actions);
        tidy_all(&mut statements);
        let by_resources = |one: &Statement| (one.effect, one.actions.clone(), one.condition.clone());
        statements = join(statements, by_resources, |one| &mut one.resources);
        tidy_all(&mut statements);
        statements = without_repeats(statements);
        // What was joined may be equal to yet another one now.
        if statements.len() == before {
            break;
        }
    }
    statements.sort();
    statements
}

fn tidy_all(statements: &mut [Statement]) {
    for statement in statements {
        tidy(&mut statement.actions, covers);
        tidy(&mut statement.resources, covers_resource);
    }
}

/// Drops patterns that another one of the same list includes.
fn tidy(matter: &mut Matter, covers: fn(&str, &str) -> bool) {
    let (Matter::Only(patterns) | Matter::Except(patterns)) = matter;
    let all: Vec<_> = patterns.iter().cloned().collect();
    let wild: Vec<_> = all.iter().enumerate().filter(|(_, one)| is_wild(&one.key)).collect();
    // Of two that cover each other the first stays.
    for (place, one) in all.iter().enumerate() {
        let covered = wild.iter().any(|&(other_place, other)| {
            other_place != place
                && covers(&other.key, &one.key)
                && (other_place < place || !covers(&one.key, &other.key))
        });
        if covered {
            patterns.remove(one);
        }
    }
}

/// Joins statements with the same key by adding up what `part` is of each, where that is a list of what is meant: lists of what
/// is spared cannot be added up.
fn join<K: Ord>(
    statements: Vec<Statement>,
    key: impl Fn(&Statement) -> K,
    part: impl Fn(&mut Statement) -> &mut Matter,
) -> Vec<Statement> {
    let mut joined: BTreeMap<K, Statement> = BTreeMap::new();
    let mut others = Vec::new();
    for mut statement in statements {
        if matches!(part(&mut statement), Matter::Except(_)) {
            others.push(statement);
            continue;
        }
        match joined.entry(key(&statement)) {
            std::collections::btree_map::Entry::Vacant(slot) => drop(slot.insert(statement)),
            std::collections::btree_map::Entry::Occupied(mut slot) => {
                if let (Matter::Only(all), Matter::Only(more)) = (part(slot.get_mut()), part(&mut statement)) {
                    all.append(more);
                }
            }
        }
    }
    others.extend(joined.into_values());
    others
}

/// Drops statements that another one includes.
fn without_repeats(mut statements: Vec<Statement>) -> Vec<Statement> {
    statements.sort();
    statements.dedup();
    let includes = |wide: &Statement, narrow: &Statement| {
        wide.effect == narrow.effect
            && wide.condition.covers(&narrow.condition)
            && includes(&wide.actions, &narrow.actions, covers)
            && includes(&wide.resources, &narrow.resources, covers_resource)
    };
    let all = statements.clone();
    let repeated = |place: usize, one: &Statement| {
        all.iter().enumerate().any(|(other_place, other)| {
            other_place != place && includes(other, one) && (other_place < place || !includes(one, other))
        })
    };
    let keep: Vec<bool> = all.iter().enumerate().map(|(place, one)| !repeated(place, one)).collect();
    let mut keep = keep.into_iter();
    statements.retain(|_| keep.next().unwrap_or(true));
    statements
}
