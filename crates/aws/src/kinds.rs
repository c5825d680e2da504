//! The kinds of AWS, one line each. A kind comes behind those it refers to.

use polity_provider::Kind;

/// All kinds.
pub fn all() -> Vec<Box<dyn Kind>> {
    vec![]
}
