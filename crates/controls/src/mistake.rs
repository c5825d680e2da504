//! What is wrong with an assertion, and where in it.

use polity_model::{Diagnostic, Origin, Severity};

use crate::syntax::Span;

/// One thing that is wrong, or most likely not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Stable kebab-case name: `unknown-field`.
    pub code: &'static str,
    /// An error, or a warning.
    pub severity: Severity,
    /// Where in the assertion.
    pub span: Span,
    /// The sentence.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

impl Mistake {
    pub(crate) fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, span, message: message.into(), help: None }
    }

    pub(crate) fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether this alone keeps the assertion from being used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The message for people, where `text` is the assertion and `origin` the place of the whole of it.
    pub fn diagnostic(&self, text: &str, origin: &Origin) -> Diagnostic {
        let diagnostic = match self.severity {
            Severity::Error => Diagnostic::error(self.code, &within(origin, text, self.span), &self.message),
            Severity::Warning => Diagnostic::warning(self.code, &within(origin, text, self.span), &self.message),
        };
        match &self.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}

/// The place of a part of a written text. Exact where the text is written on one line as it is, plain or in quotes;
/// otherwise (folded over lines, with escapes) the place of the whole.
fn within(origin: &Origin, text: &str, span: Span) -> Origin {
    let written = origin.end.saturating_sub(origin.start) as usize;
    let quote = match written.checked_sub(text.len()) {
        Some(0) => 0,
        // Quotes around it, and no quote or backslash within that would have to be written another way.
        Some(2) if !text.contains(['\\', '\n']) => 1,
        _ => return origin.clone(),
    };
    let (Some(before), Ok(start), Ok(end)) =
        (text.get(..span.start), u32::try_from(quote + span.start), u32::try_from(quote + span.end))
    else {
        return origin.clone();
    };
    if text.contains('\n') {
        return origin.clone();
    }
    let column = origin.column + quote as u32 + u32::try_from(before.chars().count()).unwrap_or_default();
    Origin { column, start: origin.start + start, end: origin.start + end, ..origin.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_within_a_line_are_exact() {
        let text = "a == 'ä' && bad";
        let start = text.find("bad").unwrap();
        let span = Span { start, end: start + 3 };
        let length = u32::try_from(text.len()).unwrap();
        let whole = Origin { line: 7, column: 13, start: 100, end: 102 + length, ..Origin::file("c.yaml") };
        let place = within(&whole, text, span);
        assert_eq!((place.line, place.column, place.start), (7, 13 + 1 + 12, 101 + 13));
        let folded = Origin { end: 140, ..whole };
        assert_eq!(within(&folded, text, span), folded);
    }
}
