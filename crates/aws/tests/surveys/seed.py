"""Fills a moto organization with accounts full of resources, half of them bad in known ways, and writes down what is true.

    seed.py --endpoint URL [--accounts 50] [--resources 5000] [--seed 1] [--management ID] [--truth FILE]

The same arguments make the same resources; only the ids that moto makes up differ. An organization and accounts named
`seed-00`, `seed-01` ... are made unless they are there. The truth is JSON, to the file or to standard output:

    {"accounts": {"seed-00": "<id>"}, "resources": [
      {"account": "<id>", "region": "us-east-1", "facet": "volume", "id": "vol-1", "name": "vol-1",
       "bad": true, "facts": {"encrypted": false}}]}

`facts` are fields of the facet with their values; `bad` says that one of them is a mistake, which `fault` names. Nothing
here has read anything: it is what boto3 was told to make. All resources lie in us-east-1.
"""

import argparse
import collections
import concurrent.futures
import io
import json
import os
import random
import sys
import zipfile

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_EC2_METADATA_DISABLED="true")
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"):
    os.environ.pop(name, None)

import boto3
from botocore.config import Config

REGION = "us-east-1"
STRANGER = "999999999999"
# How many of a hundred resources are of each sort.
SORTS = {
    "bucket": 16, "user": 12, "role": 6, "rule": 12, "volume": 12, "snapshot": 8, "image": 3, "machine": 8, "key": 7,
    "database": 4, "function": 3, "log_group": 5, "secret": 4,
}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--endpoint", default=os.environ.get("AWS_ENDPOINT_URL"))
parser.add_argument("--accounts", type=int, default=50)
parser.add_argument("--resources", type=int, default=5000)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--management", default="111111111111")
parser.add_argument("--truth")
arguments = parser.parse_args()
session = boto3.session.Session()


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def keys_of(account):
    sts = session.client("sts", endpoint_url=arguments.endpoint, region_name=REGION)
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    found = sts.assume_role(RoleArn=role, RoleSessionName="seed")["Credentials"]
    return dict(
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
    )


def archive():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as written:
        written.writestr("main.py", "def run(event, context): return 1\n")
    return data.getvalue()


CODE = archive()


class Account:
    """One account, filled by a random generator of its own, so that no other account changes what is in it."""

    def __init__(self, name, id):
        self.name, self.id, self.keys, self.clients, self.resources = name, id, keys_of(id), {}, []
        self.random = random.Random(f"{arguments.seed} {name}")

    def client(self, service):
        if service not in self.clients:
            config = Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"}, max_pool_connections=2)
            self.clients[service] = session.client(
                service, endpoint_url=arguments.endpoint, region_name=REGION, config=config, **self.keys
            )
        return self.clients[service]

    def tell(self, facet, id, name, fault, **facts):
        region = None if facet in ("identity", "credential", "grant") else REGION
        entry = dict(account=self.id, region=region, facet=facet, id=id, name=name, bad=fault is not None, facts=facts)
        self.resources.append(entry if fault is None else {**entry, "fault": fault})

    def fault(self, *faults):
        """No fault in half of all cases, else one of these."""
        return None if self.random.random() < 0.5 else self.random.choice(faults)

    def fill(self, count):
        ec2, iam = self.client("ec2"), self.client("iam")
        self.network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = ec2.create_subnet(VpcId=self.network, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        self.base = ec2.register_image(Name=f"{self.name}-base", RootDeviceName="/dev/sda1")["ImageId"]
        self.group = ec2.create_security_group(GroupName="rules", Description="rules", VpcId=self.network)["GroupId"]
        self.open = ec2.create_security_group(GroupName="open", Description="open", VpcId=self.network)["GroupId"]
        anywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_ingress(GroupId=self.open, IpPermissions=[anywhere])
        trust = document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
        self.role_arn = iam.create_role(RoleName="functions", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        everything = iam.create_policy(PolicyName="everything", PolicyDocument=document(allow("*")))
        self.everything = everything["Policy"]["Arn"]
        iam.create_group(GroupName="staff")
        for number, sort in enumerate(sorts(count)):
            getattr(self, sort)(number)
        return self.resources

    def bucket(self, number):
        s3, name = self.client("s3"), f"{self.name}-{number}"
        fault = self.fault("policy", "list", "plain", "stranger", "unversioned")
        s3.create_bucket(Bucket=name)
        own = f"arn:aws:s3:::{name}/*"
        deny = dict(Effect="Deny", Principal="*", Action="s3:*", Resource=["*"], Condition={"Bool": {"aws:SecureTransport": "false"}})
        statements = [] if fault == "plain" else [deny]
        if fault == "policy":
            statements.append(allow("s3:GetObject", own, Principal="*"))
        if fault == "stranger":
            statements.append(allow("s3:GetObject", own, Principal={"AWS": STRANGER}))
        if statements:
            s3.put_bucket_policy(Bucket=name, Policy=document(*statements))
        if fault == "list":
            s3.put_bucket_acl(Bucket=name, ACL="public-read")
        if fault != "unversioned":
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        self.tell(
            "object_store", f"arn:aws:s3:::{name}", name, fault, public=fault in ("policy", "list"),
            public_read=fault in ("policy", "list"), public_write=False, tls_required=fault != "plain",
            shared_with=[STRANGER] if fault == "stranger" else [], versioning=fault != "unversioned",
        )

    def user(self, number):
        iam, name = self.client("iam"), f"user-{number}"
        fault = self.fault("key", "admin", "no second factor")
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        person = fault != "key"
        if person:
            iam.create_login_profile(UserName=name, Password="Correct-horse-7")
            iam.add_user_to_group(GroupName="staff", UserName=name)
        else:
            made = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
            self.tell("credential", made, made, fault, kind="key", active=True, long_lived=True, identity=arn)
        if person and fault != "no second factor":
            device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
            iam.enable_mfa_device(UserName=name, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="234567")
        if fault == "admin":
            iam.attach_user_policy(UserName=name, PolicyArn=self.everything)
        self.tell(
            "identity", arn, name, fault, kind="person" if person else "machine", mfa=person and fault != "no second factor",
            active_keys=0 if person else 1, admin=fault == "admin", direct_grants=[self.everything] if fault == "admin" else [],
            teams=["staff"] if person else [], console=person,
        )

    def role(self, number):
        name = f"role-{number}"
        fault = self.fault("admin", "anybody", "stranger")
        who = {"anybody": "*", "stranger": {"AWS": f"arn:aws:iam::{STRANGER}:root"}}.get(fault, {"Service": "ec2.amazonaws.com"})
        trust = document({"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"})
        arn = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        if fault == "admin":
            self.client("iam").attach_role_policy(RoleName=name, PolicyArn=self.everything)
        self.tell("identity", arn, name, fault, kind="machine", admin=fault == "admin", federated=False)
        if fault in ("anybody", "stranger"):
            principal = "*" if fault == "anybody" else f"arn:aws:iam::{STRANGER}:root"
            self.tell("grant", f"{principal} {arn}", name, fault, public=fault == "anybody", external=True, role=arn)

    def rule(self, number):
        fault = self.fault("ssh", "rdp", "everything")
        port = {"ssh": 22, "rdp": 3389, "everything": None}.get(fault, 10_000 + number)
        source = "10.0.0.0/8" if fault is None else "0.0.0.0/0"
        permission = {"IpProtocol": "tcp", "FromPort": port or 0, "ToPort": port or 65535, "IpRanges": [{"CidrIp": source}]}
        ec2 = self.client("ec2")
        group = ec2.create_security_group(GroupName=f"group-{number}", Description="one", VpcId=self.network)["GroupId"]
        made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"][0]
        self.tell(
            "network_rule", made["SecurityGroupRuleId"], made["SecurityGroupRuleId"], fault, group=group, direction="ingress",
            any_source=fault is not None, any_port=fault == "everything", protocol="tcp", ranges=[source], attached=False,
        )

    def volume(self, number):
        fault = self.fault("plain")
        made = self.client("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=number % 50 + 1, Encrypted=fault is None)
        id = made["VolumeId"]
        self.tell("volume", id, id, fault, encrypted=fault is None, attached=False, size_gib=number % 50 + 1)
        self.last = id, fault is None

    def snapshot(self, number):
        ec2, fault = self.client("ec2"), self.fault("public", "stranger")
        if not getattr(self, "last", None):
            self.volume(number)
        volume, encrypted = self.last
        id = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        share = dict(SnapshotId=id, Attribute="createVolumePermission", OperationType="add")
        if fault == "public":
            ec2.modify_snapshot_attribute(**share, GroupNames=["all"])
        if fault == "stranger":
            ec2.modify_snapshot_attribute(**share, UserIds=[STRANGER])
        self.tell(
            "snapshot", id, id, fault, public=fault == "public", shared_with=[STRANGER] if fault == "stranger" else [],
            of="volume", source=volume, encrypted=encrypted,
        )

    def image(self, number):
        ec2, fault, name = self.client("ec2"), self.fault("public", "stranger"), f"{self.name}-image-{number}"
        id = ec2.register_image(Name=name, RootDeviceName="/dev/sda1")["ImageId"]
        who = {"public": {"Group": "all"}, "stranger": {"UserId": STRANGER}}.get(fault)
        if who:
            ec2.modify_image_attribute(ImageId=id, LaunchPermission={"Add": [who]})
        shared = [STRANGER] if fault == "stranger" else []
        self.tell("image", id, name, fault, public=fault == "public", shared_with=shared, owner=self.id)

    def machine(self, number):
        ec2, fault, name = self.client("ec2"), self.fault("tokens", "plain disk"), f"machine-{number}"
        disk = {"VolumeSize": 8, "Encrypted": fault != "plain disk"}
        made = ec2.run_instances(
            ImageId=self.base, MinCount=1, MaxCount=1, InstanceType="t3.micro", SubnetId=self.subnet,
            SecurityGroupIds=[self.group], BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": disk}],
            MetadataOptions={"HttpTokens": "optional" if fault == "tokens" else "required"},
            TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
        )["Instances"][0]
        self.tell(
            "machine", made["InstanceId"], name, fault, state="running", networks=[self.network],
            metadata_tokens="optional" if fault == "tokens" else "required", detailed_monitoring=False,
        )

    def key(self, number):
        kms, fault = self.client("kms"), self.fault("still", "public", "stranger")
        made = kms.create_key(Description=f"{number}", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]
        if fault != "still":
            kms.enable_key_rotation(KeyId=made["KeyId"])
        who = {"public": "*", "stranger": {"AWS": f"arn:aws:iam::{STRANGER}:root"}}.get(fault)
        if who:
            root = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{self.id}:root"})
            policy = document(root, allow("kms:Decrypt", Principal=who))
            kms.put_key_policy(KeyId=made["KeyId"], PolicyName="default", Policy=policy)
        self.tell(
            "key", made["Arn"], made["KeyId"], fault, rotation=fault != "still", public=fault == "public", enabled=True,
            shared_with=[STRANGER] if fault == "stranger" else [], customer_managed=True, usage="encrypt", origin="cloud",
        )

    def database(self, number):
        fault, name = self.fault("public", "plain", "unprotected", "no backups"), f"database-{number}"
        made = self.client("rds").create_db_instance(
            DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
            MasterUsername="owner", MasterUserPassword="long-and-secret", StorageEncrypted=fault != "plain",
            PubliclyAccessible=fault == "public", DeletionProtection=fault != "unprotected",
            BackupRetentionPeriod=0 if fault == "no backups" else 14, VpcSecurityGroupIds=[self.open],
        )["DBInstance"]
        self.tell(
            "database", made["DBInstanceArn"], name, fault, public=fault == "public", encrypted=fault != "plain",
            deletion_protection=fault != "unprotected", backup_days=0 if fault == "no backups" else 14, engine="postgres",
            ranges=["0.0.0.0/0"],
        )

    def function(self, number):
        lam, fault, name = self.client("lambda"), self.fault("public", "secret", "old"), f"function-{number}"
        variables = {"DB_PASSWORD": "hunter2-hunter2"} if fault == "secret" else {"MODE": "fast"}
        made = lam.create_function(
            FunctionName=name, Runtime="python3.7" if fault == "old" else "python3.13", Handler="main.run", Role=self.role_arn,
            Code={"ZipFile": CODE}, Environment={"Variables": variables},
        )
        if fault == "public":
            lam.add_permission(FunctionName=name, StatementId="all", Action="lambda:InvokeFunction", Principal="*")
        self.tell(
            "function", made["FunctionArn"], name, fault, public=fault == "public", secrets=1 if fault == "secret" else 0,
            runtime_supported=fault != "old", authentication="internal", identity=self.role_arn, identity_admin=False,
        )

    def log_group(self, number):
        logs, fault, name = self.client("logs"), self.fault("short", "for ever"), f"/seed/{number}"
        logs.create_log_group(logGroupName=name)
        days = {"short": 7, "for ever": None}.get(fault, 365)
        if days:
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)
        id = f"arn:aws:logs:{REGION}:{self.id}:log-group:{name}"
        self.tell("log_store", id, name, fault, retention_days=days, kind="log_group")

    def secret(self, number):
        manager, fault, name = self.client("secretsmanager"), self.fault("public", "stranger"), f"secret-{number}"
        made = manager.create_secret(Name=name, SecretString="x")["ARN"]
        who = {"public": "*", "stranger": {"AWS": f"arn:aws:iam::{STRANGER}:root"}}.get(fault)
        if who:
            manager.put_resource_policy(SecretId=made, ResourcePolicy=document(allow("secretsmanager:GetSecretValue", Principal=who)))
        self.tell(
            "secret", made, name, fault, public=fault == "public", rotation=False, pending_deletion=False,
            shared_with=[STRANGER] if fault == "stranger" else [],
        )


def sorts(count):
    """This many sorts of resources, in the proportions of SORTS, always in the same order."""
    wanted = [sort for sort, share in SORTS.items() for _ in range(share)]
    return sorted((wanted[number * 37 % len(wanted)] for number in range(count)), key=list(SORTS).index)


def accounts():
    organizations = session.client("organizations", endpoint_url=arguments.endpoint, region_name=REGION, **keys_of(arguments.management))
    try:
        organizations.create_organization(FeatureSet="ALL")
    except organizations.exceptions.AlreadyInOrganizationException:
        pass
    known = {one["Name"]: one["Id"] for page in organizations.get_paginator("list_accounts").paginate() for one in page["Accounts"]}
    names = [f"seed-{number:02}" for number in range(arguments.accounts)]
    for name in names:
        if name not in known:
            made = organizations.create_account(AccountName=name, Email=f"{name}@seed.example")["CreateAccountStatus"]
            known[name] = made["AccountId"]
    return {name: known[name] for name in names}


def fill(place):
    number, (name, id) = place
    share, rest = divmod(arguments.resources, arguments.accounts)
    return Account(name, id).fill(share + (number < rest))


there = accounts()
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    resources = [one for found in pool.map(fill, enumerate(there.items())) for one in found]
truth = {"accounts": there, "resources": resources}
if arguments.truth:
    with open(arguments.truth, "w") as file:
        json.dump(truth, file)
    counts = collections.Counter((one["facet"], one["bad"]) for one in resources)
    print(json.dumps({"resources": len(resources), "bad": sum(count for (_, bad), count in counts.items() if bad)}))
else:
    json.dump(truth, sys.stdout)
