//! The notebook that kinds write into in the middle of a write: it is the journal.

use std::sync::Arc;

use polity_model::{Address, journal::Event};
use polity_provider::{Error, Notebook, Problem};

use crate::Journal;

/// Notes go into the journal as progress of this run.
pub(super) struct JournalNotebook {
    pub(super) journal: Arc<Journal>,
    pub(super) run: String,
}

impl Notebook for JournalNotebook {
    fn note(&self, address: &Address, name: &str, value: &str) -> Result<(), Error> {
        let event = Event::Progress { address: address.clone(), name: name.to_owned(), value: value.to_owned() };
        self.journal.append(&self.run, event).map(|_| ()).map_err(|error| {
            let failed = Error::new(Problem::Unexpected, "journal", error.to_string());
            match error.help() {
                Some(help) => failed.help(help),
                None => failed,
            }
        })
    }

    fn noted(&self, address: &Address, name: &str) -> Option<String> {
        self.journal.noted(address).ok()?.remove(name)
    }
}
