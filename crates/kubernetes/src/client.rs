//! Kubernetes' protocol over the wire: lists over all namespaces, and writes by server-side apply.
//!
//! Everything that is applied is applied whole, under the field manager `polity`: what a former apply held and this one
//! does not name is taken away by the server itself, and what others hold stays theirs.

use polity_provider::{Error, Problem, Reader, Reply, Request, Writer};
use serde_json::{Value as Json, json};

use crate::operations::Resource;
pub(crate) use crate::session::faults::{CHANGED, EXPIRED, FOREIGN_FIELDS};

/// The field manager that we write as.
pub const FIELD_MANAGER: &str = "polity";
/// Objects in one page of a list: most clusters have fewer of any kind that we read.
const PAGE: &str = "5000";
/// Longest list that is believed, in pages: an endpoint that never ends must not hold a run for ever.
const PAGES_MAX: usize = 1_000;

/// Which object: of a resource, by namespace (if it stands in one) and name.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Of what.
    pub resource: &'static Resource,
    /// Where, if it stands in a namespace.
    pub namespace: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
}

impl Target<'_> {
    fn path(&self) -> String {
        let namespace = self.namespace.map(|name| encode(name).to_string());
        format!("{}/{}", self.resource.path(namespace.as_deref()), encode(self.name))
    }

    /// What every body begins with.
    pub fn head(&self) -> Json {
        let mut metadata = json!({"name": self.name});
        if let (Some(namespace), Some(metadata)) = (self.namespace, metadata.as_object_mut()) {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
        json!({"apiVersion": self.resource.version, "kind": self.resource.kind, "metadata": metadata})
    }
}

/// All objects of a resource, over all namespaces: one call, unless there are thousands.
pub async fn list(reader: &Reader, resource: &'static Resource) -> Result<Vec<Json>, Error> {
    let mut restarted = false;
    loop {
        match pages(reader, resource).await {
            // The server keeps the state that a list began with for minutes only: begin anew, once.
            Err(error) if error.code.as_deref() == Some(EXPIRED) && !restarted => restarted = true,
            other => return other,
        }
    }
}

async fn pages(reader: &Reader, resource: &'static Resource) -> Result<Vec<Json>, Error> {
    let mut found = Vec::new();
    let mut next: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let mut query = vec![("limit".to_owned(), PAGE.to_owned())];
        query.extend(next.take().map(|token| ("continue".to_owned(), token)));
        let request = Request { method: "GET", path: resource.path(None), query, ..Request::default() };
        let reply = reader.call(&resource.list, request).await?;
        let mut page = json_of(reader, resource.list.0.name, &reply)?;
        // Whoever stands before a server may answer with something of their own, and that must not read as "nothing there".
        if !text(&page, "/kind").is_some_and(|kind| kind.ends_with("List")) {
            return Err(unexpected(reader, resource.list.0.name, "the answer is not a list of objects"));
        }
        match page.get_mut("items").map(Json::take) {
            Some(Json::Array(items)) => found.extend(items),
            None | Some(Json::Null) => {}
            Some(_) => return Err(unexpected(reader, resource.list.0.name, "`items` is not a list in the answer")),
        }
        next = page
            .pointer("/metadata/continue")
            .and_then(Json::as_str)
            .filter(|token| !token.is_empty())
            .map(str::to_owned);
        if next.is_none() {
            return Ok(found);
        }
    }
    Err(unexpected(reader, resource.list.0.name, "the list does not end"))
}

/// One object; `None` when it is not there.
pub async fn get(reader: &Reader, target: &Target<'_>) -> Result<Option<Json>, Error> {
    let request = Request { method: "GET", path: target.path(), ..Request::default() };
    match reader.call(&target.resource.get, request).await {
        Ok(reply) => json_of(reader, target.resource.get.0.name, &reply).map(Some),
        Err(error) if error.is(Problem::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes an object; `Problem::AlreadyExists` when its name is taken.
pub async fn create(writer: &Writer, target: &Target<'_>, body: &Json) -> Result<(), Error> {
    let namespace = target.namespace.map(|name| encode(name).to_string());
    let request = Request {
        method: "POST",
        path: target.resource.path(namespace.as_deref()),
        query: vec![("fieldManager".to_owned(), FIELD_MANAGER.to_owned())],
        headers: content("application/json"),
        body: body.to_string().into_bytes(),
    };
    writer.call(&target.resource.create, request).await.map(drop)
}

/// Brings an object to hold these fields; makes it if it is not there. Fields that another manager holds with another value
/// are an error that names it, unless they are to be taken over.
pub async fn apply(
    writer: &Writer,
    target: &Target<'_>,
    manager: &str,
    take_over: bool,
    body: &Json,
) -> Result<(), Error> {
    let request = Request {
        method: "PATCH",
        path: target.path(),
        query: vec![("fieldManager".to_owned(), manager.to_owned()), ("force".to_owned(), take_over.to_string())],
        headers: content("application/apply-patch+yaml"),
        // JSON is YAML.
        body: body.to_string().into_bytes(),
    };
    writer.call(&target.resource.apply, request).await.map(drop)
}

/// Takes fields away that others hold: those that are `null` in the body.
pub async fn take_away(writer: &Writer, target: &Target<'_>, body: &Json) -> Result<(), Error> {
    let request = Request {
        method: "PATCH",
        path: target.path(),
        query: vec![("fieldManager".to_owned(), FIELD_MANAGER.to_owned())],
        headers: content("application/merge-patch+json"),
        body: body.to_string().into_bytes(),
    };
    writer.call(&target.resource.apply, request).await.map(drop)
}

/// Puts a whole object in the place of the one that was read; an error with the code [`CHANGED`] if it changed since.
pub async fn replace(writer: &Writer, target: &Target<'_>, body: &Json) -> Result<(), Error> {
    let request = Request {
        method: "PUT",
        path: target.path(),
        query: vec![("fieldManager".to_owned(), FIELD_MANAGER.to_owned())],
        headers: content("application/json"),
        body: body.to_string().into_bytes(),
    };
    writer.call(&target.resource.replace, request).await.map(drop)
}

/// Ends an object as it was read, and none that took its place since; an error with the code [`CHANGED`] if one did. One
/// that is gone has ended.
pub async fn delete(writer: &Writer, target: &Target<'_>, read: &Json, same_state: bool) -> Result<(), Error> {
    let mut preconditions = serde_json::Map::new();
    for name in ["uid", "resourceVersion"].into_iter().take(if same_state { 2 } else { 1 }) {
        let held = read.pointer("/metadata").and_then(|metadata| metadata.get(name));
        preconditions.extend(held.map(|held| (name.to_owned(), held.clone())));
    }
    let body = json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions});
    let request = Request {
        method: "DELETE",
        path: target.path(),
        headers: content("application/json"),
        body: body.to_string().into_bytes(),
        ..Request::default()
    };
    match writer.call(&target.resource.delete, request).await {
        Err(error) if !error.is(Problem::NotFound) => Err(error),
        _ => Ok(()),
    }
}

fn content(kind: &str) -> Vec<(String, String)> {
    vec![("content-type".to_owned(), kind.to_owned())]
}

pub(crate) fn json_of(reader: &Reader, operation: &str, reply: &Reply) -> Result<Json, Error> {
    serde_json::from_slice(&reply.body)
        .map_err(|error| unexpected(reader, operation, &format!("the answer is not JSON: {error}")))
}

pub(crate) fn unexpected(reader: &Reader, operation: &str, why: &str) -> Error {
    let mut error = Error::new(Problem::Unexpected, format!("kubernetes:{operation}"), why);
    error.scope.clone_from(&reader.scope().name);
    error
}

/// Percent-encoding of a part of a path or query.
pub(crate) fn encode(text: &str) -> percent_encoding::PercentEncode<'_> {
    const PLAIN: percent_encoding::AsciiSet =
        percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');
    percent_encoding::utf8_percent_encode(text, &PLAIN)
}

/// A text within an object, by the names on the way to it.
pub(crate) fn text<'a>(object: &'a Json, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer).and_then(Json::as_str).filter(|text| !text.is_empty())
}
