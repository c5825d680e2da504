//! Log groups of CloudWatch. Buckets that logs are written to are log stores too; the survey of object stores tells them.

use std::collections::BTreeMap;

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::{Datum, Reason, Row};
use polity_provider::{Error, Reader, Surveyed};
use serde_json::{Value as Json, json};

use super::{
    amid::Amid,
    answer::{flag, list, moment_of, number, tag_map, text},
    elastic, log_trails,
    policy_document::{self, Policy, Reach},
    sources::Source,
    support::{Answered as _, Known, Place, datum, each, encryption, finish},
};
use crate::{
    client::{Caller as _, pages},
    operations::{cloudtrail, ec2, logs},
};

pub(super) const FACET: &str = "log_store";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["account", "region", "kind"], calls: &[] },
    Source {
        facet: FACET,
        fields: &[
            "id",
            "name",
            "created_at",
            "retention_days",
            "encrypted",
            "encryption_key",
            "encryption_key_account",
            "deletion_protection",
            "locked",
            "versioning",
            "access_logs",
        ],
        calls: &[&logs::DESCRIBE_LOG_GROUPS],
    },
    Source { facet: FACET, fields: &["public", "shared_with"], calls: &[&logs::DESCRIBE_RESOURCE_POLICIES] },
    Source { facet: FACET, fields: &["tags"], calls: &[&logs::LIST_TAGS_FOR_RESOURCE] },
    Source { facet: FACET, fields: &["sources"], calls: &[&cloudtrail::DESCRIBE_TRAILS, &ec2::DESCRIBE_FLOW_LOGS] },
];

pub(super) fn read<'r>(_: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(reader).boxed()
}

async fn rows(reader: &Reader) -> Result<Surveyed, Error> {
    let groups = pages(reader, &logs::DESCRIBE_LOG_GROUPS, json!({"limit": 50}), "logGroups").await?;
    if groups.is_empty() {
        return Ok(Surveyed::default());
    }
    let (place, sources, policies) = (&Place::region(reader), &sources(reader).await, &policies(reader).await);
    let rows = each(&groups, |group| row(reader, place, sources, policies, group)).await;
    rows.into_iter().collect::<Result<Vec<Row>, Error>>().map(Surveyed::from)
}

/// Who writes to which log group, by its name: trails and networks.
async fn sources(reader: &Reader) -> Known<BTreeMap<String, Vec<String>>> {
    let (trails, flows) =
        tokio::join!(log_trails::trails(reader), elastic::list(reader, &ec2::DESCRIBE_FLOW_LOGS, &[], "flowLogSet"),);
    let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut add = |group: Option<&str>, source: Option<&str>| {
        if let (Some(group), Some(source)) = (group, source) {
            sources.entry(group.to_owned()).or_default().push(source.to_owned());
        }
    };
    for trail in &trails.known()? {
        let group = text(trail, "CloudWatchLogsLogGroupArn").and_then(|arn| arn.split(":log-group:").nth(1));
        add(group.map(|group| group.trim_end_matches(":*")), text(trail, "TrailARN"));
    }
    for flow in &flows.known()? {
        add(text(flow, "logGroupName"), text(flow, "resourceId"));
    }
    Ok(sources)
}

/// The policies that say who may reach the log groups of a region.
async fn policies(reader: &Reader) -> Known<Vec<Policy>> {
    let found = pages(reader, &logs::DESCRIBE_RESOURCE_POLICIES, json!({}), "resourcePolicies").await.known()?;
    found.iter().filter_map(|policy| text(policy, "policyDocument")).map(policy_document::parse).collect()
}

async fn row(
    reader: &Reader,
    place: &Place,
    sources: &Known<BTreeMap<String, Vec<String>>>,
    policies: &Known<Vec<Policy>>,
    group: &Json,
) -> Result<Row, Error> {
    let name = text(group, "logGroupName").unwrap_or_default();
    let arn = text(group, "logGroupArn").or_else(|| text(group, "arn")).unwrap_or(name).trim_end_matches(":*");
    let tags = reader.json(&logs::LIST_TAGS_FOR_RESOURCE, json!({ "resourceArn": arn })).await.known();
    let written = sources.as_ref().map(|sources| list(sources.get(name).into_iter().flatten())).map_err(Reason::clone);
    let reach = policies.as_ref().map_err(Reason::clone).map(|policies| {
        let mut whole = Reach::default();
        for policy in policies {
            let reach = policy.reach(&place.account, |statement| statement.resources.covers(arn));
            whole.public |= reach.public;
            whole.others.extend(reach.others);
        }
        whole
    });
    // Logs counts milliseconds.
    #[allow(clippy::cast_precision_loss)]
    let created = number(group, "creationTime").map(|milliseconds| json!(milliseconds as f64 / 1000.0));
    let draft = place
        .row(FACET, arn, name)?
        .set("tags", datum(tags.map(|found| tag_map(&found, "tags"))))
        .set("created_at", created.map_or(Datum::Absent, |created| moment_of(&created)))
        .set("kind", "log_group")
        .set("sources", datum(written))
        .set("retention_days", Datum::maybe(number(group, "retentionInDays")))
        // What is in a log group can be deleted by whoever may, and has one version.
        .set("locked", false)
        .set("versioning", false)
        .set("deletion_protection", flag(group, "deletionProtectionEnabled") == Some(true))
        .set("access_logs", Reason::NotInApi)
        .set("public", datum(reach.clone().map(|reach| reach.public)))
        .set("shared_with", datum(reach.map(|reach| list(reach.others))));
    // CloudWatch Logs encrypts always; the only question is with whose key.
    finish(encryption(draft, place, true.into(), Ok(text(group, "kmsKeyId").map(str::to_owned))))
}
