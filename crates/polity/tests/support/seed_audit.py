"""Fills the accounts of a moto organization with resources, half of them bad in known ways, and prints the truth as JSON:
`seed_audit.py PER_ACCOUNT MANAGEMENT_ACCOUNT`. The truth is what boto3 was told to make, not what anybody read of it.

Answers {"fail": [[control, account name, facet, name], ...], "pass": {control: number}}, each list sorted.
"""

import collections
import json
import os
import sys

import boto3
from botocore.config import Config

endpoint, region = os.environ["AWS_ENDPOINT_URL"], "us-east-1"
per_account = int(sys.argv[1])
config = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})
organizations = boto3.client("organizations", endpoint_url=endpoint, region_name=region)
sts = boto3.client("sts", endpoint_url=endpoint, region_name=region)
fail, passed = [], collections.Counter()


def judge(control, account, facet, name, good):
    if good:
        passed[control] += 1
    else:
        fail.append([control, account, facet, name])


def client_of(account_id):
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{account_id}:role/OrganizationAccountAccessRole", RoleSessionName="seed")["Credentials"]

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

    return client


def bucket(s3, account, number):
    name, private, versioned = f"{account}-{number}", number % 2 == 0, number % 3 != 0
    s3.create_bucket(Bucket=name)
    if not private:
        everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [everybody]}))
    if versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    judge("storage-no-public-access", account, "object_store", name, private)
    judge("storage-versioning", account, "object_store", name, versioned)


def volume(ec2, account, number, key):
    good = number % 2 == 0
    # Without a key of ours the server would make one that AWS would call its own.
    with_key = dict(Encrypted=True, KmsKeyId=key) if good else dict(Encrypted=False)
    made = ec2.create_volume(AvailabilityZone=region + "a", Size=1, **with_key)
    judge("volumes-encrypted", account, "volume", made["VolumeId"], good)


def key(kms, account, number):
    good = number % 2 == 0
    made = kms.create_key(Description=f"key {number}", KeyUsage="ENCRYPT_DECRYPT", KeySpec="SYMMETRIC_DEFAULT")["KeyMetadata"]
    arn, made = made["Arn"], made["KeyId"]
    if good:
        kms.enable_key_rotation(KeyId=made)
    judge("key-rotation", account, "key", made, good)
    return arn


def log_group(logs, account, number):
    good = number % 2 == 0
    name = f"/{account}/{number}"
    logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName=name, retentionInDays=1827 if good else 7)
    judge("log-retention", account, "log_store", name, good)


for account in sorted(organizations.list_accounts()["Accounts"], key=lambda account: account["Name"]):
    if account["Id"] == sys.argv[2]:
        continue
    client = client_of(account["Id"])
    s3, ec2, kms, logs = client("s3"), client("ec2"), client("kms"), client("logs")
    for number in range(per_account):
        bucket(s3, account["Name"], number)
        volume(ec2, account["Name"], number, key(kms, account["Name"], number))
        log_group(logs, account["Name"], number)

print(json.dumps({"fail": sorted(fail), "pass": passed}))
