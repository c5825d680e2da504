//! What happens in time: reading the clouds, planning, applying, and the journal that keeps what was done.
//!
//! The verbs are [`observe`](observe::observe), [`plan`](planning::plan), [`apply`](apply::apply),
//! [`settle`](apply::settle), [`drift`](drift::drift) and [`audit`](mod@audit). They work over `dyn` providers, so that every cloud is
//! read, written and recorded in one way.
//!
//! **Never here:** a cloud's name, a write before its journaled intent, the environment, a terminal.

pub mod apply;
pub mod audit;
pub mod clock;
pub mod drift;
pub mod error;
pub mod exit;
pub mod journal;
pub mod observe;
pub mod planning;
pub mod progress;

pub use apply::{ApplyInput, Cancel, ChangeResult, End, Pace, Report, apply, settle};
pub use clock::{Clock, SystemClock};
pub use drift::{Drift, drift};
pub use error::Error;
pub use exit::Exit;
pub use journal::Journal;
pub use observe::{Ground, Observation, Reach, desire, observe};
pub use planning::{Past, Planned, plan};
pub use progress::{Observer, Progress, Silent};
