//! Drift: what is written and not applied, what somebody changed, what is foreign, and what the vendor made.

use std::collections::BTreeMap;

use polity_engine::Drift;
use polity_model::{
    Address,
    plan::{Change, Notice, Plan, Risk},
};
use polity_provider::Attribution;
use serde_json::{Value, json};

use super::{
    count,
    plan::{Context, human as plan_human},
};
use crate::terminal::{BOLD, DIM, GREEN, YELLOW, paint};

/// Version of the JSON form.
pub(crate) const VERSION: &str = "polity.drift/v1";

/// Who did it, in words: `mallory, 2026-11-21 03:14 UTC, by `DetachPolicy``.
pub(crate) fn actors(drift: &Drift) -> BTreeMap<Address, String> {
    let known = drift.drifted.iter().filter_map(|drifted| Some((&drifted.change.address, drifted.by.as_ref()?)));
    known.map(|(address, by)| (address.clone(), words(by))).collect()
}

/// What could go wrong by what was done.
pub(crate) fn done(drift: &Drift) -> BTreeMap<Address, Vec<Risk>> {
    drift.drifted.iter().map(|drifted| (drifted.change.address.clone(), drifted.risks.clone())).collect()
}

fn words(by: &Attribution) -> String {
    format!("{} on {} with `{}`", by.actor, by.at.strftime("%Y-%m-%d %H:%M UTC"), by.operation)
}

/// Drift for a person.
pub(crate) fn human(drift: &Drift, context: &Context) -> String {
    let whole = &drift.planned.plan;
    let part = |changes: Vec<Change>, notices: Vec<Notice>| Plan {
        changes,
        notices,
        access: Vec::new(),
        brakes: Vec::new(),
        gaps: Vec::new(),
        ..whole.clone()
    };
    let mut parts = Vec::new();
    let drifted: Vec<Change> = drift.drifted.iter().map(|drifted| drifted.change.clone()).collect();
    if !drifted.is_empty() {
        let heading = heading("drifted: changed in the cloud, not in the manifest", drifted.len());
        parts.push(format!("{heading}{}{}", plan_human::body(&part(drifted, vec![]), context), untold(drift)));
    }
    if !drift.unapplied.is_empty() {
        let heading = heading("unapplied: changed in the manifest, not in the cloud yet", drift.unapplied.len());
        parts.push(format!("{heading}{}", plan_human::body(&part(drift.unapplied.clone(), vec![]), context)));
    }
    // Foreign and vendor-made things, conflicts and gaps are told by the plan's own view.
    let notices = drift.foreign.iter().chain(&drift.vendor).chain(&drift.notices).cloned().collect();
    let rest = Plan { gaps: drift.gaps.clone(), ..part(vec![], notices) };
    parts.push(plan_human::body(&rest, context).trim_start_matches('\n').to_owned());
    let next = if drift.drifted.is_empty() && drift.unapplied.is_empty() {
        String::new()
    } else {
        format!("{}\n", paint(DIM, "next: `polity plan` shows what would repair it"))
    };
    parts.push(format!("{}\n{next}", sum(drift)));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn heading(title: &str, number: usize) -> String {
    format!("{} {}\n", paint(BOLD, title), paint(DIM, format!("({})", count(number, "change"))))
}

/// Why nobody is named, told once.
fn untold(drift: &Drift) -> String {
    let mut reasons: Vec<&String> = drift.drifted.iter().filter_map(|drifted| drifted.unattributed.as_ref()).collect();
    reasons.sort();
    reasons.dedup();
    let lines = reasons
        .into_iter()
        .take(3)
        .map(|reason| format!("  {}\n", paint(DIM, format!("who did it is not known: {}", super::clean(reason)))));
    lines.collect()
}

fn sum(drift: &Drift) -> String {
    let parts = [
        (drift.drifted.len(), "drifted"),
        (drift.unapplied.len(), "unapplied"),
        (drift.foreign.len(), "foreign"),
        (drift.vendor.len(), "made by the vendor"),
        (drift.gaps.len(), "not readable"),
    ];
    let words: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    if drift.drifted.is_empty() && drift.unapplied.is_empty() {
        let rest = if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) };
        let style = if drift.gaps.is_empty() { GREEN } else { YELLOW };
        return paint(style, format!("no drift{rest}"));
    }
    paint(BOLD, words.join(", "))
}

/// Drift for a machine.
pub(crate) fn json(drift: &Drift) -> Value {
    let drifted = drift.drifted.iter().map(|drifted| {
        json!({
            "change": drifted.change,
            "risks": drifted.risks,
            "by": drifted.by.as_ref().map(|by| json!({
                "actor": by.actor, "at": by.at.to_string(), "operation": by.operation, "event": by.event,
            })),
            "unattributed": drifted.unattributed,
        })
    });
    json!({
        "version": VERSION,
        "organization": drift.planned.plan.organization,
        "drifted": drifted.collect::<Vec<_>>(),
        "unapplied": drift.unapplied,
        "foreign": drift.foreign,
        "vendor": drift.vendor,
        "notices": drift.notices,
        "gaps": drift.gaps,
        "plan": drift.planned.plan.digest(),
    })
}

#[cfg(test)]
mod tests {
    use polity_engine::{Observation, Planned, drift::Drifted};
    use polity_model::{
        plan::{Action, Because},
        resource::Group,
    };

    use super::*;
    use crate::views::{
        plain,
        plan::tests::{change, origin, plan},
    };

    fn sample() -> Drift {
        let mut detached = change(Action::Create, "attachment", "regions@zone:prod");
        detached.because = Because::Drifted(vec![origin("zones.yaml", 12)]);
        let mut renamed = change(Action::Update, "account", "checkout-prod");
        renamed.because = Because::Drifted(vec![origin("tenants.yaml", 3)]);
        let by = Attribution {
            actor: "mallory".to_owned(),
            at: "2026-11-21T03:14:00Z".parse().unwrap(),
            operation: "DetachPolicy".to_owned(),
            event: "e-1".to_owned(),
        };
        let drifted = |change, by, unattributed: Option<&str>| Drifted {
            change,
            risks: vec![Risk::WeakensGuardrail],
            by,
            unattributed: unattributed.map(str::to_owned),
        };
        Drift {
            unapplied: vec![change(Action::Create, "team", "payments")],
            drifted: vec![drifted(detached, Some(by), None), drifted(renamed, None, Some("the trail was denied"))],
            foreign: vec![Notice::Foreign {
                kind: "account".to_owned(),
                scope: "nimbus".to_owned(),
                id: "9".to_owned(),
                name: "legacy".to_owned(),
                group: Group::default(),
            }],
            vendor: vec![],
            notices: vec![],
            gaps: vec![],
            planned: Planned { plan: plan(vec![]), observation: Observation::default() },
        }
    }

    #[test]
    fn every_difference_has_the_right_word() {
        let drift = sample();
        let context = Context { actors: actors(&drift), done: done(&drift), ..Context::default() };
        insta::assert_snapshot!(plain(&human(&drift, &context)));
    }

    #[test]
    fn json_is_versioned_and_names_the_actor() {
        let view = json(&sample());
        assert_eq!(view["version"], VERSION);
        assert_eq!(view["drifted"][0]["by"]["actor"], "mallory");
        assert_eq!(view["drifted"][1]["unattributed"], "the trail was denied");
        assert_eq!(view["unapplied"][0]["address"], "nimbus/team/payments");
    }

    #[test]
    fn nothing_is_told_in_a_line() {
        let drift = Drift { unapplied: vec![], drifted: vec![], foreign: vec![], ..sample() };
        assert_eq!(plain(&human(&drift, &Context::default())).trim(), "no drift");
    }
}
