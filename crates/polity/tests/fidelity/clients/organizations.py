import json

from common import UNCHECKED, client, inside, member, pages, refused, until

org, loose = client("organizations"), client("organizations", config=UNCHECKED)
SCP = "SERVICE_CONTROL_POLICY"

# The organization.
refused("AWSOrganizationsNotInUseException", org.describe_organization)
refused("AWSOrganizationsNotInUseException", org.list_roots)
made = org.create_organization(FeatureSet="ALL")["Organization"]
refused("AlreadyInOrganizationException", org.create_organization)
assert org.describe_organization()["Organization"]["Id"] == made["Id"]
root = pages(org, "list_roots", "Roots")[0][0]["Id"]
own = made["MasterAccountId"]

# Types of policies.
enabled = {kind["Type"] for kind in org.list_roots()["Roots"][0]["PolicyTypes"]}
if SCP in enabled:
    org.disable_policy_type(RootId=root, PolicyType=SCP)
refused("PolicyTypeNotEnabledException", org.disable_policy_type, RootId=root, PolicyType=SCP)
refused("ConstraintViolationException", org.enable_policy_type, RootId=root, PolicyType="SECURITYHUB_POLICY")
org.enable_aws_service_access(ServicePrincipal="securityhub.amazonaws.com")
for kind in org.meta.service_model.shape_for("PolicyType").enum:
    org.enable_policy_type(RootId=root, PolicyType=kind)
refused("PolicyTypeAlreadyEnabledException", org.enable_policy_type, RootId=root, PolicyType=SCP)
refused("InvalidInputException", loose.enable_policy_type, RootId=root, PolicyType="WEATHER")
refused("RootNotFoundException", org.enable_policy_type, RootId="r-zzzz", PolicyType=SCP)

# Organizational units.
prod = org.create_organizational_unit(ParentId=root, Name="Prod", Tags=[{"Key": "env", "Value": "prod"}])["OrganizationalUnit"]["Id"]
refused("DuplicateOrganizationalUnitException", org.create_organizational_unit, ParentId=root, Name="Prod")
refused("ParentNotFoundException", org.create_organizational_unit, ParentId="ou-zzzz-zzzzzzzz", Name="Lost")
refused("InvalidInputException", loose.create_organizational_unit, ParentId="nowhere", Name="Lost", reason="INVALID_PATTERN")
refused("InvalidInputException", loose.create_organizational_unit, ParentId=root, Name="", reason="MIN_LENGTH_EXCEEDED")
for number in range(25):
    org.create_organizational_unit(ParentId=root, Name=f"Unit {number:02}")
found, count = pages(org, "list_organizational_units_for_parent", "OrganizationalUnits", 10, ParentId=root)
assert (len(found), count) == (26, 3), (len(found), count)
children, _ = pages(org, "list_children", "Children", ParentId=root, ChildType="ORGANIZATIONAL_UNIT")
assert len(children) == 26, children
org.update_organizational_unit(OrganizationalUnitId=prod, Name="Production")
refused("DuplicateOrganizationalUnitException", org.update_organizational_unit, OrganizationalUnitId=prod, Name="Unit 01")
assert org.describe_organizational_unit(OrganizationalUnitId=prod)["OrganizationalUnit"]["Name"] == "Production"
deep = prod
for level in range(4):
    deep = org.create_organizational_unit(ParentId=deep, Name="Deep")["OrganizationalUnit"]["Id"]
refused("ConstraintViolationException", org.create_organizational_unit, ParentId=deep, Name="Too deep",
        reason="OU_DEPTH_LIMIT_EXCEEDED")
assert org.list_parents(ChildId=deep)["Parents"][0]["Type"] == "ORGANIZATIONAL_UNIT"
refused("OrganizationalUnitNotEmptyException", org.delete_organizational_unit, OrganizationalUnitId=prod)
org.delete_organizational_unit(OrganizationalUnitId=deep)
refused("OrganizationalUnitNotFoundException", org.delete_organizational_unit, OrganizationalUnitId=deep)
refused("ChildNotFoundException", org.list_parents, ChildId=deep)

# Accounts.
shop = member(org, "shop")
again = org.create_account(AccountName="again", Email="shop@acme.example")["CreateAccountStatus"]
again = until(lambda: org.describe_create_account_status(CreateAccountRequestId=again["Id"])["CreateAccountStatus"],
              lambda status: status["State"] != "IN_PROGRESS")
assert (again["State"], again["FailureReason"]) == ("FAILED", "EMAIL_ALREADY_EXISTS"), again
refused("CreateAccountStatusNotFoundException", org.describe_create_account_status, CreateAccountRequestId="car-" + "0" * 32)
refused("InvalidInputException", loose.create_account, AccountName="x", Email="no address")
members = [member(org, f"many{number}") for number in range(6)]
failed, _ = pages(org, "list_create_account_status", "CreateAccountStatuses", States=["FAILED"])
assert [status["Id"] for status in failed] == [again["Id"]], failed
found, count = pages(org, "list_accounts", "Accounts", 3)
assert (len(found), count) == (8, 3), (len(found), count)
assert org.describe_account(AccountId=shop)["Account"]["JoinedMethod"] == "CREATED"
refused("AccountNotFoundException", org.describe_account, AccountId="999999999999")
org.move_account(AccountId=shop, SourceParentId=root, DestinationParentId=prod)
refused("SourceParentNotFoundException", org.move_account, AccountId=shop, SourceParentId=root, DestinationParentId=prod)
refused("DestinationParentNotFoundException", org.move_account, AccountId=shop, SourceParentId=prod,
        DestinationParentId="ou-zzzz-zzzzzzzz")
refused("AccountNotFoundException", org.move_account, AccountId="999999999999", SourceParentId=root, DestinationParentId=prod)
assert [one["Id"] for one in pages(org, "list_accounts_for_parent", "Accounts", ParentId=prod)[0]] == [shop]
assert org.list_parents(ChildId=shop)["Parents"] == [{"Id": prod, "Type": "ORGANIZATIONAL_UNIT"}]

# Tags.
org.tag_resource(ResourceId=shop, Tags=[{"Key": "env", "Value": "prod"}, {"Key": "owner", "Value": ""}])
org.tag_resource(ResourceId=shop, Tags=[{"Key": "env", "Value": "dev"}])
org.untag_resource(ResourceId=shop, TagKeys=["owner", "never"])
assert pages(org, "list_tags_for_resource", "Tags", ResourceId=shop)[0] == [{"Key": "env", "Value": "dev"}]
refused("TargetNotFoundException", org.list_tags_for_resource, ResourceId="999999999999")
refused("InvalidInputException", org.tag_resource, ResourceId=shop, Tags=[{"Key": "aws:x", "Value": ""}], reason="INVALID_SYSTEM_TAGS_PARAMETER")

# Policies.
deny = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]})
policy = org.create_policy(Name="deny", Description="", Type=SCP, Content=deny)["Policy"]["PolicySummary"]["Id"]
refused("DuplicatePolicyException", org.create_policy, Name="deny", Description="", Type=SCP, Content=deny)
refused("MalformedPolicyDocumentException", org.create_policy, Name="broken", Description="", Type=SCP, Content="{")
long = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Deny", "Action": ["s3:" + "A" * 100 + str(number) for number in range(150)], "Resource": "*"}]})
refused("ConstraintViolationException", org.create_policy, Name="long", Description="", Type=SCP, Content=long)
org.update_policy(PolicyId=policy, Name="deny storage", Description="No storage")
held = org.describe_policy(PolicyId=policy)["Policy"]
assert held["PolicySummary"]["Name"] == "deny storage" and json.loads(held["Content"]) == json.loads(deny), held
refused("PolicyNotFoundException", org.describe_policy, PolicyId="p-00000000")
for number in range(6):
    org.create_policy(Name=f"policy {number}", Description="", Type=SCP, Content=deny)
found, count = pages(org, "list_policies", "Policies", 3, Filter=SCP)
assert (len(found), count) == (8, 3), (len(found), count)
org.attach_policy(PolicyId=policy, TargetId=prod)
refused("DuplicatePolicyAttachmentException", org.attach_policy, PolicyId=policy, TargetId=prod)
refused("TargetNotFoundException", org.attach_policy, PolicyId=policy, TargetId="999999999999")
found, _ = pages(org, "list_policies_for_target", "Policies", TargetId=prod, Filter=SCP)
assert sorted(one["Name"] for one in found) == ["FullAWSAccess", "deny storage"], found
found, _ = pages(org, "list_targets_for_policy", "Targets", PolicyId=policy)
assert [target["TargetId"] for target in found] == [prod], found
refused("PolicyInUseException", org.delete_policy, PolicyId=policy)
org.detach_policy(PolicyId=policy, TargetId=prod)
refused("PolicyNotAttachedException", org.detach_policy, PolicyId=policy, TargetId=prod)
refused("ConstraintViolationException", org.detach_policy, PolicyId="p-FullAWSAccess", TargetId=prod)
# As many as the documentation allows of one type, AWS's own among them.
for number in range(9):
    more = org.create_policy(Name=f"more {number}", Description="", Type=SCP, Content=deny)["Policy"]["PolicySummary"]["Id"]
    org.attach_policy(PolicyId=more, TargetId=prod)
refused("ConstraintViolationException", org.attach_policy, PolicyId=policy, TargetId=prod,
        reason="MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
org.delete_policy(PolicyId=policy)
tags = json.dumps({"tags": {"env": {"tag_key": {"@@assign": "env"}, "tag_value": {"@@assign": ["dev", "prod"]}}}})
policy = org.create_policy(Name="tags", Description="", Type="TAG_POLICY", Content=tags)["Policy"]["PolicySummary"]["Id"]
org.attach_policy(PolicyId=policy, TargetId=root)
effective = org.describe_effective_policy(PolicyType="TAG_POLICY", TargetId=shop)["EffectivePolicy"]
assert json.loads(effective["PolicyContent"])["tags"]["env"]["tag_value"] == ["dev", "prod"], effective
refused("EffectivePolicyNotFoundException", org.describe_effective_policy, PolicyType="BACKUP_POLICY", TargetId=shop)

# Services and delegated administrators.
org.enable_aws_service_access(ServicePrincipal="guardduty.amazonaws.com")
found, _ = pages(org, "list_aws_service_access_for_organization", "EnabledServicePrincipals")
assert "guardduty.amazonaws.com" in [one["ServicePrincipal"] for one in found], found
org.register_delegated_administrator(AccountId=shop, ServicePrincipal="guardduty.amazonaws.com")
refused("AccountAlreadyRegisteredException", org.register_delegated_administrator, AccountId=shop,
        ServicePrincipal="guardduty.amazonaws.com")
refused("ConstraintViolationException", org.register_delegated_administrator, AccountId=own,
        ServicePrincipal="guardduty.amazonaws.com")
assert [one["Id"] for one in pages(org, "list_delegated_administrators", "DelegatedAdministrators")[0]] == [shop]
found, _ = pages(org, "list_delegated_services_for_account", "DelegatedServices", AccountId=shop)
assert [one["ServicePrincipal"] for one in found] == ["guardduty.amazonaws.com"], found
org.deregister_delegated_administrator(AccountId=shop, ServicePrincipal="guardduty.amazonaws.com")
refused("AccountNotRegisteredException", org.deregister_delegated_administrator, AccountId=shop,
        ServicePrincipal="guardduty.amazonaws.com")
org.disable_aws_service_access(ServicePrincipal="guardduty.amazonaws.com")

# The policy of the organization itself.
allow = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{shop}:root"}, "Action": "organizations:Describe*", "Resource": "*"}]})
refused("ResourcePolicyNotFoundException", org.describe_resource_policy)
org.put_resource_policy(Content=allow)
assert json.loads(org.describe_resource_policy()["ResourcePolicy"]["Content"]) == json.loads(allow)
org.delete_resource_policy()
refused("ResourcePolicyNotFoundException", org.delete_resource_policy)

# Invitations.
invited = org.invite_account_to_organization(Target={"Id": "222222222222", "Type": "ACCOUNT"}, Notes="come")["Handshake"]
refused("DuplicateHandshakeException", org.invite_account_to_organization, Target={"Id": "222222222222", "Type": "ACCOUNT"})
assert org.describe_handshake(HandshakeId=invited["Id"])["Handshake"]["State"] in ("REQUESTED", "OPEN")
found, _ = pages(org, "list_handshakes_for_organization", "Handshakes")
assert [one["Id"] for one in found] == [invited["Id"]], found
assert org.cancel_handshake(HandshakeId=invited["Id"])["Handshake"]["State"] == "CANCELED"
refused("HandshakeNotFoundException", org.describe_handshake, HandshakeId="h-00000000")
refused("HandshakeConstraintViolationException", org.enable_all_features)
pages(org, "list_handshakes_for_account", "Handshakes")
for answer in [org.accept_handshake, org.decline_handshake]:
    # Only whoever was invited may answer, and only while it is open.
    try:
        answer(HandshakeId=invited["Id"])
        raise AssertionError("a handshake that was cancelled is answered")
    except (org.exceptions.AccessDeniedException, org.exceptions.InvalidHandshakeTransitionException):
        pass

assert org.list_accounts_with_invalid_effective_policy(PolicyType="TAG_POLICY")["Accounts"] == []
assert org.list_effective_policy_validation_errors(
    AccountId=shop, PolicyType="TAG_POLICY")["EffectivePolicyValidationErrors"] == []

# The end of accounts. One that was made here has to be some days old before it may go its own way.
refused("ConstraintViolationException", org.remove_account_from_organization, AccountId=shop)
refused("ConstraintViolationException", client("organizations", inside(shop)).leave_organization)
refused("MasterCannotLeaveOrganizationException", org.leave_organization)
refused("MasterCannotLeaveOrganizationException", org.remove_account_from_organization, AccountId=own)
refused("ConstraintViolationException", org.close_account, AccountId=own)
org.close_account(AccountId=members[0])
refused("AccountAlreadyClosedException", org.close_account, AccountId=members[0])
assert org.describe_account(AccountId=members[0])["Account"]["Status"] in ("PENDING_CLOSURE", "SUSPENDED")
refused("OrganizationNotEmptyException", org.delete_organization)
