//! The policies of a permission set: its own, AWS's, those of each account, and the boundary.

use serde_json::{Value, json};

use super::{
    PAGES, open_set, open_set_to_change,
    permission_sets::{Boundary, PermissionSet, Reference},
    shape,
};
use crate::aws::{
    input::{Input, invalid},
    paging::page,
    refusal::Refusal,
    service::{Answer, Turn},
};

/// Policies of AWS and of accounts together at most.
const POLICIES: usize = 20;

/// Letters of an inline policy that are not white space at most.
const INLINE_LETTERS: usize = 10_240;

pub(super) fn put_inline(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let text = shape::formed(input, "InlinePolicy", 1..=32_768, shape::is_latin)?;
    let id = open_set_to_change(turn, input)?;
    check_document(text).map_err(|what| invalid(format!("InlinePolicy is no valid policy: {what}")))?;
    if text.chars().filter(|letter| !letter.is_whitespace()).count() > INLINE_LETTERS {
        return Err(shape::quota(format!("An inline policy has {INLINE_LETTERS} characters without spaces at most")));
    }
    turn.world.center_mut().change_set(&id, |set| set.inline = Some(text.to_owned()));
    Ok(json!({}))
}

pub(super) fn get_inline(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = open_set(turn, input)?;
    let inline = set(turn, &id).and_then(|set| set.inline.as_deref());
    Ok(json!({"InlinePolicy": inline.unwrap_or_default()}))
}

pub(super) fn delete_inline(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = open_set_to_change(turn, input)?;
    if set(turn, &id).is_none_or(|set| set.inline.is_none()) {
        return Err(shape::missing("The permission set has no inline policy"));
    }
    turn.world.center_mut().change_set(&id, |set| set.inline = None);
    Ok(json!({}))
}

pub(super) fn attach_managed(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let arn = shape::managed_policy(input, "ManagedPolicyArn")?;
    let id = open_set_to_change(turn, input)?;
    if set(turn, &id).is_some_and(|set| set.managed.contains(arn)) {
        return Err(shape::conflict(format!("Policy {arn} is already attached to the permission set.")));
    }
    has_room(turn, &id)?;
    turn.world.center_mut().change_set(&id, |set| {
        set.managed.insert(arn.to_owned());
    });
    Ok(json!({}))
}

pub(super) fn detach_managed(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let arn = shape::managed_policy(input, "ManagedPolicyArn")?;
    let id = open_set_to_change(turn, input)?;
    if !set(turn, &id).is_some_and(|set| set.managed.contains(arn)) {
        return Err(shape::missing(format!("Policy {arn} is not attached to the permission set")));
    }
    turn.world.center_mut().change_set(&id, |set| {
        set.managed.remove(arn);
    });
    Ok(json!({}))
}

pub(super) fn list_managed(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = open_set(turn, input)?;
    let Some(set) = set(turn, &id) else { return Ok(json!({})) };
    page(
        turn,
        PAGES,
        "AttachedManagedPolicies",
        set.managed.iter(),
        |arn| json!({"Name": arn.rsplit('/').next(), "Arn": arn}),
    )
}

pub(super) fn attach_reference(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let reference = reference(input)?;
    let id = open_set_to_change(turn, input)?;
    if set(turn, &id).is_some_and(|set| set.references.contains(&reference)) {
        let message = format!("Policy {}{} is already attached to the permission set.", reference.path, reference.name);
        return Err(shape::conflict(message));
    }
    has_room(turn, &id)?;
    turn.world.center_mut().change_set(&id, |set| {
        set.references.insert(reference);
    });
    Ok(json!({}))
}

pub(super) fn detach_reference(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let reference = reference(input)?;
    let id = open_set_to_change(turn, input)?;
    if !set(turn, &id).is_some_and(|set| set.references.contains(&reference)) {
        let message = format!("Policy {}{} is not attached to the permission set", reference.path, reference.name);
        return Err(shape::missing(message));
    }
    turn.world.center_mut().change_set(&id, |set| {
        set.references.remove(&reference);
    });
    Ok(json!({}))
}

pub(super) fn list_references(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = open_set(turn, input)?;
    let Some(set) = set(turn, &id) else { return Ok(json!({})) };
    page(turn, PAGES, "CustomerManagedPolicyReferences", set.references.iter(), shown)
}

pub(super) fn put_boundary(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let given = shape::inner(input, "PermissionsBoundary")?;
    let managed = given.get("ManagedPolicyArn").is_some();
    let boundary = match (managed, given.get("CustomerManagedPolicyReference").is_some()) {
        (true, false) => Boundary::Managed(shape::managed_policy(&given, "ManagedPolicyArn")?.to_owned()),
        (false, true) => Boundary::Reference(reference(&given)?),
        _ => return Err(invalid("PermissionsBoundary takes either a policy of AWS or a reference")),
    };
    let id = open_set_to_change(turn, input)?;
    turn.world.center_mut().change_set(&id, |set| set.boundary = Some(boundary));
    Ok(json!({}))
}

pub(super) fn get_boundary(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = open_set(turn, input)?;
    let boundary = match set(turn, &id).and_then(|set| set.boundary.as_ref()) {
        Some(Boundary::Managed(arn)) => json!({"ManagedPolicyArn": arn}),
        Some(Boundary::Reference(reference)) => json!({"CustomerManagedPolicyReference": shown(reference)}),
        None => return Err(no_boundary()),
    };
    Ok(json!({"PermissionsBoundary": boundary}))
}

pub(super) fn delete_boundary(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = open_set_to_change(turn, input)?;
    if set(turn, &id).is_none_or(|set| set.boundary.is_none()) {
        return Err(no_boundary());
    }
    turn.world.center_mut().change_set(&id, |set| set.boundary = None);
    Ok(json!({}))
}

fn set<'a>(turn: &'a Turn<'_>, id: &str) -> Option<&'a PermissionSet> {
    turn.world.center.sets.get(id)
}

fn has_room(turn: &Turn<'_>, id: &str) -> Result<(), Refusal> {
    if set(turn, id).is_some_and(|set| set.policies() >= POLICIES) {
        return Err(shape::quota(format!("A permission set has {POLICIES} managed policies at most")));
    }
    Ok(())
}

fn reference(input: &Input<'_>) -> Result<Reference, Refusal> {
    let given = shape::inner(input, "CustomerManagedPolicyReference")?;
    let name = shape::formed(&given, "Name", 1..=128, shape::is_name)?;
    let path = shape::formed_if_there(&given, "Path", 1..=512, shape::is_path)?;
    Ok(Reference { name: name.to_owned(), path: path.unwrap_or("/").to_owned() })
}

fn shown(reference: &Reference) -> Value {
    json!({"Name": reference.name, "Path": reference.path})
}

fn no_boundary() -> Refusal {
    shape::missing("The permission set has no permissions boundary")
}

/// Whether IAM would take a text for the policy of an identity; says what is wrong with it.
fn check_document(text: &str) -> Result<(), String> {
    let document: Value = serde_json::from_str(text).map_err(|_| "it is not JSON".to_owned())?;
    if let Some(version) =
        document.get("Version").filter(|version| *version != "2012-10-17" && *version != "2008-10-17")
    {
        return Err(format!("there is no version {version} of the policy language"));
    }
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements.iter().collect(),
        Some(statement @ Value::Object(_)) => vec![statement],
        _ => return Err("it has no statement".to_owned()),
    };
    for statement in statements {
        let has = |name: &str| statement.get(name).is_some();
        if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
            return Err("the effect of a statement is Allow or Deny".to_owned());
        }
        if has("Action") == has("NotAction") {
            return Err("a statement has either Action or NotAction".to_owned());
        }
        if has("Resource") == has("NotResource") {
            return Err("a statement has either Resource or NotResource".to_owned());
        }
        if has("Principal") || has("NotPrincipal") {
            return Err("whom it is about is not for the policy of an identity to say".to_owned());
        }
    }
    Ok(())
}
