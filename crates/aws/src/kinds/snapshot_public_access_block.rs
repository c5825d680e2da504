//! Block of public sharing of snapshots, per region.

use async_trait::async_trait;
use polity_model::{
    Map, Value,
    schema::{Attribute, Effect, Schema},
    shape::{Field, Shape},
};
use polity_provider::{Error, Reader, Writer};

use super::setting::{self, Setting, SettingKind};
use crate::{
    client::Caller,
    operations::ec2::{
        DISABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS, ENABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS, GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS,
    },
};

/// The kind.
pub(crate) fn kind() -> SettingKind<SnapshotPublicAccessBlock> {
    let attributes = vec![Attribute::new("state", "which public sharing is blocked")];
    let title = "snapshot public access block";
    SettingKind(SnapshotPublicAccessBlock {
        schema: setting::schema("snapshot-public-access-block", title, "region", Effect::Restricts, attributes),
    })
}

/// Its field in `settings`.
pub(crate) fn field() -> Field {
    Field::new(
        "snapshot_public_access",
        Shape::OneOf(&["block-all-sharing", "block-new-sharing", "unblocked"]),
        "whether snapshots can be shared with everybody",
    )
}

pub(crate) struct SnapshotPublicAccessBlock {
    schema: Schema,
}

#[async_trait]
impl Setting for SnapshotPublicAccessBlock {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn field(&self) -> &'static str {
        "snapshot_public_access"
    }

    fn asked(&self, written: &Value, _tenant: &str) -> Map {
        Map::from([("state".to_owned(), written.clone())])
    }

    async fn get(&self, reader: &Reader) -> Result<Map, Error> {
        let answer = reader.query(&GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS, &[]).await?;
        Ok(Map::from([("state".to_owned(), setting::text(&answer, "state"))]))
    }

    async fn set(&self, writer: &Writer, value: &Map) -> Result<(), Error> {
        // Taking the block away has an operation of its own.
        match setting::needed(value, self.schema.kind, "state")? {
            "unblocked" => self.reset(writer, value).await,
            state => {
                let parameters = [("State", state.to_owned())];
                writer.query(&ENABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS, &parameters).await.map(drop)
            }
        }
    }

    async fn reset(&self, writer: &Writer, _now: &Map) -> Result<(), Error> {
        writer.query(&DISABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS, &[]).await.map(drop)
    }
}
