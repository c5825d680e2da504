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
            Event::Scalar(_, style, ..) if span.end.line() > span.start.line() => {
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let last = last_line(lines, span, block);
                mark(&mut kinds, span.start.line(), last, if block { Kind::Block } else { Kind::Inside });
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

/// The last line that belongs to a value, from 1. A block scalar ends where the next token begins.
fn last_line(lines: &[&str], span: &Span, block: bool) -> usize {
    let end = span.end.line();
    if !block {
        return end;
    }
    let before: String =
        lines.get(end.saturating_sub(1)).map_or(String::new(), |line| line.chars().take(span.end.col()).collect());
    let mut last = if before.trim().is_empty() { end.saturating_sub(1) } else { end };
    // Blank lines behind it are layout, unless the scalar keeps them: then the proof fails and all stays as it is.
    while last > span.start.line() && lines.get(last - 1).is_some_and(|line| line.trim().is_empty()) {
        last -= 1;
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
