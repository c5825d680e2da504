//! A survey as a function: what differs from one to the next is its name, its facets, its level, and how it reads.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use polity_provider::{Error, Reader, Survey, Surveyed};

use super::{amid::Amid, support::gaps};

/// How a survey reads: all that the account or region of the reader has.
pub(super) type Read = for<'r> fn(&'r Amid, &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>>;

/// A survey.
pub(super) struct Reading {
    pub(super) name: &'static str,
    pub(super) facets: &'static [&'static str],
    pub(super) level: &'static str,
    pub(super) read: Read,
    pub(super) amid: Arc<Amid>,
}

#[async_trait]
impl Survey for Reading {
    fn name(&self) -> &'static str {
        self.name
    }

    fn facets(&self) -> &'static [&'static str] {
        self.facets
    }

    fn level(&self) -> &'static str {
        self.level
    }

    /// A list that cannot be had is a gap.
    async fn rows(&self, reader: &Reader) -> Result<Surveyed, Error> {
        match (self.read)(&self.amid, reader).await {
            Ok(surveyed) => Ok(surveyed),
            Err(error) => gaps(reader, self.facets, error),
        }
    }
}
