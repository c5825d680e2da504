//! Operations of Systems Manager on the machines that its agent runs on.

crate::operations! {
    service: "ssm", prefix: "ssm";
    read DESCRIBE_INSTANCE_INFORMATION = "DescribeInstanceInformation", "ssm-read";
}
