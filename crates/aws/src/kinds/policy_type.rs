//! The policy types that are switched on at the root: a guardrail of a type has force only where its type is on.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use polity_model::{
    Origin, Value,
    organization::Organization,
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    policy,
    support::{
        LANE, ORGANIZATION, address, already, attributes, found, mode_of, observed, optional, patiently, platform,
        present, text,
    },
    tree::{self, Shared},
};
use crate::{
    client::Caller as _,
    operations::organizations::{DISABLE_POLICY_TYPE, ENABLE_POLICY_TYPE},
};

const KIND: &str = "policy-type";

/// Every policy type of AWS Organizations: as the manifest writes it, and as AWS does.
pub(crate) const TYPES: [(&str, &str); 13] = [
    ("service-control", "SERVICE_CONTROL_POLICY"),
    ("resource-control", "RESOURCE_CONTROL_POLICY"),
    ("tag", "TAG_POLICY"),
    ("backup", "BACKUP_POLICY"),
    ("ai-opt-out", "AISERVICES_OPT_OUT_POLICY"),
    ("chat-applications", "CHATBOT_POLICY"),
    ("declarative-ec2", "DECLARATIVE_POLICY_EC2"),
    ("security-hub", "SECURITYHUB_POLICY"),
    ("inspector", "INSPECTOR_POLICY"),
    ("upgrade-rollout", "UPGRADE_ROLLOUT_POLICY"),
    ("bedrock", "BEDROCK_POLICY"),
    ("s3", "S3_POLICY"),
    ("network-security-director", "NETWORK_SECURITY_DIRECTOR_POLICY"),
];

/// AWS's word for a type that the manifest names.
pub(crate) fn native(short: &str) -> &str {
    TYPES.iter().find(|(name, _)| *name == short).map_or(short, |(_, native)| native)
}

/// The manifest's word for a type of AWS.
pub(crate) fn short(native: &str) -> &str {
    TYPES.iter().find(|(_, name)| *name == native).map_or(native, |(short, _)| short)
}

/// The types that are on, with their status.
pub(crate) fn states(root: &Json) -> BTreeMap<&str, &str> {
    let types = root.get("PolicyTypes").and_then(Json::as_array).into_iter().flatten();
    types.filter_map(|one| Some((optional(one, "Type")?, optional(one, "Status").unwrap_or("ENABLED")))).collect()
}

/// The kind.
pub(crate) struct PolicyType {
    schema: Schema,
    shared: Arc<Shared>,
}

impl PolicyType {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        let schema = Schema {
            kind: KIND,
            title: "policy type",
            level: ORGANIZATION,
            nature: Nature::Container,
            ownership: Ownership::Journal,
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("type", "the type, in AWS's word").change(Change::Fixed),
                Attribute::new("status", "`ENABLED`, or on its way there"),
            ],
            lane: LANE,
            irreversible: false,
        };
        Self { schema, shared: Arc::clone(shared) }
    }

    /// Switches the type on, and waits until AWS has done so: attachments are refused before.
    async fn enable(&self, writer: &Writer, kind: &str) -> Result<(), Error> {
        let root = tree::read_root(writer.reader()).await?;
        let ask = json!({"RootId": text(&root, "Id")?, "PolicyType": kind});
        already(writer.json(&ENABLE_POLICY_TYPE, ask).await, &["PolicyTypeAlreadyEnabledException"])?;
        patiently(|| enabled(writer.reader(), kind), |error| error.is(Problem::Busy)).await
    }
}

async fn enabled(reader: &Reader, kind: &str) -> Result<(), Error> {
    let root = tree::read_root(reader).await?;
    if states(&root).get(kind) == Some(&"ENABLED") {
        return Ok(());
    }
    Err(Error::new(Problem::Busy, "organizations:EnablePolicyType", format!("`{kind}` is still being enabled"))
        .help("run `polity apply` again in a minute"))
}

fn observe(scope: &Scope, kind: &str, status: &str) -> Observed {
    let mut found =
        observed(KIND, scope, kind, short(kind), attributes([("type", kind.into()), ("status", status.into())]));
    found.keys = vec![Key::new("type", kind)];
    found
}

#[async_trait]
impl Kind for PolicyType {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        let mut origins: BTreeMap<&str, Vec<Origin>> = BTreeMap::new();
        for (guardrail, section) in policy::guardrails(organization, platform) {
            if policy::lives(guardrail) {
                origins.entry(section.kind).or_default().push(section.origin.clone());
            }
        }
        let wanted = origins.into_iter().map(|(kind, origins)| {
            let mut desired = Desired::new(address(platform, KIND, short(kind)), &scope.name, &platform.origin);
            desired.attributes = attributes([("type", kind.into()), ("status", "ENABLED".into())]);
            desired.keys = vec![Key::new("type", kind)];
            desired.needs = vec![address(platform, "organization", &platform.name)];
            desired.mode = mode_of(organization, platform);
            desired.origins = origins;
            desired
        });
        wanted.collect()
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let root = tree::root(reader, &self.shared).await;
        found(
            root.map(|root| states(&root).iter().map(|(kind, status)| observe(reader.scope(), kind, status)).collect()),
        )
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let root = present(tree::read_root(reader).await)?;
        Ok(root.and_then(|root| states(&root).get(id).map(|status| observe(reader.scope(), id, status))))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let kind = ask.text("type")?;
        self.enable(writer, kind).await?;
        Ok(kind.to_owned())
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        // A type on its way off cannot be switched on before it has arrived there: the service says so, and is busy.
        if ask.after("status").and_then(Value::as_text) == Some("ENABLED") {
            self.enable(writer, ask.id()?).await?;
        }
        Ok(())
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let root = tree::read_root(writer.reader()).await?;
        let body = json!({"RootId": text(&root, "Id")?, "PolicyType": ask.id()?});
        already(writer.json(&DISABLE_POLICY_TYPE, body).await, &["PolicyTypeNotEnabledException"])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_knows_the_same_types() {
        let names: Vec<&str> = TYPES.iter().map(|(short, _)| *short).collect();
        assert_eq!(names, crate::vocabulary::POLICY_TYPES);
        for (short_name, native_name) in TYPES {
            assert_eq!((native(short_name), short(native_name)), (native_name, short_name));
        }
    }
}
