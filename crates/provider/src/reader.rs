//! Readers and writers: a scope, a session, and the wire. What has no writer cannot write.

use std::{collections::BTreeMap, sync::Arc};

use polity_model::resource::Scope;

use crate::{Error, ReadOperation, Reply, Request, Session, Wire, Witness, WriteOperation};

/// Reads in one scope. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    wire: Arc<Wire>,
    session: Arc<dyn Session>,
    scope: Arc<Scope>,
    facts: Arc<BTreeMap<String, String>>,
    witness: Option<Witness>,
}

impl Reader {
    /// A reader for this scope. `facts` are what the provider found out on the way in (ids of instances, of the root).
    pub fn new(wire: Arc<Wire>, session: Arc<dyn Session>, scope: Scope, facts: BTreeMap<String, String>) -> Self {
        Self { wire, session, scope: Arc::new(scope), facts: Arc::new(facts), witness: None }
    }

    /// The same reader, whose replies are seen by this witness.
    #[must_use]
    pub fn before(&self, witness: &Witness) -> Self {
        Self { witness: Some(witness.clone()), ..self.clone() }
    }

    /// The scope.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What the provider found out on the way in, or what the scope's entry says.
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.get(name).or_else(|| self.scope.entry.as_ref().and_then(|entry| entry.get(name))).map(String::as_str)
    }

    /// Makes a call that changes nothing.
    pub async fn call(&self, operation: &ReadOperation, request: Request) -> Result<Reply, Error> {
        let reply = self.wire.send(self.session.as_ref(), &self.scope, &operation.0, request).await?;
        if let Some(witness) = &self.witness {
            witness.see(&reply.body);
        }
        Ok(reply)
    }
}

/// Writes in one scope.
#[derive(Clone)]
pub struct Writer {
    reader: Reader,
    notebook: Arc<dyn Notebook>,
}

impl Writer {
    /// A writer where this reader reads.
    pub fn new(reader: Reader, notebook: Arc<dyn Notebook>) -> Self {
        Self { reader, notebook }
    }

    /// For reading in the same scope.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Makes a call that changes something.
    pub async fn call(&self, operation: &WriteOperation, request: Request) -> Result<Reply, Error> {
        self.reader.wire.send(self.reader.session.as_ref(), &self.reader.scope, &operation.0, request).await
    }

    /// Where to put what a crash must not lose.
    pub fn notebook(&self) -> &dyn Notebook {
        self.notebook.as_ref()
    }
}

/// Keeps what was learned in the middle of a write (the id of an asynchronous request) through a crash.
pub trait Notebook: Send + Sync {
    /// Keeps a value; it is safe once this returns.
    fn note(&self, address: &polity_model::Address, name: &str, value: &str) -> Result<(), Error>;

    /// The value last kept for a write at this address that has no outcome yet.
    fn noted(&self, address: &polity_model::Address, name: &str) -> Option<String>;
}
