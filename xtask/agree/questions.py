"""What is asked of the same resources by Polity, Cloud Custodian and Prowler, and why they differ where they do.

Each question is a fact that the seed knows. `bad` picks the resources of which it does not hold, from what the seed was told to make;
`by` names a resource as its finding does. A difference that `differs` does not explain is an error.
"""


class Question:
    def __init__(self, words, control, facet, bad, custodian, prowler, by=lambda one: one["name"], differs=None):
        self.words, self.control, self.facet, self.bad, self.by = words, control, facet, bad, by
        self.custodian, self.prowler, self.differs = custodian, prowler, differs or {}

    def truth(self, resources):
        of = [one for one in resources if one["facet"] == self.facet]
        return {self.by(one) for one in of}, {self.by(one) for one in of if self.bad(one["facts"])}


def group(one):
    """Rules are seen through the group that they are of: the others speak of groups alone."""
    return one["facts"]["group"]


QUESTIONS = [
    Question(
        "buckets that everybody may read", "storage-no-public-access", "object_store", lambda facts: facts["public"],
        ("aws.s3", "Name", [{"or": [{"type": "global-grants"}, {"type": "cross-account", "everyone_only": True}]}]),
        ["s3_bucket_public_access"],
    ),
    Question(
        "buckets without versioning", "storage-versioning", "object_store", lambda facts: not facts["versioning"],
        ("aws.s3", "Name", [{"type": "value", "key": "Versioning.Status", "op": "ne", "value": "Enabled"}]),
        ["s3_bucket_object_versioning"],
    ),
    Question(
        "buckets that take plain HTTP", "storage-tls", "object_store", lambda facts: not facts["tls_required"],
        ("aws.s3", "Name", [{"not": [{"type": "has-statement", "statements": [
            {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        ]}]}]),
        ["s3_bucket_secure_transport_policy"],
    ),
    Question(
        "volumes in plain text", "volumes-encrypted", "volume", lambda facts: not facts["encrypted"],
        ("aws.ebs", "VolumeId", [{"Encrypted": False}]),
        ["ec2_ebs_volume_encryption"],
    ),
    Question(
        "snapshots that everybody may copy", "snapshots-not-public", "snapshot", lambda facts: facts["public"],
        ("aws.ebs-snapshot", "SnapshotId", [{"type": "cross-account", "everyone_only": True}]),
        ["ec2_ebs_public_snapshot"],
    ),
    Question(
        "snapshots in plain text", "snapshots-encrypted", "snapshot", lambda facts: not facts["encrypted"],
        ("aws.ebs-snapshot", "SnapshotId", [{"Encrypted": False}]),
        ["ec2_ebs_snapshots_encrypted"],
    ),
    Question(
        "images that everybody may start", "images-not-public", "image", lambda facts: facts["public"],
        ("aws.ami", "Name", [{"Public": True}]),
        ["ec2_ami_public"],
    ),
    Question(
        "groups through which the internet administers", "admin-ports-closed", "network_rule",
        lambda facts: facts["any_source"],
        ("aws.security-group", "GroupId", [{"or": [
            {"type": "ingress", "Ports": [22, 3389], "Cidr": {"value": "0.0.0.0/0"}},
        ]}]),
        [
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_3389",
        ],
        by=group,
    ),
    Question(
        "keys that are never rotated", "key-rotation", "key", lambda facts: not facts["rotation"],
        ("aws.kms-key", "KeyId", [{"type": "key-rotation-status", "key": "KeyRotationEnabled", "value": False}]),
        ["kms_cmk_rotation_enabled"],
    ),
    Question(
        "machines whose metadata asks for no token", "machine-metadata-tokens", "machine",
        lambda facts: facts["metadata_tokens"] == "optional",
        ("aws.ec2", "Name", [{"MetadataOptions.HttpTokens": "optional"}]),
        ["ec2_instance_imdsv2_enabled"],
    ),
    Question(
        "databases with a public address", "database-private", "database", lambda facts: facts["public"],
        ("aws.rds", "DBInstanceIdentifier", [{"PubliclyAccessible": True}]),
        ["rds_instance_no_public_access"],
        differs={
            "prowler": "it speaks of a public database only where a security group lets everybody in and the subnet has a way to the "
            "internet; we judge the address itself, because the other two can change by one mistake",
        },
    ),
    Question(
        "databases in plain text", "databases-encrypted", "database", lambda facts: not facts["encrypted"],
        ("aws.rds", "DBInstanceIdentifier", [{"StorageEncrypted": False}]),
        ["rds_instance_storage_encrypted"],
    ),
    Question(
        "databases without a week of backups", "database-backups-kept", "database", lambda facts: facts["backup_days"] < 7,
        ("aws.rds", "DBInstanceIdentifier", [{"type": "value", "key": "BackupRetentionPeriod", "op": "lt", "value": 7}]),
        ["rds_instance_backup_enabled"],
    ),
    Question(
        "logs that are kept for less than a year", "log-retention", "log_store",
        lambda facts: facts["retention_days"] is not None and facts["retention_days"] < 365,
        ("aws.log-group", "logGroupName", [
            {"type": "value", "key": "retentionInDays", "value": "present"},
            {"type": "value", "key": "retentionInDays", "op": "lt", "value": 365},
        ]),
        ["cloudwatch_log_group_retention_policy_specific_days_enabled"],
    ),
    Question(
        "people who enter by a password alone", "people-mfa", "identity", lambda facts: facts.get("console") and not facts["mfa"],
        ("aws.iam-user", "UserName", [
            {"type": "login-profile"},
            {"type": "mfa-device", "key": "MFADevices", "value": [], "op": "eq"},
        ]),
        ["iam_user_mfa_enabled_console_access"],
    ),
    Question(
        "secrets that everybody may read", "secret-private", "secret", lambda facts: facts["public"],
        ("aws.secrets-manager", "Name", [{"type": "cross-account", "everyone_only": True}]),
        ["secretsmanager_not_publicly_accessible"],
    ),
    Question(
        "functions that everybody may call", "function-not-public", "function", lambda facts: facts["public"],
        ("aws.lambda", "FunctionName", [{"type": "cross-account", "everyone_only": True}]),
        ["awslambda_function_not_publicly_accessible"],
    ),
    Question(
        "roles that everybody may assume", "trust-not-public", "identity", lambda facts: facts.get("trusted_by_anybody", False),
        ("aws.iam-role", "RoleName", [
            {"type": "value", "key": "length(AssumeRolePolicyDocument.Statement[?Principal=='*'])", "op": "gt", "value": 0},
        ]),
        [],
        differs={"prowler": "none of its checks asks whom a role trusts in general; it asks for read-only access and for confused deputies"},
    ),
]

if __name__ == "__main__":
    print("\n".join(question.control for question in QUESTIONS))
