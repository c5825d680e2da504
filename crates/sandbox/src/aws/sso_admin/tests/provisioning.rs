//! Bringing changed permission sets to the accounts.

use serde_json::{Value, json};

use super::{POLICY, Room};

#[test]
fn a_set_is_brought_to_an_account_by_one_request_at_a_time() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    for account in [0, 1] {
        room.assign(&set, account, &user);
    }
    let at = |room: &Room, account: usize| json!({"PermissionSetArn": set, "TargetType": "AWS_ACCOUNT", "TargetId": room.accounts[account]});
    let (first, second) = (at(&room, 0), at(&room, 1));
    room.ok("ProvisionPermissionSet", first.clone());
    room.ok("ProvisionPermissionSet", second);
    let all = json!({"PermissionSetArn": set, "TargetType": "ALL_PROVISIONED_ACCOUNTS"});
    for input in [first, all.clone()] {
        assert_eq!(room.refused("ProvisionPermissionSet", input), "ConflictException");
    }
    room.pass();
    room.ok("ProvisionPermissionSet", all);
}

#[test]
fn a_changed_set_has_to_be_provisioned_again() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    room.assign(&set, 0, &user);
    room.assign(&set, 1, &user);
    assert_eq!(room.outdated(&set), Vec::<Value>::new());
    room.ok("PutInlinePolicyToPermissionSet", json!({"PermissionSetArn": set, "InlinePolicy": POLICY}));
    assert_eq!(room.outdated(&set).len(), 2);
    let done = room.provision(&set, Some(0));
    assert_eq!((&done["Status"], &done["AccountId"]), (&json!("SUCCEEDED"), &json!(room.accounts[0])));
    assert_eq!(room.outdated(&set), [json!(room.accounts[1])]);
    let input = json!({"AccountId": room.accounts[1], "ProvisioningStatus": "LATEST_PERMISSION_SET_NOT_PROVISIONED"});
    assert_eq!(room.ok("ListPermissionSetsProvisionedToAccount", input)["PermissionSets"], json!([set]));
    assert_eq!(room.provision(&set, None)["Status"], "SUCCEEDED");
    assert_eq!(room.outdated(&set), Vec::<Value>::new());
    assert_eq!(room.accounts_of(&set, Some("LATEST_PERMISSION_SET_PROVISIONED")).len(), 2);
}

#[test]
fn every_change_but_of_tags_has_to_be_provisioned() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    room.assign(&set, 0, &user);
    let managed = json!({"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    let reference = json!({"CustomerManagedPolicyReference": {"Name": "ours"}});
    for (operation, more) in [
        ("UpdatePermissionSet", json!({"Description": "new"})),
        ("PutInlinePolicyToPermissionSet", json!({"InlinePolicy": POLICY})),
        ("DeleteInlinePolicyFromPermissionSet", json!({})),
        ("AttachManagedPolicyToPermissionSet", managed.clone()),
        ("DetachManagedPolicyFromPermissionSet", managed.clone()),
        ("AttachCustomerManagedPolicyReferenceToPermissionSet", reference.clone()),
        ("DetachCustomerManagedPolicyReferenceFromPermissionSet", reference),
        ("PutPermissionsBoundaryToPermissionSet", json!({"PermissionsBoundary": managed})),
        ("DeletePermissionsBoundaryFromPermissionSet", json!({})),
    ] {
        let mut input = more;
        input["PermissionSetArn"] = set.clone().into();
        room.ok(operation, input);
        assert_eq!(room.outdated(&set).len(), 1, "{operation}");
        room.provision(&set, None);
        assert_eq!(room.outdated(&set).len(), 0, "{operation}");
    }
    room.ok("TagResource", json!({"ResourceArn": set, "Tags": [{"Key": "a", "Value": "b"}]}));
    assert_eq!(room.outdated(&set).len(), 0);
}

#[test]
fn what_changes_while_a_set_is_provisioned_is_not_in_it() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    let input = room.assignment(&set, 0, &user);
    room.ok("CreateAccountAssignment", input);
    room.ok("UpdatePermissionSet", json!({"PermissionSetArn": set, "Description": "late"}));
    room.pass();
    assert_eq!(room.outdated(&set).len(), 1);
}

#[test]
fn only_what_is_assigned_can_be_provisioned() {
    let mut room = Room::new();
    let set = room.set("a");
    assert_eq!(room.provision(&set, None)["Status"], "SUCCEEDED");
    let failed = room.provision(&set, Some(0));
    assert_eq!(failed["FailureReason"], "Received a 404 status error: Assignment not found.");
    let nowhere = json!({"PermissionSetArn": set, "TargetType": "AWS_ACCOUNT"});
    assert_eq!(room.refused("ProvisionPermissionSet", nowhere), "ValidationException");
    let away = json!({"PermissionSetArn": set, "TargetType": "AWS_ACCOUNT", "TargetId": "999999999999"});
    assert_eq!(room.refused("ProvisionPermissionSet", away), "ResourceNotFoundException");
}

#[test]
fn accounts_refuse_more_policies_than_a_role_can_have() {
    let mut room = Room::new();
    let (set, user) = (room.set("a"), room.user("ada"));
    for index in 0..11 {
        let arn = format!("arn:aws:iam::aws:policy/P{index}");
        room.ok("AttachManagedPolicyToPermissionSet", json!({"PermissionSetArn": set, "ManagedPolicyArn": arn}));
    }
    let failed = room.assign(&set, 0, &user);
    assert!(failed["FailureReason"].as_str().unwrap().contains("PoliciesPerRole: 10"));
    assert_eq!(room.assigned(&set, 0).len(), 0);
}
