//! CloudTrail events as requests: who did what, where, and what is known of the conditions.

use std::{collections::BTreeMap, net::IpAddr};

use serde_json::Value as Json;

use super::{decide::Request, replay::Accounts};

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) time: Option<String>,
    /// ARN of the role, user or root.
    pub(crate) principal: String,
    pub(crate) principal_account: Option<String>,
    pub(crate) resource_account: Option<String>,
    /// An AWS service, or a role of its own.
    pub(crate) is_service: bool,
    pub(crate) request: Request,
}

/// The events of a file: as CloudTrail puts them into a bucket (`Records`), as `lookup-events` prints them (`Events`), a list, or one
/// JSON object a line.
pub fn parse(bytes: &[u8]) -> Result<Vec<Json>, String> {
    let documents: Vec<Json> = serde_json::Deserializer::from_slice(bytes)
        .into_iter::<Json>()
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    let mut events = Vec::new();
    for document in documents {
        events.extend(unwrapped(&document)?);
    }
    Ok(events)
}

/// The events of one document: a file, an answer, a list, or one event.
pub fn unwrapped(document: &Json) -> Result<Vec<Json>, String> {
    let list = match (document.get("Records").or_else(|| document.get("Events")), document) {
        (Some(Json::Array(items)), _) | (None, Json::Array(items)) => items.as_slice(),
        (Some(_), _) => return Err("what it holds is no list of events".to_owned()),
        (None, one) if one.get("eventName").is_some() => std::slice::from_ref(one),
        (None, _) => return Err("it holds neither `Records` nor `Events`, and is no event".to_owned()),
    };
    // `lookup-events` wraps the event as text.
    let event = |event: &Json| match event.get("CloudTrailEvent").and_then(Json::as_str) {
        Some(text) => serde_json::from_str(text).map_err(|error| error.to_string()),
        None => Ok(event.clone()),
    };
    list.iter().map(event).collect()
}

/// Reads one event; otherwise why it is passed over.
pub(crate) fn read(event: &Json, accounts: &Accounts) -> Result<Event, &'static str> {
    let text = |pointer: &str| event.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
    let (Some(source), Some(name)) = (text("/eventSource"), text("/eventName")) else {
        return Err("no event of an API");
    };
    if text("/eventType").is_some_and(|kind| kind != "AwsApiCall") || source.starts_with("signin.") {
        return Err("no call of an API");
    }
    if text("/errorCode").is_some_and(|code| is_refusal(&code)) {
        return Err("refused already");
    }
    let kind = text("/userIdentity/type").unwrap_or_default();
    let issuer = text("/userIdentity/sessionContext/sessionIssuer/arn");
    let principal = issuer.or_else(|| text("/userIdentity/arn")).unwrap_or_default();
    let is_service = kind == "AWSService" || principal.contains(":role/aws-service-role/");
    if principal.is_empty() && !is_service {
        return Err("without a principal");
    }
    let principal_account = text("/userIdentity/accountId");
    let resource_account = text("/resources/0/accountId").or_else(|| text("/recipientAccountId"));
    let request = Request {
        action: action(&source, &name),
        resource: resource(event),
        facts: facts(event, &kind, &principal, accounts),
        whole: false,
    };
    let (id, time) = (text("/eventID").unwrap_or_default(), text("/eventTime"));
    Ok(Event { id, time, principal, principal_account, resource_account, is_service, request })
}

fn is_refusal(code: &str) -> bool {
    ["AccessDenied", "UnauthorizedOperation", "Unauthorized", "NotAuthorized", "Forbidden"]
        .iter()
        .any(|word| code.contains(word))
}

/// Event sources whose actions have another prefix.
const PREFIXES: &[(&str, &str)] = &[("monitoring", "cloudwatch"), ("email", "ses"), ("tagging", "tag")];

/// Names of S3's events whose action has another name.
const S3: &[(&str, &str)] = &[
    ("ListBuckets", "ListAllMyBuckets"),
    ("ListObjects", "ListBucket"),
    ("ListObjectsV2", "ListBucket"),
    ("HeadBucket", "ListBucket"),
    ("HeadObject", "GetObject"),
    ("DeleteObjects", "DeleteObject"),
    ("CopyObject", "PutObject"),
    ("CreateMultipartUpload", "PutObject"),
    ("UploadPart", "PutObject"),
    ("CompleteMultipartUpload", "PutObject"),
    ("PutBucketEncryption", "PutEncryptionConfiguration"),
    ("DeleteBucketEncryption", "PutEncryptionConfiguration"),
    ("PutBucketLifecycle", "PutLifecycleConfiguration"),
    ("PutBucketLifecycleConfiguration", "PutLifecycleConfiguration"),
    ("DeleteBucketLifecycle", "PutLifecycleConfiguration"),
    ("PutBucketReplication", "PutReplicationConfiguration"),
    ("DeleteBucketReplication", "PutReplicationConfiguration"),
    ("DeleteBucketPublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("DeleteAccountPublicAccessBlock", "PutAccountPublicAccessBlock"),
];

/// The action behind an event: some services write the version of their API behind its name.
fn action(source: &str, name: &str) -> String {
    let service = source.split('.').next().unwrap_or_default();
    let name = match service {
        "s3" => S3.iter().find(|(event, _)| *event == name).map_or(name, |(_, action)| action),
        _ => name.split_at_checked(version(name)).map_or(name, |(name, _)| name),
    };
    let prefix = PREFIXES.iter().find(|(source, _)| *source == service).map_or(service, |(_, prefix)| prefix);
    format!("{prefix}:{name}")
}

/// Where a version such as `20150331v2` or `2020_05_31` begins.
fn version(name: &str) -> usize {
    let is_date = |rest: &str| {
        let digits: String = rest.chars().filter(|letter| *letter != '_').take(8).collect();
        rest.starts_with("20") && digits.len() == 8 && digits.chars().all(|digit| digit.is_ascii_digit())
    };
    name.char_indices().find(|(at, _)| *at > 0 && name.get(*at..).is_some_and(is_date)).map_or(name.len(), |(at, _)| at)
}

/// The resource, where the event names one: the longest of several is the innermost.
fn resource(event: &Json) -> Option<String> {
    let named = event.get("resources").and_then(Json::as_array).into_iter().flatten();
    let arns = named.filter_map(|resource| resource.get("ARN").and_then(Json::as_str));
    if let Some(arn) = arns.max_by_key(|arn| arn.len()) {
        return Some(arn.to_owned());
    }
    let parameter = |name: &str| event.pointer(&format!("/requestParameters/{name}")).and_then(Json::as_str);
    if event.get("eventSource").and_then(Json::as_str).is_some_and(|source| source.starts_with("s3.")) {
        let bucket = parameter("bucketName")?;
        return Some(match parameter("key") {
            Some(key) => format!("arn:aws:s3:::{bucket}/{key}"),
            None => format!("arn:aws:s3:::{bucket}"),
        });
    }
    None
}

/// What an event tells of condition keys. A key that is not here is not known; one without values is known to be absent.
fn facts(event: &Json, kind: &str, principal: &str, accounts: &Accounts) -> BTreeMap<String, Vec<String>> {
    let text = |pointer: &str| event.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
    let mut facts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut fact = |key: &str, value: Option<String>| {
        facts.extend(value.map(|value| (key.to_owned(), vec![value])));
    };
    fact("aws:principalarn", Some(principal.to_owned()).filter(|arn| !arn.is_empty()));
    let account = text("/userIdentity/accountId");
    let ours = account.as_ref().is_some_and(|account| accounts.tenants.contains_key(account));
    fact("aws:principalaccount", account);
    fact("aws:principalorgid", accounts.organization.clone().filter(|_| ours));
    fact("aws:userid", text("/userIdentity/principalId"));
    fact("aws:requestedregion", text("/awsRegion"));
    fact("aws:useragent", text("/userAgent"));
    fact("aws:currenttime", text("/eventTime"));
    fact("aws:resourceaccount", text("/resources/0/accountId").or_else(|| text("/recipientAccountId")));
    fact("aws:viaawsservice", Some(text("/userIdentity/invokedBy").is_some().to_string()));
    fact("aws:principalisawsservice", Some((kind == "AWSService").to_string()));
    fact("aws:securetransport", event.get("tlsDetails").map(|_| "true".to_owned()));
    fact("aws:multifactorauthpresent", text("/userIdentity/sessionContext/attributes/mfaAuthenticated"));
    let address = text("/sourceIPAddress");
    fact("aws:sourceip", address.clone().filter(|address| address.parse::<IpAddr>().is_ok()));
    fact("aws:sourcevpce", text("/vpcEndpointId"));
    let mut absent = |key: &str, holds: bool| {
        if holds {
            facts.entry(key.to_owned()).or_default();
        }
    };
    // Where a service calls, its name stands in place of an address.
    absent("aws:sourceip", address.is_some());
    absent("aws:sourcevpce", event.get("vpcEndpointId").is_none());
    // Long-lived keys have no session that could know of a second factor.
    absent("aws:multifactorauthpresent", kind == "IAMUser" && event.pointer("/userIdentity/sessionContext").is_none());
    if kind == "IAMUser" {
        facts.extend(text("/userIdentity/userName").map(|name| ("aws:username".to_owned(), vec![name])));
    } else {
        facts.insert("aws:username".to_owned(), Vec::new());
    }
    facts
}
