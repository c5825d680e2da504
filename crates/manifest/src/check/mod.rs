//! Written values against shapes: one checker for our own fields and for those of the platform types.
//!
//! What fits is replaced by its canonical value in place (`8h` by seconds, `team/pay` by `pay`, a path by the
//! document behind it); what does not fit is reported and taken out, so that nothing behind the checker sees it.

mod document;
mod either;
mod quantity;
mod record;
mod text;
mod words;

use std::collections::HashMap;

use polity_model::{Diagnostic, Origin, shape::Shape, vocabulary::Vocabulary};
use regex::Regex;

pub(crate) use document::Attachments;
pub(crate) use either::called;
pub(crate) use record::{Fields, Sections};
pub(crate) use text::{bad_name, is_email, spoken};
pub(crate) use words::{did_you_mean, quoted_list, sentence};

use crate::yaml::{Content, Node, Source, Span};

/// A reference as it was written; whether it leads anywhere is known only when all files are read.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// Nouns that it may point at.
    pub(crate) nouns: &'static [&'static str],
    /// Bare name.
    pub(crate) name: String,
    /// Noun before the slash, if one is written.
    pub(crate) noun: Option<&'static str>,
    /// Whether one that is retired may still stand there: a membership, which then has no effect.
    pub(crate) may_be_retired: bool,
    /// Where it stands.
    pub(crate) origin: Origin,
}

/// Checks values; collects messages and references.
pub(crate) struct Checker<'a> {
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) attachments: &'a Attachments<'a>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) references: Vec<Written>,
    patterns: HashMap<&'static str, Option<Regex>>,
    /// Platform type whose section is being checked.
    section: Option<String>,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(vocabulary: &'a Vocabulary, attachments: &'a Attachments<'a>) -> Self {
        Self {
            vocabulary,
            attachments,
            diagnostics: Vec::new(),
            references: Vec::new(),
            patterns: HashMap::new(),
            section: None,
        }
    }

    /// Reports a mistake at a place.
    pub(crate) fn report(&mut self, source: &Source<'_>, span: Span, code: &str, message: String, help: &str) {
        let mut diagnostic = Diagnostic::error(code, &source.origin(span), message);
        if !help.is_empty() {
            diagnostic = diagnostic.help(help);
        }
        self.diagnostics.push(diagnostic);
    }

    /// Whether the value of a field has this shape. If so, the node holds the canonical value afterwards.
    pub(crate) fn check(&mut self, source: &Source<'_>, field: &str, shape: &Shape, node: &mut Node) -> bool {
        match shape {
            Shape::Any => self.any(source, node),
            Shape::Bool => match node.content {
                Content::Bool(_) => true,
                _ => self.wrong_type(source, field, "`true` or `false`", node),
            },
            Shape::Int { min, max } => self.int(source, field, *min, *max, node),
            Shape::List(item) => self.list(source, field, item, node),
            Shape::Set(item) => self.set(source, field, item, node),
            Shape::Map(item) => self.map(source, field, item, node),
            Shape::Record(fields) => self.record(source, field, &Fields::of(fields), node),
            Shape::Open(fields) => self.record(source, field, &Fields::open(fields), node),
            Shape::Settings => self.settings(source, field, node),
            Shape::Cores | Shape::Size => self.quantity(source, field, shape, node),
            Shape::Document => self.document(source, field, node),
            Shape::Either(shapes) => self.either(source, field, shapes, node),
            _ => self.word(source, field, shape, node),
        }
    }

    /// "expected this, found that", with the likely remedy.
    fn wrong_type(&mut self, source: &Source<'_>, field: &str, expected: &str, node: &Node) -> bool {
        let written = source.written(node.span);
        let (message, help) = match &node.content {
            Content::Null => {
                (format!("`{field}` has no value: expected {expected}"), "write a value, or remove the line".to_owned())
            }
            Content::List(_) | Content::Map(_) | Content::Value(_) => {
                (format!("`{field}` must be {expected}, not {}", node.described()), String::new())
            }
            Content::Text(_) if expected.starts_with("`true`") && matches!(written, "yes" | "no" | "on" | "off") => {
                let meant = if matches!(written, "yes" | "on") { "true" } else { "false" };
                (format!("`{field}` must be {expected}, not text"), format!("write `{meant}`"))
            }
            Content::Text(_) => (format!("`{field}` must be {expected}, not the text `{}`", shorten(written)), {
                if expected == "a list" { format!("write `[{}]`", shorten(written)) } else { String::new() }
            }),
            _ if !["a whole number", "`true`", "a list", "a mapping", "a date"]
                .iter()
                .any(|known| expected.starts_with(known)) =>
            {
                let found = node.described();
                (
                    format!("`{field}` must be {expected}, and `{written}` without quotes is {found}"),
                    format!("put it in quotes: `\"{written}\"`"),
                )
            }
            _ => (format!("`{field}` must be {expected}, not {} (`{written}`)", node.described()), String::new()),
        };
        self.report(source, node.head(), "wrong-type", message, &help);
        false
    }

    pub(super) fn any(&mut self, source: &Source<'_>, node: &Node) -> bool {
        // What a platform is handed must be writable as JSON, which has no infinity; the core schema reads it as text.
        if let Content::Text(text) = &node.content
            && matches!(text.trim_start_matches(['-', '+']).to_ascii_lowercase().as_str(), ".inf" | ".nan")
            && source.written(node.span) == text
        {
            let message = format!("`{text}` is not a number that can be written down");
            self.report(source, node.span, "wrong-type", message, "put it in quotes if it is text");
            return false;
        }
        match &node.content {
            Content::List(items) => items.iter().filter(|item| !self.any(source, item)).count() == 0,
            Content::Map(entries) => entries.iter().filter(|entry| !self.any(source, &entry.node)).count() == 0,
            _ => true,
        }
    }

    fn int(&mut self, source: &Source<'_>, field: &str, min: i64, max: i64, node: &Node) -> bool {
        let Content::Int(number) = node.content else {
            return self.wrong_type(source, field, "a whole number", node);
        };
        if (min..=max).contains(&number) {
            return true;
        }
        let bounds = match (min, max) {
            (min, i64::MAX) => format!("at least {min}"),
            (i64::MIN, max) => format!("at most {max}"),
            (min, max) => format!("between {min} and {max}"),
        };
        self.report(source, node.span, "out-of-range", format!("`{field}` must be {bounds}, not {number}"), "");
        false
    }

    fn list(&mut self, source: &Source<'_>, field: &str, item: &Shape, node: &mut Node) -> bool {
        if !matches!(node.content, Content::List(_)) {
            return self.wrong_type(source, field, "a list", node);
        }
        if let Content::List(items) = &mut node.content {
            items.retain_mut(|node| self.check(source, field, item, node));
        }
        true
    }

    fn set(&mut self, source: &Source<'_>, field: &str, item: &Shape, node: &mut Node) -> bool {
        if !self.list(source, field, item, node) {
            return false;
        }
        let Content::List(items) = &mut node.content else { return true };
        let mut seen: HashMap<String, Span> = HashMap::with_capacity(items.len());
        let mut again = Vec::new();
        for item in items.iter() {
            let key = match item.text() {
                Some(text) => format!("\"{text}"),
                None => item.clone().into_value().to_json().to_string(),
            };
            match seen.get(&key) {
                Some(first) => again.push((*first, item.span)),
                None => drop(seen.insert(key, item.span)),
            }
        }
        for (first, second) in again {
            self.repeated(source, field, first, second);
        }
        items.sort_by_cached_key(|item| item.clone().into_value());
        true
    }

    fn repeated(&mut self, source: &Source<'_>, field: &str, first: Span, second: Span) {
        let message = format!("`{}` stands twice in `{field}`", shorten(source.written(second)));
        self.diagnostics.push(
            Diagnostic::error("repeated-item", &source.origin(second), message)
                .related(&source.origin(first), "first written here")
                .help("remove one of them"),
        );
    }

    fn map(&mut self, source: &Source<'_>, field: &str, item: &Shape, node: &mut Node) -> bool {
        if !matches!(node.content, Content::Map(_)) {
            return self.wrong_type(source, field, "a mapping", node);
        }
        if let Content::Map(entries) = &mut node.content {
            entries.retain_mut(|entry| self.check(source, &entry.key, item, &mut entry.node));
        }
        true
    }
}

/// The user's words, but no page of them.
fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= 60 && line.len() == text.len() {
        return line.to_owned();
    }
    let mut short: String = line.chars().take(57).collect();
    short.push_str("...");
    short
}
