//! A named bundle of permissions, mapped per platform type.

use std::collections::BTreeMap;

use super::Native;
use crate::Origin;

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Manifest name.
    pub name: String,
    /// Native name; the manifest name unless written.
    pub title: Option<String>,
    /// One sentence.
    pub description: Option<String>,
    /// Whether it can change everything: such holders are counted by the brakes.
    pub admin: bool,
    /// What it is on each platform type.
    pub native: Native,
    /// Native ids by platform, to adopt existing objects.
    pub ids: BTreeMap<String, String>,
    /// Former manifest names.
    pub renamed_from: Vec<String>,
    /// Where it is declared.
    pub origin: Origin,
}
