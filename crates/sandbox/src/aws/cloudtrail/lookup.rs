//! Looking events up.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::record::Event;
use crate::aws::{
    input::Input,
    refusal::Refusal,
    service::{Answer, Turn},
};

/// Events are found for so long.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
const PAGE: i64 = 50;

/// What a lookup asks for.
struct Wanted<'a> {
    attribute: Option<(&'a str, &'a str)>,
    from: Timestamp,
    until: Timestamp,
    size: usize,
}

impl<'a> Wanted<'a> {
    fn read(turn: &Turn<'_>, input: &Input<'a>) -> Result<Self, Refusal> {
        let size = input.number("MaxResults").unwrap_or(PAGE);
        if !(1..=PAGE).contains(&size) {
            return Err(Refusal::new("InvalidMaxResultsException", format!("MaxResults must be between 1 and {PAGE}")));
        }
        let size = usize::try_from(size).unwrap_or(1);
        // CloudTrail shows an event some minutes after it happened; how many, the scenario may say.
        let newest = turn.tuning.takes.get("cloudtrail:LookupEvents").map_or(turn.now, |late| before(turn.now, *late));
        let oldest = turn.now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let (start, end) = (time(input, "StartTime")?, time(input, "EndTime")?);
        if let (Some(start), Some(end)) = (start, end)
            && start > end
        {
            return Err(Refusal::new("InvalidTimeRangeException", "The start time must not be after the end time."));
        }
        Ok(Self {
            attribute: attribute(input)?,
            from: start.unwrap_or(oldest).max(oldest),
            until: end.unwrap_or(newest).min(newest),
            size: turn.tuning.page_max.map_or(size, |most| size.min(most.max(1))),
        })
    }

    fn fits(&self, event: &Event) -> bool {
        (self.from..=self.until).contains(&event.at)
            && self.attribute.is_none_or(|(key, value)| match key {
                "EventId" => event.id() == value,
                "EventName" => event.name == value,
                // Reading calls are not kept.
                "ReadOnly" => value == "false",
                "Username" => event.username() == value,
                "ResourceType" => event.resources.iter().any(|(kind, _)| kind == value),
                "ResourceName" => event.resources.iter().any(|(_, name)| name == value),
                "EventSource" => event.source == value,
                _ => event.access_key == value,
            })
    }
}

pub(super) fn lookup_events(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let wanted = Wanted::read(turn, input)?;
    match input.text("EventCategory") {
        None => {}
        Some("insight") => return Ok(json!({"Events": []})),
        Some(_) => return Err(Refusal::new("InvalidEventCategoryException", "The event category must be insight.")),
    }
    // Events that come in while somebody turns pages are no part of what is paged through.
    let below = match input.text("NextToken") {
        Some(given) => read_token(turn, given)?,
        None if turn.tuning.empty_pages => return Ok(json!({"Events": [], "NextToken": token(turn, u64::MAX)})),
        None => u64::MAX,
    };
    let (account, region) = (turn.caller.account.as_str(), turn.region.as_str());
    let mut found = turn.world.trail.newest().filter(|event| {
        event.number < below && event.account == account && event.region == region && wanted.fits(event)
    });
    let page: Vec<&Event> = found.by_ref().take(wanted.size).collect();
    let events: Vec<Value> = page.iter().map(|event| event.render()).collect();
    Ok(match (page.last(), found.next()) {
        (Some(last), Some(_)) => json!({"Events": events, "NextToken": token(turn, last.number)}),
        _ => json!({"Events": events}),
    })
}

fn attribute<'a>(input: &Input<'a>) -> Result<Option<(&'a str, &'a str)>, Refusal> {
    let known =
        ["AccessKeyId", "EventId", "EventName", "EventSource", "ReadOnly", "ResourceName", "ResourceType", "Username"];
    let invalid = |message: &str| Refusal::new("InvalidLookupAttributesException", message);
    let mut attributes = input.list("LookupAttributes").map(Input::new);
    let Some(first) = attributes.next() else { return Ok(None) };
    if attributes.next().is_some() {
        return Err(invalid("Events can be looked up by one attribute at a time."));
    }
    match (first.text("AttributeKey"), first.text("AttributeValue")) {
        (Some(key), Some(value)) if known.contains(&key) && !value.is_empty() => Ok(Some((key, value))),
        _ => Err(invalid("A lookup attribute needs a key that CloudTrail knows, and a value.")),
    }
}

/// Seconds since 1970, with or without a fraction.
fn time(input: &Input<'_>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(value) = input.get(name) else { return Ok(None) };
    let millis = value.as_f64().map(|seconds| (seconds * 1000.0) as i64);
    let time = millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    let invalid = || Refusal::new("InvalidTimeRangeException", format!("{name} is no time."));
    time.map(Some).ok_or_else(invalid)
}

fn before(now: Timestamp, by: std::time::Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn token(turn: &Turn<'_>, below: u64) -> String {
    format!("{:016x}{below:016x}", fingerprint(turn))
}

fn read_token(turn: &Turn<'_>, given: &str) -> Result<u64, Refusal> {
    let expected = format!("{:016x}", fingerprint(turn));
    let below = given.strip_prefix(expected.as_str()).and_then(|rest| u64::from_str_radix(rest, 16).ok());
    let message = "The token is not one that was given for this lookup.";
    below.ok_or_else(|| Refusal::new("InvalidNextTokenException", message))
}

fn fingerprint(turn: &Turn<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (turn.caller.account.as_str(), turn.region.as_str()).hash(&mut hasher);
    for (name, value) in turn.call.input.as_object().into_iter().flatten() {
        if name != "NextToken" && name != "MaxResults" {
            (name, value.to_string()).hash(&mut hasher);
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use crate::aws::testing::{Bench, MANAGEMENT};

    fn by(key: &str, value: &str) -> Value {
        json!({"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]})
    }

    fn names(bench: &mut Bench, input: Value) -> Vec<String> {
        let events = bench.all("cloudtrail", "LookupEvents", input, "Events", "NextToken");
        events.iter().map(|event| event["EventName"].as_str().unwrap().to_owned()).collect()
    }

    fn with_history() -> Bench {
        let mut bench = Bench::new();
        bench.ok("iam", "CreateAccountAlias", json!({"AccountAlias": "first"}));
        bench.pass(Duration::from_secs(60));
        let policy = json!({"Name": "p", "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": "{}"});
        bench.refused("organizations", "CreatePolicy", policy);
        bench.pass(Duration::from_secs(60));
        bench.ok("ec2", "EnableEbsEncryptionByDefault", json!({}));
        bench.ok("iam", "ListAccountAliases", json!({}));
        bench
    }

    #[test]
    fn writing_calls_are_found_newest_first() {
        let mut bench = with_history();
        let all = names(&mut bench, json!({}));
        assert_eq!(all, ["EnableEbsEncryptionByDefault", "CreatePolicy", "CreateAccountAlias"]);
        assert_eq!(names(&mut bench, by("EventName", "CreatePolicy")), ["CreatePolicy"]);
        assert_eq!(names(&mut bench, by("EventSource", "iam.amazonaws.com")), ["CreateAccountAlias"]);
        assert_eq!(names(&mut bench, by("Username", "admin")).len(), 3);
        assert_eq!(names(&mut bench, by("ReadOnly", "true")), Vec::<String>::new());
        assert_eq!(names(&mut bench, by("AccessKeyId", "AKIAMANAGEMENT")).len(), 3);
    }

    #[test]
    fn an_event_tells_who_and_what_and_how_it_ended() {
        let mut bench = with_history();
        let events = bench.ok("cloudtrail", "LookupEvents", by("EventName", "CreatePolicy"))["Events"].clone();
        let event: Value = serde_json::from_str(events[0]["CloudTrailEvent"].as_str().unwrap()).unwrap();
        assert_eq!(event["userIdentity"]["arn"], json!("arn:aws:iam::111111111111:user/admin"));
        assert_eq!(event["errorCode"], json!("AWSOrganizationsNotInUseException"));
        assert_eq!(event["requestParameters"]["type"], json!("SERVICE_CONTROL_POLICY"));
        assert_eq!(event["eventTime"], json!("2026-06-01T08:01:00Z"));
        assert_eq!(event["eventID"], events[0]["EventId"]);
        assert_eq!(events[0]["EventTime"], json!(1_780_300_860));
    }

    #[test]
    fn events_of_global_services_are_in_one_region_and_others_in_their_own() {
        let mut bench = with_history();
        bench.region = "eu-west-1".to_owned();
        bench.ok("iam", "CreateAccountAlias", json!({"AccountAlias": "second"}));
        bench.ok("ec2", "DisableEbsEncryptionByDefault", json!({}));
        assert_eq!(names(&mut bench, json!({})), ["DisableEbsEncryptionByDefault"]);
        bench.region = "us-east-1".to_owned();
        assert_eq!(names(&mut bench, by("EventName", "CreateAccountAlias")).len(), 2);
    }

    #[test]
    fn an_account_sees_its_own() {
        let mut bench = with_history();
        bench.aws.world.inside_mut("222222222222").iam.add_role("OrganizationAccountAccessRole", MANAGEMENT);
        let member = bench.assume("222222222222");
        bench.ok_as(&member, "iam", "CreateAccountAlias", json!({"AccountAlias": "member"}));
        let seen = bench.ok_as(&member, "cloudtrail", "LookupEvents", json!({}))["Events"].clone();
        assert_eq!(seen.as_array().unwrap().len(), 1);
        let event: Value = serde_json::from_str(seen[0]["CloudTrailEvent"].as_str().unwrap()).unwrap();
        assert_eq!(event["userIdentity"]["type"], json!("AssumedRole"));
        let issuer = &event["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"];
        assert_eq!(*issuer, json!("OrganizationAccountAccessRole"));
        assert_eq!(names(&mut bench, json!({})).len(), 3);
    }

    #[test]
    fn what_was_made_and_what_it_hangs_on_is_found_by_name() {
        let mut bench = Bench::new();
        bench.ok("organizations", "CreateOrganization", json!({}));
        let root = bench.ok("organizations", "ListRoots", json!({}))["Roots"][0]["Id"].as_str().unwrap().to_owned();
        let unit = bench.ok("organizations", "CreateOrganizationalUnit", json!({"ParentId": root, "Name": "Work"}));
        let unit = unit["OrganizationalUnit"]["Id"].as_str().unwrap().to_owned();
        assert_eq!(names(&mut bench, by("ResourceName", &unit)), ["CreateOrganizationalUnit"]);
        let input = json!({"OrganizationalUnitId": unit, "Name": "Shops"});
        bench.ok("organizations", "UpdateOrganizationalUnit", input);
        assert_eq!(
            names(&mut bench, by("ResourceName", &unit)),
            ["UpdateOrganizationalUnit", "CreateOrganizationalUnit"]
        );
        assert_eq!(names(&mut bench, by("ResourceType", "AWS::Organizations::OrganizationalUnit")).len(), 2);
    }

    #[test]
    fn names_and_addresses_of_accounts_are_not_written_down() {
        let mut bench = Bench::new();
        bench.ok("organizations", "CreateOrganization", json!({}));
        bench.ok("organizations", "CreateAccount", json!({"AccountName": "Shop", "Email": "shop@example.com"}));
        let saved = serde_json::to_string(&bench.aws.world.trail).unwrap();
        assert!(!saved.contains("shop@example.com") && saved.contains("HIDDEN_DUE_TO_SECURITY_REASONS"), "{saved}");
    }

    #[test]
    fn time_narrows_and_events_run_out() {
        let mut bench = with_history();
        let start = bench.now.as_second();
        assert_eq!(names(&mut bench, json!({"StartTime": start})), ["EnableEbsEncryptionByDefault"]);
        assert_eq!(names(&mut bench, json!({"EndTime": start - 1})), ["CreatePolicy", "CreateAccountAlias"]);
        let turned = json!({"StartTime": start, "EndTime": start - 1});
        assert_eq!(bench.refused("cloudtrail", "LookupEvents", turned), "InvalidTimeRangeException");
        bench.pass(Duration::from_secs(90 * 24 * 3600 - 30));
        assert_eq!(names(&mut bench, json!({})), ["EnableEbsEncryptionByDefault"]);
    }

    #[test]
    fn the_scenario_says_how_late_events_are_seen() {
        let mut bench = with_history();
        bench.tuning.takes.insert("cloudtrail:LookupEvents".to_owned(), Duration::from_secs(300));
        assert_eq!(names(&mut bench, json!({})), Vec::<String>::new());
        bench.pass(Duration::from_secs(240));
        assert_eq!(names(&mut bench, json!({})), ["CreatePolicy", "CreateAccountAlias"]);
    }

    #[test]
    fn pages_are_whole_even_when_events_come_in_between() {
        let mut bench = Bench::new();
        for number in 0..120 {
            bench.ok("iam", "CreateAccountAlias", json!({"AccountAlias": format!("alias-{number}")}));
        }
        let first = bench.ok("cloudtrail", "LookupEvents", json!({}));
        assert_eq!(first["Events"].as_array().unwrap().len(), 50);
        bench.ok("iam", "CreateAccountAlias", json!({"AccountAlias": "late"}));
        let rest =
            bench.all("cloudtrail", "LookupEvents", json!({"NextToken": first["NextToken"]}), "Events", "NextToken");
        assert_eq!(rest.len(), 70);
        let elsewhere = json!({"NextToken": first["NextToken"], "StartTime": 0});
        assert_eq!(bench.refused("cloudtrail", "LookupEvents", elsewhere), "InvalidNextTokenException");
        bench.tuning.page_max = Some(7);
        bench.tuning.empty_pages = true;
        assert_eq!(names(&mut bench, json!({})).len(), 121);
    }

    #[test]
    fn lookups_that_make_no_sense_are_refused() {
        let mut bench = Bench::new();
        let two = json!({"LookupAttributes": [
            {"AttributeKey": "EventName", "AttributeValue": "a"}, {"AttributeKey": "EventId", "AttributeValue": "b"}]});
        assert_eq!(bench.refused("cloudtrail", "LookupEvents", two), "InvalidLookupAttributesException");
        assert_eq!(
            bench.refused("cloudtrail", "LookupEvents", by("Colour", "red")),
            "InvalidLookupAttributesException"
        );
        assert_eq!(
            bench.refused("cloudtrail", "LookupEvents", json!({"MaxResults": 51})),
            "InvalidMaxResultsException"
        );
        assert_eq!(
            bench.refused("cloudtrail", "LookupEvents", json!({"EventCategory": "data"})),
            "InvalidEventCategoryException"
        );
        assert_eq!(bench.ok("cloudtrail", "LookupEvents", json!({"EventCategory": "insight"})), json!({"Events": []}));
    }
}
