//! The contract with a cloud: what a kind and a provider are, and the one wire that every call goes over.
//!
//! A **kind** is two questions and three verbs ([`kind::Kind`]); a **provider** ([`contract::Provider`]) knows its
//! kinds, its scopes and how to get into them. Reading and writing are different types: whoever is handed only a
//! [`reader::Reader`] cannot write, so there is no such thing as a dry-run flag.
//!
//! **Never here:** the name of a cloud, and a socket outside [`wire`].

pub mod call;
pub mod contract;
pub mod correction;
pub mod error;
pub mod kind;
pub mod naming;
pub mod offline;
pub mod reader;
pub mod survey;
pub mod wire;
pub mod witness;

pub use call::{Operation, ReadOperation, Reply, Request, WriteOperation};
pub use contract::{Attribution, Identity, Provider, WritingProvider};
pub use correction::{Remedy, Target};
pub use error::{Error, Problem};
pub use kind::{Ask, Found, Kind};
pub use offline::Offline;
pub use reader::{Notebook, Reader, Writer};
pub use survey::{Survey, Surveyed};
pub use wire::{Rate, Session, Settings, Wire};
pub use witness::{Testimony, Witness};
