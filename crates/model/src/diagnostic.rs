//! A message about the user's text. Collected, never thrown: a folder shows all of its mistakes at once.

use serde::{Deserialize, Serialize};

use crate::Origin;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The manifest cannot be used.
    Error,
    /// The manifest can be used, but most likely does not say what was meant.
    Warning,
}

/// One message: what, where, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Stable kebab-case name of this mistake, for searching and for suppressing: `unknown-field`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The sentence: lower case, no final stop, the user's words in backticks.
    pub message: String,
    /// Where it stands, and a word on it to print under the text.
    pub at: Label,
    /// Other places that matter: the first definition of a duplicate, the other links of a cycle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Label>,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// A place and a word on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Label {
    /// The place.
    pub origin: Origin,
    /// The word on it; may be empty.
    pub text: String,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &str, origin: &Origin, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, origin, message)
    }

    /// A warning at a place.
    pub fn warning(code: &str, origin: &Origin, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, origin, message)
    }

    fn new(severity: Severity, code: &str, origin: &Origin, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            severity,
            message: message.into(),
            at: Label { origin: origin.clone(), text: String::new() },
            related: Vec::new(),
            help: None,
        }
    }

    /// Adds a word to print under the text.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.at.text = text.into();
        self
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn related(mut self, origin: &Origin, text: impl Into<String>) -> Self {
        self.related.push(Label { origin: origin.clone(), text: text.into() });
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether this alone makes the manifest unusable.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
