//! Images that the account owns, and whom they are shared with.

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::{Datum, Reason, Row};
use polity_provider::{Error, Reader, Surveyed};
use serde_json::Value as Json;

use super::{
    amid::Amid,
    answer::{flag, list, moment, text, told, wrapped},
    elastic,
    sources::Source,
    support::{Answered as _, Place, datum, each, finish},
};
use crate::{client::Caller as _, operations::ec2};

pub(super) const FACET: &str = "image";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["account", "region"], calls: &[] },
    Source {
        facet: FACET,
        fields: &["id", "name", "tags", "created_at", "public", "encrypted", "owner", "deprecated_at", "last_used_at"],
        calls: &[&ec2::DESCRIBE_IMAGES],
    },
    Source { facet: FACET, fields: &["shared_with"], calls: &[&ec2::DESCRIBE_IMAGE_ATTRIBUTE] },
];

pub(super) fn read<'r>(_: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(reader).boxed()
}

async fn rows(reader: &Reader) -> Result<Surveyed, Error> {
    let images = elastic::list_whole(reader, &ec2::DESCRIBE_IMAGES, &[("Owner.1", "self")], "imagesSet").await?;
    let place = &Place::region(reader);
    let rows = each(&images, |image| row(reader, place, image)).await;
    rows.into_iter().collect::<Result<Vec<Row>, Error>>().map(Surveyed::from)
}

async fn row(reader: &Reader, place: &Place, image: &Json) -> Result<Row, Error> {
    let id = text(image, "imageId").unwrap_or_default();
    let asked = [("ImageId", id.to_owned()), ("Attribute", "launchPermission".to_owned())];
    let permission = reader.query(&ec2::DESCRIBE_IMAGE_ATTRIBUTE, &asked).await.known();
    let whom = permission.map(|found| {
        let all = wrapped(&found, "launchPermission");
        list(all.into_iter().filter_map(|one| text(one, "userId").or_else(|| text(one, "organizationArn"))))
    });
    let disks: Vec<&Json> =
        wrapped(image, "blockDeviceMapping").into_iter().filter(|disk| disk.get("ebs").is_some()).collect();
    let encrypted = disks.iter().all(|disk| flag(disk, "ebs/encrypted") == Some(true));
    let encrypted = if disks.is_empty() { Reason::NotInApi.into() } else { Datum::Bool(encrypted) };
    let used = match text(image, "lastLaunchedTime") {
        Some(_) => moment(image, "lastLaunchedTime"),
        None => Reason::NotInApi.into(),
    };
    finish(
        place
            .row(FACET, id, text(image, "name").unwrap_or(id))?
            .set("tags", elastic::tags_of(image))
            .set("created_at", moment(image, "creationDate"))
            .set("public", told(flag(image, "isPublic")))
            .set("shared_with", datum(whom))
            .set("encrypted", encrypted)
            .set("encryption_key", Reason::NotInApi)
            .set("encryption_key_account", Reason::NotInApi)
            .set("owner", told(text(image, "imageOwnerAlias").or_else(|| text(image, "imageOwnerId"))))
            .set("deprecated_at", moment(image, "deprecationTime"))
            .set("last_used_at", used),
    )
}
