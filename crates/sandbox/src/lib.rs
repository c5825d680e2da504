//! Simulated clouds in the box: they speak the real wire, keep the documented rules and limits, and break on request.
//!
//! [`Sandbox::answer`] is the whole of it: a request goes in, an [`Outcome`] comes out. [`serve`] puts it behind a
//! port. Each cloud is a folder of this crate and a [`cloud::Cloud`].
//!
//! **Never here:** code of the crate that drives the same cloud, for one mistake must not be made on both sides; the machine's
//! clock (time is [`Clock`], which tests make fly); randomness without a seed.

mod answer;
pub mod aws;
mod bound;
mod clock;
mod cloud;
mod control;
mod faults;
mod ids;
pub mod kubernetes;
mod log;
pub mod openstack;
mod past;
pub mod scenario;
mod server;
mod snapshot;
mod tape;

pub use self::{
    answer::{Neighbour, Outcome, Sandbox},
    clock::Clock,
    cloud::{Access, Reply, Request},
    log::{Counts, Entry, Listener},
    scenario::{Effect, Rule, Scenario, Select, When},
    server::{listen, serve},
    snapshot::{Snapshot, SnapshotError},
    tape::Tape,
};
