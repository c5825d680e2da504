//! The verb `apply`: settle what an interrupted run left open, check that the plan still holds, carry it out,
//! record what is in order, and go on with what was only just born.
//!
//! Every write is journaled twice: as an intent before it is made, and as an outcome once the cloud shows it.

mod change;
mod existing;
mod fences;
mod graph;
mod input;
mod known;
mod notebook;
mod patience;
mod record;
mod report;
mod rounds;
mod run;
mod settle;
mod unclear;
mod warrant;

pub use input::{AUTO_APPROVE, ApplyInput, Cancel, Pace};
pub use report::{ChangeResult, End, Report};
pub use rounds::apply;
pub use settle::{Settlement, settle};
