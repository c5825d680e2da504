from common import client, founded, inside, member, refused

org, _ = founded()
account = member(org)
s3 = client("s3control", inside(account))
block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": False}
refused("NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block, AccountId=account)
s3.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=block)
assert s3.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"] == block
# What is left out is off.
s3.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
held = s3.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"]
assert held == {"BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": False,
                "RestrictPublicBuckets": False}, held
refused("AccessDenied", client("s3control").get_public_access_block, AccountId=account)
s3.delete_public_access_block(AccountId=account)
s3.delete_public_access_block(AccountId=account)
refused("NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block, AccountId=account)
