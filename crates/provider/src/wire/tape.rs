//! Tapes: calls and their answers in a file, one JSON object per line, to replay them without a connection. Written by
//! a recording wire, or by hand as a fixture.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::Path,
    sync::Mutex,
};

use bytes::Bytes;
use polity_model::resource::Scope;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{line::Broken, lock, redact};
use crate::{Error, Operation, Problem, Reply};

/// One call and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taped {
    /// `service:Operation`.
    pub operation: String,
    /// Name of the scope; any scope if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// HTTP method; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Path and query, without the host; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The request's body: JSON as such, anything else as text; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Json>,
    /// The answer's HTTP status.
    pub status: u16,
    /// The answer's headers, names in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The answer's body: JSON as such, anything else as text.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub reply: Json,
}

/// A tape that is being written or played.
pub(super) enum Tape {
    /// Being written.
    Writing(Mutex<File>),
    /// Being played: what has not been used yet, in the order of the file.
    Playing(Mutex<Vec<Taped>>),
}

impl Tape {
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        File::create(path)
            .map(|file| Self::Writing(Mutex::new(file)))
            .map_err(|error| failure(path, &error.to_string()))
    }

    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|error| failure(path, &error.to_string()))?;
        let mut calls = Vec::new();
        for (number, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(|error| failure(path, &error.to_string()))?;
            if line.trim().is_empty() {
                continue;
            }
            let call = serde_json::from_str(&line)
                .map_err(|error| failure(path, &format!("line {} is no taped call: {error}", number + 1)))?;
            calls.push(call);
        }
        Ok(Self::Playing(Mutex::new(calls)))
    }

    pub(super) fn keep(
        &self,
        operation: &Operation,
        scope: &Scope,
        request: &http::Request<Vec<u8>>,
        reply: &Reply,
    ) -> Result<(), Error> {
        let Self::Writing(file) = self else { return Ok(()) };
        let headers = reply.headers.iter().filter(|(name, _)| name != "date" && name != "connection");
        let taped = Taped {
            operation: format!("{}:{}", operation.service, operation.name),
            scope: Some(scope.name.clone()),
            method: Some(request.method().to_string()),
            path: Some(path_of(request)),
            request: Some(content(request.body())),
            status: reply.status,
            headers: headers.map(|(name, value)| (name.clone(), redact::named(name, value).to_owned())).collect(),
            reply: content(&reply.body),
        };
        let unwritten = |message: String| Error::new(Problem::Unexpected, "keeping the tape", message);
        let mut line = serde_json::to_vec(&taped).map_err(|error| unwritten(error.to_string()))?;
        line.push(b'\n');
        lock(file).write_all(&line).map_err(|error| unwritten(error.to_string()))
    }

    /// The answer to this call: of the first unused entry that fits. Each entry answers once.
    pub(super) fn play(
        &self,
        operation: &Operation,
        scope: &Scope,
        request: &http::Request<Vec<u8>>,
    ) -> Result<Reply, Broken> {
        let Self::Playing(calls) = self else {
            return Err(Broken { problem: Problem::Unexpected, message: "this tape is being written".to_owned() });
        };
        let name = format!("{}:{}", operation.service, operation.name);
        let (path, body) = (path_of(request), content(request.body()));
        let fits = |call: &Taped| {
            call.operation == name
                && call.scope.as_ref().is_none_or(|taped| *taped == scope.name)
                && call.method.as_ref().is_none_or(|taped| taped == request.method().as_str())
                && call.path.as_ref().is_none_or(|taped| *taped == path)
                && call.request.as_ref().is_none_or(|taped| *taped == body)
        };
        let mut calls = lock(calls);
        let Some(found) = calls.iter().position(fits) else {
            let message = format!("the tape has no further answer to {} {path} with {body}", request.method());
            return Err(Broken { problem: Problem::Unexpected, message });
        };
        let call = calls.remove(found);
        let body = match call.reply {
            Json::Null => Bytes::new(),
            Json::String(text) => Bytes::from(text),
            json => Bytes::from(json.to_string()),
        };
        Ok(Reply { status: call.status, headers: call.headers, body })
    }

    pub(super) fn unplayed(&self) -> Vec<Taped> {
        match self {
            Self::Writing(_) => Vec::new(),
            Self::Playing(calls) => lock(calls).clone(),
        }
    }
}

fn path_of(request: &http::Request<Vec<u8>>) -> String {
    let uri = redact::uri(request.uri());
    let host = uri.split_once("://").map_or(uri.as_str(), |(_, rest)| rest);
    host.find('/').and_then(|slash| host.get(slash..)).unwrap_or("/").to_owned()
}

/// A body as it is kept: JSON as such, anything else as text, secrets taken out.
fn content(body: &[u8]) -> Json {
    if body.is_empty() {
        return Json::Null;
    }
    let text = String::from_utf8_lossy(body);
    let redacted = redact::body(&text);
    match serde_json::from_str(&redacted) {
        Ok(json @ (Json::Object(_) | Json::Array(_))) => json,
        _ => Json::String(redacted.into_owned()),
    }
}

fn failure(path: &Path, message: &str) -> Error {
    Error::new(Problem::Unexpected, format!("tape {}", path.display()), message)
}
