//! Block of public sharing of machine images, per region.
//!
//! EC2 takes up to ten minutes before a new value can be read.

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
        DISABLE_IMAGE_BLOCK_PUBLIC_ACCESS, ENABLE_IMAGE_BLOCK_PUBLIC_ACCESS, GET_IMAGE_BLOCK_PUBLIC_ACCESS,
    },
};

/// The kind.
pub(crate) fn kind() -> SettingKind<ImagePublicAccessBlock> {
    let attributes = vec![Attribute::new("state", "which public sharing is blocked")];
    let title = "image public access block";
    SettingKind(ImagePublicAccessBlock {
        schema: setting::schema("image-public-access-block", title, "region", Effect::Restricts, attributes),
    })
}

/// Its field in `settings`.
pub(crate) fn field() -> Field {
    Field::new(
        "image_public_access",
        Shape::OneOf(&["block-new-sharing", "unblocked"]),
        "whether machine images can be shared with everybody",
    )
}

pub(crate) struct ImagePublicAccessBlock {
    schema: Schema,
}

#[async_trait]
impl Setting for ImagePublicAccessBlock {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn field(&self) -> &'static str {
        "image_public_access"
    }

    fn asked(&self, written: &Value, _tenant: &str) -> Map {
        Map::from([("state".to_owned(), written.clone())])
    }

    async fn get(&self, reader: &Reader) -> Result<Map, Error> {
        let answer = reader.query(&GET_IMAGE_BLOCK_PUBLIC_ACCESS, &[]).await?;
        Ok(Map::from([("state".to_owned(), setting::text(&answer, "imageBlockPublicAccessState"))]))
    }

    async fn set(&self, writer: &Writer, value: &Map) -> Result<(), Error> {
        // Taking the block away has an operation of its own.
        match setting::needed(value, self.schema.kind, "state")? {
            "unblocked" => self.reset(writer, value).await,
            state => {
                let parameters = [("ImageBlockPublicAccessState", state.to_owned())];
                writer.query(&ENABLE_IMAGE_BLOCK_PUBLIC_ACCESS, &parameters).await.map(drop)
            }
        }
    }

    async fn reset(&self, writer: &Writer, _now: &Map) -> Result<(), Error> {
        writer.query(&DISABLE_IMAGE_BLOCK_PUBLIC_ACCESS, &[]).await.map(drop)
    }
}
