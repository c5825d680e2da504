//! What is written and cannot be expressed where it reaches is never passed over in silence.
//!
//! Where no platform that it reaches can express it, the text promises what never happens: an error. Where some can, it
//! is a warning for each of the others: a landing zone on several platforms says what each of them makes its part of.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    Diagnostic,
    organization::{LifeState, Named, Organization, Principal, Tenant},
};

use crate::{check::quoted_list, coverage::Inexpressible, stated::Stated, syntax::Draft};

/// Fields that speak to people: without them nothing is promised that does not hold.
const FOR_PEOPLE: &[&str] = &["title", "description", "display_name", "user_name"];
/// Fields of a landing zone that hold for its tenants; the others are about itself.
const FOR_TENANTS: &[&str] = &["access", "quota", "settings", "guardrails", "controls"];

pub(super) fn check(draft: &Draft, inexpressible: &Inexpressible, diagnostics: &mut Vec<Diagnostic>) {
    // What the language asks for cannot be left out: that is told by the table of coverage alone.
    let stated: Vec<&Stated> = draft.stated.iter().filter(|stated| !stated.required).collect();
    if stated.is_empty() {
        return;
    }
    let mut reach = Reach { organization: &draft.organization, principals: None };
    for stated in stated {
        let Some(answers) = inexpressible.get(&stated.field) else { continue };
        let mut by_type: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for platform in reach.of(stated) {
            if let Some(platform) = draft.organization.platforms.get(platform) {
                by_type.entry(&platform.kind).or_default().insert(&platform.name);
            }
        }
        let nowhere = by_type.keys().all(|kind| lacks(inexpressible, &stated.field, kind));
        let (_, field) = stated.field.split_once('.').unwrap_or(("", &stated.field));
        let for_people = FOR_PEOPLE.contains(&field);
        for (kind, platforms) in &by_type {
            let Some(answer) = answers.get(*kind) else { continue };
            let title = draft.vocabulary.types.get(*kind).map_or("", |kind| kind.title);
            let on = quoted_list(platforms.iter().copied()).replace(" or ", " and ");
            let message = format!("`{field}` cannot be expressed on {on} ({title}): {}", answer.says);
            let told = if nowhere && !for_people {
                Diagnostic::error("not-expressible", &stated.origin, message)
            } else {
                Diagnostic::warning("not-expressible", &stated.origin, message)
            };
            diagnostics.push(told.help(answer.instead));
        }
    }
}

/// Whether a platform type cannot express a field, or what it lies within.
fn lacks(inexpressible: &Inexpressible, field: &str, kind: &str) -> bool {
    std::iter::successors(Some(field), |field| field.rsplit_once('.').map(|(above, _)| above))
        .any(|field| inexpressible.get(field).is_some_and(|types| types.contains_key(kind)))
}

/// Which platforms a document reaches.
struct Reach<'o> {
    organization: &'o Organization,
    /// By noun and name: platforms on whose tenants they have access, or are given. Made when it is first needed.
    principals: Option<BTreeMap<(&'static str, &'o str), BTreeSet<&'o str>>>,
}

impl<'o> Reach<'o> {
    fn of(&mut self, stated: &'o Stated) -> BTreeSet<&'o str> {
        let organization = self.organization;
        let (noun, field) = stated.field.split_once('.').unwrap_or((&stated.field, ""));
        let name = stated.name.as_str();
        match noun {
            "platform" | "tenant" => BTreeSet::from([name]),
            "organization" => self.tenants(|_| true),
            "unit" => self.tenants(|tenant| {
                let project = organization.projects.get(&tenant.project);
                project.is_some_and(|project| {
                    organization.unit_chain(&project.unit.name).iter().any(|unit| unit.name == name)
                })
            }),
            "project" => self.tenants(|tenant| tenant.project == name),
            "landing_zone" => {
                let below = self.tenants(|tenant| {
                    let zone = tenant.landing_zone.as_ref().map(|zone| zone.name.as_str());
                    organization.landing_zone_chain(zone).iter().any(|zone| zone.name == name)
                });
                // One that nobody sits in yet is judged by where tenants may come to sit.
                if !below.is_empty() && FOR_TENANTS.contains(&field.split('.').next().unwrap_or_default()) {
                    return below;
                }
                let named = organization.landing_zones.get(name).map_or(&[][..], |zone| zone.platforms.as_slice());
                self.all_or(named)
            }
            "guardrail" => self.attached(name),
            _ => self.principal(noun, name),
        }
    }

    fn tenants(&self, reached: impl Fn(&Tenant) -> bool) -> BTreeSet<&'o str> {
        let living = |tenant: &&Tenant| !matches!(tenant.state, LifeState::Retired { .. });
        let tenants = self.organization.tenants.values().filter(living).filter(|tenant| reached(tenant));
        tenants.map(|tenant| tenant.platform.name.as_str()).collect()
    }

    fn all_or(&self, named: &'o [Named]) -> BTreeSet<&'o str> {
        match named {
            [] => self.organization.platforms.keys().map(String::as_str).collect(),
            named => named.iter().map(|named| named.name.as_str()).collect(),
        }
    }

    /// Platforms where a guardrail is attached, as far as it has a document for them.
    fn attached(&self, name: &str) -> BTreeSet<&'o str> {
        let organization = self.organization;
        let has = |guardrails: &[Named]| guardrails.iter().any(|named| named.name == name);
        let mut platforms = BTreeSet::new();
        if has(&organization.guardrails) {
            platforms.extend(organization.platforms.keys().map(String::as_str));
        }
        for zone in organization.landing_zones.values().filter(|zone| has(&zone.guardrails)) {
            platforms.extend(self.all_or(&zone.platforms));
        }
        platforms.extend(self.tenants(|tenant| has(&tenant.guardrails)));
        let native = organization.guardrail_documents.get(name).map(|guardrail| &guardrail.native);
        platforms.retain(|platform| {
            let kind = organization.platforms.get(*platform).map(|platform| platform.kind.as_str());
            kind.is_some_and(|kind| native.is_some_and(|native| native.contains_key(kind)))
        });
        platforms
    }

    fn principal(&mut self, noun: &str, name: &str) -> BTreeSet<&'o str> {
        let organization = self.organization;
        let known: &BTreeMap<(&str, &str), BTreeSet<&'o str>> =
            &*self.principals.get_or_insert_with(|| principals(organization));
        known.get(&(noun, name)).cloned().unwrap_or_default()
    }
}

/// Everybody who has access somewhere, with the roles, and on which platforms.
fn principals(organization: &Organization) -> BTreeMap<(&'static str, &str), BTreeSet<&str>> {
    let mut reached: BTreeMap<(&'static str, &str), BTreeSet<&str>> = BTreeMap::new();
    for tenant in organization.tenants.values() {
        for effective in organization.access_on(tenant) {
            let platform = tenant.platform.name.as_str();
            reached.entry(("role", &effective.access.role)).or_default().insert(platform);
            let principal = match &effective.access.principal {
                Principal::Person(name) => ("person", name.as_str()),
                Principal::Team(name) => ("team", name.as_str()),
                Principal::Workload(name) => ("workload", name.as_str()),
            };
            reached.entry(principal).or_default().insert(platform);
        }
    }
    let teams: Vec<(&str, BTreeSet<&str>)> = organization
        .teams
        .keys()
        .filter_map(|team| Some((team.as_str(), reached.get(&("team", team.as_str()))?.clone())))
        .collect();
    for (team, platforms) in teams {
        for person in organization.people_of_team(team) {
            reached.entry(("person", person)).or_default().extend(platforms.iter().copied());
        }
    }
    reached
}
