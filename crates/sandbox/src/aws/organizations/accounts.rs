//! Accounts from their arrival to their end: shown, moved, closed, removed.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    access::{Who, admit},
    organization::need_all_features,
    shape::{self, invalid, moment, paged, violation},
    state::{Account, Life, Organizations, Outsider, Work},
    units::known_parent,
};
use crate::aws::{
    input::Input,
    refusal::Refusal,
    service::{Answer, Turn},
    world::World,
};

/// Accounts that are being closed at the same time, at most.
const CLOSING_MOST: usize = 3;
/// What is counted against the quota of closures.
const CLOSURE_WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a closed account is shown.
const AFTER_CLOSURE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How long an account that was created has to stay.
const AGE_LEAST: SignedDuration = SignedDuration::from_hours(4 * 24);
/// How long closing takes.
const CLOSING_TAKES: SignedDuration = SignedDuration::from_secs(60);

/// `DescribeAccount`.
pub(super) fn describe(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let id = shape::id(input, "AccountId", shape::is_account)?;
    let organizations = &turn.world.organizations;
    let account = organizations.account(id).ok_or_else(not_found)?;
    Ok(json!({"Account": render(organizations, account)}))
}

/// `ListAccounts`.
pub(super) fn list(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let organizations = &turn.world.organizations;
    paged(turn, "Accounts", organizations.accounts.values(), |account| render(organizations, account))
}

/// `ListAccountsForParent`.
pub(super) fn list_for_parent(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let parent = known_parent(turn, input)?;
    let organizations = &turn.world.organizations;
    let none = BTreeSet::new();
    let accounts = organizations.below.get(parent).map_or(&none, |below| &below.accounts);
    paged(turn, "Accounts", accounts.iter(), |id| {
        organizations.account(id).map_or(Value::Null, |account| render(organizations, account))
    })
}

/// `MoveAccount`.
pub(super) fn relocate(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let id = shape::id(input, "AccountId", shape::is_account)?;
    let from = shape::id(input, "SourceParentId", shape::is_parent)?;
    let to = shape::id(input, "DestinationParentId", shape::is_parent)?;
    let organizations = turn.world.organizations_mut();
    let is_there = organizations.account(id).ok_or_else(not_found)?.parent == from;
    if !organizations.is_parent(from) || !is_there {
        let message = "We can't find a source root or OU with the ParentId that you specified.";
        return Err(Refusal::new("SourceParentNotFoundException", message));
    }
    if !organizations.is_parent(to) {
        let message = "We can't find the destination container (a root or OU) with the ParentId that you specified.";
        return Err(Refusal::new("DestinationParentNotFoundException", message));
    }
    if from == to {
        let message = "That account is already present in the specified destination.";
        return Err(Refusal::new("DuplicateAccountException", message));
    }
    if let Some(below) = organizations.below.get_mut(from) {
        below.accounts.remove(id);
    }
    organizations.below.entry(to.to_owned()).or_default().accounts.insert(id.to_owned());
    if let Some(account) = organizations.accounts.get_mut(id) {
        to.clone_into(&mut account.parent);
    }
    Ok(json!({}))
}

/// `CloseAccount`.
pub(super) fn close(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let id = shape::id(input, "AccountId", shape::is_account)?;
    need_all_features(turn)?;
    let (now, due, fails) = (turn.now, turn.due(CLOSING_TAKES), turn.fails());
    let organizations = turn.world.organizations_mut();
    let account = organizations.account(id).ok_or_else(not_found)?;
    match account.state {
        Life::Active => {}
        Life::Closing => {
            let message = "The request conflicts with the account's state: it is being closed already.";
            return Err(Refusal::new("ConflictException", message));
        }
        Life::Closed => {
            let message = "You attempted to close an account that is already closed.";
            return Err(Refusal::new("AccountAlreadyClosedException", message));
        }
    }
    if organizations.is_management(id) {
        let message = "You can't close the management account: remove or close all members first.";
        return Err(violation("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", message));
    }
    check_closures(organizations, now)?;
    organizations.closures.insert((now, id.to_owned()));
    organizations.work.insert((due, if fails { Work::KeepOpen(id.to_owned()) } else { Work::Close(id.to_owned()) }));
    if let Some(account) = organizations.accounts.get_mut(id) {
        account.state = Life::Closing;
    }
    Ok(json!({}))
}

/// Three at a time; in 30 days 250 or a fifth of the members, whichever is more, but no more than 1,000.
fn check_closures(organizations: &mut Organizations, now: Timestamp) -> Result<(), Refusal> {
    let closing =
        organizations.work.iter().filter(|(_, work)| matches!(work, Work::Close(_) | Work::KeepOpen(_))).count();
    if closing >= CLOSING_MOST {
        let message =
            format!("You attempted to exceed the number of accounts that you can close at a time: {CLOSING_MOST}.");
        return Err(violation("CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED", message));
    }
    let oldest = now.checked_sub(CLOSURE_WINDOW).unwrap_or(Timestamp::MIN);
    organizations.closures.retain(|(at, _)| *at > oldest);
    let members = organizations.accounts.len().saturating_sub(1);
    let quota = (members / 5).clamp(250, 1_000);
    if organizations.closures.len() >= quota {
        let message = format!("You have exceeded close account quota for the past 30 days: {quota}.");
        return Err(violation("CLOSE_ACCOUNT_QUOTA_EXCEEDED", message));
    }
    Ok(())
}

/// A closed account is closed, and will be gone.
pub(super) fn closed(world: &mut World, id: &str, at: Timestamp) {
    let organizations = world.organizations_mut();
    let Some(account) = organizations.accounts.get_mut(id) else { return };
    account.state = Life::Closed;
    let gone = at.checked_add(AFTER_CLOSURE).unwrap_or(Timestamp::MAX);
    organizations.work.insert((gone, Work::Remove(id.to_owned())));
}

/// Closing came to nothing.
pub(super) fn kept_open(world: &mut World, id: &str) {
    let organizations = world.organizations_mut();
    organizations.closures.retain(|(_, closing)| closing != id);
    if let Some(account) = organizations.accounts.get_mut(id) {
        account.state = Life::Active;
    }
}

/// `RemoveAccountFromOrganization`.
pub(super) fn remove(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let id = shape::id(input, "AccountId", shape::is_account)?;
    depart(turn, id)
}

/// `LeaveOrganization`.
pub(super) fn leave(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    admit(turn, Who::Member)?;
    let id = turn.caller.account.clone();
    depart(turn, &id)
}

fn depart(turn: &mut Turn<'_>, id: &str) -> Answer {
    let now = turn.now;
    let organizations = turn.world.organizations_mut();
    let account = organizations.account(id).ok_or_else(not_found)?;
    if organizations.is_management(id) {
        let message = "You can't remove a management account from an organization.";
        return Err(Refusal::new("MasterCannotLeaveOrganizationException", message));
    }
    if organizations.delegated.contains_key(id) {
        let message = "The account is a delegated administrator. Deregister it first.";
        return Err(violation("CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG", message));
    }
    if !account.is_active() {
        let message = "A closed account can't leave the organization: it is removed 90 days after its closure.";
        return Err(violation("ACCOUNT_CANNOT_LEAVE_ORGANIZATION", message));
    }
    let old_enough = account.joined.checked_add(AGE_LEAST).unwrap_or(Timestamp::MAX);
    if account.created && now < old_enough {
        let message = "An account can leave the organization four days after it was created.";
        return Err(violation("WAIT_PERIOD_ACTIVE", message));
    }
    let outsider = outsider(account);
    organizations.take_out(id);
    organizations.outside.insert(id.to_owned(), outsider);
    Ok(json!({}))
}

/// What is known of an account that leaves.
pub(super) fn outsider(account: &Account) -> Outsider {
    Outsider { name: account.name.clone(), email: account.email.clone() }
}

/// The error for accounts that are not in the organization.
pub(super) fn not_found() -> Refusal {
    Refusal::new("AccountNotFoundException", "You specified an account that doesn't exist.")
}

/// The error for an operation that has nothing to do with what it is asked of.
pub(super) fn not_supported() -> Refusal {
    invalid("TARGET_NOT_SUPPORTED", "You specified a target that is not currently supported.")
}

/// An account as AWS shows it. `Status` is the older name of what `State` says more exactly.
pub(super) fn render(organizations: &Organizations, account: &Account) -> Value {
    let (status, state) = match account.state {
        Life::Active => ("ACTIVE", "ACTIVE"),
        Life::Closing => ("PENDING_CLOSURE", "PENDING_CLOSURE"),
        Life::Closed => ("SUSPENDED", "CLOSED"),
    };
    json!({
        "Id": account.id,
        "Arn": account.arn,
        "Email": account.email,
        "Name": account.name,
        "Status": status,
        "State": state,
        "Paths": [organizations.path_of(&account.id)],
        "JoinedMethod": if account.created { "CREATED" } else { "INVITED" },
        "JoinedTimestamp": moment(account.joined),
    })
}
