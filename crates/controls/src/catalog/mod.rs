//! The catalog: controls, the frameworks whose requirements they help to meet, and baselines, which are named sets of controls.
//!
//! It comes as YAML in the folder `catalog`, which lies in the binary ([`files`]). The caller parses, adds documents of its own,
//! and hands all of them to [`Catalog::read`].
//!
//! **Never here:** reading of files or YAML, and what a platform's own words mean.

mod baseline;
mod framework;
mod lines;
mod page;

use std::{collections::BTreeMap, sync::Arc};

pub use baseline::{BASELINE, Baseline, Included};
pub use framework::{FRAMEWORK, Framework, Line};
pub use lines::{How, Met, Tally, tally};
use polity_model::{Diagnostic, Origin, written::Written};

use crate::control::{self, Control, Reader};

/// The files of the catalog: paths from the root of the repository, sorted, and their bytes.
pub fn files() -> &'static [(&'static str, &'static [u8])] {
    include!(concat!(env!("OUT_DIR"), "/catalog.rs"))
}

/// Controls, frameworks and baselines, by name.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The controls.
    pub controls: BTreeMap<String, Arc<Control>>,
    /// The frameworks.
    pub frameworks: BTreeMap<String, Arc<Framework>>,
    /// The baselines.
    pub baselines: BTreeMap<String, Arc<Baseline>>,
}

/// The kinds of documents that this reads.
pub const KINDS: [&str; 3] = ["control", "framework", "baseline"];

impl Catalog {
    /// The catalog as one page of Markdown.
    pub fn page(&self) -> String {
        page::page(self)
    }

    /// Reads documents of the kinds `control`, `framework` and `baseline`, in any order: all that is wrong with them at once.
    /// A control is there if nothing is wrong with it; of frameworks and baselines, what could be read.
    pub fn read(documents: &[Written]) -> (Self, Vec<Diagnostic>) {
        Self::beside(&[], documents)
    }

    /// The same with documents in front whose cases are known to hold, such as those of [`files`], which the tests of this crate
    /// try: they are not run again.
    pub fn beside(tried: &[Written], further: &[Written]) -> (Self, Vec<Diagnostic>) {
        let mut reader = Reader::default();
        let mut catalog = Self::default();
        let documents = [tried, further].concat();
        for (position, document) in documents.iter().enumerate() {
            let kind = document.get("kind").map(|entry| &entry.value);
            match kind.and_then(Written::text) {
                Some("control") => {
                    let read = if position < tried.len() { control::read_untried } else { control::read };
                    let (control, diagnostics) = read(document);
                    reader.diagnostics.extend(diagnostics);
                    if let Some(control) = control {
                        let (name, origin) = (control.name.clone(), control.origin.clone());
                        once(&mut reader, &mut catalog.controls, "control", name, &origin, control, |it| &it.origin);
                    }
                }
                Some("framework") => {
                    if let Some(framework) = framework::read(&mut reader, document) {
                        let (name, origin) = (framework.name.clone(), framework.origin.clone());
                        let all = &mut catalog.frameworks;
                        once(&mut reader, all, "framework", name, &origin, framework, |it| &it.origin);
                    }
                }
                Some("baseline") => {
                    if let Some(baseline) = baseline::read(&mut reader, document) {
                        let (name, origin) = (baseline.name.clone(), baseline.origin.clone());
                        let all = &mut catalog.baselines;
                        once(&mut reader, all, "baseline", name, &origin, baseline, |it| &it.origin);
                    }
                }
                _ => {
                    let origin = kind.map_or(&document.origin, |kind| &kind.origin);
                    let help = "write `kind:` with `control`, `framework` or `baseline`";
                    reader.wrong("unknown-kind", origin, "this is no document of a catalog", help);
                }
            }
        }
        for control in catalog.controls.values() {
            framework::check(&mut reader, &catalog.frameworks, control);
        }
        baseline::check(&mut reader, &catalog, &documents);
        let mut diagnostics = reader.diagnostics;
        diagnostics.sort();
        diagnostics.dedup();
        (catalog, diagnostics)
    }
}

/// Keeps the first of each name.
fn once<T>(
    reader: &mut Reader,
    all: &mut BTreeMap<String, Arc<T>>,
    kind: &str,
    name: String,
    origin: &Origin,
    value: T,
    origin_of: impl Fn(&T) -> &Origin,
) {
    match all.get(&name) {
        Some(first) => {
            let message = format!("the {kind} `{name}` is there already");
            let diagnostic = Diagnostic::error("duplicate-name", origin, message);
            reader
                .diagnostics
                .push(diagnostic.related(origin_of(first), "the first one").help("give one of them another name"));
        }
        None => {
            all.insert(name, Arc::new(value));
        }
    }
}
