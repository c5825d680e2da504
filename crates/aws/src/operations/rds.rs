//! Operations of the Relational Database Service.

crate::operations! {
    service: "rds", prefix: "rds";
    read DESCRIBE_DB_INSTANCES = "DescribeDBInstances", "rds-read";
    read DESCRIBE_DB_CLUSTERS = "DescribeDBClusters", "rds-read";
    read DESCRIBE_DB_SNAPSHOTS = "DescribeDBSnapshots", "rds-read";
    read DESCRIBE_DB_SNAPSHOT_ATTRIBUTES = "DescribeDBSnapshotAttributes", "rds-read";
    read DESCRIBE_DB_CLUSTER_SNAPSHOTS = "DescribeDBClusterSnapshots", "rds-read";
    read DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES = "DescribeDBClusterSnapshotAttributes", "rds-read";
    read DESCRIBE_DB_PARAMETERS = "DescribeDBParameters", "rds-read";
    read DESCRIBE_DB_CLUSTER_PARAMETERS = "DescribeDBClusterParameters", "rds-read";
}
