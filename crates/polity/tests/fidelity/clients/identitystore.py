from common import UNCHECKED, client, founded, pages, refused

founded()
store = client("sso-admin").list_instances()["Instances"][0]["IdentityStoreId"]
ids = client("identitystore")
loose = client("identitystore", config=UNCHECKED)


def person(name, **more):
    return {"UserName": name, "DisplayName": name.title(), "Name": {"GivenName": name.title(), "FamilyName": "Example"},
            "Emails": [{"Value": f"{name}@acme.example", "Type": "work", "Primary": True}]} | more


# Users.
ada = ids.create_user(IdentityStoreId=store, **person("ada"))["UserId"]
bob = ids.create_user(IdentityStoreId=store, **person("bob", Title="Chief"))["UserId"]
refused("ConflictException", ids.create_user, IdentityStoreId=store, **person("ada"))
refused("ValidationException", loose.create_user, IdentityStoreId=store, UserName=7)
refused("ResourceNotFoundException", ids.create_user, IdentityStoreId="d-0000000000", **person("eve"))
held = ids.describe_user(IdentityStoreId=store, UserId=ada)
assert held["UserName"] == "ada" and held["Emails"][0]["Value"] == "ada@acme.example", held
refused("ResourceNotFoundException", ids.describe_user, IdentityStoreId=store, UserId="0" * 8 + "-0000-4000-8000-" + "0" * 12)
ids.update_user(IdentityStoreId=store, UserId=bob, Operations=[
    {"AttributePath": "title", "AttributeValue": "Head"}, {"AttributePath": "name.familyName", "AttributeValue": "Other"}])
held = ids.describe_user(IdentityStoreId=store, UserId=bob)
assert held["Title"] == "Head" and held["Name"]["FamilyName"] == "Other", held
assert ids.get_user_id(IdentityStoreId=store, AlternateIdentifier={
    "UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "ada"}})["UserId"] == ada
refused("ResourceNotFoundException", ids.get_user_id, IdentityStoreId=store, AlternateIdentifier={
    "UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "nobody"}})
for number in range(12):
    ids.create_user(IdentityStoreId=store, **person(f"person{number:02}"))
found, count = pages(ids, "list_users", "Users", 5, IdentityStoreId=store)
assert (len(found), count) == (14, 3), (len(found), count)
found = ids.list_users(IdentityStoreId=store, Filters=[{"AttributePath": "UserName", "AttributeValue": "bob"}])["Users"]
assert [user["UserId"] for user in found] == [bob], found

# Groups.
crew = ids.create_group(IdentityStoreId=store, DisplayName="crew", Description="All")["GroupId"]
refused("ConflictException", ids.create_group, IdentityStoreId=store, DisplayName="crew")
ids.update_group(IdentityStoreId=store, GroupId=crew, Operations=[
    {"AttributePath": "description", "AttributeValue": "Everybody"}])
assert ids.describe_group(IdentityStoreId=store, GroupId=crew)["Description"] == "Everybody"
assert ids.get_group_id(IdentityStoreId=store, AlternateIdentifier={
    "UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": "crew"}})["GroupId"] == crew
for number in range(7):
    ids.create_group(IdentityStoreId=store, DisplayName=f"group{number}")
found, count = pages(ids, "list_groups", "Groups", 3, IdentityStoreId=store)
assert (len(found), count) == (8, 3), (len(found), count)

# Memberships.
made = ids.create_group_membership(IdentityStoreId=store, GroupId=crew, MemberId={"UserId": ada})["MembershipId"]
refused("ConflictException", ids.create_group_membership, IdentityStoreId=store, GroupId=crew, MemberId={"UserId": ada})
refused("ResourceNotFoundException", ids.create_group_membership, IdentityStoreId=store, GroupId=crew,
        MemberId={"UserId": crew})
assert ids.describe_group_membership(IdentityStoreId=store, MembershipId=made)["MemberId"] == {"UserId": ada}
assert ids.get_group_membership_id(IdentityStoreId=store, GroupId=crew, MemberId={"UserId": ada})["MembershipId"] == made
found, _ = pages(ids, "list_group_memberships", "GroupMemberships", IdentityStoreId=store, GroupId=crew)
assert [one["MembershipId"] for one in found] == [made], found
found, _ = pages(ids, "list_group_memberships_for_member", "GroupMemberships", IdentityStoreId=store, MemberId={"UserId": ada})
assert [one["GroupId"] for one in found] == [crew], found
results = ids.is_member_in_groups(IdentityStoreId=store, MemberId={"UserId": bob}, GroupIds=[crew])["Results"]
assert results[0]["MembershipExists"] is False, results
ids.delete_group_membership(IdentityStoreId=store, MembershipId=made)
refused("ResourceNotFoundException", ids.describe_group_membership, IdentityStoreId=store, MembershipId=made)

# Whoever is deleted leaves all groups.
ids.create_group_membership(IdentityStoreId=store, GroupId=crew, MemberId={"UserId": bob})
ids.delete_user(IdentityStoreId=store, UserId=bob)
assert ids.list_group_memberships(IdentityStoreId=store, GroupId=crew)["GroupMemberships"] == []
ids.delete_group(IdentityStoreId=store, GroupId=crew)
refused("ResourceNotFoundException", ids.describe_group, IdentityStoreId=store, GroupId=crew)
