//! Networks: a VPC with its subnets, flow logs, gateways and endpoints.

use polity_model::facet::Datum;

use super::Facts;
use crate::{
    Found,
    native::{Native, World},
    tree::{Known, OPEN, Tree},
};

const NAMES: &[&str] = &["id"];

pub(super) fn network(world: &World, native: &Native) -> Vec<Found> {
    let part = |kind: &str| world.joined(kind, "vpc_id", native, NAMES);
    let gateways = part("aws_internet_gateway");
    let subnets = part("aws_subnet");
    let subnet = |subnet: &&Native| {
        Datum::Record(vec![
            subnet.tree.text("id").unwritten(OPEN),
            subnet.tree.text("cidr_block").unwritten(OPEN),
            subnet.tree.flag_or("map_public_ip_on_launch", false),
            if gateways.sure.is_empty() && !gateways.more { false.into() } else { OPEN },
        ])
    };
    let subnets = if subnets.more { OPEN } else { Datum::List(subnets.sure.iter().map(subnet).collect()) };
    let endpoints = part("aws_vpc_endpoint");
    let service = |endpoint: &&Native| endpoint.tree.text("service_name").unwritten(OPEN);
    let endpoints = if endpoints.more { OPEN } else { Datum::List(endpoints.sure.iter().map(service).collect()) };
    Facts::of("network", world, native)
        .all([
            ("default", (native.kind == "aws_default_vpc").into()),
            ("ranges", ranges(&native.tree)),
            ("flow_logs", part("aws_flow_log").fact(|_| true.into(), false)),
            ("internet", gateways.fact(|_| true.into(), false)),
            ("default_group_closed", closed(world, native)),
            ("endpoints", endpoints),
            ("subnets", subnets),
        ])
        .rows()
}

fn ranges(tree: &Tree) -> Datum {
    match (tree.texts("cidr_block"), tree.texts("ipv6_cidr_block")) {
        (Datum::List(ranges), Datum::List(more)) => Datum::List(ranges.into_iter().chain(more).collect()),
        // The address range for version 6 is given out later, if one is asked for.
        (ranges, _) => ranges,
    }
}

/// A network is born with a group that lets its members through; it is closed only where that is taken in hand.
fn closed(world: &World, native: &Native) -> Datum {
    let groups = world.joined("aws_default_security_group", "vpc_id", native, NAMES);
    let empty = |group: &Native, path: &str| group.tree.items(path).map_or(OPEN, |rules| rules.is_empty().into());
    groups.fact(|group| crate::tree::all([empty(group, "ingress"), empty(group, "egress")]), false)
}
