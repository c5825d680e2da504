"""What `polity remediate` is held to: `remediate.py make ACCOUNT_NAME` makes one resource of each sort, each of them wrong;
`remediate.py read ACCOUNT_NAME` prints as JSON what boto3 sees of them; `remediate.py meddle ACCOUNT_NAME` changes one by other hands."""

import json
import os
import sys

import boto3
from botocore.config import Config

endpoint, region = os.environ["AWS_ENDPOINT_URL"], "us-east-1"
verb, account_name = sys.argv[1], sys.argv[2]
config = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})
organizations = boto3.client("organizations", endpoint_url=endpoint, region_name=region)
sts = boto3.client("sts", endpoint_url=endpoint, region_name=region)
account = next(found["Id"] for found in organizations.list_accounts()["Accounts"] if found["Name"] == account_name)
keys = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole", RoleSessionName="seed")["Credentials"]


def client(service):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        config=config,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


s3, ec2, kms, logs, trails, iam, rds = map(client, ["s3", "ec2", "kms", "logs", "cloudtrail", "iam", "rds"])


def make():
    s3.create_bucket(Bucket="shop-open")
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop-open/*"}
    s3.put_bucket_policy(Bucket="shop-open", Policy=json.dumps({"Version": "2012-10-17", "Statement": [everybody]}))
    kms.create_key(Description="still", KeyUsage="ENCRYPT_DECRYPT", KeySpec="SYMMETRIC_DEFAULT")
    logs.create_log_group(logGroupName="/shop")
    logs.put_retention_policy(logGroupName="/shop", retentionInDays=7)
    trails.create_trail(Name="half", S3BucketName="shop-open", EnableLogFileValidation=False)
    volume = ec2.create_volume(AvailabilityZone=region + "a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.modify_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"])
    machine = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, MetadataOptions={"HttpTokens": "optional"})
    image = ec2.create_image(InstanceId=machine["Instances"][0]["InstanceId"], Name="shop")["ImageId"]
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    iam.create_user(UserName="deploy")
    iam.create_access_key(UserName="deploy")
    group = ec2.create_security_group(GroupName="shop", Description="open to everybody")["GroupId"]
    # Of rules for IPv6 the server keeps what they were, whatever they are changed to.
    world = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[world])
    rds.create_db_instance(
        DBInstanceIdentifier="shop", DBInstanceClass="db.t3.micro", Engine="mysql", AllocatedStorage=10, MasterUsername="owner",
        MasterUserPassword="not-a-real-one", PubliclyAccessible=True, DeletionProtection=False, BackupRetentionPeriod=1,
        Tags=[{"Key": "env", "Value": "prod"}],
    )


def read():
    def block():
        try:
            found = s3.get_public_access_block(Bucket="shop-open")["PublicAccessBlockConfiguration"]
            return all(found.values())
        except s3.exceptions.ClientError:
            return False

    key = next(key["KeyId"] for key in kms.list_keys()["Keys"] if kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Description"] == "still")
    snapshots = [found["SnapshotId"] for found in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]]
    public = lambda found: any(permission.get("Group") == "all" for permission in found)
    machine = ec2.describe_instances()["Reservations"][0]["Instances"][0]
    image = ec2.describe_images(Owners=["self"])["Images"][0]["ImageId"]
    shop = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["shop"]}])["SecurityGroups"][0]["IpPermissions"]
    def ownership():
        try:
            return s3.get_bucket_ownership_controls(Bucket="shop-open")["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
        except s3.exceptions.ClientError:
            return None

    database = rds.describe_db_instances()["DBInstances"][0]
    return {
        "bucket blocked": block(),
        "bucket versioning": s3.get_bucket_versioning(Bucket="shop-open").get("Status", "Suspended"),
        "key rotation": kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"],
        "log retention": logs.describe_log_groups()["logGroups"][0].get("retentionInDays"),
        "trail validation": trails.describe_trails()["trailList"][0]["LogFileValidationEnabled"],
        "snapshot public": any(
            public(ec2.describe_snapshot_attribute(SnapshotId=found, Attribute="createVolumePermission")["CreateVolumePermissions"])
            for found in snapshots
        ),
        "image public": public(ec2.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"]),
        "machine tokens": machine["MetadataOptions"]["HttpTokens"],
        "access key": iam.list_access_keys(UserName="deploy")["AccessKeyMetadata"][0]["Status"],
        "database backups": database["BackupRetentionPeriod"],
        "database protected": database["DeletionProtection"],
        "bucket ownership": ownership(),
        "administered from": [found["CidrIp"] for rule in shop for found in rule["IpRanges"]],
    }


if verb == "make":
    make()
if verb == "meddle":
    logs.put_retention_policy(logGroupName="/shop", retentionInDays=14)
print(json.dumps(read()))
