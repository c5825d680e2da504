//! Permission sets: what a role will be made from in each account that they are assigned in.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Center, PAGES, instance::read_tags, open, open_set, open_set_to_change, shape};
use crate::aws::{
    input::{Input, invalid},
    paging::page,
    refusal::Refusal,
    service::{Answer, Turn},
};

/// Permission sets of an instance at most.
const SETS: usize = 3500;

/// How long somebody stays signed in when nobody says.
const USUAL_SESSION: &str = "PT1H";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PermissionSet {
    name: String,
    description: Option<String>,
    session: String,
    relay_state: Option<String>,
    created: Timestamp,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) inline: Option<String>,
    /// By their ARNs.
    pub(super) managed: BTreeSet<String>,
    pub(super) references: BTreeSet<Reference>,
    pub(super) boundary: Option<Boundary>,
    /// Goes up with every change that has to be brought to the accounts.
    pub(super) revision: u64,
}

/// A policy that every account is to have for itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Reference {
    pub(super) name: String,
    pub(super) path: String,
}

/// What no permission of the set goes beyond.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Boundary {
    Managed(String),
    Reference(Reference),
}

impl PermissionSet {
    /// Policies that take a place at the role.
    pub(super) fn policies(&self) -> usize {
        self.managed.len() + self.references.len()
    }
}

impl Center {
    /// Something about a permission set has changed: no account has it as it is now.
    pub(super) fn change_set(&mut self, id: &str, change: impl FnOnce(&mut PermissionSet)) {
        if let Some(set) = self.set_mut(id) {
            set.revision += 1;
            change(set);
        }
    }
}

pub(super) fn create(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = shape::formed(input, "Name", 1..=32, shape::is_name)?;
    let (description, session, relay_state) = members(input)?;
    let tags = read_tags(input)?;
    open(turn, input)?;
    let center = &turn.world.center;
    if center.sets.values().any(|set| set.name == name) {
        return Err(shape::conflict(format!("PermissionSet with name {name} already exists.")));
    }
    if center.sets.len() >= SETS {
        return Err(shape::quota(format!("An instance has {SETS} permission sets at most")));
    }
    let id = format!("ps-{}", turn.world.ids.hex(16));
    let set = PermissionSet {
        name: name.to_owned(),
        description,
        session: session.unwrap_or_else(|| USUAL_SESSION.to_owned()),
        relay_state,
        created: turn.now,
        tags,
        inline: None,
        managed: BTreeSet::new(),
        references: BTreeSet::new(),
        boundary: None,
        revision: 1,
    };
    let center = turn.world.center_mut();
    let shown = shown(center, &id, &set);
    Arc::make_mut(&mut center.sets).insert(id, set);
    Ok(json!({"PermissionSet": shown}))
}

pub(super) fn describe(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = open_set(turn, input)?;
    let center = &turn.world.center;
    Ok(json!({"PermissionSet": center.sets.get(&id).map(|set| shown(center, &id, set))}))
}

/// A relay state that is left out is taken away, the other members stay: that is how AWS does it, though it does not
/// say so (hashicorp/terraform-provider-aws issue 17411).
pub(super) fn update(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let (description, session, relay_state) = members(input)?;
    let id = open_set_to_change(turn, input)?;
    turn.world.center_mut().change_set(&id, |set| {
        set.description = description.or_else(|| set.description.take());
        set.session = session.unwrap_or_else(|| set.session.clone());
        set.relay_state = relay_state;
    });
    Ok(json!({}))
}

pub(super) fn delete(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = open_set_to_change(turn, input)?;
    let center = &turn.world.center;
    if center.assignments.accounts(&id).next().is_some() || center.requests.touches(&id) {
        let message = "Could not delete because PermissionSet is still assigned in an account.";
        return Err(shape::conflict(message));
    }
    Arc::make_mut(&mut turn.world.center_mut().sets).remove(&id);
    Ok(json!({}))
}

pub(super) fn list(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    open(turn, input)?;
    let center = &turn.world.center;
    page(turn, PAGES, "PermissionSets", center.sets.keys(), |id| center.set_arn(id).into())
}

type Members = (Option<String>, Option<String>, Option<String>);

/// Description, session duration and relay state.
fn members(input: &Input<'_>) -> Result<Members, Refusal> {
    let description = shape::formed_if_there(input, "Description", 1..=700, shape::is_plain)?;
    let session = shape::formed_if_there(input, "SessionDuration", 1..=100, |text| length(text).is_some())?;
    let relay_state = shape::formed_if_there(input, "RelayState", 1..=240, shape::is_relay_state)?;
    let hours = SignedDuration::from_hours(1)..=SignedDuration::from_hours(12);
    if session.and_then(length).is_some_and(|length| !hours.contains(&length)) {
        return Err(invalid("SessionDuration must be between PT1H and PT12H"));
    }
    Ok((description.map(str::to_owned), session.map(str::to_owned), relay_state.map(str::to_owned)))
}

/// A duration in the words of ISO 8601; days and more are as many hours as they have on a plain calendar.
fn length(text: &str) -> Option<SignedDuration> {
    if !text.starts_with(['P', '-']) || text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let span: jiff::Span = text.parse().ok()?;
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    // Months have no length of their own, but none is so short that it would matter.
    Some(span.to_duration(days).unwrap_or(SignedDuration::MAX))
}

fn shown(center: &Center, id: &str, set: &PermissionSet) -> Value {
    let mut shown = json!({
        "Name": set.name, "PermissionSetArn": center.set_arn(id), "CreatedDate": shape::epoch(set.created),
        "SessionDuration": set.session,
    });
    for (name, value) in [("Description", &set.description), ("RelayState", &set.relay_state)] {
        if let (Some(value), Some(members)) = (value, shown.as_object_mut()) {
            members.insert(name.to_owned(), value.clone().into());
        }
    }
    shown
}
