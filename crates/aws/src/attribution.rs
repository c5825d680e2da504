//! CloudTrail's event history: who changed something last, and all that was done. Who it was is a help, never a condition: whatever goes
//! wrong there is no reason to fail a drift report.

use polity_model::{Value, resource::Observed, units::Timestamp};
use polity_provider::{Attribution, Error, Reader};
use serde_json::{Value as Json, json};

use crate::{
    client::{Caller, pages},
    operations::cloudtrail::LOOKUP_EVENTS,
};

/// The newest writing event on this object, if CloudTrail knows one.
pub(crate) async fn last_change(reader: &Reader, object: &Observed) -> Option<Attribution> {
    let mut newest: Option<Attribution> = None;
    for name in names(object) {
        let body = json!({
            "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": name}],
            "MaxResults": 50,
        });
        // Denied, unsupported, throttled: then it is not known.
        let Ok(answer) = reader.json(&LOOKUP_EVENTS, body).await else { continue };
        let events = answer.get("Events").and_then(Json::as_array).into_iter().flatten();
        let found = events.filter_map(|event| attribution(event, &name)).max_by_key(|found| found.at);
        if found.as_ref().map(|found| found.at) > newest.as_ref().map(|newest| newest.at) {
            newest = found;
        }
    }
    newest
}

/// Every call in a region since then that CloudTrail's history knows, as it wraps them. It goes back ninety days, and knows no reading
/// of data.
pub(crate) async fn record(reader: &Reader, since: Timestamp) -> Result<Vec<Json>, Error> {
    pages(reader, &LOOKUP_EVENTS, json!({ "StartTime": since.as_second(), "MaxResults": 50 }), "Events").await
}

/// Names under which CloudTrail may list the object: its own id, and the ids at both ends of a link.
fn names(object: &Observed) -> Vec<String> {
    let mut names = vec![object.id.clone()];
    let ends = ["policy", "permission_set", "group", "name"];
    names.extend(
        ends.iter().filter_map(|end| object.attributes.get(*end)).filter_map(Value::as_text).map(str::to_owned),
    );
    names.dedup();
    names.retain(|name| !name.is_empty());
    names.truncate(3);
    names
}

/// What one event says, if it changed this object.
fn attribution(event: &Json, name: &str) -> Option<Attribution> {
    let text = |member: &str| event.get(member).and_then(Json::as_str);
    // `ReadOnly` is a text in the API.
    if text("ReadOnly") == Some("true") {
        return None;
    }
    let details: Json = text("CloudTrailEvent").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    if details.get("readOnly").and_then(Json::as_bool) == Some(true) || details.get("errorCode").is_some() {
        return None;
    }
    // A lookup by a common name finds namesakes: the event itself must speak of this object.
    let named = |resource: &Json| resource.get("ResourceName").and_then(Json::as_str) == Some(name);
    if let Some(resources) = event.get("Resources").and_then(Json::as_array)
        && !resources.iter().any(named)
    {
        return None;
    }
    let actor = details.pointer("/userIdentity/arn").and_then(Json::as_str).or_else(|| text("Username"))?;
    Some(Attribution {
        actor: actor.to_owned(),
        at: moment(event.get("EventTime")?)?,
        operation: text("EventName")?.to_owned(),
        event: text("EventId")?.to_owned(),
    })
}

/// JSON services write times as seconds since 1970, with a fraction.
fn moment(time: &Json) -> Option<Timestamp> {
    match time {
        Json::Number(seconds) => Timestamp::from_millisecond((seconds.as_f64()? * 1000.0) as i64).ok(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, time: f64, name: &str, details: &Json) -> Json {
        json!({
            "EventId": id, "EventTime": time, "EventName": "UpdatePolicy", "ReadOnly": "false", "Username": "ada",
            "Resources": [{"ResourceType": "AWS::Organizations::Policy", "ResourceName": name}],
            "CloudTrailEvent": details.to_string(),
        })
    }

    #[test]
    fn an_event_tells_actor_time_and_operation() {
        let details = json!({"userIdentity": {"arn": "arn:aws:sts::111111111111:assumed-role/admin/ada"}});
        let found = attribution(&event("e-1", 1_790_000_000.5, "p-1", &details), "p-1").unwrap();
        assert_eq!(found.actor, "arn:aws:sts::111111111111:assumed-role/admin/ada");
        assert_eq!(found.at.to_string(), "2026-09-21T14:13:20.5Z");
        assert_eq!((found.operation.as_str(), found.event.as_str()), ("UpdatePolicy", "e-1"));
    }

    #[test]
    fn reading_failed_and_foreign_events_tell_nothing() {
        assert_eq!(attribution(&event("e", 1.0, "p-1", &json!({"readOnly": true})), "p-1"), None);
        assert_eq!(attribution(&event("e", 1.0, "p-1", &json!({"errorCode": "AccessDenied"})), "p-1"), None);
        assert_eq!(attribution(&event("e", 1.0, "p-2", &json!({})), "p-1"), None);
        assert!(attribution(&event("e", 1.0, "p-1", &json!({})), "p-1").is_some());
    }
}
