//! Whether the journal is whole: every entry unchanged, in its place, none missing, and what is derived from them right.

use std::collections::{BTreeSet, VecDeque};

use polity_model::{
    Digest,
    journal::{Entry, Event},
};
use rusqlite::Connection;

use super::{
    derive::Derived,
    kept,
    store::{self, Raw},
};
use crate::audit::evidence::Readings;

/// What became of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// All is well.
    Whole {
        /// How many entries there are.
        entries: u64,
        /// Digest of the last one.
        head: Digest,
    },
    /// Something was tampered with, or lost.
    Broken {
        /// Number of the first entry that is wrong, or that is missing.
        number: u64,
        /// What is wrong with it.
        reason: String,
    },
}

pub(super) fn verify(connection: &Connection) -> rusqlite::Result<Verification> {
    let (mut count, mut previous, mut derived) = (0, Digest::of(b""), Derived::default());
    let mut named: Vec<(u64, Digest, bool)> = Vec::new();
    let broken = store::rows(connection, |raw| match check(raw, count + 1, &previous) {
        Ok(entry) => {
            count = entry.number;
            previous = entry.digest.clone();
            derived.take(&entry);
            let readings = if let Event::Surveyed { readings, .. } = &entry.event { Some(readings) } else { None };
            named.extend(entry.event.keeps().into_iter().map(|it| (count, it.clone(), readings == Some(it))));
            None
        }
        Err((number, reason)) => Some(Verification::Broken { number, reason }),
    })?;
    if let Some(broken) = broken {
        return Ok(broken);
    }
    let (number, digest) = store::head(connection)?;
    if number != count || digest != previous {
        let reason =
            format!("the head names entry {number}, but the last one is {count}: the end was cut off or added to");
        return Ok(Verification::Broken { number: count.min(number) + 1, reason });
    }
    if store::derived(connection).ok().as_ref() != Some(&derived) {
        let reason = "the entries are whole, but what was derived from them (what is ours, what is open) is not what follows \
                      from them";
        return Ok(Verification::Broken { number: count + 1, reason: reason.to_owned() });
    }
    if let Some((number, reason)) = lost(connection, named)? {
        return Ok(Verification::Broken { number, reason });
    }
    if let Some(reason) = kept::changed(connection)? {
        return Ok(Verification::Broken { number: count + 1, reason });
    }
    Ok(Verification::Whole { entries: count, head: previous })
}

/// The first entry that names something which is not kept any more, or was changed. What is named as a list of readings
/// names rows in its turn.
fn lost(connection: &Connection, named: Vec<(u64, Digest, bool)>) -> rusqlite::Result<Option<(u64, String)>> {
    let mut seen = BTreeSet::new();
    let mut open: VecDeque<(u64, Digest, bool)> = named.into();
    while let Some((number, digest, readings)) = open.pop_front() {
        if !seen.insert(digest.clone()) {
            continue;
        }
        match kept::get(connection, &digest)? {
            None => return Ok(Some((number, format!("what it names as `{}` is not kept any more", digest.short())))),
            Some(Err(reason)) => return Ok(Some((number, reason))),
            Some(Ok(bytes)) if readings => match Readings::rows_of(&bytes) {
                Some(rows) => open.extend(rows.into_iter().map(|rows| (number, rows, false))),
                None => return Ok(Some((number, "its list of readings cannot be read".to_owned()))),
            },
            Some(Ok(_)) => {}
        }
    }
    Ok(None)
}

fn check(raw: Raw, expected: u64, previous: &Digest) -> Result<Entry, (u64, String)> {
    let (number, at, run, address, text, before, digest) = raw;
    if number != expected {
        return Err((expected, format!("it is missing; entry {number} follows")));
    }
    let wrong = |reason: &str| (number, reason.to_owned());
    let at = at.parse().map_err(|_| wrong("its time cannot be read"))?;
    let event: Event = serde_json::from_str(&text).map_err(|_| wrong("its event cannot be read"))?;
    if store::to_json(&event).ok().as_ref() != Some(&text) {
        return Err(wrong("its event is not written as we write it"));
    }
    if store::address_of(&event).map(ToString::to_string) != address {
        return Err(wrong("its address is not the one of its event"));
    }
    let entry = Entry { number, at, run, event, previous: Digest::from(before), digest: Digest::from(digest) };
    if entry.expected_digest() != entry.digest {
        return Err(wrong("its content does not fit its digest: it was changed"));
    }
    if entry.previous != *previous {
        return Err(wrong("it does not follow from the entry before it"));
    }
    Ok(entry)
}
