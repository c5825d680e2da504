//! A simulated AWS: the services that an organization is governed with.
//!
//! [`wire`] turns requests into calls and answers into replies, for each of the protocols that AWS speaks. Each service
//! is a room with a table of operations ([`service::Service`]); an operation is a function from a [`service::Turn`] and
//! an [`input::Input`] to a JSON value, written with the names of AWS's own interface whatever its protocol is.

mod account;
mod budgets;
mod cloudtrail;
mod ec2;
mod iam;
mod identity_store;
mod input;
mod organizations;
mod paging;
mod rates;
mod refusal;
mod s3_control;
mod service;
mod sso_admin;
mod sts;
mod tagging;
#[cfg(test)]
mod testing;
mod wire;
mod world;

use jiff::Timestamp;
use serde_json::Value;

use self::{refusal::Refusal, service::Turn, world::World};
use crate::cloud::{Access, Call, Cloud, Rate, Reply, Request, Tuning};
use crate::faults::Fault;

/// A simulated AWS.
#[derive(Clone, Debug)]
pub struct Aws {
    world: World,
}

impl Aws {
    /// An AWS with one account, which has no organization yet. Ids are drawn from the seed.
    #[must_use]
    pub fn new(management_account: &str, seed: u64) -> Self {
        Self { world: World::new(management_account, seed) }
    }

    /// An AWS as [`crate::Sandbox::save`] wrote it down.
    ///
    /// # Errors
    /// What does not fit, when it is no such writing.
    pub fn load(saved: &Value) -> Result<Self, serde_json::Error> {
        Ok(Self { world: serde::Deserialize::deserialize(saved)? })
    }
}

impl Cloud for Aws {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn hear(&self, request: &Request) -> Option<Call> {
        wire::hear(&self.world, request)
    }

    fn rates(&self) -> &'static [Rate] {
        rates::RATES
    }

    fn settle(&mut self, now: Timestamp) {
        self.world.settle(now);
    }

    fn answer(&mut self, call: &Call, request: &Request, tuning: &Tuning, now: Timestamp) -> Reply {
        let answer = self.carry_out(call, request, tuning, now).map_err(|refusal| refusal.worded_by(call.service));
        wire::reply(&mut self.world, call, answer)
    }

    fn refuse(&mut self, call: &Call, fault: &Fault) -> Reply {
        wire::reply(&mut self.world, call, Err(Refusal::injected(call, fault)))
    }

    fn fork(&self) -> Box<dyn Cloud> {
        Box::new(self.clone())
    }

    fn save(&self) -> Value {
        serde_json::to_value(&self.world).unwrap_or_default()
    }
}

impl Aws {
    fn carry_out(&mut self, call: &Call, request: &Request, tuning: &Tuning, now: Timestamp) -> service::Answer {
        let caller = wire::caller(&self.world, request, now)?;
        let operation = service::find(call.service, &call.operation).ok_or_else(|| Refusal::unknown_operation(call))?;
        let mut turn = Turn { world: &mut self.world, caller, region: call.region.clone(), now, tuning, call };
        let answer = (operation.run)(&mut turn, &input::Input::new(&call.input));
        if call.access == Access::Write {
            cloudtrail::note(&mut turn, &answer);
        }
        answer
    }
}
