//! From bytes to calls and from answers to bytes, for each protocol that AWS speaks.

mod query;
mod xml;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderName};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    refusal::Refusal,
    service::{Answer, Operation, Protocol, SERVICES, Service},
    world::World,
};
use crate::{
    answer::ErrorCode,
    cloud::{Access, Call, Reply, Request},
};

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    pub(crate) access_key: String,
}

/// What a signature says of itself.
#[derive(Debug)]
struct Signature {
    access_key: String,
    region: String,
    service: String,
}

/// Understands a request; `None` when it is not for AWS.
pub(super) fn hear(world: &World, request: &Request) -> Option<Call> {
    let signature = signature(request);
    let signing = signature.as_ref().map(|signature| signature.service.as_str());
    let (service, operation, mut input) = match header(request, "x-amz-target") {
        Some(target) => {
            let (prefix, operation) = target.rsplit_once('.')?;
            let service = SERVICES.iter().find(|service| service.protocol == find_json(prefix, service))?;
            (*service, operation.to_owned(), body_json(request))
        }
        None => rest_or_query(request, signing)?,
    };
    if input.is_null() {
        input = json!({});
    }
    let known = service.operations.iter().find(|known| known.name == operation);
    let access_key = signature.as_ref().map(|signature| signature.access_key.clone()).unwrap_or_default();
    Some(Call {
        service: service.name,
        access: known.map_or(Access::Read, |known| known.access),
        family: known.map_or("", |known| known.family),
        place: world.sessions.account_of(&access_key).unwrap_or(&world.management).to_owned(),
        region: signature.map_or_else(|| "us-east-1".to_owned(), |signature| signature.region),
        credential: access_key,
        operation,
        input,
    })
}

fn find_json(prefix: &str, service: &Service) -> Protocol {
    match service.protocol {
        Protocol::Json(known) if known == prefix => Protocol::Json(known),
        // Never equal to the protocol of any service that speaks JSON.
        _ => Protocol::Json(""),
    }
}

/// A request without a target: by its signature and its path, or by its `Action`.
fn rest_or_query(request: &Request, signing: Option<&str>) -> Option<(&'static Service, String, Value)> {
    let form = query::parse(request);
    let action = form.get("Action").and_then(Value::as_str);
    for service in SERVICES {
        if signing.is_some_and(|signing| signing != service.signing) {
            continue;
        }
        match service.protocol {
            Protocol::Json(_) => {}
            Protocol::Query(_) | Protocol::Ec2(_) => {
                let Some(action) = action else { continue };
                if signing.is_some() || service.operations.iter().any(|operation| operation.name == action) {
                    return Some((service, action.to_owned(), form));
                }
            }
            Protocol::RestJson | Protocol::RestXml(_) => {
                let routed = service.operations.iter().find(|operation| fits(operation, request));
                if let Some(operation) = routed {
                    let input = match service.protocol {
                        Protocol::RestXml(_) => with_account(xml::parse(request.body()), request),
                        _ => body_json(request),
                    };
                    return Some((service, operation.name.to_owned(), input));
                }
                if signing.is_some() {
                    let what = format!("{} {}", request.method(), request.uri().path());
                    return Some((service, what, Value::Null));
                }
            }
        }
    }
    None
}

/// The one member that S3 Control takes from a header: the account that is meant.
fn with_account(mut input: Value, request: &Request) -> Value {
    if !input.is_object() {
        input = json!({});
    }
    if let (Some(account), Some(members)) = (header(request, "x-amz-account-id"), input.as_object_mut()) {
        members.insert("AccountId".to_owned(), account.into());
    }
    input
}

fn fits(operation: &Operation, request: &Request) -> bool {
    operation.route.is_some_and(|(method, path)| request.method() == method && request.uri().path() == path)
}

/// Who made this request, if AWS would believe it. The signature itself is not computed: the sandbox knows no secrets.
pub(super) fn caller(world: &World, request: &Request, now: Timestamp) -> Result<Caller, Refusal> {
    let Some(signature) = signature(request) else {
        return Err(Refusal::new("MissingAuthenticationToken", "Request is missing Authentication Token").status(403));
    };
    let token = header(request, "x-amz-security-token");
    world.sessions.caller(world, &signature.access_key, token, now)
}

/// The reply to a call.
pub(super) fn reply(world: &mut World, call: &Call, answer: Answer) -> Reply {
    let id = world.ids.uuid();
    let service = SERVICES.iter().find(|service| service.name == call.service);
    let protocol = service.map_or(Protocol::RestJson, |service| service.protocol);
    let (status, kind, body) = match &answer {
        Ok(value) => (200, kind(protocol), success(protocol, call, value, &id)),
        Err(refusal) => (refusal.status, kind(protocol), failure(protocol, refusal, &id)),
    };
    let mut reply = Reply::new(Bytes::from(body));
    *reply.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    set(&mut reply, "content-type", kind);
    set(&mut reply, "x-amzn-requestid", &id);
    if let Err(refusal) = answer {
        set(&mut reply, "x-amzn-errortype", &refusal.code);
        reply.extensions_mut().insert(ErrorCode(refusal.code));
    }
    reply
}

fn kind(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Json(_) => "application/x-amz-json-1.1",
        Protocol::RestJson => "application/json",
        Protocol::Query(_) | Protocol::Ec2(_) | Protocol::RestXml(_) => "text/xml",
    }
}

fn success(protocol: Protocol, call: &Call, value: &Value, id: &str) -> String {
    let operation = call.operation.as_str();
    match protocol {
        Protocol::Json(_) | Protocol::RestJson => value.to_string(),
        Protocol::Query(namespace) => xml::query(namespace, operation, value, id),
        Protocol::Ec2(namespace) => xml::ec2(namespace, operation, value, id),
        Protocol::RestXml(namespace) => xml::rest(namespace, value),
    }
}

fn failure(protocol: Protocol, refusal: &Refusal, id: &str) -> String {
    match protocol {
        Protocol::Json(_) | Protocol::RestJson => {
            let mut body = refusal.more.clone();
            body.insert("__type".to_owned(), refusal.code.clone().into());
            body.insert("Message".to_owned(), refusal.message.clone().into());
            body.insert("message".to_owned(), refusal.message.clone().into());
            Value::Object(body).to_string()
        }
        Protocol::Query(namespace) => xml::query_error(namespace, refusal, id),
        Protocol::Ec2(_) => xml::ec2_error(refusal, id),
        Protocol::RestXml(_) => xml::rest_error(refusal, id),
    }
}

fn set(reply: &mut Reply, name: &'static str, value: &str) {
    if let Ok(value) = http::HeaderValue::from_str(value) {
        reply.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

fn body_json(request: &Request) -> Value {
    serde_json::from_slice(request.body()).unwrap_or(Value::Null)
}

/// A header of a request.
pub(super) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// `AWS4-HMAC-SHA256 Credential=AKID/date/region/service/aws4_request, ...`
fn signature(request: &Request) -> Option<Signature> {
    let text = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let parts = text.strip_prefix("AWS4-HMAC-SHA256")?;
    let credential = parts.split([',', ' ']).find_map(|part| part.trim().strip_prefix("Credential="))?;
    let mut words = credential.split('/');
    let (access_key, _, region, service) = (words.next()?, words.next()?, words.next()?, words.next()?);
    Some(Signature { access_key: access_key.to_owned(), region: region.to_owned(), service: service.to_owned() })
}
