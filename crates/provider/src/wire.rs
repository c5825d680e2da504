//! The one wire: every call of every provider goes out here. Rate limits, retries, evidence, redaction and tapes
//! exist once.

use async_trait::async_trait;
use polity_model::resource::Scope;

use crate::{Error, Operation, Reply, Request};

/// Credentials and addressing of one platform in one scope.
#[async_trait]
pub trait Session: Send + Sync {
    /// Gives the request its address and its signature. Called anew for each try, so that no stale token is reused.
    async fn prepare(&self, operation: &Operation, request: &Request) -> Result<http::Request<Vec<u8>>, Error>;

    /// Judges an answer: `None` when it is a success.
    fn judge(&self, operation: &Operation, reply: &Reply) -> Option<Error>;

    /// Drops cached credentials, because the platform called them expired. Answers whether fresh ones can be had.
    async fn renew(&self) -> bool;
}

/// The wire.
pub struct Wire {}

impl Wire {
    /// Sends one call, with retries where they are safe.
    pub async fn send(
        &self,
        _session: &dyn Session,
        scope: &Scope,
        operation: &Operation,
        _request: Request,
    ) -> Result<Reply, Error> {
        let mut error = Error::new(crate::Problem::Unsupported, operation.name, "not connected");
        error.scope.clone_from(&scope.name);
        Err(error)
    }
}
