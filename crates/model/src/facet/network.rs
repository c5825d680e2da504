//! Networks and the rules on what passes.

use super::{Facet, table::*};

pub(super) fn facets() -> Vec<Facet> {
    vec![network(), network_rule()]
}

fn network() -> Facet {
    const KINDS: &[&str] = &["peering", "vpn", "transit", "direct"];
    let subnet = vec![
        text("id", "Its native id."),
        text("range", "Its address range."),
        flag("public_addresses", "Whether machines in it get a public address without asking."),
        flag("internet", "Whether it has a way to the internet that also leads in."),
    ];
    let peer = vec![
        word("kind", KINDS, "How it is joined."),
        text("account", "Native id of the tenant on the other side; absent for what is no tenant.").optional(),
        flag("external", "Whether the other side is outside the organization."),
        text("id", "Native id of the join."),
    ];
    let fields = vec![
        flag("default", "Whether the cloud made it without being asked."),
        texts("ranges", "Its address ranges."),
        flag("flow_logs", "Whether what passes is logged."),
        flag("internet", "Whether the internet can reach it."),
        flag("default_group_closed", "Whether what is in no group of its own can neither reach nor be reached."),
        flag("dns_logs", "Whether the names that are asked for are logged."),
        texts("endpoints", "Services that are reached without the internet."),
        records("subnets", subnet, "Its parts."),
        records("peers", peer, "What it is joined with."),
    ];
    Facet { name: "network", title: "networks", doc: "A private network.", fields: resource(fields) }
}

fn network_rule() -> Facet {
    const DIRECTIONS: &[&str] = &["ingress", "egress"];
    let ports = vec![int("from", "First port."), int("to", "Last port.")];
    let fields = vec![
        text("group", "Native id of the group or list that it belongs to."),
        text("group_name", "Name of that group."),
        flag("default_group", "Whether the cloud made that group without being asked."),
        text("network", "Native id of its network; absent where it belongs to none.").optional(),
        flag("attached", "Whether anything uses that group."),
        word("direction", DIRECTIONS, "Whether it is about what comes in or goes out."),
        flag("allow", "Whether it allows or denies."),
        text("protocol", "`tcp`, `udp`, `icmp`, or `any`."),
        flag("any_port", "Whether it is about all ports."),
        records("ports", ports, "The ranges of ports that it is about; 0 to 65535 for all."),
        flag("any_source", "Whether it is about all addresses of the internet."),
        texts("ranges", "The address ranges on the other side."),
        texts("groups", "Native ids of the groups on the other side."),
        text("description", "What somebody wrote about it; absent where nobody did.").optional(),
    ];
    Facet {
        name: "network_rule",
        title: "network rules",
        doc: "One rule on what may pass, in or out.",
        fields: resource(fields),
    }
}
