//! Inheritance: what holds above is not said again below, and, where a place is all ours, what all places below say is said once
//! above them.
//!
//! The second binds whatever else lies directly in that place. So it is done only where `mode: own` says that nothing else
//! does.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::organization::{Mode, Organization};

use super::{
    proof::NormalForm,
    statement::Statement,
    tree::{Node, Tree},
};

/// Statements of one layer by place, by control.
pub(crate) type Held = BTreeMap<Node, BTreeMap<String, Vec<Statement>>>;

/// A control at a place.
pub(crate) type At = (Node, String);

/// Moves up what all places below say, and answers to which places.
pub(crate) fn lift(organization: &Organization, tree: &Tree, held: &mut Held) -> BTreeSet<Node> {
    let mut lifted = BTreeSet::new();
    for node in tree.downwards().into_iter().rev() {
        let below = tree.below(&node);
        let Some(first) = below.first().filter(|_| is_own(organization, tree, &node)) else { continue };
        let candidates = held.get(first).cloned().unwrap_or_default();
        for (control, statements) in candidates {
            let same = |below: &Node| held.get(below).and_then(|all| all.get(&control)) == Some(&statements);
            let above = held.get(&node).is_some_and(|all| all.contains_key(&control));
            if above || !below.iter().all(same) {
                continue;
            }
            for place in below {
                if let Some(all) = held.get_mut(place) {
                    all.remove(&control);
                }
            }
            held.entry(node.clone()).or_default().insert(control, statements);
            lifted.insert(node.clone());
        }
    }
    lifted
}

fn is_own(organization: &Organization, tree: &Tree, node: &Node) -> bool {
    let zone = match node {
        Node::Root => None,
        Node::Zone(name) => Some(name.as_str()),
        Node::Tenant(_) => return false,
    };
    let Some(spot) = tree.spot(node) else { return false };
    let all_here = |below: &Node| tree.spot(below).is_some_and(|below| below.platforms.is_subset(&spot.platforms));
    !spot.platforms.is_empty()
        && spot.platforms.iter().all(|platform| organization.mode_at(platform, zone) == Mode::Own)
        && spot.below.iter().all(all_here)
}

/// Leaves out what holds above already, and answers who stands in for it.
pub(crate) fn settle(tree: &Tree, held: &Held) -> (Held, BTreeMap<At, BTreeSet<At>>) {
    let (mut settled, mut standing): (Held, BTreeMap<At, BTreeSet<At>>) = Default::default();
    for node in tree.downwards() {
        let Some(own) = held.get(&node) else { continue };
        let mut above: Vec<(At, NormalForm)> = Vec::new();
        for fence in tree.fences(&node) {
            for (control, statements) in settled.get(&fence).into_iter().flatten() {
                above.push(((fence.clone(), control.clone()), NormalForm::of(statements)));
            }
        }
        let all = NormalForm::of(
            tree.fences(&node).iter().filter_map(|fence| settled.get(fence)).flat_map(BTreeMap::values).flatten(),
        );
        for (control, statements) in own {
            let form = NormalForm::of(statements);
            if form.beyond(&all).is_some() {
                settled.entry(node.clone()).or_default().insert(control.clone(), statements.clone());
                continue;
            }
            let by: BTreeSet<At> =
                above.iter().filter(|(_, other)| form.meets(other)).map(|(at, _)| at.clone()).collect();
            standing.insert((node.clone(), control.clone()), by);
        }
    }
    (settled, standing)
}
