//! Trails of CloudTrail. Those of all regions are read once for the account, those of one region in that region.

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::{Datum, Reason, Row};
use polity_provider::{Error, Reader, Surveyed};
use serde_json::{Value as Json, json};

use super::{
    amid::Amid,
    answer::{self, flag, moment, repeated, text, told},
    sources::Source,
    support::{Answered as _, Known, Place, datum, encryption, finish},
};
use crate::{client::Caller as _, operations::cloudtrail};

pub(super) const FACET: &str = "log_trail";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["account", "created_at", "encrypted"], calls: &[] },
    Source {
        facet: FACET,
        fields: &[
            "id",
            "name",
            "region",
            "organization_wide",
            "all_regions",
            "validation",
            "store",
            "store_account",
            "streamed",
            "encryption_key",
            "encryption_key_account",
        ],
        calls: &[&cloudtrail::DESCRIBE_TRAILS],
    },
    Source { facet: FACET, fields: &["logging", "delivered_at"], calls: &[&cloudtrail::GET_TRAIL_STATUS] },
    Source { facet: FACET, fields: &["management_events", "data_events"], calls: &[&cloudtrail::GET_EVENT_SELECTORS] },
    Source { facet: FACET, fields: &["tags"], calls: &[&cloudtrail::LIST_TAGS] },
];

/// Trails of the whole account.
pub(super) fn read<'r>(amid: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(amid, reader, true).boxed()
}

/// Trails of one region.
pub(super) fn read_regional<'r>(amid: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(amid, reader, false).boxed()
}

/// The trails that cover the reader's region, wherever they were made.
pub(super) async fn trails(reader: &Reader) -> Result<Vec<Json>, Error> {
    let found = reader.json(&cloudtrail::DESCRIBE_TRAILS, json!({"includeShadowTrails": true})).await?;
    Ok(repeated(&found, "trailList").into_iter().cloned().collect())
}

/// What a trail writes down.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    pub(super) management: bool,
    pub(super) data: bool,
    /// ARNs of the buckets whose objects are watched, as prefixes; an empty one for all.
    pub(super) buckets: Vec<String>,
}

/// What a trail writes down, by both of the ways to say so.
pub(super) async fn events(reader: &Reader, trail: &str) -> Known<Events> {
    let found = reader.json(&cloudtrail::GET_EVENT_SELECTORS, json!({ "TrailName": trail })).await.known()?;
    let mut events = Events::default();
    for selector in repeated(&found, "EventSelectors") {
        events.management |= flag(selector, "IncludeManagementEvents") == Some(true);
        for resource in repeated(selector, "DataResources") {
            events.data = true;
            if text(resource, "Type") == Some("AWS::S3::Object") {
                let values = answer::texts(repeated(resource, "Values"));
                events
                    .buckets
                    .extend(values.into_iter().map(|value| if value == "arn:aws:s3" { "" } else { value }.to_owned()));
            }
        }
    }
    for selector in repeated(&found, "AdvancedEventSelectors") {
        let fields = repeated(selector, "FieldSelectors");
        let values = |name: &str, operator: &str| -> Vec<&str> {
            let field = fields.iter().filter(|field| text(field, "Field") == Some(name));
            field.flat_map(|field| answer::texts(repeated(field, operator))).collect()
        };
        let category = values("eventCategory", "Equals");
        events.management |= category.contains(&"Management");
        events.data |= category.contains(&"Data");
        if category.contains(&"Data") && values("resources.type", "Equals").contains(&"AWS::S3::Object") {
            let named = [values("resources.ARN", "StartsWith"), values("resources.ARN", "Equals")].concat();
            match fields.iter().any(|field| text(field, "Field") == Some("resources.ARN")) {
                true => events.buckets.extend(named.into_iter().map(str::to_owned)),
                false => events.buckets.push(String::new()),
            }
        }
    }
    Ok(events)
}

async fn rows(_: &Amid, reader: &Reader, everywhere: bool) -> Result<Surveyed, Error> {
    let place = Place::region(reader);
    let here = |trail: &&Json| {
        let wide = flag(trail, "IsMultiRegionTrail") == Some(true);
        wide == everywhere && (wide || text(trail, "HomeRegion") == place.region.as_deref())
    };
    let found = trails(reader).await?;
    let mut rows = Vec::new();
    for trail in found.iter().filter(here) {
        rows.push(row(reader, &place, trail).await?);
    }
    Ok(rows.into())
}

async fn row(reader: &Reader, place: &Place, trail: &Json) -> Result<Row, Error> {
    let arn = text(trail, "TrailARN").unwrap_or_default();
    let (status, events, tags) = tokio::join!(
        reader.json(&cloudtrail::GET_TRAIL_STATUS, json!({ "Name": arn })),
        events(reader, arn),
        reader.json(&cloudtrail::LIST_TAGS, json!({ "ResourceIdList": [arn] })),
    );
    let status = status.known();
    let tags = tags.known().map(|found| {
        let lists = repeated(&found, "ResourceTagList");
        answer::tags(&lists.into_iter().flat_map(|one| repeated(one, "TagsList")).collect::<Vec<_>>(), "Key", "Value")
    });
    let delivered = |found: Json| moment(&found, "LatestDeliveryTime");
    let logging = status.clone().and_then(|found| flag(&found, "IsLogging").ok_or(Reason::NotInApi));
    let store = text(trail, "S3BucketName").map(|bucket| format!("arn:{}:s3:::{bucket}", place.partition));
    let draft = place
        .row(FACET, arn, text(trail, "Name").unwrap_or(arn))?
        .set("region", Datum::maybe(text(trail, "HomeRegion")))
        .set("tags", datum(tags))
        .set("created_at", Datum::Absent)
        .set("logging", datum(logging))
        .set("organization_wide", told(flag(trail, "IsOrganizationTrail")))
        .set("all_regions", told(flag(trail, "IsMultiRegionTrail")))
        .set("management_events", datum(events.clone().map(|events| events.management)))
        .set("data_events", datum(events.map(|events| events.data)))
        .set("validation", told(flag(trail, "LogFileValidationEnabled")))
        .set("store", told(store))
        .set("store_account", Datum::Absent)
        .set("streamed", text(trail, "CloudWatchLogsLogGroupArn").is_some())
        .set("delivered_at", datum(status.map(delivered)));
    // S3 encrypts whatever is delivered to it; the only question is with whose key.
    finish(encryption(draft, place, true.into(), Ok(text(trail, "KmsKeyId").map(str::to_owned))))
}
