//! Diagnostics for a person at a terminal, for GitHub's annotations, and as JSON.

use std::{collections::BTreeMap, ops::Range};

use annotate_snippets::{AnnotationKind, Group, Level, Origin as Place, Renderer, Snippet};
use polity_manifest::File;
use polity_model::{Diagnostic, Origin, Severity, diagnostic::Label};
use serde_json::json;

use super::{clean, count, thousands};
use crate::{
    controls::BUILT_IN,
    terminal::{ALARM, GREEN, YELLOW, paint},
};

/// Version of the JSON form.
pub(crate) const VERSION: &str = "polity.check/v1";

/// So many are shown in full; a folder with a thousand mistakes has one cause.
const SHOWN: usize = 50;

/// So many errors and warnings of one code are shown in full.
const ALIKE: (usize, usize) = (20, 4);

/// Longest stretch of a line that is shown, in bytes.
const WIDEST: usize = 240;

/// Texts by path, for the lines that are shown under a message.
pub(crate) fn sources(files: &[File]) -> BTreeMap<&str, &str> {
    files.iter().filter_map(|file| Some((file.path.as_str(), std::str::from_utf8(&file.bytes).ok()?))).collect()
}

/// All diagnostics with the lines they speak of. `prefix` leads to the manifest folder from where the reader stands, so
/// that a terminal can open the places that are named.
pub(crate) fn human(diagnostics: &[Diagnostic], sources: &BTreeMap<&str, &str>, prefix: &str, all: bool) -> String {
    let mut text = String::new();
    // Errors first: a warning is rarely what keeps somebody awake.
    let (errors, warnings): (Vec<_>, Vec<_>) = diagnostics.iter().partition(|diagnostic| diagnostic.is_error());
    let (mut shown, mut of_code): (usize, BTreeMap<&str, usize>) = (0, BTreeMap::new());
    for diagnostic in errors.into_iter().chain(warnings) {
        let alike = of_code.entry(&diagnostic.code).or_default();
        *alike += 1;
        let most = if diagnostic.is_error() { ALIKE.0 } else { ALIKE.1 };
        if all || (shown < SHOWN && *alike <= most) {
            text.push_str(&one(diagnostic, sources, prefix));
            text.push_str("\n\n");
            shown += 1;
        }
    }
    if diagnostics.len() > shown {
        let rest = thousands(diagnostics.len() - shown);
        text.push_str(&format!("... and {rest} more of the same sort; `-v` shows all of them\n\n"));
    }
    text
}

/// `3 errors and 1 warning in 2 of 14 files`, or that all is well.
pub(crate) fn summary(diagnostics: &[Diagnostic], files: usize, organization: Option<&str>) -> String {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let warnings = diagnostics.len() - errors;
    let mut places: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.at.origin.file.as_ref()).collect();
    places.sort_unstable();
    places.dedup();
    let of_files = format!("in {} of {}", places.len(), count(files.max(places.len()), "file"));
    match (errors, warnings) {
        (0, 0) => {
            let organization = organization.map_or_else(String::new, |text| format!(": {text}"));
            paint(GREEN, format!("no mistakes in {}{organization}", count(files, "file")))
        }
        (0, warnings) => paint(YELLOW, format!("{} {of_files}", count(warnings, "warning"))),
        (errors, 0) => paint(ALARM, format!("{} {of_files}", count(errors, "error"))),
        (errors, warnings) => {
            paint(ALARM, format!("{} and {} {of_files}", count(errors, "error"), count(warnings, "warning")))
        }
    }
}

fn one(diagnostic: &Diagnostic, sources: &BTreeMap<&str, &str>, prefix: &str) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(clean(&diagnostic.message)).id(diagnostic.code.clone());
    let mut group = Group::with_title(title);
    let mut labels = vec![(&diagnostic.at, AnnotationKind::Primary)];
    labels.extend(diagnostic.related.iter().map(|label| (label, AnnotationKind::Context)));
    for (label, kind) in labels {
        group = match sources.get(label.origin.file.as_ref()).and_then(|text| window(text, &label.origin)) {
            Some(window) => group.element(snippet(label, kind, window, prefix)),
            // What lies in this binary is in nobody's folder.
            None if label.origin.file.starts_with(BUILT_IN) => group.element(Place::path(clean(&label.origin.file))),
            None => group.element(Place::path(format!("{prefix}{}", clean(&label.origin.file)))),
        };
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(clean(help)));
    }
    Renderer::styled().render(&[group])
}

fn snippet(
    label: &Label,
    kind: AnnotationKind,
    window: Window,
    prefix: &str,
) -> Snippet<'static, annotate_snippets::Annotation<'static>> {
    let mut annotation = kind.span(window.span);
    if !label.text.is_empty() {
        annotation = annotation.label(clean(&label.text));
    }
    Snippet::source(window.text)
        .path(format!("{prefix}{}", clean(&label.origin.file)))
        .line_start(label.origin.line as usize)
        .annotation(annotation)
}

/// The lines of a value, and where in them it stands: never the whole file, which may be millions of lines.
struct Window {
    text: String,
    span: Range<usize>,
}

fn window(source: &str, origin: &Origin) -> Option<Window> {
    let start = boundary(source, origin.start as usize);
    let end = boundary(source, (origin.end as usize).max(start));
    if origin.end == 0 {
        return None; // the whole file is meant
    }
    let line = source.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let line_end = source.get(start..)?.find('\n').map_or(source.len(), |at| start + at);
    // Only the first line of a long value is underlined, and only a readable stretch of a long line is shown.
    let end = end.min(line_end).max(start);
    let from = if start - line > WIDEST / 2 { boundary(source, start - WIDEST / 2) } else { line };
    let to = boundary(source, line_end.min(from + WIDEST));
    let text: String = source.get(from..to)?.to_owned();
    let span = (start - from)..(end.min(to) - from).max(start - from);
    Some(Window { text, span })
}

/// The nearest character boundary at or before a byte.
fn boundary(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// GitHub's workflow commands: one annotation per diagnostic, beside the line in the pull request.
pub(crate) fn github(diagnostics: &[Diagnostic], prefix: &str) -> String {
    let property = |text: &str| escape(text).replace(':', "%3A").replace(',', "%2C");
    let mut text = String::new();
    for diagnostic in diagnostics {
        let word = if diagnostic.is_error() { "error" } else { "warning" };
        let origin = &diagnostic.at.origin;
        let mut message = diagnostic.message.clone();
        if let Some(help) = &diagnostic.help {
            message.push_str(&format!("\nhelp: {help}"));
        }
        for label in &diagnostic.related {
            message.push_str(&format!("\n{}: {}", label.origin, label.text));
        }
        text.push_str(&format!(
            "::{word} file={},line={},col={},title={}::{}\n",
            property(&format!("{prefix}{}", origin.file)),
            origin.line,
            origin.column,
            property(&diagnostic.code),
            escape(&message),
        ));
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The JSON form.
pub(crate) fn json(diagnostics: &[Diagnostic], files: usize) -> serde_json::Value {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    json!({
        "version": VERSION,
        "files": files,
        "errors": errors,
        "warnings": diagnostics.len() - errors,
        "diagnostics": diagnostics,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::plain;

    const TEXT: &str = "kind: team\nname: payments\npeople: [ada, bbo]\n";

    fn origin(line: u32, column: u32, start: u32, end: u32) -> Origin {
        Origin { file: "teams.yaml".into(), line, column, start, end }
    }

    fn typo() -> Diagnostic {
        Diagnostic::error("unknown-name", &origin(3, 15, 39, 42), "there is no person `bbo`")
            .label("not found")
            .related(&origin(2, 7, 17, 25), "in this team")
            .help("did you mean `bob`?")
    }

    fn render(diagnostics: &[Diagnostic], text: &str) -> String {
        plain(&human(diagnostics, &BTreeMap::from([("teams.yaml", text)]), "org/", false))
    }

    #[test]
    fn shows_the_line_the_word_and_the_way_out() {
        insta::assert_snapshot!(render(&[typo()], TEXT));
    }

    #[test]
    fn errors_come_before_warnings_and_whole_files_have_no_line() {
        let warning = Diagnostic::warning("expired", &origin(1, 7, 6, 10), "this access expired on 2026-01-31");
        let file = Diagnostic::error("file-too-large", &Origin::file("big.yaml"), "`big.yaml` is 100 MB large");
        insta::assert_snapshot!(render(&[warning, file], TEXT));
    }

    #[test]
    fn a_long_line_and_a_wrong_place_do_not_break_the_view() {
        let long = format!("people: [{}]", "ä, ".repeat(5_000));
        let middle = Diagnostic::error("x", &origin(1, 4_000, 8_002, 8_003), "here");
        let text = render(&[middle], &long);
        assert!(text.lines().all(|line| line.chars().count() < 300), "{text}");
        let outside = Diagnostic::error("x", &origin(900, 1, 80_000, 90_000), "beyond the end");
        assert!(render(&[outside], TEXT).contains("beyond the end"));
    }

    #[test]
    fn a_thousand_mistakes_are_summed_up() {
        let many = vec![typo(); 1_000];
        let text = render(&many, TEXT);
        assert!(text.ends_with("... and 980 more of the same sort; `-v` shows all of them\n\n"));
        assert_eq!(plain(&summary(&many, 7, None)), "1,000 errors in 1 of 7 files");
    }

    #[test]
    fn the_summary_counts() {
        let warning = Diagnostic::warning("x", &Origin::file("a.yaml"), "x");
        assert_eq!(plain(&summary(&[], 3, Some("12 tenants"))), "no mistakes in 3 files: 12 tenants");
        assert_eq!(plain(&summary(&[warning.clone(), typo()], 3, None)), "1 error and 1 warning in 2 of 3 files");
        assert_eq!(plain(&summary(&[warning], 1, None)), "1 warning in 1 of 1 file");
    }

    #[test]
    fn annotations_are_escaped() {
        let odd = Diagnostic::error("odd", &Origin::file("a,b.yaml"), "100% wrong\nsecond line");
        insta::assert_snapshot!(github(&[typo(), odd], "org/"));
    }

    #[test]
    fn json_is_versioned() {
        insta::assert_json_snapshot!(json(&[typo()], 2));
    }
}
