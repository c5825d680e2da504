"""Prints what the cloud holds, as sorted JSON without native ids, so that two organizations can be compared.

An independent client (boto3) reads it: nothing here is shared with Polity. With `--serve` it reads again for each line that it is
sent (`all` or `shallow`), because to start costs as much as to read.
"""
import functools
import json
import sys

import boto3
import botocore.session

org = boto3.client("organizations")
sso = boto3.client("sso-admin")
ids = boto3.client("identitystore")
budgets = boto3.client("budgets")
sts = boto3.client("sts")
account_api = boto3.client("account")

POLICY_TYPES = org.meta.service_model.shape_for("PolicyType").enum


def pages(client, operation, key, **arguments):
    """All items of a list call, whether or not boto3 knows how to page it."""
    if client.can_paginate(operation):
        return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page[key]]
    return getattr(client, operation)(**arguments)[key]


def tags(resource):
    found = pages(org, "list_tags_for_resource", "Tags", ResourceId=resource)
    return {tag["Key"]: tag["Value"] for tag in found}


def tree():
    """Paths of organizational units and accounts, by id."""
    root, own = org.list_roots()["Roots"][0], sts.get_caller_identity()["Account"]
    paths, open_, units, accounts = {root["Id"]: ""}, [root["Id"]], [], []
    while open_:
        parent = open_.pop()
        for unit in pages(org, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent):
            paths[unit["Id"]] = f"{paths[parent]}/{unit['Name']}"
            units.append({"path": paths[unit["Id"]], "tags": tags(unit["Id"])})
            open_.append(unit["Id"])
        for account in pages(org, "list_accounts_for_parent", "Accounts", ParentId=parent):
            if account["Id"] == own:
                # Nobody made it through this API: servers call it what they like.
                account |= {"Name": "management", "Email": "management"}
            paths[account["Id"]] = f"account {account['Name']}"
            accounts.append({
                "name": account["Name"], "email": account["Email"], "parent": paths[parent] or "/",
                "status": account["Status"], "tags": tags(account["Id"]), "id": account["Id"],
            })
    return root, paths, units, accounts


def policies(paths):
    found = []
    for kind in POLICY_TYPES:
        # A server that does not know a type holds none of it.
        listed = attempt(lambda kind=kind: {"all": pages(org, "list_policies", "Policies", Filter=kind)}, "all")
        for policy in listed if isinstance(listed, list) else []:
            if policy["AwsManaged"]:
                continue
            content = org.describe_policy(PolicyId=policy["Id"])["Policy"]["Content"]
            targets = pages(org, "list_targets_for_policy", "Targets", PolicyId=policy["Id"])
            found.append({
                "name": policy["Name"], "type": kind, "description": policy.get("Description", ""),
                "content": json.loads(content), "tags": tags(policy["Id"]),
                "targets": sorted(paths.get(target["TargetId"]) or "root" for target in targets),
            })
    return found


def identities(accounts):
    """Users, groups, memberships, permission sets and assignments of the first Identity Center instance."""
    instance = sso.list_instances()["Instances"][0]
    arn, store = instance["InstanceArn"], instance["IdentityStoreId"]
    users = {user["UserId"]: user for user in pages(ids, "list_users", "Users", IdentityStoreId=store)}
    groups = {group["GroupId"]: group for group in pages(ids, "list_groups", "Groups", IdentityStoreId=store)}
    principals = {key: user["UserName"] for key, user in users.items()}
    principals |= {key: group["DisplayName"] for key, group in groups.items()}
    members = [
        f"{principals[member['MemberId']['UserId']]} in {group['DisplayName']}"
        for key, group in groups.items()
        for member in pages(ids, "list_group_memberships", "GroupMemberships", IdentityStoreId=store, GroupId=key)
        # The test server keeps memberships of users that are gone; AWS does not.
        if member["MemberId"]["UserId"] in principals
    ]
    sets, assignments = [], []
    for set_arn in pages(sso, "list_permission_sets", "PermissionSets", InstanceArn=arn):
        where = {"InstanceArn": arn, "PermissionSetArn": set_arn}
        held = sso.describe_permission_set(**where)["PermissionSet"]
        managed = pages(sso, "list_managed_policies_in_permission_set", "AttachedManagedPolicies", **where)
        inline = sso.get_inline_policy_for_permission_set(**where).get("InlinePolicy")
        sets.append({
            "name": held["Name"], "description": held.get("Description", ""), "session": held.get("SessionDuration"),
            "managed": sorted(policy["Arn"] for policy in managed), "inline": json.loads(inline) if inline else None,
        })
        for account in accounts:
            for given in pages(sso, "list_account_assignments", "AccountAssignments", AccountId=account["id"], **where):
                who = principals.get(given["PrincipalId"])
                if who is None:
                    continue  # as above
                assignments.append(f"{given['PrincipalType']} {who} is {held['Name']} on {account['name']}")
    people = [{"user": user["UserName"], "name": user.get("DisplayName"), "emails": user.get("Emails", [])}
              for user in users.values()]
    teams = [{"name": group["DisplayName"], "description": group.get("Description", "")} for group in groups.values()]
    return {"users": people, "groups": teams, "members": members, "permission_sets": sets, "assignments": assignments}


def attempt(call, *path):
    """The answer of a call, or the error code where the server answers with one."""
    try:
        answer = call()
    except Exception as error:  # noqa: BLE001: whatever it is, it is part of what was read
        return getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__)
    for step in path:
        answer = answer.get(step)
    return answer


class Inside:
    """Clients that look into any account. Made once, because making a client costs more than all of its calls: their
    credentials are exchanged instead."""

    def __init__(self, own):
        self.own, self.keys = own, boto3.Session().get_credentials().get_frozen_credentials()
        session = botocore.session.Session()
        session.set_credentials(*self.keys[:3])
        self.credentials = session.get_credentials()
        session = boto3.Session(botocore_session=session)
        self.iam, self.s3, self.ec2 = (session.client(name) for name in ["iam", "s3control", "ec2"])
        # The server has one host; boto3 puts the account in front of that of S3 Control.
        self.s3.meta.events.register("before-send", self.aim)

    def aim(self, request, **_):
        request.url = request.url.replace(f"://{request.headers['x-amz-account-id'].decode()}.", "://")

    def settings(self, account):
        held = self.credentials
        held.access_key, held.secret_key, held.token = self.keys[:3]
        if account != self.own:
            role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
            given = sts.assume_role(RoleArn=role, RoleSessionName="readback")["Credentials"]
            held.access_key, held.secret_key, held.token = (
                given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        return {
            "password_policy": attempt(self.iam.get_account_password_policy, "PasswordPolicy"),
            "alias": attempt(self.iam.list_account_aliases, "AccountAliases"),
            "public_access": attempt(
                lambda: self.s3.get_public_access_block(AccountId=account), "PublicAccessBlockConfiguration"),
            "ebs": attempt(self.ec2.get_ebs_encryption_by_default, "EbsEncryptionByDefault"),
        }


def contacts(account, own):
    # The management account is never named to this service.
    where = {} if account["id"] == own else {"AccountId": account["id"]}
    found = {}
    for kind in ["SECURITY", "BILLING", "OPERATIONS"]:
        found[kind] = attempt(
            lambda kind=kind: account_api.get_alternate_contact(AlternateContactType=kind, **where),
            "AlternateContact")
        # A contact that nobody may touch is one that nobody wrote.
        if found[kind] in ("ResourceNotFoundException", "AccessDeniedException"):
            found[kind] = None
    return found


def budget_list(own):
    found = []
    for budget in attempt(lambda: budgets.describe_budgets(AccountId=own), "Budgets") or []:
        alerts = budgets.describe_notifications_for_budget(AccountId=own, BudgetName=budget["BudgetName"])
        found.append({
            "name": budget["BudgetName"], "limit": [float(budget["BudgetLimit"]["Amount"]), budget["BudgetLimit"]["Unit"]],
            "alerts": sorted(float(alert["Threshold"]) for alert in alerts.get("Notifications", [])),
        })
    return found


@functools.cache
def inside(own):
    return Inside(own)


def read(shallow):
    own = sts.get_caller_identity()["Account"]
    root, paths, units, accounts = tree()
    held = {
        "policy_types": sorted(kind["Type"] for kind in root["PolicyTypes"] if kind["Status"] == "ENABLED"),
        "units": units, "policies": policies(paths), "budgets": budget_list(own),
        "trusted": sorted(s["ServicePrincipal"] for s in pages(
            org, "list_aws_service_access_for_organization", "EnabledServicePrincipals")),
        "delegated": [f"{account['Name']}" for account in pages(
            org, "list_delegated_administrators", "DelegatedAdministrators")],
    }
    held |= identities(accounts)
    if not shallow:
        for account in accounts:
            # Nobody enters an account that was closed.
            account["inside"] = inside(own).settings(account["id"]) if account["status"] == "ACTIVE" else {}
            account["contacts"] = contacts(account, own)
    for account in accounts:
        del account["id"]
    held["accounts"] = accounts
    for key, value in held.items():
        if isinstance(value, list):
            held[key] = sorted(value, key=lambda item: json.dumps(item, sort_keys=True))
    return held


if "--serve" in sys.argv:
    for line in sys.stdin:
        print(json.dumps(read(line.strip() == "shallow"), sort_keys=True), flush=True)
else:
    json.dump(read("--shallow" in sys.argv), sys.stdout, indent=1, sort_keys=True)
