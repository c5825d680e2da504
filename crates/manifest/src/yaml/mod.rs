//! YAML text -> nodes that know where they stand. Everything that a hostile file could do is refused here.

mod node;
mod parse;
mod scalar;
mod source;

pub(crate) use node::{Content, Entry, Node, Span, into_map};
pub(crate) use parse::{parse, syntax_error};
pub(crate) use scalar::plain;
pub(crate) use source::{Source, is_hidden};
