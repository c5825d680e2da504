//! What is read for controls, one line each. A survey fills rows of facets by list calls; what it could not read is an
//! unknown with its reason, and what it never reads stays unknown.
//!
//! **Never here:** a guess, a default in the place of an answer, or the content of anything that is stored.

mod amid;
mod answer;
mod authorizations;
mod backups;
mod identities;
mod object_stores;
mod policy_document;
mod sources;
mod support;

use std::sync::Arc;

use polity_provider::Survey;

use self::amid::Amid;
pub use self::sources::{Source, sources};
use crate::door::Door;

/// All surveys.
pub(crate) fn all(door: &Arc<Door>) -> Vec<Box<dyn Survey>> {
    let amid = Arc::new(Amid::new(door));
    vec![
        Box::new(object_stores::ObjectStores::new(&amid)),
        Box::new(identities::Identities::new(&amid)),
    ]
}
