//! Password policy for the IAM users of an account.

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
    operations::iam::{DELETE_PASSWORD_POLICY, GET_PASSWORD_POLICY, UPDATE_PASSWORD_POLICY},
};

/// Attribute (and field), IAM's name, and what it means. The numbers come first.
const NUMBERS: [(&str, &str, &str); 3] = [
    ("minimum_length", "MinimumPasswordLength", "fewest characters of a password"),
    ("max_age_days", "MaxPasswordAge", "days after which a password expires; never without it"),
    ("reuse_prevention", "PasswordReusePrevention", "how many former passwords may not be used again"),
];
const SWITCHES: [(&str, &str, &str); 6] = [
    ("require_symbols", "RequireSymbols", "at least one symbol"),
    ("require_numbers", "RequireNumbers", "at least one digit"),
    ("require_uppercase", "RequireUppercaseCharacters", "at least one upper-case letter"),
    ("require_lowercase", "RequireLowercaseCharacters", "at least one lower-case letter"),
    ("allow_change", "AllowUsersToChangePassword", "users may change their own password"),
    ("hard_expiry", "HardExpiry", "an expired password can only be reset by an administrator"),
];

/// The kind.
pub(crate) fn kind() -> SettingKind<PasswordPolicy> {
    let numbers = NUMBERS.iter().map(|(name, _, doc)| Attribute::new(name, doc).empties());
    let switches = SWITCHES.iter().map(|(name, _, doc)| Attribute::new(name, doc));
    SettingKind(PasswordPolicy {
        schema: setting::schema(
            "password-policy",
            "IAM password policy",
            "account",
            Effect::Restricts,
            numbers.chain(switches).collect(),
        ),
    })
}

/// Its field in `settings`.
pub(crate) fn field() -> Field {
    let numbers = [
        Field::new("minimum_length", Shape::Int { min: 6, max: 128 }, "fewest characters of a password"),
        Field::new("max_age", Shape::Duration, "whole days after which a password expires: `90d`; never without it"),
        Field::new("reuse_prevention", Shape::Int { min: 1, max: 24 }, "how many former passwords may not come again"),
    ];
    let switches = SWITCHES.iter().map(|(name, _, doc)| Field::new(name, Shape::Bool, doc));
    Field::new(
        "password_policy",
        Shape::Record(numbers.into_iter().chain(switches).collect()),
        "password policy for the IAM users of the account; what is not written is not required",
    )
}

pub(crate) struct PasswordPolicy {
    schema: Schema,
}

#[async_trait]
impl Setting for PasswordPolicy {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn field(&self) -> &'static str {
        "password_policy"
    }

    fn asked(&self, written: &Value, _tenant: &str) -> Map {
        let mut asked = Map::new();
        for name in ["minimum_length", "reuse_prevention"] {
            asked.extend(written.get(name).map(|number| (name.to_owned(), number.clone())));
        }
        if let Some(seconds) = written.get("max_age").and_then(Value::as_int) {
            // IAM counts whole days, from 1 to 1,095; a part of a day is more careful rounded down.
            asked.insert("max_age_days".to_owned(), Value::Int((seconds / 86_400).clamp(1, 1095)));
        }
        // IAM has no policy without a least length; six is the least that it accepts.
        asked.entry("minimum_length".to_owned()).or_insert(Value::Int(6));
        for (name, _, _) in SWITCHES {
            let on = written.get(name).and_then(Value::as_bool).unwrap_or(false);
            asked.insert(name.to_owned(), Value::Bool(on));
        }
        asked
    }

    async fn get(&self, reader: &Reader) -> Result<Map, Error> {
        let answer = match reader.query(&GET_PASSWORD_POLICY, &[]).await {
            Ok(answer) => answer,
            // Without a policy of its own an account has AWS's default one, which has none of these values.
            Err(error) if error.is(Problem::NotFound) => return Ok(Map::new()),
            Err(error) => return Err(error),
        };
        let numbers = NUMBERS.iter().map(|(name, element, ..)| {
            // Zero and nothing mean the same to IAM: no such rule.
            let number = setting::number(&answer, element);
            ((*name).to_owned(), if number == Value::Int(0) { Value::Null } else { number })
        });
        let switches = SWITCHES.iter().map(|(name, element, _)| {
            ((*name).to_owned(), Value::Bool(setting::flag(&answer, element) == Value::Bool(true)))
        });
        Ok(numbers.chain(switches).filter(|(_, value)| *value != Value::Null).collect())
    }

    async fn set(&self, writer: &Writer, value: &Map) -> Result<(), Error> {
        let numbers = NUMBERS.iter().map(|(name, element, ..)| (*element, *name));
        let switches = SWITCHES.iter().map(|(name, element, _)| (*element, *name));
        let names: Vec<_> = numbers.chain(switches).collect();
        writer.query(&UPDATE_PASSWORD_POLICY, &setting::parameters(value, &names)).await.map(drop)
    }

    async fn reset(&self, writer: &Writer, _now: &Map) -> Result<(), Error> {
        match writer.query(&DELETE_PASSWORD_POLICY, &[]).await {
            Err(error) if !error.is(Problem::NotFound) => Err(error),
            _ => Ok(()),
        }
    }
}
