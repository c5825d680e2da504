//! Stories: the binary as people use it, against a real server, read back by an independent client.
//!
//! Every story starts a server of its own (moto, installed by `cargo xtask servers`) and fails without it.

#[path = "../support/mod.rs"]
mod support;

mod adopting;
mod crashes;
mod credentials;
mod drifting;
mod hazards;
mod living;
mod manifests;
