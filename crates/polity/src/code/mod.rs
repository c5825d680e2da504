//! Judging infrastructure code: which files, by which controls, and what comes of it.

mod files;
mod judge;

pub(crate) use files::{Files, read};
pub(crate) use judge::{Asked, Judged, Outcome, judge};
