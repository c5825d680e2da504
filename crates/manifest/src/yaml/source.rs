//! Bytes of a file -> text that is safe to parse, and places in it.

use std::sync::Arc;

use polity_model::{Diagnostic, Origin};
use saphyr_parser::Marker;

use super::Span;
use crate::File;

/// A file greater than this is refused: nobody reads it, and a parser should not have to.
pub(crate) const MAX_BYTES: usize = 10_000_000;
/// Characters between two entries of the table from characters to bytes.
const STRIDE: usize = 64;

/// The text of one file.
pub(crate) struct Source<'f> {
    /// Path, shared by all origins within.
    pub(crate) file: Arc<str>,
    /// Text without a byte order mark.
    pub(crate) text: &'f str,
    /// Bytes of the byte order mark.
    skipped: usize,
    /// Byte of every 64th character; empty where every character is one byte.
    table: Vec<u32>,
}

impl<'f> Source<'f> {
    /// The text of a file, or why it cannot be used.
    pub(crate) fn new(file: &'f File) -> Result<Self, Box<Diagnostic>> {
        let start = Origin::file(&file.path);
        if file.bytes.len() > MAX_BYTES {
            let message =
                format!("this file is too large: {} bytes, where at most {MAX_BYTES} are read", file.bytes.len());
            return Err(Box::new(
                Diagnostic::error("file-too-large", &start, message).help("split it into several files"),
            ));
        }
        let text = match std::str::from_utf8(&file.bytes) {
            Ok(text) => text,
            Err(error) => {
                let good = file.bytes.get(..error.valid_up_to()).unwrap_or_default();
                let origin = place(&start, &String::from_utf8_lossy(good), error.valid_up_to(), 1);
                return Err(Box::new(
                    Diagnostic::error("not-utf8", &origin, "this file is not UTF-8 text: here it breaks off")
                        .help("save the file with the encoding UTF-8"),
                ));
            }
        };
        let (text, skipped) = text.strip_prefix('\u{feff}').map_or((text, 0), |rest| (rest, 3));
        if let Some((at, character)) = text.char_indices().find(|(_, character)| is_hidden(*character)) {
            let mut origin = place(&start, text.get(..at).unwrap_or_default(), at, character.len_utf8());
            origin.start += to_u32(skipped);
            origin.end += to_u32(skipped);
            let message =
                format!("the invisible character U+{:04X} is not allowed in a manifest", u32::from(character));
            return Err(Box::new(
                Diagnostic::error("hidden-character", &origin, message)
                    .help("delete it: what a person cannot see, nobody can review"),
            ));
        }
        let table = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().step_by(STRIDE).map(|(at, _)| to_u32(at)).collect()
        };
        Ok(Self { file: Arc::from(file.path.as_str()), text, skipped, table })
    }

    /// The origin of a place.
    pub(crate) fn origin(&self, span: Span) -> Origin {
        let skipped = to_u32(self.skipped);
        Origin {
            file: Arc::clone(&self.file),
            line: span.line,
            column: span.column,
            start: span.start + skipped,
            end: span.end + skipped,
        }
    }

    /// The place behind an origin.
    pub(crate) fn span_of(&self, origin: &Origin) -> Span {
        let skipped = to_u32(self.skipped);
        Span {
            line: origin.line,
            column: origin.column,
            start: origin.start.saturating_sub(skipped),
            end: origin.end.saturating_sub(skipped),
        }
    }

    /// The text at a place, as it is written.
    pub(crate) fn written(&self, span: Span) -> &'f str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The place between two of the parser's marks, which count characters.
    pub(crate) fn span(&self, start: &Marker, end: &Marker) -> Span {
        Span {
            line: to_u32(start.line().max(1)),
            column: to_u32(start.col() + 1),
            start: self.byte(start.index()),
            end: self.byte(end.index().max(start.index())),
        }
    }

    fn byte(&self, character: usize) -> u32 {
        if self.table.is_empty() {
            return to_u32(character.min(self.text.len()));
        }
        let Some(base) = self.table.get(character / STRIDE) else { return to_u32(self.text.len()) };
        let rest = self.text.get(*base as usize..).unwrap_or_default();
        let within = rest.char_indices().nth(character % STRIDE).map_or(rest.len(), |(at, _)| at);
        base + to_u32(within)
    }
}

/// Files are bounded far below four gigabytes.
fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn place(start: &Origin, before: &str, at: usize, length: usize) -> Origin {
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Origin {
        file: Arc::clone(&start.file),
        line: to_u32(line),
        column: to_u32(column),
        start: to_u32(at),
        end: to_u32(at + length),
    }
}

/// Control characters (NUL ends the text for the parser) and those that reverse the direction of reading.
pub(crate) fn is_hidden(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        '\u{0}'..='\u{1f}' | '\u{7f}' | '\u{80}'..='\u{84}' | '\u{86}'..='\u{9f}' => true,
        '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => true,
        _ => false,
    }
}
