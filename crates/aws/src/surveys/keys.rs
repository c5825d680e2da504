//! Keys of the Key Management Service, and who decides about and uses them by their policies.

use std::collections::{BTreeMap, BTreeSet};

use futures::{FutureExt as _, future::BoxFuture};
use polity_model::facet::{Datum, Reason, Row};
use polity_provider::{Error, Reader, Surveyed};
use serde_json::{Value as Json, json};

use super::{
    amid::Amid,
    answer::{self, flag, list, moment, number, repeated, text, told},
    policy_document::{self, Policy},
    sources::Source,
    support::{Answered as _, Known, Place, datum, each, finish, gaps},
};
use crate::{
    client::{Caller as _, pages},
    kinds::support::has_code,
    operations::kms,
};

pub(super) const FACET: &str = "key";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: FACET, fields: &["account", "region"], calls: &[] },
    Source { facet: FACET, fields: &["id"], calls: &[&kms::LIST_KEYS] },
    Source { facet: FACET, fields: &["name"], calls: &[&kms::LIST_ALIASES] },
    Source { facet: FACET, fields: &["tags"], calls: &[&kms::LIST_RESOURCE_TAGS] },
    Source {
        facet: FACET,
        fields: &[
            "created_at",
            "customer_managed",
            "enabled",
            "usage",
            "origin",
            "hardware",
            "pending_deletion",
            "destroy_window_days",
            "expires_at",
        ],
        calls: &[&kms::DESCRIBE_KEY],
    },
    Source { facet: FACET, fields: &["rotation", "rotation_days"], calls: &[&kms::GET_KEY_ROTATION_STATUS] },
    Source {
        facet: FACET,
        fields: &["public", "shared_with", "administrators", "users"],
        calls: &[&kms::GET_KEY_POLICY],
    },
];

const ADMIN: &[&str] = &["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:CreateGrant"];
const USE: &[&str] = &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:Sign", "kms:GenerateMac"];

pub(super) fn read<'r>(_: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(reader).boxed()
}

async fn rows(reader: &Reader) -> Result<Surveyed, Error> {
    let keys = pages(reader, &kms::LIST_KEYS, json!({"Limit": 1000}), "Keys").await?;
    let aliases =
        pages(reader, &kms::LIST_ALIASES, json!({"Limit": 100}), "Aliases").await.known().map(|all| names(&all));
    let (place, aliases) = (&Place::region(reader), &aliases);
    let mut surveyed = Surveyed::default();
    for row in each(&keys, |key| row(reader, place, aliases, key)).await {
        match row {
            Ok(row) => surveyed.rows.push(row),
            Err(error) => surveyed.gaps.extend(gaps(reader, &[FACET], error)?.gaps),
        }
    }
    surveyed.gaps.dedup();
    Ok(surveyed)
}

/// The first alias of each key.
fn names(aliases: &[Json]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for alias in aliases {
        if let (Some(key), Some(name)) = (text(alias, "TargetKeyId"), text(alias, "AliasName")) {
            let name = name.trim_start_matches("alias/").to_owned();
            names
                .entry(key.to_owned())
                .and_modify(|first: &mut String| *first = first.clone().min(name.clone()))
                .or_insert(name);
        }
    }
    names
}

async fn row(
    reader: &Reader,
    place: &Place,
    aliases: &Known<BTreeMap<String, String>>,
    key: &Json,
) -> Result<Row, Error> {
    let id = text(key, "KeyId").unwrap_or_default();
    let asked = json!({ "KeyId": id });
    let (described, rotation, policy, tags) = tokio::join!(
        reader.json(&kms::DESCRIBE_KEY, asked.clone()),
        rotation(reader, id),
        reader.json(&kms::GET_KEY_POLICY, json!({"KeyId": id, "PolicyName": "default"})),
        reader.json(&kms::LIST_RESOURCE_TAGS, asked.clone()),
    );
    let described = described.known();
    let told_by = |pick: &dyn Fn(&Json) -> Datum| {
        described.as_ref().map_or_else(|reason| reason.clone().into(), |found| pick(&found["KeyMetadata"]))
    };
    let policy =
        policy.known().and_then(|found| policy_document::parse(text(&found, "Policy").ok_or(Reason::NotInApi)?));
    let reach = policy.as_ref().map(|policy| policy.reach(&place.account, |_| true)).map_err(Reason::clone);
    let name = aliases.as_ref().map(|names| names.get(id).cloned().unwrap_or_else(|| id.to_owned()));
    finish(
        place
            .row(FACET, text(key, "KeyArn").unwrap_or(id), id)?
            .set("name", datum(name.map_err(Reason::clone)))
            .set("tags", datum(tags.known().map(|found| answer::tags(&repeated(&found, "Tags"), "TagKey", "TagValue"))))
            .set("created_at", told_by(&|key| moment(key, "CreationDate")))
            .set("customer_managed", told_by(&|key| told(text(key, "KeyManager").map(|who| who == "CUSTOMER"))))
            .set("enabled", told_by(&|key| told(flag(key, "Enabled"))))
            .set("usage", told_by(&|key| told(usage(key))))
            .set("origin", told_by(&|key| told(origin(key))))
            .set("hardware", told_by(&|key| told(origin(key).map(|origin| origin == "cloud"))))
            .set("rotation", datum(rotation.clone().map(|days| days.is_some())))
            .set("rotation_days", datum(rotation.map(Datum::maybe)))
            .set(
                "pending_deletion",
                told_by(&|key| {
                    told(
                        text(key, "KeyState")
                            .map(|state| matches!(state, "PendingDeletion" | "PendingReplicaDeletion")),
                    )
                }),
            )
            .set("destroy_window_days", told_by(&|key| Datum::maybe(number(key, "PendingDeletionWindowInDays"))))
            .set("expires_at", told_by(&|key| moment(key, "ValidTo")))
            .set("public", datum(reach.clone().map(|reach| reach.public)))
            .set("shared_with", datum(reach.map(|reach| list(reach.others))))
            .set("administrators", datum(policy.as_ref().map(|policy| who(policy, ADMIN)).map_err(Reason::clone)))
            .set("users", datum(policy.as_ref().map(|policy| who(policy, USE)).map_err(Reason::clone))),
    )
}

/// Days between rotations; nothing where a key is not rotated, or is of a kind that cannot be.
async fn rotation(reader: &Reader, id: &str) -> Known<Option<i64>> {
    match reader.json(&kms::GET_KEY_ROTATION_STATUS, json!({ "KeyId": id })).await {
        Ok(found) if flag(&found, "KeyRotationEnabled") == Some(true) => {
            // A year, unless the answer says otherwise.
            Ok(Some(number(&found, "RotationPeriodInDays").unwrap_or(365)))
        }
        Ok(_) => Ok(None),
        Err(error) if has_code(&error, "UnsupportedOperationException") => Ok(None),
        Err(error) => Err(super::support::reason(&error)),
    }
}

fn usage(key: &Json) -> Option<&'static str> {
    Some(match text(key, "KeyUsage")? {
        "ENCRYPT_DECRYPT" => "encrypt",
        "SIGN_VERIFY" => "sign",
        "GENERATE_VERIFY_MAC" => "authenticate",
        "KEY_AGREEMENT" => "agree",
        _ => return None,
    })
}

fn origin(key: &Json) -> Option<&'static str> {
    Some(match text(key, "Origin")? {
        "AWS_KMS" | "AWS_CLOUDHSM" => "cloud",
        "EXTERNAL" => "imported",
        "EXTERNAL_KEY_STORE" => "external",
        _ => return None,
    })
}

/// The principals that a policy allows one of these actions.
fn who(policy: &Policy, actions: &[&str]) -> Datum {
    let allowed =
        policy.statements.iter().filter(|one| one.allow && actions.iter().any(|action| one.actions.covers(action)));
    let names: BTreeSet<&String> = allowed
        .flat_map(|one| one.principals.aws.iter().chain(&one.principals.services).chain(&one.principals.federated))
        .collect();
    list(names)
}
