//! The proof that packed policies mean what the unpacked ones do.
//!
//! The normal form of policies is the set of their atoms: an effect, one action pattern (or all but some), one resource pattern
//! (or all but some), and the tests that have to hold. One atom covers another if it certainly applies wherever the other
//! does. Policies are equal if each atom of either side is covered by one of the other: then every request that one side denies
//! is denied by the other. Nothing here guesses: what cannot be shown counts as different.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::Value;

use super::{
    condition::Condition,
    glob::{apart, covers, covers_resource},
    statement::{Effect, Layer, Matter, Pattern, Statement, parse},
};

/// The smallest part of a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Atom {
    effect: Effect,
    condition: Condition,
    actions: Matter,
    resources: Matter,
}

/// Policies as their atoms, by effect and condition.
#[derive(Clone, Debug, Default)]
pub(crate) struct NormalForm {
    atoms: BTreeMap<(Effect, Condition), BTreeSet<(Matter, Matter)>>,
}

impl NormalForm {
    /// Of these statements, wherever they stand.
    pub(crate) fn of<'s>(statements: impl IntoIterator<Item = &'s Statement>) -> Self {
        let mut form = Self::default();
        for statement in statements {
            let place = (statement.effect, statement.condition.clone());
            let atoms = form.atoms.entry(place).or_default();
            for actions in single(&statement.actions) {
                atoms.extend(single(&statement.resources).into_iter().map(|resources| (actions.clone(), resources)));
            }
        }
        form
    }

    /// The first atom that nothing in `other` covers.
    pub(crate) fn beyond(&self, other: &Self) -> Option<Atom> {
        self.atoms().find(|atom| !other.covers(atom))
    }

    /// Whether anything here is covered by something in `other`.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.atoms().any(|atom| other.covers(&atom))
    }

    fn atoms(&self) -> impl Iterator<Item = Atom> {
        self.atoms.iter().flat_map(|((effect, condition), matters)| {
            matters.iter().map(|(actions, resources)| Atom {
                effect: *effect,
                condition: condition.clone(),
                actions: actions.clone(),
                resources: resources.clone(),
            })
        })
    }

    fn covers(&self, atom: &Atom) -> bool {
        let same = (atom.effect, atom.condition.clone());
        if self.atoms.get(&same).is_some_and(|all| all.contains(&(atom.actions.clone(), atom.resources.clone()))) {
            return true;
        }
        let weaker =
            |(effect, condition): &(Effect, Condition)| *effect == atom.effect && condition.covers(&atom.condition);
        self.atoms.iter().filter(|(place, _)| weaker(place)).flat_map(|(_, matters)| matters).any(
            |(actions, resources)| {
                includes(actions, &atom.actions, covers) && includes(resources, &atom.resources, covers_resource)
            },
        )
    }
}

/// Each pattern for itself; all but some stay together.
fn single(matter: &Matter) -> Vec<Matter> {
    match matter {
        Matter::Only(patterns) => patterns.iter().map(|one| Matter::Only(BTreeSet::from([one.clone()]))).collect(),
        except => vec![except.clone()],
    }
}

/// Whether one matter has all that the other has.
pub(crate) fn includes(wide: &Matter, narrow: &Matter, covers: fn(&str, &str) -> bool) -> bool {
    let within = |wide: &BTreeSet<Pattern>, narrow: &Pattern| {
        wide.contains(narrow) || wide.iter().any(|wide| covers(&wide.key, &narrow.key))
    };
    match (wide, narrow) {
        (Matter::Only(wide), Matter::Only(narrow)) => narrow.iter().all(|one| within(wide, one)),
        (Matter::Only(wide), Matter::Except(_)) => wide.iter().any(|one| one.key == "*"),
        (Matter::Except(spared), Matter::Only(narrow)) => {
            narrow.iter().all(|one| spared.iter().all(|spared| apart(&spared.key, &one.key)))
        }
        (Matter::Except(spared), Matter::Except(others)) => spared.iter().all(|one| within(others, one)),
    }
}

/// Whether both mean the same; otherwise what only one of them says.
pub(crate) fn equivalent<'s>(
    unpacked: impl IntoIterator<Item = &'s Statement>,
    packed: impl IntoIterator<Item = &'s Statement>,
) -> Result<(), Atom> {
    let (unpacked, packed) = (NormalForm::of(unpacked), NormalForm::of(packed));
    unpacked.beyond(&packed).or_else(|| packed.beyond(&unpacked)).map_or(Ok(()), Err)
}

/// Whether a new document of a service control policy prevents all that the old one did, and permits no more.
pub(crate) fn keeps(before: &Value, after: &Value) -> bool {
    let read = |document: &Value| {
        // The cloud hands documents out as text.
        let document = match document {
            Value::Text(text) => serde_json::from_str(text).map(|json| Value::from_json(&json)).unwrap_or_default(),
            other => other.clone(),
        };
        Layer::ALL.into_iter().find_map(|layer| parse(layer, &document).ok())
    };
    let (Some(before), Some(after)) = (read(before), read(after)) else { return false };
    let of = |statements: &[Statement], effect| NormalForm::of(statements.iter().filter(|one| one.effect == effect));
    of(&before, Effect::Deny).beyond(&of(&after, Effect::Deny)).is_none()
        && of(&after, Effect::Allow).beyond(&of(&before, Effect::Allow)).is_none()
}
