//! What must come first: what is referred to, then what refers to it; what restricts, before what loosens; links
//! before their ends. Changes keep the same order for the same plan, whatever order the input came in.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap},
};

use polity_model::{
    Address,
    plan::{Action, Risk},
    schema::{self, Effect, Nature},
};

use crate::{
    draft::{Draft, Sketch},
    links::{End, Link, Tie},
    removal::mentions,
    risk,
    tree::When,
};

/// Attachments that come and go, by target.
#[derive(Default)]
struct Traffic {
    made: BTreeMap<End, BTreeSet<usize>>,
    ended: BTreeMap<End, BTreeSet<usize>>,
}

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

    /// No step may be weaker than both ends: all that restricts comes before all that loosens, on a node and on what
    /// is above and below it; a tenant moves when its new place is fenced, and its old one is opened behind it.
    fn need_make_before_break(&self, links: &[Link], needs: &mut Needs) {
        let traffic = self.traffic(links);
        if traffic.made.is_empty() && traffic.ended.is_empty() {
            return;
        }
        for (target, ended) in &traffic.ended {
            for made in self.at_and_above(target).iter().filter_map(|node| traffic.made.get(node)) {
                join(needs, ended, made);
            }
        }
        for (target, made) in &traffic.made {
            for ended in self.above(target).iter().filter_map(|node| traffic.ended.get(node)) {
                join(needs, ended, made);
            }
        }
        self.need_fenced_ways(&traffic, needs);
        self.need_fences_before_loosening(links, &traffic, needs);
    }

    /// A tenant comes into a place that is fenced already, its own new fences included, and the place it leaves is opened
    /// behind it; what moves as a whole moves before others come in and after others went out.
    fn need_fenced_ways(&self, traffic: &Traffic, needs: &mut Needs) {
        let mut movers: BTreeMap<End, usize> = BTreeMap::new();
        for (number, draft) in self.drafts.iter().enumerate() {
            let Some(desired) = draft.desired.filter(|_| settles(draft)) else { continue };
            let node = End::Desired(desired);
            if !draft.makes() {
                movers.insert(node, number);
                continue;
            }
            for made in self.above_when(&node, When::After).iter().filter_map(|node| traffic.made.get(node)) {
                join(needs, &BTreeSet::from([number]), made);
            }
        }
        self.need_movers(&movers, traffic, needs);
        // What is fastened on a node, or below it, holds before the node moves, and is taken off only behind it.
        for (target, made) in &traffic.made {
            for mover in self.at_and_above(target).iter().filter_map(|node| movers.get(node)) {
                join(needs, &BTreeSet::from([*mover]), made);
            }
        }
        for (target, ended) in &traffic.ended {
            for mover in self.at_and_above(target).iter().filter_map(|node| movers.get(node)) {
                join(needs, ended, &BTreeSet::from([*mover]));
            }
        }
    }

    fn need_movers(&self, movers: &BTreeMap<End, usize>, traffic: &Traffic, needs: &mut Needs) {
        let mut behind = Vec::new();
        for (node, number) in movers {
            let (before, after) = (self.above_when(node, When::Before), self.above_when(node, When::After));
            let mover = BTreeSet::from([*number]);
            for place in &after {
                traffic.made.get(place).into_iter().for_each(|made| join(needs, &mover, made));
                add(needs, *number, movers.get(place).copied().filter(|_| !before.contains(place)));
            }
            for place in &before {
                traffic.ended.get(place).into_iter().for_each(|ended| join(needs, ended, &mover));
                behind.extend(movers.get(place).filter(|_| !after.contains(place)).map(|other| (*other, *number)));
            }
        }
        // When a tree is turned inside out, both wishes cannot always be had: coming into the right place wins.
        for (left, leaver) in behind {
            if !leads_to(needs, leaver, left) {
                add(needs, left, Some(leaver));
            }
        }
    }

    fn at_and_above(&self, node: &End) -> BTreeSet<End> {
        let mut nodes = self.above(node);
        nodes.insert(node.clone());
        nodes
    }

    /// A guardrail's document is loosened after what may take its place is in force where it is attached.
    fn need_fences_before_loosening(&self, links: &[Link], traffic: &Traffic, needs: &mut Needs) {
        let tightening = |draft: &Draft<'_>| {
            matches!(draft.change.action, Action::Update | Action::Adopt)
                && draft.schema.effect == Effect::Restricts
                && draft.change.diff.iter().any(|difference| {
                    let attribute = draft.schema.attribute(&difference.attribute);
                    attribute.is_some_and(|attribute| attribute.compare == schema::Compare::Document)
                })
        };
        let mut on_target: BTreeMap<&End, BTreeSet<usize>> = BTreeMap::new();
        let mut loosened: Vec<(&End, usize)> = Vec::new();
        for link in links.iter().filter(|link| link.tie == Tie::Attachment) {
            let Some([guardrail, target]) = link.before.as_deref() else { continue };
            let End::Desired(desired) = guardrail else { continue };
            let Some(number) = self.draft_of.get(desired).copied() else { continue };
            let Some(draft) = self.drafts.get(number).filter(|draft| tightening(draft)) else { continue };
            if risk::of(draft).contains(&Risk::WeakensGuardrail) {
                loosened.push((target, number));
            } else {
                on_target.entry(target).or_default().insert(number);
            }
        }
        for (target, number) in loosened {
            for fences in self
                .at_and_above(target)
                .iter()
                .flat_map(|node| [traffic.made.get(node), on_target.get(node)])
                .flatten()
            {
                join(needs, &BTreeSet::from([number]), fences);
            }
        }
    }

    fn traffic(&self, links: &[Link]) -> Traffic {
        let mut traffic = Traffic::default();
        for link in links.iter().filter(|link| link.tie == Tie::Attachment) {
            let Some(by) = link.by else { continue };
            match (link.before.as_deref(), link.after.as_deref()) {
                (None, Some([_, target])) => traffic.made.entry(target.clone()).or_default().insert(by),
                (Some([_, target]), None) => traffic.ended.entry(target.clone()).or_default().insert(by),
                _ => false,
            };
        }
        traffic
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

/// Whether a change puts a tenant (and all below it) into a place.
fn settles(draft: &Draft<'_>) -> bool {
    let comes = draft.makes() && draft.change.group.tenant.is_some();
    draft.schema.nature == Nature::Container && (comes || draft.moves())
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

fn add(needs: &mut Needs, number: usize, needed: Option<usize>) {
    if let (Some(list), Some(needed)) = (needs.get_mut(number), needed) {
        list.insert(needed);
    }
}

fn join(needs: &mut Needs, later: &BTreeSet<usize>, first: &BTreeSet<usize>) {
    for number in later {
        if let Some(list) = needs.get_mut(*number) {
            list.extend(first);
        }
    }
}
