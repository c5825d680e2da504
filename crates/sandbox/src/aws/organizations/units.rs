//! Organizational units, and who is below and above whom.

use serde_json::{Value, json};

use super::{
    access::{Who, admit},
    organization::arn,
    shape::{self, paged, violation},
    state::{Organizations, Unit},
};
use crate::aws::{
    input::Input,
    refusal::Refusal,
    service::{Answer, Turn},
};

/// Units below a root, one in the other, at most.
const DEPTH_MOST: usize = 5;
/// Units of an organization at most.
const UNITS_MOST: usize = 2_000;

/// `CreateOrganizationalUnit`.
pub(super) fn create(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let parent = shape::id(input, "ParentId", shape::is_parent)?;
    let name = shape::text(input, "Name", 1, 128)?;
    let tags = shape::tags(input)?;
    let organizations = &turn.world.organizations;
    if !organizations.is_parent(parent) {
        return Err(no_parent(parent));
    }
    if is_taken(organizations, parent, name, "") {
        return Err(duplicate(name));
    }
    if organizations.lineage(parent).len() > DEPTH_MOST {
        let message = format!("You attempted to create an OU tree that is more than {DEPTH_MOST} levels deep.");
        return Err(violation("OU_DEPTH_LIMIT_EXCEEDED", message));
    }
    if organizations.units.len() >= UNITS_MOST {
        let message = format!("You attempted to exceed the number of OUs in an organization: {UNITS_MOST}.");
        return Err(violation("OU_NUMBER_LIMIT_EXCEEDED", message));
    }
    let root = organizations.organization.as_ref().map_or("", |organization| organization.root.as_str());
    let prefix = root.trim_start_matches("r-").to_owned();
    let id = format!("ou-{prefix}-{}", turn.world.ids.lower(8));
    let arn = arn(turn.world, "ou", &id);
    let unit = Unit { id: id.clone(), name: name.to_owned(), arn, parent: parent.to_owned() };
    let organizations = turn.world.organizations_mut();
    organizations.units.insert(id.clone(), unit);
    organizations.settle_in(&id, parent);
    organizations.set_tags(&id, tags);
    show(organizations, &id)
}

/// `DescribeOrganizationalUnit`.
pub(super) fn describe(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let id = known(turn, input)?;
    show(&turn.world.organizations, id)
}

/// `UpdateOrganizationalUnit`.
pub(super) fn update(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let id = shape::id(input, "OrganizationalUnitId", shape::is_unit)?;
    let name = shape::maybe_text(input, "Name", 1, 128)?;
    known(turn, input)?;
    if let Some(name) = name {
        let organizations = &turn.world.organizations;
        if organizations.parent_of(id).is_some_and(|parent| is_taken(organizations, parent, name, id)) {
            return Err(duplicate(name));
        }
        if let Some(unit) = turn.world.organizations_mut().units.get_mut(id) {
            name.clone_into(&mut unit.name);
        }
    }
    show(&turn.world.organizations, id)
}

/// `DeleteOrganizationalUnit`.
pub(super) fn delete(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let id = known(turn, input)?;
    let below = turn.world.organizations.below.get(id);
    if below.is_some_and(|below| !below.units.is_empty() || !below.accounts.is_empty()) {
        let message = "The specified OU isn't empty. Move all accounts and remove all OUs below it first.";
        return Err(Refusal::new("OrganizationalUnitNotEmptyException", message));
    }
    turn.world.organizations_mut().take_out(id);
    Ok(json!({}))
}

/// `ListOrganizationalUnitsForParent`.
pub(super) fn list(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let parent = known_parent(turn, input)?;
    let organizations = &turn.world.organizations;
    let none = std::collections::BTreeSet::new();
    let units = organizations.below.get(parent).map_or(&none, |below| &below.units);
    paged(turn, "OrganizationalUnits", units.iter(), |id| render(organizations, id))
}

/// `ListChildren`.
pub(super) fn list_children(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let kind = shape::one_of(input, "ChildType", &["ACCOUNT", "ORGANIZATIONAL_UNIT"])?;
    let parent = known_parent(turn, input)?;
    let none = std::collections::BTreeSet::new();
    let below = turn.world.organizations.below.get(parent);
    let children = below.map_or(&none, |below| if kind == "ACCOUNT" { &below.accounts } else { &below.units });
    paged(turn, "Children", children.iter(), |id| json!({"Id": id, "Type": kind}))
}

/// `ListParents`.
pub(super) fn list_parents(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let child = shape::id(input, "ChildId", shape::is_child)?;
    let Some(parent) = turn.world.organizations.parent_of(child) else {
        let message = format!("We can't find an organizational unit or AWS account with the ChildId {child}.");
        return Err(Refusal::new("ChildNotFoundException", message));
    };
    let kind = if shape::is_root(parent) { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    paged(turn, "Parents", std::iter::once(parent), |id| json!({"Id": id, "Type": kind}))
}

/// The parent that a request names, if it is there.
pub(super) fn known_parent<'a>(turn: &Turn<'_>, input: &Input<'a>) -> Result<&'a str, Refusal> {
    let parent = shape::id(input, "ParentId", shape::is_parent)?;
    if turn.world.organizations.is_parent(parent) { Ok(parent) } else { Err(no_parent(parent)) }
}

fn known<'a>(turn: &Turn<'_>, input: &Input<'a>) -> Result<&'a str, Refusal> {
    let id = shape::id(input, "OrganizationalUnitId", shape::is_unit)?;
    if turn.world.organizations.units.contains_key(id) {
        return Ok(id);
    }
    let message = format!("We can't find an organizational unit with the OrganizationalUnitId {id}.");
    Err(Refusal::new("OrganizationalUnitNotFoundException", message))
}

fn no_parent(id: &str) -> Refusal {
    let message = format!("We can't find a root or an organizational unit with the ParentId {id}.");
    Refusal::new("ParentNotFoundException", message)
}

fn duplicate(name: &str) -> Refusal {
    let message = format!("An organizational unit named {name} already exists under the same parent.");
    Refusal::new("DuplicateOrganizationalUnitException", message)
}

fn is_taken(organizations: &Organizations, parent: &str, name: &str, but: &str) -> bool {
    let siblings = organizations.below.get(parent).into_iter().flat_map(|below| &below.units);
    let mut others = siblings.filter(|id| *id != but).filter_map(|id| organizations.units.get(id));
    others.any(|unit| unit.name == name)
}

fn show(organizations: &Organizations, id: &str) -> Answer {
    Ok(json!({"OrganizationalUnit": render(organizations, id)}))
}

fn render(organizations: &Organizations, id: &str) -> Value {
    let Some(unit) = organizations.units.get(id) else { return Value::Null };
    json!({"Id": unit.id, "Arn": unit.arn, "Name": unit.name, "Path": organizations.path_of(id)})
}
