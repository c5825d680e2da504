from common import UNCHECKED, client, founded, inside, member, pages, refused, until

org, _ = founded()
shop, till = member(org, "shop"), member(org, "till")
org.enable_aws_service_access(ServicePrincipal="account.amazonaws.com")
account = client("account")
contact = {"AlternateContactType": "SECURITY", "Name": "Desk", "Title": "On call", "EmailAddress": "sec@acme.example",
           "PhoneNumber": "+49 30 5550100"}

refused("ResourceNotFoundException", account.get_alternate_contact, AccountId=shop, AlternateContactType="SECURITY")
account.put_alternate_contact(AccountId=shop, **contact)
assert account.get_alternate_contact(AccountId=shop, AlternateContactType="SECURITY")["AlternateContact"] == contact
account.put_alternate_contact(AccountId=shop, **contact | {"Name": "Another"})
held = account.get_alternate_contact(AccountId=shop, AlternateContactType="SECURITY")["AlternateContact"]
assert held["Name"] == "Another", held
refused("ResourceNotFoundException", account.get_alternate_contact, AccountId=till, AlternateContactType="SECURITY")
# Inside of an account, its own number is not named.
own = client("account", inside(shop))
assert own.get_alternate_contact(AlternateContactType="SECURITY")["AlternateContact"]["Name"] == "Another"
refused("AccessDeniedException", own.get_alternate_contact, AccountId=till, AlternateContactType="SECURITY")
loose = client("account", config=UNCHECKED)
refused("ValidationException", loose.put_alternate_contact, AccountId=shop, **contact | {"EmailAddress": "nobody"})
refused("ValidationException", loose.put_alternate_contact, AccountId=shop, **contact | {"AlternateContactType": "LEGAL"})
refused("AccessDeniedException", account.get_alternate_contact, AccountId="999999999999", AlternateContactType="SECURITY")
account.delete_alternate_contact(AccountId=shop, AlternateContactType="SECURITY")
refused("ResourceNotFoundException", account.delete_alternate_contact, AccountId=shop, AlternateContactType="SECURITY")

# Names.
account.put_account_name(AccountId=shop, AccountName="Corner Shop")
held = account.get_account_information(AccountId=shop)
assert held["AccountName"] == "Corner Shop" and held["AccountId"] == shop, held
assert org.describe_account(AccountId=shop)["Account"]["Name"] == "Corner Shop"
assert own.get_account_information()["AccountName"] == "Corner Shop"

# Regions.
regions, _ = pages(account, "list_regions", "Regions", 10, AccountId=shop)
status = {region["RegionName"]: region["RegionOptStatus"] for region in regions}
assert status["us-east-1"] == "ENABLED_BY_DEFAULT" and status["af-south-1"] == "DISABLED", status
account.enable_region(AccountId=shop, RegionName="af-south-1")
assert account.get_region_opt_status(AccountId=shop, RegionName="af-south-1")["RegionOptStatus"] in ("ENABLING", "ENABLED")
until(lambda: account.get_region_opt_status(AccountId=shop, RegionName="af-south-1")["RegionOptStatus"],
      lambda status: status == "ENABLED")
account.disable_region(AccountId=shop, RegionName="af-south-1")
until(lambda: account.get_region_opt_status(AccountId=shop, RegionName="af-south-1")["RegionOptStatus"],
      lambda status: status == "DISABLED")
refused("ValidationException", account.disable_region, AccountId=shop, RegionName="us-east-1")
enabled, _ = pages(account, "list_regions", "Regions", AccountId=shop, RegionOptStatusContains=["ENABLED_BY_DEFAULT"])
assert {region["RegionOptStatus"] for region in enabled} == {"ENABLED_BY_DEFAULT"}, enabled

# The primary contact, and the address that the account belongs to.
refused("ResourceNotFoundException", account.get_contact_information, AccountId=shop)
primary = {"FullName": "Ada Lovelace", "AddressLine1": "1 Main Street", "City": "Berlin", "PostalCode": "10115",
           "StateOrRegion": "Berlin", "CountryCode": "DE", "PhoneNumber": "+49 30 5550100"}
account.put_contact_information(AccountId=shop, ContactInformation=primary)
assert account.get_contact_information(AccountId=shop)["ContactInformation"] == primary
refused("ValidationException", loose.put_contact_information, AccountId=shop, ContactInformation={"FullName": "Ada"})
# Some countries have states.
refused("ValidationException", account.put_contact_information, AccountId=shop,
        ContactInformation={key: value for key, value in primary.items() if key != "StateOrRegion"})
assert account.get_primary_email(AccountId=shop)["PrimaryEmail"] == "shop@acme.example"
refused("ConflictException", account.start_primary_email_update, AccountId=shop, PrimaryEmail="till@acme.example")
assert account.start_primary_email_update(AccountId=shop, PrimaryEmail="new@acme.example")["Status"] == "PENDING"
# The code goes to the new address by mail, which a client cannot read.
refused("ValidationException", account.accept_primary_email_update, AccountId=shop, PrimaryEmail="new@acme.example",
        Otp="xxxxxx")
assert account.get_primary_email(AccountId=shop)["PrimaryEmail"] == "shop@acme.example"
