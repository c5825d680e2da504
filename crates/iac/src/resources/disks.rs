//! Volumes and snapshots.

use polity_model::facet::Datum;

use super::Facts;
use crate::{
    Found,
    facts::key_of,
    native::{Native, World},
    tree::{Known, OPEN, any},
};

pub(super) fn volume(world: &World, native: &Native) -> Vec<Found> {
    Facts::of("volume", world, native)
        .all([
            // Without a word the account's own default holds.
            ("encrypted", native.tree.flag("encrypted").unwritten(OPEN)),
            ("encryption_key", if native.tree.has("kms_key_id") { key_of(world, native, "kms_key_id") } else { OPEN }),
            ("encryption_key_account", OPEN),
            ("size_gib", native.tree.int("size").unwritten(OPEN)),
            ("attached", OPEN),
            ("last_backup_at", OPEN),
        ])
        .rows()
}

pub(super) fn snapshot(world: &World, native: &Native) -> Vec<Found> {
    let permissions = world.joined("aws_snapshot_create_volume_permission", "snapshot_id", native, &["id"]);
    let to_all = any(permissions.sure.iter().map(|part| part.tree.text("account_id").is_one_of(&["all"])));
    let accounts = permissions.sure.iter().map(|part| part.tree.text("account_id").unwritten(OPEN)).collect();
    let public = if permissions.more && !to_all.is_true() { OPEN } else { to_all };
    Facts::of("snapshot", world, native)
        .all([
            ("of", "volume".into()),
            ("source", native.tree.text("volume_id").unwritten(OPEN)),
            ("public", public),
            ("shared_with", if permissions.more { OPEN } else { Datum::List(accounts) }),
            ("encrypted", native.tree.flag("encrypted").unwritten(OPEN)),
            ("encryption_key", if native.tree.has("kms_key_id") { key_of(world, native, "kms_key_id") } else { OPEN }),
            ("encryption_key_account", OPEN),
        ])
        .rows()
}
