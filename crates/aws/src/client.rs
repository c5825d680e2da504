//! AWS's three protocols over the wire: JSON 1.0/1.1, Query with XML answers, REST with JSON or XML.

pub(crate) mod faults;
pub(crate) mod xml;

use polity_provider::{Error, Operation, Problem, ReadOperation, Reader, Reply, Request, WriteOperation, Writer};
use serde_json::Value as Json;

use crate::services::{self, Protocol};

/// Something a call can be made on: readers take reading operations, writers take writing ones.
#[async_trait::async_trait]
pub trait Caller<O: Sync>: Sync {
    /// One JSON-protocol call (`X-Amz-Target`); the answer's body, `{}` when it is empty.
    async fn json(&self, operation: &O, body: Json) -> Result<Json, Error>;

    /// One Query-protocol call (`Action=...`); the answer's XML as JSON, without its root and `...Result` elements: an
    /// element with children is an object, with text a string, a repeated element an array; `member` and `item` lists
    /// are always arrays.
    async fn query(&self, operation: &O, parameters: &[(&str, String)]) -> Result<Json, Error>;

    /// One REST call with a JSON body (`Null`: none) and a JSON answer.
    async fn rest_json(&self, operation: &O, method: &'static str, path: &str, body: Json) -> Result<Json, Error>;

    /// One REST call with an XML body and an XML answer (converted as in [`Caller::query`]).
    async fn rest_xml(&self, operation: &O, method: &'static str, path: &str, body: &str) -> Result<Json, Error>;
}

/// Longest list that is believed, in pages: an endpoint that never ends must not hold a run for ever.
const PAGES_MAX: usize = 20_000;

/// All pages of a JSON list call: the items under `items`, following `NextToken` until the service says there is none.
/// A repeated token is an error, not an endless loop; an empty page with a token is followed like any other.
pub async fn pages(reader: &Reader, operation: &ReadOperation, body: Json, items: &str) -> Result<Vec<Json>, Error> {
    let names = services::find(operation.0.service).map(|service| (service.page_token, service.next_page));
    let (token_name, next_name) = names.unwrap_or(("NextToken", "NextToken"));
    let (mut found, mut body, mut seen) = (Vec::new(), body, std::collections::BTreeSet::new());
    loop {
        let mut page = reader.json(operation, body.clone()).await?;
        match page.get_mut(items).map(Json::take) {
            Some(Json::Array(list)) => found.extend(list),
            None | Some(Json::Null) => {}
            Some(_) => return Err(unexpected(reader, &operation.0, format!("`{items}` is not a list in the answer"))),
        }
        let token = match page.get(next_name) {
            None | Some(Json::Null) => return Ok(found),
            Some(Json::String(token)) if token.is_empty() => return Ok(found),
            Some(token) => token.clone(),
        };
        if !seen.insert(token.to_string()) || seen.len() == PAGES_MAX {
            let why = "the service sends the same page token again: the list would never end".to_owned();
            return Err(unexpected(reader, &operation.0, why));
        }
        if let Some(body) = body.as_object_mut() {
            body.insert(token_name.to_owned(), token);
        }
    }
}

/// All pages of a Query list call, as far as the answers name a next one under `next`, which is asked for as `token`.
pub(crate) async fn query_pages(
    reader: &Reader,
    operation: &ReadOperation,
    parameters: &[(&str, String)],
    (next, token): (&str, &str),
) -> Result<Vec<Json>, Error> {
    let mut turner = Turner::default();
    let mut parameters = parameters.to_vec();
    loop {
        let page = reader.query(operation, &parameters).await?;
        let Some(found) = turner.turn(reader, operation, page, next)? else { return Ok(turner.pages) };
        parameters.retain(|(name, _)| *name != token);
        parameters.push((token, found));
    }
}

/// All pages of a REST list call by `GET`, in JSON or XML.
pub(crate) async fn rest_pages(
    reader: &Reader,
    operation: &ReadOperation,
    path: &str,
    (next, token): (&str, &str),
    xml: bool,
) -> Result<Vec<Json>, Error> {
    let mut turner = Turner::default();
    let mut turned = path.to_owned();
    loop {
        let page = match xml {
            true => reader.rest_xml(operation, "GET", &turned, "").await?,
            false => reader.rest_json(operation, "GET", &turned, Json::Null).await?,
        };
        let Some(found) = turner.turn(reader, operation, page, next)? else { return Ok(turner.pages) };
        let separator = if path.contains('?') { '&' } else { '?' };
        turned = format!("{path}{separator}{token}={}", encode(&found));
    }
}

/// Keeps pages, and sees to it that they end.
#[derive(Default)]
struct Turner {
    pages: Vec<Json>,
    seen: std::collections::BTreeSet<String>,
}

impl Turner {
    /// Keeps this page; the token of the next one, if there is one.
    fn turn(
        &mut self,
        reader: &Reader,
        operation: &ReadOperation,
        page: Json,
        next: &str,
    ) -> Result<Option<String>, Error> {
        let found = page.get(next).and_then(Json::as_str).filter(|token| !token.is_empty()).map(str::to_owned);
        self.pages.push(page);
        let Some(token) = found else { return Ok(None) };
        if !self.seen.insert(token.clone()) || self.seen.len() == PAGES_MAX {
            let why = "the service sends the same page token again: the list would never end".to_owned();
            return Err(unexpected(reader, &operation.0, why));
        }
        Ok(Some(token))
    }
}

/// Whatever has a wire behind it. The protocols are written once, over this.
trait Line<O>: Sync {
    fn reader(&self) -> &Reader;
    fn operation(operation: &O) -> &Operation;
    fn send(&self, operation: &O, request: Request) -> impl Future<Output = Result<Reply, Error>> + Send;
}

impl Line<ReadOperation> for Reader {
    fn reader(&self) -> &Reader {
        self
    }
    fn operation(operation: &ReadOperation) -> &Operation {
        &operation.0
    }
    async fn send(&self, operation: &ReadOperation, request: Request) -> Result<Reply, Error> {
        self.call(operation, request).await
    }
}

impl Line<WriteOperation> for Writer {
    fn reader(&self) -> &Reader {
        Writer::reader(self)
    }
    fn operation(operation: &WriteOperation) -> &Operation {
        &operation.0
    }
    async fn send(&self, operation: &WriteOperation, request: Request) -> Result<Reply, Error> {
        self.call(operation, request).await
    }
}

#[async_trait::async_trait]
impl<O: Sync, L: Line<O>> Caller<O> for L {
    async fn json(&self, operation: &O, body: Json) -> Result<Json, Error> {
        let request = json_request(L::operation(operation), &body)?;
        let reply = self.send(operation, request).await?;
        json_answer(self.reader(), L::operation(operation), &reply)
    }

    async fn query(&self, operation: &O, parameters: &[(&str, String)]) -> Result<Json, Error> {
        let request = query_request(L::operation(operation), parameters)?;
        let reply = self.send(operation, request).await?;
        xml_answer(self.reader(), L::operation(operation), &reply)
    }

    async fn rest_json(&self, operation: &O, method: &'static str, path: &str, body: Json) -> Result<Json, Error> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = rest_request(method, path, "application/json", body);
        let reply = self.send(operation, request).await?;
        json_answer(self.reader(), L::operation(operation), &reply)
    }

    async fn rest_xml(&self, operation: &O, method: &'static str, path: &str, body: &str) -> Result<Json, Error> {
        let request = rest_request(method, path, "application/xml", body.as_bytes().to_vec());
        let reply = self.send(operation, request).await?;
        xml_answer(self.reader(), L::operation(operation), &reply)
    }
}

/// The request of a JSON-protocol call.
fn json_request(operation: &Operation, body: &Json) -> Result<Request, Error> {
    let Some(Protocol::Json(target)) = services::find(operation.service).map(|service| service.protocol) else {
        return Err(misspoken(operation, "JSON"));
    };
    Ok(Request {
        method: "POST",
        headers: vec![
            ("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target".to_owned(), format!("{target}.{}", operation.name)),
        ],
        body: body.to_string().into_bytes(),
        ..Request::default()
    })
}

/// The request of a Query-protocol call.
pub(crate) fn query_request(operation: &Operation, parameters: &[(&str, String)]) -> Result<Request, Error> {
    let Some(Protocol::Query(version)) = services::find(operation.service).map(|service| service.protocol) else {
        return Err(misspoken(operation, "Query"));
    };
    let mut form = format!("Action={}&Version={version}", operation.name);
    for (name, value) in parameters {
        form.push_str(&format!("&{}={}", encode(name), encode(value)));
    }
    Ok(Request {
        method: "POST",
        headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned())],
        body: form.into_bytes(),
        ..Request::default()
    })
}

fn rest_request(method: &'static str, path: &str, content: &str, body: Vec<u8>) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let plain = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        (plain(name), plain(value))
    };
    let headers = if body.is_empty() { Vec::new() } else { vec![("content-type".to_owned(), content.to_owned())] };
    let query = query.split('&').filter(|part| !part.is_empty()).map(pair).collect();
    Request { method, path: path.to_owned(), query, headers, body }
}

fn json_answer(reader: &Reader, operation: &Operation, reply: &Reply) -> Result<Json, Error> {
    if reply.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Json::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(&reply.body)
        .map_err(|error| unexpected(reader, operation, format!("the answer is not JSON: {error}")))
}

fn xml_answer(reader: &Reader, operation: &Operation, reply: &Reply) -> Result<Json, Error> {
    if reply.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Json::Object(serde_json::Map::new()));
    }
    let name = format!("{}:{}", operation.service, operation.name);
    xml::to_json(&name, &String::from_utf8_lossy(&reply.body)).map_err(|mut error| {
        error.scope.clone_from(&reader.scope().name);
        error
    })
}

fn unexpected(reader: &Reader, operation: &Operation, why: String) -> Error {
    let mut error = Error::new(Problem::Unexpected, format!("{}:{}", operation.service, operation.name), why);
    error.scope.clone_from(&reader.scope().name);
    error
}

fn misspoken(operation: &Operation, protocol: &str) -> Error {
    let name = format!("{}:{}", operation.service, operation.name);
    Error::new(Problem::Unexpected, name, format!("this service does not speak the {protocol} protocol"))
}

/// Percent-encoding as signatures want it: all but letters, digits and `-._~`.
pub(crate) fn encode(text: &str) -> percent_encoding::PercentEncode<'_> {
    const PLAIN: percent_encoding::AsciiSet =
        percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(text, &PLAIN)
}
