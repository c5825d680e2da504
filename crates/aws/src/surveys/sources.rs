//! Which calls fill which fields, as data: the reference is made of it, and a test holds the rows against it.

use polity_provider::ReadOperation;

use super::{
    account_settings, databases, functions, identities, images, keys, log_stores, log_trails, machines, network_rules,
    networks, object_stores, secrets, snapshots, volumes,
};

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
    [
        object_stores::SOURCES,
        identities::SOURCES,
        network_rules::SOURCES,
        networks::SOURCES,
        machines::SOURCES,
        volumes::SOURCES,
        snapshots::SOURCES,
        images::SOURCES,
        keys::SOURCES,
        databases::SOURCES,
        functions::SOURCES,
        log_trails::SOURCES,
        log_stores::SOURCES,
        secrets::SOURCES,
        account_settings::SOURCES,
    ]
    .concat()
}
