//! Object stores: a bucket and the ten resources that say something of it.

use polity_model::facet::Datum;

use super::Facts;
use crate::{
    Found,
    native::{Joined, Native, World},
    policy::{Policy, policy},
    tree::{Known, OPEN, all, any},
};

/// By these, parts name their bucket.
const NAMES: &[&str] = &["bucket", "id"];
const READS: &[&str] = &["s3:GetObject", "s3:ListBucket", "s3:GetObjectVersion"];
const WRITES: &[&str] = &["s3:PutObject", "s3:DeleteObject", "s3:PutBucketPolicy", "s3:PutObjectAcl"];

pub(super) fn bucket(world: &World, native: &Native) -> Vec<Found> {
    let part = |kind: &str| world.joined(&format!("aws_s3_bucket_{kind}"), "bucket", native, NAMES);
    let blocks = part("public_access_block");
    let blocked = |name: &'static str| blocks.fact(move |block| block.tree.flag_or(name, false), OPEN);
    let policy = whole_policy(world, native, &part("policy"));
    let acls = part("acl");
    let acl = acls.fact(|acl| acl.tree.text("acl").unwritten(OPEN), embedded(native, "acl", "private"));
    // Lists on objects are still of no effect once only policies decide, or where they are ignored.
    let ownership = part("ownership_controls");
    let uniform = ownership
        .fact(|part| part.tree.text("rule.object_ownership").is_one_of(&["BucketOwnerEnforced"]), acls.sure.is_empty());
    let open_acl =
        |words: &[&str]| all([acl.is_one_of(words), blocked("ignore_public_acls").not(), uniform.clone().not()]);
    let open_policy = |actions: &[&str]| all([policy.public_for(actions), blocked("restrict_public_buckets").not()]);
    let public_read = any([open_acl(&["public-read", "public-read-write"]), open_policy(READS)]);
    let public_write = any([open_acl(&["public-read-write"]), open_policy(WRITES)]);
    let facts = Facts::of("object_store", world, native).all([
        (
            "public",
            any([
                public_read.clone(),
                public_write.clone(),
                all([policy.public(), blocked("restrict_public_buckets").not()]),
            ]),
        ),
        ("public_read", public_read),
        ("public_write", public_write),
        (
            "public_access_blocked",
            all(["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]
                .map(blocked)),
        ),
        ("shared_with", policy.shared_with()),
        ("uniform_access", uniform),
        ("tls_required", policy.tls_required()),
        ("min_tls", policy.min_tls()),
    ]);
    let facts = encryption(world, facts, native, &part("server_side_encryption_configuration"));
    let facts = versions(facts, native, &part("versioning"), &part("object_lock_configuration"));
    facts
        .set(
            "access_logs",
            part("logging").fact(|part| part.tree.has("target_bucket").into(), has_block(native, "logging")),
        )
        .set(
            "lifecycle",
            part("lifecycle_configuration")
                .fact(|part| part.tree.has("rule").into(), has_block(native, "lifecycle_rule")),
        )
        .set(
            "replicated",
            part("replication_configuration")
                .fact(|part| part.tree.has("rule").into(), has_block(native, "replication_configuration")),
        )
        .rows()
}

/// An attribute of the bucket itself: what is there already, or what older code writes. Where it is not known there is no such
/// code, so that the default holds.
fn embedded(native: &Native, path: &str, default: impl Into<Datum>) -> Datum {
    let value = native.tree.text(path);
    if matches!(value, Datum::Text(_)) { value } else { default.into() }
}

fn has_block(native: &Native, path: &str) -> Datum {
    native.tree.find(path).is_some_and(|block| !block.entries().is_empty()).into()
}

fn whole_policy(world: &World, native: &Native, parts: &Joined<'_>) -> Policy {
    match parts.sure.last() {
        Some(part) => policy(world, part, "policy"),
        None if parts.more => Policy::Open,
        None => policy(world, native, "policy"),
    }
}

fn encryption(world: &World, facts: Facts, native: &Native, parts: &Joined<'_>) -> Facts {
    const KEY: &str = "rule.apply_server_side_encryption_by_default.kms_master_key_id";
    let key = match parts.sure.last() {
        Some(part) => crate::facts::key_of(world, part, KEY),
        None if parts.more => OPEN,
        None => match native.tree.text(&format!("server_side_encryption_configuration.{KEY}")) {
            text @ Datum::Text(_) => text,
            _ => Datum::Absent,
        },
    };
    let absent = key == Datum::Absent;
    // What is stored is always encrypted, whatever nobody writes.
    facts
        .set("encrypted", true)
        .set("encryption_key", key)
        .set("encryption_key_account", if absent { Datum::Absent } else { OPEN })
}

fn versions(facts: Facts, native: &Native, parts: &Joined<'_>, locks: &Joined<'_>) -> Facts {
    let own = |name: &str| {
        let value = native.tree.flag(&format!("versioning.{name}"));
        if matches!(value, Datum::Bool(_)) { value } else { false.into() }
    };
    let setting = |name: &'static str, own: Datum| {
        let path = format!("versioning_configuration.{name}");
        let read = |part: &Native| {
            if part.tree.has(&path) { part.tree.text(&path).is_one_of(&["Enabled"]) } else { false.into() }
        };
        parts.fact(read, own)
    };
    let lock = native.tree.flag_or("object_lock_enabled", false);
    let locked = any([if lock.is_open() { false.into() } else { lock }, locks.fact(|_| true.into(), false)]);
    let days = locks.fact(
        |part| match part.tree.int("rule.default_retention.years") {
            Datum::Int(years) => years.saturating_mul(365).into(),
            _ => part.tree.int("rule.default_retention.days"),
        },
        Datum::Absent,
    );
    facts.all([
        ("versioning", setting("status", own("enabled"))),
        ("mfa_delete", setting("mfa_delete", own("mfa_delete"))),
        ("locked", locked),
        ("retention_days", days),
    ])
}
