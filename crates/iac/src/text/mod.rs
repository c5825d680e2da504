//! Bytes -> text that is safe to parse -> values that know their places.

mod json;
mod yaml;

use std::sync::Arc;

use polity_model::{
    Diagnostic, Origin,
    written::{Content, Entry, Written},
};

pub(crate) use json::json;
pub(crate) use yaml::yaml;

/// A file greater than this is refused.
const MOST_BYTES: usize = 256_000_000;
/// Deeper nesting than this is refused.
const DEEPEST: usize = 128;

/// The text of one file, and where its lines begin.
pub(crate) struct Source<'f> {
    /// Path, shared by all origins within.
    pub(crate) file: Arc<str>,
    /// Text without a byte order mark.
    pub(crate) text: &'f str,
    /// Bytes of the byte order mark.
    skipped: usize,
    /// Byte at which each line begins.
    lines: Vec<usize>,
}

impl<'f> Source<'f> {
    /// The text of a file, or why it cannot be used.
    pub(crate) fn new(path: &str, bytes: &'f [u8]) -> Result<Self, Box<Diagnostic>> {
        let file: Arc<str> = path.into();
        let whole = Origin::file(path);
        if bytes.len() > MOST_BYTES {
            let message = format!("this file is {} bytes long, and at most {MOST_BYTES} are read", bytes.len());
            let help = "split it, or judge its parts one by one";
            return Err(Box::new(Diagnostic::error("file-too-large", &whole, message).help(help)));
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let good = std::str::from_utf8(good).unwrap_or_default();
                let source = Self { file, text: good, skipped: 0, lines: lines(good) };
                let origin = source.origin(good.len(), good.len());
                let help = "save it with the encoding UTF-8; a saved plan is binary: `terraform show -json FILE` turns it into text";
                let message = "this file is not UTF-8 text: here it breaks off";
                return Err(Box::new(Diagnostic::error("not-utf8", &origin, message).help(help)));
            }
        };
        let (text, skipped) = text.strip_prefix('\u{feff}').map_or((text, 0), |rest| (rest, 3));
        Ok(Self { file, text, skipped, lines: lines(text) })
    }

    /// The place of some bytes.
    pub(crate) fn origin(&self, start: usize, end: usize) -> Origin {
        let line = self.lines.partition_point(|begin| *begin <= start).max(1);
        let begin = self.lines.get(line - 1).copied().unwrap_or_default();
        let column = self.text.get(begin..start).map_or(0, |before| before.chars().count()) + 1;
        Origin {
            file: Arc::clone(&self.file),
            line: small(line),
            column: small(column),
            start: small(start + self.skipped),
            end: small(end + self.skipped),
        }
    }

    /// The byte of a character, where the parser counts characters by line and column.
    fn byte(&self, line: usize, column: usize) -> usize {
        let begin = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        let rest = self.text.get(begin..).unwrap_or_default();
        // Nearly all lines are ASCII at least up to there.
        if rest.as_bytes().get(..column).is_some_and(<[u8]>::is_ascii) {
            return begin + column;
        }
        begin + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
    }
}

fn lines(text: &str) -> Vec<usize> {
    std::iter::once(0)
        .chain(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1))
        .collect()
}

/// Files are bounded far below four gigabytes.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Says which keys stand twice, and keeps the first of each.
fn once_each(entries: Vec<Entry>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let mut first = std::collections::BTreeMap::new();
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        if let Some(origin) = first.get(&entry.key) {
            let message = format!("the key `{}` is written twice", entry.key);
            let diagnostic = Diagnostic::error("duplicate-key", &entry.key_origin, message);
            diagnostics.push(diagnostic.related(origin, "first written here").help("keep one of them"));
        } else {
            first.insert(entry.key.clone(), entry.key_origin.clone());
            kept.push(entry);
        }
    }
    kept
}

/// The number that these digits write: whole if it fits, otherwise as written.
fn number(digits: &str) -> Content {
    digits.parse().map_or_else(|_| Content::Decimal(digits.to_owned()), Content::Int)
}

/// A JSON document that stands within a text, such as a policy: all of it is at the place of that text.
pub(crate) fn within(text: &str, origin: &Origin) -> Result<Written, Diagnostic> {
    let at = |diagnostic: Diagnostic| {
        let message = format!("the document in this text: {}", diagnostic.message);
        Diagnostic::error(&diagnostic.code, origin, message)
    };
    let source = Source::new(&origin.file, text.as_bytes()).map_err(|diagnostic| at(*diagnostic))?;
    let mut written = json(&source).map_err(|diagnostic| at(*diagnostic))?;
    place(&mut written.0, origin);
    Ok(written.0)
}

fn place(written: &mut Written, origin: &Origin) {
    written.origin = origin.clone();
    match &mut written.content {
        Content::List(items) => items.iter_mut().for_each(|item| place(item, origin)),
        Content::Map(entries) => entries.iter_mut().for_each(|entry| {
            entry.key_origin = origin.clone();
            place(&mut entry.value, origin);
        }),
        _ => {}
    }
}
