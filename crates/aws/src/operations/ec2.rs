//! Operations of EC2 on what holds for a whole account in one region.

crate::operations! {
    service: "ec2", prefix: "ec2";
    read GET_EBS_ENCRYPTION_BY_DEFAULT = "GetEbsEncryptionByDefault", "ec2-read";
    read GET_INSTANCE_METADATA_DEFAULTS = "GetInstanceMetadataDefaults", "ec2-read";
    read GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS = "GetSnapshotBlockPublicAccessState", "ec2-read";
    read GET_IMAGE_BLOCK_PUBLIC_ACCESS = "GetImageBlockPublicAccessState", "ec2-read";
    write ENABLE_EBS_ENCRYPTION_BY_DEFAULT = "EnableEbsEncryptionByDefault", "ec2-write";
    write DISABLE_EBS_ENCRYPTION_BY_DEFAULT = "DisableEbsEncryptionByDefault", "ec2-write";
    write MODIFY_INSTANCE_METADATA_DEFAULTS = "ModifyInstanceMetadataDefaults", "ec2-write";
    write ENABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS = "EnableSnapshotBlockPublicAccess", "ec2-write";
    write DISABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS = "DisableSnapshotBlockPublicAccess", "ec2-write";
    write ENABLE_IMAGE_BLOCK_PUBLIC_ACCESS = "EnableImageBlockPublicAccess", "ec2-write";
    write DISABLE_IMAGE_BLOCK_PUBLIC_ACCESS = "DisableImageBlockPublicAccess", "ec2-write";
}
