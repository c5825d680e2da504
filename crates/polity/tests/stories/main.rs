//! Stories: the binary as people use it, against a real server, read back by an independent client.
//!
//! Every story starts a server of its own, is told on our sandbox and on moto (which `cargo xtask servers` installs), and
//! must end in the same state on both; it fails without them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a story fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod adopting;
mod agreeing;
mod auditing;
mod beyond;
mod clusters;
mod crashes;
mod credentials;
mod drifting;
mod everywhere;
mod guarding;
mod hazards;
mod living;
mod manifests;
mod platforms;
mod remediating;
mod skies;
