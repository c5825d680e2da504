//! A node of the platform tree: where a tenant sits, and which guardrails it is born with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Access, Attachment, LifeState, Named, Native, Quota};
use crate::Origin;

/// What to do with objects that the manifest does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Report them, touch nothing.
    #[default]
    Observe,
    /// Take over what the manifest names and finds; report the rest.
    Adopt,
    /// As `adopt`, and take away foreign access, attachments and settings. Never containers or identities.
    Own,
}

/// A landing zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LandingZone {
    /// Manifest name.
    pub name: String,
    /// Native name; the manifest name unless written.
    pub title: Option<String>,
    /// The landing zone above; directly under the platform's root without one.
    pub parent: Option<Named>,
    /// Platforms on which it exists; all platforms if empty.
    pub platforms: Vec<Named>,
    /// Overrides the platform's mode here and below.
    pub mode: Option<Mode>,
    /// Guardrails attached here; native inheritance carries them down.
    pub guardrails: Vec<Named>,
    /// Controls attached here; they hold here and below.
    pub controls: Vec<Attachment>,
    /// Settings of the tenants here and below.
    pub settings: Native,
    /// Quota of each of the tenants here and below, where nothing nearer says otherwise.
    pub quota: Option<Quota>,
    /// Access to the tenants here and below.
    pub access: Vec<Access>,
    /// Native tags.
    pub tags: BTreeMap<String, String>,
    /// Active, or asked to end.
    pub state: LifeState,
    /// Native ids by platform, to adopt existing objects.
    pub ids: BTreeMap<String, String>,
    /// Former manifest names.
    pub renamed_from: Vec<String>,
    /// Where it is declared.
    pub origin: Origin,
}
