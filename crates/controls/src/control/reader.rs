//! Reading mappings with known fields, and saying what is wrong with them.

use polity_model::{
    Diagnostic, Origin,
    written::{Content, Entry, Written},
};

use crate::words::{quoted_list, suggestion};

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Reader {
    pub(crate) fn wrong(&mut self, code: &str, origin: &Origin, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, origin, message).help(help));
    }

    /// The entries of a mapping with these fields.
    pub(crate) fn record<'w>(&mut self, written: &'w Written, of: &str, known: &[&str]) -> Option<&'w [Entry]> {
        let Some(entries) = written.entries() else {
            let help = format!("it has the fields {}", quoted_list(known.iter().copied()));
            self.wrong("wrong-type", &written.origin, format!("{of} is a mapping"), help);
            return None;
        };
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let help = suggestion(&entry.key, known.iter().copied(), "known here");
            self.wrong("unknown-field", &entry.key_origin, format!("{of} has no field `{}`", entry.key), help);
        }
        Some(entries)
    }

    /// A text that has to be there.
    pub(crate) fn needed(&mut self, written: &Written, of: &str, field: &str) -> Option<String> {
        match written.get(field) {
            Some(entry) => self.text(&entry.value, field),
            None => {
                let help = format!("write `{field}: ...`");
                self.wrong("missing-field", &written.origin, format!("{of} needs the field `{field}`"), help);
                None
            }
        }
    }

    pub(crate) fn optional(&mut self, written: &Written, field: &str) -> Option<String> {
        written.get(field).and_then(|entry| self.text(&entry.value, field))
    }

    pub(crate) fn text(&mut self, written: &Written, field: &str) -> Option<String> {
        match written.text() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            _ => {
                self.wrong(
                    "wrong-type",
                    &written.origin,
                    format!("`{field}` is a text"),
                    format!("write `{field}: some words`"),
                );
                None
            }
        }
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&mut self, written: &Written, field: &str, words: &[(&str, T)]) -> Option<T> {
        let found = written.text().and_then(|text| words.iter().find(|(word, _)| *word == text));
        if found.is_none() {
            let known = words.iter().map(|(word, _)| *word);
            let help = suggestion(written.text().unwrap_or_default(), known.clone(), "known here");
            let message = format!("`{field}` is one of {}", quoted_list(known));
            self.wrong("wrong-type", &written.origin, message, help);
        }
        found.map(|(_, value)| *value)
    }

    /// One item or a list of them.
    pub(crate) fn several<'w>(&self, written: &'w Written) -> Vec<&'w Written> {
        match &written.content {
            Content::List(items) => items.iter().collect(),
            _ => vec![written],
        }
    }
}
