//! OpenStack's REST over the wire: JSON in, JSON out, and lists to their end.

use polity_provider::{Error, Operation, Problem, ReadOperation, Reader, Reply, Request, WriteOperation, Writer};
use serde_json::Value as Json;

use crate::session::REGION;

/// Something a call can be made on: readers take reading operations, writers take writing ones.
#[async_trait::async_trait]
pub trait Caller<O: Sync>: Sync {
    /// One call; `Null` where the answer has no body. Without a body of ours where `body` is `Null`.
    async fn send(&self, operation: &O, method: &'static str, path: &str, body: Json) -> Result<Json, Error>;
}

/// Longest list that is believed, in pages: an endpoint that never ends must not hold a run for ever.
const PAGES_MAX: usize = 20_000;

#[async_trait::async_trait]
impl Caller<ReadOperation> for Reader {
    async fn send(
        &self,
        operation: &ReadOperation,
        method: &'static str,
        path: &str,
        body: Json,
    ) -> Result<Json, Error> {
        read(&operation.0, &self.call(operation, request(method, path, Vec::new(), &body)).await?)
    }
}

#[async_trait::async_trait]
impl Caller<WriteOperation> for Writer {
    async fn send(
        &self,
        operation: &WriteOperation,
        method: &'static str,
        path: &str,
        body: Json,
    ) -> Result<Json, Error> {
        read(&operation.0, &self.call(operation, request(method, path, Vec::new(), &body)).await?)
    }
}

/// One object; `None` where it is not there.
pub async fn get(reader: &Reader, operation: &ReadOperation, path: &str, member: &str) -> Result<Option<Json>, Error> {
    match reader.send(operation, "GET", path, Json::Null).await {
        Ok(mut answer) => match answer.get_mut(member).map(Json::take) {
            Some(object) => Ok(Some(object)),
            None => Err(unexpected(&operation.0, &format!("has no `{member}`"))),
        },
        Err(error) if error.is(Problem::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// All items of a list, following its links to further pages. A list that was cut short is an error, never a short list.
pub async fn list(
    reader: &Reader,
    operation: &ReadOperation,
    path: &str,
    query: &[(&str, &str)],
    items: &str,
) -> Result<Vec<Json>, Error> {
    list_in(None, reader, operation, path, query, items).await
}

/// The same in one of the regions, whichever the credentials are for.
pub async fn list_in(
    region: Option<&str>,
    reader: &Reader,
    operation: &ReadOperation,
    path: &str,
    query: &[(&str, &str)],
    items: &str,
) -> Result<Vec<Json>, Error> {
    let headers: Vec<(String, String)> =
        region.map(|region| (REGION.to_owned(), region.to_owned())).into_iter().collect();
    let asked: Vec<(String, String)> =
        query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let (mut found, mut query, mut seen) = (Vec::new(), asked.clone(), std::collections::BTreeSet::new());
    loop {
        let asking = Request { headers: headers.clone(), ..request("GET", path, query, &Json::Null) };
        let reply = reader.call(operation, asking).await?;
        let mut page = read(&operation.0, &reply)?;
        match page.get_mut(items).map(Json::take) {
            Some(Json::Array(list)) => found.extend(list),
            _ => return Err(unexpected(&operation.0, &format!("has no list `{items}`"))),
        }
        let Some(next) = next(&page, items) else {
            if page.get("truncated") == Some(&Json::Bool(true)) {
                return Err(unexpected(&operation.0, "was cut short by the server, and names no next page")
                    .help("raise `list_limit` in `keystone.conf`: a list that is not whole cannot be compared"));
            }
            return Ok(found);
        };
        if !seen.insert(next.clone()) || seen.len() == PAGES_MAX {
            return Err(unexpected(&operation.0, "names the same next page again: the list would never end"));
        }
        query = following(&asked, parameters(&next));
    }
}

/// The address of the next page: Keystone has it under `links`, the others in a list of links named after the items.
fn next(page: &Json, items: &str) -> Option<String> {
    let keystone = page.get("links").and_then(|links| links.get("next")).and_then(Json::as_str);
    let others = page.get(format!("{items}_links")).and_then(Json::as_array).into_iter().flatten();
    let mut others = others.filter(|link| link.get("rel").and_then(Json::as_str) == Some("next"));
    keystone.or_else(|| others.next()?.get("href")?.as_str()).filter(|link| !link.is_empty()).map(str::to_owned)
}

/// What the next page is asked with: the parameters of its link, and those of ours that it does not have.
fn following(asked: &[(String, String)], next: Vec<(String, String)>) -> Vec<(String, String)> {
    let kept = asked.iter().filter(|(name, _)| next.iter().all(|(other, _)| other != name));
    kept.cloned().chain(next.iter().cloned()).collect()
}

/// Parameters of an address. Only they are taken over from a link: its host is what the server believes to be its own.
fn parameters(address: &str) -> Vec<(String, String)> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let decode =
        |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

fn request(method: &'static str, path: &str, query: Vec<(String, String)>, body: &Json) -> Request {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    Request { method, path: path.to_owned(), query, headers: Vec::new(), body }
}

fn read(operation: &Operation, reply: &Reply) -> Result<Json, Error> {
    if reply.body.is_empty() {
        return Ok(Json::Null);
    }
    serde_json::from_slice(&reply.body).map_err(|_| unexpected(operation, "is no JSON"))
}

fn unexpected(operation: &Operation, why: &str) -> Error {
    let what = format!("{}:{}", operation.service, operation.name);
    Error::new(Problem::Unexpected, what, format!("the answer {why}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn next_pages_are_found_and_only_their_parameters_followed() {
        let keystone =
            json!({"links": {"next": "http://elsewhere/v3/users?marker=a%20b&limit=2&name=c+d%2Be", "self": "x"}});
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            parameters(&next(&keystone, "users").unwrap()),
            [pair("marker", "a b"), pair("limit", "2"), pair("name", "c d+e")]
        );
        let asked = [pair("fields", "id"), pair("fields", "name"), pair("all_tenants", "1")];
        let link = vec![pair("fields", "id"), pair("fields", "name"), pair("marker", "7")];
        assert_eq!(following(&asked, link.clone()), [&asked[2..], &link[..]].concat(), "a name may come twice");
        let neutron =
            json!({"quotas_links": [{"rel": "previous", "href": "p"}, {"rel": "next", "href": "n?marker=1"}]});
        assert_eq!(next(&neutron, "quotas").as_deref(), Some("n?marker=1"));
        assert_eq!(next(&json!({"links": {"next": null}}), "users"), None);
        assert_eq!(next(&json!({}), "users"), None);
    }
}
