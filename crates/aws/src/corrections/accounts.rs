//! Credentials.

use async_trait::async_trait;
use polity_model::{
    Map, Value,
    schema::{Attribute, Schema},
};
use polity_provider::{Error, Problem, Reader, Writer};

use super::{
    kind::{self, Correction},
    operations,
};
use crate::{client::Caller as _, kinds::setting, operations::iam};

/// Whether an access key can be used.
pub(super) struct AccessKey(Schema);

impl AccessKey {
    pub(super) fn new() -> Self {
        let attributes =
            vec![Attribute::new("status", "`Active` or `Inactive`"), Attribute::new("user", "whose it is")];
        Self(kind::schema("access-key-status", "status of an access key", "account", attributes))
    }
}

#[async_trait]
impl Correction for AccessKey {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn call(&self) -> &'static str {
        "iam:UpdateAccessKey"
    }

    fn parts(&self) -> &'static [(&'static str, &'static str)] {
        &[("status", "Status")]
    }

    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        let found = match reader.query(&iam::GET_ACCESS_KEY_LAST_USED, &[("AccessKeyId", id.to_owned())]).await {
            Ok(found) => found,
            Err(error) if error.is(Problem::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(user) = setting::text(&found, "UserName").as_text().map(str::to_owned) else { return Ok(None) };
        let keys = reader.query(&iam::LIST_ACCESS_KEYS, &[("UserName", user.clone())]).await?;
        let members = setting::find(&keys, "AccessKeyMetadata").cloned().unwrap_or_default();
        let Some(status) = status_of(&members, id) else { return Ok(None) };
        Ok(Some(Map::from([("status".to_owned(), Value::Text(status)), ("user".to_owned(), Value::Text(user))])))
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        let text = |name: &str| value.get(name).and_then(Value::as_text).unwrap_or_default().to_owned();
        let parameters = [("AccessKeyId", id.to_owned()), ("Status", text("status")), ("UserName", text("user"))];
        writer.query(&operations::iam::UPDATE_ACCESS_KEY, &parameters).await.map(drop)
    }
}

/// The status of a key among those of its user, however the list of them is wrapped.
fn status_of(found: &serde_json::Value, id: &str) -> Option<String> {
    match found {
        serde_json::Value::Array(items) => items.iter().find_map(|item| status_of(item, id)),
        serde_json::Value::Object(entries) => {
            if entries.get("AccessKeyId").and_then(serde_json::Value::as_str) == Some(id) {
                return entries.get("Status").and_then(serde_json::Value::as_str).map(str::to_owned);
            }
            entries.values().find_map(|inner| status_of(inner, id))
        }
        _ => None,
    }
}
