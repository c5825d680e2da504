//! The sandbox at the other end of the wire, within this process: what rehearsals and demonstrations run on.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use polity_model::organization::Organization;
use polity_provider::{
    Wire,
    wire::{Hangup, Inside, Settings},
};
use polity_sandbox::{Outcome, Sandbox};

use crate::{clouds::Clouds, exit::Failure};

/// The sandbox as a server for the wire.
struct Door(Sandbox);

#[async_trait]
impl Inside for Door {
    async fn answer(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Bytes>, Hangup> {
        match self.0.answer(request.map(Bytes::from)).await {
            Outcome::Reply(reply) => Ok(reply),
            Outcome::Cut => Err(Hangup),
            Outcome::Silent => std::future::pending().await,
        }
    }
}

/// Connects every platform of the manifest to a sandbox instead of a cloud. No connection can be opened from there, and
/// neither the environment nor a profile is looked at.
pub(crate) async fn connect(organization: &Organization, sandbox: &Sandbox) -> Result<Clouds, Failure> {
    let wire = Arc::new(Wire::inside(Settings::default(), Arc::new(Door(sandbox.clone()))));
    Clouds::inside(organization, wire, sandbox.clock().now(), |kind| sandbox.holds(kind)).await
}
