//! Users, groups and memberships, as callers see them.

use serde_json::{Value, json};

use crate::aws::testing::Bench;

const SERVICE: &str = "identitystore";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// A store, and short words for what the tests do.
struct Room {
    bench: Bench,
    store: String,
}

impl Room {
    fn new() -> Self {
        let mut bench = Bench::new();
        let instances = bench.ok("sso-admin", "ListInstances", json!({}));
        let store = instances["Instances"][0]["IdentityStoreId"].as_str().unwrap().to_owned();
        Self { bench, store }
    }

    fn with(&self, mut input: Value) -> Value {
        input["IdentityStoreId"] = self.store.clone().into();
        input
    }

    fn ok(&mut self, operation: &str, input: Value) -> Value {
        let input = self.with(input);
        self.bench.ok(SERVICE, operation, input)
    }

    fn refused(&mut self, operation: &str, input: Value) -> String {
        let input = self.with(input);
        self.bench.refused(SERVICE, operation, input)
    }

    fn user(&mut self, name: &str) -> String {
        self.ok("CreateUser", person(name))["UserId"].as_str().unwrap().to_owned()
    }

    fn group(&mut self, name: &str) -> String {
        self.ok("CreateGroup", json!({"DisplayName": name}))["GroupId"].as_str().unwrap().to_owned()
    }

    fn join(&mut self, user: &str, group: &str) -> String {
        let created = self.ok("CreateGroupMembership", json!({"GroupId": group, "MemberId": {"UserId": user}}));
        created["MembershipId"].as_str().unwrap().to_owned()
    }

    /// Changes one attribute, and shows the user.
    fn change(&mut self, user: &str, path: &str, value: Value) -> Value {
        let operation = json!({"AttributePath": path, "AttributeValue": value});
        self.ok("UpdateUser", json!({"UserId": user, "Operations": [operation]}));
        self.ok("DescribeUser", json!({"UserId": user}))
    }
}

fn person(name: &str) -> Value {
    json!({
        "UserName": name, "DisplayName": name.to_uppercase(), "Name": {"GivenName": name, "FamilyName": "Doe"},
        "Emails": [{"Value": format!("{name}@example.com"), "Type": "work", "Primary": true}],
    })
}

fn by(path: &str, value: &str) -> Value {
    json!({"AlternateIdentifier": {"UniqueAttribute": {"AttributePath": path, "AttributeValue": value}}})
}

#[test]
fn a_user_lives() {
    let mut room = Room::new();
    let id = room.user("ada");
    let user = room.ok("DescribeUser", json!({"UserId": id}));
    for (member, value) in person("ada").as_object().unwrap() {
        assert_eq!(&user[member], value);
    }
    assert_eq!((&user["UserStatus"], &user["UserId"]), (&json!("ENABLED"), &json!(id)));
    assert_eq!(user["CreatedAt"], user["UpdatedAt"]);
    assert_eq!(room.ok("GetUserId", by("userName", "Ada"))["UserId"], id);
    assert_eq!(room.ok("GetUserId", by("emails.value", "ADA@example.com"))["UserId"], id);
    assert_eq!(room.refused("GetUserId", by("userName", "eve")), "ResourceNotFoundException");
    assert_eq!(room.refused("GetUserId", by("title", "Dr")), "ValidationException");
    let outside = json!({"AlternateIdentifier": {"ExternalId": {"Issuer": "idp", "Id": "1"}}});
    assert_eq!(room.refused("GetUserId", outside), "ResourceNotFoundException");
    room.ok("DeleteUser", json!({"UserId": id}));
    for operation in ["DescribeUser", "DeleteUser"] {
        assert_eq!(room.refused(operation, json!({"UserId": id})), "ResourceNotFoundException");
    }
    assert_eq!(room.user("ADA").len(), 36);
}

#[test]
fn names_and_addresses_are_taken_once() {
    let mut room = Room::new();
    let (ada, bob) = (room.user("ada"), room.user("bob"));
    let taken = "ConflictException/UNIQUENESS_CONSTRAINT_VIOLATION";
    assert_eq!(room.refused("CreateUser", person("ADA")), taken);
    let mut other = person("eve");
    other["Emails"][0]["Value"] = "Ada@Example.com".into();
    assert_eq!(room.refused("CreateUser", other), taken);
    let rename = |user: &str, name: &str| json!({"UserId": user, "Operations": [{"AttributePath": "userName", "AttributeValue": name}]});
    assert_eq!(room.refused("UpdateUser", rename(&bob, "Ada")), taken);
    room.ok("UpdateUser", rename(&ada, "Ada"));
    room.ok("UpdateUser", rename(&ada, "lovelace"));
    room.ok("UpdateUser", rename(&bob, "ada"));
    assert_eq!(room.ok("GetUserId", by("UserName", "ada"))["UserId"], bob);
    room.group("Admins");
    assert_eq!(room.refused("CreateGroup", json!({"DisplayName": "admins"})), taken);
}

#[test]
fn members_of_a_user_have_a_form() {
    let mut room = Room::new();
    let two = json!([{"Value": "a@example.com"}, {"Value": "b@example.com"}]);
    for (member, value) in [
        ("UserName", json!(null)),
        ("UserName", json!("with space")),
        ("UserName", json!("x".repeat(129))),
        ("UserName", json!("administrator")),
        ("DisplayName", json!(null)),
        ("DisplayName", json!("")),
        ("Name", json!(null)),
        ("Name", json!({"GivenName": "Ada"})),
        ("Name", json!({"Title": "Dr"})),
        ("Emails", json!([])),
        ("Emails", two),
        ("Emails", json!("ada@example.com")),
        ("Birthdate", json!("10.12.1815")),
        ("Title", json!("a\u{7}b")),
        ("Extensions", json!({"aws:other": {}})),
    ] {
        let mut input = person("ada");
        input[member] = value.clone();
        assert_eq!(room.refused("CreateUser", input), "ValidationException", "{member}: {value}");
    }
    assert_eq!(room.refused("DescribeUser", json!({"UserId": "ada"})), "ValidationException");
    let elsewhere = json!({"IdentityStoreId": "d-0000000000", "UserId": NOBODY});
    assert_eq!(room.bench.refused(SERVICE, "DescribeUser", elsewhere), "ResourceNotFoundException");
}

#[test]
fn attributes_are_changed_by_their_paths() {
    let mut room = Room::new();
    let id = room.user("ada");
    assert_eq!(room.change(&id, "displayName", json!("Ada L."))["DisplayName"], "Ada L.");
    let name = room.change(&id, "name.familyName", json!("Lovelace"))["Name"].clone();
    assert_eq!(name, json!({"GivenName": "ada", "FamilyName": "Lovelace"}));
    assert_eq!(room.change(&id, "Title", json!("Countess"))["Title"], "Countess");
    assert_eq!(room.change(&id, "title", json!(null)).get("Title"), None);
    // Documents carry the small letters of SCIM.
    let emails = room.change(&id, "emails", json!([{"value": "l@example.com", "primary": true}]))["Emails"].clone();
    assert_eq!(emails, json!([{"Value": "l@example.com", "Primary": true}]));
    assert_eq!(room.ok("GetUserId", by("emails.value", "l@example.com"))["UserId"], id);
    assert_eq!(room.refused("GetUserId", by("emails.value", "ada@example.com")), "ResourceNotFoundException");
    assert_eq!(room.change(&id, "emails", json!(null)).get("Emails"), None);
    let phones = room.change(&id, "phoneNumbers", json!([{"type": "work", "value": "1"}]))["PhoneNumbers"].clone();
    assert_eq!(phones, json!([{"Type": "work", "Value": "1"}]));
}

#[test]
fn a_change_is_whole_or_not_at_all() {
    let mut room = Room::new();
    let id = room.user("ada");
    let before = room.ok("DescribeUser", json!({"UserId": id}));
    for (path, value) in [
        ("nonsense", json!("x")),
        ("displayName", json!(null)),
        ("name.givenName", json!(null)),
        ("name.nonsense", json!("x")),
        ("emails.value", json!("x")),
        ("title", json!(7)),
        ("userName", json!("a b")),
    ] {
        let first = json!({"AttributePath": "nickName", "AttributeValue": "countess"});
        let wrong = json!({"AttributePath": path, "AttributeValue": value});
        let input = json!({"UserId": id, "Operations": [first, wrong]});
        assert_eq!(room.refused("UpdateUser", input), "ValidationException", "{path}");
    }
    assert_eq!(room.refused("UpdateUser", json!({"UserId": id, "Operations": []})), "ValidationException");
    assert_eq!(room.ok("DescribeUser", json!({"UserId": id})), before);
}

#[test]
fn extensions_are_told_to_who_asks() {
    let mut room = Room::new();
    let mut ada = person("ada");
    let extension = "aws:identitystore:enterprise";
    ada["Extensions"] = json!({extension: {"department": "engines"}});
    let id = room.ok("CreateUser", ada)["UserId"].clone();
    assert_eq!(room.ok("DescribeUser", json!({"UserId": id})).get("Extensions"), None);
    room.change(id.as_str().unwrap(), &format!("{extension}.division"), json!("analysis"));
    let asked = room.ok("DescribeUser", json!({"UserId": id, "Extensions": [extension]}));
    assert_eq!(asked["Extensions"][extension], json!({"department": "engines", "division": "analysis"}));
}

#[test]
fn lists_are_narrowed_by_name_and_paged() {
    let mut room = Room::new();
    for index in 0..12 {
        room.user(&format!("user{index}"));
        room.group(&format!("group{index}"));
    }
    for (operation, key, path, name) in
        [("ListUsers", "Users", "UserName", "user7"), ("ListGroups", "Groups", "DisplayName", "group7")]
    {
        let input = room.with(json!({"MaxResults": 5}));
        assert_eq!(room.bench.all(SERVICE, operation, input, key, "NextToken").len(), 12);
        let filter = |path: &str, name: &str| json!({"Filters": [{"AttributePath": path, "AttributeValue": name}]});
        let found = room.ok(operation, filter(path, name))[key].clone();
        assert_eq!((found.as_array().unwrap().len(), &found[0][path]), (1, &json!(name)));
        assert_eq!(room.ok(operation, filter(path, "nobody"))[key], json!([]));
        assert_eq!(room.refused(operation, filter("Title", name)), "ValidationException");
        assert_eq!(room.refused(operation, json!({"MaxResults": 0})), "ValidationException");
    }
}

#[test]
fn a_group_lives() {
    let mut room = Room::new();
    let id = room.ok("CreateGroup", json!({"DisplayName": "Admins", "Description": "d"}))["GroupId"].clone();
    let group = room.ok("DescribeGroup", json!({"GroupId": id}));
    assert_eq!((&group["DisplayName"], &group["Description"]), (&json!("Admins"), &json!("d")));
    assert_eq!(room.ok("GetGroupId", by("displayName", "Admins"))["GroupId"], id);
    let operations = json!([
        {"AttributePath": "displayName", "AttributeValue": "Operators"},
        {"AttributePath": "description"},
    ]);
    room.ok("UpdateGroup", json!({"GroupId": id, "Operations": operations}));
    let group = room.ok("DescribeGroup", json!({"GroupId": id}));
    assert_eq!((&group["DisplayName"], group.get("Description")), (&json!("Operators"), None));
    assert_eq!(room.refused("GetGroupId", by("displayName", "Admins")), "ResourceNotFoundException");
    for wrong in [json!({"AttributePath": "displayName"}), json!({"AttributePath": "members", "AttributeValue": []})] {
        let input = json!({"GroupId": id, "Operations": [wrong]});
        assert_eq!(room.refused("UpdateGroup", input), "ValidationException");
    }
    for wrong in [json!({}), json!({"DisplayName": ""}), json!({"DisplayName": "AWSAdministrators"})] {
        assert_eq!(room.refused("CreateGroup", wrong), "ValidationException");
    }
    room.ok("DeleteGroup", json!({"GroupId": id}));
    assert_eq!(room.refused("DescribeGroup", json!({"GroupId": id})), "ResourceNotFoundException");
}

#[test]
fn a_membership_lives() {
    let mut room = Room::new();
    let (ada, admins) = (room.user("ada"), room.group("admins"));
    let id = room.join(&ada, &admins);
    let input = json!({"GroupId": admins, "MemberId": {"UserId": ada}});
    let taken = "ConflictException/UNIQUENESS_CONSTRAINT_VIOLATION";
    assert_eq!(room.refused("CreateGroupMembership", input.clone()), taken);
    assert_eq!(room.ok("GetGroupMembershipId", input.clone())["MembershipId"], id);
    let described = room.ok("DescribeGroupMembership", json!({"MembershipId": id}));
    assert_eq!((&described["GroupId"], &described["MemberId"]["UserId"]), (&json!(admins), &json!(ada)));
    assert_eq!(room.ok("ListGroupMemberships", json!({"GroupId": admins}))["GroupMemberships"], json!([described]));
    let member = json!({"MemberId": {"UserId": ada}});
    assert_eq!(room.ok("ListGroupMembershipsForMember", member)["GroupMemberships"], json!([described]));
    room.ok("DeleteGroupMembership", json!({"MembershipId": id}));
    assert_eq!(room.refused("GetGroupMembershipId", input), "ResourceNotFoundException");
    assert_eq!(room.refused("DeleteGroupMembership", json!({"MembershipId": id})), "ResourceNotFoundException");
}

#[test]
fn memberships_need_both_ends_and_go_with_either() {
    let mut room = Room::new();
    let (ada, bob) = (room.user("ada"), room.user("bob"));
    let (admins, readers) = (room.group("admins"), room.group("readers"));
    for (group, user) in [(NOBODY, ada.as_str()), (admins.as_str(), NOBODY)] {
        let input = json!({"GroupId": group, "MemberId": {"UserId": user}});
        assert_eq!(room.refused("CreateGroupMembership", input), "ResourceNotFoundException");
    }
    assert_eq!(room.refused("CreateGroupMembership", json!({"GroupId": admins})), "ValidationException");
    for (user, group) in [(&ada, &admins), (&bob, &admins), (&ada, &readers)] {
        room.join(user, group);
    }
    let asked = json!({"MemberId": {"UserId": bob}, "GroupIds": [admins, readers]});
    let results = room.ok("IsMemberInGroups", asked)["Results"].clone();
    assert_eq!((&results[0]["MembershipExists"], &results[1]["MembershipExists"]), (&json!(true), &json!(false)));
    room.ok("DeleteUser", json!({"UserId": ada}));
    let left = room.ok("ListGroupMemberships", json!({"GroupId": admins}))["GroupMemberships"].clone();
    assert_eq!((left.as_array().unwrap().len(), &left[0]["MemberId"]["UserId"]), (1, &json!(bob)));
    room.ok("DeleteGroup", json!({"GroupId": admins}));
    let member = json!({"MemberId": {"UserId": bob}});
    assert_eq!(room.ok("ListGroupMembershipsForMember", member)["GroupMemberships"], json!([]));
    let member = json!({"MemberId": {"UserId": ada}});
    assert_eq!(room.refused("ListGroupMembershipsForMember", member), "ResourceNotFoundException");
}
