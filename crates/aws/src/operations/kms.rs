//! Operations of the Key Management Service.

crate::operations! {
    service: "kms", prefix: "kms";
    read LIST_KEYS = "ListKeys", "kms-read";
    read LIST_ALIASES = "ListAliases", "kms-read";
    read DESCRIBE_KEY = "DescribeKey", "kms-read";
    read GET_KEY_ROTATION_STATUS = "GetKeyRotationStatus", "kms-read";
    read GET_KEY_POLICY = "GetKeyPolicy", "kms-read";
    read LIST_RESOURCE_TAGS = "ListResourceTags", "kms-read";
}
