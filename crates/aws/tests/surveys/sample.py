"""Fills one account of a moto server with resources of every facet, good ones and bad ones: `sample.py ENDPOINT ACCOUNT`.

What is read of them is kept in the snapshots beside this file. Everything here is made by boto3, so that the surveys are
held against somebody else's idea of AWS.
"""

import datetime
import io
import json
import os
import sys
import zipfile

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_EC2_METADATA_DISABLED="true")
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"):
    os.environ.pop(name, None)

import boto3
from botocore.config import Config

endpoint, account = sys.argv[1:]
REGION = "us-east-1"
anyone = boto3.client("sts", endpoint_url=endpoint, region_name=REGION)
found = anyone.assume_role(RoleArn=f"arn:aws:iam::{account}:role/admin", RoleSessionName="seed")["Credentials"]
keys = dict(
    aws_access_key_id=found["AccessKeyId"],
    aws_secret_access_key=found["SecretAccessKey"],
    aws_session_token=found["SessionToken"],
)


def client(service, region=REGION):
    config = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})
    return boto3.client(service, endpoint_url=endpoint, region_name=region, config=config, **keys)


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def buckets(key):
    s3, ireland = client("s3"), client("s3", "eu-west-1")
    for name in ("open-by-policy", "open-by-acl", "shut-again", "shared", "bare"):
        s3.create_bucket(Bucket=name)
    s3.put_bucket_policy(
        Bucket="open-by-policy",
        Policy=document(allow("s3:GetObject", "arn:aws:s3:::open-by-policy/*", Principal="*")),
    )
    s3.put_bucket_acl(Bucket="open-by-acl", ACL="public-read-write")
    block = dict(BlockPublicAcls=True, IgnorePublicAcls=True, BlockPublicPolicy=True, RestrictPublicBuckets=True)
    s3.put_bucket_acl(Bucket="shut-again", ACL="public-read")
    s3.put_public_access_block(Bucket="shut-again", PublicAccessBlockConfiguration=block)
    members = {"StringEquals": {"aws:PrincipalOrgID": "o-elsewhere1"}}
    s3.put_bucket_policy(
        Bucket="shared",
        Policy=document(
            allow("s3:GetObject", "arn:aws:s3:::shared/*", Principal={"AWS": "222222222222"}),
            allow("s3:GetObject", "arn:aws:s3:::shared/*", Principal="*", Condition=members),
        ),
    )
    ireland.create_bucket(
        Bucket="well-kept",
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
        ObjectLockEnabledForBucket=True,
        ObjectOwnership="BucketOwnerEnforced",
    )
    ireland.put_bucket_versioning(Bucket="well-kept", VersioningConfiguration={"Status": "Enabled"})
    ireland.put_object_lock_configuration(
        Bucket="well-kept",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 2}},
        },
    )
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    ireland.put_bucket_encryption(Bucket="well-kept", ServerSideEncryptionConfiguration={"Rules": [rule]})
    ireland.put_public_access_block(Bucket="well-kept", PublicAccessBlockConfiguration=block)
    ireland.put_bucket_tagging(Bucket="well-kept", Tagging={"TagSet": [{"Key": "owner", "Value": "R&D <ops>"}]})
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    old = {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    deny = dict(Effect="Deny", Principal="*", Action="s3:*", Resource="*")
    ireland.put_bucket_policy(
        Bucket="well-kept", Policy=document({**deny, "Condition": insecure}, {**deny, "Condition": old})
    )
    ireland.put_bucket_lifecycle_configuration(
        Bucket="well-kept",
        LifecycleConfiguration={
            "Rules": [{"ID": "end", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 400}}]
        },
    )
    ireland.create_bucket(Bucket="its-logs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    write = allow("s3:PutObject", "arn:aws:s3:::its-logs/*", Principal={"Service": "logging.s3.amazonaws.com"})
    ireland.put_bucket_policy(Bucket="its-logs", Policy=document(write))
    ireland.put_bucket_logging(
        Bucket="well-kept",
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "its-logs", "TargetPrefix": "well-kept/"}},
    )


def identities():
    iam = client("iam")
    for user in ("ann", "robot", "idle"):
        iam.create_user(UserName=user, Tags=[{"Key": "team", "Value": user}])
    iam.create_login_profile(UserName="ann", Password="Correct-horse-7")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="ann")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(UserName="ann", SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="234567")
    iam.create_access_key(UserName="robot")
    retired = iam.create_access_key(UserName="robot")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="robot", AccessKeyId=retired, Status="Inactive")
    make = lambda name, *statements: iam.create_policy(PolicyName=name, PolicyDocument=document(*statements))["Policy"]["Arn"]
    everything = make("everything", allow("*"))
    reading = make("reading", allow(["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::its-logs/*"))
    climbing = make("climbing", allow(["iam:PassRole", "lambda:CreateFunction"]), allow("kms:Decrypt"))
    iam.create_group(GroupName="readers")
    iam.attach_group_policy(GroupName="readers", PolicyArn=reading)
    iam.create_group(GroupName="rulers")
    iam.attach_group_policy(GroupName="rulers", PolicyArn=everything)
    iam.add_user_to_group(GroupName="rulers", UserName="ann")
    iam.put_user_policy(UserName="robot", PolicyName="own", PolicyDocument=document(allow("sqs:*", Condition={"Bool": {"aws:SecureTransport": "true"}})))
    take = lambda who, **more: {"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole", **more}
    role = lambda name, trust, **more: iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(*trust), **more)
    role("machines", [take({"Service": "ec2.amazonaws.com"})], PermissionsBoundary=reading)
    iam.attach_role_policy(RoleName="machines", PolicyArn=climbing)
    iam.create_instance_profile(InstanceProfileName="machines")
    iam.add_role_to_instance_profile(InstanceProfileName="machines", RoleName="machines")
    role("functions", [take({"Service": "lambda.amazonaws.com"})])
    iam.attach_role_policy(RoleName="functions", PolicyArn=everything)
    agreed = {"StringEquals": {"sts:ExternalId": "agreed"}}
    role("partner", [take({"AWS": "arn:aws:iam::222222222222:root"}, Condition=agreed)])
    iam.attach_role_policy(RoleName="partner", PolicyArn=reading)
    role("anybody", [take({"AWS": "*"})])
    issuer = "token.actions.example"
    github = {"StringEquals": {f"{issuer}:aud": "sts"}, "StringLike": {f"{issuer}:sub": "repo:acme/*"}}
    role("pipeline", [take({"Federated": f"arn:aws:iam::{account}:oidc-provider/{issuer}"}, Condition=github)])
    role("staff", [take({"Federated": f"arn:aws:iam::{account}:saml-provider/corp"})])
    iam.update_account_password_policy(MinimumPasswordLength=14, PasswordReusePrevention=24, MaxPasswordAge=90, RequireSymbols=True)
    return everything


def networks():
    ec2, logs = client("ec2"), client("logs")
    kept = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[kept], Tags=[{"Key": "Name", "Value": "kept"}])
    subnet = ec2.create_subnet(VpcId=kept, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=kept)
    table = ec2.create_route_table(VpcId=kept)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    edge = ec2.create_subnet(VpcId=kept, CidrBlock="10.7.2.0/24")["Subnet"]["SubnetId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=edge)
    ec2.modify_subnet_attribute(SubnetId=edge, MapPublicIpOnLaunch={"Value": True})
    logs.create_log_group(logGroupName="/flows")
    ec2.create_flow_logs(
        ResourceIds=[kept], ResourceType="VPC", TrafficType="ALL", LogGroupName="/flows",
        DeliverLogsPermissionArn=f"arn:aws:iam::{account}:role/flows",
    )
    for group in ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [kept]}])["SecurityGroups"]:
        ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
        if group["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    ec2.create_vpc_endpoint(VpcId=kept, ServiceName=f"com.amazonaws.{REGION}.s3", RouteTableIds=[table])
    other = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    ec2.create_vpc_peering_connection(VpcId=kept, PeerVpcId=other)
    web = ec2.create_security_group(GroupName="web", Description="web", VpcId=kept)["GroupId"]
    inner = ec2.create_security_group(GroupName="inner", Description="inner", VpcId=kept)["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=web,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "for now"}]},
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
            {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
        ],
    )
    ec2.authorize_security_group_ingress(
        GroupId=inner,
        IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": web}]}],
    )
    return subnet, edge, web, inner


def machines(subnet, edge, web, inner, key):
    ec2 = client("ec2")
    disk = lambda encrypted: [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "Encrypted": encrypted, "DeleteOnTermination": True}}]
    ours = ec2.register_image(Name="ours", RootDeviceName="/dev/sda1", Architecture="x86_64")["ImageId"]
    open_image = ec2.register_image(Name="for all", RootDeviceName="/dev/sda1", Architecture="x86_64")["ImageId"]
    ec2.modify_image_attribute(ImageId=open_image, LaunchPermission={"Add": [{"Group": "all"}]})
    lent = ec2.register_image(Name="lent", RootDeviceName="/dev/sda1", Architecture="x86_64")["ImageId"]
    ec2.modify_image_attribute(ImageId=lent, LaunchPermission={"Add": [{"UserId": "222222222222"}]})
    start = lambda name, **more: ec2.run_instances(
        MinCount=1, MaxCount=1, InstanceType="t3.micro",
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}], **more,
    )["Instances"][0]["InstanceId"]
    good = start(
        "good", ImageId=ours, SubnetId=subnet, SecurityGroupIds=[inner], BlockDeviceMappings=disk(True),
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1}, DisableApiTermination=True,
        IamInstanceProfile={"Name": "machines"}, Monitoring={"Enabled": True},
    )
    bad = start(
        "bad", ImageId=open_image, SubnetId=edge, SecurityGroupIds=[web], BlockDeviceMappings=disk(False),
        MetadataOptions={"HttpTokens": "optional", "HttpPutResponseHopLimit": 2},
        UserData="#!/bin/sh\nexport AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
    )
    ended = start("stopped", ImageId=ours, SubnetId=subnet, SecurityGroupIds=[inner], BlockDeviceMappings=disk(False))
    ec2.stop_instances(InstanceIds=[ended])
    lone = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=50, Encrypted=True, KmsKeyId=key)["VolumeId"]
    kept = ec2.create_snapshot(VolumeId=lone, TagSpecifications=[{"ResourceType": "snapshot", "Tags": [{"Key": "Name", "Value": "kept"}]}])["SnapshotId"]
    plain = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=10)["VolumeId"]
    for name, target in (("open", {"Groups": ["all"]}), ("lent", {"UserIds": ["222222222222"]})):
        snapshot = ec2.create_snapshot(VolumeId=plain)["SnapshotId"]
        ec2.create_tags(Resources=[snapshot], Tags=[{"Key": "Name", "Value": name}])
        arguments = {"GroupNames": target["Groups"]} if "Groups" in target else {"UserIds": target["UserIds"]}
        ec2.modify_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", **arguments)


def encryption_keys():
    kms = client("kms")
    make = lambda name, **more: kms.create_key(Description=name, Tags=[{"TagKey": "name", "TagValue": name}], **more)["KeyMetadata"]["Arn"]
    turned = make("turned", KeyUsage="ENCRYPT_DECRYPT")
    kms.create_alias(AliasName="alias/turned", TargetKeyId=turned)
    kms.enable_key_rotation(KeyId=turned, RotationPeriodInDays=180)
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}
    still = make("still")
    kms.disable_key(KeyId=still.split("/")[-1])
    reader = allow("kms:Decrypt", Principal={"AWS": "arn:aws:iam::222222222222:role/reader"})
    kms.put_key_policy(KeyId=still, PolicyName="default", Policy=document(root, reader))
    make("open", Policy=document(root, allow(["kms:Encrypt", "kms:Decrypt"], Principal="*")))
    ending = make("ending", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    kms.schedule_key_deletion(KeyId=ending.split("/")[-1], PendingWindowInDays=7)
    return turned


def databases(key):
    rds = client("rds")
    common = dict(DBInstanceClass="db.t3.micro", MasterUsername="admin", MasterUserPassword="long-and-secret", AllocatedStorage=20)
    rds.create_db_instance(
        DBInstanceIdentifier="kept", Engine="postgres", EngineVersion="16.3", StorageEncrypted=True, KmsKeyId=key,
        PubliclyAccessible=False, DeletionProtection=True, BackupRetentionPeriod=14, MultiAZ=True, AutoMinorVersionUpgrade=True,
        EnableIAMDatabaseAuthentication=True, EnableCloudwatchLogsExports=["postgresql"], Tags=[{"Key": "env", "Value": "prod"}], **common,
    )
    rds.create_db_instance(
        DBInstanceIdentifier="loose", Engine="mysql", EngineVersion="5.7.44", StorageEncrypted=False, PubliclyAccessible=True,
        BackupRetentionPeriod=0, AutoMinorVersionUpgrade=False, **common,
    )
    rds.create_db_cluster(
        DBClusterIdentifier="cluster", Engine="aurora-postgresql", MasterUsername="root", MasterUserPassword="long-and-secret",
        StorageEncrypted=True, DeletionProtection=True, BackupRetentionPeriod=7,
    )
    rds.create_db_snapshot(DBInstanceIdentifier="loose", DBSnapshotIdentifier="loose-open")
    rds.modify_db_snapshot_attribute(DBSnapshotIdentifier="loose-open", AttributeName="restore", ValuesToAdd=["all"])
    rds.create_db_snapshot(DBInstanceIdentifier="kept", DBSnapshotIdentifier="kept-copy")


def functions(subnet, inner):
    lam = client("lambda")
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("main.py", "def run(event, context): return 1\n")
    common = dict(Handler="main.run", Role=f"arn:aws:iam::{account}:role/functions", Code={"ZipFile": data.getvalue()})
    lam.create_function(
        FunctionName="kept", Runtime="python3.13", VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": [inner]},
        TracingConfig={"Mode": "Active"}, DeadLetterConfig={"TargetArn": f"arn:aws:sqs:{REGION}:{account}:dead"},
        Tags={"env": "prod"}, **common,
    )
    lam.create_function(
        FunctionName="open", Runtime="python3.7",
        Environment={"Variables": {"DB_PASSWORD": "hunter2-hunter2", "MODE": "fast"}}, **common,
    )
    lam.create_function_url_config(FunctionName="open", AuthType="NONE")
    lam.add_permission(
        FunctionName="open", StatementId="all", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE"
    )


def trails(key):
    s3, trail, logs = client("s3"), client("cloudtrail"), client("logs")
    s3.create_bucket(Bucket="trail-store")
    group = logs.create_log_group(logGroupName="/audit", kmsKeyId=key, tags={"env": "prod"}) and "/audit"
    logs.put_retention_policy(logGroupName=group, retentionInDays=365)
    arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["arn"]
    logs.create_log_group(logGroupName="/for-ever")
    trail.create_trail(
        Name="all", S3BucketName="trail-store", IsMultiRegionTrail=True, EnableLogFileValidation=True,
        IncludeGlobalServiceEvents=True, KmsKeyId=key, CloudWatchLogsLogGroupArn=arn,
        CloudWatchLogsRoleArn=f"arn:aws:iam::{account}:role/trail", TagsList=[{"Key": "env", "Value": "prod"}],
    )
    trail.start_logging(Name="all")
    trail.put_event_selectors(
        TrailName="all",
        EventSelectors=[
            {
                "ReadWriteType": "All", "IncludeManagementEvents": True,
                "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::shared/"]}],
            }
        ],
    )
    trail.create_trail(Name="asleep", S3BucketName="trail-store")


def secrets(key):
    manager = client("secretsmanager")
    manager.create_secret(Name="turned", SecretString="x", KmsKeyId=key, Tags=[{"Key": "env", "Value": "prod"}])
    manager.rotate_secret(SecretId="turned", RotationRules={"AutomaticallyAfterDays": 30}, RotationLambdaARN=f"arn:aws:lambda:{REGION}:{account}:function:kept")
    manager.create_secret(Name="still", SecretString="x")
    manager.put_resource_policy(
        SecretId="still", ResourcePolicy=document(allow("secretsmanager:GetSecretValue", Principal={"AWS": "arn:aws:iam::222222222222:root"}))
    )
    manager.create_secret(Name="ending", SecretString="x")
    manager.delete_secret(SecretId="ending", RecoveryWindowInDays=7)


def settings():
    client("organizations").create_organization(FeatureSet="ALL")
    client("ec2").enable_ebs_encryption_by_default()
    client("guardduty").create_detector(Enable=True)


settings()
key = encryption_keys()
identities()
buckets(key)
subnet, edge, web, inner = networks()
machines(subnet, edge, web, inner, key)
databases(key)
functions(subnet, inner)
trails(key)
secrets(key)
