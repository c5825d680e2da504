//! The contract of a survey: resources that are read and judged, never managed. It answers rows of facets, and nothing else.

use async_trait::async_trait;
use polity_model::{facet::Row, inventory::Gap};

use crate::{Error, Reader};

/// Reads resources of one type into rows of facets, by list calls wherever the cloud has them.
#[async_trait]
pub trait Survey: Send + Sync {
    /// What it is called, kebab-case, unique within its provider: `object-stores`.
    fn name(&self) -> &'static str;

    /// Names of the facets that it gives rows of.
    fn facets(&self) -> &'static [&'static str];

    /// Level of the scopes that it reads in, as in [`polity_model::resource::Scope`].
    fn level(&self) -> &'static str;

    /// All rows in the reader's scope. What could not be read of a resource is an unknown with its reason in the row;
    /// what could not even be listed is a gap.
    async fn rows(&self, reader: &Reader) -> Result<Surveyed, Error>;
}

/// What a survey found in one scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surveyed {
    /// One for each resource and facet.
    pub rows: Vec<Row>,
    /// What could not be listed: nothing is known of the resources there, not even whether there are any.
    pub gaps: Vec<Gap>,
}

impl From<Vec<Row>> for Surveyed {
    fn from(rows: Vec<Row>) -> Self {
        Self { rows, gaps: Vec::new() }
    }
}
