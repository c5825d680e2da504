//! When resources of a region were last backed up, as AWS Backup tells: one list for all kinds of resources.

use std::collections::BTreeMap;

use polity_model::facet::Datum;
use polity_provider::Reader;
use serde_json::Value as Json;

use super::{
    answer::{moment, repeated, text},
    support::{Answered as _, Known},
};
use crate::{client::rest_pages, operations::backup};

/// The last backup of each resource, by ARN.
pub(super) struct Backups(Known<BTreeMap<String, Datum>>);

/// Reads the backups of the reader's region.
pub(super) async fn of_region(reader: &Reader) -> Backups {
    let names = ("NextToken", "nextToken");
    let pages = rest_pages(reader, &backup::LIST_PROTECTED_RESOURCES, "/resources/", names, false).await.known();
    let entry = |one: &Json| Some((text(one, "ResourceArn")?.to_owned(), moment(one, "LastBackupTime")));
    Backups(pages.map(|pages| pages.iter().flat_map(|page| repeated(page, "Results")).filter_map(entry).collect()))
}

impl Backups {
    /// When this was last backed up by AWS Backup; absent if never.
    pub(super) fn last(&self, arn: &str) -> Datum {
        match &self.0 {
            Ok(found) => found.get(arn).cloned().unwrap_or(Datum::Absent),
            Err(reason) => Datum::Unknown(reason.clone()),
        }
    }
}
