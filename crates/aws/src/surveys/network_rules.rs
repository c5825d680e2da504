//! Network rules: each rule of each security group. The lists of subnets are not read: they refuse what groups allow, and
//! allow everything unless somebody changed them.

use std::collections::{BTreeMap, BTreeSet};

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::{Datum, Reason, Row};
use polity_provider::{Error, Reader, Surveyed};
use serde_json::Value as Json;

use super::{
    amid::Amid,
    answer::{flag, list, number, text, wrapped},
    elastic,
    sources::Source,
    support::{Answered as _, Known, Place, datum, finish},
};
use crate::operations::ec2;

pub(super) const FACET: &str = "network_rule";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["account", "region", "created_at", "allow"], calls: &[] },
    Source {
        facet: FACET,
        fields: &[
            "id",
            "name",
            "tags",
            "group",
            "direction",
            "protocol",
            "any_port",
            "ports",
            "any_source",
            "ranges",
            "groups",
            "description",
        ],
        calls: &[&ec2::DESCRIBE_SECURITY_GROUP_RULES],
    },
    Source {
        facet: FACET,
        fields: &["group_name", "default_group", "network"],
        calls: &[&ec2::DESCRIBE_SECURITY_GROUPS],
    },
    Source { facet: FACET, fields: &["attached"], calls: &[&ec2::DESCRIBE_NETWORK_INTERFACES] },
];

/// All addresses of the internet.
const ANYWHERE: [&str; 2] = ["0.0.0.0/0", "::/0"];

pub(super) fn read<'r>(_: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(reader).boxed()
}

async fn rows(reader: &Reader) -> Result<Surveyed, Error> {
    let rules = rules(reader).await?;
    let (groups, attached) = tokio::join!(
        elastic::list(reader, &ec2::DESCRIBE_SECURITY_GROUPS, &[], "securityGroupInfo"),
        elastic::list(reader, &ec2::DESCRIBE_NETWORK_INTERFACES, &[], "networkInterfaceSet"),
    );
    let by_id = |groups: Vec<Json>| -> BTreeMap<String, Json> {
        groups.into_iter().filter_map(|group| Some((text(&group, "groupId")?.to_owned(), group))).collect()
    };
    let groups = groups.known().map(by_id);
    let used = |interfaces: Vec<Json>| -> BTreeSet<String> {
        let groups = interfaces.iter().flat_map(|one| wrapped(one, "groupSet"));
        groups.filter_map(|group| text(group, "groupId").map(str::to_owned)).collect()
    };
    let attached = attached.known().map(used);
    let place = Place::region(reader);
    let rows: Result<Vec<Row>, Error> = rules.iter().map(|rule| row(&place, rule, &groups, &attached)).collect();
    rows.map(Surveyed::from)
}

/// All rules of all security groups.
pub(super) async fn rules(reader: &Reader) -> Result<Vec<Json>, Error> {
    elastic::list(reader, &ec2::DESCRIBE_SECURITY_GROUP_RULES, &[], "securityGroupRuleSet").await
}

/// The range of addresses on the other side of a rule; unknown where it is a list that somebody keeps elsewhere.
pub(super) fn range(rule: &Json) -> Known<Option<&str>> {
    if text(rule, "prefixListId").is_some() {
        return Err(Reason::NotCollected);
    }
    Ok(text(rule, "cidrIpv4").or_else(|| text(rule, "cidrIpv6")))
}

/// Whether that is all of the internet.
pub(super) fn is_anywhere(range: &str) -> bool {
    ANYWHERE.contains(&range)
}

fn row(
    place: &Place,
    rule: &Json,
    groups: &Known<BTreeMap<String, Json>>,
    attached: &Known<BTreeSet<String>>,
) -> Result<Row, Error> {
    let (id, group) =
        (text(rule, "securityGroupRuleId").unwrap_or_default(), text(rule, "groupId").unwrap_or_default());
    let own = groups.as_ref().map_err(Reason::clone).and_then(|groups| groups.get(group).ok_or(Reason::NotInApi));
    let name = own.clone().and_then(|own| text(own, "groupName").ok_or(Reason::NotInApi));
    let protocol = protocol(text(rule, "ipProtocol").unwrap_or_default());
    let (any_port, ports) = ports(rule, protocol);
    let range = range(rule);
    let other = text(rule, "referencedGroupInfo/groupId");
    finish(
        place
            .row(FACET, id, id)?
            .set("tags", elastic::tags_of(rule))
            .set("created_at", Datum::Absent)
            .set("group", group)
            .set("group_name", datum(name.clone()))
            .set("default_group", datum(name.map(|name| name == "default")))
            .set("network", datum(own.map(|own| Datum::maybe(text(own, "vpcId")))))
            .set("attached", datum(attached.as_ref().map(|used| used.contains(group)).map_err(Reason::clone)))
            .set("direction", if flag(rule, "isEgress") == Some(true) { "egress" } else { "ingress" })
            .set("allow", true)
            .set("protocol", protocol)
            .set("any_port", any_port)
            .set("ports", ports)
            .set("any_source", datum(range.clone().map(|range| range.is_some_and(is_anywhere))))
            .set("ranges", datum(range.map(list)))
            .set("groups", list(other))
            .set("description", Datum::maybe(text(rule, "description"))),
    )
}

/// The facet's word for a protocol; a number where it has none.
fn protocol(written: &str) -> &str {
    match written {
        "-1" => "any",
        "6" => "tcp",
        "17" => "udp",
        "1" | "58" | "icmpv6" => "icmp",
        other => other,
    }
}

/// Whether a rule is about all ports, and about which. For ICMP these numbers are kinds of messages, not ports.
fn ports(rule: &Json, protocol: &str) -> (bool, Datum) {
    let range = |from: i64, to: i64| Datum::List(vec![Datum::Record(vec![from.into(), to.into()])]);
    if protocol == "icmp" {
        return (false, Datum::List(Vec::new()));
    }
    match (number(rule, "fromPort"), number(rule, "toPort")) {
        (Some(from), Some(to)) if protocol != "any" && from >= 0 => (from == 0 && to == 65_535, range(from, to)),
        _ => (true, range(0, 65_535)),
    }
}
