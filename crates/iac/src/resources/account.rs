//! What is set for a whole account: several resources that make one row.

use polity_model::facet::Datum;

use super::Facts;
use crate::{
    Found,
    native::{Native, World},
    tree::{Known, OPEN, all},
};

/// Types that set something for an account.
pub(super) const KINDS: &[&str] = &[
    "aws_s3_account_public_access_block",
    "aws_ebs_encryption_by_default",
    "aws_iam_account_password_policy",
    "aws_ec2_instance_metadata_defaults",
    "aws_ebs_snapshot_block_public_access",
    "aws_ec2_image_block_public_access",
    "aws_ec2_serial_console_access",
    "aws_account_alternate_contact",
];

/// One row, if anything is set at all.
pub(super) fn settings(world: &World) -> Option<Found> {
    let first = world.made().find(|native| KINDS.contains(&native.kind.as_str()))?;
    let mut facts = Facts::of("account_settings", world, first).all([("name", OPEN), ("id", OPEN), ("tags", OPEN)]);
    facts.address = "account settings".to_owned();
    // Where one type is there twice, for several regions, what holds is what all of them say.
    let set = |kind: &str, read: fn(&Native) -> Datum| {
        let mut values = world.of_kind(kind).map(read).peekable();
        values.peek().is_some().then(|| all(values))
    };
    let flags: [(&'static str, Option<Datum>); 5] = [
        (
            "public_stores_blocked",
            set("aws_s3_account_public_access_block", |native| {
                let names =
                    ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
                all(names.map(|name| native.tree.flag(name)))
            }),
        ),
        ("volumes_encrypted", set("aws_ebs_encryption_by_default", |native| native.tree.flag_or("enabled", true))),
        (
            "public_snapshots_blocked",
            set("aws_ebs_snapshot_block_public_access", |native| {
                native.tree.text("state").is_one_of(&["block-all-sharing", "block-new-sharing"])
            }),
        ),
        (
            "public_images_blocked",
            set("aws_ec2_image_block_public_access", |native| {
                native.tree.text("state").is_one_of(&["block-new-sharing"])
            }),
        ),
        ("serial_console", set("aws_ec2_serial_console_access", |native| native.tree.flag_or("enabled", true))),
    ];
    for (name, value) in flags {
        if let Some(value) = value {
            facts = facts.set(name, value);
        }
    }
    if let Some(native) = world.of_kind("aws_ec2_instance_metadata_defaults").last() {
        let tokens = match native.tree.text("http_tokens") {
            Datum::Text(text) if &*text == "no-preference" => "none".into(),
            text => text.unwritten("none"),
        };
        facts = facts.set("metadata_tokens", tokens);
    }
    if let Some(native) = world.of_kind("aws_iam_account_password_policy").last() {
        facts = facts.set("password_policy", password(native));
    }
    let contact = world.of_kind("aws_account_alternate_contact");
    let mut security =
        contact.filter(|native| native.tree.text("alternate_contact_type").is_one_of(&["SECURITY"]).is_true());
    if let Some(native) = security.next() {
        let text = |path: &str| native.tree.text(path).unwritten(OPEN);
        facts = facts
            .set("security_contact", Datum::Record(vec![text("name"), text("email_address"), text("phone_number")]));
    }
    facts.row()
}

fn password(native: &Native) -> Datum {
    let tree = &native.tree;
    let asked = ["require_lowercase_characters", "require_uppercase_characters", "require_numbers", "require_symbols"];
    let age = match tree.int_or("max_password_age", 0) {
        Datum::Int(0) => Datum::Absent,
        other => other,
    };
    Datum::Record(vec![
        tree.int_or("minimum_password_length", 6),
        tree.int_or("password_reuse_prevention", 0),
        age,
        // There is no such setting.
        false.into(),
        all(asked.map(|name| tree.flag_or(name, false))),
    ])
}
