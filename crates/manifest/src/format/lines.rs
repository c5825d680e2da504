//! What each line of a document is: structure, a comment, or the inside of a longer value.

use saphyr_parser::{Event, ScalarStyle, Span};

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Blank,
    /// A comment alone.
    Comment,
    /// The beginning of a key, an item or a value.
    Structure,
    /// Within a block scalar: white space is content.
    Block,
    /// Within brackets, quotes or a long plain text: white space at the beginning is free.
    Inside,
}

/// The kind of every line.
pub(super) fn kinds(lines: &[&str], events: &[(Event<'_>, Span)]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = lines
        .iter()
        .map(|line| match line.trim_start() {
            "" => Kind::Blank,
            rest if rest.starts_with('#') => Kind::Comment,
            _ => Kind::Structure,
        })
        .collect();
    let mut open: Vec<(Span, bool)> = Vec::new();
    for (event, span) in events {
        match event {
            Event::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded, ..) => {
                // The parser's span begins with the content; the header is on the line above it that holds something.
                let above = lines.iter().take(span.start.line().saturating_sub(1));
                let header = above.enumerate().rfind(|(_, line)| !line.trim().is_empty());
                if let Some((header, _)) = header {
                    mark(&mut kinds, header + 1, last_of_block(lines, header + 1), Kind::Block);
                }
            }
            Event::Scalar(..) if span.end.line() > span.start.line() => {
                mark(&mut kinds, span.start.line(), span.end.line(), Kind::Inside);
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                let first =
                    lines.get(span.start.line().saturating_sub(1)).and_then(|line| line.chars().nth(span.start.col()));
                open.push((*span, matches!(first, Some('[' | '{'))));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((start, true)) = open.pop() {
                    mark(&mut kinds, start.start.line(), span.end.line(), Kind::Inside);
                }
            }
            _ => {}
        }
    }
    kinds
}

/// The last line of a block scalar, from 1: it goes on as long as lines are as far to the right as its first one.
/// Blank lines behind it are layout, unless the scalar keeps them: then the proof fails and all stays as it is.
fn last_of_block(lines: &[&str], header: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let (mut last, mut column) = (header, None);
    for (line, number) in lines.iter().zip(1..).skip(header) {
        if line.trim().is_empty() {
            continue;
        }
        if indent(line) < *column.get_or_insert_with(|| indent(line)) {
            break;
        }
        last = number;
    }
    last
}

/// Marks the lines behind `first` up to `last`, both from 1.
fn mark(kinds: &mut [Kind], first: usize, last: usize, kind: Kind) {
    for known in kinds.iter_mut().take(last).skip(first) {
        if *known != Kind::Block {
            *known = kind;
        }
    }
}
