//! Alias of an account: the readable name in its sign-in address.

use async_trait::async_trait;
use polity_model::{
    Map, Value,
    schema::{Attribute, Effect, Schema},
    shape::{Field, Shape},
};
use polity_provider::{Error, Problem, Reader, Writer};
use serde_json::Value as Json;

use super::setting::{self, Setting, SettingKind};
use crate::{
    client::Caller,
    operations::iam::{CREATE_ACCOUNT_ALIAS, DELETE_ACCOUNT_ALIAS, LIST_ACCOUNT_ALIASES},
};

/// The kind.
pub(crate) fn kind() -> SettingKind<AccountAlias> {
    let attributes = vec![Attribute::new("alias", "name in the sign-in address; unique in all of AWS")];
    let title = "account alias";
    SettingKind(AccountAlias {
        schema: setting::schema("account-alias", title, "account", Effect::Neutral, attributes),
    })
}

/// Its field in `settings`.
pub(crate) fn field() -> Field {
    Field::new(
        "account_alias",
        Shape::Pattern {
            regex: "[a-z0-9{]([a-z0-9{}]|-[a-z0-9{]){2,62}",
            called: "an account alias (3 to 63 lower-case letters, digits and single hyphens; `{tenant}` stands for the tenant)",
        },
        "name in the account's sign-in address; `{tenant}` stands for the name of the tenant",
    )
}

/// Empty pages that are gone through.
const PAGES_MAX: usize = 100;

pub(crate) struct AccountAlias {
    schema: Schema,
}

#[async_trait]
impl Setting for AccountAlias {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn field(&self) -> &'static str {
        "account_alias"
    }

    fn asked(&self, written: &Value, tenant: &str) -> Map {
        // Aliases are unique in all of AWS: the place holder lets a landing zone give each of its tenants one.
        let alias = written.as_text().unwrap_or_default().replace("{tenant}", tenant);
        Map::from([("alias".to_owned(), Value::Text(alias))])
    }

    async fn get(&self, reader: &Reader) -> Result<Map, Error> {
        // An account has one alias at most, but IAM may begin with an empty page.
        let mut page = Vec::new();
        for _ in 0..PAGES_MAX {
            let answer = reader.query(&LIST_ACCOUNT_ALIASES, &page).await?;
            if let Some(alias) = setting::find(&answer, "AccountAliases").and_then(first_text) {
                return Ok(Map::from([("alias".to_owned(), Value::text(alias))]));
            }
            let more = setting::flag(&answer, "IsTruncated") == Value::Bool(true);
            let Some(marker) = setting::find(&answer, "Marker").and_then(first_text).filter(|_| more) else { break };
            page = vec![("Marker", marker.to_owned())];
        }
        Ok(Map::new())
    }

    async fn set(&self, writer: &Writer, value: &Map) -> Result<(), Error> {
        let alias = setting::needed(value, self.schema.kind, "alias")?;
        // A second alias takes the place of the first.
        match writer.query(&CREATE_ACCOUNT_ALIAS, &[("AccountAlias", alias.to_owned())]).await {
            Ok(_) => Ok(()),
            // Where the answer to the first try was lost, the repetition is told that the alias is taken: by us, or by
            // somebody else in the world.
            Err(error) if error.is(Problem::AlreadyExists) => {
                let now = self.get(writer.reader()).await?;
                if now.get("alias").and_then(Value::as_text) == Some(alias) {
                    return Ok(());
                }
                Err(error.help(format!(
                    "an alias is unique in all of AWS, and another account has `{alias}`: write another `account_alias` in the manifest"
                )))
            }
            Err(error) => Err(error),
        }
    }

    async fn reset(&self, writer: &Writer, now: &Map) -> Result<(), Error> {
        let Some(alias) = now.get("alias").and_then(Value::as_text) else { return Ok(()) };
        match writer.query(&DELETE_ACCOUNT_ALIAS, &[("AccountAlias", alias.to_owned())]).await {
            Err(error) if !error.is(Problem::NotFound) => Err(error),
            _ => Ok(()),
        }
    }
}

fn first_text(list: &Json) -> Option<&str> {
    match list {
        Json::String(text) if !text.trim().is_empty() => Some(text),
        Json::Array(items) => items.iter().find_map(first_text),
        Json::Object(entries) => entries.values().find_map(first_text),
        _ => None,
    }
}
