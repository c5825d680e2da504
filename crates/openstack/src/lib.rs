//! The OpenStack provider: one domain of one Keystone, its projects, and what the other services keep about each project.
//!
//! `kinds.rs` lists the kinds, `kinds/<kind>.rs` holds one kind whole. `auth.rs` finds credentials where OpenStack's
//! own tools do, and keeps a token. `catalog.rs` says where the services are, `client.rs` speaks to them.
//! `operations/<service>.rs` are the tables of calls with the policy rule that each takes.
//!
//! **Never here:** a socket or a retry of its own (those are the wire's), or a call per object where there is a list.

pub mod adopt;
pub mod auth;
mod catalog;
pub mod client;
mod coverage;
mod depth;
mod faults;
pub mod kinds;
mod limits;
pub mod operations;
pub mod permissions;
mod provider;
mod scopes;
mod session;
mod versions;
pub mod vocabulary;

pub use auth::Login;
pub(crate) use polity_provider::operations;
pub use provider::OpenStackProvider;
