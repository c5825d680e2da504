//! CloudTrail's event history: who changed something last, and all that was done. Who it was is a help, never a condition: whatever goes
//! wrong there is no reason to fail a drift report.

use polity_model::{Value, resource::Observed, units::Timestamp};
use polity_provider::{Attribution, Error, Reader};
use serde_json::{Value as Json, json};

use crate::{
    client::{Caller, pages},
    operations::cloudtrail::LOOKUP_EVENTS,
    scopes,
};

/// Calls that make or end one link: they name objects that they do not change.
const LINKING: &[&str] = &[
    "AttachPolicy",
    "DetachPolicy",
    "CreateAccountAssignment",
    "DeleteAccountAssignment",
    "CreateGroupMembership",
    "DeleteGroupMembership",
];

/// The newest writing event on this object, if CloudTrail knows one.
///
/// Nobody moves an account by assigning somebody to it, and nobody takes one person's access by giving another's: an event that makes
/// or ends a link counts for that link alone.
pub(crate) async fn last_change(reader: &Reader, object: &Observed, level: &str) -> Option<Attribution> {
    let mut found = Vec::new();
    for name in names(object) {
        let body = json!({
            "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": name}],
            "MaxResults": 50,
        });
        // Denied, unsupported, throttled: then it is not known.
        let Ok(Json::Object(mut answer)) = reader.json(&LOOKUP_EVENTS, body).await else { continue };
        let Some(Json::Array(events)) = answer.remove("Events") else { continue };
        found.extend(events.into_iter().map(|event| (name.clone(), event)));
    }
    chosen(&found, object, level)
}

/// The newest event that can have changed an object, of those that were found by its names.
fn chosen(found: &[(String, Json)], object: &Observed, level: &str) -> Option<Attribution> {
    let mut newest: Option<Attribution> = None;
    for (name, event) in found.iter().filter(|(_, event)| can_write(level, event) && is_about(object, event)) {
        let Some(found) = attribution(event, name) else { continue };
        // Times are whole seconds, and the newest comes first: of two in one second the first one stays.
        if newest.as_ref().is_none_or(|newest| found.at > newest.at) {
            newest = Some(found);
        }
    }
    newest
}

/// Whether calls of this event's service change objects of the level at all.
fn can_write(level: &str, event: &Json) -> bool {
    let sources: &[&str] = match level {
        scopes::ORGANIZATION => {
            &["organizations.amazonaws.com", "account.amazonaws.com", "budgets.amazonaws.com", "tagging.amazonaws.com"]
        }
        scopes::IDENTITY => &["sso.amazonaws.com", "sso-directory.amazonaws.com", "identitystore.amazonaws.com"],
        _ => return true,
    };
    event.get("EventSource").and_then(Json::as_str).is_none_or(|source| sources.contains(&source))
}

/// Whether an event is about this object, and not about a link that only ends there.
fn is_about(object: &Observed, event: &Json) -> bool {
    let text = |member: &str| event.get(member).and_then(Json::as_str).unwrap_or_default();
    if !LINKING.contains(&text("EventName")) {
        return true;
    }
    let told = text("CloudTrailEvent");
    let speaks_of = |id: &str| told.contains(&format!("\"{id}\""));
    let ends = ["policy", "target", "permission_set", "account", "principal", "group", "member"];
    let ends: Vec<&str> =
        ends.iter().filter_map(|end| object.attributes.get(*end)).filter_map(Value::as_text).collect();
    ends.len() > 1 && (speaks_of(&object.id) || ends.into_iter().all(speaks_of))
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

    fn made(id: &str, operation: &str, time: f64, parameters: &Json) -> (String, Json) {
        let details = json!({"userIdentity": {"arn": "arn:aws:iam::1:user/ada"}, "requestParameters": parameters});
        let mut event = event(id, time, "111", &details);
        let service = if operation.ends_with("Assignment") { "sso" } else { "organizations" };
        event["EventSource"] = format!("{service}.amazonaws.com").into();
        event["EventName"] = operation.into();
        ("111".to_owned(), event)
    }

    fn object(id: &str, ends: &[(&str, &str)]) -> Observed {
        Observed {
            kind: "any".to_owned(),
            scope: "aws".to_owned(),
            id: id.to_owned(),
            name: String::new(),
            attributes: ends.iter().map(|(name, id)| ((*name).to_owned(), Value::text(*id))).collect(),
            keys: Vec::new(),
            mark: None,
            vendor: None,
            ended: None,
        }
    }

    #[test]
    fn of_many_events_the_newest_that_is_about_the_object_is_chosen() {
        let of = |found: &[(String, Json)], object: &Observed, level: &str| chosen(found, object, level).unwrap().event;
        let (account, link) = (object("111", &[]), object("l", &[("account", "111"), ("principal", "u-1")]));
        let moved = made("moved", "MoveAccount", 1.0, &json!({"accountId": "111"}));
        let attached = made("attached", "AttachPolicy", 4.0, &json!({"targetId": "111", "policyId": "p-1"}));
        let of_one = |id| made(id, "CreateAccountAssignment", 2.0, &json!({"targetId": "111", "principalId": "u-1"}));
        let of_other = made("other", "DeleteAccountAssignment", 3.0, &json!({"targetId": "111", "principalId": "u-2"}));
        let found = [attached, of_other, of_one("one"), moved];
        assert_eq!(of(&found, &account, scopes::ORGANIZATION), "moved", "links do not move the account");
        assert_eq!(of(&found, &link, scopes::IDENTITY), "one", "the newer one is about somebody else");
        assert_eq!(of(&[of_one("one"), of_one("earlier")], &link, scopes::IDENTITY), "one", "the newest comes first");
        let mut gone = made("gone", "DeletePermissionSet", 5.0, &json!({"permissionSetArn": "111"}));
        gone.1["EventSource"] = "sso.amazonaws.com".into();
        assert_eq!(of(&[gone, of_one("one")], &link, scopes::IDENTITY), "gone", "what ends an end, ends the link");
    }
}
