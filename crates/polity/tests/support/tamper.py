"""Changes the cloud behind Polity's back, as a person at a console would: `tamper.py <what> <arguments>...`"""
import json
import sys

import boto3

org = boto3.client("organizations")
sso = boto3.client("sso-admin")
ids = boto3.client("identitystore")
sts = boto3.client("sts")


def pages(client, operation, key, **arguments):
    if client.can_paginate(operation):
        return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page[key]]
    return getattr(client, operation)(**arguments)[key]


def root():
    return org.list_roots()["Roots"][0]["Id"]


def account(name):
    return next(a["Id"] for a in pages(org, "list_accounts", "Accounts") if a["Name"] == name)


def unit(path):
    """`Workloads/Production`; the root for an empty path."""
    here = root()
    for name in filter(None, path.split("/")):
        units = pages(org, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=here)
        here = next(u["Id"] for u in units if u["Name"] == name)
    return here


def target(name):
    """A target of a policy: `root`, `unit:<path>` or `account:<name>`."""
    kind, _, rest = name.partition(":")
    return {"root": root, "unit": lambda: unit(rest), "account": lambda: account(rest)}[kind]()


def policy(name):
    for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY", "AISERVICES_OPT_OUT_POLICY"]:
        for found in pages(org, "list_policies", "Policies", Filter=kind):
            if found["Name"] == name:
                return found["Id"]
    raise LookupError(name)


def center():
    instance = sso.list_instances()["Instances"][0]
    return instance["InstanceArn"], instance["IdentityStoreId"]


def permission_set(name):
    arn = center()[0]
    for found in pages(sso, "list_permission_sets", "PermissionSets", InstanceArn=arn):
        where = {"InstanceArn": arn, "PermissionSetArn": found}
        if sso.describe_permission_set(**where)["PermissionSet"]["Name"] == name:
            return where
    raise LookupError(name)


def group(name):
    store = center()[1]
    return next(g["GroupId"] for g in pages(ids, "list_groups", "Groups", IdentityStoreId=store)
                if g["DisplayName"] == name)


def user(name):
    store = center()[1]
    return next(u["UserId"] for u in pages(ids, "list_users", "Users", IdentityStoreId=store) if u["UserName"] == name)


def inside(name, service):
    """A client inside a member account."""
    role = f"arn:aws:iam::{account(name)}:role/OrganizationAccountAccessRole"
    given = sts.assume_role(RoleArn=role, RoleSessionName="tamper")["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    client = session.client(service)
    client.meta.events.register("before-send.s3-control", without_account_host)
    return client


def without_account_host(request, **_):
    request.url = request.url.replace(f"://{request.headers['x-amz-account-id'].decode()}.", "://")


def assignment(operation, name, kind, who, where):
    principal = group(who) if kind == "GROUP" else user(who)
    getattr(sso, operation)(**permission_set(name), PrincipalType=kind, PrincipalId=principal,
                            TargetType="AWS_ACCOUNT", TargetId=account(where))


def delete_policy(name):
    found = policy(name)
    for held in pages(org, "list_targets_for_policy", "Targets", PolicyId=found):
        org.detach_policy(PolicyId=found, TargetId=held["TargetId"])
    org.delete_policy(PolicyId=found)


def leave_group(who, name):
    store = center()[1]
    for held in pages(ids, "list_group_memberships", "GroupMemberships", IdentityStoreId=store, GroupId=group(name)):
        if held["MemberId"]["UserId"] == user(who):
            ids.delete_group_membership(IdentityStoreId=store, MembershipId=held["MembershipId"])


TAMPERS = {
    "rename-unit": lambda path, name: org.update_organizational_unit(OrganizationalUnitId=unit(path), Name=name),
    "untag-unit": lambda path, key: org.untag_resource(ResourceId=unit(path), TagKeys=[key]),
    "delete-unit": lambda path: org.delete_organizational_unit(OrganizationalUnitId=unit(path)),
    "move-account": lambda name, old, new: org.move_account(
        AccountId=account(name), SourceParentId=unit(old), DestinationParentId=unit(new)),
    "tag-account": lambda name, key, value: org.tag_resource(
        ResourceId=account(name), Tags=[{"Key": key, "Value": value}]),
    "untag-account": lambda name, key: org.untag_resource(ResourceId=account(name), TagKeys=[key]),
    "rewrite-policy": lambda name, content: org.update_policy(PolicyId=policy(name), Content=content),
    "describe-policy": lambda name, text: org.update_policy(PolicyId=policy(name), Description=text),
    "rename-policy": lambda name, new: org.update_policy(PolicyId=policy(name), Name=new),
    "untag-policy": lambda name, key: org.untag_resource(ResourceId=policy(name), TagKeys=[key]),
    "detach-policy": lambda name, where: org.detach_policy(PolicyId=policy(name), TargetId=target(where)),
    "attach-policy": lambda name, where: org.attach_policy(PolicyId=policy(name), TargetId=target(where)),
    "delete-policy": delete_policy,
    "distrust-service": lambda service: org.disable_aws_service_access(ServicePrincipal=service),
    "recall-administrator": lambda service, name: org.deregister_delegated_administrator(
        AccountId=account(name), ServicePrincipal=service),
    "rewrite-contact": lambda name, email: boto3.client("account").put_alternate_contact(
        AccountId=account(name), AlternateContactType="SECURITY", EmailAddress=email, Name="Somebody",
        PhoneNumber="+1", Title="Else"),
    "delete-contact": lambda name: boto3.client("account").delete_alternate_contact(
        AccountId=account(name), AlternateContactType="SECURITY"),
    "delete-budget": lambda name: boto3.client("budgets").delete_budget(
        AccountId=sts.get_caller_identity()["Account"], BudgetName=name),
    "leave-group": leave_group,
    "join-group": lambda who, name: ids.create_group_membership(
        IdentityStoreId=center()[1], GroupId=group(name), MemberId={"UserId": user(who)}),
    "delete-group": lambda name: ids.delete_group(IdentityStoreId=center()[1], GroupId=group(name)),
    "delete-user": lambda name: ids.delete_user(IdentityStoreId=center()[1], UserId=user(name)),
    "prolong-session": lambda name, length: sso.update_permission_set(
        **permission_set(name), SessionDuration=length,
        Description=sso.describe_permission_set(**permission_set(name))["PermissionSet"]["Description"]),
    "take-managed-policy": lambda name, arn: sso.detach_managed_policy_from_permission_set(
        **permission_set(name), ManagedPolicyArn=arn),
    "give-managed-policy": lambda name, arn: sso.attach_managed_policy_to_permission_set(
        **permission_set(name), ManagedPolicyArn=arn),
    "rewrite-inline-policy": lambda name, content: sso.put_inline_policy_to_permission_set(
        **permission_set(name), InlinePolicy=content),
    "delete-inline-policy": lambda name: sso.delete_inline_policy_from_permission_set(**permission_set(name)),
    "give-access": lambda *words: assignment("create_account_assignment", *words),
    "take-access": lambda *words: assignment("delete_account_assignment", *words),
    "open-storage": lambda name: inside(name, "s3control").delete_public_access_block(AccountId=account(name)),
    "half-open-storage": lambda name: inside(name, "s3control").put_public_access_block(
        AccountId=account(name), PublicAccessBlockConfiguration={"BlockPublicAcls": True}),
    "stop-encryption": lambda name: inside(name, "ec2").disable_ebs_encryption_by_default(),
    "drop-password-policy": lambda name: inside(name, "iam").delete_account_password_policy(),
    "weaken-password-policy": lambda name: inside(name, "iam").update_account_password_policy(MinimumPasswordLength=6),
    # Things that are nobody's business of Polity: foreign objects that must be left alone.
    "foreign-unit": lambda path, name: org.create_organizational_unit(ParentId=unit(path), Name=name),
    "foreign-policy": lambda name: org.create_policy(
        Name=name, Type="SERVICE_CONTROL_POLICY", Description="",
        Content=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}]})),
    "foreign-account": lambda name, email: org.create_account(AccountName=name, Email=email),
    "close-account": lambda name: org.close_account(AccountId=account(name)),
}

for line in sys.argv[1:]:
    what, *arguments = json.loads(line)
    TAMPERS[what](*arguments)
