//! What is to be put right: of a saved plan, or of findings, as far as the manifest lets it be.

use std::collections::BTreeMap;

use polity_model::{
    Origin, Value,
    finding::{Audit, Finding, Status},
    organization::Correct,
    plan::{Because, Change, Plan},
};
use polity_provider::{Remedy, Target};

use crate::{
    args::remediate::Remediate,
    clouds::{self, Wrong},
    commands::Sound,
    views::{self, clean},
};

/// The targets that a saved plan is about, with what it gives them, or with what they held before.
pub(super) fn of_plan(plan: &Plan, undo: bool) -> Vec<Target> {
    let target = |change: &Change| {
        let side = |difference: &polity_model::plan::Difference| {
            let value = if undo { &difference.before } else { &difference.after };
            (difference.attribute.clone(), value.clone())
        };
        let attributes = if undo { change.diff.iter().map(side).collect() } else { change.after.clone() };
        Some(Target {
            scope: change.scope.clone(),
            kind: change.address.kind.clone(),
            id: change.id.clone()?,
            attributes,
            origin: origin(&change.because),
        })
    };
    plan.changes.iter().filter(|change| clouds::is_correction(&change.address.kind)).filter_map(target).collect()
}

fn origin(because: &Because) -> Origin {
    match because {
        Because::Written(origins) | Because::Drifted(origins) => origins.first().cloned(),
        Because::Retired { origin, .. } => origin.first().cloned(),
        Because::Removed | Because::Foreign => None,
    }
    .unwrap_or_else(|| Origin::file("organization.yaml"))
}

/// What can be put right from here, and what people have to do, as lines.
pub(super) fn of_findings(sound: &Sound, arguments: &Remediate, audit: &Audit) -> (Vec<Target>, Vec<String>) {
    let mut targets: Vec<Target> = Vec::new();
    let mut by_hand: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let chosen = |finding: &&Finding| {
        finding.status == Status::Fail
            && (arguments.controls.is_empty() || arguments.controls.iter().any(|name| **name == *finding.control))
            && (arguments.tenants.is_empty()
                || arguments.tenants.iter().any(|name| Some(name) == finding.place.tenant.as_ref()))
    };
    for finding in audit.findings.iter().filter(chosen) {
        match target(sound, arguments, finding) {
            Ok(target) => {
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
            Err(why) => {
                by_hand
                    .entry((finding.control.to_string(), why))
                    .or_default()
                    .push(finding.resource.called().to_owned());
            }
        }
    }
    let line = |((control, why), resources): (&(String, String), &Vec<String>)| {
        format!("by hand: {} ({}): {}", clean(control), views::some_of(resources, 3), clean(why))
    };
    let mut lines: Vec<String> = by_hand.iter().map(line).collect();
    let (targets, torn) = merged(targets);
    lines.extend(torn);
    (targets, lines)
}

/// Several controls may ask something of the same resource: that is one change. Where they ask for different values, nobody here
/// can say which one holds, so that resource is left to people: the targets, and a line for each that is left out.
fn merged(targets: Vec<Target>) -> (Vec<Target>, Vec<String>) {
    let mut by_place: BTreeMap<(String, String, String), Target> = BTreeMap::new();
    let mut torn = BTreeMap::new();
    for target in targets {
        let key = (target.scope.clone(), target.kind.clone(), target.id.clone());
        let Some(known) = by_place.get_mut(&key) else {
            by_place.insert(key, target);
            continue;
        };
        let other = |(name, value): (&String, &Value)| known.attributes.get(name).is_some_and(|before| before != value);
        if let Some((name, _)) = target.attributes.iter().find(|(name, value)| other((name, value))) {
            let (id, kind) = (clean(&target.id), clean(&target.kind));
            torn.insert(key, format!("by hand: {id}: two controls ask for different values of `{name}` of its {kind}: decide which one holds, and exempt it from the other"));
        } else {
            known.attributes.extend(target.attributes);
        }
    }
    by_place.retain(|key, _| !torn.contains_key(key));
    (by_place.into_values().collect(), torn.into_values().collect())
}

/// What one finding comes to, or why it is left to people.
fn target(sound: &Sound, arguments: &Remediate, finding: &Finding) -> Result<Target, String> {
    let none = || "the control does not say how".to_owned();
    let (place, resource) = (&finding.place, &finding.resource);
    let kind = place.platform_type.as_deref().ok_or_else(none)?;
    let tenant = place.tenant.as_deref().ok_or("it lies in no tenant of the manifest")?;
    let platform = place.platform.as_deref().ok_or_else(none)?;
    // What the manifest says now, not what it said when the findings were written down.
    let rules = sound.controls.rules.of_tenant(tenant);
    let Some(rule) = rules.iter().find(|rule| rule.is_on() && *rule.control.name == *finding.control) else {
        return Err("the manifest does not ask for the control there any more".to_owned());
    };
    match rule.correct {
        Correct::Never => return Err("the manifest says `correct: never`".to_owned()),
        Correct::Approve if arguments.auto => {
            return Err("it waits for somebody's approval: leave out `--auto`".to_owned());
        }
        Correct::Approve | Correct::Auto => {}
    }
    let words = rule.control.correct.get(kind).ok_or_else(none)?;
    let params: BTreeMap<String, Value> =
        rule.params.iter().map(|(name, value)| (name.clone(), value.to_native())).collect();
    let id = resource.id.as_deref().ok_or("it could not even be listed")?;
    let name = resource.name.as_deref().unwrap_or(id);
    let wrong = Wrong { id, name, params: &params };
    let Remedy { kind, id, attributes, regional } = clouds::remedy(kind, words, wrong)?;
    let scope = match (&resource.region, regional) {
        (Some(region), true) => format!("{platform}/{tenant}/{region}"),
        (None, true) => return Err("its region is not known".to_owned()),
        (_, false) => format!("{platform}/{tenant}"),
    };
    Ok(Target { scope, kind: kind.to_owned(), id, attributes, origin: rule.origin.clone() })
}
