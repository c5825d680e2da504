//! Which attributes of users policies can speak of.

use serde_json::{Value, json};

use super::{open, shape};
use crate::aws::{
    input::{Input, misfit},
    refusal::Refusal,
    service::{Answer, Turn},
};

pub(super) fn create(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let attributes = read(input)?;
    open(turn, input)?;
    if turn.world.center.attributes.is_some() {
        return Err(shape::conflict("The instance has a configuration of attributes already"));
    }
    turn.world.center_mut().attributes = Some(attributes);
    Ok(json!({}))
}

pub(super) fn describe(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    open(turn, input)?;
    let attributes = turn.world.center.attributes.as_ref().ok_or_else(none)?;
    let configuration = json!({"AccessControlAttributes": attributes});
    Ok(json!({"Status": "ENABLED", "InstanceAccessControlAttributeConfiguration": configuration}))
}

pub(super) fn update(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let attributes = read(input)?;
    open(turn, input)?;
    turn.world.center.attributes.as_ref().ok_or_else(none)?;
    turn.world.center_mut().attributes = Some(attributes);
    Ok(json!({}))
}

pub(super) fn delete(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    open(turn, input)?;
    turn.world.center.attributes.as_ref().ok_or_else(none)?;
    turn.world.center_mut().attributes = None;
    Ok(json!({}))
}

fn read(input: &Input<'_>) -> Result<Vec<Value>, Refusal> {
    let configuration = shape::inner(input, "InstanceAccessControlAttributeConfiguration")?;
    shape::present(&configuration, "AccessControlAttributes")?;
    let attributes: Vec<&Value> = configuration.list("AccessControlAttributes").collect();
    if attributes.len() > 50 {
        return Err(misfit("AccessControlAttributes", "a list", "Member must have length less than or equal to 50"));
    }
    for attribute in &attributes {
        let attribute = Input::new(attribute);
        shape::formed(&attribute, "Key", 1..=128, shape::is_tag)?;
        let value = shape::inner(&attribute, "Value")?;
        if value.list("Source").count() != 1 {
            return Err(misfit("Source", "a list", "Member must have length 1"));
        }
    }
    Ok(attributes.into_iter().cloned().collect())
}

fn none() -> Refusal {
    shape::missing("The instance has no configuration of attributes")
}
