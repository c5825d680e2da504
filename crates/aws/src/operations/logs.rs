//! Operations of CloudWatch Logs.

crate::operations! {
    service: "logs", prefix: "logs";
    read DESCRIBE_LOG_GROUPS = "DescribeLogGroups", "logs-read";
    read DESCRIBE_RESOURCE_POLICIES = "DescribeResourcePolicies", "logs-read";
    read LIST_TAGS_FOR_RESOURCE = "ListTagsForResource", "logs-read";
}
