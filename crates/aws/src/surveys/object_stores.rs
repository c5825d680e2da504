//! Object stores: the buckets of an account, in whatever region they are, and how they are set up.
//!
//! A bucket is public where its policy or its access control list says so and no public access block, its own or the
//! account's, takes that back.

pub(super) mod access;
mod logs;

use std::collections::{BTreeMap, BTreeSet};

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::{Datum, Reason};
use polity_provider::{Error, Problem, ReadOperation, Reader, Surveyed};
use serde_json::Value as Json;

use self::{
    access::Access,
    logs::{Told, Watch},
};
use super::{
    amid::Amid,
    answer::{self, flag, moment, number, repeated, text, wrapped},
    backups::{self, Backups},
    log_stores,
    sources::Source,
    support::{Answered as _, Known, Place, datum, each, encryption, finish, gap},
};
use crate::{
    client::{Caller as _, rest_pages},
    operations::{backup, cloudtrail, s3, s3_control},
};

const FACET: &str = "object_store";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["id", "name", "created_at"], calls: &[&s3::LIST_BUCKETS] },
    Source { facet: FACET, fields: &["region"], calls: &[&s3::LIST_BUCKETS, &s3::GET_BUCKET_LOCATION] },
    Source { facet: FACET, fields: &["account"], calls: &[] },
    Source { facet: FACET, fields: &["tags"], calls: &[&s3::GET_TAGGING] },
    Source {
        facet: FACET,
        fields: &["public", "public_read", "public_write"],
        calls: &[
            &s3::GET_BUCKET_POLICY,
            &s3::GET_BUCKET_POLICY_STATUS,
            &s3::GET_BUCKET_ACL,
            &s3::GET_PUBLIC_ACCESS_BLOCK,
            &s3_control::GET_PUBLIC_ACCESS_BLOCK,
        ],
    },
    Source { facet: FACET, fields: &["shared_with"], calls: &[&s3::GET_BUCKET_POLICY, &s3::GET_BUCKET_ACL] },
    Source {
        facet: FACET,
        fields: &["public_access_blocked"],
        calls: &[&s3::GET_PUBLIC_ACCESS_BLOCK, &s3_control::GET_PUBLIC_ACCESS_BLOCK],
    },
    Source { facet: FACET, fields: &["tls_required", "min_tls"], calls: &[&s3::GET_BUCKET_POLICY] },
    Source {
        facet: FACET,
        fields: &["encrypted", "encryption_key", "encryption_key_account"],
        calls: &[&s3::GET_ENCRYPTION],
    },
    Source { facet: FACET, fields: &["uniform_access"], calls: &[&s3::GET_OWNERSHIP_CONTROLS] },
    Source { facet: FACET, fields: &["versioning", "mfa_delete"], calls: &[&s3::GET_VERSIONING] },
    Source { facet: FACET, fields: &["locked", "retention_days"], calls: &[&s3::GET_OBJECT_LOCK] },
    Source { facet: FACET, fields: &["lifecycle"], calls: &[&s3::GET_LIFECYCLE] },
    Source { facet: FACET, fields: &["access_logs"], calls: &[&s3::GET_LOGGING] },
    Source { facet: FACET, fields: &["replicated"], calls: &[&s3::GET_REPLICATION] },
    Source {
        facet: FACET,
        fields: &["data_events"],
        calls: &[&cloudtrail::DESCRIBE_TRAILS, &cloudtrail::GET_TRAIL_STATUS, &cloudtrail::GET_EVENT_SELECTORS],
    },
    Source { facet: FACET, fields: &["last_backup_at"], calls: &[&backup::LIST_PROTECTED_RESOURCES] },
];

pub(super) fn read<'r>(amid: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(amid, reader).boxed()
}

async fn rows(amid: &Amid, reader: &Reader) -> Result<Surveyed, Error> {
    let buckets = list(reader).await?;
    let account = access::account_block(reader).await;
    let mut by_region: BTreeMap<Option<String>, Vec<Bucket>> = BTreeMap::new();
    for bucket in buckets {
        by_region.entry(bucket.region.clone().ok()).or_default().push(bucket);
    }
    let (mut told, mut targets, mut unknown) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (region, buckets) in by_region {
        // The trails of a region that is not known are not known either.
        unknown.extend(buckets.iter().filter_map(|bucket| bucket.region.as_ref().err().cloned()));
        let there = match &region {
            Some(region) => amid.elsewhere(reader, region).await?,
            None => reader.clone(),
        };
        let (backups, watch) = tokio::join!(backups::of_region(&there), Watch::read(&there));
        targets.extend(watch.targets());
        unknown.extend(watch.unknown());
        let around = &Around { reader: &there, account: &account, backups: &backups, watch: &watch };
        for bucket in each(buckets, |bucket| bucket.tell(around)).await {
            told.push(bucket?);
        }
    }
    // Which buckets keep logs is known only where everybody is known who writes to one.
    unknown.extend(told.iter().filter_map(|told| told.logs_to.as_ref().err().cloned()));
    let stores = logs::stores(&Place::account(reader), &told, targets, unknown.iter().next())?;
    let gaps = unknown.iter().map(|reason| gap(reader, log_stores::FACET, reason)).collect();
    Ok(Surveyed { rows: told.into_iter().map(|told| told.row).chain(stores).collect(), gaps })
}

/// What is known of a region besides its buckets.
struct Around<'a> {
    reader: &'a Reader,
    account: &'a Known<access::Block>,
    backups: &'a Backups,
    watch: &'a Watch,
}

/// One bucket, as the list of buckets tells of it.
struct Bucket {
    name: String,
    created: Datum,
    region: Known<String>,
}

/// All buckets of the account. A list that does not say where they are is completed by asking each.
async fn list(reader: &Reader) -> Result<Vec<Bucket>, Error> {
    let pages =
        rest_pages(reader, &s3::LIST_BUCKETS, "/?max-buckets=1000", ("ContinuationToken", "continuation-token"), true)
            .await?;
    let found: Vec<Json> = pages.iter().flat_map(|page| wrapped(page, "Buckets")).cloned().collect();
    Ok(each(found, |bucket| async move {
        let name = text(&bucket, "Name").unwrap_or_default().to_owned();
        let region = match text(&bucket, "BucketRegion") {
            Some(region) => Ok(region.to_owned()),
            None => location(reader, &name).await,
        };
        Bucket { created: moment(&bucket, "CreationDate"), name, region }
    })
    .await)
}

async fn location(reader: &Reader, bucket: &str) -> Known<String> {
    let found = get(reader, &s3::GET_BUCKET_LOCATION, bucket, "location").await.known()?;
    // The answer is the root's own text; nothing stands for the first region that there was, `EU` for the second.
    let written = found.as_str().or_else(|| text(&found, "LocationConstraint")).unwrap_or_default().trim();
    Ok(match written {
        "" => "us-east-1",
        "EU" => "eu-west-1",
        region => region,
    }
    .to_owned())
}

/// One part of a bucket's set-up.
async fn get(reader: &Reader, operation: &ReadOperation, bucket: &str, part: &str) -> Result<Json, Error> {
    reader.rest_xml(operation, "GET", &format!("/{bucket}?{part}"), "").await
}

/// As [`get`], with what must be in an answer: an endpoint that does not know a part may list objects instead.
async fn get_sure(
    reader: &Reader,
    operation: &ReadOperation,
    bucket: &str,
    part: &str,
    sign: &str,
) -> Result<Json, Error> {
    let found = get(reader, operation, bucket, part).await?;
    if found.get("IsTruncated").is_some() && found.get(sign).is_none() {
        let name = format!("{}:{}", operation.0.service, operation.0.name);
        return Err(Error::new(Problem::Unsupported, name, "the endpoint does not know this operation"));
    }
    Ok(found)
}

impl Bucket {
    async fn tell(self, around: &Around<'_>) -> Result<Told, Error> {
        let reader = around.reader;
        let name = self.name.as_str();
        let part = |operation: &'static ReadOperation, part: &'static str| async move {
            get(reader, operation, name, part).await.known_or_none()
        };
        let (tags, encrypted, ownership, versioning, lock) = tokio::join!(
            part(&s3::GET_TAGGING, "tagging"),
            part(&s3::GET_ENCRYPTION, "encryption"),
            part(&s3::GET_OWNERSHIP_CONTROLS, "ownershipControls"),
            part(&s3::GET_VERSIONING, "versioning"),
            part(&s3::GET_OBJECT_LOCK, "object-lock"),
        );
        let (lifecycle, logging, replication, access) = tokio::join!(
            part(&s3::GET_LIFECYCLE, "lifecycle"),
            part(&s3::GET_LOGGING, "logging"),
            part(&s3::GET_REPLICATION, "replication"),
            Access::read(reader, name),
        );
        let place = Place { region: None, ..Place::account(reader) };
        let arn = format!("arn:{}:s3:::{name}", place.partition);
        let mut draft = place
            .row(FACET, &arn, name)?
            .set("region", datum(self.region.clone()))
            .set("created_at", self.created.clone())
            .set(
                "tags",
                datum(tags.map(|found| found.map_or_else(|| answer::tags(&[], "", ""), |found| tag_set(&found)))),
            );
        draft = access.fill(draft, &place.account, around.account);
        let (on, key) =
            (datum(encrypted.clone().map(|found| found.is_some_and(|found| algorithm(&found).is_some()))), encrypted);
        draft = encryption(draft, &place, on, key.map(|found| found.and_then(|found| key_of(&found))));
        let (locked, days) = retention(lock);
        let logs_to =
            logging.map(|found| found.and_then(|found| text(&found, "LoggingEnabled/TargetBucket").map(str::to_owned)));
        let row = draft
            .set("uniform_access", datum(ownership.map(|found| found.is_some_and(|found| uniform(&found)))))
            .set("versioning", datum(versioning.clone().map(|found| is(found.as_ref(), "Status"))))
            .set("mfa_delete", datum(versioning.map(|found| is(found.as_ref(), "MfaDelete"))))
            .set("locked", locked)
            .set("retention_days", days)
            .set("lifecycle", datum(lifecycle.clone().map(|found| has_enabled_rule(found.as_ref()))))
            .set("access_logs", datum(logs_to.clone().map(|target| target.is_some())))
            // What is told by region is told only of a bucket whose region is known.
            .set("data_events", datum(self.region.clone().and_then(|_| around.watch.sees(&arn))))
            .set("replicated", datum(replication.map(|found| has_enabled_rule(found.as_ref()))))
            .set("last_backup_at", self.region.clone().map_or_else(Datum::Unknown, |_| around.backups.last(&arn)));
        let ends_after = lifecycle.map(|found| found.and_then(|found| logs::ends_after(&found)));
        Ok(Told { row: finish(row)?, logs_to, ends_after, name: self.name.clone() })
    }
}

fn tag_set(found: &Json) -> Datum {
    answer::tags(&wrapped(found, "TagSet"), "Key", "Value")
}

fn is(found: Option<&Json>, member: &str) -> bool {
    found.and_then(|found| text(found, member)) == Some("Enabled")
}

fn has_enabled_rule(found: Option<&Json>) -> bool {
    found.is_some_and(|found| repeated(found, "Rule").into_iter().any(|rule| is(Some(rule), "Status")))
}

/// Lists on single objects are off where the bucket's owner owns whatever is put into it.
fn uniform(found: &Json) -> bool {
    repeated(found, "Rule").into_iter().any(|rule| text(rule, "ObjectOwnership") == Some("BucketOwnerEnforced"))
}

fn algorithm(found: &Json) -> Option<&str> {
    repeated(found, "Rule").into_iter().find_map(|rule| text(rule, "ApplyServerSideEncryptionByDefault/SSEAlgorithm"))
}

fn key_of(found: &Json) -> Option<String> {
    let rules = repeated(found, "Rule");
    let key = rules.into_iter().find_map(|rule| text(rule, "ApplyServerSideEncryptionByDefault/KMSMasterKeyID"));
    key.map(str::to_owned)
}

/// Whether objects are locked by default, and for how many days. A bucket that could lock them, and does not, locks none.
fn retention(lock: Known<Option<Json>>) -> (Datum, Datum) {
    let found = match lock {
        Ok(Some(found)) => found,
        Ok(None) => return (false.into(), Datum::Absent),
        Err(reason) => return (reason.clone().into(), reason.into()),
    };
    let rule = answer::at(&found, "Rule/DefaultRetention");
    let days = rule.and_then(|rule| {
        number(rule, "Days").filter(|days| *days > 0).or_else(|| number(rule, "Years")?.checked_mul(365))
    });
    let days = match (rule, days) {
        (None, _) => Datum::Absent,
        (Some(_), Some(days)) => days.into(),
        (Some(rule), None) => Reason::Undefined(format!("the retention is no number of days: {rule}")).into(),
    };
    (rule.is_some().into(), days)
}

/// Whether a switch of a public access block is on.
fn switch(block: &Json, name: &str) -> bool {
    flag(block, name) == Some(true)
}
