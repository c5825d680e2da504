//! Tags of what AWS Organizations holds, and our mark among them.
//!
//! The Resource Groups Tagging API lists the tags of all accounts, organizational units and policies a hundred at a
//! time. Where it does not answer for them (some partitions and endpoints), each object is asked for its own.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
};

use polity_model::{
    Map, Value,
    resource::{MARK_ATTRIBUTE, Mark},
};
use polity_provider::{Ask, Error, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    support::{each, is_absent, optional, text},
    tree::Shared,
};
use crate::{
    client::{Caller as _, pages},
    operations::{
        organizations::{LIST_TAGS, TAG_RESOURCE, UNTAG_RESOURCE},
        tagging::GET_RESOURCES,
    },
};

/// Tags of one object, ours and AWS's own included.
pub(crate) type Tags = BTreeMap<String, String>;

/// The tagging API is an index that lags behind by seconds: where it lacks no more objects than this, they are asked.
const FEW: usize = 25;

/// The tags of these objects, by id.
pub(crate) async fn of_all(reader: &Reader, shared: &Shared, ids: &[String]) -> Result<BTreeMap<String, Tags>, Error> {
    let known = in_bulk(reader, shared).await?;
    let (told, missing): (Vec<&String>, Vec<&String>) = ids.iter().partition(|id| known.contains_key(*id));
    let mut tags: BTreeMap<String, Tags> =
        told.into_iter().filter_map(|id| Some((id.clone(), known.get(id)?.clone()))).collect();
    if known.is_empty() || missing.len() <= FEW {
        let asked = each(missing, |id| async move { Ok((id.clone(), of_one(reader, id).await?)) }).await?;
        tags.extend(asked);
    }
    Ok(tags)
}

/// The tags of one object; none when it is not there (any more).
pub(crate) async fn of_one(reader: &Reader, id: &str) -> Result<Tags, Error> {
    match pages(reader, &LIST_TAGS, json!({"ResourceId": id}), "Tags").await {
        Ok(tags) => pairs(&tags),
        Err(error) if is_absent(&error) => Ok(Tags::new()),
        Err(error) => Err(error),
    }
}

/// All that the tagging API knows; empty where it does not answer for organizations.
async fn in_bulk(reader: &Reader, shared: &Shared) -> Result<Arc<BTreeMap<String, Tags>>, Error> {
    if shared.untold.load(Ordering::Relaxed) {
        return Ok(Arc::default());
    }
    let answer = match shared.tags.join(read_bulk(reader)).await {
        Err(error) if matches!(error.problem, Problem::Unsupported | Problem::Denied | Problem::Invalid) => {
            Arc::default()
        }
        answer => answer?,
    };
    if answer.is_empty() {
        // An empty answer is what an endpoint gives that does not index organizations; or nothing is tagged at all.
        shared.untold.store(true, Ordering::Relaxed);
    }
    Ok(answer)
}

async fn read_bulk(reader: &Reader) -> Result<Arc<BTreeMap<String, Tags>>, Error> {
    let types = ["organizations:account", "organizations:ou", "organizations:policy"];
    let body = json!({"ResourceTypeFilters": types, "ResourcesPerPage": 100});
    let mut all = BTreeMap::new();
    for mapping in pages(reader, &GET_RESOURCES, body, "ResourceTagMappingList").await? {
        let id = text(&mapping, "ResourceARN")?.rsplit('/').next().unwrap_or_default();
        let tags = mapping.get("Tags").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        all.insert(id.to_owned(), pairs(tags)?);
    }
    Ok(Arc::new(all))
}

fn pairs(tags: &[Json]) -> Result<Tags, Error> {
    tags.iter()
        .map(|tag| Ok((text(tag, "Key")?.to_owned(), optional(tag, "Value").unwrap_or_default().to_owned())))
        .collect()
}

/// Our mark among the tags.
pub(crate) fn mark(tags: &Tags) -> Option<Mark> {
    tags.get(MARK_ATTRIBUTE).and_then(|written| Mark::read(written))
}

/// The tags that people set, as an attribute: neither ours nor AWS's own.
pub(crate) fn attribute(tags: &Tags) -> Value {
    let own = |key: &str| key.starts_with("polity:") || key.starts_with("aws:");
    Value::Map(
        tags.iter().filter(|(key, _)| !own(key)).map(|(key, value)| (key.clone(), value.as_str().into())).collect(),
    )
}

/// The tags that the manifest asks for, as an attribute.
pub(crate) fn wanted(tags: &BTreeMap<String, String>) -> Value {
    Value::Map(tags.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect())
}

/// The tags an object is born with: what the manifest asks for, and our mark.
pub(crate) fn at_birth(ask: &Ask<'_>) -> Json {
    let tags = ask.after("tags").and_then(Value::as_map).cloned().unwrap_or_default();
    listed(&tags, ask.mark)
}

/// Brings tags and mark of a living object to what is asked for.
pub(crate) async fn write(writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
    let none = Map::new();
    let of = |map: &'_ Map| map.get("tags").and_then(Value::as_map).cloned().unwrap_or_default();
    let (before, after) = if ask.changes("tags") { (of(ask.before), of(ask.after)) } else { (none.clone(), none) };
    let set: Map = after
        .iter()
        .filter(|(key, value)| before.get(*key) != Some(value))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let mut unset: Vec<&str> = before.keys().filter(|key| !after.contains_key(*key)).map(String::as_str).collect();
    if ask.mark.is_none() && ask.changes(MARK_ATTRIBUTE) {
        unset.push(MARK_ATTRIBUTE);
    }
    let id = ask.id()?;
    if !set.is_empty() || ask.mark.is_some() {
        writer.json(&TAG_RESOURCE, json!({"ResourceId": id, "Tags": listed(&set, ask.mark)})).await?;
    }
    if !unset.is_empty() {
        writer.json(&UNTAG_RESOURCE, json!({"ResourceId": id, "TagKeys": unset})).await?;
    }
    Ok(())
}

fn listed(tags: &Map, mark: Option<&Mark>) -> Json {
    let tags = tags.iter().filter_map(|(key, value)| Some(json!({"Key": key, "Value": value.as_text()?})));
    tags.chain(mark.map(|mark| json!({"Key": MARK_ATTRIBUTE, "Value": mark.written()}))).collect()
}
