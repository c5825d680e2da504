//! The trees of units, landing zones and teams: no circles, not too deep, children where their parents are.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use polity_model::{
    Diagnostic,
    organization::{LandingZone, Named, Organization},
};

use crate::{check::spoken, syntax::Draft};

pub(super) fn check(draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    let organization = &draft.organization;
    let parents = organization.units.values().map(|unit| (unit.name.as_str(), unit.parent.iter().collect()));
    circles("unit", &parents.collect(), diagnostics);
    let parents = organization.landing_zones.values().map(|zone| (zone.name.as_str(), zone.parent.iter().collect()));
    let circular = circles("landing_zone", &parents.collect(), diagnostics);
    let within = organization.teams.values().map(|team| (team.name.as_str(), team.teams.iter().collect()));
    circles("team", &within.collect(), diagnostics);
    for zone in organization.landing_zones.values().filter(|zone| !circular.contains(zone.name.as_str())) {
        platforms(organization, zone, diagnostics);
        depth(draft, zone, &circular, diagnostics);
    }
    same_title(organization, diagnostics);
}

/// Reports each circle once, with the whole way round; answers the names that lie on one.
fn circles<'o>(
    noun: &'static str,
    next: &BTreeMap<&'o str, Vec<&'o Named>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> HashSet<&'o str> {
    let (mut done, mut circular): (HashSet<&str>, HashSet<&str>) = (HashSet::new(), HashSet::new());
    for start in next.keys() {
        if done.contains(start) {
            continue;
        }
        // The way down: each step with the edge that led there and the number of edges already followed.
        let mut path: Vec<(&str, Option<&Named>, usize)> = vec![(start, None, 0)];
        let mut on_path: HashSet<&str> = HashSet::from([*start]);
        while let Some((name, _, followed)) = path.last_mut() {
            let name: &str = name;
            let edge = next.get(name).and_then(|edges| edges.get(*followed)).copied();
            *followed += 1;
            let Some(edge) = edge else {
                done.insert(name);
                on_path.remove(name);
                path.pop();
                continue;
            };
            let Some((target, _)) = next.get_key_value(edge.name.as_str()) else { continue };
            if on_path.contains(target) {
                let from = path.iter().position(|(name, ..)| name == target).unwrap_or(0);
                let round: Vec<(&str, Option<&Named>)> =
                    path.iter().skip(from).map(|(name, edge, _)| (*name, *edge)).collect();
                circular.extend(round.iter().map(|(name, _)| *name));
                diagnostics.push(circle(noun, &round, edge));
            } else if !done.contains(target) {
                on_path.insert(target);
                path.push((target, Some(edge), 0));
            }
        }
    }
    circular
}

fn circle(noun: &'static str, round: &[(&str, Option<&Named>)], closing: &Named) -> Diagnostic {
    let mut way: Vec<String> = round.iter().map(|(name, _)| format!("`{name}`")).collect();
    way.push(format!("`{}`", closing.name));
    let (message, help) = if noun == "team" {
        (format!("teams lie within each other in a circle: {}", way.join(" > ")), "take one of them out of `teams`")
    } else {
        let message = format!("{}s have each other as parents in a circle: {}", spoken(noun), way.join(" > "));
        (message, "give one of them another `parent`, or none")
    };
    let diagnostic = Diagnostic::error("circle", &closing.origin, message).label("this closes the circle").help(help);
    let edges = round.iter().skip(1).filter_map(|(_, edge)| *edge);
    edges.fold(diagnostic, |diagnostic, edge| diagnostic.related(&edge.origin, format!("leads to `{}`", edge.name)))
}

/// A landing zone can only exist where the one above it does.
fn platforms(organization: &Organization, zone: &LandingZone, diagnostics: &mut Vec<Diagnostic>) {
    let Some(parent) = zone.parent.as_ref().and_then(|parent| organization.landing_zones.get(&parent.name)) else {
        return;
    };
    if parent.platforms.is_empty() {
        return;
    }
    if zone.platforms.is_empty() && parent.platforms.len() < organization.platforms.len() {
        let message = format!("`{}` is on all platforms, but `{}` above it is not", zone.name, parent.name);
        diagnostics.push(
            Diagnostic::error("landing-zone-platform", &zone.origin, message)
                .related(&parent.origin, "the landing zone above")
                .help("write the same `platforms` as above, or fewer"),
        );
    }
    let above: BTreeSet<&str> = parent.platforms.iter().map(|named| named.name.as_str()).collect();
    for named in zone.platforms.iter().filter(|named| !above.contains(named.name.as_str())) {
        let message =
            format!("`{}` is on the platform `{}`, but `{}` above it is not", zone.name, named.name, parent.name);
        diagnostics.push(
            Diagnostic::error("landing-zone-platform", &named.origin, message)
                .related(&parent.origin, "the landing zone above")
                .help("add the platform there, or remove it here"),
        );
    }
}

fn depth(draft: &Draft, zone: &LandingZone, circular: &HashSet<&str>, diagnostics: &mut Vec<Diagnostic>) {
    let organization = &draft.organization;
    let chain = organization.landing_zone_chain(Some(&zone.name));
    if chain.iter().any(|zone| circular.contains(zone.name.as_str())) {
        return;
    }
    for platform in organization.platforms.values() {
        let here = zone.platforms.is_empty() || zone.platforms.iter().any(|named| named.name == platform.name);
        let limit = draft.vocabulary.types.get(&platform.kind).map_or(0, |kind| kind.landing_zone_depth);
        // Only the first level too many: those below it have the same cause.
        if here && limit > 0 && chain.len() == limit + 1 {
            let way: Vec<String> = chain.iter().rev().map(|zone| format!("`{}`", zone.name)).collect();
            let message = format!("the platform `{}` nests landing zones {limit} deep at most", platform.name);
            diagnostics.push(
                Diagnostic::error("landing-zone-depth", &zone.origin, message)
                    .label(format!("level {}: {}", chain.len(), way.join(" > ")))
                    .help("move it up, or leave one of those above out"),
            );
        }
    }
}

/// Two landing zones of one native name cannot lie side by side.
fn same_title(organization: &Organization, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<(Option<&str>, &str), Vec<&LandingZone>> = BTreeMap::new();
    for zone in organization.landing_zones.values() {
        let parent = zone.parent.as_ref().map(|parent| parent.name.as_str());
        let title = zone.title.as_deref().unwrap_or(&zone.name);
        let beside = seen.entry((parent, title)).or_default();
        let shared = |other: &&&LandingZone| {
            zone.platforms.is_empty()
                || other.platforms.is_empty()
                || zone.platforms.iter().any(|here| other.platforms.iter().any(|there| here.name == there.name))
        };
        if let Some(other) = beside.iter().find(shared) {
            let message = format!("`{}` and `{}` have the same native name `{title}`", other.name, zone.name);
            diagnostics.push(
                Diagnostic::error("same-title", &zone.origin, message)
                    .related(&other.origin, "side by side with this one")
                    .help("write another `title` for one of them"),
            );
        }
        beside.push(zone);
    }
}
