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
    fn base(&self, token: &Token, operation: &Operation) -> Result<String, Error> {
        let login = &self.keys.login;
        let service = operation.service;
        let listed = || token.catalog.endpoint(service, login.region.as_deref(), &login.interface);
        let url = match service {
            "identity" => login.identity_endpoint.as_deref().or_else(listed).unwrap_or(&login.auth_url),
            _ => listed().ok_or_else(|| self.missing(token, operation))?,
        };
        Ok(versions::versioned(service, url))
    }

    fn missing(&self, token: &Token, operation: &Operation) -> Error {
        let login = &self.keys.login;
        let place = login.region.as_ref().map(|region| format!(" in the region `{region}`")).unwrap_or_default();
        let known: Vec<&str> = token.catalog.services().collect();
        let why =
            format!("the catalog has no `{}` endpoint of the type `{}`{place}", login.interface, operation.service);
        Error::new(Problem::Unsupported, format!("{}:{}", operation.service, operation.name), why).help(format!(
            "it has {}: check `region_name` and `interface` of the credentials, or write nothing that needs this service",
            if known.is_empty() { "no services at all".to_owned() } else { format!("`{}`", known.join("`, `")) }
        ))
    }
}

#[async_trait::async_trait]
impl Session for OpenStackSession {
    async fn prepare(&self, operation: &Operation, request: &Request) -> Result<http::Request<Vec<u8>>, Error> {
        let token = self.keys.get().await?;
        let mut uri = format!("{}{}", self.base(&token, operation)?, utf8_percent_encode(&request.path, IN_PATH));
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
            let what = format!("{}:{}", operation.service, operation.name);
            Error::new(Problem::Invalid, what, format!("`{uri}` is no address: {error}"))
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
