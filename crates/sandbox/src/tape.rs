//! A tape: every request and its reply, word for word, one JSON object a line, for whoever wants to hold the sandbox to
//! what the clouds document.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::{answer::Outcome, cloud::Request};

/// A file that is written to as the sandbox answers. Clones write to the same file.
#[derive(Clone, Debug)]
pub struct Tape {
    file: Arc<Mutex<BufWriter<File>>>,
}

impl Tape {
    /// Begins an empty tape.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: Arc::new(Mutex::new(BufWriter::new(File::create(path)?))) })
    }

    /// Adds a request and its reply. A reply of status 0 is one that never came.
    pub(crate) fn note(&self, request: &Request, outcome: &Outcome) {
        let (status, headers, body) = match outcome {
            Outcome::Reply(reply) => (reply.status().as_u16(), heads(reply.headers()), text(reply.body())),
            Outcome::Cut | Outcome::Silent => (0, Value::Null, String::new()),
        };
        let address = request.uri().path_and_query().map_or("/", |address| address.as_str());
        let line = json!({
            "method": request.method().as_str(),
            "address": address,
            "headers": heads(request.headers()),
            "body": text(request.body()),
            "reply": {"status": status, "headers": headers, "body": body},
        });
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever waits for a reply must find it on the tape; a full disk is the reader's loss alone.
        let _ = writeln!(file, "{line}").and_then(|()| file.flush());
    }
}

fn text(body: &Bytes) -> String {
    String::from_utf8_lossy(body).into_owned()
}

fn heads(headers: &HeaderMap) -> Value {
    let pairs = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into()));
    Value::Object(pairs.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_holds_what_was_asked_and_answered_and_what_was_not() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("tape");
        let tape = Tape::create(&path).unwrap();
        let request = http::Request::post("/v20180820/configuration?a=b")
            .header("x-amz-target", "Some.Thing")
            .body(Bytes::from_static(b"{}"))
            .unwrap();
        tape.note(&request, &Outcome::Reply(http::Response::new(Bytes::from_static(b"<a/>"))));
        tape.note(&request, &Outcome::Cut);
        let lines: Vec<Value> =
            std::fs::read_to_string(&path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["address"], "/v20180820/configuration?a=b");
        assert_eq!(lines[0]["headers"]["x-amz-target"], "Some.Thing");
        assert_eq!(lines[0]["reply"], json!({"status": 200, "headers": {}, "body": "<a/>"}));
        assert_eq!(lines[1]["reply"]["status"], 0);
    }
}
