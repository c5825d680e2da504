//! What entries name by its digest and do not hold themselves: kept beside them, pressed, each piece once.

use std::io::{Read as _, Write as _};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use polity_model::Digest;
use rusqlite::{Connection, OptionalExtension, params};

/// Largest piece that is read back, in bytes: more than any reading, less than what harms.
const LARGEST: u64 = 2 << 30;

/// One piece, ready to be kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Digest of the piece before it was pressed.
    pub digest: Digest,
    pressed: Vec<u8>,
}

impl Kept {
    /// Makes a piece ready.
    pub fn new(bytes: &[u8]) -> Self {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        // Writing into memory does not fail; if it did, the digest would not fit and the next reader would be told.
        let pressed = encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default();
        Self { digest: Digest::of(bytes), pressed }
    }
}

pub(super) const TABLE: &str = "CREATE TABLE kept (digest TEXT PRIMARY KEY, pressed BLOB NOT NULL) STRICT;";

pub(super) fn keep(connection: &Connection, pieces: &[Kept]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("INSERT OR IGNORE INTO kept VALUES (?1, ?2)")?;
    for piece in pieces {
        statement.execute(params![piece.digest.as_str(), piece.pressed])?;
    }
    Ok(())
}

/// A piece as it was given to us; an error in words if it was changed since.
pub(super) fn get(connection: &Connection, digest: &Digest) -> rusqlite::Result<Option<Result<Vec<u8>, String>>> {
    let pressed: Option<Vec<u8>> = connection
        .query_row("SELECT pressed FROM kept WHERE digest = ?1", [digest.as_str()], |row| row.get(0))
        .optional()?;
    Ok(pressed.map(|pressed| open(digest, &pressed)))
}

/// Goes through all pieces; answers the first one that was changed.
pub(super) fn changed(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare("SELECT digest, pressed FROM kept ORDER BY digest")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let digest = Digest::from(row.get::<_, String>(0)?);
        if let Err(reason) = open(&digest, &row.get::<_, Vec<u8>>(1)?) {
            return Ok(Some(reason));
        }
    }
    Ok(None)
}

fn open(digest: &Digest, pressed: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let opened = ZlibDecoder::new(pressed).take(LARGEST).read_to_end(&mut bytes);
    if opened.is_ok() && Digest::of(&bytes) == *digest {
        return Ok(bytes);
    }
    Err(format!("what is kept as `{}` does not fit its digest: it was changed", digest.short()))
}
