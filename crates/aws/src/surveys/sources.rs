//! Which calls fill which fields, as data: the reference is made of it, and a test holds the rows against it.

use polity_provider::ReadOperation;

use super::{identities, object_stores};

/// Fields of one facet that are filled by the same calls.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Name of the facet.
    pub facet: &'static str,
    /// Names of its fields.
    pub fields: &'static [&'static str],
    /// The calls; none where AWS does not tell.
    pub calls: &'static [&'static ReadOperation],
}

/// Every source of every survey. A field that stands nowhere here is not read.
pub fn sources() -> Vec<Source> {
    [object_stores::SOURCES, identities::SOURCES].concat()
}
