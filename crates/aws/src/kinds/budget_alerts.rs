//! The alerts of a budget: at which percentages whom it tells.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{Map, Value, resource::UNREAD_ATTRIBUTE};
use polity_provider::{Ask, Error, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::support::{attributes, has_code, optional, present};
use crate::{
    client::{Caller as _, pages},
    operations::budgets::{
        CREATE_NOTIFICATION, CREATE_SUBSCRIBER, DELETE_NOTIFICATION, DELETE_SUBSCRIBER, DESCRIBE_NOTIFICATIONS,
        DESCRIBE_SUBSCRIBERS,
    },
};

/// The account that holds the budgets; there are none before there is an organization.
pub(crate) fn payer(reader: &Reader) -> Result<&str, Error> {
    reader.fact("management_account").ok_or_else(|| {
        Error::new(Problem::Unexpected, "budgets", "the management account is not known")
            .help("check the platform's settings")
    })
}

/// `5000.0` as `5000`, so that amounts compare as they are written in the manifest.
pub(crate) fn canonical(amount: &str) -> &str {
    if amount.contains('.') { amount.trim_end_matches('0').trim_end_matches('.') } else { amount }
}

/// Alerts and whom they tell. An address that not every alert tells is shown with those that do.
pub(crate) async fn read(reader: &Reader, budget: &str) -> Result<Map, Error> {
    let mut percents = BTreeSet::new();
    let mut told: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    let mut unread = false;
    for notification in notifications(reader, budget).await? {
        let Some(percent) = percent(&notification) else { continue };
        percents.insert(percent);
        match subscribers(reader, budget, &notification).await {
            Ok(addresses) => {
                for address in addresses {
                    told.entry(address).or_default().insert(percent);
                }
            }
            Err(error) if error.is(Problem::Unsupported) => unread = true,
            Err(error) => return Err(error),
        }
    }
    let notify: Vec<Value> = told
        .into_iter()
        .map(|(address, at)| {
            if at == percents {
                return address.into();
            }
            let at: Vec<String> = at.iter().map(|percent| format!("{percent} %")).collect();
            format!("{address} (at {} only)", at.join(", ")).into()
        })
        .collect();
    let percents = Value::List(percents.into_iter().map(Value::Int).collect());
    Ok(match unread {
        true => attributes([("alerts", percents), (UNREAD_ATTRIBUTE, vec!["notify"].into())]),
        false => attributes([("alerts", percents), ("notify", Value::List(notify))]),
    })
}

async fn notifications(reader: &Reader, budget: &str) -> Result<Vec<Json>, Error> {
    let body = json!({"AccountId": payer(reader)?, "BudgetName": budget});
    Ok(present(pages(reader, &DESCRIBE_NOTIFICATIONS, body, "Notifications").await)?.unwrap_or_default())
}

/// E-mail addresses that one alert tells.
async fn subscribers(reader: &Reader, budget: &str, notification: &Json) -> Result<Vec<String>, Error> {
    let body = json!({"AccountId": payer(reader)?, "BudgetName": budget, "Notification": plain(notification)});
    let all = present(pages(reader, &DESCRIBE_SUBSCRIBERS, body, "Subscribers").await)?.unwrap_or_default();
    Ok(all.iter().filter_map(|one| optional(one, "Address")).map(str::to_owned).collect())
}

/// The percentage of one of our alerts: of actual cost, when it is exceeded.
fn percent(notification: &Json) -> Option<i64> {
    let ours = optional(notification, "NotificationType") == Some("ACTUAL")
        && optional(notification, "ComparisonOperator") == Some("GREATER_THAN")
        && optional(notification, "ThresholdType").unwrap_or("PERCENTAGE") == "PERCENTAGE";
    let threshold = notification.get("Threshold")?;
    // JSON writes the service's doubles with a fraction: 80.0.
    let whole = threshold.as_i64().or_else(|| canonical(&threshold.to_string()).parse().ok());
    whole.filter(|_| ours)
}

/// A notification without its state, as requests name it.
fn plain(notification: &Json) -> Json {
    let mut plain = notification.clone();
    if let Some(members) = plain.as_object_mut() {
        members.remove("NotificationState");
    }
    plain
}

fn alert(percent: i64) -> Json {
    json!({
        "NotificationType": "ACTUAL",
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": percent,
        "ThresholdType": "PERCENTAGE",
    })
}

fn email(address: &str) -> Json {
    json!({"SubscriptionType": "EMAIL", "Address": address})
}

fn percents(map: &Map) -> BTreeSet<i64> {
    map.get("alerts").and_then(Value::as_list).into_iter().flatten().filter_map(Value::as_int).collect()
}

fn addresses(map: &Map) -> BTreeSet<&str> {
    map.get("notify").and_then(Value::as_list).into_iter().flatten().filter_map(Value::as_text).collect()
}

/// The alerts a budget is born with.
pub(crate) fn at_birth(ask: &Ask<'_>) -> Vec<Json> {
    let tell: Vec<Json> = addresses(ask.after).into_iter().map(email).collect();
    let alerts = percents(ask.after).into_iter();
    alerts.map(|percent| json!({"Notification": alert(percent), "Subscribers": tell})).collect()
}

/// What was there already, or gone already, is as it was asked for: a call whose answer was lost is told so when it is
/// repeated.
fn is_so(answer: Result<Json, Error>) -> Result<(), Error> {
    match answer {
        Err(error) if error.is(Problem::NotFound) || has_code(&error, "DuplicateRecordException") => Ok(()),
        answer => answer.map(drop),
    }
}

/// Makes new alerts and tells new people before it takes old ones away.
pub(crate) async fn update(writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
    let (payer, budget) = (payer(writer.reader())?, ask.id()?);
    let (wanted, tell) = (percents(ask.after), addresses(ask.after));
    let there = notifications(writer.reader(), budget).await?;
    let known: BTreeSet<i64> = there.iter().filter_map(percent).collect();
    for missing in wanted.difference(&known) {
        let all: Vec<Json> = tell.iter().map(|address| email(address)).collect();
        let body =
            json!({"AccountId": payer, "BudgetName": budget, "Notification": alert(*missing), "Subscribers": all});
        is_so(writer.json(&CREATE_NOTIFICATION, body).await)?;
    }
    for notification in &there {
        let Some(percent) = percent(notification) else { continue };
        let mut body = json!({"AccountId": payer, "BudgetName": budget, "Notification": plain(notification)});
        if !wanted.contains(&percent) {
            is_so(writer.json(&DELETE_NOTIFICATION, body).await)?;
            continue;
        }
        if !ask.changes("notify") {
            continue;
        }
        let told = subscribers(writer.reader(), budget, notification).await?;
        let fresh = tell.iter().filter(|address| !told.iter().any(|one| one == *address));
        let stale = told.iter().map(String::as_str).filter(|address| !tell.contains(address));
        for (operation, address) in fresh
            .map(|address| (&CREATE_SUBSCRIBER, *address))
            .chain(stale.map(|address| (&DELETE_SUBSCRIBER, address)))
        {
            if let Some(members) = body.as_object_mut() {
                members.insert("Subscriber".to_owned(), email(address));
            }
            is_so(writer.json(operation, body.clone()).await)?;
        }
    }
    Ok(())
}
