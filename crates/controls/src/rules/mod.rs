//! Rules: which controls hold where, with which parameters, and how far they go.
//!
//! The manifest attaches controls and baselines to places; what is attached holds there and below, where it can be tightened and
//! never weakened. Where a tenant is reached from two sides - its landing zones and its units - the stricter holds. A deviation
//! is an exemption, which has an owner, a reason and an end.
//!
//! **Never here:** what a platform's own words mean, and a resource.

mod attach;
mod exempt;
mod held;
mod weaker;

use std::{collections::BTreeMap, sync::Arc};

use held::{All, Held};
use polity_model::{
    Diagnostic, Origin,
    organization::{Correct, Enforce, Exemption, Organization, Place},
};

use crate::{
    Value,
    catalog::Catalog,
    control::{BoundControl, Control},
};

/// A control as it holds at a place.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The control.
    pub control: Arc<Control>,
    /// The control with these parameters.
    pub bound: Arc<BoundControl>,
    /// All parameters, defaults included.
    pub params: Arc<BTreeMap<String, Value>>,
    /// How far it goes.
    pub enforce: Enforce,
    /// Whether what fails may be put right from here.
    pub correct: Correct,
    /// The place that made it what it is here: where it is attached, or was tightened last.
    pub place: Place,
    /// The item of `controls:` at that place.
    pub origin: Origin,
    /// Every item that attaches it, from the top.
    pub attached: Vec<Source>,
    /// What is exempt from it here and below; none of them has expired.
    pub exemptions: Vec<Arc<Exemption>>,
}

/// An item of `controls:` that attaches a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The place.
    pub place: Place,
    /// Where the item stands.
    pub origin: Origin,
    /// The baseline that brought the control, if one did.
    pub baseline: Option<String>,
}

impl Rule {
    /// Whether it is judged at all.
    pub fn is_on(&self) -> bool {
        self.enforce != Enforce::Off
    }

    /// The exemption that this resource of a tenant falls under: of those, the one that lasts longest. `None` for the tenant
    /// where the manifest declares none.
    pub fn exemption(&self, organization: &Organization, tenant: Option<&str>, id: &str) -> Option<&Arc<Exemption>> {
        let tenant = tenant.and_then(|name| organization.tenants.get(name));
        let holds = |exemption: &&Arc<Exemption>| {
            let reached = tenant.map_or_else(|| exemption.is_everywhere(), |it| exemption.reaches(organization, it));
            reached && exemption.names_resource(id)
        };
        self.exemptions.iter().filter(holds).max_by_key(|exemption| exemption.until)
    }
}

/// The rules of an organization, by place.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    places: BTreeMap<Place, Vec<Rule>>,
}

impl Rules {
    /// Works out all rules, and says what is wrong with what is attached and exempt.
    pub fn resolve(organization: &Organization, catalog: &Catalog) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let held = held::everywhere(organization, catalog, &mut diagnostics);
        let exemptions = exempt::check(organization, catalog, &held, &mut diagnostics);
        let mut binder = Binder::default();
        let mut places = BTreeMap::new();
        for (place, all) in &held {
            let reach = exemptions.at(organization, place);
            let rules = all.values().filter_map(|held| {
                let of = |exemption: &&Arc<Exemption>| exemption.is_of(&held.control.name);
                binder.rule(held, reach.iter().filter(of).cloned().collect())
            });
            places.insert(place.clone(), rules.collect());
        }
        diagnostics.sort_by(|one, other| one.at.origin.cmp(&other.at.origin).then_with(|| one.cmp(other)));
        diagnostics.dedup();
        (Self { places }, diagnostics)
    }

    /// The rules of a tenant, by name of their controls; none for one that no manifest declares.
    pub fn of_tenant(&self, name: &str) -> &[Rule] {
        self.of_place(&Place::Tenant(name.to_owned()))
    }

    /// The rules at a place, those from above included, by name of their controls. Those that begin or are tightened here
    /// have it as their `place`.
    pub fn of_place(&self, place: &Place) -> &[Rule] {
        self.places.get(place).map_or(&[], Vec::as_slice)
    }

    /// The rules of resources that lie in no tenant that the manifest declares.
    pub fn of_organization(&self) -> &[Rule] {
        self.of_place(&Place::Organization)
    }

    /// All places with their rules.
    pub fn places(&self) -> impl Iterator<Item = (&Place, &[Rule])> {
        self.places.iter().map(|(place, rules)| (place, rules.as_slice()))
    }

    /// Whether nothing is attached anywhere.
    pub fn is_empty(&self) -> bool {
        self.places.values().all(Vec::is_empty)
    }
}

/// A control with parameters is made ready once, however many tenants have it.
#[derive(Default)]
struct Binder {
    known: BTreeMap<(String, String), Ready>,
}

#[derive(Clone)]
struct Ready {
    bound: Arc<BoundControl>,
    params: Arc<BTreeMap<String, Value>>,
}

impl Binder {
    /// Nothing where a parameter is missing, which has been said.
    fn rule(&mut self, held: &Held, exemptions: Vec<Arc<Exemption>>) -> Option<Rule> {
        let params: BTreeMap<String, Value> =
            held.params.iter().map(|(name, setting)| (name.clone(), setting.value.clone())).collect();
        let key = (held.control.name.clone(), format!("{params:?}"));
        let ready = match self.known.get(&key) {
            Some(ready) => ready.clone(),
            None => {
                let bound = Arc::new(held.control.bind(&params).ok()?);
                let ready = Ready { bound, params: Arc::new(params) };
                self.known.insert(key, ready.clone());
                ready
            }
        };
        Some(Rule {
            control: Arc::clone(&held.control),
            bound: ready.bound,
            params: ready.params,
            enforce: held.enforce,
            correct: held.correct.as_ref().map_or_else(Correct::default, |(correct, ..)| *correct),
            place: held.place.clone(),
            origin: held.origin.clone(),
            attached: held.attached.clone(),
            exemptions,
        })
    }
}

/// What holds at each place.
type Everywhere = BTreeMap<Place, All>;
