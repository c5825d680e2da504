//! One writer at a time, across processes: a lock of the operating system on a file beside the journal.
//!
//! The system takes the lock off when its holder ends, however it ends, so a lock cannot go stale; what the file says
//! is only for people.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use polity_model::units::Timestamp;

use super::Error;

/// Who wants to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// A person or a pipeline.
    pub name: String,
    /// The machine.
    pub host: String,
}

/// Holds the journal until it is dropped.
#[derive(Debug)]
pub struct Lock {
    /// `None` for a journal that nobody else can have.
    file: Option<File>,
    /// Who held it before and ended without giving it back, in words.
    pub left_by: Option<String>,
}

pub(super) fn take(journal: &Path, owner: &Owner, now: Timestamp) -> Result<Lock, Error> {
    // However the journal is named, through links or not, there is one lock for it.
    let whole = std::fs::canonicalize(journal).map_err(|source| Error::File { path: journal.to_owned(), source })?;
    let path = beside(&whole);
    let failed = |source| Error::File { path: path.clone(), source };
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    let free = match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    };
    let mut holder = String::new();
    // What another process writes there may be half-written; it only serves the message.
    let _ = file.read_to_string(&mut holder);
    let holder = holder.trim().to_owned();
    if !free {
        let owner = if holder.is_empty() { "another process".to_owned() } else { holder };
        return Err(Error::Locked { path: journal.to_owned(), owner });
    }
    let text = format!("{} on {} (process {}) since {now}\n", owner.name, owner.host, std::process::id());
    rewrite(&mut file, &text).map_err(failed)?;
    Ok(Lock { file: Some(file), left_by: (!holder.is_empty()).then_some(holder) })
}

/// The lock of a journal in memory: there is nobody to keep out.
pub(super) fn alone() -> Lock {
    Lock { file: None, left_by: None }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let Some(file) = &mut self.file else { return };
        // An empty file says that the lock was given back; failing to say so only costs a sentence later.
        let _ = rewrite(file, "");
        let _ = file.unlock();
    }
}

fn rewrite(file: &mut File, text: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn beside(journal: &Path) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
