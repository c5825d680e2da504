//! Operations of S3 on buckets and how they are set up; never on what is in them.

crate::operations! {
    service: "s3", prefix: "s3";
    read LIST_BUCKETS = "ListBuckets", "s3-read", permission "s3:ListAllMyBuckets";
    read GET_BUCKET_LOCATION = "GetBucketLocation", "s3-read";
    read GET_BUCKET_POLICY = "GetBucketPolicy", "s3-read";
    read GET_BUCKET_POLICY_STATUS = "GetBucketPolicyStatus", "s3-read";
    read GET_BUCKET_ACL = "GetBucketAcl", "s3-read";
    read GET_PUBLIC_ACCESS_BLOCK = "GetPublicAccessBlock", "s3-read", permission "s3:GetBucketPublicAccessBlock";
    read GET_OWNERSHIP_CONTROLS = "GetBucketOwnershipControls", "s3-read";
    read GET_ENCRYPTION = "GetBucketEncryption", "s3-read", permission "s3:GetEncryptionConfiguration";
    read GET_VERSIONING = "GetBucketVersioning", "s3-read";
    read GET_OBJECT_LOCK = "GetObjectLockConfiguration", "s3-read", permission "s3:GetBucketObjectLockConfiguration";
    read GET_LIFECYCLE = "GetBucketLifecycleConfiguration", "s3-read", permission "s3:GetLifecycleConfiguration";
    read GET_LOGGING = "GetBucketLogging", "s3-read";
    read GET_REPLICATION = "GetBucketReplication", "s3-read", permission "s3:GetReplicationConfiguration";
    read GET_TAGGING = "GetBucketTagging", "s3-read";
}
