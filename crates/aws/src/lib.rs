//! The AWS provider: one AWS organization with its Identity Center, its accounts, and their regions.
//!
//! `kinds.rs` lists the kinds, `kinds/<kind>.rs` holds one kind whole. `surveys.rs` lists what is read
//! for controls, `surveys/<survey>.rs` each. `operations/<service>.rs` are the tables of
//! API operations from which the least-privilege policies are generated. `client.rs` speaks AWS's protocols.
//!
//! **Never here:** a generated SDK service crate, a socket, or a retry: those are the wire's.

pub mod adopt;
mod attribution;
pub mod auth;
pub mod client;
pub mod corrections;
mod coverage;
mod door;
mod http_bridge;
pub mod kinds;
mod limits;
pub mod operations;
pub mod permissions;
pub mod prevent;
mod provider;
mod scopes;
mod services;
mod session;
pub mod surveys;
pub mod vocabulary;

pub use auth::Login;
pub use provider::AwsProvider;
