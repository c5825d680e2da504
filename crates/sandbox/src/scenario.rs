//! What the sandbox does to those who use it, as data: rules, each of which says which calls, when, and what befalls
//! them. [`parse`] reads them from YAML, [`Director`] plays them.
//!
//! Everything that is left to chance is drawn from the seed: the same calls under the same scenario meet the same fate.

mod bucket;
mod director;
mod effect;
mod parse;
mod words;

use std::time::Duration;

use serde::Deserialize;

pub use self::effect::{Effect, Hand, HandCall, Latency, Pace};
pub(crate) use self::{
    director::{Director, Verdict},
    words::duration,
};
use crate::cloud::{Access, Call};

/// The version that scenario files name.
pub const VERSION: &str = "polity/sandbox/v1";

/// A scenario: which faults befall which calls, and when.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// All that may be drawn by lot is drawn from this seed.
    pub seed: u64,
    /// Later rules add to earlier ones; where two faults exclude each other, the earlier one befalls the call.
    pub rules: Vec<Rule>,
}

/// Something that befalls some calls.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which calls.
    #[serde(default)]
    pub select: Select,
    /// When.
    #[serde(default)]
    pub when: When,
    /// What befalls them.
    pub effect: Effect,
}

/// Which calls a rule is about. What is empty selects all; texts may contain `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Select {
    /// Services, as the log calls them.
    #[serde(deserialize_with = "words::one_or_many")]
    pub service: Vec<String>,
    /// Operations, as the cloud's own interface calls them.
    #[serde(deserialize_with = "words::one_or_many")]
    pub operation: Vec<String>,
    /// Only calls that change nothing, or only those that change something.
    pub access: Option<Access>,
    /// Accounts that the call is made in, by number or by name.
    #[serde(deserialize_with = "words::one_or_many")]
    pub account: Vec<String>,
    /// Regions.
    #[serde(deserialize_with = "words::one_or_many")]
    pub region: Vec<String>,
}

/// When a rule holds: always, unless something is said. All that is said must be so.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// For the n-th of the selected calls, from 1.
    pub nth: Option<u64>,
    /// For the n-th of all calls that change something, from 1.
    pub nth_write: Option<u64>,
    /// For each n-th of the selected calls.
    pub every: Option<u64>,
    /// For the first so many of the selected calls.
    pub first: Option<u64>,
    /// For this share of the selected calls, between 0 and 1, drawn by lot.
    pub share: Option<f64>,
    /// From so long after the sandbox began; calls are counted from then on.
    #[serde(deserialize_with = "words::optional_duration")]
    pub after: Option<Duration>,
    /// Until so long after the sandbox began.
    #[serde(deserialize_with = "words::optional_duration")]
    pub until: Option<Duration>,
}

impl Scenario {
    /// Nothing ever goes wrong, and nobody is throttled.
    #[must_use]
    pub fn calm() -> Self {
        Self::default()
    }

    /// With this seed.
    #[must_use]
    pub fn seeded(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// With one more rule.
    #[must_use]
    pub fn with(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, Vec<polity_model::Diagnostic>> {
        parse::parse(path, bytes)
    }
}

impl Rule {
    /// An effect on every call; narrow it by [`Rule::on`] and [`Rule::at`].
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self { select: Select::default(), when: When::default(), effect }
    }

    /// Only on these calls.
    #[must_use]
    pub fn on(mut self, select: Select) -> Self {
        self.select = select;
        self
    }

    /// Only then.
    #[must_use]
    pub fn at(mut self, when: When) -> Self {
        self.when = when;
        self
    }
}

impl Select {
    /// Calls of this service.
    #[must_use]
    pub fn service(name: &str) -> Self {
        Self { service: vec![name.to_owned()], ..Self::default() }
    }

    /// Calls of operations that fit this pattern.
    #[must_use]
    pub fn operation(pattern: &str) -> Self {
        Self { operation: vec![pattern.to_owned()], ..Self::default() }
    }

    /// Calls that change something.
    #[must_use]
    pub fn writes() -> Self {
        Self { access: Some(Access::Write), ..Self::default() }
    }

    /// Whether it selects this call; `name` tells the name of the call's account, where it has one.
    fn selects(&self, call: &Call, name: impl Fn() -> Option<String>) -> bool {
        let any = |patterns: &[String], text: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| words::fits(pattern, text))
        };
        any(&self.service, call.service)
            && any(&self.operation, &call.operation)
            && self.access.is_none_or(|access| access == call.access)
            && any(&self.region, &call.region)
            && (any(&self.account, &call.place) || name().is_some_and(|name| any(&self.account, &name)))
    }
}

impl When {
    /// The n-th of the selected calls.
    #[must_use]
    pub fn nth(nth: u64) -> Self {
        Self { nth: Some(nth), ..Self::default() }
    }

    /// The n-th of all calls that change something.
    #[must_use]
    pub fn nth_write(nth: u64) -> Self {
        Self { nth_write: Some(nth), ..Self::default() }
    }

    /// From so long after the beginning.
    #[must_use]
    pub fn after(after: Duration) -> Self {
        Self { after: Some(after), ..Self::default() }
    }

    /// A share of the calls.
    #[must_use]
    pub fn share(share: f64) -> Self {
        Self { share: Some(share), ..Self::default() }
    }

    /// Whether it says anything about which of the calls.
    fn counts(&self) -> bool {
        self.nth.is_some()
            || self.nth_write.is_some()
            || self.every.is_some()
            || self.first.is_some()
            || self.share.is_some()
    }
}
