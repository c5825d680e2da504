//! The AWS organization itself: made once, with all features, and never deleted.

use std::sync::Arc;

use async_trait::async_trait;
use polity_model::{
    organization::Organization as Manifest,
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::json;

use super::{
    support::{
        LANE, ORGANIZATION, address, attributes, has_code, is_unborn, mode_of, observed, optional, platform, text,
    },
    tree::{self, Shared},
};
use crate::{
    client::Caller as _,
    operations::organizations::{CREATE_ORGANIZATION, DESCRIBE_ORGANIZATION},
};

const KIND: &str = "organization";

/// The kind.
pub(crate) struct Organization {
    schema: Schema,
    shared: Arc<Shared>,
}

impl Organization {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        let read_only = |name, doc| Attribute::new(name, doc).change(Change::ReadOnly);
        let schema = Schema {
            kind: KIND,
            title: "AWS organization",
            level: ORGANIZATION,
            nature: Nature::Container,
            ownership: Ownership::Journal,
            effect: Effect::Neutral,
            attributes: vec![
                // Turning on all features of an old organization takes the consent of every invited account.
                Attribute::new("feature_set", "`ALL`; consolidated billing alone knows no guardrails")
                    .change(Change::Fixed),
                read_only("root_id", "native id of the root, under which everything stands"),
                read_only("management_account", "number of the account that owns the organization"),
                read_only("arn", "its Amazon resource name"),
            ],
            lane: LANE,
            irreversible: false,
        };
        Self { schema, shared: Arc::clone(shared) }
    }

    async fn describe(&self, reader: &Reader) -> Result<Option<Observed>, Error> {
        let answer = match reader.json(&DESCRIBE_ORGANIZATION, json!({})).await {
            Err(error) if is_unborn(&error) => return Ok(None),
            answer => answer?,
        };
        let organization = answer.get("Organization").unwrap_or(&answer);
        let root = tree::root(reader, &self.shared).await?;
        let id = text(organization, "Id")?;
        let mut found = observed(
            KIND,
            reader.scope(),
            id,
            id,
            attributes([
                ("feature_set", text(organization, "FeatureSet")?.into()),
                ("root_id", text(&root, "Id")?.into()),
                ("management_account", text(organization, "MasterAccountId")?.into()),
                ("arn", optional(organization, "Arn").unwrap_or_default().into()),
            ]),
        );
        found.keys = vec![Key::new("organization", "self")];
        Ok(Some(found))
    }
}

#[async_trait]
impl Kind for Organization {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Manifest, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        let mut desired = Desired::new(address(platform, KIND, &platform.name), &scope.name, &platform.origin);
        desired.attributes = attributes([("feature_set", "ALL".into())]);
        desired.keys = vec![Key::new("organization", "self")];
        desired.mode = mode_of(organization, platform);
        vec![desired]
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        Ok(self.describe(reader).await?.into_iter().collect::<Vec<_>>().into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        Ok(self.describe(reader).await?.filter(|found| found.id == id))
    }

    async fn create(&self, writer: &Writer, _ask: &Ask<'_>) -> Result<String, Error> {
        match writer.json(&CREATE_ORGANIZATION, json!({"FeatureSet": "ALL"})).await {
            Ok(answer) => Ok(text(answer.get("Organization").unwrap_or(&answer), "Id")?.to_owned()),
            Err(mut error) if has_code(&error, "AlreadyInOrganizationException") => {
                error.problem = Problem::AlreadyExists;
                Err(error.help("run `polity plan` again: the account has joined or founded an organization meanwhile"))
            }
            Err(error) => Err(error),
        }
    }

    async fn update(&self, _writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        if ask.changes("feature_set") {
            return Err(Error::new(
                Problem::Invalid,
                ask.address.to_string(),
                "the organization has consolidated billing only",
            )
            .help("turn on all features in the AWS Organizations console: every invited account must agree to it"));
        }
        Ok(())
    }

    async fn delete(&self, _writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        Err(Error::new(Problem::Invalid, ask.address.to_string(), "polity never deletes an AWS organization")
            .help("close its accounts and delete it in the AWS Organizations console"))
    }
}
