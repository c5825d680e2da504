//! The sandbox behind a port.
//!
//! There is one route, everything, and a connection must be able to end in the middle of an answer; so this stands on
//! hyper itself.

use std::{convert::Infallible, fmt};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::net::TcpListener;

use crate::answer::{Outcome, Sandbox};

/// Greatest request that is read, in bytes.
const REQUEST_MAX: usize = 16 << 20;

/// Ends a connection without an answer.
#[derive(Debug)]
struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cut by the scenario")
    }
}

impl std::error::Error for Cut {}

/// Answers everybody who connects, until the future is dropped.
///
/// # Errors
/// The listener's own error, when no more connections can be taken.
pub async fn serve(sandbox: Sandbox, listener: TcpListener) -> std::io::Result<Infallible> {
    loop {
        let (stream, _) = listener.accept().await?;
        let sandbox = sandbox.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| one(sandbox.clone(), request));
            // A connection that breaks is the caller's business.
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn one(sandbox: Sandbox, request: http::Request<Incoming>) -> Result<http::Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, REQUEST_MAX).collect().await.map_err(|_| Cut)?.to_bytes();
    match sandbox.answer(http::Request::from_parts(head, body)).await {
        Outcome::Reply(reply) => Ok(reply.map(Full::new)),
        Outcome::Cut => Err(Cut),
        Outcome::Silent => std::future::pending().await,
    }
}
