//! Exemptions: do they name what is there, do they still hold, and whom do they reach?

use std::sync::Arc;

use polity_model::{
    Diagnostic,
    organization::{Enforce, Exemption, Named, Organization, Place},
};

use super::{Everywhere, attach::unknown_control};
use crate::catalog::Catalog;

/// Those that hold today.
pub(super) struct Exemptions {
    holding: Vec<Arc<Exemption>>,
}

/// Judges all exemptions; those that hold are answered.
pub(super) fn check(
    organization: &Organization,
    catalog: &Catalog,
    held: &Everywhere,
    diagnostics: &mut Vec<Diagnostic>,
) -> Exemptions {
    let mut holding = Vec::new();
    for exemption in organization.exemptions.values() {
        let names = exemption.controls.iter().chain(&exemption.compensating);
        let unknown = names.filter(|named| !catalog.controls.contains_key(&named.name));
        let before = diagnostics.len();
        diagnostics.extend(unknown.map(|named| unknown_control(named, catalog)));
        if exemption.expired(organization.today) {
            let message =
                format!("the exemption `{}` ended on {}: it exempts nothing", exemption.name, exemption.until);
            let help = "remove it, or have it reviewed and write a later `until:`";
            diagnostics.push(Diagnostic::warning("expired-exemption", &exemption.origin, message).help(help));
            continue;
        }
        if diagnostics.len() == before {
            let reach = Reach { organization, held, exemption };
            diagnostics.extend(exemption.controls.iter().filter_map(|named| reach.nothing(named)));
            diagnostics.extend(exemption.compensating.iter().filter_map(|named| reach.stands_in(named)));
        }
        holding.push(Arc::new(exemption.clone()));
    }
    Exemptions { holding }
}

impl Exemptions {
    /// Those that reach a place or something below it.
    pub(super) fn at(&self, organization: &Organization, place: &Place) -> Vec<Arc<Exemption>> {
        self.holding.iter().filter(|exemption| reaches(exemption, organization, place)).cloned().collect()
    }
}

fn reaches(exemption: &Exemption, organization: &Organization, place: &Place) -> bool {
    if exemption.is_everywhere() || *place == Place::Organization {
        return true;
    }
    if let Place::Tenant(name) = place {
        return organization.tenants.get(name).is_some_and(|tenant| exemption.reaches(organization, tenant));
    }
    // An empty landing zone within one that is named is exempt too.
    if let Place::LandingZone(name) = place {
        let chain = organization.landing_zone_chain(Some(name));
        if exemption.landing_zones.iter().any(|named| chain.iter().any(|zone| zone.name == named.name)) {
            return true;
        }
    }
    let below = |name: &String| organization.places_down_to(&Place::Tenant(name.clone())).contains(place);
    organization.tenants.iter().any(|(name, tenant)| exemption.reaches(organization, tenant) && below(name))
}

/// One exemption among what is attached.
struct Reach<'a> {
    organization: &'a Organization,
    held: &'a Everywhere,
    exemption: &'a Exemption,
}

impl Reach<'_> {
    fn is_on(&self, place: &Place, control: &str) -> bool {
        let held = self.held.get(place).and_then(|all| all.get(control));
        held.is_some_and(|held| held.enforce != Enforce::Off)
    }

    /// Places whose resources it is about: tenants, and the organization if it holds everywhere.
    fn places(&self) -> impl Iterator<Item = Place> {
        let tenants = self.organization.tenants.values();
        let reached = tenants.filter(|tenant| self.exemption.reaches(self.organization, tenant));
        let everywhere = self.exemption.is_everywhere().then_some(Place::Organization);
        everywhere.into_iter().chain(reached.map(|tenant| Place::Tenant(tenant.name.clone())))
    }

    /// It exempts from what is attached nowhere that it reaches.
    fn nothing(&self, named: &Named) -> Option<Diagnostic> {
        if self.places().any(|place| self.is_on(&place, &named.name)) {
            return None;
        }
        let (name, control) = (&self.exemption.name, &named.name);
        let message = if self.places().next().is_none() {
            format!("the exemption `{name}` reaches no tenant")
        } else {
            format!("the exemption `{name}` exempts from nothing: `{control}` does not hold where it reaches")
        };
        let help = "remove it, or correct its `controls`, `tenants`, `projects` and `landing_zones`";
        Some(Diagnostic::warning("unmatched-exemption", &named.origin, message).help(help))
    }

    /// What should stand in has to hold wherever the exemption does.
    fn stands_in(&self, named: &Named) -> Option<Diagnostic> {
        if self.exemption.is_of(&named.name) {
            let message = format!("`{}` cannot stand in for itself", named.name);
            let help = "name another control in `compensating`, or leave it out";
            return Some(Diagnostic::error("compensates-itself", &named.origin, message).help(help));
        }
        let lacking = self.places().find(|place| !self.is_on(place, &named.name))?;
        let message = format!("`{}` should stand in, but does not hold for {lacking}", named.name);
        let help = format!("attach it there, for example `controls: [{}]`", named.name);
        Some(Diagnostic::warning("compensates-nothing", &named.origin, message).help(help))
    }
}
