import json
import urllib.parse

from common import UNCHECKED, client, founded, inside, member, pages, refused

org, _ = founded()
account = member(org)
iam = client("iam", inside(account))
trust = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}]}
allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}]}


def document(value):
    return json.loads(urllib.parse.unquote(value)) if isinstance(value, str) else value


# Roles.
made = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust), Description="Reads",
                       MaxSessionDuration=7200, Tags=[{"Key": "env", "Value": "prod"}])["Role"]
assert made["Arn"] == f"arn:aws:iam::{account}:role/reader" and made["RoleId"].startswith("AROA"), made
refused("EntityAlreadyExists", iam.create_role, RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust))
refused("MalformedPolicyDocument", iam.create_role, RoleName="broken", AssumeRolePolicyDocument="{")
refused("NoSuchEntity", iam.get_role, RoleName="nobody")
refused("ValidationError", client("iam", inside(account), UNCHECKED).create_role, RoleName="a b",
        AssumeRolePolicyDocument=json.dumps(trust))
iam.update_role(RoleName="reader", Description="Reads all", MaxSessionDuration=3600)
trust["Statement"][0]["Sid"] = "Again"
iam.update_assume_role_policy(RoleName="reader", PolicyDocument=json.dumps(trust))
held = iam.get_role(RoleName="reader")["Role"]
assert held["Description"] == "Reads all" and held["MaxSessionDuration"] == 3600, held
assert document(held["AssumeRolePolicyDocument"]) == trust, held
iam.tag_role(RoleName="reader", Tags=[{"Key": "owner", "Value": "ada"}])
iam.untag_role(RoleName="reader", TagKeys=["env"])
assert iam.list_role_tags(RoleName="reader")["Tags"] == [{"Key": "owner", "Value": "ada"}]
for number in range(12):
    iam.create_role(RoleName=f"many{number:02}", AssumeRolePolicyDocument=json.dumps(trust))
names, count = pages(iam, "list_roles", "Roles", 5)
assert count > 2 and [role["RoleName"] for role in names] == sorted(role["RoleName"] for role in names), names
assert {"reader", "OrganizationAccountAccessRole", "many11"} <= {role["RoleName"] for role in names}

# Policies of roles.
admin = "arn:aws:iam::aws:policy/ReadOnlyAccess"
iam.attach_role_policy(RoleName="reader", PolicyArn=admin)
assert pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName="reader")[0] == [
    {"PolicyName": "ReadOnlyAccess", "PolicyArn": admin}]
iam.put_role_policy(RoleName="reader", PolicyName="lists", PolicyDocument=json.dumps(allow))
refused("MalformedPolicyDocument", iam.put_role_policy, RoleName="reader", PolicyName="x", PolicyDocument="[]")
assert document(iam.get_role_policy(RoleName="reader", PolicyName="lists")["PolicyDocument"]) == allow
assert pages(iam, "list_role_policies", "PolicyNames", RoleName="reader")[0] == ["lists"]
assert iam.list_instance_profiles_for_role(RoleName="reader")["InstanceProfiles"] == []
refused("DeleteConflict", iam.delete_role, RoleName="reader")
iam.delete_role_policy(RoleName="reader", PolicyName="lists")
refused("NoSuchEntity", iam.delete_role_policy, RoleName="reader", PolicyName="lists")
refused("NoSuchEntity", iam.get_role_policy, RoleName="reader", PolicyName="lists")
iam.detach_role_policy(RoleName="reader", PolicyArn=admin)
refused("NoSuchEntity", iam.detach_role_policy, RoleName="reader", PolicyArn=admin)
iam.delete_role(RoleName="reader")
refused("NoSuchEntity", iam.delete_role, RoleName="reader")

# Settings of the account.
refused("NoSuchEntity", iam.get_account_password_policy)
refused("NoSuchEntity", iam.delete_account_password_policy)
iam.update_account_password_policy(MinimumPasswordLength=16, RequireSymbols=True, MaxPasswordAge=90)
policy = iam.get_account_password_policy()["PasswordPolicy"]
assert (policy["MinimumPasswordLength"], policy["RequireSymbols"], policy["ExpirePasswords"]) == (16, True, True), policy
# What is left out goes back to what it is without a policy.
iam.update_account_password_policy(RequireNumbers=True)
policy = iam.get_account_password_policy()["PasswordPolicy"]
assert (policy["MinimumPasswordLength"], policy["RequireSymbols"], policy["ExpirePasswords"]) == (6, False, False), policy
refused("ValidationError", client("iam", inside(account), UNCHECKED).update_account_password_policy, MinimumPasswordLength=5)
iam.delete_account_password_policy()
assert iam.list_account_aliases()["AccountAliases"] == []
iam.create_account_alias(AccountAlias="acme-shop")
assert pages(iam, "list_account_aliases", "AccountAliases")[0] == ["acme-shop"]
refused("EntityAlreadyExists", client("iam").create_account_alias, AccountAlias="acme-shop")
refused("NoSuchEntity", iam.delete_account_alias, AccountAlias="other")
iam.delete_account_alias(AccountAlias="acme-shop")
summary = iam.get_account_summary()["SummaryMap"]
assert summary["Roles"] >= 12, summary

# The sandbox's accounts have no users.
refused("NoSuchEntity", iam.get_user, UserName="nobody")
refused("NoSuchEntity", iam.list_access_keys, UserName="nobody")
assert iam.list_users()["Users"] == [] and iam.list_groups()["Groups"] == []
root = client("iam")
assert root.list_access_keys()["AccessKeyMetadata"] == [] and root.list_mfa_devices()["MFADevices"] == []
for _ in range(5):
    iam.generate_credential_report()
report = iam.get_credential_report()
assert report["ReportFormat"] == "text/csv" and report["Content"].startswith(b"user,arn,"), report
