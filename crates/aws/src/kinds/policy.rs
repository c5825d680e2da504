//! Organization policies of every type: what a guardrail is on AWS.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use polity_model::{
    Origin, Value,
    inventory::Gap,
    organization::{Guardrail, LifeState, Organization, Platform},
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Compare, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    policy_list::{self, vendor},
    policy_type,
    support::{
        LANE, ORGANIZATION, address, attributes, each, has_code, is_absent, is_unborn, mode_of, observed, optional,
        patiently, platform, present, text,
    },
    tags::{self, Tags},
    tree::Shared,
};
use crate::{
    client::{Caller as _, pages},
    operations::organizations::{
        CREATE_POLICY, DELETE_POLICY, DESCRIBE_POLICY, LIST_POLICIES, LIST_TARGETS, UPDATE_POLICY,
    },
    prevent,
};

pub(crate) const KIND: &str = "policy";

/// A guardrail's section for AWS.
pub(crate) struct Section<'a> {
    /// Type, in AWS's word.
    pub(crate) kind: &'a str,
    /// The document.
    pub(crate) document: &'a Value,
    /// Where it stands.
    pub(crate) origin: &'a Origin,
}

/// All guardrails that have a section for this platform's type.
pub(crate) fn guardrails<'a>(
    organization: &'a Organization,
    platform: &Platform,
) -> impl Iterator<Item = (&'a Guardrail, Section<'a>)> {
    let native = platform.kind.clone();
    organization.guardrail_documents.values().filter_map(move |guardrail| {
        let section = guardrail.native.get(&native)?;
        let kind = policy_type::native(section.value.get("type")?.as_text()?);
        let document = section.value.get("document").unwrap_or(&Value::Null);
        Some((guardrail, Section { kind, document, origin: &section.origin }))
    })
}

/// Whether a guardrail is not asked to end.
pub(crate) fn lives(guardrail: &Guardrail) -> bool {
    !matches!(guardrail.state, LifeState::Retired { .. })
}

/// The kind.
pub(crate) struct Policy {
    schema: Schema,
    shared: Arc<Shared>,
}

impl Policy {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        let schema = Schema {
            kind: KIND,
            title: "organization policy",
            level: ORGANIZATION,
            nature: Nature::Definition,
            ownership: Ownership::Tag,
            effect: Effect::Restricts,
            attributes: vec![
                Attribute::new("name", "native name, unique within its type"),
                Attribute::new("type", "policy type, in AWS's word").change(Change::Replace),
                Attribute::new("description", "one sentence").empties(),
                Attribute::new("document", "what the policy says").compare(Compare::Document).keeps(prevent::keeps),
            ],
            lane: LANE,
            irreversible: false,
        };
        Self { schema, shared: Arc::clone(shared) }
    }

    async fn list(&self, reader: &Reader) -> Result<Found, Error> {
        let listed = policy_list::list(reader, &self.shared).await?;
        let mut own = Vec::new();
        for summary in listed.summaries.iter().filter(|summary| vendor(summary).is_none()) {
            own.push(text(summary, "Id")?.to_owned());
        }
        let contents = each(&own, |id| async move { Ok((id.clone(), present(describe(reader, id).await)?)) }).await?;
        let contents: BTreeMap<String, Option<Json>> = contents.into_iter().collect();
        let tags = tags::of_all(reader, &self.shared, &own).await?;
        let untagged = Tags::new();
        let mut resources = Vec::new();
        for summary in &listed.summaries {
            let id = text(summary, "Id")?;
            let tags = tags.get(id).unwrap_or(&untagged);
            match contents.get(id) {
                Some(None) => {} // deleted since it was listed
                Some(Some(policy)) => resources.push(observe(reader.scope(), policy, tags)?),
                None => resources.push(observe(reader.scope(), summary, tags)?),
            }
        }
        Ok(Found { resources, gaps: listed.untold.iter().map(|kind| untold(reader.scope(), kind)).collect() })
    }
}

/// A type that is on must be listed: where the endpoint cannot, its policies are not seen, and we say so.
fn untold(scope: &Scope, kind: &str) -> Gap {
    Gap {
        scope: scope.name.clone(),
        kind: Some(KIND.to_owned()),
        reason: format!("policies of type `{kind}` cannot be listed here, although the type is on"),
        permission: Some(LIST_POLICIES.0.permission.to_owned()),
        help: Some("switch the policy type off, or use an endpoint that knows it".to_owned()),
    }
}

async fn describe(reader: &Reader, id: &str) -> Result<Json, Error> {
    let answer = reader.json(&DESCRIBE_POLICY, json!({"PolicyId": id})).await?;
    Ok(answer.get("Policy").cloned().unwrap_or(answer))
}

fn observe(scope: &Scope, policy: &Json, tags: &Tags) -> Result<Observed, Error> {
    let summary = policy.get("PolicySummary").unwrap_or(policy);
    let (id, name, kind) = (text(summary, "Id")?, text(summary, "Name")?, text(summary, "Type")?);
    let mut values = attributes([
        ("name", name.into()),
        ("type", kind.into()),
        ("description", optional(summary, "Description").unwrap_or_default().into()),
    ]);
    if let Some(content) = optional(policy, "Content") {
        let document = serde_json::from_str(content).map_or_else(|_| content.into(), |json| Value::from_json(&json));
        values.insert("document".to_owned(), document);
    }
    let mut found = observed(KIND, scope, id, name, values);
    found.keys = vec![key(kind, name)];
    found.mark = tags::mark(tags);
    found.vendor = vendor(summary).map(str::to_owned);
    Ok(found)
}

fn key(kind: &str, name: &str) -> Key {
    Key::new("type+name", vec![kind, name])
}

/// The document as AWS counts it: without a space too many.
fn minified(document: Option<&Value>) -> String {
    document.map(|document| document.to_json().to_string()).unwrap_or_default()
}

fn want(
    organization: &Organization,
    platform: &Platform,
    scope: &Scope,
    one: &Guardrail,
    section: &Section<'_>,
) -> Desired {
    let name = one.title.as_deref().unwrap_or(&one.name);
    let mut desired = Desired::new(address(platform, KIND, &one.name), &scope.name, &one.origin);
    desired.attributes = attributes([
        ("name", name.into()),
        ("type", section.kind.into()),
        ("description", one.description.as_deref().unwrap_or_default().into()),
        ("document", section.document.clone()),
    ]);
    desired.keys = vec![key(section.kind, name)];
    desired.adopt = one.ids.get(&platform.name).cloned();
    desired.renamed_from = one.renamed_from.iter().map(|old| address(platform, KIND, old)).collect();
    desired.mode = mode_of(organization, platform);
    match &one.state {
        LifeState::Retired { reason } => desired.retired = Some(reason.clone()),
        _ => desired.needs = vec![address(platform, "policy-type", policy_type::short(section.kind))],
    }
    desired.origins.push(section.origin.clone());
    // Every control that it enforces is a reason for it.
    for control in &one.controls {
        if !desired.origins.contains(&control.origin) {
            desired.origins.push(control.origin.clone());
        }
    }
    desired
}

#[async_trait]
impl Kind for Policy {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        guardrails(organization, platform)
            .map(|(guardrail, section)| want(organization, platform, scope, guardrail, &section))
            .collect()
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        match self.list(reader).await {
            Err(error) if is_unborn(&error) => Ok(Found::default()),
            found => found,
        }
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let Some(policy) = present(describe(reader, id).await)? else { return Ok(None) };
        Ok(Some(observe(reader.scope(), &policy, &tags::of_one(reader, id).await?)?))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let (name, kind) = (ask.text("name")?, ask.text("type")?);
        let body = json!({
            "Name": name,
            "Type": kind,
            "Description": ask.after("description").and_then(Value::as_text).unwrap_or_default(),
            "Content": minified(ask.after("document")),
            "Tags": tags::at_birth(ask),
        });
        let answer = writer.json(&CREATE_POLICY, body).await.map_err(|error| explained(error, name, kind))?;
        let policy = answer.get("Policy").unwrap_or(&answer);
        Ok(text(policy.get("PolicySummary").unwrap_or(policy), "Id")?.to_owned())
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let mut body = serde_json::Map::from_iter([("PolicyId".to_owned(), Json::from(ask.id()?))]);
        for (attribute, member) in [("name", "Name"), ("description", "Description")] {
            if ask.changes(attribute) {
                let value = ask.after(attribute).and_then(Value::as_text).unwrap_or_default();
                body.insert(member.to_owned(), value.into());
            }
        }
        if ask.changes("document") {
            body.insert("Content".to_owned(), minified(ask.after("document")).into());
        }
        if body.len() > 1 {
            let (name, kind) = (ask.text("name")?, ask.text("type")?);
            writer.json(&UPDATE_POLICY, body.into()).await.map_err(|error| explained(error, name, kind))?;
        }
        tags::write(writer, ask).await
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let id = ask.id()?;
        let attempt = || async move {
            match writer.json(&DELETE_POLICY, json!({"PolicyId": id})).await {
                Err(error) if is_absent(&error) => Ok(()),
                Err(error) if has_code(&error, "PolicyInUseException") => {
                    Err(in_use(writer.reader(), ask, id, error).await?)
                }
                deleted => deleted.map(drop),
            }
        };
        // What was detached a moment ago may still count.
        patiently(attempt, |error| error.is(Problem::Busy)).await
    }
}

async fn in_use(reader: &Reader, ask: &Ask<'_>, id: &str, mut error: Error) -> Result<Error, Error> {
    let targets = pages(reader, &LIST_TARGETS, json!({"PolicyId": id}), "Targets").await?;
    if targets.is_empty() {
        error.problem = Problem::Busy;
        return Ok(error);
    }
    let names: Vec<String> =
        targets.iter().filter_map(|one| optional(one, "TargetId")).map(|id| format!("`{id}`")).collect();
    error.message = format!("the policy of `{}` is still attached to {}", ask.address.name, names.join(", "));
    Ok(error.help("detach it there first, or keep the guardrail"))
}

fn explained(mut error: Error, name: &str, kind: &str) -> Error {
    match error.code.as_deref() {
        Some("DuplicatePolicyException") => {
            error.problem = Problem::AlreadyExists;
            error.message = format!("there is a policy `{name}` already");
            error.help("plan again to see it; adopt it with `id:`, or give the guardrail another `title`")
        }
        Some("MalformedPolicyDocumentException") => {
            error.message = format!("AWS does not accept the document of `{name}` as a {kind}: {}", error.message);
            error.help("look the syntax of this policy type up in the AWS Organizations user guide")
        }
        _ if error.is(Problem::Unsupported) => {
            error.message = format!("this endpoint does not know policies of type {kind}");
            error
        }
        _ => error,
    }
}
