//! The canonical layout of a file. Words and comments stay; only white space moves.
//!
//! Whatever the layout does is proved afterwards: the new text must have the same YAML events and the same visible
//! characters, and must not change when it is laid out again. A document for which this cannot be shown stays as it is.

mod layout;
mod lines;

use polity_model::Diagnostic;
use saphyr_parser::{Event, Parser, Span};

use crate::{File, yaml::Source};

/// The canonical layout; diagnostics if the file cannot be parsed.
pub(crate) fn format(file: &File) -> Result<String, Vec<Diagnostic>> {
    let source = Source::new(file).map_err(|diagnostic| vec![*diagnostic])?;
    let text = source.text;
    if file.path.ends_with(".json") {
        return Ok(text.to_owned());
    }
    if let Err(error) = events(text) {
        return Err(vec![crate::yaml::syntax_error(&source, &error)]);
    }
    let canonical = lay_out(text);
    let settled = same_content(text, &canonical) && lay_out(&canonical) == canonical;
    Ok(if settled { canonical } else { text.to_owned() })
}

/// All events of a text with their places.
fn events(text: &str) -> Result<Vec<(Event<'_>, Span)>, saphyr_parser::ScanError> {
    let mut parser = Parser::new_from_str(text);
    std::iter::from_fn(|| parser.next_event()).collect()
}

/// Whether two texts say the same, in the same words.
fn same_content(one: &str, other: &str) -> bool {
    let visible = |text: &'_ str| text.chars().filter(|character| !character.is_whitespace()).collect::<String>();
    if visible(one) != visible(other) {
        return false;
    }
    match (events(one), events(other)) {
        (Ok(one), Ok(other)) => {
            one.len() == other.len() && one.iter().zip(&other).all(|((one, _), (other, _))| one == other)
        }
        _ => false,
    }
}

fn lay_out(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let is_marker = |line: &str| line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let strange = |line: &str| {
        line.starts_with('%')
            || line.starts_with("...")
            || (is_marker(line) && !plain_marker(line))
            || line.contains('\r')
    };
    if text.lines().any(strange) {
        return text; // directives and document ends are rare, and what they mean for white space is subtle
    }
    let mut blocks: Vec<Vec<String>> = Vec::new();
    let mut document: Vec<&str> = Vec::new();
    for line in text.lines() {
        if is_marker(line) {
            blocks.push(lay_out_document(&document));
            blocks.push(vec![line.trim_end().to_owned()]);
            document.clear();
        } else {
            document.push(line);
        }
    }
    blocks.push(lay_out_document(&document));
    let blocks: Vec<String> =
        blocks.into_iter().filter(|block| !block.is_empty()).map(|block| block.join("\n")).collect();
    let mut canonical = blocks.join("\n");
    if !canonical.is_empty() {
        canonical.push('\n');
    }
    canonical
}

/// A `---` with at most a comment behind it.
fn plain_marker(line: &str) -> bool {
    let rest = line.strip_prefix("---").unwrap_or_default().trim();
    rest.is_empty() || rest.starts_with('#')
}

/// The lines of one document in canonical layout, or as they are where that is not certain.
fn lay_out_document(lines: &[&str]) -> Vec<String> {
    let text = lines.join("\n") + "\n";
    if let Ok(events) = events(&text)
        && let Some(canonical) = layout::lay_out(lines, &lines::kinds(lines, &events))
        && same_content(&text, &(canonical.join("\n") + "\n"))
    {
        return canonical;
    }
    let blank = |line: &&&str| line.trim().is_empty();
    let leading = lines.iter().take_while(blank).count();
    let trailing = lines.iter().skip(leading).rev().take_while(blank).count();
    let kept = lines.len() - leading - trailing;
    lines.iter().skip(leading).take(kept).map(|line| (*line).to_owned()).collect()
}
