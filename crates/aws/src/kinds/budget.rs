//! A monthly cost budget per tenant, with alerts by e-mail.

use async_trait::async_trait;
use polity_model::{
    Value,
    organization::{Budget as Money, LifeState, Organization, Platform, Tenant},
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Compare, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    account::group,
    budget_alerts::{self, canonical, payer},
    support::{
        ORGANIZATION, account_of, address, attributes, each, found, has_code, is_absent, observed, optional, platform,
        present, text,
    },
};
use crate::{
    client::{Caller as _, pages},
    operations::budgets::{CREATE_BUDGET, DELETE_BUDGET, DESCRIBE_BUDGET, DESCRIBE_BUDGETS, UPDATE_BUDGET},
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
        values.extend(budget_alerts::read(reader, name).await?);
    }
    let mut found = observed(KIND, reader.scope(), name, name, values);
    found.keys = vec![Key::new("name", name)];
    Ok(found)
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
        let payer = payer(writer.reader())?;
        let request = json!({"AccountId": payer, "Budget": body(ask)?, "NotificationsWithSubscribers": budget_alerts::at_birth(ask)});
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
            budget_alerts::update(writer, ask).await?;
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
