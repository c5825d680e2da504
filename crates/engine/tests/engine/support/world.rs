//! What nimbus holds, how late it shows it, and where it fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use polity_engine::Journal;
use polity_model::{
    Map, Value,
    journal::Event,
    resource::{Desired, Mark, Observed},
};
use polity_provider::{Error, Problem};

use super::schemas;

/// On which side of its effect a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Nothing is done.
    Before,
    /// It is done, and the answer is lost.
    After,
}

/// One failure to come.
#[derive(Clone, Debug)]
pub struct Fault {
    /// `create`, `update`, `delete`, `read`, `present`, `reader`, `writer`, `identify`.
    pub verb: &'static str,
    /// Kind, or scope for `reader` and `writer`.
    pub of: &'static str,
    /// After so many calls that go well.
    pub spare: usize,
    /// How often.
    pub times: usize,
    /// On which side of the effect.
    pub side: Side,
    /// How.
    pub problem: Problem,
}

impl Fault {
    /// A failure of the first such call.
    pub fn once(verb: &'static str, of: &'static str, problem: Problem) -> Self {
        Self { verb, of, spare: 0, times: 1, side: Side::Before, problem }
    }

    /// A failure of every such call.
    pub fn always(verb: &'static str, of: &'static str, problem: Problem) -> Self {
        Self { times: usize::MAX, ..Self::once(verb, of, problem) }
    }

    /// The effect happens all the same.
    pub fn after(self) -> Self {
        Self { side: Side::After, ..self }
    }
}

/// One object: what it is, and what readers are shown of it for a while longer.
#[derive(Clone, Debug)]
struct Thing {
    truth: Option<Observed>,
    shown: Option<Observed>,
    lag: usize,
}

/// What nimbus holds.
#[derive(Default)]
pub struct State {
    things: BTreeMap<(String, String, String), Thing>,
    /// Cells on order: request to (reads until it is there, the cell).
    orders: BTreeMap<String, (usize, Observed)>,
    next: u64,
    /// How many reads it takes until a write is seen.
    pub lag: usize,
    /// What the manifest asks for.
    pub desired: Vec<Desired>,
    /// Failures to come.
    pub faults: Vec<Fault>,
    /// All writes, as they began: `create zone prod`.
    pub writes: Vec<String>,
    /// Calls by verb and kind.
    pub calls: BTreeMap<String, usize>,
    /// Writes on their way, and the most there were at once: over all, and in the lane `tree`.
    pub busy: [usize; 2],
    pub most: [usize; 2],
    /// The journal that every write must have an intent in.
    pub journal: Option<Arc<Journal>>,
    /// Another native organization answers.
    pub identity: Option<String>,
}

/// Nimbus. Clones are the same one.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<State>>);

impl World {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    /// What is there now, whatever readers are shown.
    pub fn truth(&self) -> Vec<Observed> {
        self.state().things.values().filter_map(|thing| thing.truth.clone()).collect()
    }

    /// What is there of a kind.
    pub fn of(&self, kind: &str) -> Vec<Observed> {
        self.truth().into_iter().filter(|object| object.kind == kind).collect()
    }

    /// The one object of this kind and name.
    pub fn one(&self, kind: &str, name: &str) -> Observed {
        let mut found: Vec<Observed> = self.of(kind).into_iter().filter(|object| object.name == name).collect();
        assert_eq!(found.len(), 1, "{kind} {name}: {found:?}");
        found.remove(0)
    }

    /// Somebody else makes something.
    pub fn plant(&self, scope: &str, kind: &str, attributes: Map, mark: Option<Mark>) -> String {
        let mut state = self.state();
        let lag = std::mem::take(&mut state.lag);
        let id = state.make(scope, kind, attributes, mark);
        state.lag = lag;
        id
    }

    /// Somebody else changes something.
    pub fn tamper(&self, kind: &str, name: &str, change: impl FnOnce(&mut Observed)) {
        let mut object = self.one(kind, name);
        let id = object.id.clone();
        change(&mut object);
        object.keys = schemas::keys(kind, &object.attributes);
        let mut state = self.state();
        let thing = state.things.values_mut().find(|thing| thing.truth.as_ref().is_some_and(|truth| truth.id == id));
        let thing = thing.unwrap();
        thing.truth = Some(object.clone());
        thing.shown = Some(object);
    }

    /// Somebody else ends something.
    pub fn vanish(&self, kind: &str, name: &str) {
        let id = self.one(kind, name).id;
        self.state().things.retain(|(_, _, held), _| *held != id);
    }
}

impl State {
    /// Counts a call and answers the failure that is due on this side of it.
    pub fn due(&mut self, verb: &str, of: &str, side: Side) -> Result<(), Error> {
        if side == Side::Before {
            *self.calls.entry(format!("{verb} {of}")).or_default() += 1;
        }
        for fault in &mut self.faults {
            if fault.verb == verb && fault.of == of && fault.side == side && fault.times > 0 {
                if fault.spare > 0 {
                    fault.spare -= 1;
                    continue;
                }
                fault.times = fault.times.saturating_sub(usize::from(fault.times != usize::MAX));
                let mut error = Error::new(fault.problem, format!("nimbus:{verb}"), "as the test wants it");
                if fault.problem == Problem::Denied {
                    error.permission = Some(format!("nimbus:{verb}:{of}"));
                }
                return Err(error);
            }
        }
        Ok(())
    }

    pub fn make(&mut self, scope: &str, kind: &str, attributes: Map, mark: Option<Mark>) -> String {
        let object = self.draw(scope, kind, attributes, mark);
        let id = object.id.clone();
        self.place(object);
        id
    }

    fn draw(&mut self, scope: &str, kind: &str, mut attributes: Map, mark: Option<Mark>) -> Observed {
        self.next += 1;
        let id = if kind == "shield" { "shield".to_owned() } else { format!("{kind}-{}", self.next) };
        if kind == "cell" {
            attributes.insert("root".to_owned(), Value::text(format!("root-{}", self.next)));
        }
        let name = attributes.get("name").and_then(Value::as_text).unwrap_or(&id).to_owned();
        let (scope, kind, keys) = (scope.to_owned(), kind.to_owned(), schemas::keys(kind, &attributes));
        Observed { kind, scope, id, name, attributes, keys, mark, vendor: None, ended: None }
    }

    fn place(&mut self, object: Observed) {
        let at = (object.scope.clone(), object.kind.clone(), object.id.clone());
        if object.kind == "cell" {
            // A shield is always there, and down.
            let scope = format!("nimbus/{}", object.id);
            let down = Map::from([("raised".to_owned(), Value::Bool(false))]);
            let shield = self.draw(&scope, "shield", down, None);
            let at = (shield.scope.clone(), shield.kind.clone(), shield.id.clone());
            self.things.insert(at, Thing { truth: Some(shield.clone()), shown: Some(shield), lag: 0 });
        }
        self.things.insert(at, Thing { truth: Some(object), shown: None, lag: self.lag });
    }

    /// Takes an order for a cell, which is there only a few reads later.
    pub fn order(&mut self, scope: &str, attributes: Map, mark: Option<Mark>) -> String {
        let cell = self.draw(scope, "cell", attributes, mark);
        let request = format!("order-{}", cell.id);
        self.orders.insert(request.clone(), (2, cell));
        request
    }

    /// The cell that came of an order, once it is there.
    pub fn ordered(&mut self, request: &str) -> Option<String> {
        let cell = self.orders.get(request)?.1.id.clone();
        self.pass();
        self.things.keys().any(|(_, _, id)| *id == cell).then_some(cell)
    }

    /// Time passes: orders come closer.
    fn pass(&mut self) {
        let mut there = Vec::new();
        for (left, cell) in self.orders.values_mut() {
            *left = left.saturating_sub(1);
            if *left == 0 {
                there.push(cell.clone());
            }
        }
        for cell in there {
            let known = self.things.keys().any(|(_, _, id)| *id == cell.id);
            if !known {
                self.place(cell);
            }
        }
    }

    pub fn change(&mut self, scope: &str, kind: &str, id: &str, change: impl FnOnce(&mut Observed)) -> bool {
        let lag = self.lag;
        let Some(thing) = self.things.get_mut(&(scope.to_owned(), kind.to_owned(), id.to_owned())) else {
            return false;
        };
        let Some(object) = &mut thing.truth else { return false };
        change(object);
        object.keys = schemas::keys(kind, &object.attributes);
        object.name = object.attributes.get("name").and_then(Value::as_text).unwrap_or(id).to_owned();
        thing.lag = lag;
        true
    }

    pub fn end(&mut self, scope: &str, kind: &str, id: &str) {
        let lag = self.lag;
        if let Some(thing) = self.things.get_mut(&(scope.to_owned(), kind.to_owned(), id.to_owned())) {
            thing.truth = None;
            thing.lag = lag;
        }
    }

    /// What a reader is shown of one object.
    pub fn show(&mut self, scope: &str, kind: &str, id: &str) -> Option<Observed> {
        self.pass();
        let thing = self.things.get_mut(&(scope.to_owned(), kind.to_owned(), id.to_owned()))?;
        if thing.lag > 0 {
            thing.lag -= 1;
        } else {
            thing.shown.clone_from(&thing.truth);
        }
        thing.shown.clone()
    }

    /// What a reader is shown of a kind.
    pub fn list(&mut self, scope: &str, kind: &str) -> Vec<Observed> {
        self.pass();
        let ids: Vec<String> =
            self.things.keys().filter(|(at, of, _)| at == scope && of == kind).map(|(_, _, id)| id.clone()).collect();
        ids.iter().filter_map(|id| self.show(scope, kind, id)).collect()
    }

    /// Whether these ids are all there.
    pub fn has(&self, ids: &[&str]) -> bool {
        let there: BTreeSet<&str> =
            self.things.iter().filter(|(_, thing)| thing.truth.is_some()).map(|((_, _, id), _)| id.as_str()).collect();
        ids.iter().all(|id| *id == "top" || there.contains(id))
    }

    /// The truth of this kind with one of these keys.
    pub fn taken(&self, scope: &str, kind: &str, attributes: &Map) -> bool {
        let keys = schemas::keys(kind, attributes);
        let ordered = self.orders.values().map(|(_, cell)| cell);
        self.things.values().filter_map(|thing| thing.truth.as_ref()).chain(ordered).any(|object| {
            object.scope == scope && object.kind == kind && keys.iter().any(|key| object.keys.contains(key))
        })
    }

    /// No write without its intent.
    pub fn must_be_intended(&self, address: &polity_model::Address) {
        let Some(journal) = &self.journal else { return };
        let open = journal.open_intents().unwrap();
        let intended = open
            .iter()
            .any(|entry| matches!(&entry.event, Event::Intent { address: intended, .. } if intended == address));
        assert!(intended, "`{address}` is written without an intent");
    }
}
