//! Defaults of the instance metadata service for new instances, per region: whether IMDSv2 is required.

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
    operations::ec2::{GET_INSTANCE_METADATA_DEFAULTS, MODIFY_INSTANCE_METADATA_DEFAULTS},
};

/// Attribute, field, element of the answer, parameter of the write.
const PARTS: [(&str, &str, &str, &str); 4] = [
    ("http_tokens", "tokens", "httpTokens", "HttpTokens"),
    ("hop_limit", "hop_limit", "httpPutResponseHopLimit", "HttpPutResponseHopLimit"),
    ("http_endpoint", "endpoint", "httpEndpoint", "HttpEndpoint"),
    ("instance_tags", "instance_tags", "instanceMetadataTags", "InstanceMetadataTags"),
];

/// The kind.
pub(crate) fn kind() -> SettingKind<ImdsDefaults> {
    let attributes = vec![
        Attribute::new("http_tokens", "whether a session token is required (IMDSv2)").empties(),
        Attribute::new("hop_limit", "how many network hops an answer may take").empties(),
        Attribute::new("http_endpoint", "whether instances can reach the service at all").empties(),
        Attribute::new("instance_tags", "whether instances can read their own tags").empties(),
    ];
    let title = "instance metadata defaults";
    SettingKind(ImdsDefaults {
        schema: setting::schema("imds-defaults", title, "region", Effect::Restricts, attributes),
    })
}

/// Its field in `settings`.
pub(crate) fn field() -> Field {
    let switch = || Shape::OneOf(&["enabled", "disabled"]);
    Field::new(
        "imds",
        Shape::Either(vec![
            Shape::OneOf(&["required", "optional"]),
            Shape::Record(vec![
                Field::new("tokens", Shape::OneOf(&["required", "optional"]), "whether a session token is required"),
                Field::new("hop_limit", Shape::Int { min: 1, max: 64 }, "how many network hops an answer may take"),
                Field::new("endpoint", switch(), "whether instances can reach the service at all"),
                Field::new("instance_tags", switch(), "whether instances can read their own tags"),
            ]),
        ]),
        "instance metadata service of new instances: `required` asks for IMDSv2",
    )
}

pub(crate) struct ImdsDefaults {
    schema: Schema,
}

#[async_trait]
impl Setting for ImdsDefaults {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn field(&self) -> &'static str {
        "imds"
    }

    fn asked(&self, written: &Value, _tenant: &str) -> Map {
        if let Value::Text(tokens) = written {
            return Map::from([("http_tokens".to_owned(), Value::text(tokens))]);
        }
        PARTS
            .iter()
            .filter_map(|(attribute, field, ..)| Some(((*attribute).to_owned(), written.get(field)?.clone())))
            .collect()
    }

    async fn get(&self, reader: &Reader) -> Result<Map, Error> {
        let answer = reader.query(&GET_INSTANCE_METADATA_DEFAULTS, &[]).await?;
        let part = |attribute: &str, element: &str| match attribute {
            "hop_limit" => setting::number(&answer, element),
            _ => setting::text(&answer, element),
        };
        let known = PARTS.iter().map(|(attribute, _, element, _)| ((*attribute).to_owned(), part(attribute, element)));
        Ok(known.filter(|(_, value)| *value != Value::Null).collect())
    }

    async fn set(&self, writer: &Writer, value: &Map) -> Result<(), Error> {
        // What is to have no default must be said so: AWS keeps what it is not told.
        let parameters: Vec<_> = PARTS
            .iter()
            .map(|(attribute, _, _, name)| {
                (*name, setting::parameter(value.get(*attribute)).unwrap_or_else(|| none(attribute).to_owned()))
            })
            .collect();
        writer.query(&MODIFY_INSTANCE_METADATA_DEFAULTS, &parameters).await.map(drop)
    }

    async fn reset(&self, writer: &Writer, _now: &Map) -> Result<(), Error> {
        self.set(writer, &Map::new()).await
    }
}

/// How EC2 is told that there is no default.
fn none(attribute: &str) -> &'static str {
    if attribute == "hop_limit" { "-1" } else { "no-preference" }
}
