//! The engine over an invented platform, `nimbus`, that is held in memory and fails on demand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]

mod support;

mod apply;
mod crash;
mod drift;
mod faults;
mod fences;
mod journal;
mod observe;
mod platforms;
mod rounds;
