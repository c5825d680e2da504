//! Databases of RDS: instances and clusters. A database is public where it has a public address and a security group lets
//! the whole internet in.

use std::collections::{BTreeMap, BTreeSet};

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::{Datum, Reason, Row};
use polity_provider::{Error, ReadOperation, Reader, Surveyed};
use serde_json::Value as Json;

use super::{
    amid::Amid,
    answer::{self, flag, list, moment, number, text, texts, told, wrapped},
    backups::{self, Backups},
    network_rules,
    sources::Source,
    support::{Answered as _, Known, Place, all_of, any_of, datum, encryption, finish, gaps},
    vendor_keys::{self, VendorKeys},
};
use crate::{
    client::query_pages,
    operations::{backup, ec2, rds},
};

pub(super) const FACET: &str = "database";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["account", "region"], calls: &[] },
    Source {
        facet: FACET,
        fields: &[
            "id",
            "name",
            "tags",
            "created_at",
            "encrypted",
            "encryption_key",
            "encryption_key_account",
            "engine",
            "version",
            "minor_upgrades",
            "identity_login",
            "admin_name",
            "deletion_protection",
            "backup_days",
            "zones",
            "logs",
            "audit_logs",
            "shared_with",
        ],
        calls: &[&rds::DESCRIBE_DB_INSTANCES, &rds::DESCRIBE_DB_CLUSTERS],
    },
    Source {
        facet: FACET,
        fields: &["public", "ranges"],
        calls: &[&rds::DESCRIBE_DB_INSTANCES, &ec2::DESCRIBE_SECURITY_GROUP_RULES],
    },
    Source {
        facet: FACET,
        fields: &["tls_required"],
        calls: &[&rds::DESCRIBE_DB_PARAMETERS, &rds::DESCRIBE_DB_CLUSTER_PARAMETERS],
    },
    Source { facet: FACET, fields: &["min_tls"], calls: &[] },
    Source {
        facet: FACET,
        fields: &["last_backup_at"],
        calls: &[&rds::DESCRIBE_DB_INSTANCES, &rds::DESCRIBE_DB_CLUSTERS, &backup::LIST_PROTECTED_RESOURCES],
    },
];

/// How RDS calls what it tells of instances and of clusters.
struct Words {
    list: &'static ReadOperation,
    set: &'static str,
    id: &'static str,
    arn: &'static str,
    created: &'static str,
    group: fn(&Json) -> Option<String>,
    parameters: &'static ReadOperation,
    group_name: &'static str,
}

const INSTANCES: Words = Words {
    list: &rds::DESCRIBE_DB_INSTANCES,
    set: "DBInstances",
    id: "DBInstanceIdentifier",
    arn: "DBInstanceArn",
    created: "InstanceCreateTime",
    group: |database| {
        let groups = wrapped(database, "DBParameterGroups");
        groups.first().and_then(|group| text(group, "DBParameterGroupName")).map(str::to_owned)
    },
    parameters: &rds::DESCRIBE_DB_PARAMETERS,
    group_name: "DBParameterGroupName",
};
const CLUSTERS: Words = Words {
    list: &rds::DESCRIBE_DB_CLUSTERS,
    set: "DBClusters",
    id: "DBClusterIdentifier",
    arn: "DBClusterArn",
    created: "ClusterCreateTime",
    group: |database| text(database, "DBClusterParameterGroup").map(str::to_owned),
    parameters: &rds::DESCRIBE_DB_CLUSTER_PARAMETERS,
    group_name: "DBClusterParameterGroupName",
};

/// Parameters that ask for encrypted connections, of all engines that have one.
const TLS: [&str; 2] = ["rds.force_ssl", "require_secure_transport"];

pub(super) fn read<'r>(_: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(reader).boxed()
}

async fn rows(reader: &Reader) -> Result<Surveyed, Error> {
    let mut surveyed = Surveyed::default();
    let mut rules = None;
    let (backups, keys) = tokio::join!(backups::of_region(reader), vendor_keys::of_region(reader));
    for words in [&INSTANCES, &CLUSTERS] {
        let pages = match query_pages(reader, words.list, &[], ("Marker", "Marker")).await {
            Ok(pages) => pages,
            Err(error) => {
                surveyed.gaps.extend(gaps(reader, &[FACET], error)?.gaps);
                continue;
            }
        };
        let found: Vec<&Json> = pages.iter().flat_map(|page| wrapped(page, words.set)).collect();
        if rules.is_none() && !found.is_empty() {
            rules = Some(network_rules::rules(reader).await.known());
        }
        let mut tls: BTreeMap<String, Datum> = BTreeMap::new();
        for group in found.iter().filter_map(|database| (words.group)(database)).collect::<BTreeSet<_>>() {
            tls.insert(group.clone(), tls_required(reader, words, &group).await);
        }
        let place = Place::region(reader);
        for database in found {
            surveyed.rows.push(row(&place, words, database, rules.as_ref(), &tls, (&backups, &keys))?);
        }
    }
    surveyed.gaps.dedup();
    Ok(surveyed)
}

fn row(
    place: &Place,
    words: &Words,
    database: &Json,
    rules: Option<&Known<Vec<Json>>>,
    tls: &BTreeMap<String, Datum>,
    (backups, keys): (&Backups, &VendorKeys),
) -> Result<Row, Error> {
    let name = text(database, words.id).unwrap_or_default();
    let arn = text(database, words.arn).unwrap_or(name);
    let ranges = ranges(database, rules);
    let exposed = flag(database, "PubliclyAccessible").ok_or(Reason::NotInApi);
    let open = any_of(ranges.iter().map(|range| range.clone().map(|range| network_rules::is_anywhere(&range))));
    let logs = texts(wrapped(database, "EnabledCloudwatchLogsExports"));
    let engine = text(database, "Engine");
    // Of the others it is a parameter or an extension that decides.
    let audited: Datum = match engine {
        Some("mysql" | "mariadb" | "aurora-mysql" | "oracle-ee" | "oracle-se2") => logs.contains(&"audit").into(),
        _ => Reason::NotInApi.into(),
    };
    let backup = match (number(database, "BackupRetentionPeriod"), moment(database, "LatestRestorableTime")) {
        (Some(0), _) | (_, Datum::Absent) => backups.last(arn),
        (_, at) => at,
    };
    let required = (words.group)(database).and_then(|group| tls.get(&group).cloned());
    let draft = place
        .row(FACET, arn, name)?
        .set("tags", answer::tags(&wrapped(database, "TagList"), "Key", "Value"))
        .set("created_at", moment(database, words.created))
        .set("public", datum(all_of([exposed, open])))
        .set("shared_with", Datum::List(Vec::new()))
        .set("tls_required", required.unwrap_or_else(|| Reason::NotInApi.into()))
        .set("min_tls", Datum::Absent)
        .set("engine", told(engine))
        .set("version", told(text(database, "EngineVersion")))
        .set("minor_upgrades", told(flag(database, "AutoMinorVersionUpgrade")))
        .set("ranges", datum(ranges.into_iter().collect::<Known<BTreeSet<String>>>().map(list)))
        .set("identity_login", told(flag(database, "IAMDatabaseAuthenticationEnabled")))
        .set("admin_name", Datum::maybe(text(database, "MasterUsername")))
        .set("deletion_protection", told(flag(database, "DeletionProtection")))
        .set("backup_days", told(number(database, "BackupRetentionPeriod")))
        .set("zones", told(flag(database, "MultiAZ")))
        .set("logs", list(logs))
        .set("audit_logs", audited)
        .set("last_backup_at", backup);
    let key = keys.sift(place, flag(database, "StorageEncrypted"), text(database, "KmsKeyId"));
    finish(encryption(draft, place, told(flag(database, "StorageEncrypted")), key))
}

/// The ranges of addresses that the security groups of a database let in.
fn ranges(database: &Json, rules: Option<&Known<Vec<Json>>>) -> Vec<Known<String>> {
    let groups: BTreeSet<&str> = wrapped(database, "VpcSecurityGroups")
        .into_iter()
        .filter_map(|group| text(group, "VpcSecurityGroupId"))
        .collect();
    let rules = match rules {
        None => return Vec::new(),
        Some(Err(reason)) => return vec![Err(reason.clone())],
        Some(Ok(rules)) => rules,
    };
    let port = number(database, "Endpoint/Port").or_else(|| number(database, "Port")).filter(|port| *port > 0);
    let lets_in = |rule: &&Json| {
        let about = match (port, number(rule, "fromPort"), number(rule, "toPort")) {
            (Some(port), Some(from), Some(to)) if from >= 0 => (from..=to).contains(&port),
            _ => true,
        };
        flag(rule, "isEgress") != Some(true)
            && text(rule, "groupId").is_some_and(|group| groups.contains(group))
            && about
    };
    let found = rules.iter().filter(lets_in).filter_map(|rule| network_rules::range(rule).transpose());
    found.map(|range| range.map(str::to_owned)).collect()
}

/// Whether a group of parameters asks for encrypted connections.
async fn tls_required(reader: &Reader, words: &Words, group: &str) -> Datum {
    let asked = [(words.group_name, group.to_owned())];
    let pages = match query_pages(reader, words.parameters, &asked, ("Marker", "Marker")).await.known() {
        Ok(pages) => pages,
        Err(reason) => return reason.into(),
    };
    let mut parameters = pages.iter().flat_map(|page| wrapped(page, "Parameters"));
    let found = parameters.find(|one| text(one, "ParameterName").is_some_and(|name| TLS.contains(&name)));
    told(found.and_then(|one| match text(one, "ParameterValue")? {
        "1" | "ON" | "on" | "true" => Some(true),
        "0" | "OFF" | "off" | "false" => Some(false),
        _ => None,
    }))
}
