//! Frameworks: catalogs of requirements that others wrote, and which of their lines there are.

use std::{collections::BTreeMap, sync::Arc};

use polity_model::{
    Diagnostic, Origin,
    written::{Content, Written},
};

use crate::{
    control::{Control, Reader, is_name},
    words::suggestion,
};

/// The fields of a framework document and what they are, in the order in which they are written.
pub const FRAMEWORK: &[(&str, &str)] = &[
    ("kind", "`framework`."),
    ("name", "Its name, as in `satisfies: [name/id]`: kebab-case."),
    ("title", "What it is called."),
    ("version", "Which of its editions this is."),
    ("publisher", "Who writes it."),
    ("source", "Where it can be had."),
    ("complete", "Whether all of its lines are listed; `true` unless written."),
    ("note", "What a reader should know about the lines, such as whose words they are."),
    ("lines", "Its lines: `id` and `title`."),
];

/// A catalog of requirements.
#[derive(Clone, Debug)]
pub struct Framework {
    /// Its name.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// Its edition.
    pub version: Option<String>,
    /// Who writes it.
    pub publisher: Option<String>,
    /// Where it can be had.
    pub source: Option<String>,
    /// Whether all of its lines are here.
    pub complete: bool,
    /// What a reader should know.
    pub note: Option<String>,
    /// Its lines by id.
    pub lines: BTreeMap<String, Line>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A line of a framework: one requirement, or one technique of attackers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub title: String,
    /// Its place among the lines, as written.
    pub position: usize,
    /// Where it is written.
    pub origin: Origin,
}

impl Framework {
    /// Its lines in the order written, with their ids.
    pub fn in_order(&self) -> Vec<(&str, &Line)> {
        let mut lines: Vec<_> = self.lines.iter().map(|(id, line)| (id.as_str(), line)).collect();
        lines.sort_by_key(|(_, line)| line.position);
        lines
    }
}

/// Reads one; nothing if it has no name or title.
pub(super) fn read(reader: &mut Reader, written: &Written) -> Option<Framework> {
    let fields: Vec<&str> = FRAMEWORK.iter().map(|(name, _)| *name).collect();
    reader.record(written, "a framework", &fields)?;
    let name = reader.needed(written, "a framework", "name");
    if let (Some(name), Some(entry)) = (&name, written.get("name"))
        && !is_name(name)
    {
        let message = format!("`{name}` is no name of a framework");
        let help = "use lower-case letters, digits and `-`: `iso-27001-2022`";
        reader.wrong("bad-name", &entry.value.origin, message, help);
    }
    let title = reader.needed(written, "a framework", "title");
    let complete = match written.get("complete").map(|entry| &entry.value) {
        None => true,
        Some(Written { content: Content::Bool(value), .. }) => *value,
        Some(other) => {
            reader.wrong("wrong-type", &other.origin, "`complete` is true or false", "write `complete: false`");
            false
        }
    };
    let lines = lines(reader, written);
    Some(Framework {
        name: name?,
        title: title?,
        version: reader.optional(written, "version"),
        publisher: reader.optional(written, "publisher"),
        source: reader.optional(written, "source"),
        complete,
        note: reader.optional(written, "note"),
        lines,
        origin: written.origin.clone(),
    })
}

fn lines(reader: &mut Reader, written: &Written) -> BTreeMap<String, Line> {
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    let Some(Content::List(items)) = written.get("lines").map(|entry| &entry.value.content) else {
        let origin = written.get("lines").map_or(&written.origin, |entry| &entry.value.origin);
        let help = "for example `lines: [{id: AC-3, title: Access Enforcement}]`";
        reader.wrong("wrong-type", origin, "`lines` is a list of lines with `id` and `title`", help);
        return lines;
    };
    for (position, item) in items.iter().enumerate() {
        if reader.record(item, "a line", &["id", "title"]).is_none() {
            continue;
        }
        let (id, title) = (reader.needed(item, "a line", "id"), reader.needed(item, "a line", "title"));
        let (Some(id), Some(title)) = (id, title) else { continue };
        if lines.contains_key(&id) {
            let message = format!("the line `{id}` stands here twice");
            reader.wrong("repeated", &item.origin, message, "remove one of them");
            continue;
        }
        lines.insert(id, Line { title, position, origin: item.origin.clone() });
    }
    lines
}

/// Whether the requirements that a control names are lines of frameworks.
pub(super) fn check(reader: &mut Reader, frameworks: &BTreeMap<String, Arc<Framework>>, control: &Control) {
    for requirement in &control.satisfies {
        let (name, id) = (&requirement.framework, &requirement.id);
        let Some(framework) = frameworks.get(name) else {
            let help = suggestion(name, frameworks.keys().map(String::as_str), "known here");
            let message = format!("there is no framework `{name}`");
            reader.wrong("unknown-framework", &requirement.origin, message, help);
            continue;
        };
        if framework.lines.contains_key(id) {
            continue;
        }
        let near = crate::words::did_you_mean(id, framework.lines.keys().map(String::as_str));
        let help = near.map_or_else(
            || format!("`{name}` has {} lines; write the id as it is written there", framework.lines.len()),
            |near| format!("did you mean `{near}`?"),
        );
        let diagnostic = if framework.complete {
            Diagnostic::error("unknown-requirement", &requirement.origin, format!("`{name}` has no line `{id}`"))
        } else {
            let message = format!("`{id}` is not among the lines of `{name}` that are listed");
            Diagnostic::warning("unknown-requirement", &requirement.origin, message)
        };
        reader.diagnostics.push(diagnostic.help(help));
    }
}
