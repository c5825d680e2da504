//! Object stores: who may reach them, and whether former versions are kept.

use async_trait::async_trait;
use polity_model::{
    Map, Value,
    schema::{Attribute, Schema},
};
use polity_provider::{Error, Problem, Reader, Writer};
use serde_json::Value as Json;

use super::{
    kind::{self, Correction},
    operations,
};
use crate::{client::Caller as _, kinds::setting, operations::s3};

const XMLNS: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
const SWITCHES: [(&str, &str); 4] = [
    ("block_public_acls", "BlockPublicAcls"),
    ("ignore_public_acls", "IgnorePublicAcls"),
    ("block_public_policy", "BlockPublicPolicy"),
    ("restrict_public_buckets", "RestrictPublicBuckets"),
];

/// Nothing where the bucket itself is gone.
fn unless_gone(read: Result<Json, Error>) -> Result<Option<Json>, Error> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.code.as_deref() == Some("NoSuchBucket") => Ok(None),
        Err(error) if error.is(Problem::NotFound) => Ok(Some(Json::Null)),
        Err(error) => Err(error),
    }
}

/// The public access block of a bucket.
pub(super) struct PublicAccess(Schema);

impl PublicAccess {
    pub(super) fn new() -> Self {
        let attributes = vec![
            Attribute::new("block_public_acls", "refuses new public access control lists"),
            Attribute::new("ignore_public_acls", "treats public access control lists as if they were not there"),
            Attribute::new("block_public_policy", "refuses policies that make the bucket public"),
            Attribute::new(
                "restrict_public_buckets",
                "lets only the own account use the bucket if its policy is public",
            ),
        ];
        Self(kind::schema("bucket-public-access", "public access block of a bucket", "region", attributes))
    }
}

#[async_trait]
impl Correction for PublicAccess {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn call(&self) -> &'static str {
        "s3:PutPublicAccessBlock"
    }

    fn parts(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("block_public_acls", "PublicAccessBlockConfiguration.BlockPublicAcls"),
            ("ignore_public_acls", "PublicAccessBlockConfiguration.IgnorePublicAcls"),
            ("block_public_policy", "PublicAccessBlockConfiguration.BlockPublicPolicy"),
            ("restrict_public_buckets", "PublicAccessBlockConfiguration.RestrictPublicBuckets"),
        ]
    }

    fn by_name(&self) -> bool {
        true
    }

    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        let path = format!("/{id}?publicAccessBlock");
        let Some(found) = unless_gone(reader.rest_xml(&s3::GET_PUBLIC_ACCESS_BLOCK, "GET", &path, "").await)? else {
            return Ok(None);
        };
        let on = |element| Value::Bool(setting::flag(&found, element) == Value::Bool(true));
        Ok(Some(SWITCHES.iter().map(|(name, element)| ((*name).to_owned(), on(element))).collect()))
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        let mut body = format!("<PublicAccessBlockConfiguration xmlns=\"{XMLNS}\">");
        for (name, element) in SWITCHES {
            let on = value.get(name).and_then(Value::as_bool).unwrap_or(false);
            body.push_str(&format!("<{element}>{on}</{element}>"));
        }
        body.push_str("</PublicAccessBlockConfiguration>");
        let path = format!("/{id}?publicAccessBlock");
        writer.rest_xml(&operations::s3::PUT_PUBLIC_ACCESS_BLOCK, "PUT", &path, &body).await.map(drop)
    }
}

/// Versioning of a bucket. Once it was on it can only be suspended, which is what off means here.
pub(super) struct Versioning(Schema);

impl Versioning {
    pub(super) fn new() -> Self {
        let attributes = vec![Attribute::new("status", "`Enabled`, or `Suspended`: no further versions are kept")];
        Self(kind::schema("bucket-versioning", "versioning of a bucket", "region", attributes))
    }
}

#[async_trait]
impl Correction for Versioning {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn call(&self) -> &'static str {
        "s3:PutBucketVersioning"
    }

    fn parts(&self) -> &'static [(&'static str, &'static str)] {
        &[("status", "VersioningConfiguration.Status")]
    }

    fn by_name(&self) -> bool {
        true
    }

    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        let read = reader.rest_xml(&s3::GET_VERSIONING, "GET", &format!("/{id}?versioning"), "").await;
        let Some(found) = unless_gone(read)? else { return Ok(None) };
        let on = setting::text(&found, "Status") == Value::text("Enabled");
        let status = if on { "Enabled" } else { "Suspended" };
        Ok(Some(Map::from([("status".to_owned(), Value::text(status))])))
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        let status = value.get("status").and_then(Value::as_text).unwrap_or("Suspended");
        let body =
            format!("<VersioningConfiguration xmlns=\"{XMLNS}\"><Status>{status}</Status></VersioningConfiguration>");
        writer.rest_xml(&operations::s3::PUT_VERSIONING, "PUT", &format!("/{id}?versioning"), &body).await.map(drop)
    }
}

/// Who owns what is put into a bucket. Where the owner of the bucket does, access control lists do nothing.
pub(super) struct Ownership(Schema);

impl Ownership {
    pub(super) fn new() -> Self {
        let attributes = vec![Attribute::new(
            "ownership",
            "`BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`; nothing where it was never said",
        )];
        Self(kind::schema("bucket-ownership", "object ownership of a bucket", "region", attributes))
    }
}

#[async_trait]
impl Correction for Ownership {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn call(&self) -> &'static str {
        "s3:PutBucketOwnershipControls"
    }

    fn parts(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn always(&self) -> Map {
        Map::from([("ownership".to_owned(), Value::text("BucketOwnerEnforced"))])
    }

    fn by_name(&self) -> bool {
        true
    }

    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        let path = format!("/{id}?ownershipControls");
        let Some(found) = unless_gone(reader.rest_xml(&s3::GET_OWNERSHIP_CONTROLS, "GET", &path, "").await)? else {
            return Ok(None);
        };
        Ok(Some(Map::from([("ownership".to_owned(), setting::text(&found, "ObjectOwnership"))])))
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        let path = format!("/{id}?ownershipControls");
        let Some(ownership) = value.get("ownership").and_then(Value::as_text) else {
            return writer.rest_xml(&operations::s3::DELETE_OWNERSHIP_CONTROLS, "DELETE", &path, "").await.map(drop);
        };
        let rule = format!("<Rule><ObjectOwnership>{ownership}</ObjectOwnership></Rule>");
        let body = format!("<OwnershipControls xmlns=\"{XMLNS}\">{rule}</OwnershipControls>");
        writer.rest_xml(&operations::s3::PUT_OWNERSHIP_CONTROLS, "PUT", &path, &body).await.map(drop)
    }
}
