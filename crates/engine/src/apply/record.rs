//! What is in order without a write is recorded, so that the removal of its text can be told from something foreign.

use std::collections::{BTreeSet, HashMap};

use polity_model::{
    Address, Map,
    journal::{Event, LastApplied},
    plan::{Notice, Plan},
    resource::{Desired, Observed},
};

use super::warrant::old_half;
use crate::Observation;

/// The entries that a reading and its plan call for. `tried` are the addresses that a change was made at.
pub(super) fn in_order(
    observation: &Observation,
    plan: &Plan,
    tried: &BTreeSet<Address>,
    last: &LastApplied,
) -> Vec<Event> {
    let at: HashMap<(&str, &str, &str), &Observed> = observation
        .inventory
        .resources
        .iter()
        .map(|object| ((object.scope.as_str(), object.kind.as_str(), object.id.as_str()), object))
        .collect();
    let unsettled: BTreeSet<&Address> = plan
        .notices
        .iter()
        .filter_map(|notice| match notice {
            Notice::Conflict { address, .. } | Notice::Blocked { address, .. } => Some(address),
            _ => None,
        })
        .chain(tried)
        .collect();
    let mut events = Vec::new();
    for desired in observation.desired.iter().filter(|desired| !unsettled.contains(&desired.address)) {
        let id = observation.known.get(&desired.address).filter(|_| desired.retired.is_none());
        let Some(id) = id else { continue };
        let Some(object) = at.get(&(desired.scope.as_str(), desired.address.kind.as_str(), id.as_str())) else {
            continue;
        };
        if !is_recorded(desired, object, last) {
            events.push(Event::Recorded {
                address: desired.address.clone(),
                scope: desired.scope.clone(),
                id: id.clone(),
                attributes: object.attributes.clone(),
            });
        }
        // The old half of a replacement that came to nothing is the whole again, once its text is back as it was.
        let half = old_half(&desired.address);
        for former in desired.renamed_from.iter().chain([&half]) {
            if last.get(former).is_some_and(|recorded| recorded.id == *id) {
                events.push(Event::Forgotten { address: former.clone(), id: id.clone() });
            }
        }
    }
    events.extend(vanished(observation, &unsettled, last, &at));
    events
}

fn is_recorded(desired: &Desired, object: &Observed, last: &LastApplied) -> bool {
    let asked = |attributes: &Map| -> Map {
        let asked = attributes.iter().filter(|(name, _)| desired.attributes.contains_key(*name));
        asked.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    last.get(&desired.address).is_some_and(|recorded| {
        recorded.id == object.id
            && recorded.scope == object.scope
            && asked(&recorded.attributes) == asked(&object.attributes)
    })
}

/// What was ours, is not asked for any more, and is not there any more, as far as its scope and kind were read.
fn vanished(
    observation: &Observation,
    unsettled: &BTreeSet<&Address>,
    last: &LastApplied,
    at: &HashMap<(&str, &str, &str), &Observed>,
) -> Vec<Event> {
    let desired: BTreeSet<&Address> = observation.desired.iter().map(|desired| &desired.address).collect();
    let read: BTreeSet<&str> = observation
        .inventory
        .scopes
        .iter()
        .filter(|scope| scope.entry.is_some())
        .map(|scope| scope.name.as_str())
        .collect();
    last.iter()
        .filter(|(address, recorded)| {
            !desired.contains(address)
                && !unsettled.contains(address)
                && read.contains(recorded.scope.as_str())
                && observation.schema(address).is_some()
                && observation.inventory.gap(&recorded.scope, &address.kind).is_none()
                && !at.contains_key(&(recorded.scope.as_str(), address.kind.as_str(), recorded.id.as_str()))
        })
        .map(|(address, recorded)| Event::Forgotten { address: address.clone(), id: recorded.id.clone() })
        .collect()
}
