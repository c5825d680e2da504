from common import UNCHECKED, client, founded, inside, member, pages, refused, until

org, _ = founded()
account = member(org)
keys = inside(account)
ec2, elsewhere = client("ec2", keys), client("ec2", keys, region="eu-central-1")

# Each region has settings of its own.
assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
assert ec2.enable_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
assert elsewhere.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
assert client("ec2").get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
assert ec2.disable_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False

assert ec2.get_snapshot_block_public_access_state()["State"] in ("unblocked", "block-new-sharing")
assert ec2.enable_snapshot_block_public_access(State="block-all-sharing")["State"] == "block-all-sharing"
assert ec2.get_snapshot_block_public_access_state()["State"] == "block-all-sharing"
refused("InvalidParameterValue", client("ec2", keys, UNCHECKED).enable_snapshot_block_public_access, State="some")
assert ec2.disable_snapshot_block_public_access()["State"] == "unblocked"


# Images take minutes to follow.
def images():
    return ec2.get_image_block_public_access_state()["ImageBlockPublicAccessState"]


assert ec2.disable_image_block_public_access()["ImageBlockPublicAccessState"] == "unblocked"
until(images, lambda state: state == "unblocked")
ec2.enable_image_block_public_access(ImageBlockPublicAccessState="block-new-sharing")
until(images, lambda state: state == "block-new-sharing")
refused("InvalidParameterValue", client("ec2", keys, UNCHECKED).enable_image_block_public_access,
        ImageBlockPublicAccessState="unblocked")

assert ec2.modify_instance_metadata_defaults(HttpTokens="required", HttpPutResponseHopLimit=2)["Return"] is True
held = ec2.get_instance_metadata_defaults()["AccountLevel"]
assert (held["HttpTokens"], held["HttpPutResponseHopLimit"]) == ("required", 2), held
ec2.modify_instance_metadata_defaults(HttpTokens="no-preference")
held = ec2.get_instance_metadata_defaults()["AccountLevel"]
assert "HttpTokens" not in held or held["HttpTokens"] == "no-preference", held
assert held["HttpPutResponseHopLimit"] == 2, held
refused("InvalidParameterValue", client("ec2", keys, UNCHECKED).modify_instance_metadata_defaults, HttpTokens="maybe")

# The key of encryption, and what is found in every account.
assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
key = f"arn:aws:kms:us-east-1:{account}:key/11111111-2222-3333-4444-555555555555"
assert ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)["KmsKeyId"] == key
assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == key
assert ec2.reset_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
names = {region["RegionName"]: region["OptInStatus"] for region in ec2.describe_regions(AllRegions=True)["Regions"]}
assert names["us-east-1"] == "opt-in-not-required" and names["af-south-1"] == "not-opted-in", names
assert "af-south-1" not in [region["RegionName"] for region in ec2.describe_regions()["Regions"]]
attributes = {one["AttributeName"] for one in ec2.describe_account_attributes()["AccountAttributes"]}
assert "supported-platforms" in attributes, attributes
# The sandbox's accounts have no networks: nobody has asked for one.
assert pages(ec2, "describe_vpcs", "Vpcs")[0] == []
refused("InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=["vpc-11111111"])
