//! What all changes of one run share.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use polity_model::{
    Address,
    journal::Event,
    resource::{Desired, Scope},
};
use polity_provider::{Writer, WritingProvider};
use tokio::sync::OnceCell;

use super::{ApplyInput, known::Known, notebook::JournalNotebook};
use crate::{Observation, Observer, journal};

/// One run.
pub(super) struct Run<'a> {
    pub(super) input: &'a ApplyInput<'a>,
    pub(super) observer: &'a dyn Observer,
    pub(super) name: String,
    /// The latest reading.
    pub(super) observation: Observation,
    known: Mutex<Known>,
    writers: Mutex<BTreeMap<String, Arc<OnceCell<Writer>>>>,
    /// Scopes that have an entry now, as far as somebody asked.
    born: Mutex<BTreeMap<String, Scope>>,
    stopped: Mutex<Option<String>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        input: &'a ApplyInput<'a>,
        observer: &'a dyn Observer,
        name: String,
        observation: Observation,
    ) -> Self {
        Self {
            input,
            observer,
            name,
            known: Mutex::new(Known::of(&observation)),
            observation,
            writers: Mutex::default(),
            born: Mutex::default(),
            stopped: Mutex::default(),
        }
    }

    /// Goes on with a newer reading.
    pub(super) fn read_again(&mut self, observation: Observation) {
        self.known = Mutex::new(Known::of(&observation));
        self.observation = observation;
    }

    /// Writes into the journal. When that fails, the run makes no further write.
    pub(super) fn journal(&self, events: Vec<Event>) -> Result<(), journal::Error> {
        match self.input.journal.append_all(&self.name, events) {
            Ok(_) => Ok(()),
            Err(error) => {
                locked(&self.stopped).get_or_insert_with(|| error.to_string());
                Err(error)
            }
        }
    }

    /// Why the run makes no further write, if so.
    pub(super) fn stopped(&self) -> Option<String> {
        locked(&self.stopped).clone()
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        locked(&self.known)
    }

    pub(super) fn provider(&self, platform: &str) -> Option<&'a dyn WritingProvider> {
        self.input.providers.iter().find(|provider| provider.platform() == platform).map(AsRef::as_ref)
    }

    pub(super) fn desired(&self, address: &Address) -> Option<&Desired> {
        let found = self.observation.desired.binary_search_by(|desired| desired.address.cmp(address)).ok()?;
        self.observation.desired.get(found)
    }

    /// The scope with this name as it was read.
    pub(super) fn scope_as_read(&self, name: &str) -> Option<&Scope> {
        let scopes = &self.observation.inventory.scopes;
        scopes.get(scopes.binary_search_by(|scope| scope.name.as_str().cmp(name)).ok()?)
    }

    /// The scope with this name as it is now: with an entry, if its tenant has been born meanwhile.
    pub(super) fn scope_now(&self, provider: &dyn WritingProvider, name: &str) -> Option<Scope> {
        let read = self.scope_as_read(name);
        if let Some(scope) = read.filter(|scope| scope.entry.is_some()) {
            return Some(scope.clone());
        }
        if let Some(scope) = locked(&self.born).get(name) {
            return Some(scope.clone());
        }
        let known = self.known().ids();
        let scopes = provider.scopes(self.input.organization, &known).into_iter().filter(|scope| scope.entry.is_some());
        let mut born = locked(&self.born);
        born.extend(scopes.map(|scope| (scope.name.clone(), scope)));
        born.get(name).cloned()
    }

    /// Names of scopes that had no entry when they were read and have one now.
    pub(super) fn born_scopes(&self) -> Vec<String> {
        let known = self.known().ids();
        let unborn = |name: &str| self.scope_as_read(name).is_none_or(|scope| scope.entry.is_none());
        let scopes = self.input.providers.iter().flat_map(|each| each.scopes(self.input.organization, &known));
        scopes.filter(|scope| scope.entry.is_some() && unborn(&scope.name)).map(|scope| scope.name).collect()
    }

    /// The way to write in a scope; found once, and shared by all changes in it.
    pub(super) async fn writer(
        &self,
        provider: &dyn WritingProvider,
        scope: &Scope,
    ) -> Result<Writer, polity_provider::Error> {
        let cell = Arc::clone(locked(&self.writers).entry(scope.name.clone()).or_default());
        let notebook = JournalNotebook { journal: Arc::clone(self.input.journal), run: self.name.clone() };
        cell.get_or_try_init(|| provider.writer(scope, Arc::new(notebook))).await.cloned()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is within is whole at every moment; a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
