//! Operations of Security Hub.

crate::operations! {
    service: "securityhub", prefix: "securityhub";
    read DESCRIBE_HUB = "DescribeHub", "securityhub-read";
}
