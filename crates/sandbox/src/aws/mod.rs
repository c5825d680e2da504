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
#[cfg(test)]
mod laws;
mod organizations;
mod paging;
mod rates;
mod refusal;
mod regions;
mod s3_control;
mod service;
mod slow;
mod sso_admin;
mod sts;
mod tagging;
mod tamper;
#[cfg(test)]
mod testing;
mod twin;
mod wire;
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use serde_json::Value;

pub use self::twin::twin;
use self::{refusal::Refusal, service::Turn, world::World};
use crate::{
    cloud::{Access, Call, Cloud, Handled, Rate, Reply, Request, Tuning},
    faults::Fault,
    past::Past,
    scenario::Hand,
};

/// The services that are simulated, as the log calls them.
pub fn services() -> impl Iterator<Item = &'static str> {
    service::SERVICES.iter().map(|service| service.name)
}

/// The operations of a service that are simulated.
pub fn operations(service: &str) -> impl Iterator<Item = &'static str> {
    let known = service::SERVICES.iter().find(|known| known.name == service);
    known.into_iter().flat_map(|service| service.operations).map(|operation| operation.name)
}

/// A simulated AWS.
#[derive(Clone, Debug)]
pub struct Aws {
    world: World,
    past: Past<World>,
}

impl Aws {
    /// An AWS with one account, which has no organization yet. Ids are drawn from the seed.
    #[must_use]
    pub fn new(management_account: &str, seed: u64) -> Self {
        Self { world: World::new(management_account, seed), past: Past::default() }
    }

    /// An AWS as [`crate::Sandbox::save`] wrote it down.
    ///
    /// # Errors
    /// What does not fit, when it is no such writing.
    pub fn load(saved: &Value) -> Result<Self, serde_json::Error> {
        Ok(Self { world: serde::Deserialize::deserialize(saved)?, past: Past::default() })
    }

    /// Number of the account that credentials which nobody gave out belong to.
    #[must_use]
    pub fn management_account(&self) -> &str {
        &self.world.management
    }
}

impl Cloud for Aws {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn hear(&self, request: &Request) -> Option<Call> {
        wire::hear(&self.world, request)
    }

    fn rate(&self, call: &Call) -> Option<Rate> {
        rates::rate(call)
    }

    fn name_of(&self, place: &str) -> Option<String> {
        self.world.organizations.account(place).map(|account| account.name.clone())
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.world.organizations.is_due(now) || self.world.center.is_due(now)
    }

    fn settle(&mut self, now: Timestamp) {
        self.world.settle(now);
    }

    fn answer(&mut self, call: &Call, request: &Request, tuning: &Tuning, now: Timestamp) -> Reply {
        let answer = self.carry_out(call, request, tuning, now).map_err(|refusal| refusal.worded_by(call.service));
        wire::reply(&mut self.world, call, answer)
    }

    fn refuse(&mut self, call: &Call, fault: Fault) -> Reply {
        wire::reply(&mut self.world, call, Err(Refusal::injected(call, fault)))
    }

    fn tamper(&mut self, hand: &Hand, now: Timestamp) -> Option<Handled> {
        tamper::tamper(&mut self.world, hand, now)
    }

    fn remember(&mut self, now: Timestamp, window: Duration) {
        self.past.keep(&self.world, now, window);
    }

    fn recall(&self, call: &Call, moment: Timestamp) -> Option<Box<dyn Cloud>> {
        // Credentials that were just given out are good at once, and giving them out is no matter of the past.
        if call.service == sts::SERVICE.name {
            return None;
        }
        let mut world = self.past.at(moment)?.clone();
        world.sessions = Arc::clone(&self.world.sessions);
        Some(Box::new(Self { world, past: Past::default() }))
    }

    fn fork(&self) -> Box<dyn Cloud> {
        Box::new(self.clone())
    }

    fn guardrails(&self) -> BTreeMap<String, BTreeSet<String>> {
        let held = &self.world.organizations;
        held.living().map(|account| (account.to_owned(), held.guardrails_of(account))).collect()
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
        let answer = answer.map_err(|refusal| refusal.worded_by(call.service));
        if call.access == Access::Write {
            cloudtrail::note(&mut turn, &answer);
        }
        answer
    }
}
