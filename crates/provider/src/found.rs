//! Words for what a reading found.

use polity_model::{
    Map, Value,
    resource::{Observed, Scope},
};

/// An object that was read, still without attributes.
pub fn observed(kind: &str, scope: &Scope, id: &str, name: &str, attributes: Map) -> Observed {
    Observed {
        kind: kind.to_owned(),
        scope: scope.name.clone(),
        id: id.to_owned(),
        name: name.to_owned(),
        attributes,
        keys: Vec::new(),
        mark: None,
        vendor: None,
        ended: None,
    }
}

/// Attributes from pairs.
pub fn attributes<const N: usize>(pairs: [(&str, Value); N]) -> Map {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
