from common import UNCHECKED, client, founded, member, pages, refused

org, root = founded()
tagging = client("resourcegroupstaggingapi")
units = [org.create_organizational_unit(ParentId=root, Name=f"Unit {number:03}",
                                        Tags=[{"Key": "env", "Value": "prod" if number % 2 else "dev"}])
         ["OrganizationalUnit"] for number in range(12)]
account = org.describe_account(AccountId=member(org))["Account"]
org.tag_resource(ResourceId=account["Id"], Tags=[{"Key": "env", "Value": "prod"}, {"Key": "owner", "Value": "ada"}])

found, count = pages(tagging, "get_resources", "ResourceTagMappingList", 5)
tags = {one["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]} for one in found}
assert count == 3 and len(tags) == 13, (count, tags)
assert tags[account["Arn"]] == {"env": "prod", "owner": "ada"}, tags
assert tags[units[0]["Arn"]] == {"env": "dev"}, tags
only, _ = pages(tagging, "get_resources", "ResourceTagMappingList", TagFilters=[{"Key": "env", "Values": ["prod"]}])
assert len(only) == 7, only
only, _ = pages(tagging, "get_resources", "ResourceTagMappingList", ResourceTypeFilters=["organizations:account"])
assert [one["ResourceARN"] for one in only] == [account["Arn"]], only
refused("InvalidParameterException", client("resourcegroupstaggingapi", config=UNCHECKED).get_resources, ResourcesPerPage=101)
refused("InvalidParameterException", tagging.get_resources, PaginationToken="invented")

# Keys, values, and tags written in bulk: what cannot be done is told apart.
keys, _ = pages(tagging, "get_tag_keys", "TagKeys")
assert keys == ["env", "owner"], keys
values, _ = pages(tagging, "get_tag_values", "TagValues", Key="env")
assert values == ["dev", "prod"], values
nobody = account["Arn"].rpartition("/")[0] + "/999999999999"
failed = tagging.tag_resources(ResourceARNList=[account["Arn"], units[0]["Arn"], nobody], Tags={"team": "core"})
assert list(failed["FailedResourcesMap"]) == [nobody], failed
assert org.list_tags_for_resource(ResourceId=units[0]["Id"])["Tags"] == [
    {"Key": "env", "Value": "dev"}, {"Key": "team", "Value": "core"}]
failed = tagging.untag_resources(ResourceARNList=[account["Arn"], nobody], TagKeys=["team"])
assert list(failed["FailedResourcesMap"]) == [nobody], failed
assert "team" not in [tag["Key"] for tag in org.list_tags_for_resource(ResourceId=account["Id"])["Tags"]]
