//! What the platform types add to the manifest language, as data: so the language itself names no cloud.

use std::collections::BTreeMap;

use crate::{coverage::Covered, shape::Field};

/// All platform types that this build of Polity knows, by type name.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// By type name, as in `type:` of a platform.
    pub types: BTreeMap<String, PlatformType>,
}

/// What one platform type adds to the nouns.
#[derive(Clone, Debug, Default)]
pub struct PlatformType {
    /// For people: "Nimbus Cloud Platform".
    pub title: &'static str,
    /// Further top-level fields of a `platform` of this type; they land in `Platform::native`.
    pub platform: Vec<Field>,
    /// Name of the field of a `platform` that says which native organization it is. Two platforms with the same value
    /// are one, and the tenant with this id holds all the others. Empty: there is none.
    pub home: &'static str,
    /// Fields of the section named like the type in a `role`; they land in `Role::native`.
    pub role: Vec<Field>,
    /// Fields of the section in a `guardrail`.
    pub guardrail: Vec<Field>,
    /// Fields of the section in `settings:` of an organization, landing zone, project or tenant.
    pub settings: Vec<Field>,
    /// Region names, for "did you mean"; empty where the platform has none that are known.
    pub regions: Vec<&'static str>,
    /// Longest name of a tenant, in characters.
    pub tenant_name_max: usize,
    /// What names and ids of tenants begin with that are the platform's own: no manifest governs those.
    pub tenants_reserved: Vec<&'static str>,
    /// Whether every tenant needs an e-mail address of its own.
    pub tenant_email: bool,
    /// Currencies that budgets may use; empty: any.
    pub currencies: Vec<&'static str>,
    /// Deepest nesting of landing zones; 0: no limit.
    pub landing_zone_depth: usize,
    /// How far it can express the nouns and fields of the language. What it cannot is told where it is written.
    pub coverage: Vec<Covered>,
}
