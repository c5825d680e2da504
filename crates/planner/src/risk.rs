//! What could go wrong with a change, told from what its kind does, never from whose it is.

use std::collections::BTreeSet;

use polity_model::{
    Value,
    plan::{Action, Because, Change, Difference, Risk},
    schema::{Attribute, Compare, Effect, Nature, Schema},
};

use crate::{compare, draft::Draft};

/// What kinds call the attribute that names the bound of a role.
const BOUNDARY: &str = "boundary";

/// The risks of one change, the lightest first. Locking out is found later, over the whole plan.
pub(crate) fn of(draft: &Draft<'_>) -> Vec<Risk> {
    let mut risks = BTreeSet::new();
    if widens(draft) {
        risks.insert(Risk::WidensAccess);
    }
    if weakens(draft) {
        risks.insert(Risk::WeakensGuardrail);
    }
    if draft.ends() {
        risks.insert(Risk::Deletes);
        if draft.schema.irreversible {
            risks.insert(Risk::Irreversible);
        }
    }
    risks.into_iter().collect()
}

/// The risks of what somebody did, told from the change that would undo it.
pub fn of_undone(change: &Change, schema: &Schema) -> Vec<Risk> {
    let action = match change.action {
        Action::Create => Action::Delete,
        Action::Delete => Action::Create,
        other => other,
    };
    let turned = |difference: &Difference| Difference {
        attribute: difference.attribute.clone(),
        before: difference.after.clone(),
        after: difference.before.clone(),
    };
    let diff = change.diff.iter().map(turned).collect();
    // What was there before was ours: whatever took its place is judged as a change of ours would be.
    let change = Change { action, diff, because: Because::Foreign, ..change.clone() };
    of(&Draft { change, schema, desired: None, observed: None, replaced: false, ours_before: true })
}

fn widens(draft: &Draft<'_>) -> bool {
    match (&draft.schema.effect, draft.change.action) {
        (_, Action::Delete | Action::Forget) => false,
        (Effect::Grants { .. } | Effect::Joins { .. }, Action::Create | Action::Replace) => true,
        (Effect::Grants { .. } | Effect::Joins { .. }, _) => {
            draft.change.diff.iter().any(|difference| draft.schema.attribute(&difference.attribute).is_some())
        }
        (Effect::Defines, Action::Create) => false,
        (Effect::Defines, _) => draft.change.diff.iter().any(|difference| gives_more(draft, difference)),
        _ => false,
    }
}

/// Whether a changed attribute of a role may give more than before. Whether one document permits more than another is
/// not decided here, so every change of one counts.
fn gives_more(draft: &Draft<'_>, difference: &Difference) -> bool {
    let Some(attribute) = draft.schema.attribute(&difference.attribute) else { return false };
    match attribute.compare {
        Compare::Set => compare::gains_items(&difference.before, &difference.after),
        Compare::Document => true,
        // A bound that changes may have been the tighter one; plain words bound nothing, nor does a name that was not there.
        Compare::Exact => {
            is_bound(attribute, difference) && (attribute.name != BOUNDARY || !compare::is_empty(&difference.before))
        }
        Compare::CaseInsensitive | Compare::Secret => false,
    }
}

/// Whether an attribute says what a role can never exceed: a map of it, or the name of one; other words bound nothing.
pub(crate) fn is_bound(attribute: &Attribute, difference: &Difference) -> bool {
    let map = |value: &Value| matches!(value, Value::Map(_));
    attribute.name == BOUNDARY || map(&difference.before) || map(&difference.after)
}

fn weakens(draft: &Draft<'_>) -> bool {
    match (&draft.schema.effect, draft.change.action) {
        // The successor is in force before the old one goes, so the successor's own document is judged instead.
        (Effect::Attaches { .. } | Effect::Restricts, Action::Delete) => !draft.replaced,
        (Effect::Attaches { .. }, Action::Update | Action::Move) => true,
        (Effect::Restricts, Action::Update | Action::Move | Action::Adopt | Action::Replace) => {
            draft.change.diff.iter().any(|difference| {
                let attribute = draft.schema.attribute(&difference.attribute);
                attribute.is_some_and(|attribute| loosens(draft, attribute, difference))
            })
        }
        _ => false,
    }
}

fn loosens(draft: &Draft<'_>, attribute: &Attribute, difference: &Difference) -> bool {
    let (before, after) = (&difference.before, &difference.after);
    match (attribute.compare, before, after) {
        (Compare::Document, ..) => {
            // Parts that only grew are seen here; what else means the same or more, only the provider can tell.
            let told = |before, after| attribute.keeps.is_some_and(|keeps| keeps.0(before, after));
            !compare::only_adds(before, after) && !told(before, after)
        }
        (_, Value::Bool(before), Value::Bool(after)) => *before && !*after,
        (_, Value::Int(before), Value::Int(after)) => after < before,
        (Compare::Set, ..) => !is_repair(draft) && compare::gains_items(after, before),
        // Of words nobody can tell which is the stricter. One that replaces what somebody else left there is taken to
        // be the better; one that replaces our own earlier word, or none, is not.
        (_, before, after) if draft.schema.nature == Nature::Setting => {
            compare::is_empty(after) || (!compare::is_empty(before) && replaces_our_own(draft))
        }
        _ => false,
    }
}

/// Whether a change only puts back what was approved before.
pub(crate) fn is_repair(draft: &Draft<'_>) -> bool {
    matches!(&draft.change.because, Because::Drifted(origins) if !origins.is_empty())
}

fn replaces_our_own(draft: &Draft<'_>) -> bool {
    draft.ours_before && !is_repair(draft)
}
