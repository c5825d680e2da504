"""Fills the test server: `organization.py <accounts> <units> <policies>`, every policy attached once; eight callers."""
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3

org = boto3.client("organizations")
accounts, units, policies = (int(word) for word in sys.argv[1:4])
org.create_organization(FeatureSet="ALL")
root = org.list_roots()["Roots"][0]["Id"]
org.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")


def unit(parent, number):
    return org.create_organizational_unit(ParentId=parent, Name=f"Unit {number:03}")["OrganizationalUnit"]["Id"]


tree = [unit(root, number) for number in range(10)]
tree += [unit(tree[number % 10], number) for number in range(10, units)]


def account(number):
    made = org.create_account(AccountName=f"account-{number:04}", Email=f"aws+{number:04}@bench.example")
    made = made["CreateAccountStatus"]["AccountId"]
    org.move_account(AccountId=made, SourceParentId=root, DestinationParentId=tree[number % len(tree)])


def policy(number):
    statement = {"Sid": f"S{number}", "Effect": "Deny", "Action": [f"s3:Delete{number}*"], "Resource": "*"}
    content = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = org.create_policy(Name=f"policy-{number:03}", Type="SERVICE_CONTROL_POLICY", Content=content, Description="")
    org.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=tree[number % len(tree)])


with ThreadPoolExecutor(8) as callers:
    list(callers.map(account, range(accounts)))
    list(callers.map(policy, range(policies)))
