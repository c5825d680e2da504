//! A server inside this process: the same wire, without a socket.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::{line::Broken, reply};
use crate::{Problem, Reply};

/// A server inside this process. Whoever answers no more does not return: the wire's own timeout ends the call.
#[async_trait]
pub trait Inside: Send + Sync {
    /// Answers one request.
    ///
    /// # Errors
    /// When the connection ends without an answer.
    async fn answer(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Bytes>, Hangup>;
}

/// A connection that ended without an answer: whether the request was carried out is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hangup;

/// One call, with the words and limits of a live connection.
pub(super) async fn send(
    inside: &dyn Inside,
    request: http::Request<Vec<u8>>,
    timeout: Duration,
    reply_max: usize,
) -> Result<Reply, Broken> {
    let broken = |problem, message: &str| Broken { problem, message: message.to_owned() };
    let response = match tokio::time::timeout(timeout, inside.answer(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(Hangup)) => {
            return Err(broken(Problem::Transient, "the connection ended before the answer was complete"));
        }
        Err(_) => return Err(broken(Problem::Transient, "the operation timed out")),
    };
    if response.body().len() > reply_max {
        return Err(broken(Problem::Unexpected, &format!("the answer is larger than {reply_max} bytes")));
    }
    let (head, body) = response.into_parts();
    Ok(reply(head.status.as_u16(), &head.headers, body))
}
