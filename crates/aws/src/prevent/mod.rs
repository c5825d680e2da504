//! Prevention: controls with `prevent: {aws: ...}` become organization policies and settings of accounts.
//!
//! [`check`] reads the words of one control, [`compile`] makes guardrails of all rules: `lower` turns rules into statements at
//! places, `hoist` says nothing twice along the tree, `pack` puts many controls into few policies, `emit` makes guardrails of them.
//! Then `proof` shows, on the documents as AWS would get them, that every place is bound by what its controls say, no less and no
//! more: what is not proved is not used. [`replay`] tells who would have been stopped.
//!
//! An organization goes in and an organization comes out: planning, applying and drift know nothing of controls.
//!
//! **Never here:** a call, a file, a clock; a wildcard that no control wrote.

mod condition;
mod decide;
mod emit;
mod events;
mod fill;
mod glob;
mod hoist;
mod lower;
mod pack;
mod proof;
pub mod replay;
mod settings;
mod statement;
#[cfg(test)]
mod tests;
mod tree;
mod values;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use emit::Emitter;
use hoist::{At, Held};
use lower::{Lowered, lower};
use polity_controls::rules::Rules;
use polity_model::{
    Diagnostic,
    organization::{Enforce, Organization, Principal},
};
pub(crate) use proof::keeps;
use statement::{Layer, Statement, parse};
use tree::{Node, Tree};
pub use words::check;

use crate::kinds;

/// What came of rules.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The organization with guardrails and settings of its controls.
    pub organization: Organization,
    /// Which of them enforces which control.
    pub trace: Trace,
    /// What is wrong, or cannot be done. With an error among them the organization must not be used.
    pub diagnostics: Vec<Diagnostic>,
}

/// Which guardrails and settings enforce which controls.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    guardrails: BTreeMap<String, Vec<String>>,
    /// What enforces a control at a place, for whatever lies below it.
    at: BTreeMap<(Node, String), BTreeSet<String>>,
    settings: BTreeMap<(String, String), BTreeSet<String>>,
    exempt: BTreeSet<(String, String)>,
    ways: BTreeMap<String, Vec<Node>>,
}

impl Trace {
    /// The controls that a guardrail enforces, sorted; none of one that was not made of controls.
    pub fn controls_of(&self, guardrail: &str) -> &[String] {
        self.guardrails.get(guardrail).map_or(&[], Vec::as_slice)
    }

    /// All guardrails that were made, with their controls.
    pub fn guardrails(&self) -> &BTreeMap<String, Vec<String>> {
        &self.guardrails
    }

    /// The guardrails and settings that enforce a control on a tenant, sorted; none if nothing prevents there what it forbids.
    pub fn prevents(&self, tenant: &str, control: &str) -> Vec<String> {
        if self.exempt.contains(&(tenant.to_owned(), control.to_owned())) {
            return Vec::new();
        }
        let way = self.ways.get(tenant).into_iter().flatten();
        let mut names: BTreeSet<String> =
            way.filter_map(|node| self.at.get(&(node.clone(), control.to_owned()))).flatten().cloned().collect();
        let settings = self.settings.iter().filter(|((of, _), by)| of == tenant && by.contains(control));
        names.extend(settings.map(|((_, name), _)| format!("setting {name}")));
        names.into_iter().collect()
    }
}

/// Makes guardrails and settings of all rules that are to be enforced.
pub fn compile(organization: &Organization, rules: &Rules) -> Compiled {
    let tree = Tree::of(organization);
    let mut compiled =
        Compiled { organization: organization.clone(), trace: Trace::default(), diagnostics: Vec::new() };
    if rules.is_empty() || tree.is_empty() {
        return compiled;
    }
    let lowered = lower(organization, rules, &tree, Enforce::Enforce);
    compiled.diagnostics.extend(lowered.diagnostics.iter().cloned());
    compiled.diagnostics.extend(shared_glass(organization, &lowered));
    compiled.trace.settings = settings::apply(&mut compiled.organization, &lowered.settings, &mut compiled.diagnostics);
    let mut work = Work { lowered: &lowered, tree: &tree, standing: BTreeMap::new(), lifted: BTreeSet::new() };
    let emitter = work.emit(organization, &mut compiled);
    compiled.trace.at = work.at(emitter.made);
    // What was refused is missing below, which is no mistake of the packer's.
    let refused = compiled.diagnostics.iter().any(Diagnostic::is_error);
    for unproved in if refused { Vec::new() } else { work.unproved(&emitter.documents) } {
        compiled.diagnostics.push(
            Diagnostic::error("not-proved", &organization.origin, unproved).help(
                "this is a mistake of Polity's and nothing was made of these controls: report it with the manifest",
            ),
        );
    }
    for guardrail in compiled.organization.guardrail_documents.values().filter(|one| !one.controls.is_empty()) {
        let controls = guardrail.controls.iter().map(|named| named.name.clone()).collect();
        compiled.trace.guardrails.insert(guardrail.name.clone(), controls);
    }
    compiled.trace.exempt = lowered.exempt;
    compiled.trace.ways = organization
        .tenants
        .keys()
        .map(|name| (name.clone(), tree.way(&Node::Tenant(name.clone()))))
        .filter(|(name, _)| tree.spot(&Node::Tenant(name.clone())).is_some())
        .collect();
    compiled.diagnostics.sort();
    compiled.diagnostics.dedup();
    compiled
}

/// What the emitter made.
struct Made {
    made: BTreeMap<At, BTreeSet<String>>,
    documents: BTreeMap<(Node, Layer), Vec<polity_model::Value>>,
}

struct Work<'a> {
    lowered: &'a Lowered,
    tree: &'a Tree,
    /// Who says what a control asks for at a place already.
    standing: BTreeMap<At, BTreeSet<At>>,
    lifted: BTreeSet<(Node, Layer)>,
}

impl Work<'_> {
    fn held(&self, layer: Layer) -> Held {
        let of = |controls: &BTreeMap<String, lower::Share>| {
            let statements = |share: &lower::Share| share.statements.get(&layer).cloned();
            controls.iter().filter_map(|(name, share)| Some((name.clone(), statements(share)?))).collect()
        };
        self.lowered.shares.iter().map(|(node, controls)| (node.clone(), of(controls))).collect()
    }

    fn emit(&mut self, organization: &Organization, compiled: &mut Compiled) -> Made {
        let mut emitter = Emitter {
            organization: &mut compiled.organization,
            tree: self.tree,
            shares: &self.lowered.shares,
            diagnostics: &mut compiled.diagnostics,
            made: BTreeMap::new(),
            documents: BTreeMap::new(),
        };
        for layer in Layer::ALL {
            let mut held = self.held(layer);
            let lifted = hoist::lift(organization, self.tree, &mut held);
            self.lifted.extend(lifted.into_iter().map(|node| (node, layer)));
            let (settled, standing) = hoist::settle(self.tree, &held);
            for (node, controls) in &settled {
                emitter.statements(node, layer, controls);
            }
            for (at, by) in standing {
                self.standing.entry(at).or_default().extend(by);
            }
        }
        for node in self.tree.downwards() {
            emitter.documents(&node);
        }
        Made { made: emitter.made, documents: emitter.documents }
    }

    /// What enforces each control at each place where it was asked for, those that stand in included.
    fn at(&self, made: BTreeMap<At, BTreeSet<String>>) -> BTreeMap<At, BTreeSet<String>> {
        let mut all = made.clone();
        for (at, by) in &self.standing {
            let names = by.iter().filter_map(|by| made.get(by)).flatten().cloned();
            all.entry(at.clone()).or_default().extend(names);
        }
        all
    }

    /// Places at which the packed policies could not be shown to mean what the controls say.
    fn unproved(&self, documents: &BTreeMap<(Node, Layer), Vec<polity_model::Value>>) -> Vec<String> {
        let mut unproved = Vec::new();
        for layer in Layer::ALL {
            let held = self.held(layer);
            let mut packed: BTreeMap<&Node, Vec<Statement>> = BTreeMap::new();
            for ((node, _), documents) in documents.iter().filter(|((_, of), _)| *of == layer) {
                for document in documents {
                    match parse(layer, document) {
                        Ok(statements) => packed.entry(node).or_default().extend(statements),
                        Err(why) => unproved.push(format!("a policy that was made cannot be read: {why}")),
                    }
                }
            }
            for node in self.tree.downwards() {
                let own = held.contains_key(&node) || packed.contains_key(&node);
                if !own || self.lifted.contains(&(node.clone(), layer)) {
                    continue;
                }
                let mut way = self.tree.fences(&node);
                way.push(node.clone());
                let asked = way.iter().filter_map(|node| held.get(node)).flat_map(BTreeMap::values).flatten();
                let made = way.iter().filter_map(|node| packed.get(node)).flatten();
                if let Err(atom) = proof::equivalent(asked, made) {
                    unproved.push(format!(
                        "the policies at {node:?} are not proved to mean what their controls say: {atom:?}"
                    ));
                }
            }
        }
        unproved
    }
}

/// Whoever else has the break-glass role is not stopped either.
fn shared_glass(organization: &Organization, lowered: &Lowered) -> Option<Diagnostic> {
    let glass = organization.break_glass.as_ref()?;
    let statements = lowered.shares.values().flat_map(BTreeMap::values);
    if !statements.into_iter().any(|share| share.statements.contains_key(&Layer::Principals))
        || !organization.roles.get(&glass.role)?.native.contains_key(kinds::TYPE)
    {
        return None;
    }
    let alone = |principal: &Principal| match principal {
        Principal::Person(name) => *name == glass.person,
        Principal::Team(name) => organization.people_of_team(name).iter().all(|person| *person == glass.person),
        Principal::Workload(_) => false,
    };
    let all = organization.tenants.values().flat_map(|tenant| organization.access_on(tenant));
    let other = all.map(|one| one.access).find(|access| access.role == glass.role && !alone(&access.principal))?;
    let (noun, name) = other.principal.parts();
    let message =
        format!("the {noun} `{name}` has the break-glass role `{}`, which no guardrail of controls stops", glass.role);
    let diagnostic = Diagnostic::warning("shared-break-glass", &other.origin, message);
    Some(diagnostic.related(&glass.origin, "break-glass").help("give break-glass a role of its own"))
}
