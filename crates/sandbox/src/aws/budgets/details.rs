//! A budget itself: what is counted, how much may be spent, and when.

use std::collections::BTreeMap;

use jiff::{Timestamp, Zoned, civil::date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{missing, name, seconds, time};
use crate::aws::{
    input::{Input, invalid, misfit},
    refusal::Refusal,
};

/// Budgets end then when nobody says otherwise: 15 June 2087. None ends later.
const LAST_DAY: i64 = 3_706_473_600;

const TYPES: [&str; 6] =
    ["USAGE", "COST", "RI_UTILIZATION", "RI_COVERAGE", "SAVINGS_PLANS_UTILIZATION", "SAVINGS_PLANS_COVERAGE"];
const UNITS: [&str; 5] = ["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY", "CUSTOM"];

/// What counts as cost, and whether it does unless somebody says otherwise.
const COST_TYPES: [(&str, bool); 11] = [
    ("IncludeCredit", true),
    ("IncludeDiscount", true),
    ("IncludeOtherSubscription", true),
    ("IncludeRecurring", true),
    ("IncludeRefund", true),
    ("IncludeSubscription", true),
    ("IncludeSupport", true),
    ("IncludeTax", true),
    ("IncludeUpfront", true),
    ("UseAmortized", false),
    ("UseBlended", false),
];

/// A budget without its name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Details {
    pub(super) kind: String,
    pub(super) unit: String,
    limit: Limit,
    /// Limits of single periods, by the second that each begins.
    planned: BTreeMap<String, Limit>,
    start: Timestamp,
    end: Timestamp,
    cost_types: Option<BTreeMap<String, bool>>,
    /// Members that are kept as they came: filters and metrics.
    kept: Map<String, Value>,
    /// How AWS finds the limit, where it does.
    adjusted: Option<Value>,
    view: Option<String>,
    updated: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Limit {
    amount: f64,
    unit: String,
}

impl Limit {
    fn read(input: &Input<'_>) -> Result<Self, Refusal> {
        let amount = input.need("Amount")?;
        let digits = |text: &str| text.chars().all(|letter| letter.is_ascii_digit());
        let (whole, rest) = amount.split_once('.').unwrap_or(("", amount));
        let amount = match amount.parse() {
            Ok(number) if digits(whole) && digits(rest) && !rest.is_empty() => number,
            _ => return Err(misfit("Amount", amount, "Member must satisfy regular expression pattern")),
        };
        Ok(Self { amount, unit: input.sized("Unit", 1, 1024)?.to_owned() })
    }

    /// Amounts are answered as decimal fractions, whatever was written.
    fn render(&self) -> Value {
        json!({"Amount": format!("{:?}", self.amount), "Unit": self.unit})
    }
}

impl Details {
    /// A budget's name and the rest, with AWS's defaults; `old` is what it takes the place of.
    pub(super) fn read(input: &Input<'_>, now: Timestamp, old: Option<&Self>) -> Result<(String, Self), Refusal> {
        let name = name(input)?.to_owned();
        let kind = input.one_of("BudgetType", &TYPES)?;
        let unit = input.one_of("TimeUnit", &UNITS)?;
        let (start, end) = period(input, unit, now, old)?;
        let adjusted = adjusted(input, kind, unit, now)?;
        let planned = planned(input, kind, unit)?;
        let limit = limit(input, kind, &planned, adjusted.is_some(), now)?;
        let details = Self {
            kind: kind.to_owned(),
            unit: unit.to_owned(),
            limit,
            planned,
            start,
            end,
            cost_types: cost_types(input, kind)?,
            kept: kept(input)?,
            adjusted,
            view: input.text("BillingViewArn").map(ToOwned::to_owned),
            updated: now,
        };
        Ok((name, details))
    }

    /// Whether its last day has passed.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.end <= now
    }

    /// Whether it counts costs or usage, not how well something is used.
    pub(super) fn is_spending(&self) -> bool {
        is_spending(&self.kind)
    }

    pub(super) fn render(&self, name: &str, asked: &Input<'_>, account: &str) -> Value {
        let mut shown = json!({
            "BudgetName": name,
            "BudgetType": self.kind,
            "BudgetLimit": self.limit.render(),
            "TimeUnit": self.unit,
            "TimePeriod": {"Start": seconds(self.start), "End": seconds(self.end)},
            "CalculatedSpend": {"ActualSpend": {"Amount": "0.0", "Unit": self.limit.unit}},
            "LastUpdatedTime": seconds(self.updated),
            "BillingViewArn": self.view.clone().unwrap_or(format!("arn:aws:billing::{account}:billingview/primary")),
            "HealthStatus": {"Status": "HEALTHY", "LastUpdatedTime": seconds(self.updated)},
        });
        let Some(members) = shown.as_object_mut() else { return shown };
        if !self.planned.is_empty() {
            let planned: Map<_, _> = self.planned.iter().map(|(at, limit)| (at.clone(), limit.render())).collect();
            members.insert("PlannedBudgetLimits".to_owned(), planned.into());
        }
        if let Some(types) = &self.cost_types {
            members.insert("CostTypes".to_owned(), json!(types));
        }
        if let Some(adjusted) = &self.adjusted {
            members.insert("AutoAdjustData".to_owned(), adjusted.clone());
        }
        for (name, value) in &self.kept {
            // An expression is long: it is shown to those who ask.
            if name != "FilterExpression" || asked.truth("ShowFilterExpression") == Some(true) {
                members.insert(name.clone(), value.clone());
            }
        }
        shown
    }
}

fn is_spending(kind: &str) -> bool {
    matches!(kind, "COST" | "USAGE")
}

fn limit(
    input: &Input<'_>,
    kind: &str,
    planned: &BTreeMap<String, Limit>,
    adjusted: bool,
    now: Timestamp,
) -> Result<Limit, Refusal> {
    let given = input.inner("BudgetLimit").map(|limit| Limit::read(&limit)).transpose()?;
    if given.is_some() && !planned.is_empty() {
        return Err(invalid("BudgetLimit and PlannedBudgetLimits exclude each other"));
    }
    if !is_spending(kind) {
        let whole = Limit { amount: 100.0, unit: "PERCENTAGE".to_owned() };
        return match given {
            Some(given) if given != whole => Err(invalid(format!("the limit of a {kind} budget is 100 PERCENTAGE"))),
            _ => Ok(whole),
        };
    }
    // AWS works an adjusted limit out from what was spent: nothing.
    let adjusted = adjusted.then(|| Limit { amount: 0.0, unit: "USD".to_owned() });
    let current = || {
        let begun = planned.iter().rfind(|(at, _)| at.parse().is_ok_and(|at: i64| at <= now.as_second()));
        begun.or(planned.first_key_value()).map(|(_, limit)| limit.clone())
    };
    let limit = given.clone().or(adjusted.clone()).or_else(current).ok_or_else(|| missing("BudgetLimit"))?;
    if adjusted.is_none() && limit.amount <= 0.0 {
        return Err(invalid("the limit of a budget must be greater than 0"));
    }
    if kind == "COST" && limit.unit != "USD" {
        return Err(invalid(format!("the limit of a COST budget is in USD, not {}", limit.unit)));
    }
    Ok(limit)
}

fn planned(input: &Input<'_>, kind: &str, unit: &str) -> Result<BTreeMap<String, Limit>, Refusal> {
    let Some(given) = input.get("PlannedBudgetLimits").and_then(Value::as_object) else { return Ok(BTreeMap::new()) };
    let most = match unit {
        "MONTHLY" => 12,
        "QUARTERLY" => 4,
        _ => return Err(invalid("PlannedBudgetLimits are for MONTHLY and QUARTERLY budgets")),
    };
    if !is_spending(kind) {
        return Err(invalid("PlannedBudgetLimits are for COST and USAGE budgets"));
    }
    if given.is_empty() || given.len() > most {
        return Err(invalid(format!("a {unit} budget has from 1 to {most} PlannedBudgetLimits")));
    }
    let mut planned = BTreeMap::new();
    for (at, limit) in given {
        if at.parse::<i64>().is_err() {
            return Err(invalid(format!("a planned limit begins at a second since 1970, not at {at}")));
        }
        planned.insert(at.clone(), Limit::read(&Input::new(limit))?);
    }
    Ok(planned)
}

fn adjusted(input: &Input<'_>, kind: &str, unit: &str, now: Timestamp) -> Result<Option<Value>, Refusal> {
    let Some(given) = input.inner("AutoAdjustData") else { return Ok(None) };
    if !is_spending(kind) || input.get("BudgetLimit").or_else(|| input.get("PlannedBudgetLimits")).is_some() {
        return Err(invalid("AutoAdjustData is for COST and USAGE budgets without a limit of their own"));
    }
    let way = given.one_of("AutoAdjustType", &["HISTORICAL", "FORECAST"])?;
    let most = match unit {
        "DAILY" => 60,
        "MONTHLY" => 12,
        "QUARTERLY" => 4,
        _ => 1,
    };
    let mut shown = json!({"AutoAdjustType": way, "LastAutoAdjustTime": seconds(now)});
    match (way, given.inner("HistoricalOptions")) {
        ("HISTORICAL", Some(options)) => {
            let periods = options.within("BudgetAdjustmentPeriod", 1, most)?;
            let periods = periods.ok_or_else(|| missing("BudgetAdjustmentPeriod"))?;
            let options = json!({"BudgetAdjustmentPeriod": periods, "LookBackAvailablePeriods": periods});
            if let Some(members) = shown.as_object_mut() {
                members.insert("HistoricalOptions".to_owned(), options);
            }
        }
        ("HISTORICAL", None) => return Err(missing("HistoricalOptions")),
        (_, Some(_)) => return Err(invalid("HistoricalOptions are for budgets that adjust to the past")),
        (_, None) => {}
    }
    Ok(Some(shown))
}

fn cost_types(input: &Input<'_>, kind: &str) -> Result<Option<BTreeMap<String, bool>>, Refusal> {
    let given = input.inner("CostTypes");
    if kind != "COST" {
        return match given {
            Some(_) => Err(invalid(format!("a {kind} budget has no CostTypes"))),
            None => Ok(None),
        };
    }
    if input.get("Metrics").or_else(|| input.get("FilterExpression")).is_some() {
        return Ok(None);
    }
    let chosen = |name: &str, usual: bool| given.and_then(|given| given.truth(name)).unwrap_or(usual);
    let types: BTreeMap<String, bool> =
        COST_TYPES.iter().map(|(name, usual)| ((*name).to_owned(), chosen(name, *usual))).collect();
    if chosen("UseBlended", false) && chosen("UseAmortized", false) {
        return Err(invalid("UseBlended and UseAmortized exclude each other"));
    }
    Ok(Some(types))
}

fn kept(input: &Input<'_>) -> Result<Map<String, Value>, Refusal> {
    let has = |name: &str| input.get(name).is_some();
    if (has("CostFilters") || has("CostTypes")) && (has("FilterExpression") || has("Metrics")) {
        return Err(invalid("CostFilters and CostTypes exclude FilterExpression and Metrics"));
    }
    if let Some(filters) = input.get("CostFilters").and_then(Value::as_object) {
        let is_full = |values: &Value| values.as_array().is_some_and(|values| !values.is_empty());
        if let Some((name, _)) = filters.iter().find(|(_, values)| !is_full(values)) {
            return Err(invalid(format!("the cost filter {name} has no values")));
        }
    }
    if input.list("Metrics").count() > 1 {
        return Err(invalid("a budget has one metric at most"));
    }
    let mut kept = Map::new();
    for name in ["CostFilters", "FilterExpression", "Metrics"] {
        if let Some(value) = input.get(name) {
            kept.insert(name.to_owned(), value.clone());
        }
    }
    Ok(kept)
}

fn period(
    input: &Input<'_>,
    unit: &str,
    now: Timestamp,
    old: Option<&Details>,
) -> Result<(Timestamp, Timestamp), Refusal> {
    let given = input.inner("TimePeriod");
    let part = |name| given.map(|given| time(&given, name)).transpose().map(Option::flatten);
    let (start, end) = (part("Start")?, part("End")?);
    if unit == "CUSTOM" && (start.is_none() || end.is_none()) {
        return Err(invalid("a CUSTOM budget needs the start and the end of its period"));
    }
    let last = Timestamp::from_second(LAST_DAY).unwrap_or(Timestamp::MAX);
    let start = start.or(old.map(|old| old.start)).unwrap_or_else(|| beginning(unit, now));
    let end = end.or(old.map(|old| old.end)).unwrap_or(last);
    if start >= end || end > last {
        return Err(invalid("the start of a budget's period must be before its end, and its end before 06/15/87"));
    }
    Ok((start, end))
}

/// The beginning of the day, month, quarter or year.
fn beginning(unit: &str, now: Timestamp) -> Timestamp {
    let today = Zoned::new(now, TimeZone::UTC).date();
    let (month, day) = match unit {
        "MONTHLY" => (today.month(), 1),
        "QUARTERLY" => ((today.month() - 1) / 3 * 3 + 1, 1),
        "ANNUALLY" => (1, 1),
        _ => (today.month(), today.day()),
    };
    let begins = date(today.year(), month, day).to_zoned(TimeZone::UTC);
    begins.map_or(now, |begins| begins.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_begin_where_the_calendar_says() {
        let now = "2026-08-19T17:00:00Z".parse().unwrap();
        for (unit, expected) in [
            ("DAILY", "2026-08-19T00:00:00Z"),
            ("MONTHLY", "2026-08-01T00:00:00Z"),
            ("QUARTERLY", "2026-07-01T00:00:00Z"),
            ("ANNUALLY", "2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(beginning(unit, now).to_string(), expected, "{unit}");
        }
    }
}
