//! Volumes of EC2.

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::Row;
use polity_provider::{Error, Reader, Surveyed};
use serde_json::Value as Json;

use super::{
    amid::Amid,
    answer::{flag, moment, number, text, told, wrapped},
    backups::{self, Backups},
    elastic,
    sources::Source,
    support::{Place, encryption, finish},
    vendor_keys::{self, VendorKeys},
};
use crate::operations::{backup, ec2, kms};

pub(super) const FACET: &str = "volume";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["account", "region"], calls: &[] },
    Source {
        facet: FACET,
        fields: &["id", "name", "tags", "created_at", "encrypted", "attached", "size_gib", "deleted_with_machine"],
        calls: &[&ec2::DESCRIBE_VOLUMES],
    },
    Source {
        facet: FACET,
        fields: &["encryption_key", "encryption_key_account"],
        calls: &[&ec2::DESCRIBE_VOLUMES, &kms::LIST_ALIASES],
    },
    Source { facet: FACET, fields: &["last_backup_at"], calls: &[&backup::LIST_PROTECTED_RESOURCES] },
];

pub(super) fn read<'r>(_: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(reader).boxed()
}

async fn rows(reader: &Reader) -> Result<Surveyed, Error> {
    let volumes = elastic::list(reader, &ec2::DESCRIBE_VOLUMES, &[], "volumeSet").await?;
    let (backups, keys) = tokio::join!(backups::of_region(reader), vendor_keys::of_region(reader));
    let place = Place::region(reader);
    let rows: Result<Vec<Row>, Error> = volumes.iter().map(|volume| row(&place, volume, &backups, &keys)).collect();
    rows.map(Surveyed::from)
}

fn row(place: &Place, volume: &Json, backups: &Backups, keys: &VendorKeys) -> Result<Row, Error> {
    let id = text(volume, "volumeId").unwrap_or_default();
    let uses = wrapped(volume, "attachmentSet");
    let ends = uses.iter().any(|one| flag(one, "deleteOnTermination") == Some(true));
    let draft = place
        .row(FACET, id, elastic::name_of(volume, id))?
        .set("tags", elastic::tags_of(volume))
        .set("created_at", moment(volume, "createTime"))
        .set("attached", !uses.is_empty())
        .set("size_gib", told(number(volume, "size")))
        .set("deleted_with_machine", ends)
        .set("last_backup_at", backups.last(&place.arn("ec2", &format!("volume/{id}"))));
    finish(encryption(
        draft,
        place,
        told(flag(volume, "encrypted")),
        keys.sift(place, flag(volume, "encrypted"), text(volume, "kmsKeyId")),
    ))
}
