//! The places to which policies are attached: the root, landing zones and tenants of all platforms of our type.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::organization::{LifeState, Organization};

use crate::kinds;

/// A place to which policies are attached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Node {
    /// The root of every platform.
    Root,
    /// A landing zone.
    Zone(String),
    /// A tenant.
    Tenant(String),
}

/// What is known of a place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spot {
    /// The place above.
    pub(crate) above: Option<Node>,
    /// The places directly below, sorted.
    pub(crate) below: Vec<Node>,
    /// Platforms on which it exists. A landing zone of other platforms alone has none, and attaches nothing.
    pub(crate) platforms: BTreeSet<String>,
}

/// All places.
#[derive(Clone, Debug)]
pub(crate) struct Tree(BTreeMap<Node, Spot>);

impl Tree {
    pub(crate) fn of(organization: &Organization) -> Self {
        let ours: BTreeSet<String> = organization
            .platforms
            .values()
            .filter(|platform| platform.kind == kinds::TYPE)
            .map(|platform| platform.name.clone())
            .collect();
        let mut spots = BTreeMap::from([(Node::Root, Spot { platforms: ours.clone(), ..Spot::default() })]);
        let zone = |name: Option<&str>| match name {
            Some(name) if organization.landing_zones.contains_key(name) => Node::Zone(name.to_owned()),
            _ => Node::Root,
        };
        for it in organization.landing_zones.values().filter(|zone| lives(&zone.state)) {
            let platforms = if it.platforms.is_empty() {
                ours.clone()
            } else {
                it.platforms.iter().map(|named| named.name.clone()).filter(|name| ours.contains(name)).collect()
            };
            let above = Some(zone(it.parent.as_ref().map(|parent| parent.name.as_str())));
            spots.insert(Node::Zone(it.name.clone()), Spot { above, platforms, ..Spot::default() });
        }
        for it in organization.tenants.values().filter(|tenant| lives(&tenant.state)) {
            if ours.contains(&it.platform.name) {
                let above = Some(zone(it.landing_zone.as_ref().map(|zone| zone.name.as_str())));
                let platforms = BTreeSet::from([it.platform.name.clone()]);
                spots.insert(Node::Tenant(it.name.clone()), Spot { above, platforms, ..Spot::default() });
            }
        }
        let pairs: Vec<(Node, Node)> =
            spots.iter().filter_map(|(node, spot)| Some((spot.above.clone()?, node.clone()))).collect();
        for (above, node) in pairs {
            if let Some(spot) = spots.get_mut(&above) {
                spot.below.push(node);
            }
        }
        Self(spots)
    }

    /// Whether there is nothing to attach to.
    pub(crate) fn is_empty(&self) -> bool {
        self.spot(&Node::Root).is_none_or(|root| root.platforms.is_empty())
    }

    pub(crate) fn spot(&self, node: &Node) -> Option<&Spot> {
        self.0.get(node)
    }

    pub(crate) fn below(&self, node: &Node) -> &[Node] {
        self.spot(node).map_or(&[], |spot| &spot.below)
    }

    /// The place and those above it, from the root.
    pub(crate) fn way(&self, node: &Node) -> Vec<Node> {
        let (mut way, mut next) = (Vec::new(), Some(node.clone()));
        while let Some(node) = next {
            next = self.spot(&node).and_then(|spot| spot.above.clone()).filter(|above| !way.contains(above));
            way.push(node);
        }
        way.reverse();
        way
    }

    /// The places above whose policies hold at this one on every platform that it is on, from the root.
    pub(crate) fn fences(&self, node: &Node) -> Vec<Node> {
        let platforms = |node: &Node| self.spot(node).map(|spot| spot.platforms.clone()).unwrap_or_default();
        let own = platforms(node);
        let mut way = self.way(node);
        way.pop();
        way.retain(|above| own.is_subset(&platforms(above)));
        way
    }

    /// All places, those above before those below.
    pub(crate) fn downwards(&self) -> Vec<Node> {
        let (mut all, mut open) = (Vec::new(), vec![Node::Root]);
        while let Some(node) = open.pop() {
            open.extend(self.below(&node).iter().rev().cloned());
            all.push(node);
        }
        all
    }
}

fn lives(state: &LifeState) -> bool {
    !matches!(state, LifeState::Retired { .. })
}
