//! Databases: single ones and clusters.

use polity_model::facet::Datum;

use super::Facts;
use crate::{
    Found,
    facts::key_of,
    native::{Native, World},
    tree::{Known, OPEN, any},
};

pub(super) fn instance(world: &World, native: &Native) -> Vec<Found> {
    let tree = &native.tree;
    common(world, native)
        .all([
            ("public", tree.flag_or("publicly_accessible", false)),
            ("minor_upgrades", tree.flag_or("auto_minor_version_upgrade", true)),
            ("zones", tree.flag_or("multi_az", false)),
        ])
        .rows()
}

pub(super) fn cluster(world: &World, native: &Native) -> Vec<Found> {
    let parts = world.joined("aws_rds_cluster_instance", "cluster_identifier", native, &["id", "cluster_identifier"]);
    let public = any(parts.sure.iter().map(|part| part.tree.flag_or("publicly_accessible", false)));
    let upgrades =
        crate::tree::all(parts.sure.iter().map(|part| part.tree.flag_or("auto_minor_version_upgrade", true)));
    let open = parts.more || parts.sure.is_empty();
    common(world, native)
        .all([
            ("public", if open && !public.is_true() { OPEN } else { public }),
            ("minor_upgrades", if open { OPEN } else { upgrades }),
            // Its storage is in several zones in any case; it goes on at once only with a second machine.
            ("zones", if parts.more { OPEN } else { (parts.sure.len() > 1).into() }),
        ])
        .rows()
}

fn common(world: &World, native: &Native) -> Facts {
    let tree = &native.tree;
    let encrypted = tree.flag_or("storage_encrypted", false);
    let key = if tree.has("kms_key_id") { key_of(world, native, "kms_key_id") } else { Datum::Absent };
    let key_account = if key == Datum::Absent { Datum::Absent } else { OPEN };
    let logs = tree.given("enabled_cloudwatch_logs_exports");
    let audited = match &logs {
        Datum::List(logs) => any(logs.iter().map(|log| log.is_one_of(&["audit", "postgresql"]))),
        other => other.clone(),
    };
    let admin = ["username", "master_username"].into_iter().find(|path| tree.has(path));
    Facts::of("database", world, native).all([
        ("name", identifier(native)),
        ("engine", tree.text("engine").unwritten(OPEN)),
        ("version", tree.text("engine_version").unwritten(OPEN)),
        ("encrypted", encrypted),
        ("encryption_key", key),
        ("encryption_key_account", key_account),
        ("shared_with", Datum::List(Vec::new())),
        ("min_tls", OPEN),
        ("identity_login", tree.flag_or("iam_database_authentication_enabled", false)),
        ("admin_name", admin.map_or(Datum::Absent, |path| tree.text(path))),
        ("deletion_protection", tree.flag_or("deletion_protection", false)),
        ("backup_days", backup_days(native)),
        ("logs", logs),
        ("audit_logs", audited),
        ("last_backup_at", OPEN),
    ])
}

fn identifier(native: &Native) -> Datum {
    let path = ["identifier", "cluster_identifier"].into_iter().find(|path| native.tree.has(path));
    path.map_or(OPEN, |path| native.tree.text(path))
}

/// A single database keeps none, and a cluster those of one day, where nothing is written.
fn backup_days(native: &Native) -> Datum {
    let days = native.tree.int("backup_retention_period");
    let cluster = native.kind == "aws_rds_cluster";
    if native.tree.has("backup_retention_period") { days } else { i64::from(cluster).into() }
}
