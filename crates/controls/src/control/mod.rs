//! A control: one security rule, written once.

mod cases;
mod document;
mod params;
mod reader;
mod verdict;

use std::collections::BTreeMap;

pub use cases::{Case, Expected};
pub use document::{DOCUMENT, read};
pub use params::{Param, ParamType, Stricter};
use polity_model::{Origin, Value as Native, facet::Facet};
pub use verdict::{BoundControl, BoundDetect, Verdict, Verdicts};

use crate::{Assertion, Mistake, value::Value};

/// How bad it is if the control does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A matter of good order.
    Low,
    /// Helps an attacker who is already in.
    Medium,
    /// A way in, or out.
    High,
    /// An open door.
    Critical,
}

/// When an organization on its way should have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// At once.
    Basic,
    /// When the basic ones hold.
    Standard,
    /// When there is much to lose.
    Advanced,
}

/// A control.
#[derive(Clone, Debug)]
pub struct Control {
    /// Its name, unique among all controls.
    pub name: String,
    /// A few words.
    pub title: String,
    /// What an auditor reads.
    pub statement: String,
    /// Why it is asked.
    pub rationale: Option<String>,
    /// How bad it is if it does not hold.
    pub severity: Severity,
    /// When to have it.
    pub stage: Stage,
    /// Parameters, by name.
    pub params: BTreeMap<String, Param>,
    /// What prevents, by platform type.
    pub prevent: BTreeMap<String, Prevent>,
    /// What is asked of resources.
    pub detect: Vec<Detect>,
    /// How it is put right, by platform type, in that platform's own words.
    pub correct: BTreeMap<String, Native>,
    /// Requirements that it helps to meet.
    pub satisfies: Vec<Requirement>,
    /// Its own cases.
    pub cases: Vec<Case>,
    /// Where it is declared.
    pub origin: Origin,
}

/// What a platform type does to prevent.
#[derive(Clone, Debug, PartialEq)]
pub enum Prevent {
    /// Its own words, and where they stand.
    Native(Native, Origin),
    /// It cannot.
    Impossible {
        /// Why.
        reason: String,
    },
}

/// What is asked of the resources of one facet.
#[derive(Clone, Debug)]
pub struct Detect {
    /// The facet.
    pub on: &'static Facet,
    /// Which of its resources are asked at all; all without one.
    pub when: Option<Assertion>,
    /// What has to hold.
    pub assert: Assertion,
}

/// A line of a framework.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// The framework's name.
    pub framework: String,
    /// The line's id.
    pub id: String,
    /// Where it is named.
    pub origin: Origin,
}

impl Control {
    /// The control with these parameters, which [`Param::read`] has read; defaults stand for those that are not given.
    pub fn bind(&self, given: &BTreeMap<String, Value>) -> Result<BoundControl, Mistake> {
        let mut params = given.clone();
        for (name, param) in &self.params {
            if let Some(default) = &param.default {
                params.entry(name.clone()).or_insert_with(|| default.clone());
            }
        }
        let detect = self.detect.iter().map(|detect| {
            let when = detect.when.as_ref().map(|when| when.bind(&params)).transpose()?;
            Ok(BoundDetect::new(detect.on, when, detect.assert.bind(&params)?))
        });
        Ok(BoundControl { detect: detect.collect::<Result<_, Mistake>>()? })
    }
}
