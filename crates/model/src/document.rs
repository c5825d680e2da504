//! A manifest document as plain data: what adoption makes of a living organization, before it becomes YAML text.

use crate::Value;

/// One document of a manifest folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Path of the file it goes into, relative to the folder: `landing-zones/prod.yaml`. Several may share one.
    pub path: String,
    /// Comment above it, without `#`.
    pub comment: Option<String>,
    /// Fields in the order in which they are written; `kind` and `name` first.
    pub fields: Vec<(String, Value)>,
}
