//! A plan as JSON, with what stands around it. The plan within is byte for byte what a saved plan file holds.

use std::collections::BTreeMap;

use polity_model::plan::{Plan, Risk};
use serde_json::{Value, json};

use super::{Context, risks, totals};

/// Version of the JSON form around the plan.
pub(crate) const VERSION: &str = "polity.plan-view/v1";

/// The view. `commits` is keyed by `file:line`, `actors` and `controls` by address.
pub(crate) fn json(plan: &Plan, context: &Context) -> Value {
    let commits: BTreeMap<String, _> =
        context.commits.iter().map(|((file, line), commit)| (format!("{file}:{line}"), commit)).collect();
    let actors: BTreeMap<String, &String> =
        context.actors.iter().map(|(address, actor)| (address.to_string(), actor)).collect();
    let controls: BTreeMap<String, &Vec<String>> =
        context.controls.iter().map(|(address, controls)| (address.to_string(), controls)).collect();
    let actions: BTreeMap<&str, usize> =
        totals(&plan.changes).into_iter().map(|(action, number)| (super::verb(action), number)).collect();
    let risks: BTreeMap<Risk, usize> = risks(&plan.changes);
    json!({
        "version": VERSION,
        "digest": plan.digest(),
        "summary": {
            "changes": plan.changes.len(),
            "actions": actions,
            "risks": risks,
            "refused": plan.is_refused(),
            "gaps": plan.gaps.len(),
        },
        "plan": plan,
        "commits": commits,
        "actors": actors,
        "controls": controls,
    })
}
