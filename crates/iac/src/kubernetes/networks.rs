//! What may reach pods: network policies, and services that the outside can reach.

use polity_model::facet::Datum;

use super::Object;
use crate::{
    Found,
    facts::Facts,
    tree::{Known, OPEN, Tree, any},
};

fn start(object: &Object, direction: &str) -> Facts {
    object.facts("network_rule").all([
        ("group", OPEN),
        ("group_name", object.name().map_or(OPEN, Into::into)),
        ("default_group", false.into()),
        ("network", Datum::Absent),
        ("attached", OPEN),
        ("direction", direction.into()),
        ("allow", true.into()),
        ("description", Datum::Absent),
    ])
}

pub(super) fn policy(object: &Object) -> Vec<Found> {
    let mut found = Vec::new();
    for (direction, other) in [("ingress", "from"), ("egress", "to")] {
        let rules = object.tree.items(&format!("spec.{direction}")).unwrap_or_default();
        for (index, rule) in rules.into_iter().enumerate() {
            let peers = rule.items(other).unwrap_or_default();
            let ranges: Vec<Datum> =
                peers.iter().map(|peer| peer.text("ipBlock.cidr")).filter(|range| *range != Datum::Absent).collect();
            let everywhere = any(ranges.iter().map(|range| range.is_one_of(&["0.0.0.0/0", "::/0"])));
            let ports = rule.items("ports").unwrap_or_default();
            let mut facts = start(object, direction).all([
                ("any_source", if peers.is_empty() { true.into() } else { everywhere }),
                ("ranges", Datum::List(ranges)),
                ("groups", Datum::List(Vec::new())),
                ("protocol", protocol(&ports)),
                ("any_port", ports.is_empty().into()),
                ("ports", ranges_of(&ports, "port", "endPort")),
            ]);
            facts.address = format!("{} {direction}[{index}]", facts.address);
            facts.origin = rule.origin.clone();
            found.extend(facts.row());
        }
    }
    found
}

/// A service that a load balancer serves to whoever asks.
pub(super) fn service(object: &Object) -> Option<Found> {
    let spec = object.tree.find("spec")?;
    if spec.known("type").as_deref() != Some("LoadBalancer") {
        return None;
    }
    let annotations = object.tree.find("metadata.annotations").map(Tree::entries).unwrap_or_default();
    let internal = annotations.iter().any(|(key, value)| {
        let value = value.node.text().unwrap_or_default().to_lowercase();
        key.ends_with("internal") && value != "false" || value == "internal"
    });
    let ranges = spec.texts("loadBalancerSourceRanges");
    let everywhere = match &ranges {
        Datum::List(ranges) if ranges.is_empty() => true.into(),
        Datum::List(ranges) => any(ranges.iter().map(|range| range.is_one_of(&["0.0.0.0/0", "::/0"]))),
        other => other.clone(),
    };
    let ports = spec.items("ports").unwrap_or_default();
    start(object, "ingress")
        .all([
            ("any_source", if internal { false.into() } else { everywhere }),
            ("ranges", ranges),
            ("groups", Datum::List(Vec::new())),
            ("protocol", protocol(&ports)),
            ("any_port", false.into()),
            ("ports", ranges_of(&ports, "port", "port")),
        ])
        .row()
}

fn protocol(ports: &[&Tree]) -> Datum {
    let mut words: Vec<String> =
        ports.iter().map(|port| port.known("protocol").unwrap_or_else(|| "tcp".to_owned()).to_lowercase()).collect();
    words.dedup();
    match words.as_slice() {
        [only] => only.as_str().into(),
        _ => "any".into(),
    }
}

fn ranges_of(ports: &[&Tree], from: &str, to: &str) -> Datum {
    let range = |port: &&Tree| match (port.int(from), port.int(to)) {
        (Datum::Int(from), Datum::Int(to)) => Datum::Record(vec![from.into(), to.into()]),
        (Datum::Int(from), _) => Datum::Record(vec![from.into(), from.into()]),
        // A port by its name: which one that is, the pod says.
        _ => Datum::Record(vec![OPEN, OPEN]),
    };
    if ports.is_empty() {
        return Datum::List(vec![Datum::Record(vec![0_i64.into(), 65_535_i64.into()])]);
    }
    Datum::List(ports.iter().map(range).collect())
}
