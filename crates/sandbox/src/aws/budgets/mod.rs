//! AWS Budgets: what an account may cost, and who hears of it. Nothing costs anything here.

mod alerts;
mod details;
mod tags;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::{alerts::Alert, details::Details};
use super::{
    input::{Input, invalid, misfit},
    paging::{Pages, page},
    refusal::Refusal,
    service::{Answer, Operation, Protocol, Service, Turn, read, write},
};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "budgets",
    signing: "budgets",
    protocol: Protocol::Json("AWSBudgetServiceGateway"),
    operations: OPERATIONS,
};

const OPERATIONS: &[Operation] = &[
    write("CreateBudget", "budgets", create_budget),
    write("CreateNotification", "budgets", alerts::create_notification),
    write("CreateSubscriber", "budgets", alerts::create_subscriber),
    write("DeleteBudget", "budgets", delete_budget),
    write("DeleteNotification", "budgets", alerts::delete_notification),
    write("DeleteSubscriber", "budgets", alerts::delete_subscriber),
    read("DescribeBudget", "budgets", describe_budget),
    read("DescribeBudgets", "budgets", describe_budgets),
    read("DescribeNotificationsForBudget", "budgets", alerts::describe_notifications_for_budget),
    read("DescribeSubscribersForNotification", "budgets", alerts::describe_subscribers_for_notification),
    read("ListTagsForResource", "budgets", tags::list_tags_for_resource),
    write("TagResource", "budgets", tags::tag_resource),
    write("UntagResource", "budgets", tags::untag_resource),
    write("UpdateBudget", "budgets", update_budget),
    write("UpdateNotification", "budgets", alerts::update_notification),
    write("UpdateSubscriber", "budgets", alerts::update_subscriber),
];

/// Quota that AWS gives every account to begin with.
const BUDGETS_MOST: usize = 20_000;

/// What it holds of one account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Budgets {
    /// By name.
    budgets: BTreeMap<String, Budget>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Budget {
    details: Details,
    alerts: Vec<Alert>,
    tags: BTreeMap<String, String>,
}

fn create_budget(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    let given = input.inner("Budget").ok_or_else(|| missing("Budget"))?;
    let (name, details) = Details::read(&given, turn.now, None)?;
    let alerts = alerts::read_all(input, &details)?;
    let tags = tags::read(input, "ResourceTags")?;
    let budgets = living(turn, &account);
    if budgets.contains_key(&name) {
        let message = format!("Error creating budget: {name} - the budget already exists.");
        return Err(Refusal::new("DuplicateRecordException", message));
    }
    if budgets.len() >= BUDGETS_MOST {
        let message = format!("An account has {BUDGETS_MOST} budgets at most.");
        return Err(Refusal::new("ServiceQuotaExceededException", message));
    }
    budgets.insert(name, Budget { details, alerts, tags });
    Ok(json!({}))
}

fn update_budget(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    let given = input.inner("NewBudget").ok_or_else(|| missing("NewBudget"))?;
    let name = name(&given)?;
    let old = seen(turn, &account, name)?.details.clone();
    let (_, details) = Details::read(&given, turn.now, Some(&old))?;
    found(turn, &account, name)?.details = details;
    Ok(json!({}))
}

fn delete_budget(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    let name = name(input)?;
    living(turn, &account).remove(name).map(|_| json!({})).ok_or_else(|| no_budget(name))
}

fn describe_budget(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    let name = name(input)?;
    Ok(json!({"Budget": seen(turn, &account, name)?.details.render(name, input, &account)}))
}

fn describe_budgets(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    input.within("MaxResults", 1, 1000)?;
    let pages =
        Pages { token: "NextToken", max: "MaxResults", usual: 100, most: 1000, error: "InvalidNextTokenException" };
    let now = turn.now;
    let budgets = turn.world.inside(&account).map(|inside| &inside.budgets.budgets);
    let all: Vec<_> = budgets.into_iter().flatten().filter(|(_, budget)| !budget.details.is_over(now)).collect();
    page(turn, pages, "Budgets", all.into_iter(), |(name, budget)| budget.details.render(name, input, &account))
}

/// The account that is named, which is the caller's own: budgets of others are out of everybody's reach.
fn own_account(turn: &Turn<'_>, input: &Input<'_>) -> Result<String, Refusal> {
    let account = input.spelled("AccountId", 12, 12, |letter| letter.is_ascii_digit())?;
    if account != turn.caller.account {
        let message =
            format!("Account {} is not authorized to see or change budgets of {account}", turn.caller.account);
        return Err(Refusal::new("AccessDeniedException", message));
    }
    Ok(account.to_owned())
}

fn name<'a>(input: &Input<'a>) -> Result<&'a str, Refusal> {
    let name = input.spelled("BudgetName", 1, 100, |letter| letter != ':' && letter != '\\')?;
    if name.contains("/action/") || name.to_ascii_lowercase().contains("<script>") {
        return Err(misfit("BudgetName", name, "Member must satisfy regular expression pattern"));
    }
    Ok(name)
}

/// An account's budgets, without those that are over: AWS deletes them after their last day.
fn living<'a>(turn: &'a mut Turn<'_>, account: &str) -> &'a mut BTreeMap<String, Budget> {
    let now = turn.now;
    let budgets = &mut turn.world.inside_mut(account).budgets.budgets;
    budgets.retain(|_, budget| !budget.details.is_over(now));
    budgets
}

fn seen<'a>(turn: &'a Turn<'_>, account: &str, name: &str) -> Result<&'a Budget, Refusal> {
    let budget = turn.world.inside(account).and_then(|inside| inside.budgets.budgets.get(name));
    budget.filter(|budget| !budget.details.is_over(turn.now)).ok_or_else(|| no_budget(name))
}

fn found<'a>(turn: &'a mut Turn<'_>, account: &str, name: &str) -> Result<&'a mut Budget, Refusal> {
    living(turn, account).get_mut(name).ok_or_else(|| no_budget(name))
}

fn no_budget(name: &str) -> Refusal {
    Refusal::new("NotFoundException", format!("Unable to get budget: {name} - the budget doesn't exist."))
}

fn missing(name: &str) -> Refusal {
    misfit(name, "null", "Member must not be null")
}

/// Times are seconds since 1970 on this wire.
fn seconds(at: Timestamp) -> Value {
    at.as_second().into()
}

fn time(input: &Input<'_>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(value) = input.get(name) else { return Ok(None) };
    let at = value.as_f64().and_then(|seconds| Timestamp::from_second(seconds as i64).ok());
    at.map(Some).ok_or_else(|| invalid(format!("{name} is no time")))
}

#[cfg(test)]
mod tests;
