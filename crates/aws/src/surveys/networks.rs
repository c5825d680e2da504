//! Networks: VPCs with their subnets, ways to the internet, logs, and what they are joined with.

use std::collections::BTreeSet;

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::{Datum, Reason, Row};
use polity_provider::{Error, Reader, Surveyed};
use serde_json::Value as Json;

use super::{
    amid::Amid,
    answer::{flag, list, text, wrapped},
    elastic,
    sources::Source,
    support::{Answered as _, Known, Place, all_of, any_of, datum, finish},
};
use crate::operations::ec2;

pub(super) const FACET: &str = "network";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["account", "region", "created_at"], calls: &[] },
    Source { facet: FACET, fields: &["id", "name", "tags", "default", "ranges"], calls: &[&ec2::DESCRIBE_VPCS] },
    Source { facet: FACET, fields: &["flow_logs"], calls: &[&ec2::DESCRIBE_FLOW_LOGS] },
    Source {
        facet: FACET,
        fields: &["internet"],
        calls: &[&ec2::DESCRIBE_INTERNET_GATEWAYS, &ec2::DESCRIBE_ROUTE_TABLES],
    },
    Source { facet: FACET, fields: &["subnets"], calls: &[&ec2::DESCRIBE_SUBNETS, &ec2::DESCRIBE_ROUTE_TABLES] },
    Source { facet: FACET, fields: &["default_group_closed"], calls: &[&ec2::DESCRIBE_SECURITY_GROUPS] },
    Source { facet: FACET, fields: &["endpoints"], calls: &[&ec2::DESCRIBE_VPC_ENDPOINTS] },
    Source {
        facet: FACET,
        fields: &["peers"],
        calls: &[
            &ec2::DESCRIBE_VPC_PEERING_CONNECTIONS,
            &ec2::DESCRIBE_VPN_GATEWAYS,
            &ec2::DESCRIBE_TRANSIT_GATEWAY_VPC_ATTACHMENTS,
        ],
    },
];

pub(super) fn read<'r>(amid: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(amid, reader).boxed()
}

/// All that is read of a region's networks.
struct Region {
    subnets: Known<Vec<Json>>,
    tables: Known<Vec<Json>>,
    gateways: Known<Vec<Json>>,
    groups: Known<Vec<Json>>,
    logs: Known<Vec<Json>>,
    endpoints: Known<Vec<Json>>,
    peerings: Known<Vec<Json>>,
    vpns: Known<Vec<Json>>,
    transits: Known<Vec<Json>>,
}

async fn rows(amid: &Amid, reader: &Reader) -> Result<Surveyed, Error> {
    let networks = elastic::list(reader, &ec2::DESCRIBE_VPCS, &[], "vpcSet").await?;
    let (subnets, tables, gateways, groups, logs) = tokio::join!(
        elastic::list(reader, &ec2::DESCRIBE_SUBNETS, &[], "subnetSet"),
        elastic::list(reader, &ec2::DESCRIBE_ROUTE_TABLES, &[], "routeTableSet"),
        elastic::list(reader, &ec2::DESCRIBE_INTERNET_GATEWAYS, &[], "internetGatewaySet"),
        elastic::list(reader, &ec2::DESCRIBE_SECURITY_GROUPS, &[], "securityGroupInfo"),
        elastic::list(reader, &ec2::DESCRIBE_FLOW_LOGS, &[], "flowLogSet"),
    );
    let (endpoints, peerings, vpns, transits) = tokio::join!(
        elastic::list(reader, &ec2::DESCRIBE_VPC_ENDPOINTS, &[], "vpcEndpointSet"),
        elastic::list(reader, &ec2::DESCRIBE_VPC_PEERING_CONNECTIONS, &[], "vpcPeeringConnectionSet"),
        elastic::list_whole(reader, &ec2::DESCRIBE_VPN_GATEWAYS, &[], "vpnGatewaySet"),
        elastic::list(reader, &ec2::DESCRIBE_TRANSIT_GATEWAY_VPC_ATTACHMENTS, &[], "transitGatewayVpcAttachments"),
    );
    let region = Region {
        subnets: subnets.known(),
        tables: tables.known(),
        gateways: gateways.known(),
        groups: groups.known(),
        logs: logs.known(),
        endpoints: endpoints.known(),
        peerings: peerings.known(),
        vpns: vpns.known(),
        transits: transits.known(),
    };
    let place = Place::region(reader);
    let mut rows = Vec::new();
    for network in &networks {
        rows.push(region.row(amid, &place, network).await?);
    }
    Ok(rows.into())
}

/// What lies in this network.
fn within<'k>(known: &'k Known<Vec<Json>>, network: &str, path: &str) -> Known<Vec<&'k Json>> {
    let all = known.as_ref().map_err(Reason::clone)?;
    Ok(all.iter().filter(|one| text(one, path) == Some(network)).collect())
}

impl Region {
    async fn row(&self, amid: &Amid, place: &Place, network: &Json) -> Result<Row, Error> {
        let id = text(network, "vpcId").unwrap_or_default();
        let ranges: BTreeSet<&str> = wrapped(network, "cidrBlockAssociationSet")
            .into_iter()
            .filter_map(|one| text(one, "cidrBlock"))
            .chain(
                wrapped(network, "ipv6CidrBlockAssociationSet")
                    .into_iter()
                    .filter_map(|one| text(one, "ipv6CidrBlock")),
            )
            .chain(text(network, "cidrBlock"))
            .collect();
        let log = |logs: &Vec<Json>| {
            logs.iter().any(|log| text(log, "resourceId") == Some(id) && text(log, "flowLogStatus") == Some("ACTIVE"))
        };
        let names = |endpoints: Vec<&Json>| -> BTreeSet<String> {
            endpoints.into_iter().filter_map(|one| text(one, "serviceName").map(str::to_owned)).collect()
        };
        finish(
            place
                .row(FACET, id, elastic::name_of(network, id))?
                .set("tags", elastic::tags_of(network))
                .set("created_at", Datum::Absent)
                .set("default", flag(network, "isDefault") == Some(true))
                .set("ranges", list(ranges))
                .set("flow_logs", datum(self.logs.as_ref().map(log).map_err(Reason::clone)))
                .set("internet", datum(self.internet(id)))
                .set("default_group_closed", datum(self.closed(id)))
                .set("endpoints", datum(within(&self.endpoints, id, "vpcId").map(|found| list(names(found)))))
                .set("subnets", self.parts(id))
                .set("peers", datum(self.peers(amid, place, id).await)),
        )
    }

    /// Whether a gateway to the internet is there, and a route that leads to it.
    fn internet(&self, id: &str) -> Known<bool> {
        let attached = |gateways: &Vec<Json>| {
            let places = gateways.iter().flat_map(|gateway| wrapped(gateway, "attachmentSet"));
            places.into_iter().any(|place| text(place, "vpcId") == Some(id))
        };
        let routed = within(&self.tables, id, "vpcId").map(|tables| tables.into_iter().any(leads_out));
        all_of([self.gateways.as_ref().map(attached).map_err(Reason::clone), routed])
    }

    fn closed(&self, id: &str) -> Known<bool> {
        let groups = within(&self.groups, id, "vpcId")?;
        let own = groups.into_iter().find(|group| text(group, "groupName") == Some("default"));
        let own = own.ok_or(Reason::NotInApi)?;
        Ok(wrapped(own, "ipPermissions").is_empty() && wrapped(own, "ipPermissionsEgress").is_empty())
    }

    fn parts(&self, id: &str) -> Datum {
        let subnets = match within(&self.subnets, id, "vpcId") {
            Ok(subnets) => subnets,
            Err(reason) => return reason.into(),
        };
        let part = |subnet: &Json| {
            let own = text(subnet, "subnetId").unwrap_or_default();
            Datum::Record(vec![
                own.into(),
                text(subnet, "cidrBlock").or_else(|| first_v6(subnet)).unwrap_or_default().into(),
                (flag(subnet, "mapPublicIpOnLaunch") == Some(true)).into(),
                datum(self.table_of(id, own).map(|table| table.is_some_and(leads_out))),
            ])
        };
        let range = |subnet: &&Json| text(subnet, "cidrBlock").unwrap_or_default().to_owned();
        let mut subnets = subnets;
        subnets.sort_by_key(range);
        Datum::List(subnets.into_iter().map(part).collect())
    }

    /// The table of routes of a subnet: its own, or else its network's main one.
    fn table_of(&self, network: &str, subnet: &str) -> Known<Option<&Json>> {
        let tables = within(&self.tables, network, "vpcId")?;
        let has =
            |table: &&Json, wanted: &dyn Fn(&Json) -> bool| wrapped(table, "associationSet").into_iter().any(wanted);
        let own = tables.iter().find(|table| has(table, &|one| text(one, "subnetId") == Some(subnet)));
        Ok(own.or_else(|| tables.iter().find(|table| has(table, &|one| flag(one, "main") == Some(true)))).copied())
    }

    /// What a network is joined with, in the order of the facet's fields: kind, account, external, id.
    async fn peers(&self, amid: &Amid, place: &Place, id: &str) -> Known<Datum> {
        let mut peers = Vec::new();
        for peering in self.peerings.as_ref().map_err(Reason::clone)? {
            let (one, other) = ("requesterVpcInfo", "accepterVpcInfo");
            let side = |side: &str| text(peering, &format!("{side}/vpcId")) == Some(id);
            let far = if side(one) { other } else { one };
            if !side(one) && !side(other) || text(peering, "status/code") != Some("active") {
                continue;
            }
            let owner = text(peering, &format!("{far}/ownerId"));
            peers.push(peer(amid, place, "peering", owner, text(peering, "vpcPeeringConnectionId")).await);
        }
        for transit in within(&self.transits, id, "vpcId")? {
            let owner = text(transit, "transitGatewayOwnerId");
            peers.push(peer(amid, place, "transit", owner, text(transit, "transitGatewayAttachmentId")).await);
        }
        for gateway in self.vpns.as_ref().map_err(Reason::clone)? {
            if wrapped(gateway, "attachments").into_iter().any(|one| text(one, "vpcId") == Some(id)) {
                peers.push(peer(amid, place, "vpn", None, text(gateway, "vpnGatewayId")).await);
            }
        }
        Ok(Datum::List(peers))
    }
}

async fn peer(amid: &Amid, place: &Place, kind: &str, account: Option<&str>, id: Option<&str>) -> Datum {
    let external = match account {
        Some(account) if account == place.account => Ok(false),
        Some(account) => amid.outside(&BTreeSet::from([account.to_owned()])).await,
        // Whoever is at the other end of a line is no tenant that AWS could name.
        None => Err(Reason::NotInApi),
    };
    Datum::Record(vec![kind.into(), Datum::maybe(account), datum(external), id.unwrap_or_default().into()])
}

fn first_v6(subnet: &Json) -> Option<&str> {
    wrapped(subnet, "ipv6CidrBlockAssociationSet").into_iter().find_map(|one| text(one, "ipv6CidrBlock"))
}

/// Whether a route of this table leads to the internet by a way that also leads in.
fn leads_out(table: &Json) -> bool {
    let routes = wrapped(table, "routeSet");
    let out = |route: &&Json| text(route, "gatewayId").is_some_and(|gateway| gateway.starts_with("igw-"));
    any_of(routes.iter().map(|route| Ok(out(route) && text(route, "state") != Some("blackhole")))) == Ok(true)
}
