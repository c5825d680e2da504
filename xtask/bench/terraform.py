"""Writes the same organization for Terraform: `terraform.py <folder> <endpoint>`; one resource per object, and an
`imports.tf.json` that brings the existing ones under management."""
import json
import pathlib
import sys

import boto3

folder, endpoint = pathlib.Path(sys.argv[1]), sys.argv[2]
org = boto3.client("organizations")


def pages(operation, key, **arguments):
    return [item for page in org.get_paginator(operation).paginate(**arguments) for item in page[key]]


resources = {"aws_organizations_organizational_unit": {}, "aws_organizations_account": {},
             "aws_organizations_policy": {}, "aws_organizations_policy_attachment": {}}
imports = []


def add(kind, label, native, /, **attributes):
    resources[f"aws_organizations_{kind}"][label] = attributes
    imports.append({"to": f"aws_organizations_{kind}.{label}", "id": native})


open_ = [org.list_roots()["Roots"][0]["Id"]]
while open_:
    parent = open_.pop()
    for unit in pages("list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent):
        add("organizational_unit", f"u_{unit['Id']}", unit["Id"], name=unit["Name"], parent_id=parent)
        open_.append(unit["Id"])
    for account in pages("list_accounts_for_parent", "Accounts", ParentId=parent):
        if account["Name"] != "master":
            add("account", f"a_{account['Id']}", account["Id"], name=account["Name"], email=account["Email"],
                parent_id=parent)
for policy in pages("list_policies", "Policies", Filter="SERVICE_CONTROL_POLICY"):
    if policy["AwsManaged"]:
        continue
    content = org.describe_policy(PolicyId=policy["Id"])["Policy"]["Content"]
    add("policy", policy["Id"].replace("-", "_"), policy["Id"], name=policy["Name"], content=content,
        type="SERVICE_CONTROL_POLICY")
    for target in pages("list_targets_for_policy", "Targets", PolicyId=policy["Id"]):
        name = f"{policy['Id']}_{target['TargetId']}".replace("-", "_")
        add("policy_attachment", name, f"{target['TargetId']}:{policy['Id']}", policy_id=policy["Id"],
            target_id=target["TargetId"])

provider = {"region": "us-east-1", "access_key": "AKIAEXAMPLEEXAMPLE00", "secret_key": "test",
            "skip_credentials_validation": True, "skip_metadata_api_check": True, "skip_requesting_account_id": True,
            "endpoints": [{"organizations": endpoint, "sts": endpoint}]}
folder.mkdir(parents=True, exist_ok=True)
(folder / "main.tf.json").write_text(json.dumps({
    "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
    "provider": {"aws": provider}, "resource": resources}))
(folder / "imports.tf.json").write_text(json.dumps({"import": imports}))
