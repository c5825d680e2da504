//! The nouns of the language: one file per noun holds its fields and what becomes of them. Checker, JSON Schema and
//! reference all read this one registry.

mod body;
mod common;
mod control;
mod draft;
mod guardrail;
mod landing_zone;
mod organization;
mod people;
mod platform;
mod project;
mod role;
mod tenant;
mod unit;

use polity_model::shape::Field;

pub(crate) use body::Body;
pub(crate) use draft::{Declared, Draft, NOUNS};
pub(crate) use organization::VERSION;
pub(crate) use tenant::fields as tenant_fields;

use crate::check::Sections;

/// One noun: a document of this `kind`.
pub(crate) struct Noun {
    /// As written in `kind:`.
    pub(crate) name: &'static str,
    /// What it is, for editors and the reference.
    pub(crate) doc: &'static str,
    /// Its fields, besides `kind` and `name`.
    pub(crate) fields: Vec<Field>,
    /// Sections named like platform types.
    pub(crate) sections: Sections,
    /// Takes a checked document into the draft.
    pub(crate) read: fn(Body<'_>, &mut Draft),
}

/// All nouns, in the order in which a newcomer meets them.
pub(crate) fn nouns() -> Vec<Noun> {
    vec![
        organization::noun(),
        platform::noun(),
        landing_zone::noun(),
        unit::noun(),
        people::person(),
        people::team(),
        people::workload(),
        role::noun(),
        guardrail::noun(),
        control::noun(),
        control::baseline(),
        control::framework(),
        control::exemption(),
        project::noun(),
    ]
}
