//! Who hears when a budget is spent, or will be.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Budget, details::Details, found, missing, name, own_account, seen};
use crate::aws::{
    input::{Input, invalid, misfit},
    paging::{Pages, page},
    refusal::Refusal,
    service::{Answer, Turn},
};

/// As many notifications has a budget, and as many subscribers of each kind a notification.
const ALERTS_MOST: usize = 10;
const EMAILS_MOST: usize = 10;
const TOPICS_MOST: usize = 1;
const SUBSCRIBERS_MOST: usize = EMAILS_MOST + TOPICS_MOST;

/// A notification and who gets it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Alert {
    when: When,
    subscribers: Vec<Subscriber>,
}

/// A notification. It has no name: what it says is what it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct When {
    kind: String,
    comparison: String,
    threshold: f64,
    measure: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Subscriber {
    kind: String,
    address: String,
}

impl When {
    fn read(input: &Input<'_>, name: &str) -> Result<Self, Refusal> {
        let given = input.inner(name).ok_or_else(|| missing(name))?;
        let kind = given.one_of("NotificationType", &["ACTUAL", "FORECASTED"])?;
        let comparison = given.one_of("ComparisonOperator", &["GREATER_THAN", "LESS_THAN", "EQUAL_TO"])?;
        let measure = "ThresholdType";
        let measure = given.maybe(measure, |given| given.one_of(measure, &["PERCENTAGE", "ABSOLUTE_VALUE"]))?;
        let measure = measure.unwrap_or("PERCENTAGE");
        let threshold = given.get("Threshold").and_then(Value::as_f64).ok_or_else(|| missing("Threshold"))?;
        let most = if measure == "PERCENTAGE" { 1_000_000.0 } else { 15_000_000_000_000.0 };
        if !(0.0..=most).contains(&threshold) {
            return Err(misfit("Threshold", &threshold.to_string(), &format!("Member must be between 0 and {most}")));
        }
        Ok(Self { kind: kind.to_owned(), comparison: comparison.to_owned(), threshold, measure: measure.to_owned() })
    }

    /// What one kind of budget can be asked and another cannot.
    fn check(&self, details: &Details) -> Result<(), Refusal> {
        if self.kind == "FORECASTED" && (!details.is_spending() || details.unit == "DAILY") {
            let (unit, kind) = (&details.unit, &details.kind);
            return Err(invalid(format!("nothing is forecast for a budget of {kind} that is {unit}")));
        }
        if self.measure == "ABSOLUTE_VALUE" && !details.is_spending() {
            return Err(invalid(format!("the thresholds of a {} budget are percentages", details.kind)));
        }
        Ok(())
    }

    fn render(&self) -> Value {
        json!({
            "NotificationType": self.kind,
            "ComparisonOperator": self.comparison,
            "Threshold": self.threshold,
            "ThresholdType": self.measure,
            "NotificationState": "OK",
        })
    }
}

impl Subscriber {
    fn read(given: &Input<'_>) -> Result<Self, Refusal> {
        let kind = given.one_of("SubscriptionType", &["SNS", "EMAIL"])?;
        let address = given.spelled("Address", 1, 2048, |letter| letter != '\n' && letter != '\r')?;
        let fits = match kind {
            "EMAIL" => address.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.')),
            _ => address.starts_with("arn:") && address.split(':').nth(2) == Some("sns"),
        };
        if !fits {
            return Err(invalid(format!("{address} is no address for a subscriber of type {kind}")));
        }
        Ok(Self { kind: kind.to_owned(), address: address.to_owned() })
    }

    fn named(input: &Input<'_>, name: &str) -> Result<Self, Refusal> {
        Self::read(&input.inner(name).ok_or_else(|| missing(name))?)
    }

    fn render(&self) -> Value {
        json!({"SubscriptionType": self.kind, "Address": self.address})
    }
}

/// The subscribers that a call lists.
fn subscribers(input: &Input<'_>) -> Result<Vec<Subscriber>, Refusal> {
    let count = input.list("Subscribers").count();
    if !(1..=SUBSCRIBERS_MOST).contains(&count) {
        let wanted = format!("Member must have length between 1 and {SUBSCRIBERS_MOST}");
        return Err(misfit("Subscribers", &count.to_string(), &wanted));
    }
    let mut all = Vec::new();
    for given in input.list("Subscribers") {
        let subscriber = Subscriber::read(&Input::new(given))?;
        if all.contains(&subscriber) {
            return Err(duplicate(format!("the subscriber {} is there twice", subscriber.address)));
        }
        all.push(subscriber);
    }
    check_counts(&all)?;
    Ok(all)
}

fn check_counts(all: &[Subscriber]) -> Result<(), Refusal> {
    for (kind, most) in [("EMAIL", EMAILS_MOST), ("SNS", TOPICS_MOST)] {
        if all.iter().filter(|subscriber| subscriber.kind == kind).count() > most {
            return Err(limit(format!("one notification can only have {most} subscribers of type {kind}")));
        }
    }
    Ok(())
}

/// The notifications that come with a new budget.
pub(super) fn read_all(input: &Input<'_>, details: &Details) -> Result<Vec<Alert>, Refusal> {
    let key = "NotificationsWithSubscribers";
    if input.list(key).count() > ALERTS_MOST {
        return Err(invalid(format!("{key} has {ALERTS_MOST} members at most")));
    }
    let mut alerts: Vec<Alert> = Vec::new();
    for given in input.list(key).map(Input::new) {
        let alert = Alert { when: When::read(&given, "Notification")?, subscribers: subscribers(&given)? };
        alert.when.check(details)?;
        if alerts.iter().any(|known| known.when == alert.when) {
            return Err(duplicate("the notification is there twice"));
        }
        alerts.push(alert);
    }
    Ok(alerts)
}

pub(super) fn create_notification(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    let alert = Alert { when: When::read(input, "Notification")?, subscribers: subscribers(input)? };
    let budget = found(turn, &account, name(input)?)?;
    alert.when.check(&budget.details)?;
    if budget.alerts.iter().any(|known| known.when == alert.when) {
        return Err(duplicate("the notification already exists"));
    }
    if budget.alerts.len() >= ALERTS_MOST {
        return Err(limit(format!("a budget has {ALERTS_MOST} notifications at most")));
    }
    budget.alerts.push(alert);
    Ok(json!({}))
}

pub(super) fn update_notification(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    let (old, new) = (When::read(input, "OldNotification")?, When::read(input, "NewNotification")?);
    let budget = found(turn, &account, name(input)?)?;
    new.check(&budget.details)?;
    if new != old && budget.alerts.iter().any(|known| known.when == new) {
        return Err(duplicate("the notification already exists"));
    }
    alert(budget, &old)?.when = new;
    Ok(json!({}))
}

pub(super) fn delete_notification(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    let when = When::read(input, "Notification")?;
    let budget = found(turn, &account, name(input)?)?;
    alert(budget, &when)?;
    budget.alerts.retain(|known| known.when != when);
    Ok(json!({}))
}

pub(super) fn describe_notifications_for_budget(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    let budget = seen(turn, &account, name(input)?)?;
    input.within("MaxResults", 1, 100)?;
    page(turn, PAGES, "Notifications", budget.alerts.iter(), |alert| alert.when.render())
}

pub(super) fn create_subscriber(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    let when = When::read(input, "Notification")?;
    let subscriber = Subscriber::named(input, "Subscriber")?;
    let alert = alert(found(turn, &account, name(input)?)?, &when)?;
    if alert.subscribers.contains(&subscriber) {
        return Err(duplicate("the subscriber already exists"));
    }
    let mut all = alert.subscribers.clone();
    all.push(subscriber);
    check_counts(&all)?;
    alert.subscribers = all;
    Ok(json!({}))
}

pub(super) fn update_subscriber(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    let when = When::read(input, "Notification")?;
    let (old, new) = (Subscriber::named(input, "OldSubscriber")?, Subscriber::named(input, "NewSubscriber")?);
    let alert = alert(found(turn, &account, name(input)?)?, &when)?;
    if new != old && alert.subscribers.contains(&new) {
        return Err(duplicate("the subscriber already exists"));
    }
    let mut all = alert.subscribers.clone();
    let place = all.iter_mut().find(|known| **known == old).ok_or_else(no_subscriber)?;
    *place = new;
    check_counts(&all)?;
    alert.subscribers = all;
    Ok(json!({}))
}

/// A notification that nobody gets any more is no more.
pub(super) fn delete_subscriber(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    let when = When::read(input, "Notification")?;
    let subscriber = Subscriber::named(input, "Subscriber")?;
    let budget = found(turn, &account, name(input)?)?;
    let alert = alert(budget, &when)?;
    if !alert.subscribers.contains(&subscriber) {
        return Err(no_subscriber());
    }
    alert.subscribers.retain(|known| *known != subscriber);
    budget.alerts.retain(|alert| !alert.subscribers.is_empty());
    Ok(json!({}))
}

pub(super) fn describe_subscribers_for_notification(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = own_account(turn, input)?;
    let when = When::read(input, "Notification")?;
    let budget = seen(turn, &account, name(input)?)?;
    let alert = budget.alerts.iter().find(|alert| alert.when == when).ok_or_else(no_notification)?;
    input.within("MaxResults", 1, 100)?;
    page(turn, PAGES, "Subscribers", alert.subscribers.iter(), Subscriber::render)
}

const PAGES: Pages =
    Pages { token: "NextToken", max: "MaxResults", usual: 100, most: 100, error: "InvalidNextTokenException" };

fn alert<'a>(budget: &'a mut Budget, when: &When) -> Result<&'a mut Alert, Refusal> {
    budget.alerts.iter_mut().find(|alert| alert.when == *when).ok_or_else(no_notification)
}

fn duplicate(message: impl Into<String>) -> Refusal {
    Refusal::new("DuplicateRecordException", message)
}

fn limit(message: impl Into<String>) -> Refusal {
    Refusal::new("CreationLimitExceededException", message)
}

fn no_notification() -> Refusal {
    Refusal::new("NotFoundException", "the notification doesn't exist")
}

fn no_subscriber() -> Refusal {
    Refusal::new("NotFoundException", "the subscriber doesn't exist")
}
