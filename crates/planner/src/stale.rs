//! Whether a saved plan still says what would happen: exactly that, change by change. Brakes, limits and the order were
//! judged over all changes together, so a part of them is another plan, which nobody judged.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem::discriminant,
};

use polity_model::{
    Address, Map, Value,
    plan::{Action, Change, Difference, Plan},
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
            None => reasons.push(format!(
                "the plan is for platform `{platform}` (`{was}`), which is not connected, or cannot be reached now"
            )),
        }
    }
    for platform in fresh.platforms.keys().filter(|platform| !saved.platforms.contains_key(*platform)) {
        reasons.push(format!(
            "the platform `{platform}` was not part of the plan, or could not be reached when it was made"
        ));
    }
}

fn changes(saved: &Plan, fresh: &Plan, reasons: &mut Vec<String>) {
    let now: BTreeMap<&Address, &Change> = fresh.changes.iter().map(|change| (&change.address, change)).collect();
    let gapped: BTreeSet<&str> = fresh.gaps.iter().map(|gap| gap.scope.as_str()).collect();
    let mut touched: BTreeSet<&Address> = BTreeSet::new();
    for was in &saved.changes {
        let address = &was.address;
        if !touched.insert(address) {
            reasons.push(format!("`{address}` is in the plan more than once"));
            continue;
        }
        match now.get(address) {
            None if gapped.contains(was.scope.as_str()) => {
                reasons
                    .push(format!("`{address}` cannot be judged: `{}` could not be read whole this time", was.scope));
            }
            None => reasons.push(format!("`{address}` need not be {} any more", done(was.action))),
            Some(is) => reasons.extend(change(was, is)),
        }
    }
    for is in fresh.changes.iter().filter(|is| !touched.contains(&is.address)) {
        reasons.push(format!(
            "`{}` would have to be {} too, and the plan does not say so",
            is.address,
            done(is.action)
        ));
    }
    // What a brake would stop now stays stopped.
    let known: BTreeSet<&str> = saved.brakes.iter().map(|brake| brake.message.as_str()).collect();
    for brake in &fresh.brakes {
        if !known.contains(brake.message.as_str()) && brake.by.iter().any(|address| touched.contains(address)) {
            reasons.push(format!("a brake is on that was not when the plan was made: {}", brake.message));
        }
    }
}

/// Why one change is not what it was.
fn change(was: &Change, is: &Change) -> Option<String> {
    let address = &was.address;
    if is.action != was.action {
        let (was, is) = (done(was.action), done(is.action));
        return Some(format!("`{address}` was to be {was}, and now would have to be {is}"));
    }
    if is.id != was.id {
        let name = |id: &Option<String>| id.as_deref().unwrap_or("not there").to_owned();
        return Some(format!("`{address}` was `{}`, and now is `{}`", name(&was.id), name(&is.id)));
    }
    if let Some(difference) = differs(&was.before, &is.before) {
        return Some(format!("`{address}` has changed in the cloud since: {difference}"));
    }
    if let Some(difference) = differs(&was.after, &is.after) {
        return Some(format!("`{address}` would now become something else: {difference}"));
    }
    let sides: [fn(&Difference) -> &Value; 2] = [|difference| &difference.before, |difference| &difference.after];
    let shown = |change: &Change, side: fn(&Difference) -> &Value| -> Map {
        change.diff.iter().map(|one| (one.attribute.clone(), side(one).clone())).collect()
    };
    let names = |change: &Change| change.diff.iter().map(|one| one.attribute.clone()).collect::<Vec<_>>();
    if names(was) != names(is) || sides.iter().any(|side| differs(&shown(was, *side), &shown(is, *side)).is_some()) {
        return Some(format!("`{address}` would now be changed in other ways than the plan says"));
    }
    if let Some(need) = is.needs.iter().find(|need| !was.needs.contains(need)) {
        return Some(format!("`{address}` now has to wait for `{need}`, and does not in the plan"));
    }
    if let Some(need) = was.needs.iter().find(|need| !is.needs.contains(need)) {
        return Some(format!("`{address}` waits for `{need}` in the plan, and now need not"));
    }
    // Where its text stands is not compared: that is how a folder was named when the plan was made.
    let told = |change: &Change| {
        (change.scope.clone(), change.risks.clone(), change.renamed_from.clone(), discriminant(&change.because))
    };
    (told(was) != told(is)).then(|| format!("`{address}` would now be changed for another reason or with other risks"))
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
