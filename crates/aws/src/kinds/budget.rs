//! A monthly cost budget per tenant, with alerts by e-mail.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use polity_model::{
    Map, Value,
    organization::{Budget as Money, LifeState, Organization, Platform, Tenant},
    resource::{Desired, Key, Observed, Scope, UNREAD_ATTRIBUTE},
    schema::{Attribute, Change, Compare, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    account::group,
    support::{
        ORGANIZATION, account_of, address, attributes, each, found, has_code, is_absent, observed, optional, platform,
        present, text,
    },
};
use crate::{
    client::{Caller as _, pages},
    operations::budgets::{
        CREATE_BUDGET, CREATE_NOTIFICATION, CREATE_SUBSCRIBER, DELETE_BUDGET, DELETE_NOTIFICATION, DELETE_SUBSCRIBER,
        DESCRIBE_BUDGET, DESCRIBE_BUDGETS, DESCRIBE_NOTIFICATIONS, DESCRIBE_SUBSCRIBERS, UPDATE_BUDGET,
    },
};

const KIND: &str = "budget";

/// Names of our budgets begin so; alerts of others are not read.
const PREFIX: &str = "polity-";

/// The kind.
pub(crate) struct Budget {
    schema: Schema,
}

impl Budget {
    pub(crate) fn new() -> Self {
        let schema = Schema {
            kind: KIND,
            title: "budget",
            level: ORGANIZATION,
            nature: Nature::Definition,
            ownership: Ownership::Journal,
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("name", "name, unique in the management account").change(Change::Replace),
                Attribute::new("amount", "money a month"),
                Attribute::new("currency", "currency of the amount"),
                Attribute::new("account", "native id of the account whose cost counts"),
                Attribute::new("alerts", "percentages of actual cost at which somebody is told").compare(Compare::Set),
                Attribute::new("notify", "who is told, by e-mail").compare(Compare::Set),
            ],
            lane: None,
            irreversible: false,
        };
        Self { schema }
    }
}

/// The account that holds the budgets; there are none before there is an organization.
fn payer(reader: &Reader) -> Result<&str, Error> {
    reader.fact("management_account").ok_or_else(|| {
        Error::new(Problem::Unexpected, "budgets", "the management account is not known")
            .help("check the platform's settings")
    })
}

/// `5000.0` as `5000`, so that amounts compare as they are written in the manifest.
fn canonical(amount: &str) -> &str {
    if amount.contains('.') { amount.trim_end_matches('0').trim_end_matches('.') } else { amount }
}

async fn observe(reader: &Reader, budget: &Json) -> Result<Observed, Error> {
    let name = text(budget, "BudgetName")?;
    let limit = budget.get("BudgetLimit").unwrap_or(&Json::Null);
    let accounts = budget.pointer("/CostFilters/LinkedAccount").and_then(Json::as_array);
    let mut values = attributes([
        ("name", name.into()),
        ("amount", canonical(optional(limit, "Amount").unwrap_or_default()).into()),
        ("currency", optional(limit, "Unit").unwrap_or_default().into()),
    ]);
    if let Some([Json::String(account)]) = accounts.map(Vec::as_slice) {
        values.insert("account".to_owned(), account.as_str().into());
    }
    if name.starts_with(PREFIX) {
        values.extend(alerts(reader, name).await?);
    }
    let mut found = observed(KIND, reader.scope(), name, name, values);
    found.keys = vec![Key::new("name", name)];
    Ok(found)
}

/// Alerts and whom they tell. An address that not every alert tells is shown with those that do.
async fn alerts(reader: &Reader, budget: &str) -> Result<Map, Error> {
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

fn body(ask: &Ask<'_>) -> Result<Json, Error> {
    Ok(json!({
        "BudgetName": ask.text("name")?,
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": ask.text("amount")?, "Unit": ask.text("currency")?},
        "CostFilters": {"LinkedAccount": [ask.text("account")?]},
    }))
}

fn percents(map: &Map) -> BTreeSet<i64> {
    map.get("alerts").and_then(Value::as_list).into_iter().flatten().filter_map(Value::as_int).collect()
}

fn addresses(map: &Map) -> BTreeSet<&str> {
    map.get("notify").and_then(Value::as_list).into_iter().flatten().filter_map(Value::as_text).collect()
}

fn want(organization: &Organization, platform: &Platform, scope: &Scope, tenant: &Tenant, budget: &Money) -> Desired {
    let name = format!("{PREFIX}{}", tenant.name);
    let mut desired = Desired::new(address(platform, KIND, &tenant.name), &scope.name, &budget.origin);
    // AWS keeps no alert that tells nobody.
    let alerts = if budget.notify.is_empty() { Vec::new() } else { budget.alert_at.clone() };
    desired.attributes = attributes([
        ("name", name.as_str().into()),
        ("amount", budget.monthly.amount().into()),
        ("currency", budget.monthly.currency.as_str().into()),
        ("account", account_of(platform, &tenant.name)),
        ("notify", if alerts.is_empty() { Value::List(Vec::new()) } else { budget.notify.clone().into() }),
        ("alerts", alerts.into()),
    ]);
    desired.keys = vec![Key::new("name", name)];
    desired.renamed_from = tenant.renamed_from.iter().map(|old| address(platform, KIND, old)).collect();
    desired.mode = organization.mode_at(&platform.name, tenant.landing_zone.as_ref().map(|zone| zone.name.as_str()));
    desired.group = group(tenant);
    desired
}

#[async_trait]
impl Kind for Budget {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        let mut wanted = Vec::new();
        for tenant in organization.tenants_on(&platform.name) {
            if let (Some(budget), false) = (&tenant.budget, matches!(tenant.state, LifeState::Retired { .. })) {
                wanted.push(want(organization, platform, scope, tenant, budget));
            }
        }
        wanted
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let body = json!({"AccountId": payer(reader)?});
        let budgets = match pages(reader, &DESCRIBE_BUDGETS, body, "Budgets").await {
            Err(error) if is_absent(&error) => Vec::new(), // an account without budgets may say so by an error
            budgets => budgets?,
        };
        found(each(&budgets, |budget| observe(reader, budget)).await)
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let body = json!({"AccountId": payer(reader)?, "BudgetName": id});
        let Some(answer) = present(reader.json(&DESCRIBE_BUDGET, body).await)? else { return Ok(None) };
        observe(reader, answer.get("Budget").unwrap_or(&answer)).await.map(Some)
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let tell: Vec<Json> = addresses(ask.after).into_iter().map(email).collect();
        let alerts: Vec<Json> = percents(ask.after)
            .into_iter()
            .map(|percent| json!({"Notification": alert(percent), "Subscribers": tell}))
            .collect();
        let payer = payer(writer.reader())?;
        let request = json!({"AccountId": payer, "Budget": body(ask)?, "NotificationsWithSubscribers": alerts});
        writer.json(&CREATE_BUDGET, request).await.map_err(|mut error| {
            if has_code(&error, "DuplicateRecordException") {
                error.problem = Problem::AlreadyExists;
            }
            error
        })?;
        Ok(ask.text("name")?.to_owned())
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        if ["amount", "currency", "account"].iter().any(|name| ask.changes(name)) {
            let request = json!({"AccountId": payer(writer.reader())?, "NewBudget": body(ask)?});
            writer.json(&UPDATE_BUDGET, request).await?;
        }
        if ask.changes("alerts") || ask.changes("notify") {
            update_alerts(writer, ask).await?;
        }
        Ok(())
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let body = json!({"AccountId": payer(writer.reader())?, "BudgetName": ask.id()?});
        match writer.json(&DELETE_BUDGET, body).await {
            Err(error) if is_absent(&error) => Ok(()),
            deleted => deleted.map(drop),
        }
    }
}

/// Makes new alerts and tells new people before it takes old ones away.
async fn update_alerts(writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
    let (payer, budget) = (payer(writer.reader())?, ask.id()?);
    let (wanted, tell) = (percents(ask.after), addresses(ask.after));
    let there = notifications(writer.reader(), budget).await?;
    let known: BTreeSet<i64> = there.iter().filter_map(percent).collect();
    for missing in wanted.difference(&known) {
        let all: Vec<Json> = tell.iter().map(|address| email(address)).collect();
        let body =
            json!({"AccountId": payer, "BudgetName": budget, "Notification": alert(*missing), "Subscribers": all});
        writer.json(&CREATE_NOTIFICATION, body).await?;
    }
    for notification in &there {
        let Some(percent) = percent(notification) else { continue };
        let mut body = json!({"AccountId": payer, "BudgetName": budget, "Notification": plain(notification)});
        if !wanted.contains(&percent) {
            writer.json(&DELETE_NOTIFICATION, body).await?;
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
            writer.json(operation, body.clone()).await?;
        }
    }
    Ok(())
}
