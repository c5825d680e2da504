//! Resources -> rows of facets: one file for each group of types.

mod account;
mod databases;
mod disks;
mod functions;
mod grants;
mod identities;
mod keys;
mod logs;
mod machines;
mod networks;
mod rules;
mod stores;

use std::collections::BTreeMap;

use polity_model::{Diagnostic, Origin};

use crate::{
    Found, Reading,
    facts::Facts,
    native::{Native, World},
};

type Read = fn(&World, &Native) -> Vec<Found>;

/// Types that rows are made of.
const READ: &[(&str, Read)] = &[
    ("aws_s3_bucket", stores::bucket),
    ("aws_security_group", rules::group),
    ("aws_default_security_group", rules::group),
    ("aws_security_group_rule", rules::rule),
    ("aws_vpc_security_group_ingress_rule", rules::ingress),
    ("aws_vpc_security_group_egress_rule", rules::egress),
    ("aws_vpc", networks::network),
    ("aws_default_vpc", networks::network),
    ("aws_instance", machines::machine),
    ("aws_launch_template", machines::template),
    ("aws_ami", machines::image),
    ("aws_ami_copy", machines::image),
    ("aws_ami_from_instance", machines::image),
    ("aws_ebs_volume", disks::volume),
    ("aws_ebs_snapshot", disks::snapshot),
    ("aws_ebs_snapshot_copy", disks::snapshot),
    ("aws_kms_key", keys::key),
    ("aws_secretsmanager_secret", keys::secret),
    ("aws_db_instance", databases::instance),
    ("aws_rds_cluster", databases::cluster),
    ("aws_lambda_function", functions::function),
    ("aws_iam_user", identities::user),
    ("aws_iam_role", identities::role),
    ("aws_iam_access_key", identities::access_key),
    ("aws_iam_policy", grants::policy),
    ("aws_iam_user_policy", grants::inline),
    ("aws_iam_role_policy", grants::inline),
    ("aws_iam_group_policy", grants::inline),
    ("aws_iam_user_policy_attachment", grants::attachment),
    ("aws_iam_role_policy_attachment", grants::attachment),
    ("aws_iam_group_policy_attachment", grants::attachment),
    ("aws_cloudtrail", logs::trail),
    ("aws_cloudwatch_log_group", logs::group),
];

/// Types that say something of another resource, and the attribute that names it.
const PARTS: &[(&str, &str)] = &[
    ("aws_s3_bucket_public_access_block", "bucket"),
    ("aws_s3_bucket_policy", "bucket"),
    ("aws_s3_bucket_versioning", "bucket"),
    ("aws_s3_bucket_server_side_encryption_configuration", "bucket"),
    ("aws_s3_bucket_logging", "bucket"),
    ("aws_s3_bucket_acl", "bucket"),
    ("aws_s3_bucket_ownership_controls", "bucket"),
    ("aws_s3_bucket_object_lock_configuration", "bucket"),
    ("aws_s3_bucket_lifecycle_configuration", "bucket"),
    ("aws_s3_bucket_replication_configuration", "bucket"),
    ("aws_ami_launch_permission", "image_id"),
    ("aws_snapshot_create_volume_permission", "snapshot_id"),
    ("aws_kms_key_policy", "key_id"),
    ("aws_secretsmanager_secret_rotation", "secret_id"),
    ("aws_secretsmanager_secret_policy", "secret_arn"),
    ("aws_lambda_function_url", "function_name"),
    ("aws_lambda_permission", "function_name"),
    ("aws_iam_user_login_profile", "user"),
    ("aws_subnet", "vpc_id"),
    ("aws_internet_gateway", "vpc_id"),
    ("aws_flow_log", "vpc_id"),
    ("aws_vpc_endpoint", "vpc_id"),
    ("aws_rds_cluster_instance", "cluster_identifier"),
];

pub(crate) fn read(world: &World) -> Reading {
    let mut found = Vec::new();
    let mut faceless: BTreeMap<&str, (usize, &Native)> = BTreeMap::new();
    for native in world.made() {
        if let Some((_, read)) = READ.iter().find(|(kind, _)| *kind == native.kind) {
            found.extend(read(world, native));
        } else if !PARTS.iter().any(|(kind, _)| *kind == native.kind) && !account::KINDS.contains(&native.kind.as_str())
        {
            faceless.entry(&native.called).or_insert((0, native)).0 += 1;
        }
    }
    found.extend(account::settings(world));
    let mut diagnostics = world.diagnostics.take();
    diagnostics.extend(world.made().filter_map(|native| stray(world, native)));
    diagnostics.extend(faceless.into_iter().map(|(kind, (count, native))| no_facet(kind, count, &native.origin)));
    Reading { format: None, found, diagnostics }
}

/// Parts whose whole is not in this file.
fn stray(world: &World, native: &Native) -> Option<Diagnostic> {
    let (_, link) = PARTS.iter().find(|(kind, _)| *kind == native.kind)?;
    if world.is_claimed(native) || native.kind == "aws_flow_log" && !native.tree.has(link) {
        return None;
    }
    let message = format!(
        "`{}` is part of something that is not in this file, or that is known only after apply",
        native.address
    );
    let help =
        format!("`{link}` names it: what this says of it is not judged here, `polity audit` does once it is there");
    Some(Diagnostic::warning("stray-part", &native.origin, message).help(help))
}

/// Says that controls cannot speak of these.
pub(crate) fn no_facet(kind: &str, count: usize, origin: &Origin) -> Diagnostic {
    let these = if count == 1 { "1 resource is".to_owned() } else { format!("{count} resources are") };
    let message = format!("no facet for `{kind}`: {these} not judged");
    let help = "docs/check-iac.md lists what is judged";
    Diagnostic::warning("no-facet", origin, message).help(help)
}
