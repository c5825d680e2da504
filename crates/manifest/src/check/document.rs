//! Native documents: written inline, or in a JSON file of the folder.

use std::collections::BTreeMap;

use polity_model::{Diagnostic, Map, Origin, Value};
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};

use super::{Checker, did_you_mean, shorten};
use crate::{
    File,
    yaml::{Content, Node, Source},
};

/// Deepest nesting in a JSON file.
const MAX_DEPTH: usize = 64;

/// The JSON files of the folder, each read when it is first asked for.
pub(crate) struct Attachments<'f> {
    files: BTreeMap<&'f str, Attachment<'f>>,
}

struct Attachment<'f> {
    file: &'f File,
    read: std::cell::OnceCell<Result<Value, Box<Diagnostic>>>,
}

impl<'f> Attachments<'f> {
    pub(crate) fn new(files: impl IntoIterator<Item = &'f File>) -> Self {
        let attachment = |file| Attachment { file, read: std::cell::OnceCell::new() };
        Self { files: files.into_iter().map(|file| (file.path.as_str(), attachment(file))).collect() }
    }

    fn get(&self, path: &str) -> Option<&Result<Value, Box<Diagnostic>>> {
        self.files.get(path).map(|attachment| attachment.read.get_or_init(|| read_json(attachment.file)))
    }

    /// Warnings about files that nothing refers to, and the mistakes in those that something does.
    pub(crate) fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for (path, attachment) in &self.files {
            match attachment.read.get() {
                Some(Err(diagnostic)) => diagnostics.push((**diagnostic).clone()),
                Some(Ok(_)) => {}
                None => diagnostics.push(
                    Diagnostic::warning("unused-file", &Origin::file(path), format!("nothing refers to `{path}`"))
                        .help(format!("write `document: {path}` where it is meant to hold, or delete the file")),
                ),
            }
        }
        diagnostics
    }
}

impl Checker<'_> {
    pub(super) fn document(&mut self, source: &Source<'_>, field: &str, node: &mut Node) -> bool {
        let path = match &node.content {
            Content::Text(path) => path.clone(),
            Content::Map(entries) => match entries.as_slice() {
                [only] if only.key == "file" => match only.node.text() {
                    Some(path) => path.to_owned(),
                    None => return self.wrong_type(source, "file", "the path of a `.json` file as text", &only.node),
                },
                _ => return self.any(source, node),
            },
            _ => return self.wrong_type(source, field, "a document or the path of a `.json` file", node),
        };
        let span = node.head();
        if !path.ends_with(".json") {
            let message = format!("`{}` is not a document, nor the path of a `.json` file", shorten(&path));
            let help = "write the document as YAML, or the path of its file from the top of the manifest folder";
            self.report(source, span, "bad-value", message, help);
            return false;
        }
        let clean = path.strip_prefix("./").unwrap_or(&path);
        match self.attachments.get(clean) {
            Some(Ok(value)) => {
                node.content = Content::Value(value.clone());
                true
            }
            Some(Err(_)) => false, // said once, at the place in that file
            None => {
                let message = format!("there is no file `{}` in the manifest folder", shorten(&path));
                let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
                let files = || self.attachments.files.keys().copied();
                let meant = files().find(|known| name(known) == name(clean)).or_else(|| did_you_mean(clean, files()));
                let help = match meant {
                    Some(meant) => format!("did you mean `{meant}`? paths start at the top of the folder"),
                    None => "paths start at the top of the manifest folder".to_owned(),
                };
                self.report(source, span, "missing-file", message, &help);
                false
            }
        }
    }
}

fn read_json(file: &File) -> Result<Value, Box<Diagnostic>> {
    let source = Source::new(file)?;
    let mut reader = serde_json::Deserializer::from_str(source.text);
    let read = Canonical { depth: 0 }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    let value = read.map_err(|error| {
        let origin = located(&source, error.line(), error.column());
        let text = error.to_string();
        let said = text.split(" at line ").next().unwrap_or_default();
        Box::new(
            Diagnostic::error("bad-json", &origin, format!("this is not a JSON document: {said}"))
                .help("check commas, quotes and brackets around this place"),
        )
    })?;
    if value.as_map().is_none() {
        let origin = Origin::file(&file.path);
        let diagnostic = Diagnostic::error("bad-json", &origin, "a document must be a JSON object");
        return Err(Box::new(diagnostic.help("it starts with `{` and ends with `}`")));
    }
    Ok(value)
}

/// The origin of a line and column, both from 1; JSON's columns are bytes.
fn located(source: &Source<'_>, line: usize, column: usize) -> Origin {
    let mut origin = Origin::file(&source.file);
    let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
    let before: usize = source.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let start = (before + column.saturating_sub(1)).min(source.text.len());
    (origin.line, origin.column) = (number(line.max(1)), number(column.max(1)));
    (origin.start, origin.end) = (number(start), number((start + 1).min(source.text.len())));
    origin
}

/// Reads JSON into canonical values, and refuses a key that stands twice: the parser of the cloud would take one of
/// them, and nobody knows which.
#[derive(Clone, Copy)]
struct Canonical {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Canonical {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.depth > MAX_DEPTH {
            return Err(D::Error::custom(format!("values are nested more than {MAX_DEPTH} deep")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Canonical {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number).map_or_else(|_| Value::Decimal(number.to_string()), Value::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Decimal(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Self { depth: self.depth + 1 })? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(Self { depth: self.depth + 1 })?;
            if entries.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` stands twice")));
            }
            entries.insert(key, value);
        }
        Ok(Value::Map(entries))
    }
}
