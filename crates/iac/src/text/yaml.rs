//! YAML with places: several documents, aliases within bounds, and the short forms of functions (`!Ref`) as mappings.

use std::{borrow::Cow, collections::HashMap};

use polity_model::{
    Diagnostic, Origin,
    written::{Content, Entry, Written},
};
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::{DEEPEST, Source, number, once_each};

/// More values than this in one file, those of aliases included, are refused.
const MOST_VALUES: usize = 1_000_000;

/// The documents of a YAML file, and what is wrong with it.
pub(crate) fn yaml(source: &Source<'_>) -> (Vec<Written>, Vec<Diagnostic>) {
    let mut builder = Builder {
        source,
        open: Vec::new(),
        anchors: HashMap::new(),
        values: 0,
        documents: Vec::new(),
        diagnostics: Vec::new(),
    };
    // The parser takes a NUL for the end of the text: what stands behind it would be passed over in silence.
    if let Some(at) = source.text.find('\0') {
        let origin = source.origin(at, at + 1);
        let diagnostic = Diagnostic::error("hidden-character", &origin, "a NUL character ends the text here");
        return (Vec::new(), vec![diagnostic.help("delete it, and look at what else is in this file")]);
    }
    let mut parser = Parser::new_from_str(source.text);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => {
                let start = source.byte(span.start.line(), span.start.col());
                let end = source.byte(span.end.line(), span.end.col());
                if let Err(diagnostic) = builder.event(event, start, end.max(start)) {
                    builder.diagnostics.push(*diagnostic);
                    break;
                }
            }
            Err(error) => {
                let at = source.byte(error.marker().line(), error.marker().col()).min(source.text.len());
                builder.diagnostics.push(syntax(source, at, error.info()));
                break;
            }
        }
    }
    (builder.documents, builder.diagnostics)
}

fn syntax(source: &Source<'_>, at: usize, info: &str) -> Diagnostic {
    let origin = source.origin(at, (at + 1).min(source.text.len()));
    let help = if source.text.contains("{{") {
        "it has `{{`: if it is a template, fill it in first (`helm template`, `kustomize build`)"
    } else if info.contains("unknown anchor") {
        "an alias `*x` needs an anchor `&x` before it"
    } else {
        "check the indentation, the quotes and the brackets of this line and the one above"
    };
    Diagnostic::error("yaml-syntax", &origin, format!("this is not YAML: {info}")).help(help)
}

/// A list or mapping that is not closed yet.
struct Open {
    start: usize,
    anchor: usize,
    function: Option<String>,
    content: Content,
    key: Option<(String, Origin)>,
}

struct Builder<'s, 'f> {
    source: &'s Source<'f>,
    open: Vec<Open>,
    /// Finished values by anchor, and how many values each holds; one that is not finished is none.
    anchors: HashMap<usize, (Written, usize)>,
    values: usize,
    documents: Vec<Written>,
    diagnostics: Vec<Diagnostic>,
}

impl Builder<'_, '_> {
    fn wrong(&self, code: &str, start: usize, end: usize, message: &str, help: &str) -> Box<Diagnostic> {
        Box::new(Diagnostic::error(code, &self.source.origin(start, end), message).help(help))
    }

    fn event(&mut self, event: Event<'_>, start: usize, end: usize) -> Result<(), Box<Diagnostic>> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, start, end)?;
                self.scalar(&text, style, anchor, tag.as_ref(), start, end);
            }
            Event::Alias(anchor) => {
                let Some((value, size)) = self.anchors.get(&anchor).cloned() else {
                    let help = "write the value out: it would never end";
                    return Err(self.wrong(
                        "recursive-alias",
                        start,
                        end,
                        "this alias is part of what it stands for",
                        help,
                    ));
                };
                self.count(size, start, end)?;
                self.place(value, start, end);
            }
            Event::SequenceStart(anchor, tag) => self.open(Content::List(Vec::new()), anchor, tag.as_ref(), start)?,
            Event::MappingStart(anchor, tag) => self.open(Content::Map(Vec::new()), anchor, tag.as_ref(), start)?,
            Event::SequenceEnd | Event::MappingEnd => self.close(end),
            _ => {}
        }
        Ok(())
    }

    fn count(&mut self, values: usize, start: usize, end: usize) -> Result<(), Box<Diagnostic>> {
        self.values = self.values.saturating_add(values);
        if self.values > MOST_VALUES {
            let message = format!("this file holds more than {MOST_VALUES} values, those of aliases included");
            return Err(self.wrong("too-many-values", start, end, &message, "split it into several files"));
        }
        Ok(())
    }

    fn open(
        &mut self,
        content: Content,
        anchor: usize,
        tag: Option<&Cow<'_, Tag>>,
        start: usize,
    ) -> Result<(), Box<Diagnostic>> {
        self.count(1, start, start)?;
        if self.open.len() >= DEEPEST {
            let message = format!("values are nested more than {DEEPEST} deep");
            return Err(self.wrong("too-deep", start, start + 1, &message, "write it flatter"));
        }
        self.open.push(Open { start, anchor, function: function(tag), content, key: None });
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Cow<'_, Tag>>,
        start: usize,
        end: usize,
    ) {
        let origin = self.source.origin(start, end);
        if let Some(Open { content: Content::Map(_), key: key @ None, .. }) = self.open.last_mut() {
            *key = Some((text.to_owned(), origin));
            return;
        }
        let text_tag = tag.is_some_and(|tag| tag.suffix == "str");
        let content =
            if style == ScalarStyle::Plain && !text_tag { plain(text) } else { Content::Text(text.to_owned()) };
        let value = match function(tag) {
            Some(name) => called(name, Written { origin: origin.clone(), content: Content::Text(text.to_owned()) }),
            None => Written { origin, content },
        };
        self.keep(anchor, &value);
        self.place(value, start, end);
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        let end = end.max(open.start);
        // The end of a block is where the next one begins: what is only space is not part of it.
        let end = self.source.text.get(open.start..end).map_or(end, |text| open.start + text.trim_end().len());
        let content = match open.content {
            Content::Map(entries) => Content::Map(merged(once_each(entries, &mut self.diagnostics))),
            content => content,
        };
        let value = Written { origin: self.source.origin(open.start, end), content };
        let value = match open.function {
            Some(name) => called(name, value),
            None => value,
        };
        self.keep(open.anchor, &value);
        self.place(value, open.start, end);
    }

    fn keep(&mut self, anchor: usize, value: &Written) {
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), size(value)));
        }
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, value: Written, start: usize, end: usize) {
        match self.open.last_mut() {
            None if value.content == Content::Null => {}
            None => self.documents.push(value),
            Some(Open { content: Content::List(items), .. }) => items.push(value),
            Some(Open { content: Content::Map(entries), key, .. }) => match key.take() {
                Some((key, key_origin)) => entries.push(Entry { key, key_origin, value }),
                None => {
                    // A key that is no word: its value is read, so that the rest of the mapping stays in step.
                    *key = Some((String::new(), value.origin));
                    let help = "text with `{` at its start needs quotes; a template must be filled in first";
                    let diagnostic = self.wrong("complex-key", start, end, "a key must be a single word or text", help);
                    self.diagnostics.push(*diagnostic);
                }
            },
            Some(_) => {}
        }
    }
}

fn size(value: &Written) -> usize {
    1 + match &value.content {
        Content::List(items) => items.iter().map(size).sum(),
        Content::Map(entries) => entries.iter().map(|entry| size(&entry.value)).sum::<usize>(),
        _ => 0,
    }
}

/// What `<<` brings in stands behind what is written.
fn merged(mut entries: Vec<Entry>) -> Vec<Entry> {
    let Some(at) = entries.iter().position(|entry| entry.key == "<<") else { return entries };
    let from = entries.remove(at).value;
    let sources = match from.content {
        Content::List(items) => items,
        content => vec![Written { origin: from.origin, content }],
    };
    for source in sources {
        let Content::Map(more) = source.content else { continue };
        for entry in more {
            if !entries.iter().any(|known| known.key == entry.key) {
                entries.push(entry);
            }
        }
    }
    entries
}

/// The long name of a function that is written as a tag: `!Ref` and `!Condition` stay, others begin with `Fn::`.
fn function(tag: Option<&Cow<'_, Tag>>) -> Option<String> {
    let tag = tag?;
    if tag.handle != "!" || tag.suffix.is_empty() {
        return None;
    }
    Some(match tag.suffix.as_str() {
        name @ ("Ref" | "Condition") => name.to_owned(),
        name => format!("Fn::{name}"),
    })
}

fn called(name: String, value: Written) -> Written {
    let origin = value.origin.clone();
    Written { origin: origin.clone(), content: Content::Map(vec![Entry { key: name, key_origin: origin, value }]) }
}

/// What an unquoted word means in YAML 1.2; what 1.1 took for conditions (`yes`, `on`) stays text.
fn plain(text: &str) -> Content {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Content::Null,
        "true" | "True" | "TRUE" => return Content::Bool(true),
        "false" | "False" | "FALSE" => return Content::Bool(false),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    // A leading zero makes text of it: account numbers and file modes are no quantities.
    if digits(whole) && digits(fraction) && (whole == "0" || !whole.starts_with('0')) {
        return number(text.strip_prefix('+').unwrap_or(text));
    }
    Content::Text(text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (Vec<Written>, Vec<Diagnostic>) {
        yaml(&Source::new("a.yaml", text.as_bytes()).unwrap())
    }

    #[test]
    fn documents_functions_aliases_and_merges() {
        let text =
            "a: &x {b: !Ref C, d: 007}\ne: *x\nf:\n  <<: *x\n  d: [!GetAtt G.H, !Sub ['${x}', {x: 1}]]\n---\nä: ö\n";
        let (documents, diagnostics) = read(text);
        assert_eq!(diagnostics, []);
        let json: Vec<_> = documents.iter().map(|document| document.value().to_json()).collect();
        insta::assert_json_snapshot!(json);
        let second = documents.get(1).unwrap().get("ä").unwrap();
        assert_eq!((second.value.origin.line, second.value.origin.column), (7, 4));
    }

    #[test]
    fn hostile_text_is_refused_with_its_place() {
        let laughs: String =
            (1..20).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))).collect();
        let codes = |text: &str| {
            let (_, diagnostics) = read(text);
            diagnostics
                .iter()
                .map(|diagnostic| format!("{} {}", diagnostic.at.origin, diagnostic.code))
                .collect::<Vec<_>>()
        };
        assert_eq!(codes("a: &a [b, *a]\n"), ["a.yaml:1 recursive-alias"]);
        assert_eq!(codes(&format!("a0: &a0 [lol]\n{laughs}")), ["a.yaml:7 too-many-values"]);
        assert_eq!(codes(&"[".repeat(200)), ["a.yaml:1 too-deep"]);
        assert_eq!(codes(&"[".repeat(100_000)).len(), 1);
        assert_eq!(codes("a: 1\nb: [1\nc: 2\n"), ["a.yaml:3 yaml-syntax"]);
        assert_eq!(codes("a: 1\na: 2\n"), ["a.yaml:2 duplicate-key"]);
        assert_eq!(codes("a: {{ .Values.x }}\n"), ["a.yaml:1 complex-key"]);
        assert_eq!(codes("a: 1\0\nb: 2\n"), ["a.yaml:1 hidden-character"]);
    }

    proptest! {
        #[test]
        fn never_panics(text in "[a-c:\\-\\[\\]{}&*!<>|'\"# \n\tä0.]{0,60}") {
            let _ = read(&text);
        }
    }
}
