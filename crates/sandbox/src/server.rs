//! The sandbox behind a port.
//!
//! There is one route, everything, and a connection must be able to end in the middle of an answer; so this stands on
//! hyper itself. Whoever goes away ends the answer that they no longer wait for: hyper drops it.

use std::{convert::Infallible, fmt, net::SocketAddr};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    answer::{Outcome, Sandbox},
    control,
};

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

/// A door at this address; any free port for 0. Who may come to it is decided by the address: on a loopback address,
/// those on this machine.
///
/// # Errors
/// The system's own error, when the port is taken or the address is none of this machine.
pub async fn listen(at: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(at).await
}

/// Answers everybody who connects, until the future is dropped; all connections end with it.
///
/// # Errors
/// The listener's own error, when no more connections can be taken.
pub async fn serve(sandbox: Sandbox, listener: TcpListener) -> std::io::Result<Infallible> {
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            // A connection that ended, well or not, is the caller's business and needs no place any more.
            Some(_) = connections.join_next() => continue,
        };
        // An answer is one small write: waiting for more of it would only make it late.
        let _ = stream.set_nodelay(true);
        let sandbox = sandbox.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| one(sandbox.clone(), request));
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn one(sandbox: Sandbox, request: http::Request<Incoming>) -> Result<http::Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, REQUEST_MAX).collect().await.map_err(|_| Cut)?.to_bytes();
    let request = http::Request::from_parts(head, body);
    if let Some(reply) = control::answer(&sandbox, &request) {
        return Ok(reply.map(Full::new));
    }
    match sandbox.answer(request).await {
        Outcome::Reply(reply) => Ok(reply.map(Full::new)),
        Outcome::Cut => Err(Cut),
        Outcome::Silent => std::future::pending().await,
    }
}
