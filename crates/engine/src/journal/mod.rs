//! The journal: an append-only, hash-chained record of every run, in one SQLite file.
//!
//! Losing it loses history, never control: what is ours is found again by marks and keys. What it alone can tell is
//! what we set where nothing can be marked, and what an interrupted run was about to write.
//!
//! The chain finds edits, holes, reordering and a cut-off end, because each entry carries the digest of the one before
//! and the head is kept beside. Whoever can rewrite the whole file can forge a whole chain: note the head elsewhere
//! ([`Journal::head`]) where that matters.

mod derive;
mod error;
mod kept;
mod lock;
mod store;
mod verify;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use polity_model::{
    Address, Digest,
    journal::{Entry, Event, LastApplied},
};
use rusqlite::{Connection, TransactionBehavior};

pub use error::Error;
pub use kept::Kept;
pub use lock::{Lock, Owner};
pub use verify::Verification;

use crate::Clock;

/// What stands for the path of a journal that has none.
const IN_MEMORY: &str = ":memory:";

/// A journal, open. Share it behind an [`Arc`]; entries are written one at a time.
pub struct Journal {
    path: PathBuf,
    organization: String,
    clock: Arc<dyn Clock>,
    store: Mutex<Store>,
}

struct Store {
    connection: Connection,
    appended: u64,
    abort: Option<Abort>,
}

/// A test aid: where a process ends itself, to prove that any run can be resumed.
#[derive(Clone, Copy, Debug)]
pub struct Abort {
    /// At which entry, counted from 1 over what this process appends.
    pub at: u64,
    /// On which side of it.
    pub moment: Moment,
    /// How: [`std::process::abort`], or a panic.
    pub how: fn(),
}

/// A side of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// All that led to the entry has happened, but it is not written.
    Before,
    /// It is written, and nothing has happened since.
    After,
}

/// Which entries to show. Everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this address.
    pub address: Option<Address>,
    /// Of this run.
    pub run: Option<String>,
    /// From this number on.
    pub from: Option<u64>,
    /// Only the last so many.
    pub last: Option<u64>,
}

impl Journal {
    /// Opens the journal of an organization; makes it if it is not there. Refuses one of another organization, of a
    /// newer Polity, and any file that is not a journal.
    pub fn open(path: &Path, organization: &str, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let connection = store::connect(path)?;
        let journal = Self::new(path, organization, clock, connection);
        if store::prepare(path, &mut journal.store().connection)? {
            journal.append("founding", Event::Founded { organization: organization.to_owned() })?;
        }
        journal.of_this_organization()
    }

    /// Opens the journal of an organization if there is one, and makes none.
    pub fn open_if_there(path: &Path, organization: &str, clock: Arc<dyn Clock>) -> Result<Option<Self>, Error> {
        if !path.exists() {
            return Ok(None);
        }
        Self::open(path, organization, clock).map(Some)
    }

    /// A journal in memory, gone with this value: for rehearsals.
    pub fn in_memory(organization: &str, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let journal = Self::empty(organization, clock)?;
        if store::prepare(&journal.path, &mut journal.store().connection)? {
            journal.append("founding", Event::Founded { organization: organization.to_owned() })?;
        }
        Ok(journal)
    }

    /// A copy in memory that goes on by itself, by a clock of its own: what is rehearsed with it is not kept here.
    pub fn copy(&self, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let copy = Self::empty(&self.organization, clock)?;
        store::copy(&self.store().connection, &mut copy.store().connection)
            .map_err(|source| Error::sqlite(&self.path, source))?;
        Ok(copy)
    }

    fn empty(organization: &str, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let path = Path::new(IN_MEMORY);
        let connection = Connection::open_in_memory().map_err(|source| Error::sqlite(path, source))?;
        Ok(Self::new(path, organization, clock, connection))
    }

    /// Opens a journal that is there, whosever it is: for reading it, even where it is broken.
    pub fn inspect(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        if !path.exists() {
            let source = std::io::ErrorKind::NotFound.into();
            return Err(Error::File { path: path.to_owned(), source });
        }
        let journal = Self::new(path, "", clock, store::connect(path)?);
        store::prepare(path, &mut journal.store().connection)?;
        Ok(journal)
    }

    fn new(path: &Path, organization: &str, clock: Arc<dyn Clock>, connection: Connection) -> Self {
        let store = Mutex::new(Store { connection, appended: 0, abort: None });
        Self { path: path.to_owned(), organization: organization.to_owned(), clock, store }
    }

    fn of_this_organization(self) -> Result<Self, Error> {
        let first = self.history(&Filter { last: None, from: None, ..Filter::default() })?.into_iter().next();
        match first.map(|entry| entry.event) {
            Some(Event::Founded { organization }) if organization == self.organization => Ok(self),
            Some(Event::Founded { organization }) => Err(Error::OtherOrganization {
                path: self.path.clone(),
                found: organization,
                expected: self.organization.clone(),
            }),
            _ => Err(Error::Broken { number: 1, reason: "the founding entry is missing".to_owned() }),
        }
    }

    /// Where the journal is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The organization whose journal this is.
    pub fn organization(&self) -> &str {
        &self.organization
    }

    /// Keeps everybody else from writing until the guard is dropped. The operating system takes the lock off when a
    /// process dies, so a lock that was left behind never has to be broken by hand.
    pub fn lock(&self, owner: &Owner) -> Result<Lock, Error> {
        if self.path == Path::new(IN_MEMORY) {
            return Ok(lock::alone());
        }
        lock::take(&self.path, owner, self.clock.now())
    }

    /// Writes one entry; it is safe on disk once this returns.
    pub fn append(&self, run: &str, event: Event) -> Result<Entry, Error> {
        let mut entries = self.append_all(run, vec![event])?;
        entries.pop().ok_or_else(|| Error::Broken { number: 0, reason: "no entry was written".to_owned() })
    }

    /// Writes several entries, all or none.
    pub fn append_all(&self, run: &str, events: Vec<Event>) -> Result<Vec<Entry>, Error> {
        self.append_with(run, &[], events)
    }

    /// Writes several entries and keeps what they name, all or nothing.
    pub fn append_with(&self, run: &str, pieces: &[Kept], events: Vec<Event>) -> Result<Vec<Entry>, Error> {
        let mut store = self.store();
        let abort = store.abort.filter(|abort| {
            (store.appended..store.appended + events.len() as u64).contains(&abort.at.saturating_sub(1))
        });
        if let Some(abort) = abort.filter(|abort| abort.moment == Moment::Before) {
            drop(store);
            (abort.how)();
            store = self.store();
        }
        let at = self.clock.now();
        let path = &self.path;
        let transaction = store
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|source| Error::sqlite(path, source))?;
        kept::keep(&transaction, pieces).map_err(|source| Error::sqlite(path, source))?;
        let entries = store::append(&transaction, at, run, events).map_err(|source| Error::sqlite(path, source))?;
        transaction.commit().map_err(|source| Error::sqlite(path, source))?;
        store.appended += entries.len() as u64;
        drop(store);
        if let Some(abort) = abort.filter(|abort| abort.moment == Moment::After) {
            (abort.how)();
        }
        Ok(entries)
    }

    /// The entries that the filter lets through, in order.
    pub fn history(&self, filter: &Filter) -> Result<Vec<Entry>, Error> {
        store::history(&self.store().connection, filter).map_err(|source| Error::sqlite(&self.path, source))
    }

    /// All entries, in order.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        self.history(&Filter::default())
    }

    /// What is ours, and what it held when we last wrote or read it.
    pub fn last_applied(&self) -> Result<LastApplied, Error> {
        store::last_applied(&self.store().connection).map_err(|source| Error::sqlite(&self.path, source))
    }

    /// Native identity of each platform in the last run that met it.
    pub fn platforms(&self) -> Result<BTreeMap<String, String>, Error> {
        store::platforms(&self.store().connection).map_err(|source| Error::sqlite(&self.path, source))
    }

    /// Intents without an outcome, in order.
    pub fn open_intents(&self) -> Result<Vec<Entry>, Error> {
        store::open_intents(&self.store().connection).map_err(|source| Error::sqlite(&self.path, source))
    }

    /// What was noted in the middle of a write at this address that has no outcome yet.
    pub fn noted(&self, address: &Address) -> Result<BTreeMap<String, String>, Error> {
        store::noted(&self.store().connection, address).map_err(|source| Error::sqlite(&self.path, source))
    }

    /// Number and digest of the last entry: what an auditor notes elsewhere.
    pub fn head(&self) -> Result<(u64, Digest), Error> {
        store::head(&self.store().connection).map_err(|source| Error::sqlite(&self.path, source))
    }

    /// What an entry named by this digest; an error if it was changed since.
    pub fn kept(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Error> {
        let found = kept::get(&self.store().connection, digest).map_err(|source| Error::sqlite(&self.path, source))?;
        found.transpose().map_err(|reason| Error::Changed { path: self.path.clone(), reason })
    }

    /// Goes through the whole chain, and through what is derived from it.
    pub fn verify(&self) -> Result<Verification, Error> {
        verify::verify(&self.store().connection).map_err(|source| Error::sqlite(&self.path, source))
    }

    /// Derives anew what follows from the entries.
    pub fn rebuild(&self) -> Result<(), Error> {
        store::rebuild(&mut self.store().connection).map_err(|source| Error::sqlite(&self.path, source))
    }

    /// A test aid: makes this process end itself at an entry.
    pub fn abort_at(&self, abort: Option<Abort>) {
        let mut store = self.store();
        store.appended = 0;
        store.abort = abort;
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        // A panic elsewhere cannot leave the store half-written: every write is one transaction.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
