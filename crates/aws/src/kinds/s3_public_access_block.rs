//! Public access block of a whole account: no bucket in it can be made public.

use async_trait::async_trait;
use polity_model::{
    Map, Value,
    schema::{Attribute, Effect, Schema},
    shape::{Field, Shape},
};
use polity_provider::{Error, Problem, Reader, Writer};

use super::setting::{self, Setting, SettingKind};
use crate::{
    client::Caller,
    operations::s3_control::{DELETE_PUBLIC_ACCESS_BLOCK, GET_PUBLIC_ACCESS_BLOCK, PUT_PUBLIC_ACCESS_BLOCK},
};

const PATH: &str = "/v20180820/configuration/publicAccessBlock";

/// Attribute and XML element of each of the four switches, in the order of AWS's schema.
const SWITCHES: [(&str, &str, &str); 4] = [
    ("block_public_acls", "BlockPublicAcls", "refuses new public access control lists"),
    ("ignore_public_acls", "IgnorePublicAcls", "treats public access control lists as if they were not there"),
    ("block_public_policy", "BlockPublicPolicy", "refuses bucket policies that make a bucket public"),
    ("restrict_public_buckets", "RestrictPublicBuckets", "lets only the own account use buckets with a public policy"),
];

/// The kind.
pub(crate) fn kind() -> SettingKind<S3PublicAccessBlock> {
    let attributes = SWITCHES.iter().map(|(name, _, doc)| Attribute::new(name, doc)).collect();
    let title = "S3 public access block";
    SettingKind(S3PublicAccessBlock {
        schema: setting::schema("s3-public-access-block", title, "account", Effect::Restricts, attributes),
    })
}

/// Its field in `settings`.
pub(crate) fn field() -> Field {
    let switches = SWITCHES.iter().map(|(name, _, doc)| Field::new(name, Shape::Bool, doc)).collect();
    Field::new(
        "s3_public_access_block",
        Shape::Either(vec![Shape::Bool, Shape::Record(switches)]),
        "blocks public access to all buckets of the account: `true`, or each of the four switches",
    )
}

pub(crate) struct S3PublicAccessBlock {
    schema: Schema,
}

#[async_trait]
impl Setting for S3PublicAccessBlock {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn field(&self) -> &'static str {
        "s3_public_access_block"
    }

    fn asked(&self, written: &Value, _tenant: &str) -> Map {
        // A switch that is not written in a record is off: the record says all of it.
        let switch = |name: &str| match written {
            Value::Bool(value) => *value,
            record => record.get(name).and_then(Value::as_bool).unwrap_or(false),
        };
        SWITCHES.iter().map(|(name, _, _)| ((*name).to_owned(), Value::Bool(switch(name)))).collect()
    }

    async fn get(&self, reader: &Reader) -> Result<Map, Error> {
        let answer = match reader.rest_xml(&GET_PUBLIC_ACCESS_BLOCK, "GET", PATH, "").await {
            Ok(answer) => answer,
            // Without a configuration nothing is blocked.
            Err(error) if error.is(Problem::NotFound) => serde_json::Value::Null,
            Err(error) => return Err(error),
        };
        let switch = |element| Value::Bool(setting::flag(&answer, element) == Value::Bool(true));
        Ok(SWITCHES.iter().map(|(name, element, _)| ((*name).to_owned(), switch(element))).collect())
    }

    async fn set(&self, writer: &Writer, value: &Map) -> Result<(), Error> {
        let mut body = String::from(
            "<PublicAccessBlockConfiguration xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\">",
        );
        for (name, element, _) in SWITCHES {
            let on = value.get(name).and_then(Value::as_bool).unwrap_or(false);
            body.push_str(&format!("<{element}>{on}</{element}>"));
        }
        body.push_str("</PublicAccessBlockConfiguration>");
        writer.rest_xml(&PUT_PUBLIC_ACCESS_BLOCK, "PUT", PATH, &body).await.map(drop)
    }

    async fn reset(&self, writer: &Writer, _now: &Map) -> Result<(), Error> {
        writer.rest_xml(&DELETE_PUBLIC_ACCESS_BLOCK, "DELETE", PATH, "").await.map(drop)
    }
}
