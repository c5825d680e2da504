//! The laws of the planner, over organizations, clouds and accidents that nobody thought of.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // these are tests

mod nimbus;

use std::collections::{BTreeMap, BTreeSet};

use nimbus::*;
use polity_model::{
    Address,
    inventory::Gap,
    organization::Mode,
    plan::{Action, Change, Notice, Plan},
    resource::Desired,
};
use proptest::prelude::*;

/// An organization in a nutshell: small numbers, so that cases overlap often.
#[derive(Clone, Debug)]
struct Wish {
    /// For each of the zones: whether it is there, and its parent (the root, or one before it).
    zones: Vec<(bool, u8)>,
    /// For each of the tenants: whether it is there, its zone, its lock.
    tenants: Vec<(bool, u8, bool)>,
    people: Vec<bool>,
    /// For each of the teams: whether it is there, its members as bits.
    teams: Vec<(bool, u8)>,
    /// For each of the fences: whether it is there, its type, its statements, where it is attached as bits.
    fences: Vec<(bool, bool, u8, u16)>,
    /// `(principal, role, tenant)`.
    access: BTreeSet<(u8, u8, u8)>,
    budget: Option<u8>,
}

const ZONES: [&str; 4] = ["core", "prod", "test", "lab"];
const TENANTS: [&str; 3] = ["shop", "bank", "blog"];
const PEOPLE: [&str; 3] = ["ada", "bob", "cyd"];
const TEAMS: [&str; 2] = ["dev", "ops"];
const ROLES: [&str; 2] = ["admin", "reader"];
const FENCES: [&str; 3] = ["deny-a", "deny-b", "deny-c"];

fn wish() -> impl Strategy<Value = Wish> {
    let often = || prop::bool::weighted(0.8);
    (
        prop::collection::vec((often(), any::<u8>()), ZONES.len()),
        prop::collection::vec((often(), any::<u8>(), any::<bool>()), TENANTS.len()),
        prop::collection::vec(often(), PEOPLE.len()),
        prop::collection::vec((often(), any::<u8>()), TEAMS.len()),
        prop::collection::vec((often(), any::<bool>(), 0..4_u8, any::<u16>()), FENCES.len()),
        prop::collection::btree_set((0..5_u8, 0..2_u8, 0..3_u8), 0..6),
        prop::option::of(1..3_u8),
    )
        .prop_map(|(zones, tenants, people, teams, fences, access, budget)| Wish {
            zones,
            tenants,
            people,
            teams,
            fences,
            access,
            budget,
        })
}

impl Wish {
    fn zone(&self, pick: u8, below: usize) -> Option<&'static str> {
        let there: Vec<&str> = (0..below).filter(|number| self.zones[*number].0).map(|number| ZONES[number]).collect();
        there.get(usize::from(pick) % (there.len() + 1)).copied()
    }

    fn desired(&self) -> Vec<Desired> {
        let mut asking = Asking::new(Mode::Adopt);
        let mut places = vec!["root".to_owned()];
        for (number, (there, parent)) in self.zones.iter().enumerate().filter(|(_, zone)| zone.0) {
            assert!(there);
            asking.zone(ZONES[number], self.zone(*parent, number));
            places.push(format!("zone:{}", ZONES[number]));
        }
        for (number, (_, zone, lock)) in self.tenants.iter().enumerate().filter(|(_, tenant)| tenant.0) {
            asking.tenant(TENANTS[number], self.zone(*zone, ZONES.len()));
            if *lock {
                asking.lock(TENANTS[number], true);
            }
            places.push(format!("tenant:{}", TENANTS[number]));
        }
        let people: Vec<&str> = (0..PEOPLE.len()).filter(|number| self.people[*number]).map(|n| PEOPLE[n]).collect();
        people.iter().for_each(|person| drop(asking.person(person).address.clone()));
        let mut principals: Vec<(&str, &str)> = people.iter().map(|person| ("person", *person)).collect();
        for (number, (_, bits)) in self.teams.iter().enumerate().filter(|(_, team)| team.0) {
            let members: Vec<&str> =
                people.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| *name).collect();
            asking.team(TEAMS[number], &members);
            principals.push(("team", TEAMS[number]));
        }
        for role in ROLES {
            asking.role(role, &["read", role]);
        }
        for (principal, role, tenant) in &self.access {
            let tenant = usize::from(*tenant);
            if let Some(principal) = principals.get(usize::from(*principal))
                && self.tenants[tenant].0
            {
                asking.access(*principal, ROLES[usize::from(*role)], TENANTS[tenant]);
            }
        }
        for (number, (_, kind, statements, bits)) in self.fences.iter().enumerate().filter(|(_, fence)| fence.0) {
            let denies: Vec<&str> = ["x", "y", "z"].into_iter().take(usize::from(*statements)).collect();
            asking.fence(FENCES[number], if *kind { "hard" } else { "soft" }, &denies);
            for (bit, place) in places.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1) {
                assert!(bit < 16);
                asking.attach(FENCES[number], place);
            }
        }
        if let Some(amount) = self.budget {
            asking.budget("all", &amount.to_string());
        }
        asking.all
    }
}

fn case(wish: &Wish, cloud: &Nimbus, zones_move: bool) -> Case {
    Case { schemas: schemas(zones_move), ..Case::new(wish.desired(), cloud) }
}

fn settle(wish: &Wish, cloud: &mut Nimbus, zones_move: bool) -> Plan {
    let case = case(wish, cloud, zones_move);
    let plan = case.plan();
    assert_eq!(plan.brakes, Vec::new());
    cloud.apply(&case.schemas, &plan);
    plan
}

fn assert_settled(wish: &Wish, cloud: &Nimbus, zones_move: bool) {
    let case = case(wish, cloud, zones_move);
    let plan = case.plan();
    assert_eq!(plan.changes, Vec::<Change>::new(), "a second plan is empty");
    let pairs = polity_planner::pair(&case.input());
    assert_eq!(pairs.len(), case.desired.len(), "everything asked for is there");
}

/// What the cloud holds, without the ids that chance gave it.
fn content(wish: &Wish, cloud: &Nimbus) -> BTreeMap<String, BTreeMap<String, String>> {
    let case = Case::new(wish.desired(), cloud);
    let pairs = polity_planner::pair(&case.input());
    let names: BTreeMap<&String, String> = pairs.iter().map(|(address, id)| (id, address.to_string())).collect();
    let mut content = BTreeMap::new();
    for (address, id) in &pairs {
        if let Some(object) = cloud.objects.get(&(address.kind.clone(), id.clone())) {
            let shown = |value: &polity_model::Value| match value.as_text() {
                Some(text) => names.get(&text.to_owned()).cloned().unwrap_or_else(|| text.to_owned()),
                None => value.to_json().to_string(),
            };
            let attributes = object.attributes.iter().filter(|(name, _)| *name != "lock");
            content.insert(address.to_string(), attributes.map(|(name, value)| (name.clone(), shown(value))).collect());
        }
    }
    content
}

/// The changes of a plan in one of the orders that their needs leave open.
fn in_some_order<'p>(plan: &'p Plan, picks: &[prop::sample::Index]) -> Vec<&'p Change> {
    let mut picks = picks.iter().cycle();
    let (mut waiting, mut order): (Vec<&Change>, Vec<&Change>) = (plan.changes.iter().collect(), Vec::new());
    while !waiting.is_empty() {
        let open: BTreeSet<&Address> = waiting.iter().map(|change| &change.address).collect();
        let free =
            waiting.iter().enumerate().filter(|(_, change)| change.needs.iter().all(|need| !open.contains(need)));
        let free: Vec<usize> = free.map(|(number, _)| number).collect();
        let pick = picks.next().map_or(0, |pick| pick.index(free.len()));
        order.push(waiting.remove(free[pick]));
    }
    order
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Applying plan(d, o) to o gives d, and plan(d, d) is empty, from nothing and from anything before. Nimbus refuses
    /// references to what is not there and deletions of what others hang on, so needs are kept too.
    #[test]
    fn a_plan_leads_to_what_was_asked_and_then_to_nothing(first in wish(), second in wish(), third in wish(), moves: bool) {
        let mut cloud = Nimbus::new();
        for wish in [&first, &second, &third, &first] {
            let plan = case(wish, &cloud, moves).plan();
            // A forgotten zone may stand where its successor would be made: that is said, and left to a person.
            prop_assume!(!plan.notices.iter().any(|notice| matches!(notice, Notice::Conflict { .. })));
            settle(wish, &mut cloud, moves);
            assert_settled(wish, &cloud, moves);
        }
    }

    /// Losing the journal loses no control: what carries a mark or a key is found again, and nothing is planned.
    #[test]
    fn a_lost_journal_is_no_reason_to_change_anything(first in wish(), moves: bool) {
        let mut cloud = Nimbus::new();
        settle(&first, &mut cloud, moves);
        cloud.last.clear();
        assert_settled(&first, &cloud, moves);
    }

    /// Whatever order the input comes in, the plan's bytes are the same.
    #[test]
    fn the_order_of_the_input_means_nothing(first in wish(), second in wish(), seed: u64) {
        let mut cloud = Nimbus::new();
        settle(&first, &mut cloud, false);
        let one = case(&second, &cloud, false);
        let mut other = case(&second, &cloud, false);
        let mut state = seed | 1;
        let mut shuffle = |length: usize| -> Vec<usize> {
            let mut order: Vec<usize> = (0..length).collect();
            for place in (1..length).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                order.swap(place, usize::try_from(state >> 33).unwrap() % (place + 1));
            }
            order
        };
        other.desired = shuffle(one.desired.len()).into_iter().map(|number| one.desired[number].clone()).collect();
        let resources = &one.inventory.resources;
        other.inventory.resources = shuffle(resources.len()).into_iter().map(|number| resources[number].clone()).collect();
        other.inventory.scopes.reverse();
        prop_assert_eq!(serde_json::to_string(&one.plan()).unwrap(), serde_json::to_string(&other.plan()).unwrap());
        prop_assert_eq!(one.plan().digest(), other.plan().digest());
    }

    /// Each change comes behind those it needs, and names only changes of its own plan.
    #[test]
    fn needs_come_first(first in wish(), second in wish(), moves: bool) {
        let mut cloud = Nimbus::new();
        settle(&first, &mut cloud, moves);
        let plan = case(&second, &cloud, moves).plan();
        let mut done = BTreeSet::new();
        for change in &plan.changes {
            for need in &change.needs {
                prop_assert!(done.contains(need), "{} needs {need}", change.address);
            }
            prop_assert!(done.insert(change.address.clone()), "{} twice", change.address);
        }
    }

    /// At no step is a node fenced less than both before and after, in whatever order changes end that do not wait for each other.
    #[test]
    fn no_step_is_weaker_than_both_ends(first in wish(), second in wish(), moves: bool, picks: [prop::sample::Index; 8]) {
        let mut cloud = Nimbus::new();
        settle(&first, &mut cloud, moves);
        let case = case(&second, &cloud, moves);
        let plan = case.plan();
        let mut end = cloud.clone();
        end.apply(&case.schemas, &plan);
        let nodes = cloud.objects.values().filter(|object| object.kind == "zone" || object.kind == "tenant");
        let both: Vec<(String, BTreeSet<String>)> = nodes
            .filter(|object| end.objects.contains_key(&(object.kind.clone(), object.id.clone())))
            .map(|object| {
                let (before, after) = (cloud.in_force(&object.id), end.in_force(&object.id));
                (object.id.clone(), before.intersection(&after).cloned().collect())
            })
            .collect();
        for order in [Vec::new(), picks.to_vec()] {
            let mut step = cloud.clone();
            for change in in_some_order(&plan, &order) {
                step.apply_one(&case.schemas, change);
                for (id, least) in &both {
                    let now = step.in_force(id);
                    prop_assert!(least.is_subset(&now), "after {} `{id}` has {now:?}, less than {least:?}", change.address);
                }
            }
        }
    }

    /// A crash after any step, and a change that fails with all that need it: planned again, it ends the same.
    #[test]
    fn a_crash_at_any_step_converges(first in wish(), second in wish(), stop: prop::sample::Index, fails: bool, moves: bool) {
        let mut cloud = Nimbus::new();
        settle(&first, &mut cloud, moves);
        let before = case(&second, &cloud, moves);
        let plan = before.plan();
        let mut straight = cloud.clone();
        straight.apply(&before.schemas, &plan);
        prop_assume!(!plan.changes.is_empty());
        let stop = stop.index(plan.changes.len());
        let mut skipped = BTreeSet::new();
        for (number, change) in plan.changes.iter().enumerate() {
            let broken = number == stop || change.needs.iter().any(|need| skipped.contains(need));
            if broken || (!fails && number > stop) {
                skipped.insert(change.address.clone());
            } else {
                cloud.apply_one(&before.schemas, change);
            }
        }
        settle(&second, &mut cloud, moves);
        assert_settled(&second, &cloud, moves);
        prop_assert_eq!(content(&second, &cloud), content(&second, &straight));
        let count = |cloud: &Nimbus| {
            let mut count = BTreeMap::new();
            cloud.objects.values().for_each(|object| *count.entry(object.kind.clone()).or_insert(0) += 1);
            count
        };
        prop_assert_eq!(count(&cloud), count(&straight), "nothing is left behind");
    }

    /// What is not ours is never changed, and nothing is ended or made where something could not be read.
    #[test]
    fn foreign_things_and_gaps_are_left_alone(first in wish(), second in wish(), gapped in 0..12_usize, lost: bool) {
        let mut cloud = Nimbus::new();
        settle(&first, &mut cloud, false);
        cloud.put("zone", "foreign-zone", &[("name", "foreign".into()), ("parent", "top-0".into())]);
        cloud.put("fence", "foreign-fence", &[("title", "foreign".into()), ("type", "hard".into())]);
        cloud.put("attachment", "foreign-link", &[("fence", "foreign-fence".into()), ("target", "top-0".into())]);
        cloud.put("team", "other-team", &[("title", "other".into())]).mark =
            Some(polity_model::resource::Mark { organization: "other".into(), address: at("team", "gone") });
        cloud.put("person", "vendor-person", &[("login", "vendor".into())]).vendor = Some("made by nimbus".into());
        if lost {
            cloud.last.clear();
        }
        let mut case = case(&second, &cloud, false);
        let kind = case.schemas.keys().nth(gapped).unwrap().1.clone();
        case.inventory.resources.retain(|object| object.kind != kind || object.id.len() % 2 == 0);
        case.inventory.gaps.push(Gap {
            scope: PLATFORM.into(), kind: Some(kind.clone()), reason: "denied".into(), permission: None, help: None,
        });
        for change in case.plan().changes {
            let ends = matches!(change.action, Action::Delete | Action::Create | Action::Replace | Action::Forget);
            prop_assert!(!(ends && change.address.kind == kind && change.scope == PLATFORM), "{change:?} across a gap");
            let id = change.id.unwrap_or_default();
            prop_assert!(!id.contains("foreign") && !id.contains("other") && !id.contains("vendor"), "{id} is not ours");
            if change.action == Action::Delete {
                let object = &case.inventory.resources.iter().find(|object| object.id == id && object.kind == change.address.kind);
                prop_assert!(object.is_some());
            }
        }
    }

    /// A plan file reads back as it was written; one that was cut or bent is an error or another plan, never a panic.
    #[test]
    fn a_plan_file_reads_back(first in wish(), second in wish(), cut: prop::sample::Index, bit in 0..8_u8) {
        let mut cloud = Nimbus::new();
        settle(&first, &mut cloud, false);
        let plan = case(&second, &cloud, false).plan();
        let bytes = serde_json::to_vec_pretty(&plan).unwrap();
        let read: Plan = serde_json::from_slice(&bytes).unwrap();
        prop_assert_eq!(&read, &plan);
        prop_assert_eq!(polity_planner::stale(&read, &plan), Vec::<String>::new());
        let place = cut.index(bytes.len());
        prop_assert!(serde_json::from_slice::<Plan>(&bytes[..place]).is_err());
        let mut bent = bytes.clone();
        bent[place] ^= 1 << bit;
        if let Ok(other) = serde_json::from_slice::<Plan>(&bent) {
            polity_planner::stale(&other, &plan);
        }
    }
}
