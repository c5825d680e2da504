//! What must come first: what is referred to, then what refers to it; links before their ends; and, see `fencing`, what restricts
//! before what loosens. Changes keep the same order for the same plan, whatever order the input came in.

mod fencing;

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap},
};

use polity_model::{Address, plan::Action, schema::Nature};

use crate::{
    draft::{Draft, Sketch},
    links::Link,
    removal::mentions,
};

/// What each draft needs, by number.
pub(crate) type Needs = Vec<BTreeSet<usize>>;

impl<'a> Sketch<'a> {
    /// Works out what each draft needs.
    pub(crate) fn needs(&self, links: &[Link]) -> Needs {
        let mut needs: Needs = vec![BTreeSet::new(); self.drafts.len()];
        self.need_referred(&mut needs);
        self.need_links_gone(&mut needs);
        self.need_make_before_break(links, &mut needs);
        for (number, needed) in needs.iter_mut().enumerate() {
            needed.remove(&number);
        }
        needs
    }

    /// Whoever refers to something waits until it is there.
    fn need_referred(&self, needs: &mut Needs) {
        let mut old_halves: HashMap<usize, usize> = HashMap::new();
        for (number, draft) in self.drafts.iter().enumerate().filter(|(_, draft)| draft.replaced) {
            old_halves.extend(draft.desired.map(|desired| (desired, number)));
        }
        for (number, draft) in self.drafts.iter().enumerate() {
            let Some(desired) = draft.desired else { continue };
            if draft.replaced {
                add(needs, number, self.draft_of.get(&desired).copied());
                continue;
            }
            let Some(wanted) = self.world.wanted(desired).filter(|_| !draft.ends()) else { continue };
            for end in self.world.ends_of(wanted.desired) {
                let Some(end) = self.world.desired_at(end) else { continue };
                let Some(other) = self.draft_of.get(&end).copied() else { continue };
                if self.drafts.get(other).is_some_and(|other| awaited(other, wanted.desired)) {
                    add(needs, number, Some(other));
                }
                // What is replaced goes when all that pointed at it points at the new one.
                if let Some(old) = old_halves.get(&end) {
                    add(needs, *old, Some(number));
                }
            }
        }
    }

    /// What others hang on ends after they have ended or gone elsewhere.
    fn need_links_gone(&self, needs: &mut Needs) {
        let mut ending: HashMap<(&str, &str), usize> = HashMap::new();
        for (number, draft) in self.drafts.iter().enumerate().filter(|(_, draft)| draft.ends()) {
            let end = matches!(draft.schema.nature, Nature::Container | Nature::Identity | Nature::Definition);
            if let Some(id) = draft.change.id.as_deref().filter(|_| end) {
                ending.insert((&draft.change.address.platform, id), number);
            }
        }
        if ending.is_empty() {
            return;
        }
        for (number, draft) in self.drafts.iter().enumerate() {
            let Some(seen) = draft.observed.and_then(|observed| self.world.seen(observed)) else { continue };
            if matches!(draft.change.action, Action::Forget | Action::Replace) {
                continue;
            }
            for id in mentions(&seen.object.attributes) {
                if let Some(end) = ending.get(&(seen.platform, id)) {
                    add(needs, *end, Some(number));
                }
            }
        }
    }

    /// The drafts' numbers in an order that respects their needs, ties by address; and those that form a circle,
    /// which come last.
    pub(crate) fn order(&self, needs: &Needs) -> (Vec<usize>, Vec<usize>) {
        let mut waiting: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
        let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
        for (number, needed) in needs.iter().enumerate() {
            for other in needed {
                if let Some(list) = dependents.get_mut(*other) {
                    list.push(number);
                }
            }
        }
        // Drafts are numbered in order of addresses, so the least number is the first address.
        let free = waiting.iter().enumerate().filter(|(_, open)| **open == 0).map(|(number, _)| Reverse(number));
        let mut ready: BinaryHeap<Reverse<usize>> = free.collect();
        let mut order = Vec::with_capacity(needs.len());
        while let Some(Reverse(number)) = ready.pop() {
            order.push(number);
            for dependent in dependents.get(number).into_iter().flatten() {
                if let Some(open) = waiting.get_mut(*dependent) {
                    *open -= 1;
                    if *open == 0 {
                        ready.push(Reverse(*dependent));
                    }
                }
            }
        }
        let stuck: Vec<usize> =
            waiting.iter().enumerate().filter(|(_, open)| **open > 0).map(|(number, _)| number).collect();
        order.extend(&stuck);
        // What only waits for a circle is not part of it.
        let circle = stuck.into_iter().filter(|number| {
            let mut needed = needs.get(*number).into_iter().flatten().copied();
            needed.any(|needed| leads_to(needs, needed, *number))
        });
        (order, circle.collect())
    }

    /// The addresses behind these numbers, in order.
    pub(crate) fn addresses<'n>(&self, numbers: impl IntoIterator<Item = &'n usize>) -> Vec<Address> {
        let drafts = numbers.into_iter().filter_map(|number| self.drafts.get(*number));
        let mut addresses: Vec<Address> = drafts.map(|draft| draft.change.address.clone()).collect();
        addresses.sort();
        addresses.dedup();
        addresses
    }
}

/// Whether one that points at `other` must wait for it: it has no id yet, or must be in order first.
fn awaited(other: &Draft<'_>, by: &polity_model::resource::Desired) -> bool {
    let change = &other.change;
    let coming = other.makes() || by.needs.contains(&change.address);
    let differs = |attribute: &str| change.diff.iter().any(|difference| difference.attribute == attribute);
    let mut reads = false;
    by.attributes.values().for_each(|value| {
        value
            .references(&mut |reference| reads |= reference.address == change.address && differs(&reference.attribute));
    });
    coming || reads
}

/// Whether one draft needs another, directly or through others.
fn leads_to(needs: &Needs, from: usize, to: usize) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(next) = open.pop() {
        if next == to {
            return true;
        }
        if seen.insert(next) {
            open.extend(needs.get(next).into_iter().flatten());
        }
    }
    false
}

/// One draft comes to wait for another.
fn add(needs: &mut Needs, number: usize, needed: Option<usize>) {
    if let (Some(list), Some(needed)) = (needs.get_mut(number), needed) {
        list.insert(needed);
    }
}
