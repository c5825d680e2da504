//! Operations that put something right. They are not among those that plans of a manifest take: whoever lets Polity remediate
//! gives it these permissions besides.

/// S3, on single buckets.
pub mod s3 {
    crate::operations! {
        service: "s3", prefix: "s3";
        write PUT_PUBLIC_ACCESS_BLOCK = "PutPublicAccessBlock", "s3-write", permission "s3:PutBucketPublicAccessBlock";
        write PUT_OWNERSHIP_CONTROLS = "PutBucketOwnershipControls", "s3-write";
        write DELETE_OWNERSHIP_CONTROLS = "DeleteBucketOwnershipControls", "s3-write", permission "s3:PutBucketOwnershipControls";
        write PUT_VERSIONING = "PutBucketVersioning", "s3-write";
    }
}

/// Key Management Service.
pub mod kms {
    crate::operations! {
        service: "kms", prefix: "kms";
        write ENABLE_KEY_ROTATION = "EnableKeyRotation", "kms-write";
        write DISABLE_KEY_ROTATION = "DisableKeyRotation", "kms-write";
    }
}

/// CloudWatch Logs.
pub mod logs {
    crate::operations! {
        service: "logs", prefix: "logs";
        write PUT_RETENTION_POLICY = "PutRetentionPolicy", "logs-write";
        write DELETE_RETENTION_POLICY = "DeleteRetentionPolicy", "logs-write";
    }
}

/// CloudTrail.
pub mod cloudtrail {
    crate::operations! {
        service: "cloudtrail", prefix: "cloudtrail";
        write UPDATE_TRAIL = "UpdateTrail", "cloudtrail-write";
        write START_LOGGING = "StartLogging", "cloudtrail-write";
        write STOP_LOGGING = "StopLogging", "cloudtrail-write";
    }
}

/// IAM.
pub mod iam {
    crate::operations! {
        service: "iam", prefix: "iam";
        write UPDATE_ACCESS_KEY = "UpdateAccessKey", "iam-write";
    }
}

/// EC2.
pub mod ec2 {
    crate::operations! {
        service: "ec2", prefix: "ec2";
        write MODIFY_SNAPSHOT_ATTRIBUTE = "ModifySnapshotAttribute", "ec2-write";
        write MODIFY_IMAGE_ATTRIBUTE = "ModifyImageAttribute", "ec2-write";
        write MODIFY_SECURITY_GROUP_RULES = "ModifySecurityGroupRules", "ec2-write";
        write MODIFY_INSTANCE_METADATA_OPTIONS = "ModifyInstanceMetadataOptions", "ec2-write";
    }
}

/// Relational Database Service.
pub mod rds {
    crate::operations! {
        service: "rds", prefix: "rds";
        write MODIFY_DB_INSTANCE = "ModifyDBInstance", "rds-write";
    }
}

/// All operations that corrections take.
pub(super) fn writes() -> impl Iterator<Item = &'static polity_provider::WriteOperation> {
    let tables = [s3::WRITES, kms::WRITES, logs::WRITES, cloudtrail::WRITES, iam::WRITES, ec2::WRITES, rds::WRITES];
    tables.into_iter().flatten()
}
