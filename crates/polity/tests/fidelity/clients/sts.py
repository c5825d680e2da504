import json

from common import UNCHECKED, client, founded, inside, member, refused

sts = client("sts")
me = sts.get_caller_identity()
assert me["Arn"].startswith(f"arn:aws:iam::{me['Account']}:"), me
org, _ = founded()
account = member(org)
keys = inside(account, DurationSeconds=900)
there = client("sts", keys).get_caller_identity()
assert there["Account"] == account, there
assert there["Arn"] == f"arn:aws:sts::{account}:assumed-role/OrganizationAccountAccessRole/test", there
assert there["UserId"].endswith(":test"), there
assert sts.get_access_key_info(AccessKeyId=keys["AccessKeyId"])["Account"] == account

role = f"arn:aws:iam::{account}:role/"
refused("AccessDenied", sts.assume_role, RoleArn=role + "Nobody", RoleSessionName="test")
refused("AccessDenied", sts.assume_role, RoleArn="arn:aws:iam::999999999999:role/Any", RoleSessionName="test")
loose = client("sts", config=UNCHECKED)
refused("ValidationError", loose.assume_role, RoleArn=role + "OrganizationAccountAccessRole")
refused("ValidationError", loose.assume_role, RoleArn=role + "OrganizationAccountAccessRole", RoleSessionName="no spaces")
refused("ValidationError", loose.assume_role, RoleArn=role + "OrganizationAccountAccessRole", RoleSessionName="test",
        DurationSeconds=10)
# That role trusts the management account alone. Whoever goes from role to role has an hour at most.
refused("AccessDenied", client("sts", keys).assume_role, RoleArn=role + "OrganizationAccountAccessRole", RoleSessionName="test")
trust = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}]}
client("iam", keys).create_role(RoleName="Next", MaxSessionDuration=7200, AssumeRolePolicyDocument=json.dumps(trust))
refused("ValidationError", client("sts", keys).assume_role, RoleArn=role + "Next", RoleSessionName="test", DurationSeconds=7200)
further = client("sts", keys).assume_role(RoleArn=role + "Next", RoleSessionName="again")["Credentials"]
assert client("sts", further).get_caller_identity()["Arn"].endswith(":assumed-role/Next/again")

# Credentials that nobody gave out, or whose token is another's.
refused("InvalidClientTokenId", client("sts", keys | {"SessionToken": "other"}).get_caller_identity)
refused("InvalidClientTokenId", client("iam", keys | {"AccessKeyId": "ASIAAAAAAAAAAAAAAAAA"}).list_roles)
refused("UnrecognizedClientException", client("organizations", keys | {"SessionToken": "x"}).describe_organization)
refused("AuthFailure", client("ec2", keys | {"SessionToken": "x"}).get_ebs_encryption_by_default)
