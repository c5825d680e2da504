//! Controls: the language of their assertions, its checker and its two evaluators.
//!
//! An assertion is a total condition in CEL over a facet of a resource, its place in the manifest, and typed parameters. It is read
//! once ([`Assertion::read`]: every name, type and function is checked, at its place), bound to parameters ([`Assertion::bind`])
//! and judged: one row at a time ([`Bound::judge`]), or a whole inventory in columns ([`Table`], [`Program`]). What is not known is
//! neither true nor false, and says why.
//!
//! **Never here:** a clock, a file, the environment, randomness, or the name of a cloud; and no unknown becomes a pass.

mod assertion;
mod batch;
pub mod catalog;
mod check;
mod columns;
pub mod control;
pub mod coverage;
mod eval;
mod fold;
mod mistake;
pub mod rules;
mod shown;
mod syntax;
mod tree;
mod types;
mod value;
mod words;

pub use assertion::{Assertion, Bound, Reading, value_of};
pub use batch::{Outcome, Program, judge};
pub use check::Environment;
pub use columns::{PlaceId, Table};
pub use eval::{Facts, Place};
pub use mistake::Mistake;
pub use syntax::Span;
pub use tree::Root;
pub use types::Type;
pub use value::{Cause, Causes, Key, Truth, Value};
