//! The organization while it is being read, with what can be judged only when all files are.

use std::collections::{BTreeMap, HashMap};

use polity_model::{
    Diagnostic, Origin,
    organization::{Brakes, Named, Native, Organization},
    units::Date,
    vocabulary::Vocabulary,
};

use crate::stated::Stated;

/// All nouns that have names of their own.
pub(crate) const NOUNS: &[&str] = &[
    "platform",
    "landing_zone",
    "unit",
    "person",
    "team",
    "workload",
    "role",
    "guardrail",
    "project",
    "tenant",
    "exemption",
];

/// A declared name.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) origin: Origin,
    /// Its end is asked for.
    pub(crate) retired: bool,
}

/// The organization in the making.
pub(crate) struct Draft {
    pub(crate) organization: Organization,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Where `organization` documents stand.
    pub(crate) roots: Vec<Origin>,
    /// By noun and name.
    pub(crate) declared: HashMap<&'static str, HashMap<String, Declared>>,
    /// Tags of units, projects and tenants: name, value, place of the value.
    pub(crate) tags: Vec<(String, String, Origin)>,
    /// Noun, name, native id without a platform, its place.
    pub(crate) single_ids: Vec<(&'static str, String, String, Origin)>,
    /// Noun, platform, native id, its place.
    pub(crate) native_ids: Vec<(&'static str, String, String, Origin)>,
    /// Platform names that are keys, not references.
    pub(crate) platform_names: Vec<(String, Origin)>,
    /// Noun, former name, present name.
    pub(crate) renames: Vec<(&'static str, Named, String)>,
    /// What is written and cannot be expressed by some platform type.
    pub(crate) stated: Vec<Stated>,
    pub(crate) vocabulary: Vocabulary,
}

impl Draft {
    pub(crate) fn new(vocabulary: &Vocabulary, today: Date) -> Self {
        let organization = Organization {
            name: String::new(),
            title: None,
            origin: Origin::file(""),
            today,
            tag_rules: BTreeMap::new(),
            brakes: Brakes::default(),
            break_glass: None,
            access: Vec::new(),
            guardrails: Vec::new(),
            controls: Vec::new(),
            settings: Native::new(),
            units: BTreeMap::new(),
            people: BTreeMap::new(),
            teams: BTreeMap::new(),
            workloads: BTreeMap::new(),
            roles: BTreeMap::new(),
            platforms: BTreeMap::new(),
            landing_zones: BTreeMap::new(),
            guardrail_documents: BTreeMap::new(),
            control_documents: Vec::new(),
            exemptions: BTreeMap::new(),
            projects: BTreeMap::new(),
            tenants: BTreeMap::new(),
        };
        Self {
            organization,
            diagnostics: Vec::new(),
            roots: Vec::new(),
            declared: HashMap::new(),
            tags: Vec::new(),
            single_ids: Vec::new(),
            native_ids: Vec::new(),
            platform_names: Vec::new(),
            renames: Vec::new(),
            stated: Vec::new(),
            vocabulary: vocabulary.clone(),
        }
    }

    /// Takes a name; `false`, with a message, if it is taken already.
    pub(crate) fn declare(&mut self, noun: &'static str, name: &str, origin: &Origin, retired: bool) -> bool {
        let names = self.declared.entry(noun).or_default();
        if let Some(first) = names.get(name) {
            let help = if noun == "tenant" {
                "write another `name:` for one of them; without one, a tenant is called `<project>-<landing zone>`"
            } else {
                "rename or remove one of them"
            };
            let spoken = crate::check::spoken(noun);
            self.diagnostics.push(
                Diagnostic::error("duplicate-name", origin, format!("the {spoken} `{name}` is declared twice"))
                    .label("declared again here")
                    .related(&first.origin, "first declared here")
                    .help(help),
            );
            return false;
        }
        names.insert(name.to_owned(), Declared { origin: origin.clone(), retired });
        true
    }

    pub(crate) fn find(&self, noun: &str, name: &str) -> Option<&Declared> {
        self.declared.get(noun)?.get(name)
    }
}
