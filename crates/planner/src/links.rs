//! Access, memberships and attachments before and after the plan, with both ends told by manifest address where there
//! is one: what access changes, brakes, limits and the order are worked out from.

use std::collections::{BTreeMap, HashMap};

use polity_model::{Map, Value, organization::Principal, plan::Action, schema::Effect};

use crate::draft::{Sketch, Standing};

/// Principals of the manifest that a platform knows by name alone, by (platform, native id).
pub type Names = BTreeMap<(String, String), Principal>;

/// One end of a link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum End {
    /// A desired resource, by number.
    Desired(usize),
    /// A native object that no desired resource is (or that one will not be any more).
    Native(String, String),
    /// A principal of the manifest that the platform knows by name alone.
    Named(String, Principal),
}

/// What a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tie {
    /// `[principal, role, place]`.
    Grant,
    /// `[member, group]`.
    Join,
    /// `[guardrail, target]`.
    Attachment,
}

/// One link, before and after.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) tie: Tie,
    pub(crate) before: Option<Vec<End>>,
    pub(crate) after: Option<Vec<End>>,
    /// Whether a grant is held in everything below its place, and not in the place itself.
    pub(crate) below: bool,
    /// Number of the draft that changes it.
    pub(crate) by: Option<usize>,
}

impl<'a> Sketch<'a> {
    /// Which resource or object a value of a link points at.
    pub(crate) fn end(&self, platform: &str, value: &Value) -> Option<End> {
        match value {
            Value::Reference(reference) => self.world.desired_at(&reference.address).map(End::Desired),
            Value::Text(id) => {
                let names = &self.world.input.names;
                // Most platforms have objects for all of them, and very many links.
                let named = if names.is_empty() { None } else { names.get(&(platform.to_owned(), id.clone())) };
                if let Some(principal) = named {
                    return Some(End::Named(platform.to_owned(), principal.clone()));
                }
                let bearer = self.world.by_native(platform, id).iter().find_map(|number| {
                    let desired = self.pairs.owner(*number)?;
                    (self.standing(desired) != Standing::Unborn).then_some(desired)
                });
                Some(bearer.map_or_else(|| End::Native(platform.to_owned(), id.clone()), End::Desired))
            }
            _ => None,
        }
    }

    fn ends(&self, platform: &str, attributes: &Map, names: &[&str]) -> Option<Vec<End>> {
        names.iter().map(|name| self.end(platform, attributes.get(*name)?)).collect()
    }

    /// All links; those observed first, in their order, then those to be made.
    pub(crate) fn links(&self) -> Vec<Link> {
        let mut changed: HashMap<usize, usize> = HashMap::new();
        for (number, draft) in self.drafts.iter().enumerate() {
            if let Some(observed) = draft.observed.filter(|_| draft.change.action != Action::Replace) {
                changed.insert(observed, number);
            }
        }
        let mut links = Vec::new();
        for (number, seen) in self.world.observed.iter().enumerate() {
            let Some((tie, names)) = tie(&seen.schema.effect) else { continue };
            let by = changed.get(&number).copied();
            let before = self.ends(seen.platform, &seen.object.attributes, &names);
            let after = match by.and_then(|by| self.drafts.get(by)) {
                Some(draft) if draft.ends() => None,
                Some(draft) if !draft.change.after.is_empty() => self.ends(seen.platform, &draft.change.after, &names),
                _ => before.clone(),
            };
            let below = holds_below(&seen.schema.effect, &seen.object.attributes);
            links.push(Link { tie, before, after, below, by });
        }
        for (number, draft) in self.drafts.iter().enumerate().filter(|(_, draft)| draft.makes()) {
            let Some((tie, names)) = tie(&draft.schema.effect) else { continue };
            let after = self.ends(&draft.change.address.platform, &draft.change.after, &names);
            let below = holds_below(&draft.schema.effect, &draft.change.after);
            links.push(Link { tie, before: None, after, below, by: Some(number) });
        }
        links.extend(self.members_by_name());
        links
    }

    /// Who is in the teams that platforms know by name alone: what the manifest says, at all times, because nothing of it
    /// is written there.
    fn members_by_name(&self) -> Vec<Link> {
        let organization = self.world.input.organization;
        let mut links = Vec::new();
        for ((platform, _), principal) in &self.world.input.names {
            let Principal::Team(name) = principal else { continue };
            let Some(team) = organization.teams.get(name) else { continue };
            let people = team.people.iter().map(|person| Principal::Person(person.name.clone()));
            let teams = team.teams.iter().map(|within| Principal::Team(within.name.clone()));
            let group = End::Named(platform.clone(), principal.clone());
            links.extend(people.chain(teams).map(|member| {
                let ends = Some(vec![End::Named(platform.clone(), member), group.clone()]);
                Link { tie: Tie::Join, before: ends.clone(), after: ends, below: false, by: None }
            }));
        }
        links
    }
}

/// It is part of what a grant is: another value is another grant.
fn holds_below(effect: &Effect, attributes: &Map) -> bool {
    let Effect::Grants { below: Some(below), .. } = effect else { return false };
    attributes.get(*below) == Some(&Value::Bool(true))
}

fn tie(effect: &Effect) -> Option<(Tie, Vec<&'static str>)> {
    match *effect {
        Effect::Grants { principal, role, place, .. } => Some((Tie::Grant, vec![principal, role, place])),
        Effect::Joins { member, group } => Some((Tie::Join, vec![member, group])),
        Effect::Attaches { guardrail, target } => Some((Tie::Attachment, vec![guardrail, target])),
        Effect::Neutral | Effect::Defines | Effect::Restricts => None,
    }
}
