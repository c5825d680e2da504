//! Events of the YAML parser -> nodes. Without recursion, and within bounds.

use std::collections::HashMap;

use polity_model::Diagnostic;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

use super::{Content, Entry, Node, Source, Span, plain};

/// Deeper nesting than this is refused; what people write is nested ten deep.
const MAX_DEPTH: usize = 64;
/// More values than this in one file are refused.
const MAX_NODES: usize = 3_000_000;
/// Up to this many keys, looking through a list is faster than a table.
const FEW_KEYS: usize = 12;

/// The documents of one file.
pub(crate) struct Parsed {
    /// In the order of the file; empty documents are left out.
    pub(crate) documents: Vec<Node>,
    /// What is wrong with the YAML itself.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Whether the file was read to its end.
    pub(crate) complete: bool,
}

/// Parses the text of one file.
pub(crate) fn parse(source: &Source<'_>) -> Parsed {
    let mut builder = Builder::new(source);
    let mut parser = Parser::new_from_str(source.text);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => {
                if !builder.event(event, source.span(&span.start, &span.end)) {
                    builder.parsed.complete = false;
                    break;
                }
            }
            Err(error) => {
                builder.parsed.diagnostics.push(syntax_error(source, &error));
                builder.parsed.complete = false;
                break;
            }
        }
    }
    builder.parsed
}

/// The parser's complaint as a diagnostic.
pub(crate) fn syntax_error(source: &Source<'_>, error: &ScanError) -> Diagnostic {
    let span = source.span(error.marker(), error.marker());
    let origin = source.origin(span);
    let line = source.text.lines().nth(span.line.saturating_sub(1) as usize).unwrap_or_default();
    let indentation = line.get(..line.len() - line.trim_start().len()).unwrap_or_default();
    if indentation.contains('\t') {
        return Diagnostic::error("tab", &origin, "a tab cannot indent YAML").help("indent with two spaces");
    }
    let help = match error.info() {
        info if info.contains("mapping values are not allowed") => {
            "put the value in quotes if it contains `: `, and check that this line is indented like its neighbours"
        }
        info if info.contains("expected key") || info.contains("invalid indentation") => {
            "check that this line is indented like its neighbours"
        }
        info if ["flow", "bracket", "':'"].iter().any(|word| info.contains(word)) => {
            "check that every `[` and `{` is closed"
        }
        info if info.contains("quoted scalar") => "check that every quote is closed",
        info if info.contains("unknown anchor") => "write the value out: aliases are not part of the language",
        _ => "check the indentation and the quotes of this line and the one above",
    };
    Diagnostic::error("yaml-syntax", &origin, format!("this is not YAML: {}", error.info())).help(help)
}

/// A list or mapping that is not closed yet.
enum Open {
    List { span: Span, items: Vec<Node> },
    Map { span: Span, entries: Vec<Entry>, key: Option<Key> },
}

/// A key that waits for its value; `text` is `None` when the key itself is wrong and was reported.
struct Key {
    text: Option<String>,
    span: Span,
}

struct Builder<'s, 'f> {
    source: &'s Source<'f>,
    open: Vec<Open>,
    parsed: Parsed,
    nodes: usize,
    reported_anchor: bool,
}

impl<'s, 'f> Builder<'s, 'f> {
    fn new(source: &'s Source<'f>) -> Self {
        let parsed = Parsed { documents: Vec::new(), diagnostics: Vec::new(), complete: true };
        Self { source, open: Vec::new(), parsed, nodes: 0, reported_anchor: false }
    }

    fn report(&mut self, code: &str, span: Span, message: &str, help: &str) {
        let origin = self.source.origin(span);
        self.parsed.diagnostics.push(Diagnostic::error(code, &origin, message).help(help));
    }

    /// Takes one event; `false` stops the reading of this file.
    fn event(&mut self, event: Event<'_>, span: Span) -> bool {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.extras(anchor, tag.is_some(), span);
                self.scalar(&text, style, span);
            }
            Event::Alias(_) => {
                self.extras(1, false, span);
                self.place(Node { span, content: Content::Null });
            }
            Event::SequenceStart(anchor, tag) => {
                self.extras(anchor, tag.is_some(), span);
                self.open.push(Open::List { span, items: Vec::new() });
            }
            Event::MappingStart(anchor, tag) => {
                self.extras(anchor, tag.is_some(), span);
                self.open.push(Open::Map { span, entries: Vec::new(), key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            _ => {}
        }
        if self.open.len() > MAX_DEPTH {
            let message = format!("values are nested more than {MAX_DEPTH} deep");
            self.report("too-deep", span, &message, "write it flatter");
            return false;
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("this file holds more than {MAX_NODES} values");
            self.report("too-many-values", span, &message, "split it into several files");
            return false;
        }
        true
    }

    /// Anchors, aliases and tags: said once per file, for a file may hold a million of them.
    fn extras(&mut self, anchor: usize, tag: bool, span: Span) {
        if (anchor == 0 && !tag) || self.reported_anchor {
            return;
        }
        self.reported_anchor = true;
        if tag {
            self.report(
                "yaml-tag",
                span,
                "tags of YAML are not part of the language",
                "remove the `!...` before the value",
            );
        } else {
            let help = "write the value out, or put it where it is inherited from: a unit, a landing zone, the project";
            self.report("alias", span, "anchors and aliases are not part of the language", help);
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) {
        if let Some(Open::Map { key: key @ None, .. }) = self.open.last_mut() {
            let empty = text.is_empty() && style == ScalarStyle::Plain;
            *key = Some(Key { text: (!empty).then(|| text.to_owned()), span });
            if empty {
                self.report("missing-key", span, "a key is missing before `:`", "write `name: value`");
            }
            return;
        }
        let content = if style == ScalarStyle::Plain { plain(text) } else { Content::Text(text.to_owned()) };
        self.place(Node { span, content });
    }

    fn close(&mut self, end: Span) {
        let end_of = |span: Span, last: Option<Span>| {
            let block_end = last.map_or(span.end, |last| last.end);
            Span { end: if end.end > end.start { end.end } else { block_end.max(span.start) }, ..span }
        };
        match self.open.pop() {
            Some(Open::List { span, items }) => {
                let span = end_of(span, items.last().map(|item| item.span));
                self.place(Node { span, content: Content::List(items) });
            }
            Some(Open::Map { span, entries, .. }) => {
                let span = end_of(span, entries.last().map(|entry| entry.node.span));
                self.duplicates(&entries);
                self.place(Node { span, content: Content::Map(entries) });
            }
            None => {}
        }
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, mut node: Node) {
        match self.open.last_mut() {
            None => {
                if node.content != Content::Null {
                    self.parsed.documents.push(node);
                }
            }
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                Some(Key { text, span }) => {
                    if node.span.start == node.span.end {
                        node.span = span; // nothing is written: the key is what a message can point at
                    }
                    if let Some(text) = text {
                        entries.push(Entry { key: text, key_span: span, node });
                    }
                }
                None => {
                    *key = Some(Key { text: None, span: node.span });
                    let help = "write `name: value`; text with `{` or `[` at its start needs quotes";
                    self.report("complex-key", node.head(), "a key must be a single word or text", help);
                }
            },
        }
    }

    fn duplicates(&mut self, entries: &[Entry]) {
        let mut twice = Vec::new();
        if entries.len() <= FEW_KEYS {
            for (index, entry) in entries.iter().enumerate() {
                if let Some(first) = entries.iter().take(index).find(|first| first.key == entry.key) {
                    twice.push((first, entry));
                }
            }
        } else {
            let mut seen: HashMap<&str, &Entry> = HashMap::with_capacity(entries.len());
            for entry in entries {
                match seen.get(entry.key.as_str()) {
                    Some(first) => twice.push((*first, entry)),
                    None => drop(seen.insert(&entry.key, entry)),
                }
            }
        }
        for (first, second) in twice {
            self.parsed.diagnostics.push(
                Diagnostic::error(
                    "duplicate-key",
                    &self.source.origin(second.key_span),
                    format!("the key `{}` is written twice", second.key),
                )
                .related(&self.source.origin(first.key_span), "first written here")
                .help("keep one of them"),
            );
        }
    }
}
