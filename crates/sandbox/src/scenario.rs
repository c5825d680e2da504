//! What the sandbox does to those who use it, as data.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    cloud::{Call, Rate, Request, Tuning},
    faults::Fault,
};

/// A scenario: which faults befall which calls, and when.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// All that may be drawn by lot is drawn from this seed.
    pub seed: u64,
}

/// A scenario that is being played.
#[derive(Debug)]
pub(crate) struct Director {
    scenario: Scenario,
}

impl Director {
    pub(crate) fn new(scenario: &Scenario, _began: Timestamp) -> Self {
        Self { scenario: scenario.clone() }
    }

    /// What befalls this call.
    pub(crate) fn judge(&mut self, _call: &Call, _rates: &'static [Rate], _now: Timestamp) -> Vec<Fault> {
        Vec::new()
    }

    /// How far back reads may see.
    pub(crate) fn stale_for(&self) -> Option<Duration> {
        None
    }

    /// What other hands are to do by now.
    pub(crate) fn due(&mut self, _now: Timestamp) -> Vec<Request> {
        Vec::new()
    }

    /// How the clouds behave at this moment.
    pub(crate) fn tuning(&self, _now: Timestamp) -> Tuning {
        let _ = self.scenario.seed;
        Tuning::default()
    }
}
