import json

from common import UNCHECKED, client, founded, member, pages, refused, until

org, _ = founded()
shop, till = member(org, "shop"), member(org, "till")
sso, loose = client("sso-admin"), client("sso-admin", config=UNCHECKED)
instance = pages(sso, "list_instances", "Instances")[0][0]
arn, store = instance["InstanceArn"], instance["IdentityStoreId"]
ids = client("identitystore")
assert sso.describe_instance(InstanceArn=arn)["IdentityStoreId"] == store
sso.update_instance(InstanceArn=arn, Name="acme")
assert sso.describe_instance(InstanceArn=arn)["Name"] == "acme"
crew = ids.create_group(IdentityStoreId=store, DisplayName="crew")["GroupId"]
ada = ids.create_user(IdentityStoreId=store, UserName="ada", DisplayName="Ada",
                      Name={"GivenName": "Ada", "FamilyName": "L"})["UserId"]

# Permission sets.
made = sso.create_permission_set(InstanceArn=arn, Name="Reader", Description="Reads", SessionDuration="PT4H",
                                 RelayState="https://console.aws.amazon.com/", Tags=[{"Key": "env", "Value": "x"}])
made = made["PermissionSet"]["PermissionSetArn"]
where = {"InstanceArn": arn, "PermissionSetArn": made}
refused("ConflictException", sso.create_permission_set, InstanceArn=arn, Name="Reader")
refused("ValidationException", loose.create_permission_set, InstanceArn=arn, Name="no spaces")
refused("ValidationException", loose.create_permission_set, InstanceArn=arn, Name="X", SessionDuration="P1D")
refused("ResourceNotFoundException", sso.describe_permission_set, InstanceArn=arn,
        PermissionSetArn=made[:-16] + "0" * 16)
# What an update leaves out stays.
sso.update_permission_set(**where, SessionDuration="PT2H")
held = sso.describe_permission_set(**where)["PermissionSet"]
assert (held["SessionDuration"], held["Description"]) == ("PT2H", "Reads"), held
for number in range(12):
    sso.create_permission_set(InstanceArn=arn, Name=f"Set{number:02}")
found, count = pages(sso, "list_permission_sets", "PermissionSets", 5, InstanceArn=arn)
assert (len(found), count) == (13, 3), (len(found), count)

# Tags.
sso.tag_resource(InstanceArn=arn, ResourceArn=made, Tags=[{"Key": "owner", "Value": "ada"}])
sso.untag_resource(InstanceArn=arn, ResourceArn=made, TagKeys=["env"])
assert pages(sso, "list_tags_for_resource", "Tags", InstanceArn=arn, ResourceArn=made)[0] == [{"Key": "owner", "Value": "ada"}]

# Policies of a permission set.
read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess"
sso.attach_managed_policy_to_permission_set(**where, ManagedPolicyArn=read_only)
refused("ConflictException", sso.attach_managed_policy_to_permission_set, **where, ManagedPolicyArn=read_only)
found, _ = pages(sso, "list_managed_policies_in_permission_set", "AttachedManagedPolicies", **where)
assert [policy["Arn"] for policy in found] == [read_only], found
own = {"Name": "Own", "Path": "/team/"}
sso.attach_customer_managed_policy_reference_to_permission_set(**where, CustomerManagedPolicyReference=own)
found, _ = pages(sso, "list_customer_managed_policy_references_in_permission_set", "CustomerManagedPolicyReferences", **where)
assert found == [own], found
sso.detach_customer_managed_policy_reference_from_permission_set(**where, CustomerManagedPolicyReference=own)
refused("ResourceNotFoundException", sso.detach_customer_managed_policy_reference_from_permission_set, **where,
        CustomerManagedPolicyReference=own)
inline = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]})
assert sso.get_inline_policy_for_permission_set(**where).get("InlinePolicy", "") == ""
sso.put_inline_policy_to_permission_set(**where, InlinePolicy=inline)
assert json.loads(sso.get_inline_policy_for_permission_set(**where)["InlinePolicy"]) == json.loads(inline)
refused("ValidationException", sso.put_inline_policy_to_permission_set, **where, InlinePolicy="{")
sso.put_permissions_boundary_to_permission_set(**where, PermissionsBoundary={"ManagedPolicyArn": read_only})
assert sso.get_permissions_boundary_for_permission_set(**where)["PermissionsBoundary"] == {"ManagedPolicyArn": read_only}
sso.delete_permissions_boundary_from_permission_set(**where)
refused("ResourceNotFoundException", sso.get_permissions_boundary_for_permission_set, **where)


# Assignments: each is a request that ends some time later.
def assigned(verb, target, kind, who):
    call = {"create": sso.create_account_assignment, "delete": sso.delete_account_assignment}[verb]
    key = {"create": "AccountAssignmentCreationStatus", "delete": "AccountAssignmentDeletionStatus"}[verb]
    describe = {"create": sso.describe_account_assignment_creation_status,
                "delete": sso.describe_account_assignment_deletion_status}[verb]
    word = {"create": "AccountAssignmentCreationRequestId", "delete": "AccountAssignmentDeletionRequestId"}[verb]
    made = call(**where, TargetId=target, TargetType="AWS_ACCOUNT", PrincipalType=kind, PrincipalId=who)[key]
    return until(lambda: describe(InstanceArn=arn, **{word: made["RequestId"]})[key], lambda s: s["Status"] != "IN_PROGRESS")


assert assigned("create", shop, "GROUP", crew)["Status"] == "SUCCEEDED"
assert assigned("create", shop, "USER", ada)["Status"] == "SUCCEEDED"
assert assigned("create", till, "GROUP", crew)["Status"] == "SUCCEEDED"
# Given twice is given once.
assert assigned("create", shop, "GROUP", crew)["Status"] == "SUCCEEDED"
found, _ = pages(sso, "list_account_assignments", "AccountAssignments", **where, AccountId=shop)
assert sorted(one["PrincipalId"] for one in found) == sorted([crew, ada]), found
found, _ = pages(sso, "list_account_assignments_for_principal", "AccountAssignments", 1, InstanceArn=arn, PrincipalId=crew,
                 PrincipalType="GROUP")
assert sorted(one["AccountId"] for one in found) == sorted([shop, till]), found
found, _ = pages(sso, "list_accounts_for_provisioned_permission_set", "AccountIds", **where)
assert sorted(found) == sorted([shop, till]), found
found, _ = pages(sso, "list_permission_sets_provisioned_to_account", "PermissionSets", InstanceArn=arn, AccountId=shop)
assert found == [made], found
refused("ConflictException", sso.delete_permission_set, **where)
assert len(pages(sso, "list_account_assignment_creation_status", "AccountAssignmentsCreationStatus", InstanceArn=arn)[0]) >= 3

# A change of a permission set reaches the accounts when it is provisioned.
sso.detach_managed_policy_from_permission_set(**where, ManagedPolicyArn=read_only)
refused("ResourceNotFoundException", sso.detach_managed_policy_from_permission_set, **where, ManagedPolicyArn=read_only)
found, _ = pages(sso, "list_accounts_for_provisioned_permission_set", "AccountIds", **where,
                 ProvisioningStatus="LATEST_PERMISSION_SET_NOT_PROVISIONED")
assert sorted(found) == sorted([shop, till]), found
request = sso.provision_permission_set(**where, TargetType="ALL_PROVISIONED_ACCOUNTS")["PermissionSetProvisioningStatus"]
ended = until(lambda: sso.describe_permission_set_provisioning_status(
    InstanceArn=arn, ProvisionPermissionSetRequestId=request["RequestId"])["PermissionSetProvisioningStatus"],
    lambda status: status["Status"] != "IN_PROGRESS")
assert ended["Status"] == "SUCCEEDED", ended
assert pages(sso, "list_permission_set_provisioning_status", "PermissionSetsProvisioningStatus", InstanceArn=arn)[0]
found, _ = pages(sso, "list_accounts_for_provisioned_permission_set", "AccountIds", **where,
                 ProvisioningStatus="LATEST_PERMISSION_SET_NOT_PROVISIONED")
assert found == [], found

for target, kind, who in [(shop, "GROUP", crew), (shop, "USER", ada), (till, "GROUP", crew)]:
    assert assigned("delete", target, kind, who)["Status"] == "SUCCEEDED"
assert pages(sso, "list_account_assignment_deletion_status", "AccountAssignmentsDeletionStatus", InstanceArn=arn)[0]
assert pages(sso, "list_account_assignments", "AccountAssignments", **where, AccountId=shop)[0] == []
sso.delete_inline_policy_from_permission_set(**where)
sso.delete_permission_set(**where)
refused("ResourceNotFoundException", sso.delete_permission_set, **where)

# Attributes for access control.
attributes = {"AccessControlAttributes": [{"Key": "team", "Value": {"Source": ["${path:enterprise.department}"]}}]}
refused("ResourceNotFoundException", sso.describe_instance_access_control_attribute_configuration, InstanceArn=arn)
sso.create_instance_access_control_attribute_configuration(
    InstanceArn=arn, InstanceAccessControlAttributeConfiguration=attributes)
refused("ConflictException", sso.create_instance_access_control_attribute_configuration, InstanceArn=arn,
        InstanceAccessControlAttributeConfiguration=attributes)
attributes["AccessControlAttributes"][0]["Key"] = "crew"
sso.update_instance_access_control_attribute_configuration(
    InstanceArn=arn, InstanceAccessControlAttributeConfiguration=attributes)
held = sso.describe_instance_access_control_attribute_configuration(InstanceArn=arn)
assert held["InstanceAccessControlAttributeConfiguration"] == attributes, held
sso.delete_instance_access_control_attribute_configuration(InstanceArn=arn)
refused("ResourceNotFoundException", sso.describe_instance_access_control_attribute_configuration, InstanceArn=arn)
