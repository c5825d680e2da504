//! AWS's three protocols over the wire: JSON 1.0/1.1, Query with XML answers, REST with JSON or XML.

use polity_provider::{Error, Problem, ReadOperation, Reader, WriteOperation, Writer};
use serde_json::Value as Json;

/// Something a call can be made on: readers take reading operations, writers take writing ones.
#[async_trait::async_trait]
pub trait Caller<O: Sync>: Sync {
    /// One JSON-protocol call (`X-Amz-Target`); the answer's body, `{}` when it is empty.
    async fn json(&self, operation: &O, body: Json) -> Result<Json, Error>;

    /// One Query-protocol call (`Action=...`); the answer's XML as JSON: an element with children is an object, with
    /// text a string, a repeated element an array; `member` and `item` lists are always arrays.
    async fn query(&self, operation: &O, parameters: &[(&str, String)]) -> Result<Json, Error>;

    /// One REST call with a JSON body (`Null`: none) and a JSON answer.
    async fn rest_json(&self, operation: &O, method: &'static str, path: &str, body: Json) -> Result<Json, Error>;

    /// One REST call with an XML body and an XML answer (converted as in [`Caller::query`]).
    async fn rest_xml(&self, operation: &O, method: &'static str, path: &str, body: &str) -> Result<Json, Error>;
}

/// All pages of a JSON list call: the items under `items`, following `NextToken` until the service says there is none.
/// A repeated token is an error, not an endless loop; an empty page with a token is followed like any other.
pub async fn pages(reader: &Reader, operation: &ReadOperation, body: Json, items: &str) -> Result<Vec<Json>, Error> {
    let _ = (reader, operation, body, items);
    Err(Error::new(Problem::Unsupported, operation.0.name, "not connected"))
}

#[async_trait::async_trait]
impl Caller<ReadOperation> for Reader {
    async fn json(&self, operation: &ReadOperation, _body: Json) -> Result<Json, Error> {
        Err(Error::new(Problem::Unsupported, operation.0.name, "not connected"))
    }
    async fn query(&self, operation: &ReadOperation, _parameters: &[(&str, String)]) -> Result<Json, Error> {
        Err(Error::new(Problem::Unsupported, operation.0.name, "not connected"))
    }
    async fn rest_json(&self, operation: &ReadOperation, _: &'static str, _: &str, _: Json) -> Result<Json, Error> {
        Err(Error::new(Problem::Unsupported, operation.0.name, "not connected"))
    }
    async fn rest_xml(&self, operation: &ReadOperation, _: &'static str, _: &str, _: &str) -> Result<Json, Error> {
        Err(Error::new(Problem::Unsupported, operation.0.name, "not connected"))
    }
}

#[async_trait::async_trait]
impl Caller<WriteOperation> for Writer {
    async fn json(&self, operation: &WriteOperation, _body: Json) -> Result<Json, Error> {
        Err(Error::new(Problem::Unsupported, operation.0.name, "not connected"))
    }
    async fn query(&self, operation: &WriteOperation, _parameters: &[(&str, String)]) -> Result<Json, Error> {
        Err(Error::new(Problem::Unsupported, operation.0.name, "not connected"))
    }
    async fn rest_json(&self, operation: &WriteOperation, _: &'static str, _: &str, _: Json) -> Result<Json, Error> {
        Err(Error::new(Problem::Unsupported, operation.0.name, "not connected"))
    }
    async fn rest_xml(&self, operation: &WriteOperation, _: &'static str, _: &str, _: &str) -> Result<Json, Error> {
        Err(Error::new(Problem::Unsupported, operation.0.name, "not connected"))
    }
}
