//! Buckets and logs: which buckets keep logs, and whose objects are watched by a trail.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::facet::{self, Datum, Reason, Row};
use polity_provider::{Error, Reader};
use serde_json::{Value as Json, json};

use super::FACET;
use crate::{
    client::Caller as _,
    operations::cloudtrail,
    surveys::{
        answer::{flag, list, number, repeated, text},
        log_stores,
        log_trails::{self, Events},
        support::{Answered as _, Known, Place, all_of, any_of, finish},
    },
};

/// What a bucket tells of itself, and what its role among logs needs besides.
pub(super) struct Told {
    pub(super) row: Row,
    /// Its own name.
    pub(super) name: String,
    /// The bucket that its access is logged to.
    pub(super) logs_to: Known<Option<String>>,
    /// Days after which what is in it ends; nothing where it stays.
    pub(super) ends_after: Known<Option<i64>>,
}

/// The trails that see to the buckets of a region.
pub(super) struct Watch {
    trails: Known<Vec<Json>>,
    events: Vec<(Known<bool>, Known<Events>)>,
}

impl Watch {
    pub(super) async fn read(reader: &Reader) -> Self {
        let trails = log_trails::trails(reader).await.known();
        let mut events = Vec::new();
        for trail in trails.iter().flatten().filter_map(|trail| text(trail, "TrailARN")) {
            let status = reader.json(&cloudtrail::GET_TRAIL_STATUS, json!({ "Name": trail })).await.known();
            let logging = status.and_then(|status| flag(&status, "IsLogging").ok_or(Reason::NotInApi));
            events.push((logging, log_trails::events(reader, trail).await));
        }
        Self { trails, events }
    }

    /// Whether what is read and written in this bucket is in a trail that writes.
    pub(super) fn sees(&self, arn: &str) -> Known<bool> {
        self.trails.as_ref().map_err(Reason::clone)?;
        let objects = format!("{arn}/");
        any_of(self.events.iter().map(|(logging, events)| {
            let seen = events.as_ref().map_err(Reason::clone);
            let seen = seen.map(|events| events.buckets.iter().any(|start| objects.starts_with(start.as_str())));
            all_of([seen, logging.clone()])
        }))
    }

    /// Why the trails are not known, if they are not.
    pub(super) fn unknown(&self) -> Option<Reason> {
        self.trails.as_ref().err().cloned()
    }

    /// The buckets that trails write to, with the trails.
    pub(super) fn targets(&self) -> Vec<(String, String)> {
        let target =
            |trail: &Json| Some((text(trail, "S3BucketName")?.to_owned(), text(trail, "TrailARN")?.to_owned()));
        self.trails.iter().flatten().filter_map(target).collect()
    }
}

/// Days after which objects end by a rule for all of them; the fewest where there are several.
pub(super) fn ends_after(found: &Json) -> Option<i64> {
    let whole = |rule: &&Json| {
        let prefix = text(rule, "Filter/Prefix").or_else(|| text(rule, "Prefix"));
        let narrow = ["Filter/Tag", "Filter/And", "Filter/ObjectSizeGreaterThan", "Filter/ObjectSizeLessThan"];
        text(rule, "Status") == Some("Enabled")
            && prefix.is_none()
            && narrow.iter().all(|path| crate::surveys::answer::at(rule, path).is_none())
    };
    repeated(found, "Rule").into_iter().filter(whole).filter_map(|rule| number(rule, "Expiration/Days")).min()
}

/// The buckets that keep logs, as stores of logs. Who writes to them is told only where nobody is `unknown`.
pub(super) fn stores(
    place: &Place,
    buckets: &[Told],
    targets: impl IntoIterator<Item = (String, String)>,
    unknown: Option<&Reason>,
) -> Result<Vec<Row>, Error> {
    let mut sources: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (bucket, source) in targets {
        sources.entry(bucket).or_default().insert(source);
    }
    for told in buckets {
        if let Ok(Some(target)) = &told.logs_to {
            let own = format!("arn:{}:s3:::{}", place.partition, told.name);
            sources.entry(target.clone()).or_default().insert(own);
        }
    }
    let keeping = buckets.iter().filter_map(|told| Some((told, sources.get(&told.name)?)));
    let told_of = |sources| unknown.map_or_else(|| list(sources), |reason| reason.clone().into());
    keeping.map(|(told, sources)| store(place, told, told_of(sources))).collect()
}

fn store(place: &Place, told: &Told, sources: Datum) -> Result<Row, Error> {
    let bucket = facet::find(FACET);
    let same = |name: &str| {
        let value = bucket.and_then(|bucket| told.row.get(bucket, name)).cloned();
        value.unwrap_or_else(|| Reason::NotCollected.into())
    };
    let days = told.ends_after.clone().map_or_else(Datum::Unknown, Datum::maybe);
    let id = format!("arn:{}:s3:::{}", place.partition, told.name);
    let mut draft = place.row(log_stores::FACET, &id, &told.name)?;
    for field in [
        "region",
        "tags",
        "created_at",
        "locked",
        "versioning",
        "access_logs",
        "public",
        "shared_with",
        "encrypted",
        "encryption_key",
        "encryption_key_account",
    ] {
        draft = draft.set(field, same(field));
    }
    finish(
        draft
            .set("kind", "object_store")
            .set("sources", sources)
            .set("retention_days", days)
            // A bucket can be deleted by whoever may as soon as it is empty; there is no lock to take off.
            .set("deletion_protection", false),
    )
}
