use std::time::Duration;

use serde_json::{Value, json};

use crate::aws::testing::{Bench, MANAGEMENT};

fn contact(email: &str, phone: &str) -> Value {
    json!({"AlternateContactType": "SECURITY", "Name": "Ada", "Title": "CISO", "EmailAddress": email, "PhoneNumber": phone})
}

#[test]
fn an_alternate_contact_is_put_read_replaced_and_deleted() {
    let mut bench = Bench::new();
    let kind = json!({"AlternateContactType": "SECURITY"});
    let (status, error) = bench.call("account", "GetAlternateContact", kind.clone());
    assert_eq!((status, &error["__type"]), (404, &json!("ResourceNotFoundException")));
    bench.ok("account", "PutAlternateContact", contact("old@example.com", "1"));
    bench.ok("account", "PutAlternateContact", contact("sec@example.com", "+49 (30) 123-4"));
    let seen = bench.ok("account", "GetAlternateContact", kind.clone());
    assert_eq!(seen["AlternateContact"], contact("sec@example.com", "+49 (30) 123-4"));
    bench.ok("account", "DeleteAlternateContact", kind.clone());
    assert_eq!(bench.refused("account", "DeleteAlternateContact", kind), "ResourceNotFoundException");
}

#[test]
fn contacts_that_do_not_fit_are_refused_by_field() {
    let mut bench = Bench::new();
    for bad in [
        contact("nobody", "1"),
        contact("a@b", "1"),
        contact("a@@b.de", "1"),
        contact("a b@c.de", "1"),
        contact("a@b.de", "ring me"),
        json!({"AlternateContactType": "LEGAL", "Name": "A", "Title": "B", "EmailAddress": "a@b.de", "PhoneNumber": "1"}),
        json!({"AlternateContactType": "SECURITY", "Title": "B", "EmailAddress": "a@b.de", "PhoneNumber": "1"}),
    ] {
        let (status, error) = bench.call("account", "PutAlternateContact", bad.clone());
        assert_eq!((status, &error["__type"]), (400, &json!("ValidationException")), "{bad}");
        assert_eq!(error["reason"], json!("fieldValidationFailed"));
    }
}

#[test]
fn the_primary_contact_needs_a_state_where_addresses_have_one() {
    let mut bench = Bench::new();
    let mut contact = json!({"FullName": "Ada", "AddressLine1": "1 Main Street", "City": "Berlin", "PostalCode": "10115",
        "CountryCode": "DE", "PhoneNumber": "+49 30 1"});
    let put = |contact: &Value| json!({"ContactInformation": contact});
    assert_eq!(bench.refused("account", "GetContactInformation", json!({})), "ResourceNotFoundException");
    assert_eq!(bench.refused("account", "PutContactInformation", put(&contact)), "ValidationException");
    contact["StateOrRegion"] = json!("Berlin");
    bench.ok("account", "PutContactInformation", put(&contact));
    let seen = bench.ok("account", "GetContactInformation", json!({}));
    assert_eq!(seen["ContactInformation"], contact);
    contact["PhoneNumber"] = json!("030 1");
    assert_eq!(bench.refused("account", "PutContactInformation", put(&contact)), "ValidationException");
    assert_eq!(bench.refused("account", "PutContactInformation", json!({})), "ValidationException");
}

fn status(bench: &mut Bench, region: &str) -> String {
    let answer = bench.ok("account", "GetRegionOptStatus", json!({"RegionName": region}));
    answer["RegionOptStatus"].as_str().unwrap().to_owned()
}

#[test]
fn a_region_opens_and_closes_after_minutes() {
    let mut bench = Bench::new();
    let region = json!({"RegionName": "af-south-1"});
    assert_eq!(status(&mut bench, "af-south-1"), "DISABLED");
    bench.ok("account", "EnableRegion", region.clone());
    bench.ok("account", "EnableRegion", region.clone());
    assert_eq!(status(&mut bench, "af-south-1"), "ENABLING");
    assert_eq!(bench.refused("account", "DisableRegion", region.clone()), "ConflictException");
    bench.pass(Duration::from_secs(5 * 60));
    assert_eq!(status(&mut bench, "af-south-1"), "ENABLED");
    bench.ok("account", "DisableRegion", region.clone());
    assert_eq!(status(&mut bench, "af-south-1"), "DISABLING");
    assert_eq!(bench.refused("account", "EnableRegion", region), "ConflictException");
    bench.pass(Duration::from_secs(5 * 60));
    assert_eq!(status(&mut bench, "af-south-1"), "DISABLED");
}

#[test]
fn the_scenario_says_how_long_it_takes_and_whether_it_works() {
    let mut bench = Bench::new();
    bench.tuning.takes.insert("account:EnableRegion".to_owned(), Duration::from_secs(3600));
    bench.tuning.fails.insert("account:EnableRegion".to_owned(), "no capacity".to_owned());
    bench.ok("account", "EnableRegion", json!({"RegionName": "eu-south-2"}));
    bench.pass(Duration::from_secs(3599));
    assert_eq!(status(&mut bench, "eu-south-2"), "ENABLING");
    bench.pass(Duration::from_secs(1));
    assert_eq!(status(&mut bench, "eu-south-2"), "DISABLED");
}

#[test]
fn regions_that_are_always_open_stay_so() {
    let mut bench = Bench::new();
    assert_eq!(status(&mut bench, "eu-west-1"), "ENABLED_BY_DEFAULT");
    let (code, error) = bench.call("account", "DisableRegion", json!({"RegionName": "eu-west-1"}));
    assert_eq!((code, &error["reason"]), (400, &json!("invalidRegionOptTarget")));
    assert_eq!(bench.refused("account", "EnableRegion", json!({"RegionName": "mars-1"})), "ValidationException");
}

#[test]
fn six_regions_change_at_a_time() {
    let mut bench = Bench::new();
    let regions = ["af-south-1", "ap-east-1", "ap-south-2", "ca-west-1", "eu-south-1", "eu-south-2"];
    for region in regions {
        bench.ok("account", "EnableRegion", json!({"RegionName": region}));
    }
    assert_eq!(
        bench.refused("account", "EnableRegion", json!({"RegionName": "me-south-1"})),
        "TooManyRequestsException"
    );
}

#[test]
fn regions_are_listed_by_status_and_in_pages() {
    let mut bench = Bench::new();
    bench.ok("account", "EnableRegion", json!({"RegionName": "ap-east-1"}));
    let enabling = bench.ok("account", "ListRegions", json!({"RegionOptStatusContains": ["ENABLING"]}));
    assert_eq!(enabling["Regions"], json!([{"RegionName": "ap-east-1", "RegionOptStatus": "ENABLING"}]));
    let all = bench.all("account", "ListRegions", json!({"MaxResults": 10}), "Regions", "NextToken");
    assert_eq!(all.len(), 34);
    let odd = json!({"RegionOptStatusContains": ["OPEN"]});
    assert_eq!(bench.refused("account", "ListRegions", odd), "ValidationException");
}

#[test]
fn an_account_on_its_own_has_a_name_and_nobody_else_in_reach() {
    let mut bench = Bench::new();
    bench.ok("account", "PutAccountName", json!({"AccountName": "Payer"}));
    let seen = bench.ok("account", "GetAccountInformation", json!({}));
    assert_eq!(seen, json!({"AccountId": MANAGEMENT, "AccountName": "Payer", "AccountState": "ACTIVE"}));
    assert_eq!(bench.refused("account", "PutAccountName", json!({"AccountName": "<b>"})), "ValidationException");
    for account in [MANAGEMENT, "222222222222"] {
        let input = json!({"AccountId": account});
        assert_eq!(bench.refused("account", "GetAccountInformation", input), "AccessDeniedException");
    }
    assert_eq!(bench.refused("account", "GetPrimaryEmail", json!({"AccountId": "12"})), "ValidationException");
}

/// An organization with one member.
fn with_member() -> (Bench, String) {
    let mut bench = Bench::new();
    bench.ok("organizations", "CreateOrganization", json!({}));
    bench.ok("organizations", "CreateAccount", json!({"AccountName": "Shop", "Email": "shop@example.com"}));
    bench.pass(Duration::from_secs(3600));
    let accounts = bench.all("organizations", "ListAccounts", json!({}), "Accounts", "NextToken");
    let shop = accounts.iter().find(|account| account["Name"] == "Shop").unwrap();
    let id = shop["Id"].as_str().unwrap().to_owned();
    (bench, id)
}

#[test]
fn members_are_managed_once_the_service_is_trusted() {
    let (mut bench, shop) = with_member();
    let mut put = contact("sec@example.com", "1");
    put["AccountId"] = json!(shop);
    assert_eq!(bench.refused("account", "PutAlternateContact", put.clone()), "AccessDeniedException");
    bench.ok("organizations", "EnableAWSServiceAccess", json!({"ServicePrincipal": "account.amazonaws.com"}));
    bench.ok("account", "PutAlternateContact", put);
    let get = json!({"AccountId": shop, "AlternateContactType": "SECURITY"});
    bench.ok("account", "GetAlternateContact", get.clone());
    // What belongs to the member is the member's, and not the caller's.
    assert_eq!(
        bench.refused("account", "GetAlternateContact", json!({"AlternateContactType": "SECURITY"})),
        "ResourceNotFoundException"
    );
    let member = bench.assume(&shop);
    bench.ok_as(&member, "account", "GetAlternateContact", json!({"AlternateContactType": "SECURITY"}));
    assert_eq!(bench.refused_as(&member, "account", "GetAlternateContact", get), "AccessDeniedException");
    for stranger in [MANAGEMENT, "999999999999"] {
        let input = json!({"AccountId": stranger});
        assert_eq!(bench.refused("account", "GetAccountInformation", input), "AccessDeniedException", "{stranger}");
    }
}

#[test]
fn a_name_is_changed_in_the_organization_too() {
    let (mut bench, shop) = with_member();
    bench.ok("organizations", "EnableAWSServiceAccess", json!({"ServicePrincipal": "account.amazonaws.com"}));
    bench.ok("account", "PutAccountName", json!({"AccountId": shop, "AccountName": "Store"}));
    let described = bench.ok("organizations", "DescribeAccount", json!({"AccountId": shop}));
    assert_eq!(described["Account"]["Name"], json!("Store"));
    let seen = bench.ok("account", "GetAccountInformation", json!({"AccountId": shop}));
    assert_eq!((&seen["AccountName"], &seen["AccountState"]), (&json!("Store"), &json!("ACTIVE")));
    assert!(seen["AccountCreatedDate"].as_str().unwrap().starts_with("2026-06-01T"));
}

#[test]
fn an_address_changes_with_the_code_that_was_sent_to_it() {
    let (mut bench, shop) = with_member();
    bench.ok("organizations", "EnableAWSServiceAccess", json!({"ServicePrincipal": "account.amazonaws.com"}));
    let start = |email: &str| json!({"AccountId": shop, "PrimaryEmail": email});
    assert_eq!(bench.refused("account", "StartPrimaryEmailUpdate", start("shop@example.com")), "ConflictException");
    assert_eq!(bench.refused("account", "StartPrimaryEmailUpdate", start("nobody")), "ValidationException");
    let begun = bench.ok("account", "StartPrimaryEmailUpdate", start("store@example.com"));
    assert_eq!(begun, json!({"Status": "PENDING"}));
    let code = bench.aws.world.inside(&shop).unwrap().contacts.new_email.as_ref().unwrap().code.clone();
    let accept = |email: &str, code: &str| json!({"AccountId": shop, "PrimaryEmail": email, "Otp": code});
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let accepting = "AcceptPrimaryEmailUpdate";
    assert_eq!(bench.refused("account", accepting, accept("store@example.com", wrong)), "ValidationException");
    assert_eq!(bench.refused("account", accepting, accept("other@example.com", &code)), "ResourceNotFoundException");
    assert_eq!(bench.ok("account", accepting, accept("store@example.com", &code)), json!({"Status": "ACCEPTED"}));
    assert_eq!(bench.refused("account", accepting, accept("store@example.com", &code)), "ResourceNotFoundException");
    let seen = bench.ok("account", "GetPrimaryEmail", json!({"AccountId": shop}));
    assert_eq!(seen, json!({"PrimaryEmail": "store@example.com"}));
}

#[test]
fn nobody_becomes_a_role_of_a_closed_account() {
    let (mut bench, shop) = with_member();
    bench.assume(&shop);
    bench.ok("organizations", "CloseAccount", json!({"AccountId": shop}));
    let role = format!("arn:aws:iam::{shop}:role/OrganizationAccountAccessRole");
    let ask = json!({"RoleArn": role, "RoleSessionName": "late"});
    assert_eq!(bench.refused("sts", "AssumeRole", ask), "AccessDenied");
}
