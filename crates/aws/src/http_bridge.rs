//! Lets AWS's official credential chain (single sign-on, web identity, instance metadata) speak over our wire: no second
//! socket stack, and its calls pass the same concurrency limit and size caps.

use std::{fmt, sync::Arc};

use aws_smithy_runtime_api::{
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::{Headers, StatusCode},
};
use aws_smithy_types::body::SdkBody;
use polity_provider::{Problem, Wire};

/// The wire, as the credential chain sees it.
#[derive(Clone)]
pub(crate) struct Bridge(pub(crate) Arc<Wire>);

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bridge")
    }
}

impl HttpClient for Bridge {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        // The chain asks for short times where nobody may be listening (instance metadata on a laptop).
        let patience = settings.connect_timeout().into_iter().chain(settings.read_timeout()).reduce(|a, b| a + b);
        SharedHttpConnector::new(Connector { wire: Arc::clone(&self.0), patience })
    }
}

struct Connector {
    wire: Arc<Wire>,
    patience: Option<std::time::Duration>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (wire, patience) = (Arc::clone(&self.wire), self.patience);
        HttpConnectorFuture::new(async move {
            let request = outward(&request)?;
            let sending = wire.send_plain(request);
            let answer = match patience {
                Some(patience) => tokio::time::timeout(patience, sending)
                    .await
                    .map_err(|elapsed| ConnectorError::timeout(elapsed.into()))?,
                None => sending.await,
            };
            let reply = answer.map_err(|error| match error.problem {
                Problem::Invalid => ConnectorError::user(error.into()),
                _ => ConnectorError::io(error.into()),
            })?;
            inward(reply)
        })
    }
}

fn outward(request: &HttpRequest) -> Result<http::Request<Vec<u8>>, ConnectorError> {
    let body = request.body().bytes().ok_or_else(|| ConnectorError::user("a streamed body is not supported".into()))?;
    let mut outward = http::Request::builder().method(request.method()).uri(request.uri());
    for (name, value) in request.headers() {
        outward = outward.header(name, value);
    }
    outward.body(body.to_vec()).map_err(|error| ConnectorError::user(error.into()))
}

fn inward(reply: polity_provider::Reply) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(reply.status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut headers = Headers::new();
    for (name, value) in reply.headers {
        headers.try_append(name, value).map_err(|error| ConnectorError::other(error.into(), None))?;
    }
    let mut inward = HttpResponse::new(status, SdkBody::from(reply.body));
    *inward.headers_mut() = headers;
    Ok(inward)
}
