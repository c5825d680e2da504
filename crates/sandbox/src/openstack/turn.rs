//! One request at work, and what the operations have in common: members of a body, filters and pages of a list, names.

use bytes::Bytes;
use http::{HeaderValue, header};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{IDENTITY, refusal::Refusal, text, world::World};
use crate::cloud::{Reply, Request, Tuning};

/// What is answered.
pub(super) type Answer = Result<Told, Refusal>;

/// A success.
#[derive(Debug)]
pub(super) struct Told {
    status: u16,
    body: Value,
    /// A token that is given out.
    token: Option<String>,
}

impl Told {
    /// With this status and body; `Null` is no body.
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self { status, body, token: None }
    }

    /// Success with a body.
    pub(super) fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    /// Success that has nothing to say.
    pub(super) fn done() -> Self {
        Self::new(204, Value::Null)
    }

    /// The same, with a token beside it.
    pub(super) fn with_token(mut self, token: String) -> Self {
        self.token = Some(token);
        self
    }

    pub(super) fn reply(&self) -> Reply {
        let body = if self.body.is_null() { Bytes::new() } else { Bytes::from(self.body.to_string()) };
        let mut reply = Reply::new(body);
        *reply.status_mut() = http::StatusCode::from_u16(self.status).unwrap_or_default();
        if !self.body.is_null() {
            reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(token) = self.token.as_ref().and_then(|token| HeaderValue::from_str(token).ok()) {
            reply.headers_mut().insert("x-subject-token", token);
        }
        reply
    }
}

/// One request at work.
pub(super) struct Turn<'t> {
    pub(super) world: &'t mut World,
    pub(super) service: &'static str,
    pub(super) body: Value,
    pub(super) now: Timestamp,
    pub(super) tuning: &'t Tuning,
    /// Where we are reached, without a stroke at the end.
    pub(super) base: String,
    query: Vec<(String, String)>,
    path: String,
}

impl<'t> Turn<'t> {
    pub(super) fn new(
        world: &'t mut World,
        request: &Request,
        tuning: &'t Tuning,
        now: Timestamp,
        service: &'static str,
    ) -> Result<Self, Refusal> {
        let body = match request.body().is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(request.body())
                .map_err(|_| Refusal::bad("The request body could not be read as JSON.").of(service))?,
        };
        // Whoever asks knows by which name we are reached.
        let host = request.uri().authority().map_or_else(|| text(request, "host"), ToString::to_string);
        let base = format!("{}://{host}", request.uri().scheme_str().unwrap_or("http"));
        let path = request.uri().path().to_owned();
        Ok(Self { world, service, body, now, tuning, base, query: parameters(request), path })
    }

    /// A parameter of the query.
    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the path ends with the version of the service.
    pub(super) fn is_at_version(&self, version: &str) -> bool {
        self.path.trim_end_matches('/').ends_with(version)
    }

    /// The one object that a body holds.
    pub(super) fn sent(&self, noun: &str) -> Result<Map<String, Value>, Refusal> {
        let sent = self.body.get(noun).and_then(Value::as_object).cloned();
        sent.ok_or_else(|| Refusal::bad(format!("'{noun}' is a required property.")))
    }

    /// An object that must be there.
    pub(super) fn found(&self, collection: &str, id: &str) -> Result<Value, Refusal> {
        let found = self.world.get(collection, id).cloned();
        found.ok_or_else(|| Refusal::not_found(noun(collection), id))
    }

    /// One object, as it is shown.
    pub(super) fn show(&self, status: u16, collection: &str, id: &str) -> Answer {
        let object = self.found(collection, id)?;
        Ok(Told::new(status, json!({noun(collection): self.linked(collection, object)})))
    }

    /// An object with the address that it has.
    fn linked(&self, collection: &str, mut object: Value) -> Value {
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default();
        let links = json!({"self": format!("{}/identity/v3/{collection}/{id}", self.base)});
        if let Some(members) = object.as_object_mut() {
            members.insert("links".to_owned(), links);
        }
        object
    }

    /// Objects of a collection that fit what the query says of these members.
    pub(super) fn list(&self, collection: &str, members: &[&str]) -> Answer {
        let fits = |object: &Value| {
            members.iter().all(|member| {
                self.asked(member).is_none_or(|wanted| match object.get(*member) {
                    Some(Value::String(held)) => held == wanted,
                    Some(Value::Bool(held)) => *held == !matches!(wanted, "0" | "false" | "False"),
                    _ => false,
                })
            })
        };
        let all = self.world.all(collection).filter(|object| fits(object)).cloned();
        let all = all.map(|object| self.linked(collection, object)).collect();
        Ok(self.page(collection, all))
    }

    /// A list, or the page of it that is asked for.
    pub(super) fn page(&self, items: &str, all: Vec<Value>) -> Told {
        let limit = self.asked("limit").and_then(|limit| limit.parse().ok()).filter(|limit| *limit > 0);
        let limit = limit.unwrap_or(usize::MAX).min(self.tuning.page_max.unwrap_or(usize::MAX));
        let from = self.asked("marker").and_then(|marker| marker.parse().ok()).unwrap_or(0_usize);
        let more = all.len().saturating_sub(from) > limit;
        let page: Vec<Value> = all.into_iter().skip(from).take(limit).collect();
        let own = format!("{}{}", self.base, self.path);
        let next = if more { json!(format!("{own}?marker={}&limit={limit}", from + limit)) } else { Value::Null };
        if self.service == IDENTITY {
            return Told::ok(json!({items: page, "links": {"self": own, "previous": null, "next": next}}));
        }
        let links = if more { json!([{"rel": "next", "href": next}]) } else { json!([]) };
        Told::ok(json!({items: page, format!("{items}_links"): links}))
    }

    /// The domain that something is made in: the one that is named, or the caller's own, which is the first.
    pub(super) fn domain_of(&self, sent: &Map<String, Value>) -> Result<String, Refusal> {
        let named = sent.get("domain_id").and_then(Value::as_str).unwrap_or("default");
        self.found("domains", named).map(|_| named.to_owned())
    }

    /// Nobody else in the domain has this name.
    pub(super) fn unused(&self, collection: &str, name: &str, domain: Option<&str>, but: &str) -> Result<(), Refusal> {
        let twin = self.world.named(collection, name, domain).filter(|id| *id != but);
        let noun = noun(collection);
        match twin {
            None => Ok(()),
            Some(_) if domain.is_some() => Err(Refusal::duplicate(
                noun,
                &format!("there is a {noun} with the name {name} in the same domain already"),
            )),
            Some(_) => Err(Refusal::duplicate(noun, &format!("duplicate entry found with name {name}"))),
        }
    }
}

/// `projects` as `project`.
pub(super) fn noun(collection: &str) -> &str {
    collection.strip_suffix('s').unwrap_or(collection)
}

/// A name within its length.
pub(super) fn name(sent: &Map<String, Value>, max: usize) -> Result<String, Refusal> {
    let Some(name) = sent.get("name") else { return Err(Refusal::bad("'name' is a required property.")) };
    let wrong = |why: &str| Refusal::bad(format!("Invalid input for field 'name': {name} {why}."));
    let text = name.as_str().ok_or_else(|| wrong("is not of type 'string'"))?;
    match text.chars().count() {
        0 => Err(wrong("is too short")),
        length if length > max => Err(wrong("is too long")),
        _ if text.trim().is_empty() => Err(wrong("does not match '[\\\\S]+'")),
        _ => Ok(text.to_owned()),
    }
}

/// Members that must be of a kind where they are sent.
pub(super) fn check(sent: &Map<String, Value>) -> Result<(), Refusal> {
    let wrong =
        |name: &str, kind: &str| Err(Refusal::bad(format!("Invalid input for field '{name}': it is no {kind}.")));
    for (name, value) in sent {
        match name.as_str() {
            "enabled" if !value.is_boolean() => return wrong(name, "boolean"),
            "description" if !value.is_string() && !value.is_null() => return wrong(name, "string"),
            "options" if !value.is_object() => return wrong(name, "object"),
            _ => {}
        }
    }
    Ok(())
}

/// Whether an object takes no changes.
pub(super) fn is_immutable(object: &Value) -> bool {
    object.pointer("/options/immutable") == Some(&Value::Bool(true))
}

/// Puts what was sent into an object; an option that is sent as nothing is taken away.
pub(super) fn merge(object: &mut Value, sent: Map<String, Value>) {
    let Some(members) = object.as_object_mut() else { return };
    for (name, value) in sent {
        if name == "options" {
            let options = members.entry("options").or_insert_with(|| json!({}));
            for (option, value) in value.as_object().cloned().unwrap_or_default() {
                if let Some(options) = options.as_object_mut() {
                    if value.is_null() { drop(options.remove(&option)) } else { drop(options.insert(option, value)) }
                }
            }
        } else {
            members.insert(name, value);
        }
    }
}

fn parameters(request: &Request) -> Vec<(String, String)> {
    let decode =
        |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = request.uri().query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}
