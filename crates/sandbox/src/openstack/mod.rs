//! A simulated OpenStack: one Keystone, and what Nova, Neutron and Cinder say about quotas, shared networks and
//! security groups.
//!
//! [`route`] is the table of operations: method, path, and the function that carries it out. [`turn`] is one request at
//! work, with what all of these functions need; each noun has a file of its own. [`tokens`] says who is asking and what
//! they may do, [`world`] is what there is, [`refusal`] how each service words its refusals. What is not in the table is
//! refused by saying so.

mod discovery;
mod domains;
mod grants;
mod limits;
mod networks;
mod people;
mod projects;
mod quotas;
mod refusal;
mod roles;
mod route;
mod security_groups;
mod tamper;
#[cfg(test)]
mod tests;
mod tokens;
mod turn;
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use jiff::Timestamp;
use serde_json::Value;

use self::{
    refusal::Refusal,
    route::Way,
    turn::{Told, Turn},
    world::World,
};
use crate::{
    answer::ErrorCode,
    cloud::{Access, Call, Cloud, Handled, Rate, Reply, Request, Tuning},
    faults::Fault,
    past::Past,
    scenario::Hand,
};

pub use self::{
    route::operations,
    world::{ADMIN, PASSWORD},
};

/// Keystone, as the catalog calls it.
const IDENTITY: &str = "identity";
/// Nova.
const COMPUTE: &str = "compute";
/// Neutron.
const NETWORK: &str = "network";
/// Cinder.
const BLOCK_STORAGE: &str = "block-storage";

/// A simulated OpenStack.
#[derive(Clone, Debug)]
pub struct OpenStack {
    world: World,
    past: Past<World>,
}

impl OpenStack {
    /// As it is when it was just installed: the domain `Default`, the project `admin`, the user [`ADMIN`] with
    /// [`PASSWORD`], and the roles of a Keystone's birth. Ids are drawn from the seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { world: World::new(seed), past: Past::default() }
    }

    /// As [`crate::Sandbox::save`] wrote it down.
    ///
    /// # Errors
    /// What does not fit, when it is no such writing.
    pub fn load(saved: &Value) -> Result<Self, serde_json::Error> {
        Ok(Self { world: serde::Deserialize::deserialize(saved)?, past: Past::default() })
    }
}

impl Cloud for OpenStack {
    fn name(&self) -> &'static str {
        "openstack"
    }

    fn hear(&self, request: &Request) -> Option<Call> {
        let way = Way::of(request)?;
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        // Giving out a token changes nothing that anybody could look at.
        let access = if reads || way.is_login() { Access::Read } else { Access::Write };
        Some(Call {
            service: way.service,
            operation: way.name(request),
            access,
            family: if access == Access::Read { "read" } else { "write" },
            place: "openstack".to_owned(),
            region: String::new(),
            credential: text(request, "x-auth-token"),
            input: serde_json::from_slice(request.body()).unwrap_or_default(),
        })
    }

    /// Every installation has rates of its own, or none.
    fn rate(&self, _call: &Call) -> Option<Rate> {
        None
    }

    fn name_of(&self, _place: &str) -> Option<String> {
        None
    }

    fn is_due(&self, _now: Timestamp) -> bool {
        false
    }

    /// Nothing goes on behind the back of a call.
    fn settle(&mut self, _now: Timestamp) {}

    fn answer(&mut self, call: &Call, request: &Request, tuning: &Tuning, now: Timestamp) -> Reply {
        let answered = self.carry_out(call, request, tuning, now);
        let number = self.world.ids.uuid();
        let mut reply = match answered {
            Ok(told) => told.reply(),
            Err(refusal) => refused(&refusal),
        };
        if *request.method() == Method::HEAD {
            *reply.body_mut() = Bytes::new();
        }
        if let Ok(number) = HeaderValue::from_str(&format!("req-{number}")) {
            reply.headers_mut().insert("x-openstack-request-id", number);
        }
        reply
    }

    fn refuse(&mut self, call: &Call, fault: Fault) -> Reply {
        refused(&Refusal::injected(call, fault))
    }

    fn tamper(&mut self, hand: &Hand, now: Timestamp) -> Option<Handled> {
        tamper::tamper(&mut self.world, hand, now)
    }

    fn remember(&mut self, now: Timestamp, window: Duration) {
        self.past.keep(&self.world, now, window);
    }

    fn recall(&self, call: &Call, moment: Timestamp) -> Option<Box<dyn Cloud>> {
        // A token that was just given out is good at once.
        if call.operation == route::LOGIN {
            return None;
        }
        let mut world = self.past.at(moment)?.clone();
        world.tokens = Arc::clone(&self.world.tokens);
        Some(Box::new(Self { world, past: Past::default() }))
    }

    /// Keystone refuses nobody anything by a document.
    fn guardrails(&self) -> BTreeMap<String, BTreeSet<String>> {
        BTreeMap::new()
    }

    fn fork(&self) -> Box<dyn Cloud> {
        Box::new(self.clone())
    }

    fn save(&self) -> Value {
        serde_json::to_value(&self.world).unwrap_or_default()
    }
}

impl OpenStack {
    fn carry_out(&mut self, call: &Call, request: &Request, tuning: &Tuning, now: Timestamp) -> turn::Answer {
        let way = Way::of(request).ok_or_else(|| Refusal::no_such_path(IDENTITY, request.uri().path()))?;
        let parts: Vec<&str> = way.parts.iter().map(String::as_str).collect();
        let mut turn = Turn::new(&mut self.world, request, tuning, now, way.service)?;
        let Some(operation) = way.operation else {
            if way.is_discovery() {
                return Ok(discovery::answer(&turn, way.service));
            }
            return Err(Refusal::unknown(way.service, &call.operation));
        };
        if operation.name != route::LOGIN {
            tokens::admit(&turn, way.service, operation.name, call.access, &call.credential)?;
        }
        (operation.run)(&mut turn, &parts)
    }
}

/// A header, or nothing.
fn text(request: &Request, name: &str) -> String {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn refused(refusal: &Refusal) -> Reply {
    let mut reply = Told::new(refusal.status, refusal.body()).reply();
    if refusal.status == 401 {
        reply.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Keystone uri=\"/identity\""));
    }
    if refusal.status == 429 {
        reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    reply.extensions_mut().insert(ErrorCode(refusal.code()));
    reply
}
