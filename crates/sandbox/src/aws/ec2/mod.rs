//! Amazon EC2, as far as an account's defaults in a region go. There are no machines, networks or disks.

mod describe;
mod settings;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    input::Input,
    refusal::Refusal,
    service::{Operation, Protocol, Service, Turn, read, write},
    slow::Slow,
};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "ec2",
    signing: "ec2",
    protocol: Protocol::Ec2("http://ec2.amazonaws.com/doc/2016-11-15/"),
    operations: OPERATIONS,
};

const OPERATIONS: &[Operation] = &[
    read("DescribeAccountAttributes", "ec2-read", describe::describe_account_attributes),
    read("DescribeRegions", "ec2-read", describe::describe_regions),
    read("DescribeVpcs", "ec2-read", describe::describe_vpcs),
    write("DisableEbsEncryptionByDefault", "ec2-write", settings::disable_ebs_encryption_by_default),
    write("DisableImageBlockPublicAccess", "ec2-write", settings::disable_image_block_public_access),
    write("DisableSnapshotBlockPublicAccess", "ec2-write", settings::disable_snapshot_block_public_access),
    write("EnableEbsEncryptionByDefault", "ec2-write", settings::enable_ebs_encryption_by_default),
    write("EnableImageBlockPublicAccess", "ec2-write", settings::enable_image_block_public_access),
    write("EnableSnapshotBlockPublicAccess", "ec2-write", settings::enable_snapshot_block_public_access),
    read("GetEbsDefaultKmsKeyId", "ec2-read", settings::get_ebs_default_kms_key_id),
    read("GetEbsEncryptionByDefault", "ec2-read", settings::get_ebs_encryption_by_default),
    read("GetImageBlockPublicAccessState", "ec2-read", settings::get_image_block_public_access_state),
    read("GetInstanceMetadataDefaults", "ec2-read", settings::get_instance_metadata_defaults),
    read("GetSnapshotBlockPublicAccessState", "ec2-read", settings::get_snapshot_block_public_access_state),
    write("ModifyEbsDefaultKmsKeyId", "ec2-write", settings::modify_ebs_default_kms_key_id),
    write("ModifyInstanceMetadataDefaults", "ec2-write", settings::modify_instance_metadata_defaults),
    write("ResetEbsDefaultKmsKeyId", "ec2-write", settings::reset_ebs_default_kms_key_id),
];

/// What it holds of one account in one region.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Regional {
    /// Whether disks are encrypted unless somebody says otherwise.
    encrypted: bool,
    /// The key for that, where it is not AWS's own.
    key: Option<String>,
    /// Whether images may be shared with everybody. AWS keeps accounts from it that never did.
    images_public: Slow<bool>,
    /// How the sharing of snapshots is blocked, if it is.
    snapshots: Option<String>,
    /// Defaults of the metadata service, by the names of the answer.
    metadata: BTreeMap<String, String>,
}

/// The account's settings in the region of the call. The region has to be open, and a rehearsal ends here.
fn enter<'a>(turn: &'a Turn<'_>, input: &Input<'_>) -> Result<Option<&'a Regional>, Refusal> {
    let inside = turn.world.inside(&turn.caller.account);
    if !super::account::is_open(inside, &turn.region, turn.now) {
        let message = "AWS was not able to validate the provided access credentials";
        return Err(Refusal::new("AuthFailure", message).status(401));
    }
    if input.truth("DryRun") == Some(true) {
        let message = "Request would have succeeded, but DryRun flag is set.";
        return Err(Refusal::new("DryRunOperation", message).status(412));
    }
    Ok(inside.and_then(|inside| inside.ec2.get(&turn.region)))
}

/// The same, to change them.
fn change<'a>(turn: &'a mut Turn<'_>, input: &Input<'_>) -> Result<&'a mut Regional, Refusal> {
    enter(turn, input)?;
    let (account, region) = (turn.caller.account.clone(), turn.region.clone());
    Ok(turn.world.inside_mut(&account).ec2.entry(region).or_default())
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidParameterValue", message)
}

fn needed<'a>(input: &Input<'a>, name: &str) -> Result<&'a str, Refusal> {
    let missing = || Refusal::new("MissingParameter", format!("The request must contain the parameter {name}"));
    input.text(name).filter(|text| !text.is_empty()).ok_or_else(missing)
}
