//! Tags on accounts, units, the root, policies and the resource policy.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    access::{Who, admit},
    organization::arn,
    shape::{self, invalid, paged},
    state::Organizations,
};
use crate::aws::{
    input::Input,
    refusal::Refusal,
    service::{Answer, Turn},
    world::World,
};

/// `TagResource`.
pub(super) fn tag(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Delegate)?;
    if input.get("Tags").is_none() {
        return Err(invalid("INPUT_REQUIRED", "You must provide a value for the parameter Tags."));
    }
    let tags = shape::tags(input)?;
    let id = known(turn, input)?;
    add(turn.world, id, &tags)?;
    Ok(json!({}))
}

/// `UntagResource`.
pub(super) fn untag(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Delegate)?;
    if input.get("TagKeys").is_none() {
        return Err(invalid("INPUT_REQUIRED", "You must provide a value for the parameter TagKeys."));
    }
    let keys: Vec<&str> = input.list("TagKeys").filter_map(Value::as_str).collect();
    let id = known(turn, input)?;
    take_away(turn.world, id, &keys);
    Ok(json!({}))
}

/// `ListTagsForResource`.
pub(super) fn list(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let id = known(turn, input)?;
    let none = BTreeMap::new();
    let tags = turn.world.organizations.tags.get(id).unwrap_or(&none);
    paged(turn, "Tags", tags.iter(), |(key, value)| json!({"Key": key, "Value": value}))
}

/// Adds tags to something that is there, or replaces their values.
pub(in crate::aws) fn add(world: &mut World, id: &str, tags: &BTreeMap<String, String>) -> Result<(), Refusal> {
    if world.organizations.policies.get(id).is_some_and(|policy| policy.aws_managed) {
        return Err(invalid("IMMUTABLE_POLICY", "You specified a policy that is managed by AWS and can't be changed."));
    }
    let organizations = world.organizations_mut();
    let carried = organizations.tags.entry(id.to_owned()).or_default();
    let more = tags.keys().filter(|key| !carried.contains_key(*key)).count();
    if carried.len() + more > shape::TAGS_MOST {
        return Err(shape::too_many_tags());
    }
    carried.extend(tags.iter().map(|(key, value)| (key.clone(), value.clone())));
    Ok(())
}

/// Takes tags away. Those that are not there are gone already.
pub(in crate::aws) fn take_away(world: &mut World, id: &str, keys: &[&str]) {
    if let Some(carried) = world.organizations_mut().tags.get_mut(id) {
        carried.retain(|key, _| !keys.contains(&key.as_str()));
    }
}

/// Everything that carries tags, or did once: its ARN and its tags, by id.
pub(in crate::aws) fn carriers(world: &World) -> Vec<(String, &BTreeMap<String, String>)> {
    world.organizations.tags.iter().filter_map(|(id, tags)| Some((arn_of(world, id)?, tags))).collect()
}

/// The id that an ARN names, if it names something of this organization.
pub(in crate::aws) fn id_of<'a>(world: &World, wanted: &'a str) -> Option<&'a str> {
    let id = wanted.rsplit('/').next()?;
    (arn_of(world, id).as_deref() == Some(wanted)).then_some(id)
}

fn arn_of(world: &World, id: &str) -> Option<String> {
    let organizations = &world.organizations;
    let known = organizations.organization.as_ref()?;
    if id == known.root {
        return Some(arn(world, "root", id));
    }
    if let Some(policy) = organizations.resource_policy.as_ref().filter(|policy| policy.id == id) {
        return Some(policy.arn.clone());
    }
    let account = organizations.accounts.get(id).map(|account| account.arn.clone());
    let unit = || organizations.units.get(id).map(|unit| unit.arn.clone());
    let policy = || organizations.policies.get(id).map(|policy| policy.arn.clone());
    account.or_else(unit).or_else(policy)
}

fn known<'a>(turn: &Turn<'_>, input: &Input<'a>) -> Result<&'a str, Refusal> {
    let id = shape::id(input, "ResourceId", shape::is_taggable)?;
    if arn_of(turn.world, id).is_some() { Ok(id) } else { Err(no_target()) }
}

/// The error for what is not there.
pub(super) fn no_target() -> Refusal {
    Refusal::new("TargetNotFoundException", "You specified a target that doesn't exist.")
}

impl Organizations {
    /// The tags that something new begins with.
    pub(super) fn set_tags(&mut self, id: &str, tags: BTreeMap<String, String>) {
        if !tags.is_empty() {
            self.tags.insert(id.to_owned(), tags);
        }
    }
}
