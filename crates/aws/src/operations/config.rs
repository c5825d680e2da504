//! Operations of AWS Config.

crate::operations! {
    service: "config", prefix: "config";
    read DESCRIBE_CONFIGURATION_RECORDERS = "DescribeConfigurationRecorders", "config-read";
    read DESCRIBE_CONFIGURATION_RECORDER_STATUS = "DescribeConfigurationRecorderStatus", "config-read";
}
