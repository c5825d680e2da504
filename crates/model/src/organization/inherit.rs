//! What flows downward: access, settings and mode. The one place where inheritance is worked out.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Access, Attachment, EffectiveAccess, LandingZone, LifeState, Mode, Organization, Place, Principal, Tenant, Unit,
};
use crate::{Origin, Value};

impl Organization {
    /// The landing zone with this name and those above it, nearest first.
    pub fn landing_zone_chain<'a>(&'a self, name: Option<&str>) -> Vec<&'a LandingZone> {
        let mut chain: Vec<&LandingZone> = Vec::new();
        let mut next = name.and_then(|name| self.landing_zones.get(name));
        while let Some(zone) = next {
            if chain.iter().any(|seen| seen.name == zone.name) {
                break; // a cycle was reported when the manifest was read
            }
            chain.push(zone);
            next = zone.parent.as_ref().and_then(|parent| self.landing_zones.get(&parent.name));
        }
        chain
    }

    /// The unit with this name and those above it, nearest first.
    pub fn unit_chain<'a>(&'a self, name: &str) -> Vec<&'a Unit> {
        let mut chain: Vec<&Unit> = Vec::new();
        let mut next = self.units.get(name);
        while let Some(unit) = next {
            if chain.iter().any(|seen| seen.name == unit.name) {
                break;
            }
            chain.push(unit);
            next = unit.parent.as_ref().and_then(|parent| self.units.get(&parent.name));
        }
        chain
    }

    /// All access that reaches a tenant today, one per principal and role, sorted by them.
    /// Expired access is left out; so is all access to a tenant that is quarantined or retired.
    pub fn access_on<'a>(&'a self, tenant: &'a Tenant) -> Vec<EffectiveAccess<'a>> {
        if tenant.state != LifeState::Active {
            return Vec::new();
        }
        let mut best: BTreeMap<(&Principal, &str), EffectiveAccess<'a>> = BTreeMap::new();
        let mut add = |list: &'a [Access], place: Place| {
            for access in list.iter().filter(|access| access.until.is_none_or(|until| until >= self.today)) {
                let found = EffectiveAccess { access, place: place.clone() };
                match best.entry((&access.principal, access.role.as_str())) {
                    std::collections::btree_map::Entry::Vacant(slot) => {
                        slot.insert(found);
                    }
                    std::collections::btree_map::Entry::Occupied(mut slot) => {
                        if outlasts(access, slot.get().access) {
                            slot.insert(found);
                        }
                    }
                }
            }
        };
        add(&tenant.access, Place::Tenant(tenant.name.clone()));
        if let Some(project) = self.projects.get(&tenant.project) {
            add(&project.access, Place::Project(project.name.clone()));
            for unit in self.unit_chain(&project.unit.name) {
                add(&unit.access, Place::Unit(unit.name.clone()));
            }
        }
        for zone in self.landing_zone_chain(tenant.landing_zone.as_ref().map(|zone| zone.name.as_str())) {
            add(&zone.access, Place::LandingZone(zone.name.clone()));
        }
        add(&self.access, Place::Organization);
        best.into_values().collect()
    }

    /// A place and those above it, from the top: the organization, the landing zones from the root, the units from the
    /// top, the project, the tenant.
    pub fn places_down_to(&self, place: &Place) -> Vec<Place> {
        let zones = |name: Option<&str>| {
            let chain = self.landing_zone_chain(name).into_iter().rev();
            chain.map(|zone| Place::LandingZone(zone.name.clone())).collect::<Vec<_>>()
        };
        let units = |name: &str| {
            let chain = self.unit_chain(name).into_iter().rev();
            chain.map(|unit| Place::Unit(unit.name.clone())).collect::<Vec<_>>()
        };
        let project = |name: &str| {
            let mut places = self.projects.get(name).map_or_else(Vec::new, |project| units(&project.unit.name));
            places.push(Place::Project(name.to_owned()));
            places
        };
        let mut places = vec![Place::Organization];
        match place {
            Place::Organization => {}
            Place::LandingZone(name) => places.extend(zones(Some(name))),
            Place::Unit(name) => places.extend(units(name)),
            Place::Project(name) => places.extend(project(name)),
            Place::Tenant(name) => {
                if let Some(tenant) = self.tenants.get(name) {
                    places.extend(zones(tenant.landing_zone.as_ref().map(|zone| zone.name.as_str())));
                    places.extend(project(&tenant.project));
                }
                places.push(place.clone());
            }
        }
        places
    }

    /// All controls and baselines that reach a tenant, from the top, each with the place where it is attached.
    pub fn controls_on<'a>(&'a self, tenant: &Tenant) -> Vec<(Place, &'a Attachment)> {
        let places = self.places_down_to(&Place::Tenant(tenant.name.clone())).into_iter();
        places
            .flat_map(|place| self.controls_at(&place).iter().map(move |attachment| (place.clone(), attachment)))
            .collect()
    }

    /// Settings of a tenant for its platform's type, nearest place first: tenant, project, landing zones, organization.
    /// Each setting comes with the place where it was written.
    pub fn settings_of<'a>(&'a self, tenant: &'a Tenant) -> BTreeMap<&'a str, (&'a Value, &'a Origin)> {
        let mut settings = BTreeMap::new();
        let Some(platform) = self.platforms.get(&tenant.platform.name) else { return settings };
        let mut sources = vec![&tenant.settings];
        sources.extend(self.projects.get(&tenant.project).map(|project| &project.settings));
        let chain = self.landing_zone_chain(tenant.landing_zone.as_ref().map(|zone| zone.name.as_str()));
        sources.extend(chain.iter().map(|zone| &zone.settings));
        sources.push(&self.settings);
        for section in sources.into_iter().filter_map(|native| native.get(&platform.kind)) {
            for (name, value) in section.value.as_map().into_iter().flatten() {
                settings.entry(name.as_str()).or_insert((value, &section.origin));
            }
        }
        settings
    }

    /// The mode that holds in a landing zone of a platform (at the platform's root without a landing zone).
    pub fn mode_at(&self, platform: &str, landing_zone: Option<&str>) -> Mode {
        self.landing_zone_chain(landing_zone)
            .iter()
            .find_map(|zone| zone.mode)
            .or_else(|| self.platforms.get(platform).map(|platform| platform.mode))
            .unwrap_or_default()
    }

    /// Tenants of one platform, by name.
    pub fn tenants_on<'a>(&'a self, platform: &'a str) -> impl Iterator<Item = &'a Tenant> {
        self.tenants.values().filter(move |tenant| tenant.platform.name == platform)
    }

    /// Landing zones that exist on one platform, by name.
    pub fn landing_zones_on<'a>(&'a self, platform: &'a str) -> impl Iterator<Item = &'a LandingZone> {
        self.landing_zones
            .values()
            .filter(move |zone| zone.platforms.is_empty() || zone.platforms.iter().any(|named| named.name == platform))
    }

    /// Manifest names of all people in a team, through nested teams; retired people and teams have no members.
    pub fn people_of_team(&self, name: &str) -> BTreeSet<&str> {
        let (mut people, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![name]);
        while let Some(name) = open.pop() {
            let Some(team) = self.teams.get(name) else { continue };
            if !seen.insert(team.name.as_str()) || team.state != LifeState::Active {
                continue;
            }
            people.extend(
                team.people
                    .iter()
                    .filter_map(|person| self.people.get(&person.name))
                    .filter(|person| person.state == LifeState::Active)
                    .map(|person| person.name.as_str()),
            );
            open.extend(team.teams.iter().map(|team| team.name.as_str()));
        }
        people
    }
}

fn outlasts(one: &Access, other: &Access) -> bool {
    match (one.until, other.until) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(one), Some(other)) => one > other,
    }
}
