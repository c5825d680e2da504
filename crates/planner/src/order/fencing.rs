//! What must come first where guardrails come and go: what restricts, before what loosens.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    plan::{Action, Risk},
    schema::{self, Effect, Nature},
};

use super::{Needs, add, leads_to};
use crate::{
    draft::{Draft, Sketch},
    links::{End, Link, Tie},
    risk,
    tree::When,
};

/// Guardrails that come and go, by target.
#[derive(Default)]
struct Traffic {
    made: BTreeMap<End, BTreeSet<usize>>,
    ended: BTreeMap<End, BTreeSet<usize>>,
}

impl Traffic {
    fn is_empty(&self) -> bool {
        self.made.is_empty() && self.ended.is_empty()
    }

    fn with(mut self, other: Self) -> Self {
        for (all, more) in [(&mut self.made, other.made), (&mut self.ended, other.ended)] {
            for (target, numbers) in more {
                all.entry(target).or_default().extend(numbers);
            }
        }
        self
    }
}

impl Sketch<'_> {
    /// No step may be weaker than both ends: all that restricts comes before all that loosens, on a node and on what
    /// is above and below it; a tenant moves when its new place is fenced, and its old one is opened behind it.
    pub(super) fn need_make_before_break(&self, links: &[Link], needs: &mut Needs) {
        let traffic = self.traffic(links);
        for (later, first) in self.fenced(&traffic, needs) {
            add(needs, later, Some(first));
        }
        // A document may name what is born or moved in this plan, so it cannot always wait, nor be waited for.
        let documents = self.documents(links);
        if !documents.is_empty() {
            let wishes = self.fenced(&traffic.with(documents), needs);
            add_where_free(needs, wishes);
        }
    }

    /// What follows from guardrails that come and go: which draft should wait for which.
    fn fenced(&self, traffic: &Traffic, needs: &Needs) -> BTreeSet<(usize, usize)> {
        let mut wishes = BTreeSet::new();
        if traffic.is_empty() {
            return wishes;
        }
        for (target, ended) in &traffic.ended {
            for made in self.at_and_above(target).iter().filter_map(|node| traffic.made.get(node)) {
                each(&mut wishes, ended, made);
            }
        }
        for (target, made) in &traffic.made {
            for ended in self.above(target).iter().filter_map(|node| traffic.ended.get(node)) {
                each(&mut wishes, ended, made);
            }
        }
        self.fenced_ways(traffic, needs, &mut wishes);
        wishes
    }

    /// A tenant comes into a place that is fenced already, its own new fences included, and the place it leaves is opened
    /// behind it; what moves as a whole moves before others come in and after others went out.
    fn fenced_ways(&self, traffic: &Traffic, needs: &Needs, wishes: &mut BTreeSet<(usize, usize)>) {
        let mut movers: BTreeMap<End, usize> = BTreeMap::new();
        for (number, draft) in self.drafts.iter().enumerate() {
            let Some(desired) = draft.desired.filter(|_| settles(draft)) else { continue };
            let node = End::Desired(desired);
            if !draft.makes() {
                movers.insert(node, number);
                continue;
            }
            for made in self.above_when(&node, When::After).iter().filter_map(|node| traffic.made.get(node)) {
                each(wishes, &BTreeSet::from([number]), made);
            }
        }
        // What is fastened on a node, or below it, holds before the node moves, and is taken off only behind it.
        for (target, made) in &traffic.made {
            for mover in self.at_and_above(target).iter().filter_map(|node| movers.get(node)) {
                each(wishes, &BTreeSet::from([*mover]), made);
            }
        }
        for (target, ended) in &traffic.ended {
            for mover in self.at_and_above(target).iter().filter_map(|node| movers.get(node)) {
                each(wishes, ended, &BTreeSet::from([*mover]));
            }
        }
        self.moved(&movers, traffic, needs, wishes);
    }

    fn moved(
        &self,
        movers: &BTreeMap<End, usize>,
        traffic: &Traffic,
        needs: &Needs,
        wishes: &mut BTreeSet<(usize, usize)>,
    ) {
        let mut behind = Vec::new();
        for (node, number) in movers {
            let (before, after) = (self.above_when(node, When::Before), self.above_when(node, When::After));
            let mover = BTreeSet::from([*number]);
            for place in &after {
                traffic.made.get(place).into_iter().for_each(|made| each(wishes, &mover, made));
                let first = movers.get(place).filter(|_| !before.contains(place));
                wishes.extend(first.map(|first| (*number, *first)));
            }
            for place in &before {
                traffic.ended.get(place).into_iter().for_each(|ended| each(wishes, ended, &mover));
                behind.extend(movers.get(place).filter(|_| !after.contains(place)).map(|other| (*other, *number)));
            }
        }
        // When a tree is turned inside out, both wishes cannot always be had: coming into the right place wins.
        if behind.is_empty() {
            return;
        }
        let mut all = needs.clone();
        wishes.iter().for_each(|(later, first)| add(&mut all, *later, Some(*first)));
        for (left, leaver) in behind {
            if !leads_to(&all, leaver, left) {
                add(&mut all, left, Some(leaver));
                wishes.insert((left, leaver));
            }
        }
    }

    fn at_and_above(&self, node: &End) -> BTreeSet<End> {
        let mut nodes = self.above(node);
        nodes.insert(node.clone());
        nodes
    }

    /// Guardrails whose documents are tightened, by where they will be attached, and loosened, by where they are.
    fn documents(&self, links: &[Link]) -> Traffic {
        let changed = |guardrail: &End| -> Option<(usize, &Draft<'_>)> {
            let End::Desired(desired) = guardrail else { return None };
            let number = *self.draft_of.get(desired)?;
            let draft = self.drafts.get(number)?;
            let written = matches!(draft.change.action, Action::Update | Action::Adopt)
                && draft.schema.effect == Effect::Restricts
                && draft.change.diff.iter().any(|difference| {
                    let attribute = draft.schema.attribute(&difference.attribute);
                    attribute.is_some_and(|attribute| attribute.compare == schema::Compare::Document)
                });
            written.then_some((number, draft))
        };
        let mut documents = Traffic::default();
        for link in links.iter().filter(|link| link.tie == Tie::Attachment) {
            for (ends, loosened) in [(&link.before, true), (&link.after, false)] {
                let Some([guardrail, target]) = ends.as_deref() else { continue };
                let Some((number, draft)) = changed(guardrail) else { continue };
                if risk::of(draft).contains(&Risk::WeakensGuardrail) == loosened {
                    let at = if loosened { &mut documents.ended } else { &mut documents.made };
                    at.entry(target.clone()).or_default().insert(number);
                }
            }
        }
        documents
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
}

/// Whether a change puts a tenant (and all below it) into a place.
fn settles(draft: &Draft<'_>) -> bool {
    let comes = draft.makes() && draft.change.group.tenant.is_some();
    draft.schema.nature == Nature::Container && (comes || draft.moves())
}

/// Each of the one waits for each of the other.
fn each(wishes: &mut BTreeSet<(usize, usize)>, later: &BTreeSet<usize>, first: &BTreeSet<usize>) {
    wishes.extend(later.iter().flat_map(|later| first.iter().map(|first| (*later, *first))));
}

/// Adds what closes no circle.
fn add_where_free(needs: &mut Needs, wishes: BTreeSet<(usize, usize)>) {
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    let follow = |followers: &mut Vec<Vec<usize>>, first: usize, later: usize| {
        followers.get_mut(first).into_iter().for_each(|list| list.push(later));
    };
    for (later, needed) in needs.iter().enumerate() {
        needed.iter().for_each(|first| follow(&mut followers, *first, later));
    }
    let mut waiting: Option<(usize, BTreeSet<usize>)> = None;
    for (later, first) in wishes {
        // What waits for `later` stays the same while only `later` comes to wait for more.
        let known = waiting.take().filter(|(of, _)| *of == later);
        let (_, behind) = waiting.insert(known.unwrap_or_else(|| (later, reached(&followers, later))));
        if !behind.contains(&first) && needs.get_mut(later).is_some_and(|needed| needed.insert(first)) {
            follow(&mut followers, first, later);
        }
    }
}

/// This one, and all that follow from it.
fn reached(followers: &[Vec<usize>], from: usize) -> BTreeSet<usize> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(next) = open.pop() {
        if seen.insert(next) {
            open.extend(followers.get(next).into_iter().flatten());
        }
    }
    seen
}
