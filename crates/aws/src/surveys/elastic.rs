//! Lists of EC2: all their pages, and the words that many of them share.

use polity_model::facet::Datum;
use polity_provider::{Error, ReadOperation, Reader};
use serde_json::Value as Json;

use super::answer::{tags, text, wrapped};
use crate::client::query_pages;

/// All items of a list, by the name of the element that holds them.
pub(super) async fn list(
    reader: &Reader,
    operation: &ReadOperation,
    parameters: &[(&str, &str)],
    set: &str,
) -> Result<Vec<Json>, Error> {
    let mut asked: Vec<(&str, String)> = parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    asked.push(("MaxResults", "100".to_owned()));
    all(reader, operation, &asked, set).await
}

/// As [`list`], for lists that do not let us say how long a page may be.
pub(super) async fn list_whole(
    reader: &Reader,
    operation: &ReadOperation,
    parameters: &[(&str, &str)],
    set: &str,
) -> Result<Vec<Json>, Error> {
    let asked: Vec<(&str, String)> = parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    all(reader, operation, &asked, set).await
}

async fn all(
    reader: &Reader,
    operation: &ReadOperation,
    asked: &[(&str, String)],
    set: &str,
) -> Result<Vec<Json>, Error> {
    let pages = query_pages(reader, operation, asked, ("nextToken", "NextToken")).await?;
    Ok(pages.iter().flat_map(|page| wrapped(page, set)).cloned().collect())
}

/// The tags of a resource of EC2.
pub(super) fn tags_of(resource: &Json) -> Datum {
    tags(&wrapped(resource, "tagSet"), "key", "value")
}

/// The name of a resource of EC2, which is a tag; its id where it has none.
pub(super) fn name_of<'r>(resource: &'r Json, id: &'r str) -> &'r str {
    let tags = wrapped(resource, "tagSet");
    tags.into_iter().find(|tag| text(tag, "key") == Some("Name")).and_then(|tag| text(tag, "value")).unwrap_or(id)
}
