//! Whether a saved plan still says what would happen. Only what it touches counts: drift elsewhere is another plan's.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    Address, Map,
    plan::{Action, Change, Plan},
};

use crate::brakes::shown;

/// Why a saved plan may not be applied any more, compared with a plan made just now: one sentence per reason.
pub fn stale(saved: &Plan, fresh: &Plan) -> Vec<String> {
    let mut reasons = Vec::new();
    if saved.version != fresh.version {
        reasons.push(format!(
            "the plan file is of version `{}`, and this Polity writes `{}`: plan again",
            saved.version, fresh.version
        ));
        return reasons;
    }
    if saved.organization != fresh.organization {
        reasons.push(format!(
            "the plan is for the organization `{}`, and this manifest is `{}`",
            saved.organization, fresh.organization
        ));
    }
    platforms(saved, fresh, &mut reasons);
    if saved.manifest != fresh.manifest {
        reasons.push(format!(
            "the manifest has changed since the plan was made (it was {}, now it is {})",
            saved.manifest.short(),
            fresh.manifest.short()
        ));
    }
    let before = reasons.len();
    changes(saved, fresh, &mut reasons);
    if saved.today != fresh.today && reasons.len() > before {
        reasons.push(format!(
            "the plan was made on {}, today is {}: access may have expired in between",
            saved.today, fresh.today
        ));
    }
    reasons
}

fn platforms(saved: &Plan, fresh: &Plan, reasons: &mut Vec<String>) {
    for (platform, was) in &saved.platforms {
        match fresh.platforms.get(platform) {
            Some(is) if is == was => {}
            Some(is) => reasons.push(format!("the plan is for `{was}` as platform `{platform}`, which now is `{is}`")),
            None => {
                reasons.push(format!("the plan is for platform `{platform}` (`{was}`), which is not connected now"))
            }
        }
    }
    for platform in fresh.platforms.keys().filter(|platform| !saved.platforms.contains_key(*platform)) {
        reasons.push(format!("platform `{platform}` was not known when the plan was made"));
    }
}

fn changes(saved: &Plan, fresh: &Plan, reasons: &mut Vec<String>) {
    let now: BTreeMap<&Address, &Change> = fresh.changes.iter().map(|change| (&change.address, change)).collect();
    let gapped: BTreeSet<&str> = fresh.gaps.iter().map(|gap| gap.scope.as_str()).collect();
    for was in &saved.changes {
        let address = &was.address;
        match now.get(address) {
            None if gapped.contains(was.scope.as_str()) => {
                reasons
                    .push(format!("`{address}` cannot be judged: `{}` could not be read whole this time", was.scope));
            }
            None => reasons.push(format!("`{address}` need not be {} any more", done(was.action))),
            Some(is) if is.action != was.action => reasons.push(format!(
                "`{address}` was to be {}, and now would have to be {}",
                done(was.action),
                done(is.action)
            )),
            Some(is) if is.id != was.id => {
                let name = |id: &Option<String>| id.as_deref().unwrap_or("not there").to_owned();
                reasons.push(format!("`{address}` was `{}`, and now is `{}`", name(&was.id), name(&is.id)));
            }
            Some(is) => {
                if let Some(difference) = differs(&was.before, &is.before) {
                    reasons.push(format!("`{address}` has changed in the cloud since: {difference}"));
                } else if let Some(difference) = differs(&was.after, &is.after) {
                    reasons.push(format!("`{address}` would now become something else: {difference}"));
                } else if (&is.scope, &is.diff.len()) != (&was.scope, &was.diff.len()) {
                    reasons.push(format!("`{address}` would now be changed in other ways than the plan says"));
                }
            }
        }
    }
    // An act that nobody saw when the plan was approved is not done; but what a brake would stop now stays stopped.
    let known: BTreeSet<&str> = saved.brakes.iter().map(|brake| brake.message.as_str()).collect();
    let touched: BTreeSet<&Address> = saved.changes.iter().map(|change| &change.address).collect();
    for brake in &fresh.brakes {
        if !known.contains(brake.message.as_str()) && brake.by.iter().any(|address| touched.contains(address)) {
            reasons.push(format!("a brake is on that was not when the plan was made: {}", brake.message));
        }
    }
}

/// The first attribute that differs, in words. Compared in their written form, in which a saved plan keeps them.
fn differs(was: &Map, is: &Map) -> Option<String> {
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    names.into_iter().find_map(|name| {
        let (was, is) = (was.get(name).cloned().unwrap_or_default(), is.get(name).cloned().unwrap_or_default());
        let same = was == is || was.to_json() == is.to_json();
        (!same).then(|| format!("`{name}` was {}, and now is {}", shown(&was), shown(&is)))
    })
}

fn done(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Move => "moved",
        Action::Replace => "replaced",
        Action::Delete => "removed",
        Action::Adopt => "adopted",
        Action::Forget => "forgotten",
    }
}
