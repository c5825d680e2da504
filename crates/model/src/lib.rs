//! The words of Polity as plain data: serde, no input or output, no async, and no cloud's name.
//!
//! Data flows one way through these types: a manifest becomes an [`organization::Organization`], its kinds ask
//! for [`resource::Desired`] resources, a reading of the clouds becomes an [`inventory::Inventory`], and their
//! difference a [`plan::Plan`]; what was done about it is an append-only list of [`journal::Entry`].
//!
//! **Never here:** a clock, the environment, the file system, randomness, or the name of a cloud.

pub mod address;
pub mod coverage;
pub mod diagnostic;
pub mod digest;
pub mod document;
pub mod facet;
pub mod finding;
pub mod inventory;
pub mod journal;
pub mod limit;
pub mod organization;
pub mod origin;
pub mod plan;
pub mod resource;
pub mod schema;
pub mod shape;
pub mod units;
pub mod value;
pub mod vocabulary;
pub mod written;

pub use address::Address;
pub use diagnostic::{Diagnostic, Severity};
pub use digest::Digest;
pub use origin::Origin;
pub use value::{Map, Reference, Secret, Value};
