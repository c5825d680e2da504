//! What is read for controls, one line each. A survey fills rows of facets by list calls; what it could not read is an
//! unknown with its reason, and what it never reads stays unknown.
//!
//! **Never here:** a guess, a default in the place of an answer, or the content of anything that is stored.

mod account_settings;
mod amid;
mod answer;
mod authorizations;
mod backups;
mod databases;
mod elastic;
mod functions;
mod guardrails;
mod identities;
mod images;
mod keys;
mod log_stores;
mod log_trails;
mod machines;
mod network_rules;
mod networks;
mod object_stores;
mod plain_secrets;
mod policy_document;
mod reading;
mod secrets;
mod snapshots;
mod sources;
mod support;
mod vendor_keys;
mod volumes;

use std::sync::Arc;

use polity_provider::Survey;

pub use self::sources::{Source, reference, sources};
use self::{
    amid::Amid,
    reading::{Read, Reading},
};
use crate::{
    door::Door,
    scopes::{ACCOUNT, REGION},
};

/// All surveys.
pub(crate) fn all(door: &Arc<Door>) -> Vec<Box<dyn Survey>> {
    let amid = Arc::new(Amid::new(door));
    let survey = |name, facets, level, read: Read| -> Box<dyn Survey> {
        Box::new(Reading { name, facets, level, read, amid: Arc::clone(&amid) })
    };
    vec![
        survey("object-stores", &["object_store", "log_store"], ACCOUNT, object_stores::read),
        survey("identities", &["identity", "credential", "grant"], ACCOUNT, identities::read),
        survey("network-rules", &["network_rule"], REGION, network_rules::read),
        survey("networks", &["network"], REGION, networks::read),
        survey("machines", &["machine"], REGION, machines::read),
        survey("volumes", &["volume"], REGION, volumes::read),
        survey("snapshots", &["snapshot"], REGION, snapshots::read),
        survey("images", &["image"], REGION, images::read),
        survey("keys", &["key"], REGION, keys::read),
        survey("databases", &["database"], REGION, databases::read),
        survey("functions", &["function"], REGION, functions::read),
        survey("log-trails", &["log_trail"], ACCOUNT, log_trails::read),
        survey("regional-log-trails", &["log_trail"], REGION, log_trails::read_regional),
        survey("log-stores", &["log_store"], REGION, log_stores::read),
        survey("secrets", &["secret"], REGION, secrets::read),
        survey("account-settings", &["account_settings"], ACCOUNT, account_settings::read),
    ]
}
