//! The one instance, and the tags on it and on permission sets.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Center, PAGES, governs, open, shape};
use crate::aws::{
    input::{Input, invalid},
    paging::{Pages, page},
    refusal::Refusal,
    service::{Answer, Turn},
};

/// Tags on a resource at most.
const TAGS: usize = 50;

/// When the instance was made: before the sandbox was.
const MADE: i64 = 1_700_000_000;

pub(super) fn list(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    // Whoever belongs to the organization sees its instance; governing it is another matter.
    let world = &turn.world;
    let seen = governs(world, &turn.caller.account) || world.accounts.contains_key(&turn.caller.account);
    let instances: Vec<Value> = seen.then(|| metadata(turn)).into_iter().collect();
    page(turn, PAGES, "Instances", instances.into_iter(), |instance| instance)
}

pub(super) fn describe(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    open(turn, input).map_err(|refusal| {
        // This operation knows no error for what is not there.
        if refusal.code == "ResourceNotFoundException" { shape::denied(turn) } else { refusal }
    })?;
    let mut instance = metadata(turn);
    if let Some(members) = instance.as_object_mut() {
        let encryption = json!({"KeyType": "AWS_OWNED_KMS_KEY", "EncryptionStatus": "ENABLED"});
        members.insert("EncryptionConfigurationDetails".to_owned(), encryption);
    }
    Ok(instance)
}

pub(super) fn update(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = shape::formed_if_there(input, "Name", 0..=255, shape::is_name)?.map(ToOwned::to_owned);
    open(turn, input)?;
    if name.is_some() {
        turn.world.center_mut().name = name;
    }
    Ok(json!({}))
}

fn metadata(turn: &Turn<'_>) -> Value {
    let center = &turn.world.center;
    let mut shown = json!({
        "InstanceArn": center.arn, "IdentityStoreId": center.store, "OwnerAccountId": turn.world.management,
        "CreatedDate": MADE, "Status": "ACTIVE",
    });
    if let (Some(name), Some(members)) = (&center.name, shown.as_object_mut()) {
        members.insert("Name".to_owned(), name.clone().into());
    }
    shown
}

pub(super) fn tags(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let arn = taggable(turn, input)?;
    let tags = tags_of(&turn.world.center, &arn)?;
    let pages = Pages { max: "", usual: 75, most: 75, ..PAGES };
    page(turn, pages, "Tags", tags.iter(), |(key, value)| json!({"Key": key, "Value": value}))
}

pub(super) fn tag(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let arn = taggable(turn, input)?;
    let new = read_tags(input)?;
    let old = tags_of(&turn.world.center, &arn)?;
    if new.keys().filter(|key| !old.contains_key(*key)).count() + old.len() > TAGS {
        return Err(shape::quota(format!("A resource has {TAGS} tags at most")));
    }
    tags_of_mut(turn.world.center_mut(), &arn)?.extend(new);
    Ok(json!({}))
}

pub(super) fn untag(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let arn = taggable(turn, input)?;
    let keys: Vec<&str> = input.list("TagKeys").filter_map(Value::as_str).collect();
    if keys.is_empty() || keys.len() > 75 {
        return Err(invalid("TagKeys must name between 1 and 75 keys"));
    }
    let tags = tags_of_mut(turn.world.center_mut(), &arn)?;
    for key in keys {
        tags.remove(key);
    }
    Ok(json!({}))
}

/// The tags of a request, all as they must be.
pub(super) fn read_tags(input: &Input<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let mut tags = BTreeMap::new();
    for given in input.list("Tags") {
        let given = Input::new(given);
        let key = shape::formed(&given, "Key", 1..=128, shape::is_tag)?;
        let value = shape::formed(&given, "Value", 0..=256, shape::is_tag)?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("Keys of tags that begin with aws: are AWS's own"));
        }
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(invalid(format!("The tag {key} is given twice")));
        }
    }
    if tags.len() > TAGS { Err(shape::quota(format!("A resource has {TAGS} tags at most"))) } else { Ok(tags) }
}

fn taggable(turn: &Turn<'_>, input: &Input<'_>) -> Result<String, Refusal> {
    let arn = shape::taggable_arn(input, "ResourceArn")?;
    // The instance may be left out here: the resource tells it.
    if input.get("InstanceArn").is_some() {
        open(turn, input)?;
    } else if !governs(turn.world, &turn.caller.account) {
        return Err(shape::denied(turn));
    }
    Ok(arn.to_owned())
}

fn tags_of<'a>(center: &'a Center, arn: &str) -> Result<&'a BTreeMap<String, String>, Refusal> {
    if arn == center.arn {
        return Ok(&center.tags);
    }
    let id = arn.rsplit('/').next().unwrap_or_default();
    let set = center.sets.get(id).filter(|_| center.set_arn(id) == arn);
    set.map(|set| &set.tags).ok_or_else(|| unknown(arn))
}

fn tags_of_mut<'a>(center: &'a mut Center, arn: &str) -> Result<&'a mut BTreeMap<String, String>, Refusal> {
    tags_of(center, arn)?;
    if arn == center.arn {
        return Ok(&mut center.tags);
    }
    let id = arn.rsplit('/').next().unwrap_or_default();
    center.set_mut(id).map(|set| &mut set.tags).ok_or_else(|| unknown(arn))
}

fn unknown(arn: &str) -> Refusal {
    shape::missing(format!("Resource {arn} was not found"))
}
