//! Policies and where they are attached.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    access::{Who, admit},
    document,
    kinds::{self, Kind},
    organization::{arn, not_available, not_enabled},
    shape::{self, invalid, paged, violation, with},
    state::Organizations,
    tags::no_target,
};
use crate::aws::{
    input::Input,
    refusal::Refusal,
    service::{Answer, Turn},
};

/// A policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Policy {
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) content: String,
    pub(super) aws_managed: bool,
    pub(super) targets: BTreeSet<String>,
    pub(super) changed: Timestamp,
}

impl Policy {
    fn summary(&self) -> Value {
        json!({
            "Id": self.id,
            "Arn": self.arn,
            "Name": self.name,
            "Description": self.description,
            "Type": self.kind,
            "AwsManaged": self.aws_managed,
        })
    }

    fn render(&self) -> Value {
        json!({"Policy": {"PolicySummary": self.summary(), "Content": self.content}})
    }
}

/// The policies that are AWS's own.
pub(super) fn managed(partition: &str, now: Timestamp) -> BTreeMap<String, Policy> {
    let own = |id: &str, kind: &str, principal: Option<&str>| {
        let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let statement = match principal {
            Some(principal) => with(statement, "Principal", principal),
            None => statement,
        };
        let policy = Policy {
            id: id.to_owned(),
            arn: format!("arn:{partition}:organizations::aws:policy/{}/{id}", kind.to_lowercase()),
            kind: kind.to_owned(),
            name: id.trim_start_matches("p-").to_owned(),
            description: "Allows access to every operation".to_owned(),
            content: json!({"Version": "2012-10-17", "Statement": [statement]}).to_string(),
            aws_managed: true,
            targets: BTreeSet::new(),
            changed: now,
        };
        (id.to_owned(), policy)
    };
    BTreeMap::from([
        own(kinds::FULL_ACCESS, "SERVICE_CONTROL_POLICY", None),
        own(kinds::RESOURCE_FULL_ACCESS, "RESOURCE_CONTROL_POLICY", Some("*")),
    ])
}

/// `CreatePolicy`.
pub(super) fn create(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Delegate)?;
    let name = shape::text(input, "Name", 1, 128)?;
    let description = shape::text(input, "Description", 0, 512)?;
    let content = shape::text(input, "Content", 1, 1_000_000)?;
    let kind = shape::kind(input, "Type")?;
    let tags = shape::tags(input)?;
    let organizations = &turn.world.organizations;
    if organizations.organization.as_ref().is_some_and(|organization| !organization.all_features) {
        return Err(not_available());
    }
    if is_taken(organizations, kind.name, name, "") {
        return Err(duplicate());
    }
    check_content(kind, content)?;
    if organizations.policies.values().filter(|policy| policy.kind == kind.name).count() >= kind.count {
        let message = format!("You attempted to exceed the number of policies of this type: {}.", kind.count);
        return Err(violation("POLICY_NUMBER_LIMIT_EXCEEDED", message));
    }
    let id = format!("p-{}", turn.world.ids.lower(10));
    let policy = Policy {
        arn: arn(turn.world, "policy", &format!("{}/{id}", kind.name.to_lowercase())),
        id: id.clone(),
        kind: kind.name.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        content: content.to_owned(),
        aws_managed: false,
        targets: BTreeSet::new(),
        changed: turn.now,
    };
    let shown = policy.render();
    let organizations = turn.world.organizations_mut();
    organizations.policies.insert(id.clone(), policy);
    organizations.set_tags(&id, tags);
    Ok(shown)
}

/// `DescribePolicy`.
pub(super) fn describe(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    Ok(known(turn, input)?.render())
}

/// `UpdatePolicy`.
pub(super) fn update(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Delegate)?;
    let name = shape::maybe_text(input, "Name", 1, 128)?;
    let description = shape::maybe_text(input, "Description", 0, 512)?;
    let content = shape::maybe_text(input, "Content", 1, 1_000_000)?;
    let policy = known_own(turn, input)?;
    let (id, kind) = (policy.id.clone(), policy.kind.clone());
    if name.is_some_and(|name| is_taken(&turn.world.organizations, &kind, name, &id)) {
        return Err(duplicate());
    }
    if let (Some(content), Some(kind)) = (content, kinds::find(&kind)) {
        check_content(kind, content)?;
    }
    let now = turn.now;
    let organizations = turn.world.organizations_mut();
    let Some(policy) = organizations.policies.get_mut(&id) else { return Err(not_found()) };
    policy.changed = now;
    for (new, old) in [(name, &mut policy.name), (description, &mut policy.description), (content, &mut policy.content)]
    {
        if let Some(new) = new {
            new.clone_into(old);
        }
    }
    let shown = policy.render();
    organizations.touch(&kind, now);
    Ok(shown)
}

/// `DeletePolicy`.
pub(super) fn delete(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Delegate)?;
    let policy = known_own(turn, input)?;
    if !policy.targets.is_empty() {
        let message = "The policy is attached to one or more entities. Detach it from all of them first.";
        return Err(Refusal::new("PolicyInUseException", message));
    }
    let id = policy.id.clone();
    let organizations = turn.world.organizations_mut();
    organizations.policies.remove(&id);
    organizations.tags.remove(&id);
    Ok(json!({}))
}

/// `ListPolicies`.
pub(super) fn list(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let kind = shape::kind(input, "Filter")?;
    let all = turn.world.organizations.policies.values();
    let found: Vec<&Policy> = all.filter(|policy| policy.kind == kind.name).collect();
    paged(turn, "Policies", found.into_iter(), Policy::summary)
}

/// `ListPoliciesForTarget`.
pub(super) fn list_for_target(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let kind = shape::kind(input, "Filter")?;
    let target = known_target(turn, input)?;
    let attached = turn.world.organizations.attached_to(target);
    let found: Vec<&Policy> = attached.filter(|policy| policy.kind == kind.name).collect();
    paged(turn, "Policies", found.into_iter(), Policy::summary)
}

/// `ListTargetsForPolicy`.
pub(super) fn list_targets(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let policy = known(turn, input)?;
    paged(turn, "Targets", policy.targets.iter(), |id| render_target(turn, id))
}

fn render_target(turn: &Turn<'_>, id: &str) -> Value {
    let organizations = &turn.world.organizations;
    if let Some(unit) = organizations.units.get(id) {
        return json!({"TargetId": id, "Arn": unit.arn, "Name": unit.name, "Type": "ORGANIZATIONAL_UNIT"});
    }
    if let Some(account) = organizations.accounts.get(id) {
        return json!({"TargetId": id, "Arn": account.arn, "Name": account.name, "Type": "ACCOUNT"});
    }
    json!({"TargetId": id, "Arn": arn(turn.world, "root", id), "Name": "Root", "Type": "ROOT"})
}

/// `AttachPolicy`.
pub(super) fn attach(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Delegate)?;
    let policy = known(turn, input)?;
    let target = known_target(turn, input)?;
    let organizations = &turn.world.organizations;
    if !organizations.organization.as_ref().is_some_and(|known| known.enabled.contains_key(&policy.kind)) {
        return Err(not_enabled());
    }
    if policy.targets.contains(target) {
        let message = "The selected policy is already attached to the specified target.";
        return Err(Refusal::new("DuplicatePolicyAttachmentException", message));
    }
    let most = kinds::find(&policy.kind).map_or(0, |kind| kind.per_target);
    if organizations.attached_to(target).filter(|other| other.kind == policy.kind).count() >= most {
        let message = format!("You have attached the maximum number of policies of this type to the target: {most}.");
        return Err(violation("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", message));
    }
    let (id, kind, now) = (policy.id.clone(), policy.kind.clone(), turn.now);
    let organizations = turn.world.organizations_mut();
    organizations.attach(&id, target);
    organizations.touch(&kind, now);
    Ok(json!({}))
}

/// `DetachPolicy`.
pub(super) fn detach(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Delegate)?;
    let policy = known(turn, input)?;
    let target = known_target(turn, input)?;
    if !policy.targets.contains(target) {
        let message = "The policy isn't attached to the specified target.";
        return Err(Refusal::new("PolicyNotAttachedException", message));
    }
    if policy.id == kinds::RESOURCE_FULL_ACCESS {
        return Err(invalid("NON_DETACHABLE_POLICY", "You can't detach this policy, which is managed by AWS."));
    }
    let organizations = &turn.world.organizations;
    let kind = policy.kind.clone();
    let left = organizations.attached_to(target).filter(|other| other.kind == kind).count();
    if kind == "SERVICE_CONTROL_POLICY" && left <= 1 {
        let message =
            "You can't detach the last service control policy of a root, OU or account. Attach another first.";
        return Err(violation("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", message));
    }
    let (id, now) = (policy.id.clone(), turn.now);
    let organizations = turn.world.organizations_mut();
    organizations.detach(&id, target);
    organizations.touch(&kind, now);
    Ok(json!({}))
}

/// The size first, for no document of another size is looked at.
fn check_content(kind: &Kind, content: &str) -> Result<(), Refusal> {
    if content.chars().count() > kind.size {
        let message = format!("You have exceeded the maximum size of a policy of this type: {} characters.", kind.size);
        return Err(violation("POLICY_CONTENT_LIMIT_EXCEEDED", message));
    }
    document::check(kind, content).map_err(|what| {
        let message = format!("The provided policy document doesn't meet the requirements of its type: {what}.");
        Refusal::new("MalformedPolicyDocumentException", message)
    })
}

fn known<'t>(turn: &'t Turn<'_>, input: &Input<'_>) -> Result<&'t Policy, Refusal> {
    let id = shape::id(input, "PolicyId", shape::is_policy)?;
    turn.world.organizations.policies.get(id).ok_or_else(not_found)
}

/// A policy that AWS does not keep for itself.
fn known_own<'t>(turn: &'t Turn<'_>, input: &Input<'_>) -> Result<&'t Policy, Refusal> {
    let policy = known(turn, input)?;
    if policy.aws_managed {
        return Err(invalid("IMMUTABLE_POLICY", "You specified a policy that is managed by AWS and can't be changed."));
    }
    Ok(policy)
}

fn known_target<'a>(turn: &Turn<'_>, input: &Input<'a>) -> Result<&'a str, Refusal> {
    let id = shape::text(input, "TargetId", 0, 2048)?;
    if !shape::is_target(id) {
        let message = "You specified a policy target ID that doesn't match the required pattern.";
        return Err(invalid("INVALID_PATTERN_TARGET_ID", message));
    }
    if turn.world.organizations.is_target(id) { Ok(id) } else { Err(no_target()) }
}

fn is_taken(organizations: &Organizations, kind: &str, name: &str, but: &str) -> bool {
    organizations.policies.values().any(|policy| policy.kind == kind && policy.name == name && policy.id != but)
}

fn duplicate() -> Refusal {
    Refusal::new("DuplicatePolicyException", "A policy with the same name already exists.")
}

fn not_found() -> Refusal {
    Refusal::new("PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")
}

impl Organizations {
    /// Notes that policies of a type changed.
    fn touch(&mut self, kind: &str, now: Timestamp) {
        let enabled = self.organization.as_mut().and_then(|organization| organization.enabled.get_mut(kind));
        if let Some(changed) = enabled {
            *changed = now;
        }
    }

    /// The root, all units and all accounts.
    pub(super) fn targets(&self) -> Vec<String> {
        let root = self.organization.iter().map(|organization| &organization.root);
        root.chain(self.units.keys()).chain(self.accounts.keys()).cloned().collect()
    }
}
