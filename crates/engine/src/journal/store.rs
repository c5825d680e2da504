//! The tables of the journal, and all SQL.

use std::{collections::BTreeMap, path::Path, time::Duration};

use polity_model::{
    Address, Digest,
    journal::{Entry, Event, LastApplied, Recorded},
    units::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, backup::Backup, params, types::Type};

use super::{
    Error, Filter,
    derive::{Derived, Effect, effects},
    kept,
};

/// Marks the file as ours: "PLTY".
const APPLICATION: i64 = 0x504C_5459;
/// Format of the tables.
const FORMAT: i64 = 2;
/// The format without anything kept beside the entries; it is brought up to date when it is opened.
const WITHOUT_KEPT: i64 = 1;

/// Pages that a copy takes in one step: as good as all, for nobody waits for the source meanwhile.
const PAGES_AT_ONCE: i32 = 1 << 20;

const TABLES: &str = "
CREATE TABLE entries (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, run TEXT NOT NULL, address TEXT, event TEXT NOT NULL,
    previous TEXT NOT NULL, digest TEXT NOT NULL
) STRICT;
CREATE INDEX entries_address ON entries (address);
CREATE INDEX entries_run ON entries (run);
CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, digest TEXT NOT NULL) STRICT;
CREATE TABLE last_applied (
    address TEXT PRIMARY KEY, scope TEXT NOT NULL, id TEXT NOT NULL, attributes TEXT NOT NULL
) STRICT;
CREATE TABLE open_intents (address TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT;
CREATE TABLE notes (
    address TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (address, name)
) STRICT;
CREATE TABLE platforms (name TEXT PRIMARY KEY, identity TEXT NOT NULL) STRICT;
";

pub(super) fn connect(path: &Path) -> Result<Connection, Error> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|source| Error::File { path: folder.to_owned(), source })?;
    }
    let connection = Connection::open(path).map_err(|source| Error::sqlite(path, source))?;
    connection.busy_timeout(Duration::from_secs(10)).map_err(|source| Error::sqlite(path, source))?;
    Ok(connection)
}

/// Checks that this is a journal that we know, or makes the tables. Answers whether they were made just now.
pub(super) fn prepare(path: &Path, connection: &mut Connection) -> Result<bool, Error> {
    let failed = |source| Error::sqlite(path, source);
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(failed)?;
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    let fresh = application == 0 && format == 0 && tables == 0;
    if !fresh && application != APPLICATION {
        return Err(Error::Foreign { path: path.to_owned() });
    }
    if !fresh && format != FORMAT && format != WITHOUT_KEPT {
        return Err(Error::Newer { path: path.to_owned(), found: format, known: FORMAT });
    }
    // FULL: an entry that was answered for survives a power failure.
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    if fresh {
        let transaction = connection.transaction().map_err(failed)?;
        transaction.execute_batch(TABLES).map_err(failed)?;
        transaction.execute_batch(kept::TABLE).map_err(failed)?;
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
        transaction.pragma_update(None, "user_version", FORMAT).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    if !fresh && format == WITHOUT_KEPT {
        let transaction = connection.transaction().map_err(failed)?;
        transaction.execute_batch(kept::TABLE).map_err(failed)?;
        transaction.pragma_update(None, "user_version", FORMAT).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    let entries: i64 = connection.query_row("SELECT count(*) FROM entries", [], |row| row.get(0)).map_err(failed)?;
    let headed: i64 = connection.query_row("SELECT count(*) FROM head", [], |row| row.get(0)).map_err(failed)?;
    // Made, but never founded: a crash in between.
    Ok(entries == 0 && headed == 0)
}

/// Copies everything into an empty database.
pub(super) fn copy(from: &Connection, into: &mut Connection) -> rusqlite::Result<()> {
    Backup::new(from, into)?.run_to_completion(PAGES_AT_ONCE, Duration::ZERO, None)
}

pub(super) fn append(
    transaction: &Transaction<'_>,
    at: Timestamp,
    run: &str,
    events: Vec<Event>,
) -> rusqlite::Result<Vec<Entry>> {
    let (mut number, mut previous) = head(transaction)?;
    let mut entries = Vec::with_capacity(events.len());
    for event in events {
        number += 1;
        let mut entry =
            Entry { number, at, run: run.to_owned(), event, previous: previous.clone(), digest: previous.clone() };
        entry.digest = entry.expected_digest();
        previous = entry.digest.clone();
        transaction.prepare_cached("INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute(params![
            signed(entry.number),
            entry.at.to_string(),
            entry.run,
            address_of(&entry.event).map(ToString::to_string),
            to_json(&entry.event)?,
            entry.previous.as_str(),
            entry.digest.as_str(),
        ])?;
        derive(transaction, &entry)?;
        entries.push(entry);
    }
    transaction
        .execute("INSERT OR REPLACE INTO head VALUES (1, ?1, ?2)", params![signed(number), previous.as_str()])?;
    Ok(entries)
}

fn derive(connection: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    for effect in effects(entry) {
        match effect {
            Effect::Ours(address, recorded) => connection
                .prepare_cached("INSERT OR REPLACE INTO last_applied VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![address.to_string(), recorded.scope, recorded.id, to_json(&recorded.attributes)?])?,
            Effect::Gone(address) => connection
                .prepare_cached("DELETE FROM last_applied WHERE address = ?1")?
                .execute([address.to_string()])?,
            Effect::Open(address, number) => connection
                .prepare_cached("INSERT OR REPLACE INTO open_intents VALUES (?1, ?2)")?
                .execute(params![address.to_string(), signed(number)])?,
            Effect::Closed(address) => connection
                .prepare_cached("DELETE FROM open_intents WHERE address = ?1")?
                .execute([address.to_string()])?,
            Effect::Noted(address, name, value) => connection
                .prepare_cached("INSERT OR REPLACE INTO notes VALUES (?1, ?2, ?3)")?
                .execute(params![address.to_string(), name, value])?,
            Effect::Unnoted(address) => {
                connection.prepare_cached("DELETE FROM notes WHERE address = ?1")?.execute([address.to_string()])?
            }
            Effect::Platform(name, identity) => connection
                .prepare_cached("INSERT OR REPLACE INTO platforms VALUES (?1, ?2)")?
                .execute([name, identity])?,
        };
    }
    Ok(())
}

pub(super) fn rebuild(connection: &mut Connection) -> rusqlite::Result<()> {
    let entries = history(connection, &Filter::default())?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(
        "DELETE FROM last_applied; DELETE FROM open_intents; DELETE FROM notes; DELETE FROM platforms;",
    )?;
    for entry in &entries {
        derive(&transaction, entry)?;
    }
    transaction.commit()
}

pub(super) fn head(connection: &Connection) -> rusqlite::Result<(u64, Digest)> {
    let head = connection
        .query_row("SELECT number, digest FROM head", [], |row| {
            Ok((unsigned(row.get(0)?), Digest::from(row.get::<_, String>(1)?)))
        })
        .optional()?;
    Ok(head.unwrap_or_else(|| (0, Digest::of(b""))))
}

pub(super) fn history(connection: &Connection, filter: &Filter) -> rusqlite::Result<Vec<Entry>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, at, run, event, previous, digest FROM (
            SELECT * FROM entries
            WHERE (?1 IS NULL OR address = ?1) AND (?2 IS NULL OR run = ?2) AND number >= ?3
            ORDER BY number DESC LIMIT ?4
        ) ORDER BY number",
    )?;
    let address = filter.address.as_ref().map(ToString::to_string);
    let from = signed(filter.from.unwrap_or(0));
    let last = filter.last.map_or(-1, signed);
    statement.query_map(params![address, filter.run, from, last], entry)?.collect()
}

pub(super) fn open_intents(connection: &Connection) -> rusqlite::Result<Vec<Entry>> {
    let mut statement = connection.prepare_cached(
        "SELECT e.number, at, run, event, previous, digest
         FROM entries e JOIN open_intents o ON o.number = e.number ORDER BY e.number",
    )?;
    statement.query_map([], entry)?.collect()
}

pub(super) fn last_applied(connection: &Connection) -> rusqlite::Result<LastApplied> {
    let mut statement = connection.prepare_cached("SELECT address, scope, id, attributes FROM last_applied")?;
    statement
        .query_map([], |row| {
            let recorded = Recorded { scope: row.get(1)?, id: row.get(2)?, attributes: from_json(row, 3)? };
            Ok((parsed::<Address>(row, 0)?, recorded))
        })?
        .collect()
}

pub(super) fn platforms(connection: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    let mut statement = connection.prepare_cached("SELECT name, identity FROM platforms")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

pub(super) fn noted(connection: &Connection, address: &Address) -> rusqlite::Result<BTreeMap<String, String>> {
    let mut statement = connection.prepare_cached("SELECT name, value FROM notes WHERE address = ?1")?;
    statement.query_map([address.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// What the tables say follows from the entries.
pub(super) fn derived(connection: &Connection) -> rusqlite::Result<Derived> {
    let mut open = connection.prepare_cached("SELECT address, number FROM open_intents")?;
    let mut notes = connection.prepare_cached("SELECT address, name, value FROM notes")?;
    Ok(Derived {
        last: last_applied(connection)?,
        open: open.query_map([], |row| Ok((parsed(row, 0)?, unsigned(row.get(1)?))))?.collect::<Result<_, _>>()?,
        notes: notes
            .query_map([], |row| Ok(((parsed(row, 0)?, row.get(1)?), row.get(2)?)))?
            .collect::<Result<_, _>>()?,
        platforms: platforms(connection)?,
    })
}

/// Every stored row as it is: number, time, run, address, event, previous, digest.
pub(super) type Raw = (u64, String, String, Option<String>, String, String, String);

/// Goes through all rows in order until `each` has something to say.
pub(super) fn rows<T>(connection: &Connection, mut each: impl FnMut(Raw) -> Option<T>) -> rusqlite::Result<Option<T>> {
    let mut statement =
        connection.prepare("SELECT number, at, run, address, event, previous, digest FROM entries ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let raw = (unsigned(row.get(0)?), row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
        if let Some(said) = each(raw) {
            return Ok(Some(said));
        }
    }
    Ok(None)
}

/// The address that an event is about.
pub(super) fn address_of(event: &Event) -> Option<&Address> {
    match event {
        Event::Intent { address, .. }
        | Event::Progress { address, .. }
        | Event::Outcome { address, .. }
        | Event::Settled { address, .. }
        | Event::Recorded { address, .. }
        | Event::Forgotten { address, .. } => Some(address),
        Event::Founded { .. }
        | Event::RunStarted { .. }
        | Event::RunFinished { .. }
        | Event::Surveyed { .. }
        | Event::Judged { .. } => None,
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        number: unsigned(row.get(0)?),
        at: parsed(row, 1)?,
        run: row.get(2)?,
        event: from_json(row, 3)?,
        previous: Digest::from(row.get::<_, String>(4)?),
        digest: Digest::from(row.get::<_, String>(5)?),
    })
}

fn parsed<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

fn from_json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

pub(super) fn to_json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
