//! Stories: the binary as people use it, against a real server, read back by an independent client.
//!
//! Every story starts a server of its own (moto, installed by `cargo xtask servers`) and fails without it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a story fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod adopting;
mod crashes;
mod credentials;
mod drifting;
mod hazards;
mod living;
mod manifests;
