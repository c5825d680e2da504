//! A control: one security rule, written once.

mod cases;
mod document;
mod params;
mod reader;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

pub use cases::{Case, Expected, Tried};
pub(crate) use document::is_name;
pub use document::{DOCUMENT, read, read_untried};
pub use params::{Param, ParamType, Stricter};
pub use polity_model::finding::{Severity, Stage};
use polity_model::{Diagnostic, Digest, Origin, Value as Native, facet::Facet, written::Written};
pub(crate) use reader::Reader;
pub use verdict::{BoundControl, BoundDetect, Verdict, Verdicts};

use crate::{Assertion, Mistake, value::Value, words::suggestion};

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
    /// Why nothing is asked of resources, where that is so.
    pub undetected: Option<String>,
    /// How it is put right, by platform type, in that platform's own words.
    pub correct: BTreeMap<String, Native>,
    /// Requirements that it helps to meet.
    pub satisfies: Vec<Requirement>,
    /// Its own cases.
    pub cases: Vec<Case>,
    /// The whole document, without places: what evidence of its verdicts keeps.
    pub text: Native,
    /// Where it is declared.
    pub origin: Origin,
}

/// What a platform type does to prevent.
#[derive(Clone, Debug, PartialEq)]
pub enum Prevent {
    /// Its own words, each at its place.
    Native(Written),
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

impl Detect {
    /// Names of the facet's fields that it speaks of.
    pub fn fields(&self) -> BTreeSet<&'static str> {
        let asked = self.when.iter().chain([&self.assert]).flat_map(Assertion::fields);
        asked.filter_map(|index| self.on.fields.get(index)).map(|field| field.name).collect()
    }
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
    /// Digest of its text, however it is laid out.
    pub fn digest(&self) -> Digest {
        Digest::of_json(&self.text.to_json())
    }

    /// Reads values for parameters, a mapping by name, where a control is attached. All that is wrong with them at once.
    pub fn params(&self, given: &Written) -> Result<BTreeMap<String, Value>, Vec<Diagnostic>> {
        let (values, diagnostics) = self.written_params(given);
        let mut reader = Reader { diagnostics };
        for (name, param) in &self.params {
            if param.default.is_none() && given.get(name).is_none() {
                let message = format!("`{}` needs the parameter `{name}`", self.name);
                let help = param.doc.clone().unwrap_or_else(|| format!("write `{name}: ...`"));
                reader.wrong("missing-param", &given.origin, message, help);
            }
        }
        if reader.diagnostics.is_empty() { Ok(values) } else { Err(reader.diagnostics) }
    }

    /// Reads those parameters that are written, whatever else the control needs: the others may come from elsewhere.
    pub fn written_params(&self, given: &Written) -> (BTreeMap<String, Value>, Vec<Diagnostic>) {
        let mut reader = Reader::default();
        let mut values = BTreeMap::new();
        let Some(entries) = given.entries() else {
            let message = format!("the parameters of `{}` are a mapping by name", self.name);
            reader.wrong("wrong-type", &given.origin, message, "write `name: value`");
            return (values, reader.diagnostics);
        };
        for entry in entries {
            if let Some(param) = self.params.get(&entry.key) {
                let value = param.read(&mut reader, &entry.key, &entry.value);
                values.extend(value.map(|value| (entry.key.clone(), value)));
                continue;
            }
            let message = format!("`{}` has no parameter `{}`", self.name, entry.key);
            let help = match self.params.is_empty() {
                true => "it has none: remove this".to_owned(),
                false => suggestion(&entry.key, self.params.keys().map(String::as_str), "it has"),
            };
            reader.wrong("unknown-param", &entry.key_origin, message, help);
        }
        (values, reader.diagnostics)
    }

    /// The control with these parameters, as [`Control::params`] reads them; defaults stand for those that are not given.
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

/// Says which names are used by more than one control.
pub fn duplicates(controls: &[Control]) -> Vec<Diagnostic> {
    let mut first: BTreeMap<&str, &Control> = BTreeMap::new();
    let mut diagnostics = Vec::new();
    for control in controls {
        if let Some(known) = first.get(control.name.as_str()) {
            let message = format!("the control `{}` is there already", control.name);
            let diagnostic = Diagnostic::error("duplicate-name", &control.origin, message);
            diagnostics.push(diagnostic.related(&known.origin, "the first one").help("give one of them another name"));
        } else {
            first.insert(&control.name, control);
        }
    }
    diagnostics
}
