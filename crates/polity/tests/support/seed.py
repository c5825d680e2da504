"""Fills an organization that Polity did not make: `seed.py <accounts> <units> <policies>`.

Two units called "Prod" stand under different parents; names hold spaces, capitals and accents.
"""
import json
import sys

import boto3

org = boto3.client("organizations")
sso = boto3.client("sso-admin")
ids = boto3.client("identitystore")
accounts, units, policies = (int(word) for word in sys.argv[1:4])

org.create_organization(FeatureSet="ALL")
root = org.list_roots()["Roots"][0]["Id"]
for kind in ["SERVICE_CONTROL_POLICY", "TAG_POLICY"]:
    org.enable_policy_type(RootId=root, PolicyType=kind)


def make_unit(parent, name):
    return org.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]


tree = [make_unit(root, name) for name in ["Payments", "Söhne & Töchter", "Shared Services"]]
tree += [make_unit(parent, "Prod") for parent in tree[:2]]
while len(tree) < units:
    # Five levels at most: parents are taken from the early ones.
    tree.append(make_unit(tree[len(tree) % min(10, len(tree))], f"Team {len(tree)}"))

members = []
for number in range(accounts):
    made = org.create_account(AccountName=f"Account {number:04}", Email=f"aws+{number:04}@seed.example",
                              Tags=[{"Key": "env", "Value": "prod" if number % 2 else "dev"}])["CreateAccountStatus"]
    while made["State"] == "IN_PROGRESS":
        made = org.describe_create_account_status(CreateAccountRequestId=made["Id"])["CreateAccountStatus"]
    members.append(made["AccountId"])
    if number % 10:
        org.move_account(AccountId=members[-1], SourceParentId=root, DestinationParentId=tree[number % len(tree)])

for number in range(policies):
    if number % 6 == 5:
        content = {"tags": {f"key{number}": {"tag_key": {"@@assign": f"key{number}"}}}}
        kind = "TAG_POLICY"
    else:
        statement = {"Sid": f"S{number}", "Effect": "Deny", "Action": [f"s3:Delete{number}*"], "Resource": "*"}
        content, kind = {"Version": "2012-10-17", "Statement": [statement]}, "SERVICE_CONTROL_POLICY"
    made = org.create_policy(Name=f"Policy {number}", Type=kind, Description=f"Number {number}",
                             Content=json.dumps(content))
    target = tree[number % len(tree)] if number % 3 else members[number % len(members)]
    org.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=target)

if "--identities" in sys.argv:
    instance = sso.list_instances()["Instances"][0]
    arn, store = instance["InstanceArn"], instance["IdentityStoreId"]
    users = [ids.create_user(IdentityStoreId=store, UserName=f"person{n}@seed.example", DisplayName=f"Person {n}",
                             Name={"GivenName": "Person", "FamilyName": str(n)},
                             Emails=[{"Value": f"person{n}@seed.example", "Type": "work", "Primary": True}])["UserId"]
             for n in range(10)]
    groups = [ids.create_group(IdentityStoreId=store, DisplayName=f"Group {n}", Description="Found")["GroupId"]
              for n in range(4)]
    for number, user in enumerate(users):
        ids.create_group_membership(IdentityStoreId=store, GroupId=groups[number % 4], MemberId={"UserId": user})
    for number, group in enumerate(groups):
        made = sso.create_permission_set(InstanceArn=arn, Name=f"Set{number}", Description="As found",
                                         SessionDuration="PT4H")["PermissionSet"]["PermissionSetArn"]
        sso.attach_managed_policy_to_permission_set(
            InstanceArn=arn, PermissionSetArn=made, ManagedPolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
        for member in members[number::40]:
            sso.create_account_assignment(InstanceArn=arn, PermissionSetArn=made, PrincipalType="GROUP",
                                          PrincipalId=group, TargetType="AWS_ACCOUNT", TargetId=member)
