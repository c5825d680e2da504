//! Secrets of Secrets Manager; never what is in them.

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::{Datum, Row};
use polity_provider::{Error, Reader, Surveyed};
use serde_json::{Value as Json, json};

use super::{
    amid::Amid,
    answer::{self, at, flag, list, moment, number, repeated, text},
    policy_document::{self, Reach},
    sources::Source,
    support::{Answered as _, Known, Place, datum, each, encryption, finish},
};
use crate::{
    client::{Caller as _, pages},
    operations::secrets_manager,
};

pub(super) const FACET: &str = "secret";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["account", "region", "encrypted", "expires_at"], calls: &[] },
    Source {
        facet: FACET,
        fields: &[
            "id",
            "name",
            "tags",
            "created_at",
            "encryption_key",
            "encryption_key_account",
            "rotation",
            "rotation_days",
            "rotated_at",
            "last_used_at",
            "pending_deletion",
        ],
        calls: &[&secrets_manager::LIST_SECRETS],
    },
    Source { facet: FACET, fields: &["public", "shared_with"], calls: &[&secrets_manager::GET_RESOURCE_POLICY] },
];

pub(super) fn read<'r>(_: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(reader).boxed()
}

async fn rows(reader: &Reader) -> Result<Surveyed, Error> {
    let asked = json!({"MaxResults": 100, "IncludePlannedDeletion": true});
    let secrets = pages(reader, &secrets_manager::LIST_SECRETS, asked, "SecretList").await?;
    let place = &Place::region(reader);
    let rows = each(&secrets, |secret| row(reader, place, secret)).await;
    rows.into_iter().collect::<Result<Vec<Row>, Error>>().map(Surveyed::from)
}

async fn row(reader: &Reader, place: &Place, secret: &Json) -> Result<Row, Error> {
    let arn = text(secret, "ARN").unwrap_or_default();
    let ending = at(secret, "DeletedDate").is_some();
    // Nobody can read a secret that waits for its end, nor ask for its policy.
    let reach = if ending { Ok(Reach::default()) } else { reach(reader, place, arn).await };
    let rotates = flag(secret, "RotationEnabled") == Some(true);
    let draft = place
        .row(FACET, arn, text(secret, "Name").unwrap_or(arn))?
        .set("tags", answer::tags(&repeated(secret, "Tags"), "Key", "Value"))
        .set("created_at", moment(secret, "CreatedDate"))
        .set("public", datum(reach.clone().map(|reach| reach.public)))
        .set("shared_with", datum(reach.map(|reach| list(reach.others))))
        .set("rotation", rotates)
        .set("rotation_days", if rotates { Datum::maybe(days(secret)) } else { Datum::Absent })
        .set("rotated_at", moment(secret, "LastChangedDate"))
        .set("last_used_at", moment(secret, "LastAccessedDate"))
        .set("expires_at", Datum::Absent)
        .set("pending_deletion", ending);
    // Secrets Manager encrypts always; the only question is with whose key.
    finish(encryption(draft, place, true.into(), Ok(text(secret, "KmsKeyId").map(str::to_owned))))
}

async fn reach(reader: &Reader, place: &Place, arn: &str) -> Known<Reach> {
    let found = reader.json(&secrets_manager::GET_RESOURCE_POLICY, json!({ "SecretId": arn })).await.known_or_none()?;
    match found.as_ref().and_then(|found| text(found, "ResourcePolicy")) {
        Some(document) => Ok(policy_document::parse(document)?.reach(&place.account, |_| true)),
        None => Ok(Reach::default()),
    }
}

/// Days between rotations: a number, or `rate(10 days)`.
fn days(secret: &Json) -> Option<i64> {
    number(secret, "RotationRules/AutomaticallyAfterDays").or_else(|| {
        let inner = text(secret, "RotationRules/ScheduleExpression")?.strip_prefix("rate(")?.strip_suffix(')')?;
        let (count, unit) = inner.split_once(' ')?;
        let count: i64 = count.parse().ok()?;
        if unit.starts_with("day") { Some(count) } else { unit.starts_with("hour").then_some((count + 23) / 24) }
    })
}
