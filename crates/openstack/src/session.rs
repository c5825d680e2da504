//! One way into OpenStack: gives each request its address in the catalog and its token, and judges the answers.

use std::sync::Arc;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use polity_provider::{Error, Operation, Problem, Reply, Request, Session};

use crate::{
    auth::keys::{Keys, Token},
    faults, versions,
};

/// Everything that does not stand for itself in a query or in one part of a path.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a path may not hold as it is; slashes part it.
const IN_PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'?').add(b'#');

/// A header that says which region a request is for, where that is not the credentials' own. It is for us and is not sent.
pub(crate) const REGION: &str = "polity-region";

/// A token and its catalog.
pub(crate) struct OpenStackSession {
    pub(crate) keys: Arc<Keys>,
}

/// One part of a path, or a value in a query.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

impl OpenStackSession {
    /// Where a service is, with the version that we speak.
    fn base(&self, token: &Token, operation: &Operation, region: Option<&str>) -> Result<String, Error> {
        let login = &self.keys.login;
        let (service, region) = (operation.service, region.or(login.region.as_deref()));
        let listed = token.catalog.endpoint(service, region, &login.interface);
        if service == "identity" {
            // A Keystone behind what ends TLS often lists itself without it: then the address that we logged in at stays.
            let listed = listed.filter(|url| !self.bares(url));
            let url = login.identity_endpoint.as_deref().or(listed).unwrap_or(&login.auth_url);
            return Ok(versions::versioned(service, url));
        }
        let url = listed.ok_or_else(|| self.missing(token, operation, region))?;
        if region.is_none() && token.catalog.regions(service).len() > 1 {
            return Err(several(token, operation));
        }
        if self.bares(url) {
            let why = format!("the catalog has `{url}`, and the token would go there for everybody to read");
            return Err(Error::new(Problem::Invalid, name(operation), why).help(
                "Keystone itself is reached by `https`: correct the endpoint (`openstack endpoint set --url`), or choose another \
                 `interface` in the credentials",
            ));
        }
        Ok(versions::versioned(service, url))
    }

    /// Whether this public address would give away what the way to Keystone keeps secret.
    fn bares(&self, url: &str) -> bool {
        let login = &self.keys.login;
        login.interface == "public" && login.auth_url.starts_with("https://") && !url.starts_with("https://")
    }

    fn missing(&self, token: &Token, operation: &Operation, region: Option<&str>) -> Error {
        let login = &self.keys.login;
        let place = region.map(|region| format!(" in the region `{region}`")).unwrap_or_default();
        let known: Vec<&str> = token.catalog.services().collect();
        let why =
            format!("the catalog has no `{}` endpoint of the type `{}`{place}", login.interface, operation.service);
        Error::new(Problem::Unsupported, name(operation), why).help(format!(
            "it has {}: check `region_name` and `interface` of the credentials, or write nothing that needs this service",
            if known.is_empty() { "no services at all".to_owned() } else { format!("`{}`", known.join("`, `")) }
        ))
    }
}

/// A service in several regions, and no word about which one is meant: whichever comes first would be a guess.
fn several(token: &Token, operation: &Operation) -> Error {
    let regions: Vec<&str> = token.catalog.regions(operation.service).into_iter().collect();
    let why = format!("the catalog has `{}` in several regions: `{}`", operation.service, regions.join("`, `"));
    Error::new(Problem::Invalid, name(operation), why)
        .help("write the one that is meant as `region_name` (in `clouds.yaml`), or set `OS_REGION_NAME`")
}

fn name(operation: &Operation) -> String {
    format!("{}:{}", operation.service, operation.name)
}

#[async_trait::async_trait]
impl Session for OpenStackSession {
    async fn prepare(&self, operation: &Operation, request: &Request) -> Result<http::Request<Vec<u8>>, Error> {
        let token = self.keys.get().await?;
        let region = request.headers.iter().find(|(name, _)| name == REGION).map(|(_, region)| region.as_str());
        let base = self.base(&token, operation, region)?;
        let mut uri = format!("{base}{}", utf8_percent_encode(&request.path, IN_PATH));
        for (place, (name, value)) in request.query.iter().enumerate() {
            uri.push(if place == 0 { '?' } else { '&' });
            uri.push_str(&encode(name));
            if !value.is_empty() {
                uri.push_str(&format!("={}", encode(value)));
            }
        }
        let mut builder = http::Request::builder()
            .method(request.method)
            .uri(&uri)
            .header("x-auth-token", token.value.expose())
            .header("accept", "application/json");
        if !request.body.is_empty() {
            builder = builder.header("content-type", "application/json");
        }
        if let Some(version) = versions::micro_version(operation.service) {
            builder = builder.header("openstack-api-version", version);
        }
        builder.body(request.body.clone()).map_err(|error| {
            Error::new(Problem::Invalid, name(operation), format!("`{uri}` is no address: {error}"))
                .help("check the endpoints in the catalog: `openstack endpoint list`")
        })
    }

    fn judge(&self, operation: &Operation, reply: &Reply) -> Option<Error> {
        let mut error = faults::judge(operation, reply)?;
        if error.is(Problem::Credentials) && !self.keys.login.renewable() {
            error.message = "the given token has expired, or was withdrawn".to_owned();
            error.help = Some(
                "get a new one with `openstack token issue` and run the same again: it goes on from what is there; a password \
                 or an application credential is renewed by Polity itself"
                    .to_owned(),
            );
        }
        Some(error)
    }

    async fn renew(&self) -> bool {
        self.keys.renew().await
    }

    fn request_id(&self, reply: &Reply) -> Option<String> {
        reply.header("x-openstack-request-id").map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use polity_provider::{Settings, Wire};
    use serde_json::json;
    use tokio::time::Instant;

    use super::*;
    use crate::{
        auth::{Login, keys::Own},
        catalog::Catalog,
        operations::{compute::LIST_SERVERS, identity::LIST_PROJECTS},
    };

    fn asked(url: &str, region: Option<&str>, operation: &polity_provider::ReadOperation) -> Result<String, String> {
        let catalog = json!([
            {"type": "compute", "endpoints": [
                {"interface": "public", "region_id": "one", "url": "https://n1/v2.1"},
                {"interface": "public", "region_id": "two", "url": "http://n2/v2.1"},
            ]},
            {"type": "identity", "endpoints": [{"interface": "public", "region_id": "one", "url": "http://k"}]},
        ]);
        let wire = Arc::new(Wire::new(Settings::default()).unwrap());
        let keys = Keys::new(Login::token(url, "t"), "sky", wire);
        let token = Token {
            value: polity_model::Secret::new("t"),
            catalog: Catalog::of(&catalog),
            actor: String::new(),
            own: Own::default(),
            since: Instant::now(),
            life: std::time::Duration::from_secs(60),
        };
        let session = OpenStackSession { keys: Arc::new(keys) };
        session.base(&token, &operation.0, region).map_err(|error| error.message)
    }

    #[test]
    fn which_region_is_meant_is_never_guessed_and_no_token_goes_where_all_can_read_it() {
        assert_eq!(asked("https://k", Some("one"), &LIST_SERVERS).unwrap(), "https://n1/v2.1");
        assert!(asked("https://k", None, &LIST_SERVERS).unwrap_err().contains("several regions: `one`, `two`"));
        assert!(asked("https://k", Some("two"), &LIST_SERVERS).unwrap_err().contains("for everybody to read"));
        assert_eq!(asked("http://k", Some("two"), &LIST_SERVERS).unwrap(), "http://n2/v2.1");
        assert!(asked("https://k", Some("three"), &LIST_SERVERS).unwrap_err().contains("in the region `three`"));
        assert_eq!(asked("https://k:5000", None, &LIST_PROJECTS).unwrap(), "https://k:5000/v3");
        assert_eq!(asked("http://k:5000", None, &LIST_PROJECTS).unwrap(), "http://k/v3");
    }
}
