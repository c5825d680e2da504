//! Calls as clients make them, for the tests of all rooms.
//!
//! ```ignore
//! let mut bench = Bench::new();
//! bench.ok("organizations", "CreateOrganization", json!({}));
//! let (status, error) = bench.call("organizations", "CreateOrganization", json!({}));
//! bench.pass(Duration::from_secs(60));
//! ```

use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use quick_xml::{Reader, events::Event};
use serde_json::{Map, Value, json};

use super::{
    Aws,
    service::{Protocol, SERVICES, find},
};
use crate::cloud::{Cloud, Request, Tuning};

/// The account that a bench begins with.
pub(crate) const MANAGEMENT: &str = "111111111111";

/// Credentials that calls are signed with.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) token: Option<String>,
}

impl Key {
    /// The management account's own.
    pub(crate) fn management() -> Self {
        Self { id: "AKIAMANAGEMENT".to_owned(), token: None }
    }
}

/// A simulated AWS, a moment, and somebody who calls. Time stands still but for [`Bench::pass`].
pub(crate) struct Bench {
    pub(crate) aws: Aws,
    pub(crate) now: Timestamp,
    pub(crate) tuning: Tuning,
    pub(crate) region: String,
}

impl Bench {
    /// An AWS that nobody has used yet.
    pub(crate) fn new() -> Self {
        Self {
            aws: Aws::new(MANAGEMENT, 7),
            now: "2026-06-01T08:00:00Z".parse().unwrap(),
            tuning: Tuning::default(),
            region: "us-east-1".to_owned(),
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, by: Duration) {
        self.now = self.now.checked_add(SignedDuration::try_from(by).unwrap()).unwrap();
    }

    /// A call of the management account: status and answer. XML comes back as a tree, see [`tree`].
    pub(crate) fn call(&mut self, service: &str, operation: &str, input: Value) -> (u16, Value) {
        self.call_as(&Key::management(), service, operation, input)
    }

    /// A call of somebody.
    pub(crate) fn call_as(&mut self, key: &Key, service: &str, operation: &str, input: Value) -> (u16, Value) {
        let request = self.request(key, service, operation, &input);
        self.send(&request)
    }

    /// A call that must succeed.
    pub(crate) fn ok(&mut self, service: &str, operation: &str, input: Value) -> Value {
        self.ok_as(&Key::management(), service, operation, input)
    }

    /// A call of somebody that must succeed.
    pub(crate) fn ok_as(&mut self, key: &Key, service: &str, operation: &str, input: Value) -> Value {
        let (status, answer) = self.call_as(key, service, operation, input);
        assert_eq!(status, 200, "{service}:{operation}: {answer}");
        answer
    }

    /// The code, and the reason if there is one (`Code/REASON`), of a call that must be refused.
    pub(crate) fn refused(&mut self, service: &str, operation: &str, input: Value) -> String {
        self.refused_as(&Key::management(), service, operation, input)
    }

    /// The same for a call of somebody.
    pub(crate) fn refused_as(&mut self, key: &Key, service: &str, operation: &str, input: Value) -> String {
        let (status, answer) = self.call_as(key, service, operation, input);
        assert_ne!(status, 200, "{service}:{operation} was to be refused: {answer}");
        let error = answer.pointer("/Errors/Error").or_else(|| answer.get("Error")).unwrap_or(&answer);
        let code = error.get("__type").or_else(|| error.get("Code")).and_then(Value::as_str).unwrap_or("no code");
        match error.get("Reason").and_then(Value::as_str) {
            Some(reason) => format!("{code}/{reason}"),
            None => code.to_owned(),
        }
    }

    /// All items of a list, page by page.
    pub(crate) fn all(&mut self, service: &str, operation: &str, input: Value, key: &str, token: &str) -> Vec<Value> {
        let (mut items, mut input) = (Vec::new(), input);
        for _ in 0..1000 {
            let answer = self.ok(service, operation, input.clone());
            items.extend(answer.get(key).and_then(Value::as_array).cloned().unwrap_or_default());
            match answer.get(token).and_then(Value::as_str) {
                Some(next) if !next.is_empty() => input[token] = next.into(),
                _ => return items,
            }
        }
        panic!("{service}:{operation} pages for ever");
    }

    /// Becomes a role of an account: `OrganizationAccountAccessRole` where none is named.
    pub(crate) fn assume(&mut self, account: &str) -> Key {
        let arn = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
        let answer = self.ok("sts", "AssumeRole", json!({"RoleArn": arn, "RoleSessionName": "test"}));
        let text = |name| answer.pointer(&format!("/AssumeRoleResult/Credentials/{name}")).and_then(Value::as_str);
        Key {
            id: text("AccessKeyId").expect("an access key").to_owned(),
            token: text("SessionToken").map(ToOwned::to_owned),
        }
    }

    /// Sends a request that a test made itself.
    pub(crate) fn send(&mut self, request: &Request) -> (u16, Value) {
        let call = self.aws.hear(request).expect("a request that is for AWS");
        self.aws.settle(self.now);
        let reply = self.aws.answer(&call, request, &self.tuning, self.now);
        let body = match reply.headers().get("content-type").map(http::HeaderValue::as_bytes) {
            Some(b"text/xml") => tree(reply.body()),
            _ => serde_json::from_slice(reply.body()).unwrap_or(Value::Null),
        };
        (reply.status().as_u16(), body)
    }

    /// A request as an SDK would make it, but for the signature itself.
    pub(crate) fn request(&self, key: &Key, service: &str, operation: &str, input: &Value) -> Request {
        let known = SERVICES.iter().find(|known| known.name == service).expect("a service");
        let scope = format!("{}/20260601/{}/{}/aws4_request", key.id, self.region, known.signing);
        let signature = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
        let mut request = http::Request::builder().header("authorization", signature);
        if let Some(token) = &key.token {
            request = request.header("x-amz-security-token", token);
        }
        let (request, body) = match known.protocol {
            Protocol::Json(prefix) => (
                request.method("POST").uri("/").header("x-amz-target", format!("{prefix}.{operation}")),
                input.to_string(),
            ),
            Protocol::Query(_) | Protocol::Ec2(_) => {
                let mut form = format!("Action={operation}");
                let list = if matches!(known.protocol, Protocol::Query(_)) { ".member" } else { "" };
                for (name, value) in input.as_object().unwrap_or(&Map::new()) {
                    fields(&mut form, name, value, list);
                }
                (request.method("POST").uri("/"), form)
            }
            Protocol::RestJson => (routed(request, service, operation), input.to_string()),
            Protocol::RestXml(_) => {
                // The account is a header; the rest is the one document.
                let mut body = String::new();
                let mut request = routed(request, service, operation);
                for (name, value) in input.as_object().unwrap_or(&Map::new()) {
                    match (name.as_str(), value) {
                        ("AccountId", Value::String(account)) => request = request.header("x-amz-account-id", account),
                        _ => body.push_str(&element(name, value)),
                    }
                }
                (request, body)
            }
        };
        request.body(Bytes::from(body)).expect("a request")
    }
}

fn routed(request: http::request::Builder, service: &str, operation: &str) -> http::request::Builder {
    let (method, path) = find(service, operation).and_then(|known| known.route).expect("an operation with a route");
    request.method(method).uri(path)
}

fn fields(form: &mut String, name: &str, value: &Value, list: &str) {
    match value {
        Value::Object(map) => {
            for (inner, value) in map {
                fields(form, &format!("{name}.{inner}"), value, list);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                fields(form, &format!("{name}{list}.{}", index + 1), value, list);
            }
        }
        Value::Null => {}
        Value::String(text) => form.push_str(&format!("&{name}={}", escaped(text))),
        other => form.push_str(&format!("&{name}={other}")),
    }
}

fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn element(name: &str, value: &Value) -> String {
    let inner = match value {
        Value::Object(map) => map.iter().map(|(name, value)| element(name, value)).collect(),
        Value::String(text) => quick_xml::escape::escape(text.as_str()).into_owned(),
        other => other.to_string(),
    };
    format!("<{name}>{inner}</{name}>")
}

/// An element that is being read: its name, its elements, its text.
type Open = (String, Vec<(String, Value)>, String);

/// An XML document as JSON, without its outermost element; elements that hold nothing but `member` or `item` are lists.
pub(crate) fn tree(body: &[u8]) -> Value {
    let mut reader = Reader::from_reader(body);
    let mut open: Vec<Open> = vec![(String::new(), Vec::new(), String::new())];
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => open.push((start.local_name().as_ref().to_owned(), Vec::new(), String::new())),
            Ok(Event::Empty(start)) => {
                open.last_mut().unwrap().1.push((start.local_name().as_ref().to_owned(), Value::String(String::new())));
            }
            Ok(Event::Text(text)) => open.last_mut().unwrap().2.push_str(&text),
            Ok(Event::GeneralRef(name)) => {
                let reference = format!("&{};", &*name);
                open.last_mut().unwrap().2.push_str(&quick_xml::escape::unescape(&reference).unwrap());
            }
            Ok(Event::End(_)) => {
                let (name, members, text) = open.pop().unwrap();
                let value = if members.is_empty() {
                    Value::String(text)
                } else if members.iter().all(|(name, _)| name == "member" || name == "item") {
                    members.into_iter().map(|(_, value)| value).collect()
                } else {
                    Value::Object(members.into_iter().collect())
                };
                open.last_mut().unwrap().1.push((name, value));
            }
            Ok(Event::Eof) => return open.pop().unwrap().1.pop().map_or(Value::Null, |(_, value)| value),
            Err(error) => panic!("not XML: {error}"),
            Ok(_) => {}
        }
    }
}

#[test]
fn the_bench_speaks_query_and_reads_xml() {
    let mut bench = Bench::new();
    let answer = bench.ok("sts", "GetCallerIdentity", json!({}));
    assert_eq!(answer.pointer("/GetCallerIdentityResult/Account"), Some(&json!(MANAGEMENT)));
    assert_eq!(bench.refused("sts", "AssumeRole", json!({"RoleSessionName": "me"})), "ValidationError");
}
