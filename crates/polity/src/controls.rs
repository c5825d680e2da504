//! The controls that hold: the catalog that lies in this binary, the manifest's own, and the rules that come of attaching them.

use polity_controls::{
    catalog::{self, Catalog},
    rules::Rules,
};
use polity_manifest::File;
use polity_model::{Diagnostic, Digest, organization::Organization, written::Written};

use crate::clouds::{self, Trace};

/// What files of the catalog are called in messages: they are in no folder of the user's.
pub(crate) const BUILT_IN: &str = "<built in>/";

/// The catalog with the manifest's own controls, and what holds where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Controls {
    /// All controls, baselines and frameworks.
    pub(crate) catalog: Catalog,
    /// What holds where.
    pub(crate) rules: Rules,
    /// Which guardrails and settings of the organization enforce which of them.
    pub(crate) trace: Trace,
    /// What is wrong with the manifest's own controls, with what is attached, and with exemptions.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Controls {
    /// Those of a manifest. The organization is not there where something else is wrong with it: its own controls are looked at
    /// all the same, so that all mistakes are told at once. A manifest that speaks of no control needs no catalog.
    pub(crate) fn of(organization: Option<&Organization>, files: &[File]) -> Self {
        let own = organization.map_or_else(|| own(files), |organization| organization.control_documents.clone());
        if own.is_empty() && !organization.is_some_and(speaks_of_controls) {
            return Self::default();
        }
        Self::all(organization, &own)
    }

    /// The whole catalog and these documents.
    pub(crate) fn all(organization: Option<&Organization>, own: &[Written]) -> Self {
        let (catalog, mut diagnostics) = Catalog::beside(&built_in(), own);
        let mut rules = Rules::default();
        if let Some(organization) = organization {
            let (resolved, wrong) = Rules::resolve(organization, &catalog);
            rules = resolved;
            // A control of which something is wrong is not there to attach: that it is unknown would be said for nothing.
            if !diagnostics.iter().any(Diagnostic::is_error) {
                diagnostics.extend(wrong);
            }
        }
        Self { catalog, rules, trace: Trace::default(), diagnostics }
    }

    /// The organization with the guardrails and settings that its controls come to. What is wrong with what prevents is told of
    /// the manifest's own controls, attached or not.
    pub(crate) fn guard(&mut self, organization: Organization) -> Organization {
        let own = self.catalog.controls.values().filter(|control| !control.origin.file.starts_with(BUILT_IN));
        self.diagnostics.extend(own.flat_map(|control| clouds::check(control)));
        if self.rules.is_empty() || self.diagnostics.iter().any(Diagnostic::is_error) {
            return organization;
        }
        let compiled = clouds::compile(&organization, &self.rules);
        self.diagnostics.extend(compiled.diagnostics);
        self.trace = compiled.trace;
        compiled.organization
    }

    /// The digest of a manifest together with the catalog, where it takes anything from there: a plan that was made with another
    /// catalog is another plan.
    pub(crate) fn digest(&self, manifest: Digest) -> Digest {
        if self.rules.is_empty() {
            return manifest;
        }
        let files: Vec<(&str, Digest)> =
            catalog::files().iter().map(|(path, bytes)| (*path, Digest::of(bytes))).collect();
        Digest::of_json(&(manifest, files))
    }
}

/// The documents of the catalog in this binary.
pub(crate) fn built_in() -> Vec<Written> {
    let read = |(path, bytes): &(&str, &[u8])| {
        let file = File { path: format!("{BUILT_IN}{path}"), bytes: bytes.to_vec() };
        polity_manifest::documents(&file).0
    };
    catalog::files().iter().flat_map(read).collect()
}

/// The manifest's own controls, baselines and frameworks.
pub(crate) fn own(files: &[File]) -> Vec<Written> {
    // A folder may hold much that is none of ours: only what might be a control is parsed.
    let may_be = |line: &str| line.contains("kind:") && catalog::KINDS.iter().any(|kind| line.contains(kind));
    let yaml = |file: &&File| {
        (file.path.ends_with(".yaml") || file.path.ends_with(".yml"))
            && std::str::from_utf8(&file.bytes).is_ok_and(|text| text.lines().any(may_be))
    };
    let is_one = |document: &Written| {
        let kind = document.get("kind").and_then(|entry| entry.value.text());
        kind.is_some_and(|kind| catalog::KINDS.contains(&kind)) && document.get("name").is_some()
    };
    files.iter().filter(yaml).flat_map(|file| polity_manifest::documents(file).0).filter(is_one).collect()
}

fn speaks_of_controls(organization: &Organization) -> bool {
    !organization.exemptions.is_empty()
        || organization.places().iter().any(|place| !organization.controls_at(place).is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_wrong_with_the_catalog() {
        let controls = Controls::all(None, &[]);
        assert_eq!(controls.diagnostics, []);
        assert_eq!(controls.catalog.controls.is_empty(), catalog::files().is_empty());
    }

    #[test]
    fn a_manifest_without_controls_needs_no_catalog() {
        let file = |text: &str| File { path: "a.yaml".to_owned(), bytes: text.as_bytes().to_vec() };
        assert!(own(&[file("kind: unit\nname: a\n---\nkind: control\n")]).is_empty());
        let found = own(&[file("kind: unit\nname: a\n---\nkind: control\nname: b\nkin: 3\n")]);
        assert_eq!(found.first().unwrap().get("name").unwrap().value.origin.line, 5);
    }
}
