//! What holds at each place: from above, tightened there, and from two sides where a tenant has two.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use polity_model::{
    Diagnostic, Origin,
    organization::{Correct, Enforce, Named, Organization, Place},
};

use super::{
    Everywhere, Source,
    attach::{Given, given},
    weaker,
};
use crate::{Value, catalog::Catalog, control::Control};

/// A parameter's value, and who says so.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) value: Value,
    pub(super) place: Place,
    pub(super) origin: Origin,
}

/// A control as it holds at a place.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) control: Arc<Control>,
    pub(super) params: BTreeMap<String, Setting>,
    pub(super) enforce: Enforce,
    /// Who says how far it goes.
    pub(super) enforced: (Place, Origin),
    /// Whether it may be put right, where somebody says so, and who does: the most careful.
    pub(super) correct: Option<(Correct, Place, Origin)>,
    pub(super) place: Place,
    pub(super) origin: Origin,
    pub(super) attached: Vec<Source>,
}

/// All that holds at a place, by name of the control.
pub(super) type All = BTreeMap<String, Arc<Held>>;

/// What holds at every place of the organization.
pub(super) fn everywhere(
    organization: &Organization,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Everywhere {
    let mut held = Everywhere::new();
    let mut sides = Sides::default();
    for place in organization.places() {
        let above = above(organization, &held, &place, &mut sides, diagnostics);
        let given = given(organization.controls_at(&place), catalog, diagnostics);
        let all = Tightening { place: &place, above: &above, diagnostics }.all(given);
        held.insert(place, all);
    }
    held
}

/// What comes down to a place.
fn above(
    organization: &Organization,
    held: &Everywhere,
    place: &Place,
    sides: &mut Sides,
    diagnostics: &mut Vec<Diagnostic>,
) -> All {
    let at = |place: Option<Place>| place.and_then(|place| held.get(&place)).or_else(|| held.get(&Place::Organization));
    let zone = |named: Option<&Named>| named.map(|named| Place::LandingZone(named.name.clone()));
    let unit = |named: Option<&Named>| named.map(|named| Place::Unit(named.name.clone()));
    let parent = match place {
        Place::Organization => return All::new(),
        Place::LandingZone(name) => zone(organization.landing_zones.get(name).and_then(|zone| zone.parent.as_ref())),
        Place::Unit(name) => unit(organization.units.get(name).and_then(|unit| unit.parent.as_ref())),
        Place::Project(name) => unit(organization.projects.get(name).map(|project| &project.unit)),
        Place::Tenant(name) => {
            let Some(tenant) = organization.tenants.get(name) else { return All::new() };
            let (zone, project) =
                (at(zone(tenant.landing_zone.as_ref())), at(Some(Place::Project(tenant.project.clone()))));
            let (Some(zone), Some(project)) = (zone, project) else { return All::new() };
            return sides.both(zone, project, place, diagnostics);
        }
    };
    at(parent).cloned().unwrap_or_default()
}

/// What a place adds to what comes from above.
struct Tightening<'a> {
    place: &'a Place,
    above: &'a All,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Tightening<'_> {
    fn all(mut self, given: BTreeMap<String, Vec<Given>>) -> All {
        let mut all = self.above.clone();
        for (name, given) in given {
            if let Some(held) = self.one(&given, self.above.get(&name).map(AsRef::as_ref)) {
                all.insert(name, Arc::new(held));
            }
        }
        all
    }

    fn one(&mut self, given: &[Given], outer: Option<&Held>) -> Option<Held> {
        let first = given.first()?;
        let control = &first.control;
        let enforced = given.iter().map(|given| self.enforced(given, outer)).max_by_key(|(enforce, _)| *enforce)?;
        let mut own: BTreeMap<&str, Setting> = BTreeMap::new();
        for (given, name, value, origin) in given
            .iter()
            .flat_map(|given| given.params.iter().map(move |(name, (value, origin))| (given, name, value, origin)))
        {
            let setting = Setting { value: value.clone(), place: self.place.clone(), origin: origin.clone() };
            self.setting(given, name, setting, outer, &mut own);
        }
        let params = self.params(first, outer, own);
        let tightens = |outer: &Held| {
            enforced.0 > outer.enforce
                || params.iter().any(|(name, now)| outer.params.get(name).is_none_or(|was| !now.value.is(&was.value)))
        };
        let changed = outer.is_none_or(tightens);
        let own = (self.place.clone(), first.origin.clone());
        let (place, origin) =
            outer.filter(|_| !changed).map_or_else(|| own, |outer| (outer.place.clone(), outer.origin.clone()));
        let mut attached = outer.map_or_else(Vec::new, |outer| outer.attached.clone());
        attached.extend(given.iter().map(|given| Source {
            place: self.place.clone(),
            origin: given.origin.clone(),
            baseline: given.baseline.clone(),
        }));
        let enforced_at = match outer {
            Some(outer) if outer.enforce >= enforced.0 => outer.enforced.clone(),
            _ => (self.place.clone(), enforced.1),
        };
        let correct = self.correct(given, outer);
        Some(Held {
            control: Arc::clone(control),
            params,
            enforce: enforced.0,
            enforced: enforced_at,
            correct,
            place,
            origin,
            attached,
        })
    }

    /// How far it goes by this item: as above where nothing is written.
    fn enforced(&mut self, given: &Given, outer: Option<&Held>) -> (Enforce, Origin) {
        let above = outer.map(|outer| outer.enforce);
        let asked = given.enforce.or(above).unwrap_or_default();
        if let Some(outer) = outer
            && asked < outer.enforce
        {
            self.diagnostics.push(weaker::enforce(given, asked, outer));
            return (outer.enforce, given.origin.clone());
        }
        (asked, given.origin.clone())
    }

    /// Whether it may be put right: the most careful of what is written here and above. What changes nothing is told.
    fn correct(&mut self, given: &[Given], outer: Option<&Held>) -> Option<(Correct, Place, Origin)> {
        let above = outer.and_then(|outer| outer.correct.clone());
        let written = |given: &Given| Some((given.correct?, self.place.clone(), given.origin.clone()));
        let here: Vec<_> = given.iter().filter_map(written).collect();
        let held = above.into_iter().chain(here.iter().cloned()).min_by_key(|(correct, ..)| *correct)?;
        let control = &given.first()?.control;
        let bolder = here.iter().filter(|(asked, ..)| *asked > held.0);
        self.diagnostics.extend(bolder.map(|one| weaker::correct(control, one, &held)));
        Some(held)
    }

    /// Takes a written parameter among those of this place.
    fn setting<'g>(
        &mut self,
        given: &'g Given,
        name: &'g str,
        setting: Setting,
        outer: Option<&Held>,
        own: &mut BTreeMap<&'g str, Setting>,
    ) {
        let Some(param) = given.control.params.get(name) else { return };
        if let Some(above) = outer.and_then(|outer| outer.params.get(name))
            && !param.tightens(&above.value, &setting.value)
        {
            self.diagnostics.push(weaker::param(&given.control, name, param, &setting, above));
            return;
        }
        let Some(beside) = own.get_mut(name) else {
            own.insert(name, setting);
            return;
        };
        match param.stricter_of(&beside.value, &setting.value) {
            None => self.diagnostics.push(weaker::contradiction(&given.control, name, param, &setting, beside, None)),
            Some(value) => {
                for (one, other) in [(&setting, &*beside), (&*beside, &setting)] {
                    if !param.same(&value, &one.value) && value.is(&other.value) {
                        self.diagnostics.push(weaker::no_effect(&given.control, name, one, other));
                    }
                }
                if !param.same(&value, &beside.value) {
                    *beside = Setting { value, ..setting };
                }
            }
        }
    }

    /// All parameters: written here, from above, or the default. What is missing is said.
    fn params(
        &mut self,
        first: &Given,
        outer: Option<&Held>,
        own: BTreeMap<&str, Setting>,
    ) -> BTreeMap<String, Setting> {
        let mut params = outer.map_or_else(BTreeMap::new, |outer| outer.params.clone());
        for (name, setting) in own {
            // What only repeats the value from above does not make it this place's own.
            let same = |above: &Setting| {
                first.control.params.get(name).is_some_and(|param| param.same(&above.value, &setting.value))
            };
            if !params.get(name).is_some_and(same) {
                params.insert(name.to_owned(), setting);
            }
        }
        for (name, param) in &first.control.params {
            if params.contains_key(name) {
                continue;
            }
            match &param.default {
                Some(default) => {
                    let (place, origin) = (self.place.clone(), first.origin.clone());
                    params.insert(name.clone(), Setting { value: default.clone(), place, origin });
                }
                None => self.diagnostics.push(weaker::missing(&first.control, name, param, &first.origin)),
            }
        }
        params
    }
}

/// What reaches tenants from their landing zones and from their projects at once.
#[derive(Default)]
struct Sides {
    /// Contradictions that have been told: many tenants may have the same one.
    told: BTreeSet<(Origin, Origin, String)>,
}

impl Sides {
    fn both(&mut self, zone: &All, project: &All, tenant: &Place, diagnostics: &mut Vec<Diagnostic>) -> All {
        let mut all = zone.clone();
        for (name, other) in project {
            match all.get(name) {
                None => drop(all.insert(name.clone(), Arc::clone(other))),
                Some(one) if Arc::ptr_eq(one, other) => {}
                Some(one) => {
                    let held = self.stricter(one, other, tenant, diagnostics);
                    all.insert(name.clone(), held);
                }
            }
        }
        all
    }

    fn stricter(
        &mut self,
        one: &Arc<Held>,
        other: &Arc<Held>,
        tenant: &Place,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Arc<Held> {
        let mut held = Held::clone(other);
        let mut is_one = one.enforce >= other.enforce;
        if is_one {
            held.enforce = one.enforce;
            held.enforced = one.enforced.clone();
        }
        held.correct = one.correct.iter().chain(&other.correct).min_by_key(|(correct, ..)| *correct).cloned();
        for (name, above) in &one.params {
            let (Some(param), Some(below)) = (one.control.params.get(name), other.params.get(name)) else { continue };
            match param.stricter_of(&above.value, &below.value) {
                None => {
                    is_one = false;
                    let key = (above.origin.clone(), below.origin.clone(), name.clone());
                    if self.told.insert(key) {
                        let tenant = Some(tenant);
                        diagnostics.push(weaker::contradiction(&one.control, name, param, below, above, tenant));
                    }
                }
                Some(value) if param.same(&value, &above.value) => {
                    drop(held.params.insert(name.clone(), above.clone()))
                }
                Some(value) => {
                    is_one = false;
                    held.params.insert(name.clone(), Setting { value, ..below.clone() });
                }
            }
        }
        if is_one {
            held.place = one.place.clone();
            held.origin = one.origin.clone();
        }
        let mut attached = one.attached.clone();
        attached.extend(other.attached.iter().filter(|source| !one.attached.contains(source)).cloned());
        held.attached = attached;
        Arc::new(held)
    }
}
