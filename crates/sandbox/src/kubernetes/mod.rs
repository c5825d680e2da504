//! A simulated Kubernetes: one cluster's API server, for the resources that a cluster is governed with.
//!
//! [`route`] turns a path into a resource, a namespace and a name; [`verbs`] is what is done to it; [`fields`] is who owns which
//! field, and what a server-side apply makes of that; [`rules`] is what the server fills in and refuses; [`world`] is what there is,
//! and what happens to it in time (a namespace ends in the background, once it is empty).

mod discovery;
mod fields;
mod object;
mod refusal;
mod route;
mod rules;
mod tamper;
#[cfg(test)]
mod tests;
mod verbs;
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use http::HeaderValue;
use jiff::Timestamp;
use serde_json::{Value, json};

use self::{refusal::Refusal, route::Route, world::World};
use crate::{
    answer::ErrorCode,
    cloud::{Access, Call, Cloud, Handled, Rate, Reply, Request, Tuning},
    faults::Fault,
    past::Past,
    scenario::Hand,
};

/// The one service of a cluster, as the log calls it.
pub(crate) const SERVICE: &str = "kubernetes";

/// A simulated cluster.
#[derive(Clone, Debug)]
pub struct Kubernetes {
    world: World,
    past: Past<World>,
}

impl Kubernetes {
    /// A cluster as it is when its control plane has just come up. Ids are drawn from the seed.
    #[must_use]
    pub fn new(name: &str, seed: u64, now: Timestamp) -> Self {
        Self { world: World::new(name, seed, now), past: Past::default() }
    }

    /// A cluster as [`crate::Sandbox::save`] wrote it down.
    ///
    /// # Errors
    /// What does not fit, when it is no such writing.
    pub fn load(saved: &Value) -> Result<Self, serde_json::Error> {
        Ok(Self { world: World::load(saved)?, past: Past::default() })
    }
}

impl Cloud for Kubernetes {
    fn name(&self) -> &'static str {
        SERVICE
    }

    fn hear(&self, request: &Request) -> Option<Call> {
        let route = Route::of(request)?;
        let access = if route.reads(request) { Access::Read } else { Access::Write };
        let token = request.headers().get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        Some(Call {
            service: SERVICE,
            operation: route.operation(request),
            access,
            family: if access == Access::Read { "read" } else { "write" },
            place: self.world.name.clone(),
            region: String::new(),
            credential: token.map_or("", |token| token.trim_start_matches("Bearer ")).to_owned(),
            input: body(request).unwrap_or_default(),
        })
    }

    /// An API server has fair queues and no documented rate.
    fn rate(&self, _call: &Call) -> Option<Rate> {
        None
    }

    fn name_of(&self, place: &str) -> Option<String> {
        (place == self.world.name).then(|| place.to_owned())
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.world.is_due(now)
    }

    fn settle(&mut self, now: Timestamp) {
        self.world.settle(now);
    }

    fn answer(&mut self, call: &Call, request: &Request, tuning: &Tuning, now: Timestamp) -> Reply {
        let answered = match Route::of(request) {
            Some(route) => match body(request) {
                Ok(body) => verbs::answer(&mut self.world, &route, request, body, tuning, now),
                Err(why) => Err(Refusal::bad_request(&why)),
            },
            None => Err(Refusal::no_such_path(&call.operation)),
        };
        match answered {
            Ok((status, value)) => reply(status, &value),
            Err(refusal) => refused(&refusal),
        }
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

    fn recall(&self, _call: &Call, moment: Timestamp) -> Option<Box<dyn Cloud>> {
        Some(Box::new(Self { world: self.past.at(moment)?.clone(), past: Past::default() }))
    }

    /// Admission policies that a binding makes effective.
    fn guardrails(&self) -> BTreeMap<String, BTreeSet<String>> {
        let bindings = self.world.all("admissionregistration.k8s.io", "validatingadmissionpolicybindings");
        let bound: BTreeSet<String> = bindings
            .filter_map(|one| one.pointer("/spec/policyName").and_then(Value::as_str))
            .map(str::to_owned)
            .collect();
        BTreeMap::from([(self.world.name.clone(), bound)])
    }

    fn fork(&self) -> Box<dyn Cloud> {
        Box::new(self.clone())
    }

    fn save(&self) -> Value {
        self.world.save()
    }
}

/// What is in a request; nothing where it has no body.
fn body(request: &Request) -> Result<Value, String> {
    if request.body().is_empty() {
        return Ok(Value::Null);
    }
    // A server-side apply may be YAML, of which JSON is a part; whoever drives us by program sends that part.
    serde_json::from_slice(request.body()).or_else(|_| {
        let text = std::str::from_utf8(request.body()).map_err(|error| error.to_string())?;
        serde_saphyr::from_str(text).map_err(|error| format!("the body is neither JSON nor YAML: {error}"))
    })
}

fn reply(status: u16, value: &Value) -> Reply {
    let mut reply = Reply::new(Bytes::from(format!("{value}\n")));
    *reply.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    reply.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

fn refused(refusal: &Refusal) -> Reply {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": refusal.message,
        "reason": refusal.reason, "details": refusal.details, "code": refusal.status,
    });
    let mut reply = reply(refusal.status, &status);
    if refusal.status == 429 {
        reply.headers_mut().insert(http::header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    reply.extensions_mut().insert(ErrorCode(refusal.reason.clone()));
    reply
}
