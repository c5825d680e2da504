//! Rehearsals: a plan is applied to a simulated cloud inside this process, by a clock on which nobody waits.
//!
//! [`Stage`] is where every rehearsal of a plan begins; [`performance`] plays one; [`matrix`] plays one for every kind
//! of fault at every write, and [`judge`] says whether any of them went wrong.
//!
//! **Never here:** a connection to anywhere, and the journal itself: what is rehearsed with is a copy.

pub(crate) mod faults;
pub(crate) mod judge;
pub(crate) mod matrix;
pub(crate) mod performance;
mod stage;
#[cfg(test)]
mod tests;

pub(crate) use self::stage::{Beginning, CLUSTER, MANAGEMENT, Script, Stage, has_twin, way_in};

use polity_model::units::Timestamp;
use polity_sandbox::Clock;

use crate::{exit::Failure, folder};

/// Runs a rehearsal: one thread, and a clock that jumps to whatever is waited for next.
pub(crate) fn on_virtual_time<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime =
        runtime.map_err(|error| Failure::new(format!("no worker can be started: {}", folder::plain(&error))))?;
    Ok(runtime.block_on(work))
}

/// The sandbox's clock, for the journal.
struct Rehearsed(Clock);

impl polity_engine::Clock for Rehearsed {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}
