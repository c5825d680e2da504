//! A native preventive document, attached by name to the organization, landing zones and tenants.

use std::collections::BTreeMap;

use super::{LifeState, Named, Native};
use crate::Origin;

/// A guardrail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardrail {
    /// Manifest name.
    pub name: String,
    /// Native name; the manifest name unless written.
    pub title: Option<String>,
    /// One sentence: what it prevents.
    pub description: Option<String>,
    /// The controls that it enforces and where they are attached, if it was made of controls.
    pub controls: Vec<Named>,
    /// The document on each platform type.
    pub native: Native,
    /// Active, or asked to end.
    pub state: LifeState,
    /// Native ids by platform, to adopt existing objects.
    pub ids: BTreeMap<String, String>,
    /// Former manifest names.
    pub renamed_from: Vec<String>,
    /// Where it is declared.
    pub origin: Origin,
}
