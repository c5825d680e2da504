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

#[cfg(test)]
mod tests {
    use polity_provider::Settings;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    fn connector() -> Connector {
        Connector { wire: Arc::new(Wire::new(Settings::default()).unwrap()), patience: None }
    }

    #[tokio::test]
    async fn a_request_of_the_credential_chain_goes_over_the_wire() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut received = vec![0; 1024];
            let length = stream.read(&mut received).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nx-kept: yes\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            String::from_utf8_lossy(&received[..length]).to_lowercase()
        });
        let mut request = HttpRequest::get(format!("http://{address}/latest/api/token")).unwrap();
        request.headers_mut().insert("x-aws-ec2-metadata-token-ttl-seconds", "21600");
        let answer = connector().call(request).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers().get("x-kept")), (200, Some("yes")));
        assert_eq!(answer.body().bytes(), Some(&b"ok"[..]));
        let received = server.await.unwrap();
        assert!(received.starts_with("get /latest/api/token http/1.1"), "{received}");
        assert!(received.contains("x-aws-ec2-metadata-token-ttl-seconds: 21600"), "{received}");
    }

    #[tokio::test]
    async fn where_nobody_listens_the_chain_may_go_on_to_its_next_source() {
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let error = connector().call(HttpRequest::get(format!("http://{nobody}/")).unwrap()).await.unwrap_err();
        assert!(error.is_io(), "{error:?}");
    }
}
