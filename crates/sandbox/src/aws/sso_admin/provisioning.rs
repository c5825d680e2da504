//! Bringing permission sets to the accounts that they are in, and asking which are there as they are now.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::json;

use super::{
    Center, PAGES,
    assignments::Place,
    open, open_set, open_set_to_change,
    requests::{Request, Work},
    shape,
};
use crate::aws::{
    input::{Input, invalid},
    paging::page,
    refusal::Refusal,
    service::{Answer, Turn},
};

/// How long it takes.
const USUAL: SignedDuration = SignedDuration::from_secs(5);

pub(super) fn provision(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let target = input.one_of("TargetType", &["AWS_ACCOUNT", "ALL_PROVISIONED_ACCOUNTS"])?;
    let account = input.maybe("TargetId", |input| shape::account(input, "TargetId"))?;
    let set = open_set_to_change(turn, input)?;
    let account = match (target, account) {
        ("AWS_ACCOUNT", None) => return Err(invalid("TargetId must name the account")),
        ("AWS_ACCOUNT", account) => account,
        // The account that is named here in vain is not looked at.
        _ => None,
    };
    if account.is_some_and(|account| !super::is_open(turn.world, account)) {
        return Err(shape::missing("The account was not found in the organization"));
    }
    let center = &turn.world.center;
    let targets: BTreeSet<String> = match account {
        Some(account) => [account.to_owned()].into(),
        None => center.assignments.accounts(&set).map(|(account, _)| account.clone()).collect(),
    };
    if center.requests.is_provisioning(&set, &targets) {
        return Err(shape::conflict("A request to provision this permission set is still in progress."));
    }
    let begun = Request::begin(turn, Work::Provision, &set, USUAL);
    let begun = match account {
        Some(account) => begun.at(account.to_owned()),
        None => begun.everywhere(targets),
    };
    let status = begun.shown(&turn.world.center);
    begun.keep(turn.world.center_mut());
    Ok(json!({"PermissionSetProvisioningStatus": status}))
}

pub(super) fn list_accounts(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let wanted = wanted(input)?;
    let set = open_set(turn, input)?;
    let center = &turn.world.center;
    let all = center.assignments.accounts(&set);
    if wanted.is_none() {
        return page(turn, PAGES, "AccountIds", all, |(account, _)| account.clone().into());
    }
    let fitting: Vec<&String> =
        all.filter(|(_, place)| wanted == Some(is_latest(center, &set, place))).map(|(account, _)| account).collect();
    page(turn, PAGES, "AccountIds", fitting.into_iter(), |account| account.clone().into())
}

pub(super) fn list_sets(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = shape::account(input, "AccountId")?;
    let wanted = wanted(input)?;
    open(turn, input)?;
    let center = &turn.world.center;
    let fits = |set: &&String| match (wanted, center.assignments.place(set, account)) {
        (None, _) | (_, None) => true,
        (Some(latest), Some(place)) => latest == is_latest(center, set, place),
    };
    let fitting: Vec<&String> = center.assignments.sets(account).filter(fits).collect();
    page(turn, PAGES, "PermissionSets", fitting.into_iter(), |set| center.set_arn(set).into())
}

/// Whether those are wanted that are there as they are now, those that are not, or all.
fn wanted(input: &Input<'_>) -> Result<Option<bool>, Refusal> {
    let (latest, other) = ("LATEST_PERMISSION_SET_PROVISIONED", "LATEST_PERMISSION_SET_NOT_PROVISIONED");
    let status = input.maybe("ProvisioningStatus", |input| input.one_of("ProvisioningStatus", &[latest, other]))?;
    Ok(status.map(|status| status == latest))
}

fn is_latest(center: &Center, set: &str, place: &Place) -> bool {
    center.sets.get(set).is_some_and(|set| set.revision == place.revision)
}
