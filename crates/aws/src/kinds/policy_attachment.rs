//! Attachments of organization policies to the root, organizational units and accounts.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use polity_model::{
    Value,
    organization::{LifeState, Mode, Named, Organization, Platform},
    resource::{Desired, Group, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    account::group,
    policy::{self, Section},
    policy_list, policy_type,
    support::{
        LANE, ORGANIZATION, account_of, address, already, attributes, each, found, has_code, mode_of, observed,
        optional, patiently, platform, present, root_of, text,
    },
    tree::Shared,
};
use crate::{
    client::{Caller as _, pages},
    operations::organizations::{ATTACH_POLICY, DESCRIBE_POLICY, DETACH_POLICY, LIST_TARGETS},
};

const KIND: &str = "policy-attachment";

/// The kind.
pub(crate) struct PolicyAttachment {
    schema: Schema,
    shared: Arc<Shared>,
}

impl PolicyAttachment {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        let schema = Schema {
            kind: KIND,
            title: "attachment of an organization policy",
            level: ORGANIZATION,
            nature: Nature::Link,
            ownership: Ownership::Through { kind: policy::KIND, attribute: "policy" },
            effect: Effect::Attaches { guardrail: "policy", target: "target" },
            attributes: vec![
                Attribute::new("policy", "native id of the policy").change(Change::Replace),
                Attribute::new("target", "native id of the root, organizational unit or account")
                    .change(Change::Replace),
                Attribute::new("type", "policy type, in AWS's word").change(Change::ReadOnly),
            ],
            lane: LANE,
            irreversible: false,
        };
        Self { schema, shared: Arc::clone(shared) }
    }

    async fn list(&self, reader: &Reader) -> Result<Vec<Observed>, Error> {
        let listed = policy_list::list(reader, &self.shared).await?;
        // A policy of a type that is off is attached nowhere.
        let attachable: Vec<&Json> = listed
            .summaries
            .iter()
            .filter(|summary| optional(summary, "Type").is_some_and(|kind| listed.on.contains(kind)))
            .collect();
        Ok(each(attachable, |summary| of_policy(reader, summary)).await?.into_iter().flatten().collect())
    }
}

/// All attachments of one policy.
async fn of_policy(reader: &Reader, summary: &Json) -> Result<Vec<Observed>, Error> {
    let policy = text(summary, "Id")?;
    let targets = present(pages(reader, &LIST_TARGETS, json!({"PolicyId": policy}), "Targets").await)?;
    let observe = |target: &Json| {
        let (id, name) = (text(target, "TargetId")?, optional(target, "Name").unwrap_or_default());
        let kind = text(summary, "Type")?;
        let named = format!("{} on {name}", text(summary, "Name")?);
        let values = attributes([("policy", policy.into()), ("target", id.into()), ("type", kind.into())]);
        let mut found = observed(KIND, reader.scope(), &format!("{policy}@{id}"), &named, values);
        found.keys = vec![key(policy.into(), id.into())];
        found.vendor = policy_list::vendor(summary).map(str::to_owned);
        Ok(found)
    };
    targets.unwrap_or_default().iter().map(observe).collect()
}

fn key(policy: Value, target: Value) -> Key {
    Key::new("policy+target", vec![policy, target])
}

/// Something that guardrails are attached to.
struct Target<'a> {
    /// As it stands in the address.
    name: String,
    /// Reference to its native id.
    id: Value,
    /// As it stood in the address under former names.
    former: Vec<String>,
    guardrails: &'a [Named],
    mode: Mode,
    group: Group,
}

fn targets<'a>(organization: &'a Organization, platform: &'a Platform) -> Vec<Target<'a>> {
    let mut targets = vec![Target {
        name: "root".to_owned(),
        id: root_of(platform),
        former: Vec::new(),
        guardrails: &organization.guardrails,
        mode: mode_of(organization, platform),
        group: Group::default(),
    }];
    let ends = |state: &LifeState| matches!(state, LifeState::Retired { .. });
    for zone in organization.landing_zones_on(&platform.name).filter(|zone| !ends(&zone.state)) {
        targets.push(Target {
            name: format!("zone:{}", zone.name),
            id: Value::id_of(address(platform, "organizational-unit", &zone.name)),
            former: zone.renamed_from.iter().map(|old| format!("zone:{old}")).collect(),
            guardrails: &zone.guardrails,
            mode: organization.mode_at(&platform.name, Some(&zone.name)),
            group: Group { landing_zone: Some(zone.name.clone()), ..Group::default() },
        });
    }
    for tenant in organization.tenants_on(&platform.name).filter(|tenant| !ends(&tenant.state)) {
        let zone = tenant.landing_zone.as_ref().map(|zone| zone.name.as_str());
        targets.push(Target {
            name: format!("tenant:{}", tenant.name),
            id: account_of(platform, &tenant.name),
            former: tenant.renamed_from.iter().map(|old| format!("tenant:{old}")).collect(),
            guardrails: &tenant.guardrails,
            mode: organization.mode_at(&platform.name, zone),
            group: group(tenant),
        });
    }
    targets
}

fn want(platform: &Platform, scope: &Scope, target: &Target<'_>, named: &Named, section: &Section<'_>) -> Desired {
    let guardrail = &named.name;
    let mut desired =
        Desired::new(address(platform, KIND, &format!("{guardrail}@{}", target.name)), &scope.name, &named.origin);
    let policy = Value::id_of(address(platform, policy::KIND, guardrail));
    desired.attributes =
        attributes([("policy", policy.clone()), ("target", target.id.clone()), ("type", section.kind.into())]);
    desired.keys = vec![key(policy, target.id.clone())];
    desired.needs = vec![address(platform, "policy-type", policy_type::short(section.kind))];
    desired.renamed_from =
        target.former.iter().map(|old| address(platform, KIND, &format!("{guardrail}@{old}"))).collect();
    desired.mode = target.mode;
    desired.group = target.group.clone();
    desired
}

#[async_trait]
impl Kind for PolicyAttachment {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        let guardrails: BTreeMap<&str, _> = policy::guardrails(organization, platform)
            .filter(|(guardrail, _)| policy::lives(guardrail))
            .map(|(guardrail, section)| (guardrail.name.as_str(), (guardrail, section)))
            .collect();
        let mut wanted = Vec::new();
        for target in targets(organization, platform) {
            for named in target.guardrails {
                let Some((guardrail, section)) = guardrails.get(named.name.as_str()) else { continue };
                let mut desired = want(platform, scope, &target, named, section);
                for old in &guardrail.renamed_from {
                    desired.renamed_from.push(address(platform, KIND, &format!("{old}@{}", target.name)));
                }
                wanted.push(desired);
            }
        }
        wanted
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        found(self.list(reader).await)
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let Some((policy, _)) = id.split_once('@') else { return Ok(None) };
        let described = present(reader.json(&DESCRIBE_POLICY, json!({"PolicyId": policy})).await)?;
        let Some(answer) = described else { return Ok(None) };
        let policy = answer.get("Policy").unwrap_or(&answer);
        let attachments = of_policy(reader, policy.get("PolicySummary").unwrap_or(policy)).await?;
        Ok(attachments.into_iter().find(|one| one.id == id))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let (policy, target) = (ask.text("policy")?, ask.text("target")?);
        let attempt = || writer.json(&ATTACH_POLICY, json!({"PolicyId": policy, "TargetId": target}));
        // The type was enabled or the policy made a moment ago, and AWS is not of one mind about it yet.
        let lags = |error: &Error| {
            ["PolicyTypeNotEnabledException", "PolicyNotFoundException", "TargetNotFoundException"]
                .iter()
                .any(|code| has_code(error, code))
        };
        already(patiently(attempt, lags).await, &["DuplicatePolicyAttachmentException"])?;
        Ok(format!("{policy}@{target}"))
    }

    async fn update(&self, _writer: &Writer, _ask: &Ask<'_>) -> Result<(), Error> {
        Ok(()) // there is nothing about it that could be changed in place
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let body = json!({"PolicyId": ask.text_before("policy")?, "TargetId": ask.text_before("target")?});
        let gone = ["PolicyNotAttachedException", "PolicyNotFoundException", "TargetNotFoundException"];
        already(writer.json(&DETACH_POLICY, body).await, &gone).map(drop).map_err(|error| {
            if has_code(&error, "ConstraintViolationException") {
                return error.help("a target keeps at least one service control policy: attach another one first");
            }
            error
        })
    }
}
