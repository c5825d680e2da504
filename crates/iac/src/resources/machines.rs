//! Machines, the templates that they are started from, and images.

use polity_model::facet::{Datum, Reason};

use super::Facts;
use crate::{
    Found,
    facts::key_of,
    native::{Native, World},
    tree::{Known, OPEN, Tree, any},
};

pub(super) fn machine(world: &World, native: &Native) -> Vec<Found> {
    let tree = &native.tree;
    let disks = disks(tree, &["root_block_device", "ebs_block_device"], "");
    start(world, native)
        .all([
            ("disks", disks),
            ("public_address", public_address(tree, "associate_public_ip_address", "public_ip")),
            ("networks", tree.texts("subnet_id")),
            (
                "identity",
                if tree.has("iam_instance_profile") { tree.text("iam_instance_profile") } else { Datum::Absent },
            ),
            ("detailed_monitoring", tree.flag_or("monitoring", false)),
            ("deletion_protection", tree.flag_or("disable_api_termination", false)),
        ])
        .rows()
}

pub(super) fn template(world: &World, native: &Native) -> Vec<Found> {
    let tree = &native.tree;
    let disks = disks(tree, &["block_device_mappings"], "ebs.");
    start(world, native)
        .all([
            ("disks", disks),
            ("public_address", public_address(tree, "network_interfaces.associate_public_ip_address", "")),
            ("networks", tree.texts("network_interfaces.subnet_id")),
            ("identity", if tree.has("iam_instance_profile") { OPEN } else { Datum::Absent }),
            ("detailed_monitoring", tree.flag_or("monitoring.enabled", false)),
            ("deletion_protection", tree.flag_or("disable_api_termination", false)),
        ])
        .rows()
}

/// What machines and templates have alike.
fn start(world: &World, native: &Native) -> Facts {
    let tree = &native.tree;
    let image = ["ami", "image_id"].into_iter().find(|path| tree.has(path)).map_or(OPEN, |path| tree.text(path));
    let image = vec![image, OPEN, OPEN, OPEN];
    Facts::of("machine", world, native).all([
        // What code makes runs, and so does what is started from a template.
        ("state", "running".into()),
        ("size", tree.text("instance_type").unwritten(OPEN)),
        ("image", Datum::Record(image)),
        ("metadata_tokens", metadata(tree)),
        // Without a word the account's own default holds.
        ("metadata_hops", tree.int("metadata_options.http_put_response_hop_limit").unwritten(OPEN)),
        ("stopped_at", Datum::Absent),
        ("secrets", secrets(tree)),
    ])
}

fn metadata(tree: &Tree) -> Datum {
    if tree.text("metadata_options.http_endpoint").is_one_of(&["disabled"]).is_true() {
        return "off".into();
    }
    tree.text("metadata_options.http_tokens").unwritten(OPEN)
}

fn disks(tree: &Tree, blocks: &[&str], within: &str) -> Datum {
    let mut disks = Vec::new();
    for block in blocks {
        let Some(items) = tree.items(block) else {
            // The image may bring more, and what is known of the others still counts.
            disks.push(Datum::Record(vec![OPEN, OPEN]));
            continue;
        };
        for item in items.iter().filter(|item| within.is_empty() || item.has(within.trim_end_matches('.'))) {
            // Without a word the account's own default holds.
            let encrypted = item.flag(&format!("{within}encrypted")).unwritten(OPEN);
            disks.push(Datum::Record(vec![OPEN, encrypted]));
        }
    }
    if disks.is_empty() { OPEN } else { Datum::List(disks) }
}

fn public_address(tree: &Tree, asked: &str, given: &str) -> Datum {
    match tree.flag(asked) {
        Datum::Bool(false) => Datum::Absent,
        Datum::Bool(true) => {
            if given.is_empty() {
                "given at start".into()
            } else {
                tree.known(given).unwrap_or_else(|| "given at start".to_owned()).into()
            }
        }
        // The subnet decides.
        _ => OPEN,
    }
}

/// How many secrets stand in the start-up data as they are.
fn secrets(tree: &Tree) -> Datum {
    match ["user_data", "user_data_base64"].into_iter().find(|path| tree.has(path)) {
        None => 0.into(),
        Some(path) => match tree.known(path) {
            Some(text) if text.contains(char::is_whitespace) => crate::secrets::in_text(&text).into(),
            // A digest of it is kept, or it is encoded: neither can be searched.
            Some(_) => Datum::Unknown(Reason::NotCollected),
            None => OPEN,
        },
    }
}

pub(super) fn image(world: &World, native: &Native) -> Vec<Found> {
    let tree = &native.tree;
    let permissions = world.joined("aws_ami_launch_permission", "image_id", native, &["id"]);
    let to_all = any(permissions.sure.iter().map(|part| part.tree.text("group").is_one_of(&["all"])));
    let more = |known: Datum| if permissions.more && !known.is_true() { OPEN } else { known };
    let shared = permissions.sure.iter().flat_map(|part| {
        ["account_id", "organization_arn", "organizational_unit_arn"].map(|path| part.tree.text(path))
    });
    let shared: Vec<Datum> = shared.filter(|with| *with != Datum::Absent).collect();
    let blocks = tree.items("ebs_block_device");
    let encrypted = match (native.kind.as_str(), blocks) {
        ("aws_ami_copy", _) => tree.flag_or("encrypted", false),
        (_, Some(blocks)) if !blocks.is_empty() => {
            crate::tree::all(blocks.iter().map(|block| block.flag("encrypted").unwritten(OPEN)))
        }
        _ => OPEN,
    };
    Facts::of("image", world, native)
        .all([
            ("public", more(to_all)),
            ("shared_with", if permissions.more { OPEN } else { Datum::List(shared) }),
            ("encrypted", encrypted),
            ("encryption_key", if native.kind == "aws_ami_copy" { key_of(world, native, "kms_key_id") } else { OPEN }),
            ("encryption_key_account", OPEN),
            ("owner", OPEN),
            ("deprecated_at", tree.text("deprecation_time").moment()),
            ("last_used_at", Datum::Absent),
        ])
        .rows()
}

/// Moments that are written as text.
trait Moment {
    fn moment(self) -> Datum;
}

impl Moment for Datum {
    fn moment(self) -> Datum {
        match self {
            Self::Text(text) => text.parse::<polity_model::units::Timestamp>().map_or(OPEN, Into::into),
            other => other,
        }
    }
}
