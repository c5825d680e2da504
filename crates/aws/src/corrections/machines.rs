//! Snapshots, images and machines.

use async_trait::async_trait;
use polity_model::{
    Map, Value,
    schema::{Attribute, Schema},
};
use polity_provider::{Error, Problem, ReadOperation, Reader, WriteOperation, Writer};
use serde_json::Value as Json;

use super::{
    kind::{self, Correction},
    operations,
};
use crate::{client::Caller as _, kinds::setting, operations::ec2};

/// What is shared with everybody, and the attribute that says so.
struct Shared {
    parameter: &'static str,
    attribute: &'static str,
    read: &'static ReadOperation,
    write: &'static WriteOperation,
}

impl Shared {
    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        let parameters = [(self.parameter, id.to_owned()), ("Attribute", self.attribute.to_owned())];
        match reader.query(self.read, &parameters).await {
            Ok(found) => {
                let public = setting::find(&found, self.attribute).is_some_and(names_all);
                Ok(Some(Map::from([("private".to_owned(), Value::Bool(!public))])))
            }
            Err(error) if error.is(Problem::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        let public = !value.get("private").and_then(Value::as_bool).unwrap_or(true);
        let parameters = [
            (self.parameter, id.to_owned()),
            ("Attribute", self.attribute.to_owned()),
            ("OperationType", if public { "add" } else { "remove" }.to_owned()),
            ("UserGroup.1", "all".to_owned()),
        ];
        writer.query(self.write, &parameters).await.map(drop)
    }
}

/// Whether the group of everybody is among those that something is shared with.
fn names_all(found: &Json) -> bool {
    match found {
        Json::Array(items) => items.iter().any(names_all),
        Json::Object(entries) => {
            entries.get("group").and_then(Json::as_str) == Some("all") || entries.values().any(names_all)
        }
        _ => false,
    }
}

const SNAPSHOT: Shared = Shared {
    parameter: "SnapshotId",
    attribute: "createVolumePermission",
    read: &ec2::DESCRIBE_SNAPSHOT_ATTRIBUTE,
    write: &operations::ec2::MODIFY_SNAPSHOT_ATTRIBUTE,
};
const IMAGE: Shared = Shared {
    parameter: "ImageId",
    attribute: "launchPermission",
    read: &ec2::DESCRIBE_IMAGE_ATTRIBUTE,
    write: &operations::ec2::MODIFY_IMAGE_ATTRIBUTE,
};

fn private() -> Map {
    Map::from([("private".to_owned(), Value::Bool(true))])
}

/// Whether everybody may use a snapshot.
pub(super) struct SnapshotSharing(Schema);

impl SnapshotSharing {
    pub(super) fn new() -> Self {
        let attributes = vec![Attribute::new("private", "whether it is kept from everybody")];
        Self(kind::schema("snapshot-sharing", "sharing of a snapshot", "region", attributes))
    }
}

#[async_trait]
impl Correction for SnapshotSharing {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn call(&self) -> &'static str {
        "ec2:ModifySnapshotAttribute"
    }

    fn parts(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn always(&self) -> Map {
        private()
    }

    fn understands(&self, with: &Value) -> bool {
        with.get("OperationType").and_then(Value::as_text) == Some("remove") && with.get("GroupNames").is_some()
    }

    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        SNAPSHOT.get(reader, id).await
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        SNAPSHOT.set(writer, id, value).await
    }
}

/// Whether everybody may use an image.
pub(super) struct ImageSharing(Schema);

impl ImageSharing {
    pub(super) fn new() -> Self {
        let attributes = vec![Attribute::new("private", "whether it is kept from everybody")];
        Self(kind::schema("image-sharing", "sharing of an image", "region", attributes))
    }
}

#[async_trait]
impl Correction for ImageSharing {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn call(&self) -> &'static str {
        "ec2:ModifyImageAttribute"
    }

    fn parts(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn always(&self) -> Map {
        private()
    }

    fn understands(&self, with: &Value) -> bool {
        with.get("LaunchPermission").is_some_and(|permission| permission.get("Remove").is_some())
    }

    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        IMAGE.get(reader, id).await
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        IMAGE.set(writer, id, value).await
    }
}

/// How a machine reaches its metadata.
pub(super) struct Metadata(Schema);

impl Metadata {
    pub(super) fn new() -> Self {
        let attributes = vec![
            Attribute::new("tokens", "whether its metadata service asks for session tokens"),
            Attribute::new("hops", "how many network hops an answer may make"),
        ];
        Self(kind::schema("machine-metadata", "metadata service of a machine", "region", attributes))
    }
}

#[async_trait]
impl Correction for Metadata {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn call(&self) -> &'static str {
        "ec2:ModifyInstanceMetadataOptions"
    }

    fn parts(&self) -> &'static [(&'static str, &'static str)] {
        &[("tokens", "HttpTokens"), ("hops", "HttpPutResponseHopLimit")]
    }

    fn asked(&self, values: Map) -> Map {
        values.into_iter().map(|(name, value)| (name, kind::worded(value))).collect()
    }

    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        let found = match reader.query(&ec2::DESCRIBE_INSTANCES, &[("InstanceId.1", id.to_owned())]).await {
            Ok(found) => found,
            Err(error) if error.is(Problem::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(options) = setting::find(&found, "metadataOptions") else { return Ok(None) };
        let tokens =
            setting::text(options, "httpTokens").as_text().map(str::to_owned).unwrap_or_else(|| "optional".to_owned());
        let hops = kind::worded(setting::number(options, "httpPutResponseHopLimit"));
        Ok(Some(Map::from([("tokens".to_owned(), Value::Text(tokens)), ("hops".to_owned(), hops)])))
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        let tokens = value.get("tokens").and_then(Value::as_text).unwrap_or("optional").to_owned();
        let mut parameters = vec![("InstanceId", id.to_owned()), ("HttpTokens", tokens)];
        let hops = value.get("hops").and_then(Value::as_text);
        parameters.extend(hops.map(|hops| ("HttpPutResponseHopLimit", hops.to_owned())));
        writer.query(&operations::ec2::MODIFY_INSTANCE_METADATA_OPTIONS, &parameters).await.map(drop)
    }
}
