//! The last step: drafts become the plan that a person reads.

use std::collections::BTreeSet;

use polity_model::{
    Address,
    plan::{Change, Plan, Risk, VERSION},
    resource::Scope,
};

use crate::{access::AccessView, draft::Sketch, risk};

/// Orders, judges and writes down.
pub(crate) fn plan(mut sketch: Sketch<'_>) -> Plan {
    let links = sketch.links();
    let needs = sketch.needs(&links);
    let (order, circle) = sketch.order(&needs);
    let mut risks: Vec<Vec<Risk>> = sketch.drafts.iter().map(risk::of).collect();
    for number in sketch.leaving_fences(&links) {
        risks.get_mut(number).into_iter().for_each(|risks| risks.push(Risk::WeakensGuardrail));
    }
    let access = AccessView::new(&sketch, &links);
    let mut brakes = sketch.brakes(&access, &risks, &circle);
    brakes.extend(sketch.brake_limits());
    brakes.sort();
    brakes.dedup();
    let changes_of_access = access.changes(&sketch);
    sketch.note_widened(&access, &risks);

    let locking = Sketch::locking(&brakes);
    let needs: Vec<Vec<Address>> = needs.iter().map(|needed| sketch.addresses(needed)).collect();
    let drafts = std::mem::take(&mut sketch.drafts);
    let mut judged: Vec<Option<Change>> = Vec::with_capacity(drafts.len());
    for ((draft, mut risks), needs) in drafts.into_iter().zip(risks).zip(needs) {
        if locking.contains(&draft.change.address) {
            risks.push(Risk::LocksOut);
            risks.sort_unstable();
        }
        judged.push(Some(Change { needs, risks, ..draft.change }));
    }
    let changes: Vec<Change> =
        order.into_iter().filter_map(|number| judged.get_mut(number).and_then(Option::take)).collect();
    let scopes = scopes(&sketch, &changes);
    let mut notices = std::mem::take(&mut sketch.notices);
    notices.sort();
    notices.dedup();
    let input = sketch.world.input;
    let mut gaps = input.inventory.gaps.clone();
    gaps.sort();
    gaps.dedup();
    Plan {
        version: VERSION.to_owned(),
        organization: input.organization.name.clone(),
        manifest: input.manifest.clone(),
        platforms: input.platforms.clone(),
        today: input.organization.today.to_string(),
        changes,
        notices,
        access: changes_of_access,
        brakes,
        gaps,
        scopes,
    }
}

/// The scopes that changes are made in. One that was not read is not born yet; its name tells what it lies in.
fn scopes(sketch: &Sketch<'_>, changes: &[Change]) -> Vec<Scope> {
    let mut scopes = BTreeSet::new();
    let mut named = BTreeSet::new();
    for change in changes.iter().filter(|change| named.insert(change.scope.as_str())) {
        if let Some(scope) = sketch.world.scope(&change.scope) {
            scopes.insert(scope.clone());
        }
    }
    scopes.into_iter().collect()
}
