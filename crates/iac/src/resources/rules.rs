//! Network rules: those that a security group holds itself, and those that stand beside it, in both styles.

use polity_model::facet::Datum;

use super::Facts;
use crate::{
    Found,
    native::{Native, World},
    tree::{Known, OPEN, Tree, any},
};

const GROUPS: &[&str] = &["aws_security_group", "aws_default_security_group"];

pub(super) fn group(world: &World, native: &Native) -> Vec<Found> {
    let mut found = Vec::new();
    for (direction, kind) in
        [("ingress", "aws_vpc_security_group_ingress_rule"), ("egress", "aws_vpc_security_group_egress_rule")]
    {
        match native.tree.items(direction) {
            Some(rules) => {
                for (index, rule) in rules.iter().enumerate() {
                    let at = format!("{} {direction}[{index}]", native.address);
                    found.extend(row(world, native, Some(native), rule, direction, at).row());
                }
            }
            // Rules that stand beside the group are judged by themselves.
            None if !native.tree.has(direction) && stands_beside(world, native, kind) => {}
            // Not even whether there are rules is known: a row of which nothing is.
            None => {
                let mut facts = Facts::of("network_rule", world, native);
                facts.address = format!("{} {direction}", native.address);
                found.extend(facts.all([("direction", direction.into()), ("allow", true.into())]).row());
            }
        }
    }
    found
}

fn stands_beside(world: &World, group: &Native, kind: &str) -> bool {
    ["aws_security_group_rule", kind].iter().any(|kind| {
        let joined = world.joined(kind, "security_group_id", group, &["id"]);
        !joined.sure.is_empty() || joined.more
    })
}

pub(super) fn rule(world: &World, native: &Native) -> Vec<Found> {
    let direction = native.tree.known("type").unwrap_or_else(|| "ingress".to_owned());
    let group = world.named(native, native.tree.at("security_group_id"), GROUPS, &["id"]);
    row(world, native, group, &native.tree, &direction, native.address.clone()).rows()
}

pub(super) fn ingress(world: &World, native: &Native) -> Vec<Found> {
    beside(world, native, "ingress")
}

pub(super) fn egress(world: &World, native: &Native) -> Vec<Found> {
    beside(world, native, "egress")
}

fn beside(world: &World, native: &Native, direction: &str) -> Vec<Found> {
    let group = world.named(native, native.tree.at("security_group_id"), GROUPS, &["id"]);
    row(world, native, group, &native.tree, direction, native.address.clone()).rows()
}

fn row(world: &World, native: &Native, group: Option<&Native>, rule: &Tree, direction: &str, address: String) -> Facts {
    let mut facts = Facts::of("network_rule", world, native);
    facts.address = address;
    if group.is_some_and(|group| std::ptr::eq(group, native)) {
        facts.origin = rule.origin.clone();
    }
    let protocol = ["protocol", "ip_protocol"]
        .into_iter()
        .find(|path| rule.has(path))
        .map_or(Datum::Absent, |path| rule.text(path));
    let any_protocol = protocol.is_one_of(&["-1", "all", "any"]);
    let ranges = ranges(rule);
    let name = |group: &Native| group.tree.text("name").unwritten(OPEN);
    facts.all([
        ("group", group.map_or(OPEN, |group| group.tree.text("id").unwritten(OPEN))),
        ("group_name", group.map_or(OPEN, name)),
        ("default_group", group.map_or(OPEN, |group| (group.kind == "aws_default_security_group").into())),
        ("network", group.map_or(OPEN, |group| group.tree.text("vpc_id").unwritten(OPEN))),
        ("attached", OPEN),
        ("direction", direction.into()),
        ("allow", true.into()),
        ("protocol", spoken(&protocol)),
        ("any_port", any([any_protocol.clone(), all_ports(rule)])),
        ("ports", ports(rule, &any_protocol)),
        ("any_source", any_source(&ranges)),
        ("ranges", ranges),
        ("groups", groups(rule)),
        ("description", rule.text("description")),
    ])
}

/// The protocol by its name, where only its number is written.
fn spoken(protocol: &Datum) -> Datum {
    let Datum::Text(text) = protocol else { return protocol.clone() };
    let names = [("-1", "any"), ("all", "any"), ("6", "tcp"), ("17", "udp"), ("1", "icmp"), ("58", "icmpv6")];
    let lower = text.to_ascii_lowercase();
    names.iter().find(|(number, _)| **number == lower).map_or_else(|| lower.as_str().into(), |(_, name)| (*name).into())
}

fn all_ports(rule: &Tree) -> Datum {
    match (rule.int("from_port"), rule.int("to_port")) {
        (Datum::Int(0), Datum::Int(65_535)) => true.into(),
        (Datum::Unknown(_), _) | (_, Datum::Unknown(_)) => OPEN,
        _ => false.into(),
    }
}

fn ports(rule: &Tree, any_protocol: &Datum) -> Datum {
    let range = |from: i64, to: i64| Datum::List(vec![Datum::Record(vec![from.into(), to.into()])]);
    if any_protocol.is_true() {
        return range(0, 65_535);
    }
    match (rule.int("from_port"), rule.int("to_port")) {
        (Datum::Int(-1), _) => range(0, 65_535),
        (Datum::Int(from), Datum::Int(to)) => range(from, to),
        (Datum::Int(from), Datum::Absent) => range(from, from),
        (Datum::Absent, Datum::Absent) => Datum::List(Vec::new()),
        _ => OPEN,
    }
}

fn ranges(rule: &Tree) -> Datum {
    let mut ranges = Vec::new();
    for path in ["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6", "cidr_ip"] {
        match rule.given(path) {
            Datum::List(items) => ranges.extend(items),
            // That there are more is not known: neither is any of them.
            other => return other,
        }
    }
    Datum::List(ranges)
}

fn any_source(ranges: &Datum) -> Datum {
    let Datum::List(items) = ranges else { return OPEN };
    any(items.iter().map(|range| range.is_one_of(&["0.0.0.0/0", "::/0"])))
}

fn groups(rule: &Tree) -> Datum {
    let mut groups = Vec::new();
    for path in [
        "security_groups",
        "source_security_group_id",
        "referenced_security_group_id",
        "prefix_list_ids",
        "prefix_list_id",
    ] {
        match rule.given(path) {
            Datum::List(items) => groups.extend(items),
            other => return other,
        }
    }
    Datum::List(groups)
}
