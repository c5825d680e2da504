//! Encryption by default of new volumes, per region.

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
        DISABLE_EBS_ENCRYPTION_BY_DEFAULT, ENABLE_EBS_ENCRYPTION_BY_DEFAULT, GET_EBS_ENCRYPTION_BY_DEFAULT,
    },
};

/// The kind.
pub(crate) fn kind() -> SettingKind<EbsEncryptionDefault> {
    let attributes = vec![Attribute::new("enabled", "new volumes are encrypted even when nobody asks for it")];
    let title = "EBS encryption by default";
    SettingKind(EbsEncryptionDefault {
        schema: setting::schema("ebs-encryption-default", title, "region", Effect::Restricts, attributes),
    })
}

/// Its field in `settings`.
pub(crate) fn field() -> Field {
    Field::new("ebs_encryption", Shape::Bool, "whether new volumes are encrypted even when nobody asks for it")
}

pub(crate) struct EbsEncryptionDefault {
    schema: Schema,
}

#[async_trait]
impl Setting for EbsEncryptionDefault {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn field(&self) -> &'static str {
        "ebs_encryption"
    }

    fn asked(&self, written: &Value, _tenant: &str) -> Map {
        Map::from([("enabled".to_owned(), Value::Bool(written.as_bool().unwrap_or(false)))])
    }

    async fn get(&self, reader: &Reader) -> Result<Map, Error> {
        let answer = reader.query(&GET_EBS_ENCRYPTION_BY_DEFAULT, &[]).await?;
        Ok(Map::from([("enabled".to_owned(), setting::flag(&answer, "ebsEncryptionByDefault"))]))
    }

    async fn set(&self, writer: &Writer, value: &Map) -> Result<(), Error> {
        let on = value.get("enabled").and_then(Value::as_bool).unwrap_or(false);
        let operation = if on { &ENABLE_EBS_ENCRYPTION_BY_DEFAULT } else { &DISABLE_EBS_ENCRYPTION_BY_DEFAULT };
        writer.query(operation, &[]).await.map(drop)
    }

    async fn reset(&self, writer: &Writer, _now: &Map) -> Result<(), Error> {
        writer.query(&DISABLE_EBS_ENCRYPTION_BY_DEFAULT, &[]).await.map(drop)
    }
}
