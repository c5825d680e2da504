//! The socket side: the only place in the whole house that opens a connection.

use std::{sync::Arc, time::Duration};

use bytes::BytesMut;

use super::{
    Settings,
    inside::{self, Inside},
    reply,
    trust::Trust,
};
use crate::{Error, Problem, Reply};

/// Where requests go.
pub(super) enum Line {
    /// To the outside.
    Live(reqwest::Client),
    /// To a server inside this process, which has so long to answer.
    Inside(Arc<dyn Inside>, Duration),
    /// Nowhere: answers come from a tape.
    Cut,
}

impl Line {
    pub(super) fn live(settings: &Settings) -> Result<Self, Error> {
        // Ours is the only cryptography in the process; if it is installed already, that was us.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = builder(settings)
            .build()
            // Without certificate authorities on the machine there is no https, but plain http to a test server works.
            .or_else(|_| builder(settings).tls_certs_only([]).build())
            .map_err(|error| Error::new(Problem::Unreachable, "opening the wire", causes(&error)))?;
        Ok(Self::Live(client))
    }

    /// A line of a platform's own, to servers that it trusts and that know us by a certificate.
    pub(super) fn trusting(settings: &Settings, trust: &Trust) -> Result<Self, Error> {
        let client = trust.applied_to(builder(settings))?.build();
        let client = client.map_err(|error| Error::new(Problem::Credentials, "opening the wire", causes(&error)))?;
        Ok(Self::Live(client))
    }

    pub(super) fn is_live(&self) -> bool {
        matches!(self, Self::Live(_))
    }

    pub(super) fn is_cut(&self) -> bool {
        matches!(self, Self::Cut)
    }

    pub(super) async fn send(&self, request: http::Request<Vec<u8>>, reply_max: usize) -> Result<Reply, Broken> {
        let client = match self {
            Self::Live(client) => client,
            Self::Inside(server, timeout) => return inside::send(server.as_ref(), request, *timeout, reply_max).await,
            Self::Cut => {
                return Err(Broken {
                    problem: Problem::Unreachable,
                    message: "this wire plays a tape and has no connection".to_owned(),
                });
            }
        };
        let request = reqwest::Request::try_from(request)
            .map_err(|error| Broken { problem: Problem::Invalid, message: causes(&error.without_url()) })?;
        let mut response = client.execute(request).await.map_err(Broken::from)?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(Broken::from)? {
            if body.len() + chunk.len() > reply_max {
                return Err(Broken {
                    problem: Problem::Unexpected,
                    message: format!("the answer is larger than {reply_max} bytes"),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(reply(response.status().as_u16(), response.headers(), body.freeze()))
    }
}

fn builder(settings: &Settings) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(&settings.user_agent)
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.timeout)
        .pool_max_idle_per_host(settings.concurrency)
        // A signed request must not be carried to where it was not addressed.
        .redirect(reqwest::redirect::Policy::none())
        // Retries exist once, in `patience`.
        .retry(reqwest::retry::never())
}

/// A call that got no whole answer.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) problem: Problem,
    pub(super) message: String,
}

impl Broken {
    pub(super) fn into_error(self, what: &str) -> Error {
        let help = match self.problem {
            Problem::Unreachable => Some(
                "check the network, the proxy, the endpoint's address, and that this machine has certificate authorities",
            ),
            _ => None,
        };
        let error = Error::new(self.problem, what, self.message);
        match help {
            Some(help) => error.help(help),
            None => error,
        }
    }
}

impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Self {
        // A connection that was never opened has carried nothing; all else may have.
        let problem = if error.is_connect() { Problem::Unreachable } else { Problem::Transient };
        // An address may hold a signature or a token in its query.
        Self { problem, message: causes(&error.without_url()) }
    }
}

/// An error and what it came from, in one sentence.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !sentence.ends_with(&text) {
            sentence = format!("{sentence}: {text}");
        }
        source = cause.source();
    }
    sentence
}
