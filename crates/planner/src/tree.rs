//! The tree of containers, as it is and as it will be: a guardrail on a node holds for all below it.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    Map, Value,
    schema::{Change, Nature, Schema},
};

use crate::{
    draft::Sketch,
    links::{End, Link, Tie},
};

/// Guardrails by the node that they are attached to.
type Fences<'l> = BTreeMap<&'l End, BTreeSet<&'l End>>;

/// Which of the two trees is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
}

impl<'a> Sketch<'a> {
    /// All nodes above this one, in either tree.
    pub(crate) fn above(&self, end: &End) -> BTreeSet<End> {
        let mut above = self.above_when(end, When::Before);
        above.extend(self.above_when(end, When::After));
        above
    }

    /// All nodes above this one, in one of the trees.
    pub(crate) fn above_when(&self, end: &End, when: When) -> BTreeSet<End> {
        let (mut above, mut open) = (BTreeSet::new(), self.parents(end, when));
        while let Some(next) = open.pop() {
            if above.insert(next.clone()) {
                open.extend(self.parents(&next, when));
            }
        }
        above.remove(end);
        above
    }

    /// All containers below this one, as it is now or as it will be.
    pub(crate) fn below(&self, end: &End) -> BTreeSet<End> {
        let containers = |schema: &Schema| schema.nature == Nature::Container;
        let wanted = self.world.desired.iter().enumerate();
        let wanted = wanted.filter(|(_, wanted)| containers(wanted.schema)).map(|(number, _)| End::Desired(number));
        let seen = self.world.observed.iter().enumerate();
        let seen = seen.filter(|(number, seen)| containers(seen.schema) && self.pairs.owner(*number).is_none());
        let seen = seen.map(|(_, seen)| End::Native(seen.platform.to_owned(), seen.object.id.clone()));
        wanted.chain(seen).filter(|node| self.above(node).contains(end)).collect()
    }

    /// Numbers of the drafts that take a node out from under a guardrail which holds for it now.
    pub(crate) fn leaving_fences(&self, links: &[Link]) -> BTreeSet<usize> {
        let (mut before, mut after) = (Fences::new(), Fences::new());
        for link in links.iter().filter(|link| link.tie == Tie::Attachment) {
            for (ends, fences) in [(&link.before, &mut before), (&link.after, &mut after)] {
                if let Some([guardrail, target]) = ends.as_deref() {
                    fences.entry(target).or_default().insert(guardrail);
                }
            }
        }
        let around = |node: &End, when, fences: &Fences<'_>| -> BTreeSet<End> {
            let mut nodes = self.above_when(node, when);
            nodes.insert(node.clone());
            nodes.iter().filter_map(|node| fences.get(node)).flatten().map(|fence| (*fence).clone()).collect()
        };
        let moving = self.drafts.iter().enumerate().filter(|(_, draft)| draft.moves());
        let leaves = |desired: usize| {
            let node = End::Desired(desired);
            !around(&node, When::Before, &before).is_subset(&around(&node, When::After, &after))
        };
        moving.filter(|(_, draft)| draft.desired.is_some_and(leaves)).map(|(number, _)| number).collect()
    }

    fn parents(&self, end: &End, when: When) -> Vec<End> {
        let observed = match end {
            End::Desired(desired) => {
                let Some(wanted) = self.world.wanted(*desired) else { return Vec::new() };
                if when == When::After {
                    let platform = &wanted.desired.address.platform;
                    return self.parents_in(platform, wanted.schema, &wanted.desired.attributes);
                }
                self.pairs.object(*desired)
            }
            End::Native(platform, id) => {
                let container = |number: &&usize| {
                    self.world.seen(**number).is_some_and(|seen| seen.schema.nature == Nature::Container)
                };
                self.world.by_native(platform, id).iter().find(container).copied()
            }
            End::Named(..) => None,
        };
        let Some(seen) = observed.and_then(|number| self.world.seen(number)) else { return Vec::new() };
        self.parents_in(seen.platform, seen.schema, &seen.object.attributes)
    }

    /// What a container stands under is what it would be moved or replaced for, or what it can never leave.
    fn parents_in(&self, platform: &str, schema: &Schema, attributes: &Map) -> Vec<End> {
        if schema.nature != Nature::Container {
            return Vec::new();
        }
        let tells = |change: Change| matches!(change, Change::Move | Change::Replace | Change::Fixed);
        let values = schema.attributes.iter().filter(|attribute| tells(attribute.change));
        let values = values.filter_map(|attribute| attributes.get(attribute.name));
        values
            .filter_map(|value: &Value| self.end(platform, &value.resolve(&|reference| self.known(reference))))
            .collect()
    }
}
