//! Assignments: how they come and go, and who may make them.

use std::time::Duration;

use serde_json::{Value, json};

use super::{NOBODY, Room, SERVICE};
use crate::aws::testing::{Key, MANAGEMENT};

#[test]
fn an_assignment_comes_after_a_while_and_goes_after_a_while() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    let input = room.assignment(&set, 0, &user);
    let begun = room.ok("CreateAccountAssignment", input)["AccountAssignmentCreationStatus"].clone();
    assert_eq!(begun["Status"], "IN_PROGRESS");
    assert_eq!((&begun["TargetId"], &begun["PrincipalId"]), (&json!(room.accounts[0]), &json!(user)));
    assert_eq!(room.assigned(&set, 0), Vec::<Value>::new());
    room.pass();
    let expected = json!({
        "AccountId": room.accounts[0], "PermissionSetArn": set, "PrincipalType": "USER", "PrincipalId": user,
    });
    assert_eq!(json!(room.assigned(&set, 0)), json!([expected]));
    assert_eq!(room.accounts_of(&set, None), [json!(room.accounts[0])]);
    let in_account = room.accounts[0].clone();
    let sets = room.ok("ListPermissionSetsProvisionedToAccount", json!({"AccountId": in_account}));
    assert_eq!(sets["PermissionSets"], json!([set]));
    let held = json!({"PrincipalId": user, "PrincipalType": "USER"});
    assert_eq!(room.ok("ListAccountAssignmentsForPrincipal", held.clone())["AccountAssignments"], json!([expected]));
    assert_eq!(room.unassign(&set, 0, &user)["Status"], "SUCCEEDED");
    assert_eq!(room.assigned(&set, 0), Vec::<Value>::new());
    assert_eq!(room.accounts_of(&set, None), Vec::<Value>::new());
    assert_eq!(room.ok("ListAccountAssignmentsForPrincipal", held)["AccountAssignments"], json!([]));
    room.ok("DeletePermissionSet", json!({"PermissionSetArn": set}));
}

#[test]
fn an_assignment_that_is_there_can_be_made_again_and_is_one() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    assert_eq!(room.assign(&set, 0, &user)["Status"], "SUCCEEDED");
    assert_eq!(room.assign(&set, 0, &user)["Status"], "SUCCEEDED");
    assert_eq!(room.assigned(&set, 0).len(), 1);
}

#[test]
fn what_is_not_there_is_noticed_at_once_or_late() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    let failed = room.assign(&set, 0, NOBODY);
    assert_eq!(failed["Status"], "FAILED");
    assert!(failed["FailureReason"].as_str().unwrap().contains("was not found in directory"));
    let failed = room.unassign(&set, 0, &user);
    assert_eq!(failed["Status"], "FAILED");
    assert!(failed["FailureReason"].as_str().unwrap().contains("EntitlementItem doesn't exist"));
    let mut input = room.assignment(&set, 0, &user);
    input["TargetId"] = "999999999999".into();
    assert_eq!(room.refused("CreateAccountAssignment", input.clone()), "ResourceNotFoundException");
    for (member, value) in [("TargetId", "99"), ("TargetType", "OU"), ("PrincipalType", "ROLE"), ("PrincipalId", "ada")]
    {
        let mut input = input.clone();
        input[member] = value.into();
        assert_eq!(room.refused("CreateAccountAssignment", input), "ValidationException", "{member}");
    }
    let unknown = json!({"AccountAssignmentCreationRequestId": NOBODY});
    assert_eq!(room.refused("DescribeAccountAssignmentCreationStatus", unknown), "ResourceNotFoundException");
}

#[test]
fn one_request_for_an_assignment_and_ten_assignments_in_the_making() {
    let mut room = Room::with_accounts(1);
    let users: Vec<String> = (0..11).map(|index| room.user(&format!("u{index}"))).collect();
    let set = room.set("a");
    for user in &users[..10] {
        let input = room.assignment(&set, 0, user);
        room.ok("CreateAccountAssignment", input);
    }
    let input = room.assignment(&set, 0, &users[0]);
    assert_eq!(room.refused("CreateAccountAssignment", input.clone()), "ConflictException");
    assert_eq!(room.refused("DeleteAccountAssignment", input), "ConflictException");
    let eleventh = room.assignment(&set, 0, &users[10]);
    assert_eq!(room.refused("CreateAccountAssignment", eleventh.clone()), "ThrottlingException");
    let input = json!({"PermissionSetArn": set});
    assert_eq!(room.refused("DeletePermissionSet", input.clone()), "ConflictException");
    room.pass();
    room.ok("CreateAccountAssignment", eleventh);
    room.pass();
    assert_eq!(room.assigned(&set, 0).len(), 11);
    assert_eq!(room.refused("DeletePermissionSet", input), "ConflictException");
}

#[test]
fn statuses_are_listed_the_newest_first() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    room.assign(&set, 0, &user);
    room.assign(&set, 0, NOBODY);
    let input = room.assignment(&set, 1, &user);
    room.ok("CreateAccountAssignment", input);
    let statuses = |answer: Value| -> Vec<String> {
        let all = answer["AccountAssignmentsCreationStatus"].as_array().unwrap().clone();
        all.iter().map(|status| status["Status"].as_str().unwrap().to_owned()).collect()
    };
    let all = room.ok("ListAccountAssignmentCreationStatus", json!({}));
    assert_eq!(statuses(all), ["IN_PROGRESS", "FAILED", "SUCCEEDED"]);
    let failed = room.ok("ListAccountAssignmentCreationStatus", json!({"Filter": {"Status": "FAILED"}}));
    assert_eq!(statuses(failed), ["FAILED"]);
    let none = room.ok("ListAccountAssignmentDeletionStatus", json!({}));
    assert_eq!(none["AccountAssignmentsDeletionStatus"], json!([]));
    let wrong = json!({"Filter": {"Status": "DONE"}});
    assert_eq!(room.refused("ListPermissionSetProvisioningStatus", wrong), "ValidationException");
}

#[test]
fn the_scenario_says_how_long_it_takes_and_that_it_fails() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    let key = "sso-admin:CreateAccountAssignment".to_owned();
    room.bench.tuning.takes.insert(key.clone(), Duration::from_secs(60));
    let input = room.assignment(&set, 0, &user);
    room.ok("CreateAccountAssignment", input);
    room.bench.pass(Duration::from_secs(59));
    assert_eq!(room.assigned(&set, 0).len(), 0);
    room.bench.pass(Duration::from_secs(1));
    assert_eq!(room.assigned(&set, 0).len(), 1);
    room.bench.tuning.takes.clear();
    room.bench.tuning.fails.insert(key, "the account is on fire".to_owned());
    let failed = room.assign(&set, 1, &user);
    assert_eq!((&failed["Status"], &failed["FailureReason"]), (&json!("FAILED"), &json!("the account is on fire")));
    assert_eq!(room.assigned(&set, 1).len(), 0);
}

#[test]
fn a_user_has_what_the_groups_have_and_leaves_assignments_behind() {
    let mut room = Room::new();
    let (set, user, group) = (room.set("a"), room.user("ada"), room.group("admins"));
    room.join(&user, &group);
    room.assign(&set, 0, &user);
    let mut input = room.assignment(&set, 1, &group);
    input["PrincipalType"] = "GROUP".into();
    room.ok("CreateAccountAssignment", input);
    room.pass();
    let asked = json!({"PrincipalId": user, "PrincipalType": "USER"});
    let held = room.ok("ListAccountAssignmentsForPrincipal", asked.clone())["AccountAssignments"].clone();
    let held: Vec<&Value> = held.as_array().unwrap().iter().map(|assignment| &assignment["PrincipalType"]).collect();
    assert_eq!(held.len(), 2);
    assert!(held.contains(&&json!("GROUP")));
    let input = json!({"PrincipalId": user, "PrincipalType": "USER", "Filter": {"AccountId": room.accounts[1]}});
    let held = room.ok("ListAccountAssignmentsForPrincipal", input)["AccountAssignments"].clone();
    assert_eq!(held[0]["PrincipalId"], json!(group));
    let gone = json!({"IdentityStoreId": room.store, "UserId": user});
    room.bench.ok("identitystore", "DeleteUser", gone);
    assert_eq!(room.assigned(&set, 0).len(), 1);
    assert_eq!(room.unassign(&set, 0, &user)["Status"], "SUCCEEDED");
    assert_eq!(room.ok("ListAccountAssignmentsForPrincipal", asked)["AccountAssignments"], json!([]));
}

#[test]
fn members_of_the_organization_see_the_instance_and_no_more() {
    let mut room = Room::new();
    let key = room.bench.assume(&room.accounts[0].clone());
    let seen = room.bench.ok_as(&key, SERVICE, "ListInstances", json!({}));
    assert_eq!(seen["Instances"][0]["InstanceArn"], room.instance);
    let input = room.with(json!({}));
    for operation in ["ListPermissionSets", "DescribeInstance", "ListAccountAssignmentCreationStatus"] {
        assert_eq!(room.bench.refused_as(&key, SERVICE, operation, input.clone()), "AccessDeniedException");
    }
}

#[test]
fn a_delegated_administrator_governs_all_but_the_management_account() {
    let mut room = Room::new();
    let delegate = room.accounts[0].clone();
    let service = "sso.amazonaws.com";
    room.bench.ok("organizations", "EnableAWSServiceAccess", json!({"ServicePrincipal": service}));
    let input = json!({"AccountId": delegate, "ServicePrincipal": service});
    room.bench.ok("organizations", "RegisterDelegatedAdministrator", input);
    let key: Key = room.bench.assume(&delegate);
    let (set, user) = (room.set("a"), room.user("ada"));
    let mut input = room.with(room.assignment(&set, 1, &user));
    room.bench.ok_as(&key, SERVICE, "CreateAccountAssignment", input.clone());
    room.pass();
    input["TargetId"] = MANAGEMENT.into();
    assert_eq!(room.bench.refused_as(&key, SERVICE, "CreateAccountAssignment", input.clone()), "AccessDeniedException");
    let update = room.with(json!({"PermissionSetArn": set, "Description": "new"}));
    room.bench.ok_as(&key, SERVICE, "UpdatePermissionSet", update.clone());
    room.bench.ok(SERVICE, "CreateAccountAssignment", input);
    room.pass();
    assert_eq!(room.bench.refused_as(&key, SERVICE, "UpdatePermissionSet", update), "AccessDeniedException");
}
