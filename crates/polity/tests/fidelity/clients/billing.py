from common import client, refused

# An organization for one bill, and its way to all features.
org = client("organizations")
made = org.create_organization(FeatureSet="CONSOLIDATED_BILLING")["Organization"]
assert made["FeatureSet"] == "CONSOLIDATED_BILLING", made
root = org.list_roots()["Roots"][0]["Id"]
refused("PolicyTypeNotAvailableForOrganizationException", org.enable_policy_type, RootId=root,
        PolicyType="SERVICE_CONTROL_POLICY")
handshake = org.enable_all_features()["Handshake"]
assert handshake["Action"] == "ENABLE_ALL_FEATURES", handshake
assert org.describe_organization()["Organization"]["FeatureSet"] == "CONSOLIDATED_BILLING"
# Nobody else has to agree: the management account has the last word.
last = [one for one in org.list_handshakes_for_account()["Handshakes"] if one["Action"] == "APPROVE_ALL_FEATURES"]
assert len(last) == 1 and last[0]["State"] == "OPEN", last
org.accept_handshake(HandshakeId=last[0]["Id"])
assert org.describe_organization()["Organization"]["FeatureSet"] == "ALL"
org.enable_policy_type(RootId=root, PolicyType="TAG_POLICY")
org.disable_policy_type(RootId=root, PolicyType="TAG_POLICY")
org.delete_organization()
refused("AWSOrganizationsNotInUseException", org.describe_organization)
