//! The sandbox at the other end of the wire, within this process: what rehearsals and demonstrations run on.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use polity_model::organization::Organization;
use polity_provider::{
    Wire, WritingProvider,
    wire::{Hangup, Inside, Settings},
};
use polity_sandbox::{Outcome, Sandbox};

use crate::{
    clouds::{AWS, Clouds, cannot_connect},
    exit::Failure,
};

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
pub(crate) fn connect(organization: &Organization, sandbox: &Sandbox) -> Result<Clouds, Failure> {
    let wire = Arc::new(Wire::inside(Settings::default(), Arc::new(Door(sandbox.clone()))));
    let now = moment(sandbox.clock().now());
    let mut writing: Vec<Arc<dyn WritingProvider>> = Vec::new();
    for platform in organization.platforms.values() {
        writing.push(match platform.kind.as_str() {
            AWS => {
                let login = polity_aws::Login::rehearsed(now);
                Arc::new(polity_aws::AwsProvider::with_login(platform, Arc::clone(&wire), login))
            }
            other => return Err(cannot_connect(&platform.name, other)),
        });
    }
    Ok(Clouds::over(wire, writing))
}

fn moment(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_second()).unwrap_or_default())
}
