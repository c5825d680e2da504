//! Who gains and who loses which role where: access times membership, before and after, person by person.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    rc::Rc,
};

use polity_model::{
    Address,
    organization::Principal,
    plan::AccessChange,
    schema::{Effect, Ownership},
};

use crate::{
    draft::Sketch,
    links::{End, Link, Tie},
    tree::When,
};

/// Access and membership at one moment.
struct Moment<'l> {
    /// Principals by role, place, and whether it is held below that place.
    grants: BTreeMap<(&'l End, &'l End, bool), Vec<&'l End>>,
    by_place: HashMap<&'l End, Vec<(&'l End, &'l End)>>,
    /// What is held below a place, and not in it.
    by_place_above: HashMap<&'l End, Vec<(&'l End, &'l End)>>,
    by_principal: HashMap<&'l End, Vec<(&'l End, &'l End, bool)>>,
    members: HashMap<&'l End, Vec<&'l End>>,
    groups: HashMap<&'l End, Vec<&'l End>>,
    people: RefCell<HashMap<&'l End, Rc<BTreeSet<&'l End>>>>,
}

/// One person's role in one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Held<'l> {
    pub(crate) person: &'l End,
    pub(crate) role: &'l End,
    pub(crate) place: &'l End,
    /// Held in everything below the place, and not in the place itself.
    pub(crate) below: bool,
}

/// What becomes of access by a plan.
pub(crate) struct AccessView<'l> {
    before: Moment<'l>,
    after: Moment<'l>,
    /// Kinds whose objects have members.
    group_kinds: HashSet<String>,
    pub(crate) gained: BTreeMap<Held<'l>, Through<'l>>,
    pub(crate) lost: BTreeMap<Held<'l>, Through<'l>>,
}

/// The way a person holds a role, and the drafts that make or end it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Through<'l> {
    team: Option<&'l End>,
    pub(crate) by: BTreeSet<usize>,
}

impl<'l> AccessView<'l> {
    pub(crate) fn new(sketch: &Sketch<'_>, links: &'l [Link]) -> Self {
        let mut view = AccessView {
            before: Moment::new(links, When::Before),
            after: Moment::new(links, When::After),
            group_kinds: group_kinds(sketch, links),
            gained: BTreeMap::new(),
            lost: BTreeMap::new(),
        };
        view.gained = view.only_in(&view.after, &view.before, sketch, links, When::After);
        view.lost = view.only_in(&view.before, &view.after, sketch, links, When::Before);
        view
    }

    /// What is held at one moment and not at the other. Only what a change touches is looked at.
    fn only_in(
        &self,
        here: &Moment<'l>,
        there: &Moment<'l>,
        sketch: &Sketch<'_>,
        links: &'l [Link],
        when: When,
    ) -> BTreeMap<Held<'l>, Through<'l>> {
        let mut found: BTreeMap<Held<'l>, Through<'l>> = BTreeMap::new();
        let mut consider = |principal: &'l End, held: Held<'l>, by: &[usize]| {
            if there.holds(&held) {
                return;
            }
            let team = (principal != held.person).then_some(principal);
            let through = found.entry(held).or_insert_with(|| Through { team, by: BTreeSet::new() });
            // Named once: directly where that is one of the ways, else by the first team.
            through.team = through.team.min(team);
            through.by.extend(by);
        };
        for link in links.iter().filter(|link| link.by.is_some() && link.before != link.after) {
            let ends = if when == When::Before { &link.before } else { &link.after };
            let by: Vec<usize> = link.by.into_iter().collect();
            match (link.tie, ends.as_deref()) {
                (Tie::Grant, Some([principal, role, place])) => {
                    for person in self.people_of(sketch, here, principal).iter() {
                        consider(principal, Held { person, role, place, below: link.below }, &by);
                    }
                }
                (Tie::Join, Some([member, group])) => {
                    let people = self.people_of(sketch, here, member);
                    for team in here.groups_above(group) {
                        for &(role, place, below) in here.by_principal.get(team).into_iter().flatten() {
                            people.iter().for_each(|person| consider(team, Held { person, role, place, below }, &by));
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// The people behind a principal: itself, or all members if it is a group.
    fn people_of(&self, sketch: &Sketch<'_>, moment: &Moment<'l>, principal: &'l End) -> Rc<BTreeSet<&'l End>> {
        if let Some(known) = moment.people.borrow().get(principal) {
            return Rc::clone(known);
        }
        let (mut people, mut seen, mut open) = (BTreeSet::new(), HashSet::new(), vec![principal]);
        while let Some(next) = open.pop() {
            if !seen.insert(next) {
                continue;
            }
            match moment.members.get(next) {
                Some(members) => open.extend(members),
                None if matches!(next, End::Named(_, Principal::Team(_))) => {}
                None if kind_of(sketch, next).is_some_and(|kind| self.group_kinds.contains(kind)) => {}
                None => {
                    people.insert(next);
                }
            }
        }
        let people = Rc::new(people);
        moment.people.borrow_mut().insert(principal, Rc::clone(&people));
        people
    }

    /// How many people hold anything before the plan.
    pub(crate) fn people_before(&self, sketch: &Sketch<'_>) -> usize {
        let mut people = BTreeSet::new();
        for principal in self.before.by_principal.keys() {
            people.extend(self.people_of(sketch, &self.before, principal).iter().copied());
        }
        persons(sketch, people).len()
    }

    /// The people who hold any of these roles in a place, or in all that is below one above it.
    pub(crate) fn holders(
        &self,
        sketch: &Sketch<'_>,
        place: &End,
        when: When,
        role: impl Fn(&End) -> bool,
    ) -> BTreeSet<&'l End> {
        let moment = if when == When::Before { &self.before } else { &self.after };
        let mut people = BTreeSet::new();
        let above = if moment.by_place_above.is_empty() { BTreeSet::new() } else { sketch.above_when(place, when) };
        let from_above = above.iter().filter_map(|above| moment.by_place_above.get(above)).flatten();
        let held = moment.by_place.get(place).into_iter().flatten().chain(from_above);
        for (_, principal) in held.filter(|(held, _)| role(held)) {
            people.extend(self.people_of(sketch, moment, principal).iter().copied());
        }
        people
    }

    /// The places in which a lost access was held.
    pub(crate) fn places_of_loss(&self, sketch: &Sketch<'_>, held: &Held<'l>) -> BTreeSet<End> {
        if held.below { sketch.below(held.place) } else { BTreeSet::from([held.place.clone()]) }
    }

    /// How many people hold a role, and in how many places, after the plan.
    pub(crate) fn reach_of(&self, sketch: &Sketch<'_>, role: &End) -> (usize, usize) {
        let (mut people, mut places) = (BTreeSet::new(), BTreeSet::new());
        for ((_, place, _), principals) in self.after.grants.iter().filter(|((held, ..), _)| *held == role) {
            places.insert(*place);
            for principal in principals {
                people.extend(self.people_of(sketch, &self.after, principal).iter().copied());
            }
        }
        (people.len(), places.len())
    }

    /// The places in which a person of this name holds a role, after the plan.
    pub(crate) fn places_of(&self, sketch: &Sketch<'_>, role: &End, person: &str) -> BTreeSet<String> {
        let granted = self.after.grants.iter().filter(|((held, ..), principals)| {
            let holds = |principal: &&'l End| {
                let people = self.people_of(sketch, &self.after, principal);
                people.iter().any(|one| name_of(sketch, one) == person)
            };
            *held == role && principals.iter().any(holds)
        });
        granted.map(|((_, place, _), _)| name_of(sketch, place)).collect()
    }

    /// Everything gained and lost, for people to read.
    pub(crate) fn changes(&self, sketch: &Sketch<'_>) -> Vec<AccessChange> {
        let mut changes = Vec::with_capacity(self.gained.len() + self.lost.len());
        for (gains, held) in [(true, &self.gained), (false, &self.lost)] {
            for (held, through) in held {
                changes.push(AccessChange {
                    gains,
                    person: name_of(sketch, held.person),
                    role: name_of(sketch, held.role),
                    place: name_of(sketch, held.place),
                    through: through.team.map(|team| name_of(sketch, team)),
                    admin: is_admin(sketch, held.role),
                    by: sketch.addresses(&through.by),
                });
            }
        }
        changes.sort_by(|a, b| {
            (&a.place, &a.role, &a.person, a.gains, a).cmp(&(&b.place, &b.role, &b.person, b.gains, b))
        });
        changes
    }
}

impl<'l> Moment<'l> {
    fn new(links: &'l [Link], when: When) -> Self {
        let mut moment = Moment {
            grants: BTreeMap::new(),
            by_place: HashMap::new(),
            by_place_above: HashMap::new(),
            by_principal: HashMap::new(),
            members: HashMap::new(),
            groups: HashMap::new(),
            people: RefCell::new(HashMap::new()),
        };
        for link in links {
            let ends = if when == When::Before { &link.before } else { &link.after };
            match (link.tie, ends.as_deref()) {
                (Tie::Grant, Some([principal, role, place])) => {
                    moment.grants.entry((role, place, link.below)).or_default().push(principal);
                    let by_place = if link.below { &mut moment.by_place_above } else { &mut moment.by_place };
                    by_place.entry(place).or_default().push((role, principal));
                    moment.by_principal.entry(principal).or_default().push((role, place, link.below));
                }
                (Tie::Join, Some([member, group])) => {
                    moment.members.entry(group).or_default().push(member);
                    moment.groups.entry(member).or_default().push(group);
                }
                _ => {}
            }
        }
        moment
    }

    /// Whether a person holds a role in a place, directly or through groups.
    fn holds(&self, held: &Held<'l>) -> bool {
        let Some(principals) = self.grants.get(&(held.role, held.place, held.below)) else { return false };
        let above = self.groups_above(held.person);
        principals.iter().any(|principal| above.contains(principal))
    }

    /// A principal itself and all groups that it is in.
    fn groups_above(&self, principal: &'l End) -> BTreeSet<&'l End> {
        let (mut above, mut open) = (BTreeSet::new(), vec![principal]);
        while let Some(next) = open.pop() {
            if above.insert(next) {
                open.extend(self.groups.get(next).into_iter().flatten());
            }
        }
        above
    }
}

/// Kinds whose objects have members: a group without any is nobody, not a person.
fn group_kinds(sketch: &Sketch<'_>, links: &[Link]) -> HashSet<String> {
    let mut kinds = HashSet::new();
    for schema in sketch.world.input.schemas.values() {
        if let (Effect::Joins { group, .. }, Ownership::Through { kind, attribute }) =
            (&schema.effect, &schema.ownership)
            && group == attribute
        {
            kinds.insert((*kind).to_owned());
        }
    }
    for link in links.iter().filter(|link| link.tie == Tie::Join) {
        for ends in [&link.before, &link.after].into_iter().flatten() {
            kinds.extend(ends.last().and_then(|group| kind_of(sketch, group)).map(str::to_owned));
        }
    }
    kinds
}

/// The people behind these ends: who is known on several platforms is one person all the same. Somebody of whom the manifest
/// says nothing is another one on each platform.
pub(crate) fn persons<'l>(
    sketch: &Sketch<'_>,
    ends: impl IntoIterator<Item = &'l End>,
) -> BTreeSet<(Option<&'l str>, String)> {
    let person = |end: &'l End| match end {
        End::Desired(_) | End::Named(..) => (None, name_of(sketch, end)),
        End::Native(platform, id) => {
            let seen = sketch.world.by_native(platform, id).first().and_then(|number| sketch.world.seen(*number));
            match seen.and_then(|seen| sketch.known_as(seen)) {
                Some(address) => (None, address.name.clone()),
                None => (Some(platform.as_str()), id.clone()),
            }
        }
    };
    ends.into_iter().map(person).collect()
}

fn kind_of<'s>(sketch: &'s Sketch<'_>, end: &End) -> Option<&'s str> {
    match end {
        End::Desired(number) => sketch.world.wanted(*number).map(|wanted| wanted.desired.address.kind.as_str()),
        End::Native(platform, id) => {
            let number = sketch.world.by_native(platform, id).first()?;
            sketch.world.seen(*number).map(|seen| seen.object.kind.as_str())
        }
        End::Named(..) => None,
    }
}

/// The manifest's address behind an end.
pub(crate) fn address_of<'s>(sketch: &'s Sketch<'_>, end: &End) -> Option<&'s Address> {
    if let End::Desired(number) = end {
        sketch.world.wanted(*number).map(|wanted| &wanted.desired.address)
    } else {
        None
    }
}

/// The manifest name of an end where there is one, else our former name for it, the native name, or the id.
pub(crate) fn name_of(sketch: &Sketch<'_>, end: &End) -> String {
    match end {
        End::Desired(_) => address_of(sketch, end).map_or_else(String::new, |address| address.name.clone()),
        End::Named(_, principal) => principal.parts().1.to_owned(),
        End::Native(platform, id) => {
            let seen = sketch.world.by_native(platform, id).first().and_then(|number| sketch.world.seen(*number));
            let Some(seen) = seen else { return id.clone() };
            match sketch.known_as(seen) {
                Some(address) => address.name.clone(),
                None if seen.object.name.is_empty() => id.clone(),
                None => seen.object.name.clone(),
            }
        }
    }
}

/// Whether the manifest says of a role that it can change everything.
pub(crate) fn is_admin(sketch: &Sketch<'_>, role: &End) -> bool {
    sketch.world.input.organization.roles.get(&name_of(sketch, role)).is_some_and(|role| role.admin)
}
