//! Keys and secrets.

use polity_model::facet::Datum;

use super::Facts;
use crate::{
    Found,
    facts::key_of,
    native::{Native, World},
    policy::{Policy, policy},
    tree::{Known, OPEN},
};

pub(super) fn key(world: &World, native: &Native) -> Vec<Found> {
    let tree = &native.tree;
    let parts = world.joined("aws_kms_key_policy", "key_id", native, &["key_id", "id", "arn"]);
    let policy = match parts.sure.last() {
        Some(part) => policy(world, part, "policy"),
        None if parts.more => Policy::Open,
        // Without one a key is born with a policy that trusts its own account alone.
        None => policy(world, native, "policy"),
    };
    let spec = tree.text("customer_master_key_spec").unwritten("SYMMETRIC_DEFAULT");
    let rotation = tree.flag_or("enable_key_rotation", false);
    let days = match tree.int("rotation_period_in_days") {
        Datum::Int(days) => days.into(),
        _ if rotation.is_true() => 365.into(),
        _ => Datum::Absent,
    };
    Facts::of("key", world, native)
        .all([
            ("public", policy.public()),
            ("shared_with", policy.shared_with()),
            ("customer_managed", true.into()),
            ("enabled", tree.flag_or("is_enabled", true)),
            ("usage", usage(&tree.text("key_usage").unwritten("ENCRYPT_DECRYPT"), &spec)),
            ("origin", "cloud".into()),
            ("hardware", true.into()),
            ("rotation", rotation),
            ("rotation_days", days),
            ("pending_deletion", false.into()),
            ("destroy_window_days", tree.int_or("deletion_window_in_days", 30)),
            ("expires_at", Datum::Absent),
        ])
        .rows()
}

fn usage(usage: &Datum, spec: &Datum) -> Datum {
    let Datum::Text(usage) = usage else { return usage.clone() };
    let word = match &**usage {
        "SIGN_VERIFY" => "sign",
        "GENERATE_VERIFY_MAC" => "authenticate",
        "KEY_AGREEMENT" => "agree",
        _ if spec.is_open() => return OPEN,
        _ => "encrypt",
    };
    word.into()
}

pub(super) fn secret(world: &World, native: &Native) -> Vec<Found> {
    let names = &["id", "arn", "name"];
    let rotations = world.joined("aws_secretsmanager_secret_rotation", "secret_id", native, names);
    let policies = world.joined("aws_secretsmanager_secret_policy", "secret_arn", native, names);
    let policy = match policies.sure.last() {
        Some(part) => policy(world, part, "policy"),
        None if policies.more => Policy::Open,
        None => policy(world, native, "policy"),
    };
    let days = |part: &Native| part.tree.int("rotation_rules.automatically_after_days");
    Facts::of("secret", world, native)
        .all([
            ("public", policy.public()),
            ("shared_with", policy.shared_with()),
            ("encrypted", true.into()),
            ("encryption_key", key_of(world, native, "kms_key_id")),
            ("encryption_key_account", if native.tree.has("kms_key_id") { OPEN } else { Datum::Absent }),
            ("rotation", rotations.fact(|_| true.into(), false)),
            ("rotation_days", rotations.fact(days, Datum::Absent)),
            ("rotated_at", OPEN),
            ("last_used_at", OPEN),
            ("expires_at", Datum::Absent),
            ("pending_deletion", false.into()),
        ])
        .rows()
}
