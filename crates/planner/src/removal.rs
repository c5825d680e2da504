//! What is there and not asked for: taken back where it is provably ours, forgotten where it holds others, said where
//! it is foreign. Nothing is ended across a gap.

use std::collections::{BTreeMap, HashSet};

use polity_model::{
    Address, Map, Value,
    organization::Mode,
    plan::{Action, Because, Difference, Notice},
    resource::{Group, MARK_ATTRIBUTE},
    schema::{Change, Effect, Nature, Ownership},
};

use crate::{
    draft::{Draft, Sketch, Standing},
    pair::Match,
    world::{REPLACED, Seen},
};

/// What is refused, by scope and kind, with the values its own attributes hold: a surplus object that shares one may
/// be the very thing that could not be planned.
struct Withheld<'a> {
    by_owner: HashSet<(&'a str, &'a str, String)>,
    whole: HashSet<(&'a str, &'a str)>,
}

impl<'a> Sketch<'a> {
    /// Drafts what becomes of all objects that no desired resource is paired with.
    pub(crate) fn removals(&mut self) {
        let withheld = self.withheld();
        let ending: HashSet<usize> =
            self.drafts.iter().filter(|draft| draft.ends()).filter_map(|draft| draft.observed).collect();
        let mut taken: HashSet<Address> = self.drafts.iter().map(|draft| draft.change.address.clone()).collect();
        for number in 0..self.world.observed.len() {
            let Some(seen) = self.world.seen(number) else { continue };
            let spoken_for = self.pairs.owner(number).is_some() || self.candidates.contains(&number);
            if spoken_for || ending.contains(&number) || seen.schema.nature == Nature::Observed {
                continue;
            }
            self.surplus(number, seen, &withheld, &mut taken);
        }
    }

    fn surplus(&mut self, number: usize, seen: Seen<'a>, withheld: &Withheld<'a>, taken: &mut HashSet<Address>) {
        let object = seen.object;
        if object.ended.is_some() || self.holder_has_ended(seen) {
            return;
        }
        if let Some(by) = object.vendor.as_ref().or_else(|| self.vendor_behind(seen)) {
            if seen.schema.nature != Nature::Setting {
                let (kind, scope) = (object.kind.clone(), object.scope.clone());
                let (id, name, by) = (object.id.clone(), object.name.clone(), by.clone());
                self.notices.push(Notice::Vendor { kind, scope, id, name, by });
            }
            return;
        }
        if self.left_over(number, seen, taken) {
            return;
        }
        if let Some(half) = self.world.recorded(seen).find(|address| address.name.ends_with(REPLACED)) {
            return self.end_old_half(number, seen, half, taken);
        }
        let known = self.known_as(seen);
        if let Some(address) = known.filter(|address| self.world.desired_at(address).is_some()) {
            return self.second_bearer(address, seen);
        }
        let ours = known.is_some() || self.owner_is_ours(seen);
        let Some(because) = self.reason_to_end(seen, known, ours) else { return self.foreign(seen) };
        if ours && matches!(seen.schema.nature, Nature::Container | Nature::Identity) {
            return self.forget(number, seen, known, taken);
        }
        let address =
            unique(known.cloned().unwrap_or_else(|| Address::new(seen.platform, &object.kind, &object.id)), taken);
        if let Some(by) = self.gap_over(seen).or_else(|| self.withheld_by(seen, known, withheld)) {
            return self.notices.push(Notice::Blocked { address, by, origins: Vec::new() });
        }
        let group = self.group_of(seen);
        let draft = self.ending(number, address, because, group);
        self.drafts.extend(draft);
    }

    /// What an interrupted replacement left behind: its successor stands, so it goes as it was to go then.
    fn left_over(&mut self, number: usize, seen: Seen<'a>, taken: &mut HashSet<Address>) -> bool {
        let of = |address: &Address| {
            let name = address.name.strip_suffix(" (replaced)")?;
            self.world.desired_at(&Address::new(&address.platform, &address.kind, name))
        };
        let found = self.world.recorded(seen).find_map(|address| Some((address.clone(), of(address)?)));
        let Some((address, successor)) = found else { return false };
        let stands = matches!(self.standing(successor), Standing::Born(_));
        let Some(wanted) = self.world.wanted(successor).filter(|_| stands) else { return false };
        if let Some(by) = self.gap_over(seen) {
            self.notices.push(Notice::Blocked { address, by, origins: wanted.desired.origins.clone() });
            return true;
        }
        let (because, group) = (Because::Written(wanted.desired.origins.clone()), wanted.desired.group.clone());
        taken.insert(address.clone());
        let old = self.ending(number, address, because, group);
        self.drafts.extend(old.map(|old| Draft { replaced: true, desired: Some(successor), ..old }));
        true
    }

    /// The old half of a replacement that a crash or a failure left behind: it was to end then, and ends now.
    fn end_old_half(&mut self, number: usize, seen: Seen<'a>, half: &Address, taken: &mut HashSet<Address>) {
        let mut whole = half.clone();
        whole.name.truncate(whole.name.len() - REPLACED.len());
        let desired = self.world.desired_at(&whole);
        if desired.is_some_and(|desired| self.standing(desired) == Standing::Refused) {
            return; // its successor cannot be planned now
        }
        if desired.is_none() && matches!(seen.schema.nature, Nature::Container | Nature::Identity) {
            return self.forget(number, seen, Some(half), taken); // as its successor, whose text is gone too
        }
        let address = unique(half.clone(), taken);
        if let Some(by) = self.gap_over(seen) {
            return self.notices.push(Notice::Blocked { address, by, origins: Vec::new() });
        }
        let wanted = desired.and_then(|desired| self.world.wanted(desired));
        let because = wanted.map_or(Because::Removed, |wanted| Because::Written(wanted.desired.origins.clone()));
        let group = wanted.map_or_else(|| self.group_of(seen), |wanted| wanted.desired.group.clone());
        let draft = self.ending(number, address, because, group);
        // Without a successor nothing takes its place: then this is a removal like any other.
        self.drafts.extend(draft.map(|draft| Draft { replaced: desired.is_some(), desired, ..draft }));
    }

    /// The vendor of what a link hangs on: then it is the vendor's too, unless we made it ourselves.
    fn vendor_behind(&self, seen: Seen<'a>) -> Option<&'a String> {
        let Ownership::Through { kind, attribute } = seen.schema.ownership else { return None };
        let id = seen.object.attributes.get(attribute).and_then(Value::as_text)?;
        if self.world.recorded(seen).next().is_some() {
            return None;
        }
        let mut owners = self.world.by_native(seen.platform, id).iter().filter_map(|number| self.world.seen(*number));
        owners.find(|owner| owner.object.kind == kind)?.object.vendor.as_ref()
    }

    /// Whether the place that a link is in has ended: what hangs there goes with it, and takes no change.
    fn holder_has_ended(&self, seen: Seen<'a>) -> bool {
        let place = place_attribute(&seen.schema.effect).and_then(|name| seen.object.attributes.get(name));
        let Some(id) = place.and_then(Value::as_text) else { return false };
        let numbers = self.world.by_native(seen.platform, id);
        numbers.iter().any(|number| self.world.seen(*number).is_some_and(|holder| holder.object.ended.is_some()))
    }

    /// The address that our mark, or else the journal, knows an object by.
    pub(crate) fn known_as(&self, seen: Seen<'a>) -> Option<&'a Address> {
        let marked = seen.object.mark.as_ref().filter(|mark| {
            mark.organization == self.world.input.organization.name && seen.schema.ownership == Ownership::Tag
        });
        marked.map(|mark| &mark.address).or_else(|| self.world.recorded(seen).next())
    }

    /// Why an unpaired object may be ended; `None` if it may not.
    fn reason_to_end(&self, seen: Seen<'a>, known: Option<&Address>, ours: bool) -> Option<Because> {
        if known.is_some() {
            return Some(Because::Removed);
        }
        match seen.schema.nature {
            // Somebody made it by hand. Only where we own does that alone end it; elsewhere it is reported.
            Nature::Link if self.place_mode(seen) != Mode::Own => None,
            Nature::Link if ours => Some(Because::Drifted(Vec::new())),
            Nature::Link if !is_marked(seen) => Some(Because::Foreign),
            Nature::Link => None,
            _ if ours => Some(Because::Removed),
            _ => None,
        }
    }

    /// An address that is still asked for, on an object that is not it: it could not be planned, or there are two.
    fn second_bearer(&mut self, address: &Address, seen: Seen<'a>) {
        let held =
            self.world.desired_at(address).filter(|desired| matches!(self.standing(*desired), Standing::Born(_)));
        let Some(wanted) = held.and_then(|desired| self.world.wanted(desired)) else { return };
        let message = format!(
            "`{}` (`{}`) is known as `{address}` too, which is another object: it is left alone; take our mark off it",
            seen.object.name, seen.object.id
        );
        self.notices.push(Notice::Note { message, origins: wanted.desired.origins.clone() });
    }

    fn foreign(&mut self, seen: Seen<'a>) {
        // A setting always has some value; one that nobody asked for is not worth a word.
        if seen.schema.nature == Nature::Setting {
            return;
        }
        let object = seen.object;
        let (kind, scope) = (object.kind.clone(), object.scope.clone());
        let (id, name, group) = (object.id.clone(), object.name.clone(), self.group_of(seen));
        self.notices.push(Notice::Foreign { kind, scope, id, name, group });
    }

    fn forget(&mut self, number: usize, seen: Seen<'a>, known: Option<&Address>, taken: &mut HashSet<Address>) {
        let Some(known) = known else { return self.foreign(seen) };
        let address = unique(known.clone(), taken);
        if let Some(by) = self.gap_over(seen) {
            return self.notices.push(Notice::Blocked { address, by, origins: Vec::new() });
        }
        let group = self.group_of(seen);
        self.notices.push(Notice::Forgotten { address: address.clone(), id: seen.object.id.clone() });
        let Some(mut draft) = self.ending(number, address, Because::Removed, group) else { return };
        draft.change.action = Action::Forget;
        if let Some(mark) = seen.object.mark.as_ref().filter(|_| seen.schema.ownership == Ownership::Tag) {
            draft.change.diff.push(unmarking(&mark.written()));
        }
        self.drafts.push(draft);
    }

    /// The gap over an object, or over what it hangs on.
    fn gap_over(&self, seen: Seen<'a>) -> Option<String> {
        let owner = match seen.schema.ownership {
            Ownership::Through { kind, .. } => Some(kind),
            Ownership::Tag | Ownership::Journal => None,
        };
        let gap = std::iter::once(seen.object.kind.as_str())
            .chain(owner)
            .find_map(|kind| self.world.gap(&seen.object.scope, kind))?;
        Some(format!("`{}` could not be read whole: {}", gap.scope, gap.reason))
    }

    fn withheld(&self) -> Withheld<'a> {
        let mut withheld = Withheld { by_owner: HashSet::new(), whole: HashSet::new() };
        for (number, wanted) in self.world.desired.iter().enumerate() {
            let desired = wanted.desired;
            if self.standing(number) != Standing::Refused {
                continue;
            }
            let place = (desired.scope.as_str(), desired.address.kind.as_str());
            match wanted.schema.ownership {
                Ownership::Through { attribute, .. } => {
                    let owners = desired.attributes.get(attribute).map(|value| self.candidates_for(value));
                    let owners = owners.into_iter().flatten();
                    withheld.by_owner.extend(owners.map(|owner| (place.0, place.1, owner)));
                }
                Ownership::Tag | Ownership::Journal => {
                    withheld.whole.insert(place);
                }
            }
        }
        withheld
    }

    /// Native ids of what a value points at, or could point at.
    fn candidates_for(&self, value: &Value) -> Vec<String> {
        let Value::Reference(reference) = value else {
            return value.as_text().map(str::to_owned).into_iter().collect();
        };
        let Some(desired) = self.world.desired_at(&reference.address) else { return Vec::new() };
        match self.pairs.of_desired.get(desired) {
            Some(Match::Found(observed, _)) => {
                self.world.seen(*observed).map(|seen| seen.object.id.clone()).into_iter().collect()
            }
            Some(Match::Conflict { candidates, .. }) => candidates.clone(),
            _ => Vec::new(),
        }
    }

    fn withheld_by(&self, seen: Seen<'a>, known: Option<&Address>, withheld: &Withheld<'a>) -> Option<String> {
        // Only a link can be the one that was refused and yet be known by another address: when its ends are renamed.
        if known.is_some() && seen.schema.nature != Nature::Link {
            return None;
        }
        let place = (seen.object.scope.as_str(), seen.object.kind.as_str());
        let owner = match seen.schema.ownership {
            Ownership::Through { attribute, .. } => seen.object.attributes.get(attribute).and_then(Value::as_text),
            Ownership::Tag | Ownership::Journal => None,
        };
        let held = withheld.whole.contains(&place)
            || owner.is_some_and(|owner| withheld.by_owner.contains(&(place.0, place.1, owner.to_owned())));
        held.then(|| format!("another {} beside it cannot be planned, and this may be it", seen.schema.title))
    }

    /// The mode of the place that a link is in.
    fn place_mode(&self, seen: Seen<'a>) -> Mode {
        let place = place_attribute(&seen.schema.effect);
        let attributes = &seen.object.attributes;
        let named = |name: &str| {
            attributes.get(name).and_then(Value::as_text).and_then(|id| self.desired_by_native(seen.platform, id))
        };
        let found = match place {
            // The end is there but nobody asked for it: its place is not ours to judge.
            Some(place) => return named(place).map_or(Mode::Observe, |desired| desired.mode),
            None => attributes.keys().find_map(|name| named(name)),
        };
        let everywhere = || self.world.input.organization.mode_at(seen.platform, None);
        found.map_or_else(everywhere, |desired| desired.mode)
    }

    fn desired_by_native(&self, platform: &str, id: &str) -> Option<&'a polity_model::resource::Desired> {
        let numbers = self.world.by_native(platform, id);
        let owner = numbers.iter().find_map(|number| self.pairs.owner(*number))?;
        self.world.wanted(owner).map(|wanted| wanted.desired)
    }

    /// Where an object that nobody asks for is shown: with what it points at.
    fn group_of(&self, seen: Seen<'a>) -> Group {
        let mut best = Group::default();
        let scope = self.world.scope(&seen.object.scope);
        if let Some(tenant) = scope.and_then(|scope| scope.tenant.clone()) {
            best.landing_zone = self.landing_zone_of(&tenant);
            best.tenant = Some(tenant);
            return best;
        }
        for id in seen.object.attributes.values().filter_map(Value::as_text) {
            if let Some(desired) = self.desired_by_native(seen.platform, id) {
                let weight =
                    |group: &Group| (group.tenant.is_some(), group.landing_zone.is_some(), group.project.is_some());
                if weight(&desired.group) > weight(&best) {
                    best = desired.group.clone();
                }
            }
        }
        best
    }

    fn landing_zone_of(&self, tenant: &str) -> Option<String> {
        let tenant = self.world.input.organization.tenants.get(tenant)?;
        tenant.landing_zone.as_ref().map(|zone| zone.name.clone())
    }

    /// A container that still holds what nobody moves or ends cannot end: the old half of a replacement is let go
    /// instead, and a tombstone has to wait.
    pub(crate) fn spare_full_containers(&mut self) {
        // What is spared stays in what it stands in, which then is not empty either.
        while self.spare_once() {}
    }

    fn spare_once(&mut self) -> bool {
        let leaves = |draft: &&Draft<'_>| draft.ends() || draft.moves();
        let going: HashSet<usize> = self.drafts.iter().filter(leaves).filter_map(|draft| draft.observed).collect();
        let mut holds: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for (_, seen) in self.world.observed.iter().enumerate().filter(|(number, _)| !going.contains(number)) {
            for parent in seen.schema.attributes.iter().filter(|attribute| tells_place(seen, attribute.change)) {
                if let Some(id) = seen.object.attributes.get(parent.name).and_then(Value::as_text) {
                    holds.entry((seen.platform, id)).or_insert(&seen.object.name);
                }
            }
        }
        let held = |draft: &Draft<'_>| {
            let id = draft.change.id.as_deref().filter(|_| draft.ends() && draft.schema.nature == Nature::Container)?;
            holds.get(&(draft.change.address.platform.as_str(), id)).copied()
        };
        let (mut notices, mut kept) = (Vec::new(), Vec::with_capacity(self.drafts.len()));
        for mut draft in std::mem::take(&mut self.drafts) {
            let Some(held) = held(&draft) else {
                kept.push(draft);
                continue;
            };
            let address = draft.change.address.clone();
            if draft.replaced {
                draft.change.action = Action::Forget;
                let mark = draft.observed.and_then(|number| self.world.seen(number)?.object.mark.as_ref());
                draft.change.diff.extend(mark.map(|mark| unmarking(&mark.written())));
                notices.push(Notice::Forgotten { address, id: draft.change.id.clone().unwrap_or_default() });
                kept.push(draft);
            } else {
                let by = format!("`{held}` is still in it, and nobody asks for that: move or retire it first");
                let origins = match draft.change.because {
                    Because::Retired { origin, .. } => origin,
                    _ => Vec::new(),
                };
                notices.push(Notice::Blocked { address, by, origins });
            }
        }
        self.drafts = kept;
        let spared = !notices.is_empty();
        self.notices.extend(notices);
        spared
    }

    /// A tenant that is to end, or cannot be planned, keeps its settings and guardrails on the way: nothing is loosened
    /// before it is gone, and what hangs there goes with it.
    pub(crate) fn spare_ending_tenants(&mut self) {
        let (world, pairs, standing) = (self.world, &self.pairs, &self.standing);
        let leaving = |desired: usize| {
            let retired = world.wanted(desired).is_some_and(|wanted| wanted.desired.retired.is_some());
            retired || standing.get(desired) == Some(&Standing::Refused)
        };
        // A fence within a container goes with it, as one in a scope of its own does.
        let within = |change: &polity_model::plan::Change| {
            let holders = mentions(&change.before).flat_map(|id| world.by_native(&change.address.platform, id));
            let mut containers = holders
                .filter(|holder| world.seen(**holder).is_some_and(|seen| seen.schema.nature == Nature::Container));
            containers.any(|holder| pairs.owner(*holder).is_some_and(leaving))
        };
        self.drafts.retain(|draft| {
            let change = &draft.change;
            let spared = match &draft.schema.effect {
                Effect::Restricts if within(change) => true,
                _ if draft.schema.nature == Nature::Setting => {
                    world.tenant_of_scope(&change.scope).is_some_and(leaving)
                }
                Effect::Attaches { target, .. } => {
                    let target = change.before.get(*target).and_then(Value::as_text).unwrap_or_default();
                    let holders = world.by_native(&change.address.platform, target);
                    holders.iter().filter_map(|holder| pairs.owner(*holder)).any(leaving)
                }
                _ => false,
            };
            !(draft.ends() && spared)
        });
    }
}

/// The attribute that says where a link is.
fn place_attribute(effect: &Effect) -> Option<&'static str> {
    match effect {
        Effect::Grants { place, .. } => Some(place),
        Effect::Joins { group, .. } => Some(group),
        Effect::Attaches { target, .. } => Some(target),
        Effect::Neutral | Effect::Defines | Effect::Restricts => None,
    }
}

fn is_marked(seen: Seen<'_>) -> bool {
    seen.object.mark.is_some()
}

fn unmarking(mark: &str) -> Difference {
    Difference { attribute: MARK_ATTRIBUTE.to_owned(), before: Value::text(mark), after: Value::Null }
}

/// Whether a change of this attribute would be a change of place.
fn tells_place(seen: &Seen<'_>, change: Change) -> bool {
    seen.schema.nature == Nature::Container && matches!(change, Change::Move | Change::Replace)
}

fn unique(mut address: Address, taken: &mut HashSet<Address>) -> Address {
    while !taken.insert(address.clone()) {
        address.name.push_str(" (surplus)");
    }
    address
}

/// The texts that attributes hold, alone or in lists: native ids are among them.
pub(crate) fn mentions(attributes: &Map) -> impl Iterator<Item = &str> {
    attributes.values().flat_map(|value| {
        let alone = value.as_text();
        let listed = value.as_list().into_iter().flatten().filter_map(Value::as_text);
        alone.into_iter().chain(listed)
    })
}
