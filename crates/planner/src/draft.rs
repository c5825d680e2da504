//! A plan in the making: changes that still know which resource and object they came from.

use std::collections::{HashMap, HashSet};

use polity_model::{
    Address, Map, Reference, Value,
    plan::{Action, Because, Change, Notice},
    resource::Group,
    schema::{self, Ownership, Schema},
};

use crate::{
    compare,
    pair::{Match, Pairs, Via, attribute_of},
    world::{Seen, World},
};

/// A change in the making.
pub(crate) struct Draft<'a> {
    pub(crate) change: Change,
    pub(crate) schema: &'a Schema,
    pub(crate) desired: Option<usize>,
    pub(crate) observed: Option<usize>,
    /// The second half of a replacement: the old object goes.
    pub(crate) replaced: bool,
    /// The journal knows that we wrote it before.
    pub(crate) ours_before: bool,
}

impl Draft<'_> {
    /// Whether something new comes into the cloud.
    pub(crate) fn makes(&self) -> bool {
        matches!(self.change.action, Action::Create | Action::Replace)
    }

    /// Whether something in the cloud comes under another parent; one that is adopted can move as well.
    pub(crate) fn moves(&self) -> bool {
        let parent =
            |name: &str| self.schema.attribute(name).is_some_and(|attribute| attribute.change == schema::Change::Move);
        matches!(self.change.action, Action::Move | Action::Adopt | Action::Update)
            && self.change.diff.iter().any(|difference| parent(&difference.attribute))
    }

    /// Whether something in the cloud ends.
    pub(crate) fn ends(&self) -> bool {
        self.change.action == Action::Delete
    }
}

/// Where a desired resource stands once it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is not there, or will be replaced: whoever points at it must wait for its id.
    Unborn,
    /// It is this object.
    Born(usize),
    /// A conflict or a gap keeps it, and all that points at it, from being planned.
    Refused,
    /// A tombstone asked for its end, and it has ended.
    Gone,
}

/// All that is gathered before order, risk and brakes are worked out.
pub(crate) struct Sketch<'a> {
    pub(crate) world: &'a World<'a>,
    pub(crate) pairs: Pairs,
    pub(crate) standing: Vec<Standing>,
    pub(crate) drafts: Vec<Draft<'a>>,
    pub(crate) notices: Vec<Notice>,
    /// Number of the draft that changes (not: ends) a desired resource.
    pub(crate) draft_of: HashMap<usize, usize>,
    /// Objects that a conflict speaks of.
    pub(crate) candidates: HashSet<usize>,
}

impl<'a> Sketch<'a> {
    pub(crate) fn new(world: &'a World<'a>, pairs: Pairs) -> Self {
        let standing = (0..world.desired.len())
            .map(|number| pairs.object(number).map_or(Standing::Unborn, Standing::Born))
            .collect();
        Self {
            world,
            pairs,
            standing,
            drafts: Vec::new(),
            notices: Vec::new(),
            draft_of: HashMap::new(),
            candidates: HashSet::new(),
        }
    }

    pub(crate) fn standing(&self, desired: usize) -> Standing {
        self.standing.get(desired).copied().unwrap_or(Standing::Refused)
    }

    pub(crate) fn stand(&mut self, desired: usize, standing: Standing) {
        if let Some(slot) = self.standing.get_mut(desired) {
            *slot = standing;
        }
    }

    /// The draft that changes (not: ends) a desired resource.
    pub(crate) fn draft_of(&self, desired: usize) -> Option<&Draft<'a>> {
        self.draft_of.get(&desired).and_then(|number| self.drafts.get(*number))
    }

    pub(crate) fn push(&mut self, draft: Draft<'a>) {
        if let Some(desired) = draft.desired
            && !draft.ends()
        {
            self.draft_of.insert(desired, self.drafts.len());
        }
        self.drafts.push(draft);
    }

    /// Brings the drafts into the order of their addresses; from here on their numbers stay.
    pub(crate) fn sort_drafts(&mut self) {
        self.drafts.sort_by(|a, b| (&a.change.address, a.change.action).cmp(&(&b.change.address, b.change.action)));
        let numbers = self.drafts.iter().enumerate().filter(|(_, draft)| !draft.ends() && !draft.replaced);
        self.draft_of = numbers.filter_map(|(number, draft)| Some((draft.desired?, number))).collect();
    }

    /// What a reference stands for, if that is known before anything is written.
    pub(crate) fn known(&self, reference: &Reference) -> Option<Value> {
        let Some(desired) = self.world.desired_at(&reference.address) else {
            let last = self.world.input.last.get(&reference.address)?;
            let observed = self.world.by_id(&last.scope, &reference.address.kind, &last.id)?;
            return attribute_of(self.world.seen(observed)?.object, &reference.attribute);
        };
        let Standing::Born(observed) = self.standing(desired) else { return None };
        let coming = self.draft_of(desired).and_then(|draft| {
            let differs = draft.change.diff.iter().any(|difference| difference.attribute == reference.attribute);
            draft.change.after.get(&reference.attribute).filter(|value| differs && !value.is_open())
        });
        coming.cloned().or_else(|| attribute_of(self.world.seen(observed)?.object, &reference.attribute))
    }

    /// Desired attributes with all that is known filled in.
    pub(crate) fn resolved(&self, attributes: &Map) -> Map {
        let known = |reference: &Reference| self.known(reference);
        attributes.iter().map(|(name, value)| (name.clone(), value.resolve(&known))).collect()
    }

    /// Whether our mark, the journal, or the object that this one hangs on says that it is ours.
    pub(crate) fn is_ours(&self, seen: Seen<'a>) -> bool {
        self.world.is_known_ours(seen) || self.owner_is_ours(seen)
    }

    /// Whether the object that this one hangs on is ours. An object that was only named by its id in a place where we
    /// observe proves nothing about what others hang on it.
    pub(crate) fn owner_is_ours(&self, seen: Seen<'a>) -> bool {
        let Ownership::Through { kind, attribute } = seen.schema.ownership else { return false };
        let Some(id) = seen.object.attributes.get(attribute).and_then(Value::as_text) else { return false };
        self.world.by_native(seen.platform, id).iter().any(|number| {
            let Some(owner) = self.world.seen(*number).filter(|owner| owner.object.kind == kind) else { return false };
            let only_watched = owner.object.mark.is_none() && owner.schema.ownership == Ownership::Tag && {
                let desired = self.pairs.owner(*number);
                let written = |number| matches!(self.pairs.of_desired.get(number), Some(Match::Found(_, Via::Written)));
                desired.is_some_and(written)
            };
            !only_watched && self.world.is_known_ours(owner)
        })
    }

    /// A change that ends an observed object.
    pub(crate) fn ending(&self, number: usize, address: Address, because: Because, group: Group) -> Option<Draft<'a>> {
        let seen = self.world.seen(number)?;
        let change = Change {
            address,
            action: Action::Delete,
            scope: seen.object.scope.clone(),
            id: Some(seen.object.id.clone()),
            after: Map::new(),
            before: compare::guarded(seen.schema, &seen.object.attributes),
            diff: Vec::new(),
            because,
            needs: Vec::new(),
            risks: Vec::new(),
            group,
            renamed_from: None,
        };
        let (desired, observed) = (None, Some(number));
        Some(Draft { change, schema: seen.schema, desired, observed, replaced: false, ours_before: true })
    }
}
