//! What follows from an entry for what is ours, what is open and what was noted. Said once; the tables of the journal
//! and the check of them both go through here.

use std::collections::BTreeMap;

use polity_model::{
    Address,
    journal::{Entry, Event, LastApplied, Outcome, Recorded},
    plan::Action,
};

/// One consequence of an entry.
#[derive(Debug)]
pub(super) enum Effect<'a> {
    /// An address is this object.
    Ours(&'a Address, Recorded),
    /// An address is not ours any more.
    Gone(&'a Address),
    /// A write is open.
    Open(&'a Address, u64),
    /// It is not open any more.
    Closed(&'a Address),
    /// Something was learned in the middle of a write.
    Noted(&'a Address, &'a str, &'a str),
    /// What was learned has served its time.
    Unnoted(&'a Address),
    /// A platform is this native organization.
    Platform(&'a str, &'a str),
}

/// What follows from an entry.
pub(super) fn effects(entry: &Entry) -> Vec<Effect<'_>> {
    match &entry.event {
        Event::Founded { .. } | Event::RunFinished { .. } | Event::Surveyed { .. } | Event::Judged { .. } => Vec::new(),
        Event::RunStarted { platforms, .. } => {
            platforms.iter().map(|(name, identity)| Effect::Platform(name, identity)).collect()
        }
        Event::Intent { address, .. } => vec![Effect::Open(address, entry.number)],
        Event::Progress { address, name, value } => vec![Effect::Noted(address, name, value)],
        Event::Outcome { address, action, result } => {
            let mut effects = vec![Effect::Closed(address), Effect::Unnoted(address)];
            if let Outcome::Done { scope, id, attributes } = result {
                effects.push(match action {
                    Action::Delete | Action::Forget => Effect::Gone(address),
                    _ => Effect::Ours(address, recorded(scope, id, attributes)),
                });
            }
            effects
        }
        // A noted request may still be under way: the next write at this address carries it on.
        Event::Settled { address, .. } => vec![Effect::Closed(address)],
        Event::Recorded { address, scope, id, attributes } => {
            vec![Effect::Ours(address, recorded(scope, id, attributes)), Effect::Unnoted(address)]
        }
        Event::Forgotten { address, .. } => vec![Effect::Gone(address), Effect::Unnoted(address)],
    }
}

fn recorded(scope: &str, id: &str, attributes: &polity_model::Map) -> Recorded {
    Recorded { scope: scope.to_owned(), id: id.to_owned(), attributes: attributes.clone() }
}

/// All that follows from all entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Derived {
    pub(super) last: LastApplied,
    pub(super) open: BTreeMap<Address, u64>,
    pub(super) notes: BTreeMap<(Address, String), String>,
    pub(super) platforms: BTreeMap<String, String>,
}

impl Derived {
    /// Takes an entry into account.
    pub(super) fn take(&mut self, entry: &Entry) {
        for effect in effects(entry) {
            match effect {
                Effect::Ours(address, recorded) => {
                    self.last.insert(address.clone(), recorded);
                }
                Effect::Gone(address) => {
                    self.last.remove(address);
                }
                Effect::Open(address, number) => {
                    self.open.insert(address.clone(), number);
                }
                Effect::Closed(address) => {
                    self.open.remove(address);
                }
                Effect::Noted(address, name, value) => {
                    self.notes.insert((address.clone(), name.to_owned()), value.to_owned());
                }
                Effect::Unnoted(address) => self.notes.retain(|(noted, _), _| noted != address),
                Effect::Platform(name, identity) => {
                    self.platforms.insert(name.to_owned(), identity.to_owned());
                }
            }
        }
    }
}
