//! Operations of EC2: what holds for a whole account in one region, and what is there.

crate::operations! {
    service: "ec2", prefix: "ec2";
    read GET_EBS_ENCRYPTION_BY_DEFAULT = "GetEbsEncryptionByDefault", "ec2-read";
    read GET_INSTANCE_METADATA_DEFAULTS = "GetInstanceMetadataDefaults", "ec2-read";
    read GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS = "GetSnapshotBlockPublicAccessState", "ec2-read";
    read GET_IMAGE_BLOCK_PUBLIC_ACCESS = "GetImageBlockPublicAccessState", "ec2-read";
    read DESCRIBE_INSTANCES = "DescribeInstances", "ec2-read";
    read DESCRIBE_INSTANCE_ATTRIBUTE = "DescribeInstanceAttribute", "ec2-read";
    read DESCRIBE_IMAGES = "DescribeImages", "ec2-read";
    read DESCRIBE_IMAGE_ATTRIBUTE = "DescribeImageAttribute", "ec2-read";
    read DESCRIBE_SECURITY_GROUP_RULES = "DescribeSecurityGroupRules", "ec2-read";
    read DESCRIBE_VOLUMES = "DescribeVolumes", "ec2-read";
    read DESCRIBE_SNAPSHOTS = "DescribeSnapshots", "ec2-read";
    read DESCRIBE_SNAPSHOT_ATTRIBUTE = "DescribeSnapshotAttribute", "ec2-read";
    read DESCRIBE_SECURITY_GROUPS = "DescribeSecurityGroups", "ec2-read";
    read DESCRIBE_NETWORK_INTERFACES = "DescribeNetworkInterfaces", "ec2-read";
    read DESCRIBE_NETWORK_ACLS = "DescribeNetworkAcls", "ec2-read";
    read DESCRIBE_VPCS = "DescribeVpcs", "ec2-read";
    read DESCRIBE_SUBNETS = "DescribeSubnets", "ec2-read";
    read DESCRIBE_ROUTE_TABLES = "DescribeRouteTables", "ec2-read";
    read DESCRIBE_INTERNET_GATEWAYS = "DescribeInternetGateways", "ec2-read";
    read DESCRIBE_FLOW_LOGS = "DescribeFlowLogs", "ec2-read";
    read DESCRIBE_VPC_ENDPOINTS = "DescribeVpcEndpoints", "ec2-read";
    read DESCRIBE_VPC_PEERING_CONNECTIONS = "DescribeVpcPeeringConnections", "ec2-read";
    read DESCRIBE_VPN_CONNECTIONS = "DescribeVpnConnections", "ec2-read";
    read DESCRIBE_VPN_GATEWAYS = "DescribeVpnGateways", "ec2-read";
    read DESCRIBE_TRANSIT_GATEWAY_VPC_ATTACHMENTS = "DescribeTransitGatewayVpcAttachments", "ec2-read";
    read DESCRIBE_TRANSIT_GATEWAYS = "DescribeTransitGateways", "ec2-read";
    read DESCRIBE_REGIONS = "DescribeRegions", "ec2-read";
    read DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_OPTIONS = "DescribeVpcBlockPublicAccessOptions", "ec2-read";
    read GET_SERIAL_CONSOLE_ACCESS = "GetSerialConsoleAccessStatus", "ec2-read";
    read GET_ALLOWED_IMAGES = "GetAllowedImagesSettings", "ec2-read";
    write ENABLE_EBS_ENCRYPTION_BY_DEFAULT = "EnableEbsEncryptionByDefault", "ec2-write";
    write DISABLE_EBS_ENCRYPTION_BY_DEFAULT = "DisableEbsEncryptionByDefault", "ec2-write";
    write MODIFY_INSTANCE_METADATA_DEFAULTS = "ModifyInstanceMetadataDefaults", "ec2-write";
    write ENABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS = "EnableSnapshotBlockPublicAccess", "ec2-write";
    write DISABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS = "DisableSnapshotBlockPublicAccess", "ec2-write";
    write ENABLE_IMAGE_BLOCK_PUBLIC_ACCESS = "EnableImageBlockPublicAccess", "ec2-write";
    write DISABLE_IMAGE_BLOCK_PUBLIC_ACCESS = "DisableImageBlockPublicAccess", "ec2-write";
}
