//! One cloud, connected.

use super::Mode;
use crate::{Origin, Value};

/// A platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// Manifest name.
    pub name: String,
    /// Platform type, a key of the vocabulary.
    pub kind: String,
    /// What to do with foreign objects where no landing zone says otherwise.
    pub mode: Mode,
    /// Further fields, as the type's vocabulary declares them: a `Map`.
    pub native: Value,
    /// Where it is declared.
    pub origin: Origin,
}
