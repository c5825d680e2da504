//! What each desired resource asks for against what is there: one comparison for all kinds, driven by their schemas.

use polity_model::{
    Address, Map, Value,
    plan::{Action, Because, Change, Difference, Notice},
    resource::{Desired, Key, MARK_ATTRIBUTE, Mark, UNREAD_ATTRIBUTE},
    schema::{self, Compare, Ownership, Schema},
};

use crate::{
    compare,
    draft::{Draft, Sketch, Standing},
    pair::{Match, Via},
    world::{REPLACED, Seen, Wanted},
};

/// What becomes of our mark on an object that was found.
enum Marking {
    Right,
    Write,
    Adopt,
    Refused(&'static str),
}

impl<'a> Sketch<'a> {
    /// Drafts the changes of all desired resources; `order` puts each behind those it points at.
    pub(crate) fn diff(&mut self, order: &[usize]) {
        for number in order {
            let Some(wanted) = self.world.wanted(*number) else { continue };
            let found = self.pairs.of_desired.get(*number).cloned().unwrap_or(Match::Absent);
            match found {
                Match::Conflict { candidates, message } => self.conflict(*number, wanted, candidates, message),
                Match::Blocked(by) => self.blocked(*number, wanted, by),
                Match::Absent if wanted.desired.retired.is_some() => self.stand(*number, Standing::Gone),
                Match::Found(observed, _) if wanted.desired.retired.is_some() => {
                    self.retire(*number, wanted, observed);
                }
                found => {
                    if let Some(by) = self.hindrance(wanted.desired) {
                        self.blocked(*number, wanted, by);
                    } else if let Match::Found(observed, via) = found {
                        self.compare(*number, wanted, observed, via);
                    } else {
                        self.create(*number, wanted);
                    }
                }
            }
        }
    }

    fn conflict(&mut self, number: usize, wanted: Wanted<'a>, candidates: Vec<String>, message: String) {
        let (address, origins) = (wanted.desired.address.clone(), wanted.desired.origins.clone());
        let object = |id: &String| self.world.by_id(&wanted.desired.scope, &address.kind, id);
        self.candidates.extend(candidates.iter().filter_map(object));
        self.notices.push(Notice::Conflict { address, candidates, message, origins });
        self.stand(number, Standing::Refused);
    }

    fn blocked(&mut self, number: usize, wanted: Wanted<'a>, by: String) {
        let (address, origins) = (wanted.desired.address.clone(), wanted.desired.origins.clone());
        self.notices.push(Notice::Blocked { address, by, origins });
        self.stand(number, Standing::Refused);
    }

    /// What a desired resource points at that keeps it from being planned.
    fn hindrance(&self, desired: &'a Desired) -> Option<String> {
        self.world.ends_of(desired).into_iter().find_map(|end| {
            let Some(number) = self.world.desired_at(end) else {
                let remembered = self.world.input.last.contains_key(end);
                return (!remembered).then(|| format!("it needs `{end}`, which the manifest does not ask for"));
            };
            match self.standing(number) {
                Standing::Refused => Some(format!("`{end}` cannot be planned")),
                Standing::Gone => Some(format!("`{end}` is retired and gone")),
                Standing::Born(_) | Standing::Unborn => None,
            }
        })
    }

    fn gap(&self, scope: &str, kind: &str) -> Option<String> {
        let gap = self.world.gap(scope, kind)?;
        Some(format!("`{}` could not be read in `{scope}`: {}", gap.kind.as_deref().unwrap_or(kind), gap.reason))
    }

    fn create(&mut self, number: usize, wanted: Wanted<'a>) {
        let desired = wanted.desired;
        if let Some(by) = self.gap(&desired.scope, &desired.address.kind) {
            return self.blocked(number, wanted, by);
        }
        let after = self.resolved(&desired.attributes);
        let drifted = self.world.last(desired).is_some_and(|last| {
            let applied = |attribute: &schema::Attribute| match compare::asked(attribute, &after) {
                Some(asked) if !asked.is_open() => was(&last.attributes, attribute, asked),
                _ => true,
            };
            wanted.schema.attributes.iter().all(applied)
        });
        let change = blank(desired, Action::Create, because(desired, drifted), compare::guarded(wanted.schema, &after));
        self.push(self.draft(number, wanted, None, change));
        self.stand(number, Standing::Unborn);
    }

    fn retire(&mut self, number: usize, wanted: Wanted<'a>, observed: usize) {
        let Some(seen) = self.world.seen(observed) else { return };
        if seen.object.ended.is_some() {
            return self.stand(number, Standing::Gone);
        }
        if let Some(by) = self.gap(&seen.object.scope, &seen.object.kind) {
            return self.blocked(number, wanted, by);
        }
        let desired = wanted.desired;
        let mine = |address: &Address| *address == desired.address || desired.renamed_from.contains(address);
        let marked = seen.object.mark.as_ref().is_some_and(|mark| mine(&mark.address));
        if seen.object.vendor.is_some() || !(marked || self.world.recorded(seen).any(mine)) {
            let message = format!(
                "`{}` is to end, but nothing proves that it is ours: adopt it first (`id:` and `mode: adopt`), then retire it",
                seen.object.name
            );
            return self.conflict(number, wanted, vec![seen.object.id.clone()], message);
        }
        let reason = desired.retired.clone().unwrap_or_default();
        let because = Because::Retired { origin: desired.origins.clone(), reason };
        let draft = self.ending(observed, desired.address.clone(), because, desired.group.clone());
        self.drafts.extend(draft);
        self.stand(number, Standing::Born(observed));
    }

    fn compare(&mut self, number: usize, wanted: Wanted<'a>, observed: usize, via: Via) {
        let Some(seen) = self.world.seen(observed) else { return };
        let desired = wanted.desired;
        let candidates = || vec![seen.object.id.clone()];
        if let Some(ended) = &seen.object.ended {
            let message = format!(
                "`{}` is {ended} and does not come back: write `state: retired`, or give the new one another name",
                seen.object.name
            );
            return self.conflict(number, wanted, candidates(), message);
        }
        let after = self.resolved(&desired.attributes);
        let mut diff = differences(wanted.schema, &after, &seen.object.attributes);
        if let Some(vendor) = &seen.object.vendor {
            if let Some(first) = diff.first() {
                let message = format!(
                    "`{}` is {vendor} and cannot be changed, but its `{}` differs: remove it from the manifest",
                    seen.object.name, first.attribute
                );
                self.conflict(number, wanted, candidates(), message);
            }
            return;
        }
        let marking = self.marking(wanted, seen, via);
        match marking {
            Marking::Refused(message) => {
                return self.conflict(number, wanted, candidates(), format!("`{}` {message}", seen.object.name));
            }
            Marking::Write | Marking::Adopt => diff.push(self.mark_difference(desired, seen)),
            Marking::Right if diff.is_empty() => return,
            Marking::Right => {}
        }
        let former = self.former(desired, seen, via);
        let drifted = former.is_none() && self.has_drifted(wanted, &diff, &after);
        let action = action_of(wanted.schema, &diff, matches!(marking, Marking::Adopt));
        let mut change = blank(desired, action, because(desired, drifted), compare::guarded(wanted.schema, &after));
        change.before = compare::guarded(wanted.schema, &seen.object.attributes);
        change.diff = diff;
        change.renamed_from = former;
        if action == Action::Replace {
            return self.replace(number, wanted, observed, change);
        }
        change.id = Some(seen.object.id.clone());
        self.push(self.draft(number, wanted, Some(observed), change));
    }

    fn draft(&self, number: usize, wanted: Wanted<'a>, observed: Option<usize>, change: Change) -> Draft<'a> {
        let ours_before = self.world.last(wanted.desired).is_some();
        Draft { change, schema: wanted.schema, desired: Some(number), observed, replaced: false, ours_before }
    }

    fn marking(&self, wanted: Wanted<'a>, seen: Seen<'a>, via: Via) -> Marking {
        let desired = wanted.desired;
        if wanted.schema.ownership != Ownership::Tag {
            return Marking::Right;
        }
        let observes = desired.mode == polity_model::organization::Mode::Observe;
        match (&seen.object.mark, via) {
            (Some(mark), _) if mark.address == desired.address => Marking::Right,
            (Some(_), _) => Marking::Write,
            (None, Via::Written) if observes => Marking::Right,
            (None, Via::Written) => Marking::Adopt,
            (None, Via::Key) if self.world.recorded(seen).next().is_none() => {
                if observes {
                    Marking::Refused("is there already and not ours: write its `id:`, or set `mode: adopt` here")
                } else {
                    Marking::Adopt
                }
            }
            (None, _) => Marking::Write,
        }
    }

    fn mark_difference(&self, desired: &Desired, seen: Seen<'a>) -> Difference {
        let organization = self.world.input.organization.name.clone();
        let mark = Mark { organization, address: desired.address.clone() };
        Difference {
            attribute: MARK_ATTRIBUTE.to_owned(),
            before: seen.object.mark.as_ref().map_or(Value::Null, |mark| Value::text(mark.written())),
            after: Value::text(mark.written()),
        }
    }

    /// The address that the object was ours under until now, where that was another.
    fn former(&self, desired: &Desired, seen: Seen<'a>, via: Via) -> Option<Address> {
        let marked = seen.object.mark.as_ref().map(|mark| &mark.address);
        let recorded = || {
            let mut known = self.world.recorded(seen);
            let here = self.world.input.last.contains_key(&desired.address);
            known.find(|address| via != Via::Written && !here && desired.renamed_from.contains(address))
        };
        marked.or_else(recorded).filter(|address| **address != desired.address).cloned()
    }

    fn has_drifted(&self, wanted: Wanted<'a>, diff: &[Difference], after: &Map) -> bool {
        self.world.last(wanted.desired).is_some_and(|last| {
            diff.iter().all(|difference| match wanted.schema.attribute(&difference.attribute) {
                Some(attribute) => {
                    let asked = after.get(attribute.name).unwrap_or(&Value::Null);
                    !asked.is_open() && was(&last.attributes, attribute, asked)
                }
                None => difference.attribute == MARK_ATTRIBUTE,
            })
        })
    }

    /// Another object that has the natural key which a new one would get.
    fn twin(&self, wanted: Wanted<'a>, observed: usize) -> Option<Seen<'a>> {
        let desired = wanted.desired;
        desired.keys.iter().find_map(|key| {
            let value = key.value.resolve(&|reference| self.known(reference));
            let key = Key { name: key.name.clone(), value };
            let mut others = self.world.keyed(&desired.scope, &desired.address.kind, &key).iter();
            let twin = others.find(|number| **number != observed && self.pairs.owner(**number).is_none())?;
            self.world.seen(*twin)
        })
    }

    /// The new object first, under its address; the old one goes when nothing hangs on it any more.
    fn replace(&mut self, number: usize, wanted: Wanted<'a>, observed: usize, change: Change) {
        let Some(seen) = self.world.seen(observed) else { return };
        if let Some(by) = self.gap(&seen.object.scope, &seen.object.kind) {
            return self.blocked(number, wanted, by);
        }
        if !self.is_ours(seen) {
            let names: Vec<&str> = change.diff.iter().map(|difference| difference.attribute.as_str()).collect();
            let message = format!(
                "`{}` would have to be replaced for its `{}`, but nothing proves that it is ours: write it as it is there",
                seen.object.name,
                names.join("`, `")
            );
            return self.conflict(number, wanted, vec![seen.object.id.clone()], message);
        }
        if let Some(twin) = self.twin(wanted, observed) {
            let message = format!(
                "`{}` would have to be made anew, but `{}` is in its place: write `id: {}` to take that one, or remove it",
                seen.object.name, twin.object.name, twin.object.id
            );
            return self.conflict(number, wanted, vec![seen.object.id.clone(), twin.object.id.clone()], message);
        }
        let mut address = wanted.desired.address.clone();
        address.name.push_str(REPLACED);
        let old = self.ending(observed, address, change.because.clone(), change.group.clone());
        self.push(self.draft(number, wanted, Some(observed), change));
        self.drafts.extend(old.map(|old| Draft { replaced: true, desired: Some(number), ..old }));
        self.stand(number, Standing::Unborn);
    }
}

fn blank(desired: &Desired, action: Action, because: Because, after: Map) -> Change {
    Change {
        address: desired.address.clone(),
        action,
        scope: desired.scope.clone(),
        id: None,
        after,
        before: Map::new(),
        diff: Vec::new(),
        because,
        needs: Vec::new(),
        risks: Vec::new(),
        group: desired.group.clone(),
        renamed_from: None,
    }
}

fn because(desired: &Desired, drifted: bool) -> Because {
    let origins = desired.origins.clone();
    if drifted { Because::Drifted(origins) } else { Because::Written(origins) }
}

/// Whether an attribute was applied with this value, as far as the endpoint told.
pub(crate) fn was(last: &Map, attribute: &schema::Attribute, asked: &Value) -> bool {
    is_untold(attribute, last)
        || compare::same(attribute.compare, last.get(attribute.name).unwrap_or(&Value::Null), asked)
}

/// The attributes in which something that is there (`before`) is not what is asked for (`after`), in the schema's order.
/// What is silent in `after` is not compared, unless the schema says that silence empties it.
pub fn differences(schema: &Schema, after: &Map, before: &Map) -> Vec<Difference> {
    let mut diff = Vec::new();
    for attribute in &schema.attributes {
        let Some(asked) = compare::asked(attribute, after) else { continue };
        if is_untold(attribute, before) {
            continue;
        }
        let there = before.get(attribute.name);
        // A secret that cannot be read back cannot be compared either.
        if attribute.compare == Compare::Secret && there.is_none_or(|there| there == &Value::Null) {
            continue;
        }
        let there = there.unwrap_or(&Value::Null);
        if asked.is_open() || !compare::same(attribute.compare, there, asked) {
            let show = |value: &Value| match attribute.compare {
                Compare::Secret => compare::custody(value),
                _ => value.clone(),
            };
            diff.push(Difference { attribute: attribute.name.to_owned(), before: show(there), after: show(asked) });
        }
    }
    diff
}

/// Whether the endpoint cannot tell what this attribute holds.
fn is_untold(attribute: &schema::Attribute, before: &Map) -> bool {
    let untold = before.get(UNREAD_ATTRIBUTE).and_then(Value::as_list).unwrap_or_default();
    untold.iter().any(|name| name.as_text() == Some(attribute.name))
}

fn action_of(schema: &Schema, diff: &[Difference], adopts: bool) -> Action {
    let any = |change: schema::Change| {
        diff.iter().any(|difference| {
            schema.attribute(&difference.attribute).is_some_and(|attribute| attribute.change == change)
        })
    };
    if any(schema::Change::Replace) {
        Action::Replace
    } else if adopts {
        Action::Adopt
    } else if any(schema::Change::Move) {
        Action::Move
    } else {
        Action::Update
    }
}
