//! Snapshots of volumes and of databases, and whom they are shared with.

use std::collections::BTreeSet;

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::{Datum, Draft, Reason, Row};
use polity_provider::{Error, ReadOperation, Reader, Surveyed};
use serde_json::Value as Json;

use super::{
    amid::Amid,
    answer::{self, flag, list, moment, text, told, wrapped},
    elastic,
    sources::Source,
    support::{Answered as _, Known, Place, all_of, datum, each, encryption, finish, gaps, not},
    vendor_keys::{self, VendorKeys},
};
use crate::{
    client::{Caller as _, query_pages},
    operations::{ec2, rds},
};

pub(super) const FACET: &str = "snapshot";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["account", "region", "of"], calls: &[] },
    Source {
        facet: FACET,
        fields: &[
            "id",
            "name",
            "tags",
            "created_at",
            "encrypted",
            "encryption_key",
            "encryption_key_account",
            "source",
        ],
        calls: &[&ec2::DESCRIBE_SNAPSHOTS, &rds::DESCRIBE_DB_SNAPSHOTS, &rds::DESCRIBE_DB_CLUSTER_SNAPSHOTS],
    },
    Source {
        facet: FACET,
        fields: &["public", "shared_with"],
        calls: &[
            &ec2::DESCRIBE_SNAPSHOT_ATTRIBUTE,
            &ec2::GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS,
            &rds::DESCRIBE_DB_SNAPSHOT_ATTRIBUTES,
            &rds::DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES,
        ],
    },
];

pub(super) fn read<'r>(_: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(reader).boxed()
}

async fn rows(reader: &Reader) -> Result<Surveyed, Error> {
    let mut surveyed = Surveyed::default();
    let keys = &vendor_keys::of_region(reader).await;
    let (volumes, databases, clusters) = tokio::join!(
        of_volumes(reader, keys),
        of_databases(reader, &DATABASES, keys),
        of_databases(reader, &CLUSTERS, keys)
    );
    for read in [volumes, databases, clusters] {
        match read {
            Ok(rows) => surveyed.rows.extend(rows),
            Err(error) => surveyed.gaps.extend(gaps(reader, &[FACET], error)?.gaps),
        }
    }
    Ok(surveyed)
}

async fn of_volumes(reader: &Reader, keys: &VendorKeys) -> Result<Vec<Row>, Error> {
    let found = elastic::list(reader, &ec2::DESCRIBE_SNAPSHOTS, &[("Owner.1", "self")], "snapshotSet").await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let blocked = match reader.query(&ec2::GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS, &[]).await.known() {
        Ok(state) => Ok(text(&state, "state") == Some("block-all-sharing")),
        // An endpoint without that switch blocks nothing.
        Err(Reason::NotCollected) => Ok(false),
        Err(reason) => Err(reason),
    };
    let (place, blocked) = (&Place::region(reader), &blocked);
    let rows = each(&found, |snapshot| async move {
        let id = text(snapshot, "snapshotId").unwrap_or_default();
        let asked = [("SnapshotId", id.to_owned()), ("Attribute", "createVolumePermission".to_owned())];
        let permission = reader.query(&ec2::DESCRIBE_SNAPSHOT_ATTRIBUTE, &asked).await.known();
        let permissions =
            permission.as_ref().map(|found| wrapped(found, "createVolumePermission")).map_err(Reason::clone);
        let all = permissions.clone().map(|all| all.iter().any(|one| text(one, "group") == Some("all")));
        let whom = permissions.map(|all| all.iter().filter_map(|one| text(one, "userId").map(str::to_owned)).collect());
        let draft = place
            .row(FACET, id, elastic::name_of(snapshot, id))?
            .set("tags", elastic::tags_of(snapshot))
            .set("created_at", moment(snapshot, "startTime"))
            .set("of", "volume")
            .set("source", Datum::maybe(text(snapshot, "volumeId").filter(|id| *id != "vol-ffffffff")));
        let draft = shared(draft, all_of([all, not(blocked.clone())]), whom);
        finish(encryption(
            draft,
            place,
            told(flag(snapshot, "encrypted")),
            keys.sift(place, flag(snapshot, "encrypted"), text(snapshot, "kmsKeyId")),
        ))
    })
    .await;
    rows.into_iter().collect()
}

fn shared<'f>(draft: Draft<'f>, public: Known<bool>, whom: Known<BTreeSet<String>>) -> Draft<'f> {
    draft.set("public", datum(public)).set("shared_with", datum(whom.map(list)))
}

/// How RDS calls what it tells of snapshots of instances and of clusters.
struct Words {
    list: &'static ReadOperation,
    attributes: &'static ReadOperation,
    set: &'static str,
    id: &'static str,
    arn: &'static str,
    source: &'static str,
    encrypted: &'static str,
    result: &'static str,
}

const DATABASES: Words = Words {
    list: &rds::DESCRIBE_DB_SNAPSHOTS,
    attributes: &rds::DESCRIBE_DB_SNAPSHOT_ATTRIBUTES,
    set: "DBSnapshots",
    id: "DBSnapshotIdentifier",
    arn: "DBSnapshotArn",
    source: "DBInstanceIdentifier",
    encrypted: "Encrypted",
    result: "DBSnapshotAttributesResult/DBSnapshotAttributes",
};
const CLUSTERS: Words = Words {
    list: &rds::DESCRIBE_DB_CLUSTER_SNAPSHOTS,
    attributes: &rds::DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES,
    set: "DBClusterSnapshots",
    id: "DBClusterSnapshotIdentifier",
    arn: "DBClusterSnapshotArn",
    source: "DBClusterIdentifier",
    encrypted: "StorageEncrypted",
    result: "DBClusterSnapshotAttributesResult/DBClusterSnapshotAttributes",
};

async fn of_databases(reader: &Reader, words: &'static Words, keys: &VendorKeys) -> Result<Vec<Row>, Error> {
    let pages = query_pages(reader, words.list, &[], ("Marker", "Marker")).await?;
    let found: Vec<&Json> = pages.iter().flat_map(|page| wrapped(page, words.set)).collect();
    let place = &Place::region(reader);
    let rows = each(found, |snapshot| async move {
        let name = text(snapshot, words.id).unwrap_or_default();
        // Only copies that somebody made can be shared.
        let whom = match text(snapshot, "SnapshotType") {
            Some("automated") => Ok(BTreeSet::new()),
            _ => restorers(reader, words, name).await,
        };
        let public = whom.clone().map(|whom| whom.contains("all"));
        let others = whom.map(|whom| whom.into_iter().filter(|one| one != "all").collect());
        let draft = place
            .row(FACET, text(snapshot, words.arn).unwrap_or(name), name)?
            .set("tags", answer::tags(&wrapped(snapshot, "TagList"), "Key", "Value"))
            .set("created_at", moment(snapshot, "SnapshotCreateTime"))
            .set("of", "database")
            .set("source", Datum::maybe(text(snapshot, words.source)));
        let key = keys.sift(place, flag(snapshot, words.encrypted), text(snapshot, "KmsKeyId"));
        finish(encryption(shared(draft, public, others), place, told(flag(snapshot, words.encrypted)), key))
    })
    .await;
    rows.into_iter().collect()
}

/// The accounts that may restore a snapshot; `all` for anybody.
async fn restorers(reader: &Reader, words: &Words, name: &str) -> Known<BTreeSet<String>> {
    let found = reader.query(words.attributes, &[(words.id, name.to_owned())]).await.known()?;
    let attributes = wrapped(&found, words.result);
    let restore = attributes.into_iter().filter(|one| text(one, "AttributeName") == Some("restore"));
    Ok(restore.flat_map(|one| answer::texts(wrapped(one, "AttributeValues"))).map(str::to_owned).collect())
}
