//! Which desired resource is which native object: written id, then recorded id, then our mark, then natural key.
//!
//! Never a guess: where two objects fit one address, or two addresses one object, both sides are left alone and said.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use polity_model::{
    Address, Reference, Value,
    resource::{Desired, Key},
    schema::Ownership,
};

use crate::world::World;

/// What a match rests on, the most certain first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Via {
    /// An id that is written in the manifest.
    Written,
    /// An id that the journal recorded.
    Recorded,
    /// Our mark.
    Mark,
    /// A natural key.
    Key,
}

/// Where a desired resource stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// There is no such object.
    Absent,
    /// It is this object.
    Found(usize, Via),
    /// It cannot be told, or it is somebody else's.
    Conflict {
        /// Native ids of what it could be.
        candidates: Vec<String>,
        /// What it is and what to do.
        message: String,
    },
    /// It cannot be looked for.
    Blocked(String),
}

/// The outcome of pairing.
pub(crate) struct Pairs {
    /// By number of the desired resource.
    pub(crate) of_desired: Vec<Match>,
    /// Number of the desired resource, by number of the observed object.
    pub(crate) of_observed: Vec<Option<usize>>,
    /// Groups of addresses that claim the same object.
    pub(crate) rivals: BTreeSet<Vec<Address>>,
}

impl Pairs {
    /// The object that a desired resource is.
    pub(crate) fn object(&self, desired: usize) -> Option<usize> {
        match self.of_desired.get(desired) {
            Some(Match::Found(observed, _)) => Some(*observed),
            _ => None,
        }
    }

    /// The desired resource that an object is.
    pub(crate) fn owner(&self, observed: usize) -> Option<usize> {
        self.of_observed.get(observed).copied().flatten()
    }

    fn set(&mut self, desired: usize, found: Match) {
        if let Match::Found(observed, _) = found
            && let Some(slot) = self.of_observed.get_mut(observed)
        {
            *slot = Some(desired);
        }
        if let Some(slot) = self.of_desired.get_mut(desired) {
            *slot = found;
        }
    }
}

/// Pairs everything.
pub(crate) fn pair(world: &World<'_>, order: &[usize]) -> Pairs {
    let mut pairs = Pairs {
        of_desired: vec![Match::Absent; world.desired.len()],
        of_observed: vec![None; world.observed.len()],
        rivals: BTreeSet::new(),
    };
    let settled = by_certain_claim(world, &mut pairs);
    let doubled = same_keys(world, &mut pairs);
    // Tombstones come last: they never take an object from somebody who lives.
    for tombstones in [false, true] {
        for number in order {
            let Some(wanted) = world.wanted(*number) else { continue };
            if wanted.desired.retired.is_some() != tombstones || settled.contains(number) {
                continue;
            }
            if !doubled.contains(number) {
                let found = by_key(world, &mut pairs, *number, wanted.desired);
                pairs.set(*number, found);
            }
        }
    }
    for number in 0..world.desired.len() {
        if let Some(refused) = claimed_elsewhere(world, &pairs, number) {
            if let Some(observed) = pairs.object(number)
                && let Some(slot) = pairs.of_observed.get_mut(observed)
            {
                *slot = None;
            }
            pairs.set(number, refused);
        }
    }
    pairs
}

/// Settles what ids and marks tell. Answers the numbers of those that need no look at their keys.
fn by_certain_claim(world: &World<'_>, pairs: &mut Pairs) -> HashSet<usize> {
    let mut settled = HashSet::new();
    let mut claims: BTreeMap<usize, Vec<(usize, Via)>> = BTreeMap::new();
    for number in 0..world.desired.len() {
        match certain_claim(world, number) {
            Some(Match::Found(observed, via)) => claims.entry(observed).or_default().push((number, via)),
            Some(found) => {
                settled.insert(number);
                pairs.set(number, found);
            }
            None => {}
        }
    }
    let alone: HashMap<usize, usize> = claims
        .iter()
        .filter_map(
            |(observed, claims)| if let [(number, _)] = claims.as_slice() { Some((*number, *observed)) } else { None },
        )
        .collect();
    for (observed, claims) in &claims {
        let winner = match claims.as_slice() {
            [(number, _)] => Some(*number),
            _ => tie_break(world, &alone, *observed, claims),
        };
        for (number, via) in claims {
            if winner == Some(*number) {
                settled.insert(*number);
                pairs.set(*number, Match::Found(*observed, *via));
            } else if winner.is_none() || *via == Via::Written {
                settled.insert(*number);
                let rivals = rivals(world, claims.iter().map(|(number, _)| *number));
                pairs.set(*number, two_claimants(world, *observed, &rivals));
                pairs.rivals.insert(rivals);
            }
        }
    }
    settled
}

/// What the written id, the journal or a mark says; `None` where they say nothing.
fn certain_claim(world: &World<'_>, number: usize) -> Option<Match> {
    let wanted = world.wanted(number)?;
    let desired = wanted.desired;
    let by_id = |id: &str| world.by_id(&desired.scope, &desired.address.kind, id);
    if let Some(id) = &desired.adopt {
        if let Some(observed) = by_id(id) {
            return Some(Match::Found(observed, Via::Written));
        }
        if desired.retired.is_some() {
            return Some(Match::Absent);
        }
        return Some(match world.gap(&desired.scope, &desired.address.kind) {
            Some(gap) => Match::Blocked(format!("`{}` could not be read: {}", gap.scope, gap.reason)),
            None => Match::Conflict {
                candidates: Vec::new(),
                message: format!(
                    "nothing with id `{id}` is in `{}`: correct `id:`, or remove it to have a new {} made",
                    desired.scope, wanted.schema.title
                ),
            },
        });
    }
    let names = || std::iter::once(&desired.address).chain(&desired.renamed_from);
    // A former name that somebody else bears now is theirs.
    let ours = |address: &&Address| **address == desired.address || world.desired_at(address).is_none();
    // The old half of a replacement that was begun bears our mark still, but is not it any more.
    let old = world.old_half(&desired.address);
    for address in names().filter(ours) {
        let recorded = world.input.last.get(address).filter(|recorded| Some(recorded.id.as_str()) != old);
        if let Some(observed) = recorded.and_then(|recorded| by_id(&recorded.id)) {
            return Some(Match::Found(observed, Via::Recorded));
        }
    }
    if wanted.schema.ownership != Ownership::Tag {
        return None;
    }
    for address in names().filter(ours) {
        let mut marked = world.marked(desired, address);
        marked.retain(|number| world.seen(*number).is_some_and(|seen| Some(seen.object.id.as_str()) != old));
        match marked.as_slice() {
            [] => {}
            [observed] => return Some(Match::Found(*observed, Via::Mark)),
            several => {
                let candidates = ids(world, several);
                let message = format!(
                    "{} objects carry the mark of `{address}`: take it off those that are not it, or write `id:`",
                    candidates.len()
                );
                return Some(Match::Conflict { candidates, message });
            }
        }
    }
    None
}

/// Which of several certain claimants an object's own mark, or its natural key, names.
fn tie_break(
    world: &World<'_>,
    alone: &HashMap<usize, usize>,
    observed: usize,
    claims: &[(usize, Via)],
) -> Option<usize> {
    let seen = world.seen(observed)?;
    let bears = |number: &usize| {
        let mark = seen.object.mark.as_ref().filter(|mark| mark.organization == world.input.organization.name);
        world.wanted(*number).is_some_and(|wanted| mark.is_some_and(|mark| mark.address == wanted.desired.address))
    };
    let known = |reference: &Reference| {
        let other = world.seen(*alone.get(&world.desired_at(&reference.address)?)?)?;
        attribute_of(other.object, &reference.attribute)
    };
    let fits = |number: &usize| {
        let keys = world.wanted(*number).map_or(&[][..], |wanted| &wanted.desired.keys);
        keys.iter().any(|key| {
            let value = key.value.resolve(&known);
            seen.object.keys.iter().any(|there| there.name == key.name && there.value == value)
        })
    };
    let only = |test: &dyn Fn(&usize) -> bool| {
        let mut passing = claims.iter().map(|(number, _)| *number).filter(|number| test(number));
        passing.next().filter(|_| passing.next().is_none())
    };
    only(&bears).or_else(|| only(&fits))
}

/// Two living addresses with the very same natural key: whichever was made, the other would be made again.
fn same_keys(world: &World<'_>, pairs: &mut Pairs) -> HashSet<usize> {
    let mut by_key: BTreeMap<(&str, &str, &Key), Vec<usize>> = BTreeMap::new();
    for (number, wanted) in world.desired.iter().enumerate() {
        let desired = wanted.desired;
        for key in desired.keys.iter().filter(|_| desired.retired.is_none()) {
            by_key.entry((&desired.scope, &desired.address.kind, key)).or_default().push(number);
        }
    }
    let mut doubled = HashSet::new();
    for ((_, _, key), numbers) in by_key {
        if numbers.len() < 2 {
            continue;
        }
        let rivals = rivals(world, numbers.iter().copied());
        for number in numbers {
            if pairs.object(number).is_some() {
                continue; // an id or a mark tells this one apart; the other is in the way
            }
            let message = format!(
                "{} are asked for as one object, by the same {}: leave one of them",
                spelled(&rivals),
                key.name
            );
            pairs.set(number, Match::Conflict { candidates: Vec::new(), message });
            doubled.insert(number);
        }
        pairs.rivals.insert(rivals);
    }
    doubled
}

fn by_key(world: &World<'_>, pairs: &mut Pairs, number: usize, desired: &Desired) -> Match {
    let known = |reference: &Reference| {
        let other = world.seen(pairs.object(world.desired_at(&reference.address)?)?)?;
        attribute_of(other.object, &reference.attribute)
    };
    for key in &desired.keys {
        let resolved = Key { name: key.name.clone(), value: key.value.resolve(&known) };
        if resolved.value.is_open() {
            continue;
        }
        let living = |number: &&usize| world.seen(**number).is_some_and(|seen| seen.object.ended.is_none());
        let all = world.keyed(&desired.scope, &desired.address.kind, &resolved);
        let mut candidates: Vec<usize> = all.iter().filter(living).copied().collect();
        if candidates.is_empty() {
            candidates = all.to_vec();
        }
        match candidates.as_slice() {
            [] => {}
            [observed] => {
                let Some(other) = pairs.owner(*observed) else { return Match::Found(*observed, Via::Key) };
                if desired.retired.is_some() {
                    return Match::Absent;
                }
                let rivals = rivals(world, [number, other]);
                let found = two_claimants(world, *observed, &rivals);
                pairs.rivals.insert(rivals);
                return found;
            }
            several => {
                let candidates = ids(world, several);
                let message = format!(
                    "{} objects have the same {}: write `id:` to say which one is meant",
                    candidates.len(),
                    key.name
                );
                return Match::Conflict { candidates, message };
            }
        }
    }
    Match::Absent
}

/// A mark of another organization, or of another address that is still asked for, keeps us off.
fn claimed_elsewhere(world: &World<'_>, pairs: &Pairs, number: usize) -> Option<Match> {
    let wanted = world.wanted(number)?;
    let seen = world.seen(pairs.object(number)?)?;
    let mark = seen.object.mark.as_ref()?;
    let candidates = vec![seen.object.id.clone()];
    if mark.organization != world.input.organization.name {
        let message = format!(
            "`{}` belongs to the organization `{}` (address `{}`): let it go there first, then take it over here",
            seen.object.name, mark.organization, mark.address
        );
        return Some(Match::Conflict { candidates, message });
    }
    if mark.address != wanted.desired.address && world.desired_at(&mark.address).is_some() {
        let message = format!(
            "`{}` carries the mark of `{}`, which is still asked for: remove one of the two, or write `renamed_from`",
            seen.object.name, mark.address
        );
        return Some(Match::Conflict { candidates, message });
    }
    None
}

fn two_claimants(world: &World<'_>, observed: usize, rivals: &[Address]) -> Match {
    let candidates = ids(world, &[observed]);
    let message = format!(
        "{} claim the same object `{}`: correct `id:` or `renamed_from`, or leave one of them",
        spelled(rivals),
        candidates.first().map_or("", String::as_str)
    );
    Match::Conflict { candidates, message }
}

fn rivals(world: &World<'_>, numbers: impl IntoIterator<Item = usize>) -> Vec<Address> {
    let mut rivals: Vec<Address> = numbers
        .into_iter()
        .filter_map(|number| world.wanted(number))
        .map(|wanted| wanted.desired.address.clone())
        .collect();
    rivals.sort();
    rivals.dedup();
    rivals
}

/// `a`, `b` and `c`.
pub(crate) fn spelled(addresses: &[Address]) -> String {
    match addresses {
        [] => "nothing".to_owned(),
        [one] => format!("`{one}`"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|address| format!("`{address}`")).collect();
            format!("{} and `{last}`", first.join(", "))
        }
    }
}

fn ids(world: &World<'_>, numbers: &[usize]) -> Vec<String> {
    let mut ids: Vec<String> =
        numbers.iter().filter_map(|number| world.seen(*number)).map(|seen| seen.object.id.clone()).collect();
    ids.sort();
    ids
}

/// An attribute of an observed object, or its id.
pub(crate) fn attribute_of(object: &polity_model::resource::Observed, attribute: &str) -> Option<Value> {
    if attribute == "id" { Some(Value::text(object.id.as_str())) } else { object.attributes.get(attribute).cloned() }
}
