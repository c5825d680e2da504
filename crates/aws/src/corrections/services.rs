//! Keys, logs, trails and databases.

use async_trait::async_trait;
use polity_model::{
    Map, Value,
    schema::{Attribute, Schema},
};
use polity_provider::{Error, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    kind::{self, Correction},
    operations,
};
use crate::{
    client::Caller as _,
    kinds::setting,
    operations::{cloudtrail, kms, logs, rds},
};

/// Nothing where it is gone.
fn unless_gone(read: Result<Json, Error>) -> Result<Option<Json>, Error> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is(Problem::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn truth(value: &Map, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// Rotation of a key.
pub(super) struct KeyRotation(Schema);

impl KeyRotation {
    pub(super) fn new() -> Self {
        let attributes = vec![
            Attribute::new("enabled", "whether it is rotated without asking"),
            Attribute::new("days", "days between rotations"),
        ];
        Self(kind::schema("key-rotation", "rotation of a key", "region", attributes))
    }
}

#[async_trait]
impl Correction for KeyRotation {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn call(&self) -> &'static str {
        "kms:EnableKeyRotation"
    }

    fn parts(&self) -> &'static [(&'static str, &'static str)] {
        &[("days", "RotationPeriodInDays")]
    }

    fn asked(&self, values: Map) -> Map {
        values.into_iter().map(|(name, value)| (name, kind::worded(value))).collect()
    }

    fn always(&self) -> Map {
        Map::from([("enabled".to_owned(), Value::Bool(true))])
    }

    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        let read = reader.json(&kms::GET_KEY_ROTATION_STATUS, json!({ "KeyId": id })).await;
        let Some(found) = unless_gone(read)? else { return Ok(None) };
        let enabled = found.get("KeyRotationEnabled").and_then(Json::as_bool).unwrap_or(false);
        // Where nothing is said, it is AWS's own period.
        let days = found.get("RotationPeriodInDays").and_then(Json::as_i64).unwrap_or(365);
        let days = if enabled { kind::worded(Value::Int(days)) } else { Value::Null };
        Ok(Some(Map::from([("enabled".to_owned(), Value::Bool(enabled)), ("days".to_owned(), days)])))
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        if !truth(value, "enabled") {
            return writer.json(&operations::kms::DISABLE_KEY_ROTATION, json!({ "KeyId": id })).await.map(drop);
        }
        let mut body = json!({ "KeyId": id });
        let days = value.get("days").and_then(Value::as_text).and_then(|days| days.parse::<i64>().ok());
        if let (Some(days), Some(body)) = (days, body.as_object_mut()) {
            body.insert("RotationPeriodInDays".to_owned(), days.into());
        }
        writer.json(&operations::kms::ENABLE_KEY_ROTATION, body).await.map(drop)
    }
}

/// For how long a log group keeps what it has.
pub(super) struct LogRetention(Schema);

impl LogRetention {
    pub(super) fn new() -> Self {
        let attributes = vec![Attribute::new("days", "days that entries are kept; for ever without a number")];
        Self(kind::schema("log-retention", "retention of a log group", "region", attributes))
    }
}

#[async_trait]
impl Correction for LogRetention {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn call(&self) -> &'static str {
        "logs:PutRetentionPolicy"
    }

    fn parts(&self) -> &'static [(&'static str, &'static str)] {
        &[("days", "retentionInDays")]
    }

    fn by_name(&self) -> bool {
        true
    }

    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        let found = reader.json(&logs::DESCRIBE_LOG_GROUPS, json!({ "logGroupNamePrefix": id })).await?;
        let groups = found.get("logGroups").and_then(Json::as_array).cloned().unwrap_or_default();
        let group = groups.into_iter().find(|group| group.get("logGroupName").and_then(Json::as_str) == Some(id));
        Ok(group.map(|group| {
            let days = group.get("retentionInDays").and_then(Json::as_i64).map_or(Value::Null, Value::Int);
            Map::from([("days".to_owned(), days)])
        }))
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        match value.get("days").and_then(Value::as_int) {
            Some(days) => {
                let body = json!({"logGroupName": id, "retentionInDays": days});
                writer.json(&operations::logs::PUT_RETENTION_POLICY, body).await.map(drop)
            }
            None => {
                let body = json!({ "logGroupName": id });
                writer.json(&operations::logs::DELETE_RETENTION_POLICY, body).await.map(drop)
            }
        }
    }
}

/// What a trail records, and whether its files are signed.
pub(super) struct TrailSettings(Schema);

impl TrailSettings {
    const PARTS: [(&'static str, &'static str); 3] = [
        ("validation", "EnableLogFileValidation"),
        ("all_regions", "IsMultiRegionTrail"),
        ("global_events", "IncludeGlobalServiceEvents"),
    ];

    pub(super) fn new() -> Self {
        let attributes = vec![
            Attribute::new("validation", "whether its files are signed, so that a change of them is seen"),
            Attribute::new("all_regions", "whether it covers all regions"),
            Attribute::new("global_events", "whether it covers services that are in no region"),
        ];
        Self(kind::schema("trail-settings", "settings of a trail", "region", attributes))
    }
}

#[async_trait]
impl Correction for TrailSettings {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn call(&self) -> &'static str {
        "cloudtrail:UpdateTrail"
    }

    fn parts(&self) -> &'static [(&'static str, &'static str)] {
        &Self::PARTS
    }

    /// Only what it can put back.
    fn understands(&self, with: &Value) -> bool {
        let known = |name: &String| name == "Name" || Self::PARTS.iter().any(|(_, parameter)| parameter == name);
        with.as_map().is_some_and(|entries| entries.keys().all(known))
    }

    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        let found = reader
            .json(&cloudtrail::DESCRIBE_TRAILS, json!({"trailNameList": [id], "includeShadowTrails": false}))
            .await?;
        let Some(trail) = found.get("trailList").and_then(Json::as_array).and_then(|trails| trails.first()).cloned()
        else {
            return Ok(None);
        };
        let on = |name: &str| Value::Bool(trail.get(name).and_then(Json::as_bool).unwrap_or(false));
        Ok(Some(Map::from([
            ("validation".to_owned(), on("LogFileValidationEnabled")),
            ("all_regions".to_owned(), on("IsMultiRegionTrail")),
            ("global_events".to_owned(), on("IncludeGlobalServiceEvents")),
        ])))
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        let mut body = json!({ "Name": id });
        if let Some(body) = body.as_object_mut() {
            body.extend(
                Self::PARTS.iter().map(|(name, parameter)| ((*parameter).to_owned(), truth(value, name).into())),
            );
        }
        writer.json(&operations::cloudtrail::UPDATE_TRAIL, body).await.map(drop)
    }
}

/// Whether a trail writes.
pub(super) struct TrailLogging(Schema);

impl TrailLogging {
    pub(super) fn new() -> Self {
        let attributes = vec![Attribute::new("logging", "whether it writes")];
        Self(kind::schema("trail-logging", "logging of a trail", "region", attributes))
    }
}

#[async_trait]
impl Correction for TrailLogging {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn call(&self) -> &'static str {
        "cloudtrail:StartLogging"
    }

    fn parts(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn always(&self) -> Map {
        Map::from([("logging".to_owned(), Value::Bool(true))])
    }

    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        let read = reader.json(&cloudtrail::GET_TRAIL_STATUS, json!({ "Name": id })).await;
        let Some(found) = unless_gone(read)? else { return Ok(None) };
        let logging = found.get("IsLogging").and_then(Json::as_bool).unwrap_or(false);
        Ok(Some(Map::from([("logging".to_owned(), Value::Bool(logging))])))
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        let start = truth(value, "logging");
        let operation =
            if start { &operations::cloudtrail::START_LOGGING } else { &operations::cloudtrail::STOP_LOGGING };
        writer.json(operation, json!({ "Name": id })).await.map(drop)
    }
}

/// What AWS calls public is the opposite of private here; all else is the same.
fn private(name: String, value: Value) -> (String, Value) {
    match value {
        Value::Bool(public) if name == "private" => (name, Value::Bool(!public)),
        value => (name, value),
    }
}

/// Settings of a database that can be changed while it runs.
pub(super) struct Database(Schema);

impl Database {
    const PARTS: [(&'static str, &'static str); 5] = [
        ("private", "PubliclyAccessible"),
        ("deletion_protection", "DeletionProtection"),
        ("minor_upgrades", "AutoMinorVersionUpgrade"),
        ("zones", "MultiAZ"),
        ("backup_days", "BackupRetentionPeriod"),
    ];

    pub(super) fn new() -> Self {
        let attributes = vec![
            Attribute::new("private", "whether it has no address that the internet can reach"),
            Attribute::new("deletion_protection", "whether it must be unlocked before it can be deleted"),
            Attribute::new("minor_upgrades", "whether fixes are installed without asking"),
            Attribute::new("zones", "whether it survives the loss of a zone"),
            Attribute::new("backup_days", "for how many days backups are kept"),
        ];
        Self(kind::schema("database-settings", "settings of a database", "region", attributes))
    }
}

#[async_trait]
impl Correction for Database {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn call(&self) -> &'static str {
        "rds:ModifyDBInstance"
    }

    fn parts(&self) -> &'static [(&'static str, &'static str)] {
        &Self::PARTS
    }

    fn asked(&self, values: Map) -> Map {
        values.into_iter().map(|(name, value)| private(name, value)).collect()
    }

    fn by_name(&self) -> bool {
        true
    }

    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        let read = reader.query(&rds::DESCRIBE_DB_INSTANCES, &[("DBInstanceIdentifier", id.to_owned())]).await;
        let Some(found) = unless_gone(read)? else { return Ok(None) };
        let value = |(name, parameter): &(&str, &str)| {
            let value = match *name {
                "backup_days" => setting::number(&found, parameter),
                _ => setting::flag(&found, parameter),
            };
            private((*name).to_owned(), value)
        };
        Ok(Some(Self::PARTS.iter().map(value).collect()))
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        let mut parameters = vec![("DBInstanceIdentifier", id.to_owned()), ("ApplyImmediately", "true".to_owned())];
        for (name, parameter) in Self::PARTS {
            let value = value.get(name).cloned().unwrap_or_default();
            let text = match private(name.to_owned(), value).1 {
                Value::Bool(value) => value.to_string(),
                Value::Int(number) => number.to_string(),
                _ => continue,
            };
            parameters.push((parameter, text));
        }
        writer.query(&operations::rds::MODIFY_DB_INSTANCE, &parameters).await.map(drop)
    }
}
